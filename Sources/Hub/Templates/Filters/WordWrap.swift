/// Breaks one line of text into lines of a width, as Python's textwrap does with blanks kept as they are.
struct WordWrap {
    let width: Int
    let breakLong: Bool
    let breakHyphens: Bool

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 32 || (9...13).contains(scalar.value)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        LinearRegex.isWord(scalar)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        LinearRegex.isWord(scalar) && scalar.properties.numericType == nil
    }

    private static func isWordOrPoint(_ scalar: Unicode.Scalar) -> Bool {
        isWord(scalar) || "!\"'&.,?".unicodeScalars.contains(scalar)
    }

    /// The pieces a line may be broken between.
    private func chunks(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var result: [ArraySlice<Unicode.Scalar>] = []
        var at = 0
        while at < text.count {
            var end = at
            if Self.isBlank(text[at]) {
                while end < text.count, Self.isBlank(text[end]) { end += 1 }
            } else if !breakHyphens {
                while end < text.count, !Self.isBlank(text[end]) { end += 1 }
            } else if let dash = emDash(text, at), at > 0, Self.isWordOrPoint(text[at - 1]) {
                end = dash
            } else {
                end = wordEnd(text, at)
            }
            result.append(text[at..<end])
            at = end
        }
        return result
    }

    /// The end of two or more hyphens before a word, if they begin here.
    private func emDash(_ text: [Unicode.Scalar], _ at: Int) -> Int? {
        var end = at
        while end < text.count, text[end] == "-" { end += 1 }
        return end - at >= 2 && end < text.count && Self.isWord(text[end]) ? end : nil
    }

    private func wordEnd(_ text: [Unicode.Scalar], _ at: Int) -> Int {
        func letter(_ n: Int) -> Bool { n >= 0 && n < text.count && Self.isLetter(text[n]) }
        var end = at + 1
        while end <= text.count {
            // A hyphen between letters: the word may be broken after it.
            if end < text.count, text[end] == "-" {
                let before =
                    (letter(end - 1) && letter(end - 2))
                    || (letter(end - 2) && Self.isWordOrPoint(text[end - 1]) && false)
                let twoBefore =
                    before || (end >= 3 && letter(end - 3) && text[end - 2] == "-" && Self.isWordOrPoint(text[end - 1]))
                let after =
                    letter(end + 1)
                    && (letter(end + 2) || (end + 2 < text.count && text[end + 2] == "-" && letter(end + 3)))
                if twoBefore, after { return end + 1 }
            }
            if end == text.count || Self.isBlank(text[end]) { return end }
            if Self.isWordOrPoint(text[end - 1]), emDash(text, end) != nil { return end }
            end += 1
        }
        return text.count
    }

    func lines(of line: String) -> [String] {
        var pieces = Array(chunks(Scalars.array(line)).reversed())
        var lines: [String] = []
        while !pieces.isEmpty {
            var current: [ArraySlice<Unicode.Scalar>] = []
            var length = 0
            if !lines.isEmpty, let first = pieces.last, first.allSatisfy(Scalars.isBlank) { pieces.removeLast() }
            while let piece = pieces.last, length + piece.count <= width {
                length += piece.count
                current.append(piece)
                pieces.removeLast()
            }
            if let piece = pieces.last, piece.count > width {
                let room = width < 1 ? 1 : width - length
                if breakLong {
                    var end = room
                    if breakHyphens, piece.count > room {
                        let hyphen = piece.prefix(room).lastIndex(of: "-")
                        if let hyphen, piece[..<hyphen].contains(where: { $0 != "-" }) {
                            end = hyphen + 1 - piece.startIndex
                        }
                    }
                    current.append(piece.prefix(end))
                    pieces[pieces.count - 1] = piece.dropFirst(end)
                } else if current.isEmpty {
                    current.append(piece)
                    pieces.removeLast()
                }
            }
            if let last = current.last, last.allSatisfy(Scalars.isBlank) { current.removeLast() }
            if !current.isEmpty { lines.append(Scalars.string(current.flatMap { $0 })) }
        }
        return lines
    }
}
