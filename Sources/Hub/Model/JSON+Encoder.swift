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

    private static func encode(_ value: Int, into out: inout [UInt8]) {
        if value >= 0, value < 10 { return out.append(UInt8(ascii: "0") + UInt8(value)) }
        out.append(contentsOf: String(value).utf8)
    }

    /// Appends `text` as a JSON string literal, quotes included.
    public static func encode(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        let start = out.count
        out.append(contentsOf: text.utf8)
        let needsEscape = out.span.extracting(start..<out.count).containsEscapable()
        if needsEscape {
            out.removeSubrange(start...)
            escape(text.utf8, into: &out)
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends UTF-8 text as a JSON string literal, quotes included.
    package static func encodeString(_ text: [UInt8], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        if text.span.containsEscapable() { escape(text, into: &out) } else { out.append(contentsOf: text) }
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ units: some Sequence<UInt8>, into out: inout [UInt8]) {
        for byte in units {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0x08: out.append(contentsOf: "\\b".utf8)
            case 0x0C: out.append(contentsOf: "\\f".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                out.append(contentsOf: "\\u00".utf8)
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            default: out.append(byte)
            }
        }
    }
}

extension Span<UInt8> {
    fileprivate func containsEscapable() -> Bool {
        for position in 0..<count {
            let byte = self[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
        }
        return false
    }
}
