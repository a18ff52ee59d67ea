import Foundation

/// A second, independent judge of heads: written without a parser library, line by line, and strict.
///
/// Whatever the server takes for a request, this must take too, and understand in the same way.
struct ReferenceHead: Equatable {
    enum Reading: Equatable {
        /// The end has not come yet.
        case incomplete
        /// It ends before `length`.
        case complete(ReferenceHead, length: Int)
        case refused(status: Int, reason: String)
    }

    var method = ""
    var target = ""
    var headers: [(name: String, value: String)] = []
    /// What Content-Length says; nil without one.
    var bodyBytes: Int?
    var isChunked = false
    private var isOld = false
    private var hosts = 0

    static func == (one: ReferenceHead, other: ReferenceHead) -> Bool {
        one.method == other.method && one.target == other.target && one.bodyBytes == other.bodyBytes
            && one.isChunked == other.isChunked && one.headers.elementsEqual(other.headers, by: ==)
    }

    private static let methods: Set<String> = ["POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]
    private static let methodsWithBody: Set<String> = ["POST", "PUT", "PATCH"]

    /// Reads a head at the start of `bytes`. `seen` bytes were looked at before without finding the end.
    static func read(_ bytes: [UInt8], seen: Int = 0, maxBytes: Int, maxHeaders: Int) -> Reading {
        bytes.withUnsafeBufferPointer { buffer in
            if let first = buffer.first, first == cr || first == lf {
                return .refused(status: 400, reason: "an empty line where a request should begin")
            }
            guard let length = end(of: buffer, from: max(0, seen - 2)), length <= maxBytes else {
                return buffer.count > maxBytes
                    ? .refused(status: 431, reason: "the headers are longer than \(maxBytes) bytes") : .incomplete
            }
            var head = ReferenceHead()
            if let problem = head.fill(UnsafeBufferPointer(rebasing: buffer[..<length]), maxHeaders: maxHeaders) {
                return .refused(status: problem.status, reason: problem.reason)
            }
            return .complete(head, length: length)
        }
    }

    /// Where the head ends: behind a line feed that is followed by another, with or without carriage return.
    private static func end(of buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var at = start
        while let feed = firstIndex(of: lf, in: buffer, from: at) {
            let next = feed + 1
            if next < buffer.count, buffer[next] == lf { return next + 1 }
            if next + 1 < buffer.count, buffer[next] == cr, buffer[next + 1] == lf { return next + 2 }
            at = next
        }
        return nil
    }

    private static func firstIndex(of byte: UInt8, in buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < buffer.count, let base = buffer.baseAddress,
            let found = memchr(base + start, Int32(byte), buffer.count - start)
        else { return nil }
        return found - UnsafeMutableRawPointer(mutating: base)
    }

    private typealias Problem = (status: Int, reason: String)

    /// Fills in what the lines say; gives what is wrong with them, if anything.
    private mutating func fill(_ buffer: UnsafeBufferPointer<UInt8>, maxHeaders: Int) -> Problem? {
        var at = 0
        var isFirst = true
        headers.reserveCapacity(16)
        while let feed = Self.firstIndex(of: Self.lf, in: buffer, from: at) {
            guard feed > at, buffer[feed - 1] == Self.cr else { return (400, "a line that does not end in CR LF") }
            let line = UnsafeBufferPointer(rebasing: buffer[at..<(feed - 1)])
            at = feed + 1
            if line.isEmpty { break }
            if isFirst {
                isFirst = false
                if let problem = readRequestLine(line) { return problem }
            } else if let problem = readHeader(line) {
                return problem
            }
            if headers.count > maxHeaders { return (431, "more than \(maxHeaders) headers") }
        }
        if hosts > 1 { return (400, "two Host headers") }
        if hosts == 0, !isOld { return (400, "no Host header") }
        if bodyBytes != nil, isChunked { return (400, "both Content-Length and Transfer-Encoding") }
        if isChunked || bodyBytes ?? 0 > 0, !Self.methodsWithBody.contains(method) {
            return (400, "a body with \(method)")
        }
        return nil
    }

    private mutating func readRequestLine(_ line: UnsafeBufferPointer<UInt8>) -> Problem? {
        let parts = line.split(separator: Self.blank, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Self.isToken) else {
            return (400, "a request line that is not method, target and version")
        }
        switch String(decoding: parts[2], as: UTF8.self) {
        case "HTTP/1.1": break
        case "HTTP/1.0": isOld = true
        default: return (505, "a version other than HTTP/1.1 and HTTP/1.0")
        }
        guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            return (400, "a character in the target that must be encoded")
        }
        method = String(decoding: parts[0], as: UTF8.self)
        target = String(decoding: parts[1], as: UTF8.self)
        // The absolute form (RFC 9112 §3.2.2).
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let path = target.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            target = path.first == "/" ? String(path) : "/" + path
            break
        }
        guard Self.methods.contains(method) else { return (501, "a method that is not known here") }
        return nil
    }

    private mutating func readHeader(_ line: UnsafeBufferPointer<UInt8>) -> Problem? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return (400, "a header without a colon") }
        let name = UnsafeBufferPointer(rebasing: line[..<colon])
        // A folded line begins with a blank, a name may not end in one: neither is a token.
        guard !name.isEmpty, name.allSatisfy(Self.isToken) else {
            return (400, "a header name with a character that is not allowed")
        }
        var (start, end) = (colon + 1, line.count)
        while start < end, line[start] == Self.blank { start += 1 }
        let beginsWithTab = start < end && line[start] == Self.tab
        while start < end, Self.isBlank(line[start]) { start += 1 }
        while end > start, Self.isBlank(line[end - 1]) { end -= 1 }
        let value = UnsafeBufferPointer(rebasing: line[start..<end])
        guard value.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == Self.tab }) else {
            return (400, "a control character in a header")
        }
        switch name.count {
        case 4 where Self.equal(name, "host"):
            hosts += 1
        case 14 where Self.equal(name, "content-length"):
            guard bodyBytes == nil else { return (400, "two Content-Length headers") }
            guard !beginsWithTab, (1...18).contains(value.count),
                value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return (400, "a Content-Length that is not a number") }
            bodyBytes = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        case 17 where Self.equal(name, "transfer-encoding"):
            guard !isChunked else { return (400, "two Transfer-Encoding headers") }
            guard !beginsWithTab, Self.equal(value, "chunked"), !isOld else {
                return (400, isOld ? "a Transfer-Encoding in HTTP/1.0" : "a Transfer-Encoding other than chunked")
            }
            isChunked = true
        default: break
        }
        headers.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        return nil
    }

    private static var cr: UInt8 { 0x0D }
    private static var lf: UInt8 { 0x0A }
    private static var blank: UInt8 { 0x20 }
    private static var tab: UInt8 { 0x09 }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == blank || byte == tab }

    /// Whether `bytes` are `lower`, which is in lower case, but for the case of letters.
    private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ lower: StaticString) -> Bool {
        guard bytes.count == lower.utf8CodeUnitCount else { return false }
        for at in bytes.indices {
            let byte = bytes[at]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isUpper ? byte | 0x20 : byte) == lower.utf8Start[at] else { return false }
        }
        return true
    }

    /// The characters of a name (RFC 9110 §5.6.2): letters, digits and ``!#$%&'*+-.^_`|~``.
    private static func isToken(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        return byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }
}
