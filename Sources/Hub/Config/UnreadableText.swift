/// Finds bytes that no YAML file may have, before the parser sees them, to name them exactly.
enum UnreadableText {
    static func find(in source: SourceFile) -> Diagnostic? {
        let bytes = source.bytes
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return .error("the file is UTF-16", at: Span(file: source.name), help: "Save it as UTF-8.")
        }
        var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x80 {
                if byte >= 0x20 ? byte != 0x7F : byte == 0x0A || byte == 0x0D || byte == 0x09 {
                    at += 1
                    continue
                }
                return .error(
                    "there is a control character (\(hex(UInt32(byte)))) here", at: Span(source, at..<at + 1),
                    help: "Remove it; in double quotes it can be written as \"\\x\(hexDigits(UInt32(byte), 2))\".")
            }
            guard let (scalar, length) = decode(bytes, at) else {
                return .error(
                    "the file is not UTF-8: byte 0x\(hexDigits(UInt32(byte), 2))", at: Span(source, at..<at + 1),
                    help: "Save it as UTF-8.")
            }
            let isBreak = scalar == 0x85 || scalar == 0x2028 || scalar == 0x2029
            let isUnprintable = scalar < 0xA0 || scalar == 0xFFFE || scalar == 0xFFFF || scalar == 0xFEFF
            if isBreak || isUnprintable {
                return .error(
                    "there is an invisible character (\(hex(scalar))) here", at: Span(source, at..<at + length),
                    help: "Remove it; in double quotes it can be written as \"\\u\(hexDigits(scalar, 4))\".")
            }
            at += length
        }
        return nil
    }

    private static func hex(_ scalar: UInt32) -> String { "U+\(hexDigits(scalar, 4))" }

    private static func hexDigits(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The scalar at `at` and its length, by the table of well-formed UTF-8.
    private static func decode(_ bytes: [UInt8], _ at: Int) -> (UInt32, Int)? {
        let first = bytes[at]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xED: (length, high) = (3, 0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF4: (length, high) = (4, 0x8F)
        case 0xF1...0xF3: length = 4
        default: return nil
        }
        guard at + length <= bytes.count, (low...high).contains(bytes[at + 1]) else { return nil }
        var scalar = UInt32(first) & (0xFF >> UInt32(length + 1))
        for byte in bytes[at + 1..<at + length] {
            guard byte & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        return (scalar, length)
    }
}
