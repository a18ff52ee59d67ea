/// Text from outside as it may be printed: nothing in it moves a cursor, changes colours or turns the line around.
package enum VisibleText {
    /// Control characters other than line feeds and tabs are spelled out (`\x1b`), and so is what reverses the direction
    /// of writing or is not to be seen at all (`\u{202e}`).
    package static func lines(_ text: String) -> String {
        escaped(text) { $0 == 0x0A || $0 == 0x09 ? nil : spelled($0) }
    }

    /// The same on one line: line feeds and tabs are spelled out as well.
    package static func line(_ text: String) -> String {
        escaped(text) { $0 == 0x0A ? "\\n" : $0 == 0x09 ? "\\t" : spelled($0) }
    }

    /// Encoded JSON, in which such characters stand within strings alone, with JSON's own spelling of them.
    package static func json(_ text: String) -> String {
        escaped(text) { $0 == 0x0A ? nil : escape($0) }
    }

    private static func escaped(_ text: String, _ spell: (UInt32) -> String?) -> String {
        guard text.utf8.contains(where: isSuspect) else { return text }
        var out = String.UnicodeScalarView()
        let scalars = text.unicodeScalars
        var at = scalars.startIndex
        while at < scalars.endIndex {
            let scalar = scalars[at]
            let next = scalars.index(after: at)
            defer { at = next }
            // The ending of lines in half of the world's files.
            if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" { continue }
            if moves(scalar.value), let spelling = spell(scalar.value) {
                out.append(contentsOf: spelling.unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    /// Whether a byte may belong to a character that is not printed as it is.
    private static func isSuspect(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F || byte >= 0xC2 }

    private static func moves(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7F..<0xA0: true
        // Marks, embeddings, overrides and isolates of writing from right to left; separators of lines.
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F: true
        // A byte order mark, annotations, tags.
        case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }

    private static func spelled(_ scalar: UInt32) -> String {
        let digits = String(scalar, radix: 16)
        return scalar < 0x100 ? "\\x\(digits.count < 2 ? "0" : "")\(digits)" : "\\u{\(digits)}"
    }

    /// As JSON writes it, in units of UTF-16.
    private static func escape(_ scalar: UInt32) -> String {
        func unit(_ unit: UInt32) -> String {
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        guard scalar > 0xFFFF else { return unit(scalar) }
        let rest = scalar - 0x10000
        return unit(0xD800 + (rest >> 10)) + unit(0xDC00 + (rest & 0x3FF))
    }
}
