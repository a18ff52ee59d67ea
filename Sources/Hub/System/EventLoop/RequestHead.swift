internal import CLLHTTP

/// Why the server answers a request by itself, and with which status.
struct Refusal: Error, Equatable {
    var status: Int
    var reason: String

    init(_ status: Int, _ reason: String) { (self.status, self.reason) = (status, reason) }
}

/// The request line and headers of one request, judged strictly.
///
/// A reader that forgives more than its neighbour is how one request is smuggled inside another (RFC 9112 §11.2), so
/// whatever two readers could take differently is refused. The machine has checked the characters, the shim the lines;
/// what follows from the meaning of headers is checked here.
struct RequestHead {
    let method: String
    /// Path and query as they came.
    let target: String
    /// How many bytes of the target come before the question mark.
    let pathBytes: Int
    private(set) var headers: [(name: String, value: String)] = []
    /// What Content-Length says; nil without one.
    private(set) var bodyBytes: Int?
    private(set) var isChunked = false
    let isOld: Bool
    /// Whether the peer wants to send more requests on this connection.
    let keepsAlive: Bool
    /// Whether the peer waits for a word from us before it sends the body.
    private(set) var expectsContinue = false

    var path: Substring { target.utf8Prefix(pathBytes) }

    /// Reads what the machine found in the head that is `bytes`.
    init(_ machine: inout llhttp_t, _ bytes: UnsafeRawBufferPointer, _ tools: ReadingTools) throws(Refusal) {
        let found = tools.findings
        let (start, end) = (Int(found.pointee.target), Int(found.pointee.targetEnd))
        method = try Self.method(machine.method)
        // The line is exactly these three, with one blank between them.
        guard start == method.utf8.count + 1, bytes[start - 1] == Byte.blank, end + 9 < bytes.count,
            bytes[end] == Byte.blank, bytes[end + 9] == Byte.cr
        else { throw Refusal(400, "a request line that is not method, target and version") }
        guard machine.http_major == 1, machine.http_minor <= 1 else {
            throw Refusal(505, "a version other than HTTP/1.1 and HTTP/1.0")
        }
        isOld = machine.http_minor == 0
        keepsAlive = llhttp_should_keep_alive(&machine) != 0
        let target = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let path = try Self.pathBytes(target)
        if target.first == UInt8(ascii: "/") {
            (self.target, pathBytes) = (String(decoding: target, as: UTF8.self), path)
        } else {
            (self.target, pathBytes) = Self.originForm(of: String(decoding: target, as: UTF8.self), path)
        }
        try readFields(found, bytes, &tools.strings)
        // The machine must have understood the body's length as we did.
        guard machine.content_length == UInt64(bodyBytes ?? 0),
            isChunked == (machine.flags & UInt16(F_CHUNKED.rawValue) != 0)
        else { throw Refusal(400, "a body whose length is in doubt") }
    }

    private static func method(_ number: UInt8) throws(Refusal) -> String {
        switch llhttp_method_t(rawValue: UInt32(number)) {
        case HTTP_POST: "POST"
        case HTTP_GET: "GET"
        case HTTP_HEAD: "HEAD"
        case HTTP_PUT: "PUT"
        case HTTP_DELETE: "DELETE"
        case HTTP_OPTIONS: "OPTIONS"
        case HTTP_PATCH: "PATCH"
        case HTTP_TRACE: "TRACE"
        // CONNECT would make a proxy of us.
        default: throw Refusal(501, "a method that is not known here")
        }
    }

    /// What stands behind scheme and authority, which a request to a proxy has and a server must take (RFC 9112 §3.2.2).
    /// Whom they name does not matter here, and Host does not either.
    private static func originForm(of target: String, _ pathBytes: Int) -> (String, Int) {
        guard let scheme = target.firstRange(of: "://"),
            ["http", "https"].contains(target[..<scheme.lowerBound].lowercased())
        else { return (target, pathBytes) }
        let start = target[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? target.endIndex
        let rest = target[start...]
        let path = rest.prefix { $0 != "?" }.utf8.count
        return path > 0 ? (String(rest), path) : ("/" + rest, 1)
    }

    private static func pathBytes(_ target: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        var path = target.count
        for (at, byte) in target.enumerated() {
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else {
                throw Refusal(400, "a character in the target that must be encoded")
            }
            if byte == UInt8(ascii: "?"), at < path { path = at }
        }
        return path
    }

    private mutating func readFields(
        _ found: UnsafeMutablePointer<HubFindings>, _ bytes: UnsafeRawBufferPointer, _ strings: inout StringCache
    ) throws(Refusal) {
        let count = Int(found.pointee.fieldCount)
        headers.reserveCapacity(count)
        var hosts = 0
        let table = UnsafeRawPointer(found).advanced(by: Self.tableOffset).assumingMemoryBound(to: HubField.self)
        for at in 0..<count {
            let field = table[at]
            let name = UnsafeRawBufferPointer(rebasing: bytes[Int(field.name)..<Int(field.nameEnd)])
            let value = Self.value(of: field, in: bytes)
            var isCommon = false
            switch name.count {
            case 0: throw Refusal(400, "a header without a name")
            case 4 where Self.equal(name, "host"):
                hosts += 1
                isCommon = true
            case 6 where Self.equal(name, "accept"): isCommon = true
            case 6 where Self.equal(name, "expect"):
                guard Self.equal(value, "100-continue") else { throw Refusal(417, "an expectation that is not known") }
                expectsContinue = true
            case 10 where Self.equal(name, "user-agent"): isCommon = true
            case 12 where Self.equal(name, "content-type"): isCommon = true
            case 14 where Self.equal(name, "content-length"):
                guard bodyBytes == nil else { throw Refusal(400, "two Content-Length headers") }
                guard !Self.followsTab(field, in: bytes), let length = Self.length(value) else {
                    throw Refusal(400, "a Content-Length that is not a number")
                }
                bodyBytes = length
            case 15 where Self.equal(name, "accept-encoding"): isCommon = true
            case 17 where Self.equal(name, "transfer-encoding"):
                guard !isChunked else { throw Refusal(400, "two Transfer-Encoding headers") }
                guard !isOld else { throw Refusal(400, "a Transfer-Encoding in HTTP/1.0") }
                guard !Self.followsTab(field, in: bytes), Self.equal(value, "chunked") else {
                    throw Refusal(400, "a Transfer-Encoding other than chunked")
                }
                isChunked = true
            default: break
            }
            headers.append(
                (strings.string(name), isCommon ? strings.string(value) : String(decoding: value, as: UTF8.self)))
        }
        if hosts > 1 { throw Refusal(400, "two Host headers") }
        if hosts == 0, !isOld { throw Refusal(400, "no Host header") }
        if bodyBytes != nil, isChunked { throw Refusal(400, "both Content-Length and Transfer-Encoding") }
        // With another method, other readers would take the body for the next request.
        if isChunked || bodyBytes ?? 0 > 0, method != "POST", method != "PUT", method != "PATCH" {
            throw Refusal(400, "a body with \(method)")
        }
    }

    private static var tableOffset: Int { MemoryLayout<HubFindings>.offset(of: \.fields) ?? 0 }

    /// The value without the blanks around it.
    private static func value(of field: HubField, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (Int(field.value), Int(field.valueEnd))
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Whether the blanks before a value are not all plain ones, which not every reader skips.
    private static func followsTab(_ field: HubField, in bytes: UnsafeRawBufferPointer) -> Bool {
        bytes[Int(field.nameEnd)..<max(Int(field.nameEnd), Int(field.value))].contains(Byte.tab)
            || (field.value < field.valueEnd && bytes[Int(field.value)] == Byte.tab)
    }

    private static func length(_ value: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(value.count) else { return nil }
        var length = 0
        for byte in value {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return length
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == Byte.blank || byte == Byte.tab }

    /// Whether `bytes` are `lower`, which is in lower case, but for the case of letters.
    private static func equal(_ bytes: UnsafeRawBufferPointer, _ lower: StaticString) -> Bool {
        guard bytes.count == lower.utf8CodeUnitCount else { return false }
        for at in bytes.indices {
            let byte = bytes[at]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isUpper ? byte | 0x20 : byte) == lower.utf8Start[at] else { return false }
        }
        return true
    }
}

enum Byte {
    static var cr: UInt8 { 0x0D }
    static var lf: UInt8 { 0x0A }
    static var blank: UInt8 { 0x20 }
    static var tab: UInt8 { 0x09 }
}

extension String {
    /// The first `count` bytes, which must end a character; nothing is copied.
    func utf8Prefix(_ count: Int) -> Substring { self[..<utf8.index(startIndex, offsetBy: count)] }
}
