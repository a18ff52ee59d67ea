/// A source line with a mark under a part of it.
enum SourceExcerpt {
    /// Columns shown; a longer line is shown around the mark.
    private static let width = 160

    static func lines(_ span: Span, hiding hidden: [Span] = []) -> [String] {
        // A line that long was written by a machine; its column says where to look.
        guard !span.isFile, let range = span.source.lineRange(span.start.line), range.count <= 4_096 else { return [] }
        let number = span.start.line
        let line = SecretWords.masked(lineOf: span.source, number)
        // Masking changes no character count, so the span is found by characters.
        var text = Array(line.unicodeScalars)
        for other in hidden where other.source === span.source && other.range.overlaps(range) {
            func column(_ offset: Int) -> Int { min(span.source.position(at: offset).column - 1, text.count) }
            let from = column(max(other.range.lowerBound, range.lowerBound))
            let to = column(min(other.range.upperBound, range.upperBound))
            for index in from..<max(from, to) where text[index] != " " { text[index] = "•" }
        }
        let startColumn = min(span.start.column - 1, text.count)
        let end = min(span.range.upperBound, range.upperBound)
        let endColumn = min(max(span.source.position(at: end).column - 1, startColumn), text.count)

        var from = 0
        var to = text.count
        if columns(text[...]) > width {
            from = max(0, startColumn - width / 3)
            to = min(text.count, max(from + width * 2 / 3, min(endColumn, from + width)))
        }
        let last = min(endColumn, to)
        let before = columns(text[from..<startColumn]) + (from > 0 ? 1 : 0)
        let marked = max(1, columns(text[startColumn..<max(startColumn, last)]))
        let shown = (from > 0 ? "…" : "") + shown(text[from..<to]) + (to < text.count ? "…" : "")
        let gutter = String(number)
        let blank = String(repeating: " ", count: gutter.count)
        return [
            "  \(gutter) | \(shown)".trimmingTrailingBlanks(),
            "  \(blank) | \(String(repeating: " ", count: before))\(String(repeating: "^", count: marked))",
        ]
    }

    /// As it is printed: tabs as four blanks, what would move the cursor as a question mark.
    private static func shown(_ text: ArraySlice<Unicode.Scalar>) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text {
            switch scalar.value {
            case 0x09: out.append(contentsOf: "    ".unicodeScalars)
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: out.append("?")
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    private static func columns(_ text: ArraySlice<Unicode.Scalar>) -> Int {
        text.reduce(0) { $0 + columns($1) }
    }

    /// Columns of a terminal that a character takes: two for East Asian wide ones and emoji, none for marks.
    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x09: return 4
        case 0..<0x300: return 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        case 0x200B...0x200D, 0xFE00...0xFE0F: return 0
        default:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark: return 0
            default: return 1
            }
        }
    }
}

extension String {
    func trimmingTrailingBlanks() -> String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
