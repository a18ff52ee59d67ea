// Thread rule: everything of libevent belongs to the loop's thread; other threads only write to the mailbox and the
// eventfd. Oldest libevent accepted: 2.1.8.
internal import CEvent
import Foundation
import Synchronization

/// An HTTP/1.1 server on one thread.
///
/// Requests are handed over on the loop's thread; `turnEnded` follows once after each turn of the loop that brought any,
/// so that the owner can hand a whole batch to another thread. Replies may come from any thread, in batches.
// Sendable because all state but the mailbox is only touched on the loop's thread once that runs.
package final class HTTPServer: @unchecked Sendable {
    package typealias Receive = @Sendable (HTTPRequest) -> Void

    private enum Command {
        case reply([HTTPReply])
        case stopAccepting
        case stop
    }

    private let limits: HTTPLimits
    private let receive: Receive
    private let turnEnded: @Sendable () -> Void
    private let base: OpaquePointer
    private let http: OpaquePointer
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private var sweepEvent: OpaquePointer?
    private var boundSocket: OpaquePointer?
    private let mailbox = Mutex<[Command]>([])
    private let finished = DispatchSemaphore(value: 0)

    // Loop thread only.
    private var nextToken: UInt64 = 1
    private var pending: [UInt64: UnsafeMutablePointer<evhttp_request>] = [:]
    private var connections: [OpaquePointer: Peer] = [:]
    private var receivedThisTurn = false
    private var accepting = true
    private var running = true

    /// The port that is listened on; what the system chose when 0 was asked for.
    package private(set) var port: Int = 0

    /// One connection, from accept to close.
    private final class Peer {
        unowned let server: HTTPServer
        let events: OpaquePointer
        /// When the first byte of the request under way came in; nil between requests and while an answer is due.
        var since: ContinuousClock.Instant?
        var isWaitingForReply = false

        init(_ server: HTTPServer, _ events: OpaquePointer) { (self.server, self.events) = (server, events) }

        func bytesArrived() {
            if since == nil, !isWaitingForReply { since = .now }
        }

        /// Whether the library has let go of the connection: only then is there no callback for its end. (The one for
        /// reading is also taken away while an answer is written.)
        var isGone: Bool {
            var end: bufferevent_event_cb?
            bufferevent_getcb(events, nil, nil, &end, nil)
            return end == nil
        }
    }

    /// Binds at once, so that a port in use is reported here; `start` begins serving.
    package init(
        host: String, port: Int, limits: HTTPLimits, receive: @escaping Receive,
        turnEnded: @escaping @Sendable () -> Void
    ) throws(HTTPServerError) {
        self.limits = limits
        self.receive = receive
        self.turnEnded = turnEnded
        signal(SIGPIPE, SIG_IGN)
        guard let base = event_base_new(), let http = evhttp_new(base) else {
            throw HTTPServerError(description: "the event loop cannot be created")
        }
        (self.base, self.http) = (base, http)
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        evhttp_set_max_headers_size(http, Int(limits.headerBytes))
        evhttp_set_max_body_size(http, Int(limits.bodyBytes))
        evhttp_set_timeout(http, Int32(clamping: limits.idle.components.seconds))
        evhttp_set_allowed_methods(http, UInt16.max)
        evhttp_set_default_content_type(http, nil)
        try bind(host: host, port: port)
        let me = Unmanaged.passUnretained(self).toOpaque()
        evhttp_set_gencb(http, { request, me in HTTPServer.from(me)?.received(request) }, me)
        evhttp_set_bevcb(http, { _, me in HTTPServer.from(me)?.accepted() }, me)
        wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST), { _, _, me in HTTPServer.from(me)?.readMailbox() }, me)
        event_add(wakeEvent, nil)
        sweepEvent = event_new(base, -1, Int16(EV_PERSIST), { _, _, me in HTTPServer.from(me)?.sweep() }, me)
    }

    deinit {
        if let wakeEvent { event_free(wakeEvent) }
        if let sweepEvent { event_free(sweepEvent) }
        evhttp_free(http)
        for events in connections.keys { bufferevent_decref(events) }
        event_base_free(base)
        close(wakeDescriptor)
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> HTTPServer? {
        pointer.map { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func bind(host: String, port: Int) throws(HTTPServerError) {
        guard (0...65535).contains(port) else { throw HTTPServerError(description: "\(port) is not a port") }
        errno = 0
        guard let socket = evhttp_bind_socket_with_handle(http, host, UInt16(port)) else {
            let reason =
                switch errno {
                case EADDRINUSE: "the port is in use by another process"
                case EACCES: "no permission to listen on this port"
                case EADDRNOTAVAIL: "this machine has no such address"
                default: errno == 0 ? "the address cannot be read" : String(cString: strerror(errno))
                }
            throw HTTPServerError(description: "cannot listen on \(host):\(port): \(reason)")
        }
        boundSocket = socket
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(evhttp_bound_socket_get_fd(socket), $0, &length)
            }
        }
        self.port = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
        }
    }

    /// Serves on a thread of its own until `stop`.
    package func start() {
        let thread = Thread { [self] in
            while running {
                event_base_loop(base, EVLOOP_ONCE)
                if receivedThisTurn {
                    receivedThisTurn = false
                    turnEnded()
                }
            }
            abandonPending()
            finished.signal()
        }
        thread.name = "hub.http"
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    /// Sends answers; from any thread.
    package func reply(_ replies: [HTTPReply]) { if !replies.isEmpty { post(.reply(replies)) } }

    /// Closes the listening socket; requests under way are still answered, and their connections closed after that.
    package func stopAccepting() { post(.stopAccepting) }

    /// Ends the loop and waits until its thread is done; requests without an answer are dropped.
    package func stop() {
        post(.stop)
        finished.wait()
    }

    private func post(_ command: Command) {
        let first = mailbox.withLock { box in
            box.append(command)
            return box.count == 1
        }
        guard first else { return }
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: On the loop's thread

    private func readMailbox() {
        var count: UInt64 = 0
        _ = read(wakeDescriptor, &count, 8)
        let commands = mailbox.withLock { box in
            defer { box.removeAll(keepingCapacity: true) }
            return box
        }
        for command in commands {
            switch command {
            case .reply(let replies): for reply in replies { send(reply) }
            case .stopAccepting:
                accepting = false
                if let boundSocket { evhttp_del_accept_socket(http, boundSocket) }
                boundSocket = nil
            case .stop: running = false
            }
        }
    }

    /// Makes the buffers of a new connection and begins to watch it.
    ///
    /// The extra reference keeps the pointer good until the sweep has seen that the library let go of it.
    private func accepted() -> OpaquePointer? {
        guard let events = bufferevent_socket_new(base, -1, 0) else { return nil }
        bufferevent_incref(events)
        let peer = Peer(self, events)
        if connections.isEmpty { startSweeping() }
        connections[events] = peer
        evbuffer_add_cb(
            bufferevent_get_input(events),
            { _, info, peer in
                guard let info, info.pointee.n_added > 0, let peer else { return }
                Unmanaged<Peer>.fromOpaque(peer).takeUnretainedValue().bytesArrived()
            }, Unmanaged.passUnretained(peer).toOpaque())
        if connections.count >= limits.connections { setListening(false) }
        return events
    }

    private func setListening(_ on: Bool) {
        guard let boundSocket, let listener = evhttp_bound_socket_get_listener(boundSocket) else { return }
        if on { evconnlistener_enable(listener) } else { evconnlistener_disable(listener) }
    }

    private func startSweeping() {
        // A quarter of the deadline, so that a peer gets at most a quarter more than it.
        let interval = max(limits.requestDeadline / 4, .milliseconds(20))
        let (seconds, attoseconds) = interval.components
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        event_add(sweepEvent, &time)
    }

    /// Cuts off peers whose request has been unfinished for longer than the deadline, and forgets those that left.
    private func sweep() {
        let now = ContinuousClock.now
        let wasFull = connections.count >= limits.connections
        for (events, peer) in connections {
            if peer.isGone {
                connections[events] = nil
                bufferevent_decref(events)
            } else if let since = peer.since, now - since >= limits.requestDeadline {
                // The library sees the end of the stream and closes; it owns the descriptor.
                shutdown(bufferevent_getfd(events), Int32(SHUT_RDWR))
                peer.since = nil
            }
        }
        if wasFull, connections.count < limits.connections { setListening(true) }
        if connections.isEmpty, let sweepEvent { event_del(sweepEvent) }
    }

    /// What is wrong with the form of a request: anything that two readers could understand differently
    /// (RFC 9112 §6.3, §11.2). Nil when nothing is.
    private func malformation(_ request: UnsafeMutablePointer<evhttp_request>) -> String? {
        var lengths = 0
        var codings = 0
        var hosts = 0
        var count = 0
        var next = hub_first_header(request)
        while let header = next {
            next = hub_next_header(header)
            count += 1
            guard let key = header.pointee.key, let value = header.pointee.value else { continue }
            if !Self.isToken(key) { return "a header name with a character that is not allowed" }
            if Self.hasControl(value) { return "a control character in a header" }
            if strcasecmp(key, "Content-Length") == 0 {
                lengths += 1
                if !Self.isLength(value) { return "a Content-Length that is not a number" }
            } else if strcasecmp(key, "Transfer-Encoding") == 0 {
                codings += 1
                if strcasecmp(value, "chunked") != 0 { return "a Transfer-Encoding other than chunked" }
            } else if strcasecmp(key, "Host") == 0 {
                hosts += 1
            }
        }
        if lengths > 1 { return "two Content-Length headers" }
        if codings > 1 { return "two Transfer-Encoding headers" }
        if lengths > 0, codings > 0 { return "both Content-Length and Transfer-Encoding" }
        if hosts > 1 { return "two Host headers" }
        if count > limits.headerCount { return "more than \(limits.headerCount) headers" }
        return nil
    }

    private static func isToken(_ text: UnsafePointer<CChar>) -> Bool {
        var at = text
        while at.pointee != 0 {
            switch UInt8(bitPattern: at.pointee) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
                UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "`"),
                UInt8(ascii: "|"), UInt8(ascii: "~"):
                at += 1
            default: return false
            }
        }
        return at != text
    }

    private static func hasControl(_ text: UnsafePointer<CChar>) -> Bool {
        var at = text
        while at.pointee != 0 {
            let unit = UInt8(bitPattern: at.pointee)
            if (unit < 0x20 && unit != 0x09) || unit == 0x7F { return true }
            at += 1
        }
        return false
    }

    private static func isLength(_ text: UnsafePointer<CChar>) -> Bool {
        let count = strlen(text)
        guard (1...18).contains(count) else { return false }
        return (0..<count).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(UInt8(bitPattern: text[$0])) }
    }

    /// A whole request has come in.
    private func received(_ request: UnsafeMutablePointer<evhttp_request>?) {
        guard let request else { return }
        if let connection = evhttp_request_get_connection(request),
            let peer = connections[evhttp_connection_get_bufferevent(connection)]
        {
            peer.isWaitingForReply = true
            peer.since = nil
        }
        let token = nextToken
        nextToken += 1
        pending[token] = request
        if let problem = malformation(request) {
            // The connection is closed behind the answer, so that nothing after it can pass for another request.
            return send(
                HTTPReply(
                    to: token, status: 400, headers: [("Content-Type", "application/json"), ("Connection", "close")],
                    body: Array("{\"error\":\"\(problem)\"}\n".utf8)))
        }
        var headers: [(name: String, value: String)] = []
        var next = hub_first_header(request)
        while let header = next {
            next = hub_next_header(header)
            guard let key = header.pointee.key, let value = header.pointee.value else { continue }
            headers.append((String(cString: key), String(cString: value)))
        }
        receivedThisTurn = true
        receive(
            HTTPRequest(
                token: token, method: Self.method(of: request),
                target: evhttp_request_get_uri(request).map { String(cString: $0) } ?? "/", headers: headers,
                body: Self.body(of: request), peer: Self.peer(of: request)))
    }

    private static func method(of request: UnsafeMutablePointer<evhttp_request>) -> String {
        switch evhttp_request_get_command(request) {
        case EVHTTP_REQ_POST: "POST"
        case EVHTTP_REQ_GET: "GET"
        case EVHTTP_REQ_HEAD: "HEAD"
        case EVHTTP_REQ_PUT: "PUT"
        case EVHTTP_REQ_DELETE: "DELETE"
        case EVHTTP_REQ_OPTIONS: "OPTIONS"
        case EVHTTP_REQ_TRACE: "TRACE"
        case EVHTTP_REQ_CONNECT: "CONNECT"
        case EVHTTP_REQ_PATCH: "PATCH"
        default: "UNKNOWN"
        }
    }

    private static func body(of request: UnsafeMutablePointer<evhttp_request>) -> [UInt8] {
        guard let buffer = evhttp_request_get_input_buffer(request) else { return [] }
        let count = evbuffer_get_length(buffer)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { target, written in
            written = max(0, Int(evbuffer_copyout(buffer, target.baseAddress, count)))
        }
    }

    private static func peer(of request: UnsafeMutablePointer<evhttp_request>) -> String {
        guard let connection = evhttp_request_get_connection(request) else { return "" }
        var address: UnsafeMutablePointer<CChar>?
        var port: UInt16 = 0
        evhttp_connection_get_peer(connection, &address, &port)
        return address.map { String(cString: $0) } ?? ""
    }

    private func send(_ reply: HTTPReply) {
        guard let request = pending.removeValue(forKey: reply.token) else { return }
        if let connection = evhttp_request_get_connection(request),
            let peer = connections[evhttp_connection_get_bufferevent(connection)]
        {
            peer.isWaitingForReply = false
            // A pipelined request may already be there.
            if evbuffer_get_length(bufferevent_get_input(peer.events)) > 0 { peer.since = .now }
        }
        let out = evhttp_request_get_output_headers(request)
        for (name, value) in reply.headers { evhttp_add_header(out, name, value) }
        if !accepting { evhttp_add_header(out, "Connection", "close") }
        let body = evhttp_request_get_output_buffer(request)
        if !reply.body.isEmpty { evbuffer_add(body, reply.body, reply.body.count) }
        evhttp_send_reply(request, Int32(reply.status), Self.reason(reply.status), nil)
    }

    private func abandonPending() {
        // Answered rather than freed: the library may or may not still own a request whose peer has gone.
        for token in Array(pending.keys) {
            send(HTTPReply(to: token, status: 503, headers: [("Content-Type", "application/json"), ("Connection", "close")]))
        }
        event_base_loop(base, EVLOOP_NONBLOCK)
    }

    private static func reason(_ status: Int) -> String {
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
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 429: "Too Many Requests"
        case 503: "Service Unavailable"
        default: status < 400 ? "OK" : "Error"
        }
    }
}
