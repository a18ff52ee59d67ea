/// A complete request, its bytes copied out of the library.
package struct HTTPRequest: Sendable {
    /// Names this request when replying; never used twice.
    package let token: UInt64
    package let method: String
    /// Path and query as they came, undecoded.
    package let target: String
    /// In the order they came, duplicates kept.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// The peer's address without port; an IPv4 address inside IPv6 is written as IPv4.
    package let peer: String
    package let peerPort: Int

    /// The target up to the question mark, undecoded.
    package var path: Substring { Self.path(of: target) }
    /// What follows the question mark, undecoded; nil without one.
    package var query: Substring? {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[target.utf8.index(after: $0)...] }
    }

    /// The first header of that name, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }

    static func path(of target: String) -> Substring {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        return target[path.startIndex..<path.endIndex]
    }
}

/// An answer to the request of that token; ignored when its peer has gone.
package struct HTTPReply: Sendable {
    package var token: UInt64
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(to token: UInt64, status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.token, self.status, self.headers, self.body) = (token, status, headers, body)
    }
}

extension HTTPReply {
    /// The words behind a status.
    static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: status < 400 ? "OK" : "Error"
        }
    }
}

/// What a server allows its peers.
package struct HTTPLimits: Sendable {
    /// Bytes of request line and headers.
    package var headerBytes = 64 * 1024
    /// Number of header fields.
    package var headerCount = 200
    /// Bytes of a body.
    package var bodyBytes = 8 * 1024 * 1024
    /// From the first byte of a request to its last, however busily they drip.
    package var requestDeadline = Duration.seconds(15)
    /// How long a connection may be silent between requests.
    package var idle = Duration.seconds(75)
    package var connections = 4096

    package init() {}
}

/// Why a server cannot start, for the operator.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
