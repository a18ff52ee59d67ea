/// Short cuts for text that is known to be ASCII, as most text in payloads is; nil for any other, which goes by scalars.
enum ASCII {
    /// As Jinja's `title`: a letter is upper case at the beginning and after a blank or one of `-([{<`.
    static func title(_ text: String) -> String? {
        var start = true
        return mapped(text) { byte in
            let isLower = byte >= 97 && byte <= 122
            let isUpper = byte >= 65 && byte <= 90
            defer { start = byte == 45 || byte == 40 || byte == 91 || byte == 123 || byte == 60 || isBlank(byte) }
            return start && isLower ? byte & 0xDF : !start && isUpper ? byte | 0x20 : byte
        }
    }

    /// Without blanks at both ends.
    static func trimmed(_ text: String) -> String? {
        let span = text.utf8Span
        guard span.isKnownASCII else { return nil }
        let bytes = span.span
        var (start, end) = (0, bytes.count)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        if start == 0, end == bytes.count { return text }
        let utf8 = text.utf8
        let first = utf8.index(utf8.startIndex, offsetBy: start)
        return String(text[first..<utf8.index(first, offsetBy: end - start)])
    }

    /// What Python's `strip` removes.
    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 32 && (byte >= 28 || (byte >= 9 && byte <= 13)) }

    private static func mapped(_ text: String, _ map: (UInt8) -> UInt8) -> String? {
        let span = text.utf8Span
        guard span.isKnownASCII else { return nil }
        let bytes = span.span
        // As many bytes are written as there is room for.
        return unsafe String(unsafeUninitializedCapacity: bytes.count) { buffer in
            for n in 0..<bytes.count { unsafe buffer[n] = map(bytes[n]) }
            return bytes.count
        }
    }
}
