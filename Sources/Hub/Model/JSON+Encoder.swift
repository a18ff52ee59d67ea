extension JSON {
    /// Compact UTF-8 text: members in order, numbers digit for digit, only what RFC 8259 requires escaped.
    public func encoded() -> [UInt8] {
        var out: [UInt8] = []
        encode(into: &out)
        return out
    }

    /// The same text as a string.
    public var text: String { String(decoding: encoded(), as: UTF8.self) }

    /// Appends the compact text to `out`; stops with false soon after `out` has more than `limit` bytes, since a value may
    /// hold the same large part many times.
    @discardableResult
    public func encode(into out: inout [UInt8], limit: Int = .max) -> Bool {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(true): out.append(contentsOf: "true".utf8)
        case .bool(false): out.append(contentsOf: "false".utf8)
        case .int(let value): Self.encode(value, into: &out)
        case .number(let number): out.append(contentsOf: number.text.utf8)
        case .string(let text): Self.encode(text, into: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            var first = true
            for item in items {
                if first { first = false } else { out.append(UInt8(ascii: ",")) }
                guard item.encode(into: &out, limit: limit) else { return false }
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            var first = true
            for member in object.members {
                if first { first = false } else { out.append(UInt8(ascii: ",")) }
                Self.encode(member.name, into: &out)
                out.append(UInt8(ascii: ":"))
                guard member.value.encode(into: &out, limit: limit) else { return false }
            }
            out.append(UInt8(ascii: "}"))
        }
        return out.count <= limit
    }

    /// Indented text for people: two blanks a level, `": "` after names.
    public func pretty() -> String {
        var out: [UInt8] = []
        prettyPrint(into: &out, indent: 0)
        return String(decoding: out, as: UTF8.self)
    }

    private func prettyPrint(into out: inout [UInt8], indent: Int) {
        func line(_ level: Int) {
            out.append(UInt8(ascii: "\n"))
            out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
        }
        switch self {
        case .array(let items) where !items.isEmpty:
            out.append(UInt8(ascii: "["))
            for (n, item) in items.enumerated() {
                if n > 0 { out.append(UInt8(ascii: ",")) }
                line(indent + 1)
                item.prettyPrint(into: &out, indent: indent + 1)
            }
            line(indent)
            out.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            out.append(UInt8(ascii: "{"))
            for (n, member) in object.members.enumerated() {
                if n > 0 { out.append(UInt8(ascii: ",")) }
                line(indent + 1)
                Self.encode(member.name, into: &out)
                out.append(contentsOf: ": ".utf8)
                member.value.prettyPrint(into: &out, indent: indent + 1)
            }
            line(indent)
            out.append(UInt8(ascii: "}"))
        default: encode(into: &out)
        }
    }

    /// Appends the digits of `value`.
    package static func encode(_ value: Int, into out: inout [UInt8]) {
        if value >= 0, value < 10 { return out.append(UInt8(ascii: "0") + UInt8(value)) }
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var place = 20
        var rest = value.magnitude
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 { out.append(UInt8(ascii: "-")) }
        while place < 20 {
            out.append(digits[place])
            place += 1
        }
    }

    /// Appends `text` as a JSON string literal, quotes included.
    public static func encode(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        let start = out.count
        out.append(contentsOf: text.utf8)
        let special = out.span.firstSpecial(from: start)
        if special < out.count {
            let rest = Array(out[special...])
            out.removeSubrange(special...)
            escape(rest.span, into: &out)
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends UTF-8 text as a JSON string literal, quotes included.
    package static func encodeString(_ text: [UInt8], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        let special = text.span.firstSpecial(from: 0)
        if special == text.count {
            out.append(contentsOf: text)
        } else {
            out.append(contentsOf: text[..<special])
            escape(text.span.extracting(special...), into: &out)
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ units: Span<UInt8>, into out: inout [UInt8]) {
        for place in units.indices {
            let byte = units[place]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte, into: &out)
            case 0x0A: escape(UInt8(ascii: "n"), into: &out)
            case 0x0D: escape(UInt8(ascii: "r"), into: &out)
            case 0x09: escape(UInt8(ascii: "t"), into: &out)
            case 0x08: escape(UInt8(ascii: "b"), into: &out)
            case 0x0C: escape(UInt8(ascii: "f"), into: &out)
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                let low = byte & 15
                out.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") - 10 + low)
            default: out.append(byte)
            }
        }
    }

    private static func escape(_ letter: UInt8, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\\"))
        out.append(letter)
    }
}

extension Span<UInt8> {
    /// The first place from `start` on of a byte that a JSON string has in another form or not at all: a quote, a backslash,
    /// a control character. `count` when there is none.
    func firstSpecial(from start: Int) -> Int {
        var at = start
        while at <= count - 8, !Self.hasSpecial(extracting(at..<at + 8).word) { at += 8 }
        while at < count, self[at] >= 0x20, self[at] != UInt8(ascii: "\""), self[at] != UInt8(ascii: "\\") { at += 1 }
        return at
    }

    /// Whether one of the eight bytes is special. A borrow only comes from a byte that is special itself, so this is exact.
    @inline(__always)
    private static func hasSpecial(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Subtracting sets the top bit of a byte that is too small; bytes that had it set before do not count.
        let controls = word &- ones &* 0x20
        let quotes = (word ^ ones &* UInt64(UInt8(ascii: "\""))) &- ones
        let slashes = (word ^ ones &* UInt64(UInt8(ascii: "\\"))) &- ones
        return (controls | quotes | slashes) & ~word & (ones &* 0x80) != 0
    }

    /// Eight bytes as one number; the compiler makes a single load of it.
    @inline(__always)
    private var word: UInt64 {
        precondition(count == 8)
        var word = UInt64(self[0]) | UInt64(self[1]) << 8 | UInt64(self[2]) << 16 | UInt64(self[3]) << 24
        word |= UInt64(self[4]) << 32 | UInt64(self[5]) << 40 | UInt64(self[6]) << 48 | UInt64(self[7]) << 56
        return word
    }
}
