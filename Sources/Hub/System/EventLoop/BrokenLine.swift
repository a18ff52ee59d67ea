import HTTPSyntax

/// Says what is wrong with a head that the machine gave up, as exactly as the request line tells.
///
/// The machine only says where it stopped. A peer that speaks another version or method should be told so, so the line is
/// looked at once more, whole.
enum BrokenLine {
    /// The refusal; nil when the rest of the line must come first.
    static func refusal(of bytes: UnsafeRawBufferPointer, otherwise: Refusal) -> Refusal? {
        // Another protocol altogether, such as TLS, has no lines to wait for.
        let word = bytes.prefix { $0 != Byte.blank && $0 != Byte.lf }
        guard HeaderName.isToken(word) else { return shapeless }
        guard let feed = bytes.firstIndex(of: Byte.lf) else { return nil }
        guard bytes[feed - 1] == Byte.cr else { return Refusal(400, "a line that does not end in CR LF") }
        let parts = bytes[..<(feed - 1)].split(separator: Byte.blank, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return shapeless }
        guard ["HTTP/1.1", "HTTP/1.0"].contains(String(decoding: parts[2], as: UTF8.self)) else {
            return Refusal(505, "a version other than HTTP/1.1 and HTTP/1.0")
        }
        guard parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            return Refusal(400, "a character in the target that must be encoded")
        }
        guard methods.contains(String(decoding: parts[0], as: UTF8.self)) else {
            return Refusal(501, "a method that is not known here")
        }
        return otherwise
    }

    private static var shapeless: Refusal { Refusal(400, "a request line that is not method, target and version") }

    private static let methods: Set<String> = ["POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]
}
