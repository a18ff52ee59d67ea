internal import CEvent
import Foundation

/// One connection, from accept to close; belongs to the loop's thread.
final class Peer {
    enum Phase {
        /// Between requests, or in the middle of a head.
        case head
        /// The head was good; the library reads the body.
        case body(RequestHead)
        /// The owner has the request and owes a reply.
        case answering
        /// It was refused; what still comes in is thrown away until the peer has read why.
        case refused
    }

    unowned let server: HTTPServer
    let events: OpaquePointer
    /// The library's name for the connection, once it has one.
    var connection: OpaquePointer?
    var phase = Phase.head
    /// The part of a head that has come in.
    var partialHead: [UInt8] = []
    /// When the first byte of the request under way came in; nil between requests and while an answer is due.
    var since: ContinuousClock.Instant?
    /// The body limit last told to the library.
    var bodyLimit: Int
    /// Whether the connection ends behind the reply under way.
    var isLast = false
    private(set) lazy var address = Self.address(of: connection)

    init(_ server: HTTPServer, _ events: OpaquePointer, bodyLimit: Int) {
        (self.server, self.events, self.bodyLimit) = (server, events, bodyLimit)
    }

    var descriptor: Int32 { bufferevent_getfd(events) }
    var input: OpaquePointer? { bufferevent_get_input(events) }

    /// The last `count` bytes of the input.
    func newest(_ count: Int) -> [UInt8] {
        guard let input, count > 0 else { return [] }
        let start = evbuffer_get_length(input) - count
        var position = evbuffer_ptr()
        guard start >= 0, evbuffer_ptr_set(input, &position, start, EVBUFFER_PTR_SET) == 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { target, written in
            written = max(0, Int(evbuffer_copyout_from(input, &position, target.baseAddress, count)))
        }
    }

    func dropInput() {
        guard let input else { return }
        evbuffer_drain(input, evbuffer_get_length(input))
    }

    private static func address(of connection: OpaquePointer?) -> (host: String, port: Int) {
        guard let connection else { return ("", 0) }
        var host: UnsafeMutablePointer<CChar>?
        var port: UInt16 = 0
        evhttp_connection_get_peer(connection, &host, &port)
        let text = host.map { String(cString: $0) } ?? ""
        return (text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text, Int(port))
    }
}
