// Thread rule: everything of libevent belongs to the loop's thread; other threads only write to the mailbox and the
// eventfd. Oldest libevent accepted: 2.1.12.
internal import CEvent
import Foundation
import Synchronization

/// An HTTP/1.1 server on one thread.
///
/// Requests are handed over on the loop's thread; `turnEnded` follows once after each turn of the loop that brought any,
/// so that the owner can hand a whole batch to another thread. Replies may come from any thread, in batches.
///
/// libevent does the framing, but sees only heads that `RequestHead` has found free of doubt.
// Sendable because all state but the mailbox is only touched on the loop's thread once that runs.
package final class HTTPServer: @unchecked Sendable {
    package typealias Receive = @Sendable (HTTPRequest) -> Void
    /// How long a body may be, asked when the headers are there. Runs on the loop's thread.
    package typealias BodyLimit = @Sendable (_ method: String, _ path: Substring) -> Int
    /// Told of each request that the server refused by itself, for the owner's counters.
    package typealias Refused = @Sendable (_ status: Int, _ reason: String) -> Void

    /// Whom requests are handed to.
    package struct Handlers: Sendable {
        package var bodyLimit: BodyLimit?
        package var refused: Refused?
        package var receive: Receive
        package var turnEnded: @Sendable () -> Void

        package init(
            bodyLimit: BodyLimit? = nil, refused: Refused? = nil, receive: @escaping Receive,
            turnEnded: @escaping @Sendable () -> Void
        ) {
            (self.bodyLimit, self.refused) = (bodyLimit, refused)
            (self.receive, self.turnEnded) = (receive, turnEnded)
        }
    }

    private enum Command {
        case reply([HTTPReply])
        case stopAccepting
        case stop
    }

    private enum Life { case new, running, stopped }

    /// A request that the owner has not answered.
    private struct Pending {
        let request: OpaquePointer
        let peer: Peer
        let isHead: Bool
        let isChunked: Bool
    }

    private let limits: HTTPLimits
    private var handlers: Handlers?
    private let base: OpaquePointer
    private let http: OpaquePointer
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private var sweepEvent: OpaquePointer?
    private var boundSocket: OpaquePointer?
    private let mailbox = Mutex<[Command]>([])
    private let life = Mutex(Life.new)
    private let finished = DispatchSemaphore(value: 0)
    private let emptied = DispatchSemaphore(value: 0)
    private let loopThread = Atomic<UInt>(0)

    // Loop thread only.
    private var nextToken: UInt64 = 1
    private var pending: [UInt64: Pending] = [:]
    private var peers: [OpaquePointer: Peer] = [:]
    private var newcomers: [Peer] = []
    private var receivedThisTurn = false
    private var accepting = true
    private var isListening = true
    private var running = true

    /// The port that is listened on; what the system chose when 0 was asked for.
    package let port: Int

    /// Binds at once, so that a port in use is reported here; `start` begins serving.
    package init(host: String, port: Int, limits: HTTPLimits) throws(HTTPServerError) {
        self.limits = limits
        signal(SIGPIPE, SIG_IGN)
        // The library's warnings about single peers are not the operator's business.
        event_set_log_callback { _, _ in }
        let listener = try Listener.open(host: host, port: port)
        self.port = listener.port
        // Changes of what is waited for are made known to the kernel once a turn: reading stops and starts with each
        // request. Only safe because no descriptor here is ever duplicated.
        let options = event_config_new()
        defer { event_config_free(options) }
        event_config_set_flag(options, Int32(EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST.rawValue))
        guard let base = event_base_new_with_config(options), let http = evhttp_new(base) else {
            throw HTTPServerError(description: "the event loop cannot be created: out of memory or descriptors")
        }
        (self.base, self.http) = (base, http)
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        // Trailers count too; heads themselves are measured before the library sees them.
        evhttp_set_max_headers_size(http, Int(limits.headerBytes) * 2)
        evhttp_set_max_body_size(http, Int(limits.bodyBytes))
        var idle = Self.timeval(limits.idle)
        evhttp_set_timeout_tv(http, &idle)
        evhttp_set_allowed_methods(http, UInt16.max)
        evhttp_set_default_content_type(http, nil)
        let me = Unmanaged.passUnretained(self).toOpaque()
        evhttp_set_gencb(http, { request, me in HTTPServer.from(me)?.received(request) }, me)
        evhttp_set_bevcb(http, { _, me in HTTPServer.from(me)?.accepted() }, me)
        wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST), { _, _, me in HTTPServer.from(me)?.woken() }, me)
        event_add(wakeEvent, nil)
        sweepEvent = event_new(base, -1, Int16(EV_PERSIST), { _, _, me in HTTPServer.from(me)?.sweep() }, me)
        boundSocket = evhttp_accept_socket_with_handle(http, listener.descriptor)
        if let boundSocket, let listener = evhttp_bound_socket_get_listener(boundSocket) {
            // Out of descriptors, most likely: without a pause, which the sweep ends, the loop would spin.
            evconnlistener_set_error_cb(listener) { listener, _ in evconnlistener_disable(listener) }
        }
    }

    deinit {
        if let wakeEvent { event_free(wakeEvent) }
        if let sweepEvent { event_free(sweepEvent) }
        evhttp_free(http)
        event_base_free(base)
        close(wakeDescriptor)
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> HTTPServer? {
        pointer.map { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func timeval(_ duration: Duration) -> CEvent.timeval {
        let (seconds, attoseconds) = duration.components
        return CEvent.timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }

    // MARK: From any thread

    /// Serves on a thread of its own until `stop`.
    package func start(_ handlers: Handlers) {
        let isFirst = life.withLock { life in
            defer { if life == .new { life = .running } }
            return life == .new
        }
        guard isFirst else { return }
        self.handlers = handlers
        let thread = Thread { [self] in
            run()
            finished.signal()
        }
        thread.name = "hub.http"
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    /// Sends answers. Those to requests whose peer has gone are dropped.
    package func reply(_ replies: [HTTPReply]) { if !replies.isEmpty { post(.reply(replies)) } }

    /// Closes the listening socket and silent connections; requests under way are still answered, and their connections
    /// closed after that.
    package func stopAccepting() { post(.stopAccepting) }

    /// Stops accepting and waits until every connection has ended; false when some had not after `limit`.
    package func drain(within limit: Duration) -> Bool {
        guard life.withLock({ $0 == .running }) else { return true }
        stopAccepting()
        let nanoseconds = Int(limit / .nanoseconds(1))
        guard emptied.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else { return false }
        emptied.signal()
        return true
    }

    /// Ends the loop and waits until its thread is done; requests without an answer get 503.
    package func stop() {
        let wasRunning = life.withLock { life in
            defer { life = .stopped }
            return life != .new
        }
        guard wasRunning else { return }
        post(.stop)
        finished.wait()
        finished.signal()
    }

    private func post(_ command: Command) {
        let isFirst = mailbox.withLock { box in
            box.append(command)
            return box.count == 1
        }
        // The loop looks into the mailbox by itself after each turn that it handed over.
        guard isFirst, loopThread.load(ordering: .relaxed) != UInt(pthread_self()) else { return }
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: On the loop's thread

    private func run() {
        loopThread.store(UInt(pthread_self()), ordering: .relaxed)
        startSweeping()
        while running {
            event_base_loop(base, EVLOOP_ONCE)
            for peer in newcomers { adopt(peer) }
            newcomers.removeAll(keepingCapacity: true)
            if receivedThisTurn {
                receivedThisTurn = false
                handlers?.turnEnded()
                readMailbox()
            }
        }
        finish()
    }

    private func woken() {
        var count: UInt64 = 0
        _ = read(wakeDescriptor, &count, 8)
        readMailbox()
    }

    private func readMailbox() {
        let commands = mailbox.withLock { box in
            defer { box = [] }
            return box
        }
        for command in commands {
            switch command {
            case .reply(let replies): for reply in replies { send(reply) }
            case .stopAccepting: closeListener()
            case .stop: running = false
            }
        }
    }

    private func closeListener() {
        guard accepting else { return }
        accepting = false
        if let boundSocket { evhttp_del_accept_socket(http, boundSocket) }
        boundSocket = nil
        for peer in peers.values {
            if case .head = peer.phase, peer.since == nil { end(peer) }
        }
        if peers.isEmpty { emptied.signal() }
    }

    /// Answers what is left with 503, then closes everything.
    private func finish() {
        closeListener()
        for token in Array(pending.keys) {
            send(
                HTTPReply(
                    to: token, status: 503, headers: [("Content-Type", "application/json"), ("Retry-After", "5")],
                    body: Array("{\"error\":\"stopping\"}\n".utf8)))
        }
        event_base_loop(base, EVLOOP_NONBLOCK)
        for peer in Array(peers.values) { end(peer) }
        // What the library put off until the next turn, such as freeing.
        event_base_loop(base, EVLOOP_NONBLOCK)
    }

    // MARK: Connections

    /// Makes the buffers of a new connection and begins to watch it.
    private func accepted() -> OpaquePointer? {
        guard let events = bufferevent_socket_new(base, -1, 0) else { return nil }
        // Keeps the pointer good until `adopt`.
        bufferevent_incref(events)
        let peer = Peer(self, events, bodyLimit: limits.bodyBytes)
        newcomers.append(peer)
        peers[events] = peer
        evbuffer_add_cb(bufferevent_get_input(events), Self.inputChanged, Unmanaged.passUnretained(peer).toOpaque())
        if peers.count >= limits.connections { pauseListening() }
        return events
    }

    private static let inputChanged: evbuffer_cb_func = { _, info, pointer in
        guard let info, info.pointee.n_added > 0, let pointer else { return }
        let peer = Unmanaged<Peer>.fromOpaque(pointer).takeUnretainedValue()
        peer.server.bytesArrived(peer, info.pointee.n_added)
    }

    /// Learns the library's handle of a connection accepted in this turn, which only exists after `accepted`: it is the
    /// argument of the callbacks that the library set. Nothing was read from the connection before this.
    private func adopt(_ peer: Peer) {
        var read: bufferevent_data_cb?
        var argument: UnsafeMutableRawPointer?
        bufferevent_getcb(peer.events, &read, nil, nil, &argument)
        if read != nil, let argument {
            let connection = OpaquePointer(argument)
            peer.connection = connection
            evhttp_connection_set_closecb(
                connection,
                { _, pointer in
                    guard let pointer else { return }
                    let peer = Unmanaged<Peer>.fromOpaque(pointer).takeUnretainedValue()
                    peer.server.closed(peer)
                }, Unmanaged.passUnretained(peer).toOpaque())
            if !accepting { end(peer) }
        } else {
            closed(peer)
        }
        bufferevent_decref(peer.events)
    }

    /// The library is about to free the connection.
    private func closed(_ peer: Peer) {
        evbuffer_remove_cb(peer.input, Self.inputChanged, Unmanaged.passUnretained(peer).toOpaque())
        peer.connection = nil
        peers[peer.events] = nil
        if accepting, !isListening, peers.count < limits.connections { resumeListening() }
        if peers.isEmpty, !accepting { emptied.signal() }
    }

    private func end(_ peer: Peer) {
        if let connection = peer.connection { evhttp_connection_free(connection) }
    }

    private func pauseListening() {
        guard isListening, let boundSocket, let listener = evhttp_bound_socket_get_listener(boundSocket) else { return }
        isListening = false
        evconnlistener_disable(listener)
    }

    private func resumeListening() {
        isListening = true
        guard let boundSocket, let listener = evhttp_bound_socket_get_listener(boundSocket) else { return }
        evconnlistener_enable(listener)
    }

    private func startSweeping() {
        // At most a quarter late.
        var interval = Self.timeval(min(max(limits.requestDeadline / 4, .milliseconds(20)), .seconds(1)))
        event_add(sweepEvent, &interval)
    }

    /// Cuts off peers whose request has been unfinished for longer than the deadline.
    private func sweep() {
        let now = ContinuousClock.now
        for peer in Array(peers.values) {
            guard let since = peer.since else { continue }
            switch peer.phase {
            case .refused:
                if now - since >= min(limits.requestDeadline, .seconds(2)) { end(peer) }
            case .head, .body:
                guard now - since >= limits.requestDeadline else { continue }
                refuse(peer, 408, "the request did not come in within \(limits.requestDeadline)")
                end(peer)
            case .answering: continue
            }
        }
        if accepting, peers.count < limits.connections { resumeListening() }
    }

    // MARK: Requests

    /// Runs while the library reads from the socket, before it looks at the bytes.
    private func bytesArrived(_ peer: Peer, _ count: Int) {
        switch peer.phase {
        case .head:
            if peer.since == nil { peer.since = .now }
            readHead(peer, peer.newest(count))
        case .refused: peer.dropInput()
        case .body, .answering: break
        }
    }

    private func readHead(_ peer: Peer, _ bytes: [UInt8]) {
        let seen = peer.partialHead.count
        let whole = seen == 0 ? bytes : peer.partialHead + bytes
        peer.partialHead = []
        switch RequestHead.read(whole, seen: seen, maxBytes: limits.headerBytes, maxHeaders: limits.headerCount) {
        case .incomplete: peer.partialHead = whole
        case .refused(let status, let reason): refuse(peer, status, reason)
        case .complete(let head, _):
            let asked = handlers?.bodyLimit?(head.method, HTTPRequest.path(of: head.target))
            let limit = max(0, min(asked ?? limits.bodyBytes, limits.bodyBytes))
            if let declared = head.bodyBytes, declared > limit {
                return refuse(peer, 413, "the body is longer than \(limit) bytes")
            }
            if limit != peer.bodyLimit, let connection = peer.connection {
                evhttp_connection_set_max_body_size(connection, limit)
                peer.bodyLimit = limit
            }
            peer.phase = .body(head)
        }
    }

    /// Answers without the library and lets it see nothing of the request, nor of anything behind it. The connection
    /// stays open one way for a moment: closing it with bytes unread would take the answer away from the peer.
    private func refuse(_ peer: Peer, _ status: Int, _ reason: String) {
        handlers?.refused?(status, reason)
        let body = "{\"error\":\"\(reason)\"}\n"
        let answer =
            "HTTP/1.1 \(status) \(HTTPReply.phrase(status))\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        let bytes = Array(answer.utf8)
        _ = Foundation.send(peer.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        shutdown(peer.descriptor, Int32(SHUT_WR))
        peer.dropInput()
        peer.phase = .refused
        peer.since = .now
    }

    /// A whole request has come in.
    private func received(_ request: OpaquePointer?) {
        guard let request else { return }
        guard let connection = evhttp_request_get_connection(request),
            let peer = peers[evhttp_connection_get_bufferevent(connection)], case .body(let head) = peer.phase
        else {
            // Cannot be: the library was shown no such head.
            return evhttp_send_error(request, 400, nil)
        }
        peer.phase = .answering
        peer.since = nil
        let token = nextToken
        nextToken += 1
        pending[token] = Pending(request: request, peer: peer, isHead: head.method == "HEAD", isChunked: head.isChunked)
        receivedThisTurn = true
        handlers?.receive(
            HTTPRequest(
                token: token, method: head.method, target: head.target, headers: head.headers,
                body: Self.body(of: request), peer: peer.address.host, peerPort: peer.address.port))
    }

    private static func body(of request: OpaquePointer) -> [UInt8] {
        guard let buffer = evhttp_request_get_input_buffer(request) else { return [] }
        let count = evbuffer_get_length(buffer)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { target, written in
            written = max(0, Int(evbuffer_copyout(buffer, target.baseAddress, count)))
        }
    }

    private func send(_ reply: HTTPReply) {
        guard let item = pending.removeValue(forKey: reply.token) else { return }
        let (request, peer) = (item.request, item.peer)
        let out = evhttp_request_get_output_headers(request)
        for (name, value) in reply.headers { evhttp_add_header(out, name, value) }
        // Chunks are read forgivingly by the library, so nothing behind them may pass for a request.
        if !accepting || item.isChunked {
            peer.isLast = true
            evhttp_remove_header(out, "Connection")
            evhttp_add_header(out, "Connection", "close")
        }
        // The library would send a body where there may be none.
        if item.isHead {
            evhttp_add_header(out, "Content-Length", String(reply.body.count))
        } else if !reply.body.isEmpty, reply.status >= 200, reply.status != 204, reply.status != 304 {
            evbuffer_add(evhttp_request_get_output_buffer(request), reply.body, reply.body.count)
        }
        if let connection = evhttp_request_get_connection(request), connection == peer.connection {
            evhttp_request_set_on_complete_cb(
                request,
                { _, pointer in
                    guard let pointer else { return }
                    let peer = Unmanaged<Peer>.fromOpaque(pointer).takeUnretainedValue()
                    peer.server.sent(peer)
                }, Unmanaged.passUnretained(peer).toOpaque())
        }
        evhttp_send_reply(request, Int32(reply.status), HTTPReply.phrase(reply.status), nil)
    }

    /// A reply is written; if the connection stays, the library reads on after this. Bytes of the next request may
    /// already be there.
    private func sent(_ peer: Peer) {
        guard !peer.isLast else { return }
        peer.phase = .head
        let waiting = evbuffer_get_length(peer.input)
        if waiting > 0 { bytesArrived(peer, waiting) }
    }
}
