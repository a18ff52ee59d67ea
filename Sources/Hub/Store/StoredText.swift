/// Headers as the database keeps them: `Name: value` lines, each ended by CR LF.
enum HeaderLines {
    static func encode(_ headers: [(name: String, value: String)]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 })
        for (name, value) in headers {
            append(name, to: &lines)
            lines.append(UInt8(ascii: ":"))
            lines.append(UInt8(ascii: " "))
            append(value, to: &lines)
            lines.append(UInt8(ascii: "\r"))
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    /// A line break in a value would make a header of its own of what follows it.
    private static func append(_ text: String, to lines: inout [UInt8]) {
        let start = lines.count
        lines.append(contentsOf: text.utf8)
        for at in start..<lines.count where lines[at] == UInt8(ascii: "\r") || lines[at] == UInt8(ascii: "\n") {
            lines[at] = UInt8(ascii: " ")
        }
    }

    static func decode(_ lines: [UInt8]) -> [(name: String, value: String)] {
        lines.split(separator: UInt8(ascii: "\n")).map { line in
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            var value = line[min(colon + 1, line.endIndex)...]
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
            return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}

/// A record's id as the database keeps it: of `call_` and 32 hex digits, 16 bytes and the prefix; of others, the text.
enum PackedID {
    static func encode(_ id: String) -> [UInt8] {
        let text = id.utf8Span.span
        let prefix = text.count - 33
        guard prefix >= 0, text[prefix] == UInt8(ascii: "_") else { return [0] + id.utf8 }
        var packed: [UInt8] = []
        packed.reserveCapacity(17 + prefix)
        packed.append(1)
        for at in stride(from: prefix + 1, to: text.count, by: 2) {
            guard let high = value(text[at]), let low = value(text[at + 1]) else { return [0] + id.utf8 }
            packed.append(high << 4 | low)
        }
        for at in 0..<prefix { packed.append(text[at]) }
        return packed
    }

    static func decode(_ packed: [UInt8]) -> String {
        guard packed.first == 1, packed.count >= 17 else { return String(decoding: packed.dropFirst(), as: UTF8.self) }
        var text = Array(packed[17...])
        text.append(UInt8(ascii: "_"))
        for byte in packed[1..<17] {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}

/// Numbers of words in few bytes: seven bits a byte, the last one of a number without its high bit.
enum WordList {
    static func append(_ word: Int64, to list: inout [UInt8]) {
        var rest = UInt64(bitPattern: word)
        while rest > 127 {
            list.append(UInt8(truncatingIfNeeded: rest & 127 | 128))
            rest >>= 7
        }
        list.append(UInt8(rest))
    }

    static func decode(_ list: [UInt8]) -> [Int64] {
        var (words, word, shift) = ([Int64](), UInt64(0), UInt64(0))
        for byte in list {
            word |= UInt64(byte & 127) << shift
            shift += 7
            if byte < 128 {
                words.append(Int64(bitPattern: word))
                (word, shift) = (0, 0)
            }
        }
        return words
    }
}
