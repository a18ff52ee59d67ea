/// A complete request; nothing in it belongs to the server any more.
package struct HTTPRequest: Sendable {
    /// Names this request when replying; never used twice.
    package let token: UInt64
    package let method: String
    /// Path and query as they came, undecoded.
    package let target: String
    /// In the order they came, duplicates kept.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// What the owner said with its `BodyAllowance`.
    package let context: Int
    /// The peer's address without port; an IPv4 address inside IPv6 is written as IPv4.
    package let peer: String
    package let peerPort: Int
    private let pathBytes: Int

    init(token: UInt64, _ head: RequestHead, body: [UInt8], context: Int, peer: Peer) {
        (self.token, self.body, self.context) = (token, body, context)
        (method, target, headers, pathBytes) = (head.method, head.target, head.headers, head.pathBytes)
        (self.peer, peerPort) = (peer.host, peer.port)
    }

    /// The target up to the question mark, undecoded. A part of `target`, not a copy.
    package var path: Substring { target.utf8Prefix(pathBytes) }
    /// What follows the question mark, undecoded; nil without one.
    package var query: Substring? {
        guard pathBytes < target.utf8.count else { return nil }
        return target[target.utf8.index(target.startIndex, offsetBy: pathBytes + 1)...]
    }

    /// The first header of that name, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { Self.same($0.name, name) }?.value
    }

    private static func same(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        return zip(one.utf8, other.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

/// How long the body of a request may be, and what the owner wants to remember of having been asked.
package struct BodyAllowance: Sendable, ExpressibleByIntegerLiteral {
    package var bytes: Int
    /// Comes back with the request, so that what was looked up for its path need not be looked up again.
    package var context: Int

    package init(bytes: Int, context: Int = 0) { (self.bytes, self.context) = (bytes, context) }
    package init(integerLiteral bytes: Int) { self.init(bytes: bytes) }
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
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
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
    /// Number of header fields; more than 256 are never taken.
    package var headerCount = 200
    /// Bytes of path and query.
    package var targetBytes = 8 * 1024
    /// Bytes of a body.
    package var bodyBytes = 8 * 1024 * 1024
    /// Bytes of requests that have not come whole, of all connections together; nobody knows yet who sends them. What each
    /// connection may hold before it counts is beside it.
    package var unfinishedBytes = 64 * 1024 * 1024
    package var unfinishedBytesFree = 16 * 1024
    /// From the opening of a connection to its first byte.
    package var firstByte = Duration.seconds(5)
    /// From the first byte of a request, or of a TLS handshake, to the end of the headers.
    package var headDeadline = Duration.seconds(10)
    /// From the first byte of a request to its last, however busily they drip.
    package var requestDeadline = Duration.seconds(15)
    /// How long a connection may be silent between requests, and how long a peer may take nothing of its answer.
    package var idle = Duration.seconds(75)
    package var connections = 4096
    /// Connections from one address, or one /64 network of IPv6, unless the owner trusts it.
    package var connectionsPerAddress = 1024

    package init() {}
}

/// What keeps a server from serving as usual, for the operator.
package enum HTTPTrouble: Sendable, Hashable {
    /// All connections are taken: for each new one, one that does nothing was closed.
    case full(connections: Int)
    /// An address has as many as one may have; its new ones are turned away.
    case crowd(address: String, connections: Int)
    /// The system has no descriptor or memory for another connection; it is asked again in a moment.
    case noRoom
    /// Unfinished requests take up all the memory that there is for them; the longest of the large ones is turned away.
    case unfinished(bytes: Int)
}

/// Why a server cannot start, for the operator.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
