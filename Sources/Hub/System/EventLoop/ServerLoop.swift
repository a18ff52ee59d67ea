// Thread rule: everything of libevent, and every connection, belongs to the loop's thread. Oldest libevent accepted: 2.1.12.
internal import CEvent
import Foundation
import TLS

/// The server's work, all of it on one thread: it accepts, reads, hands requests over, writes answers and cuts off the late.
///
/// A turn is: wait, read from whoever sent something, hand the batch over, look for letters. A connection that ends is
/// freed when the turn does, since something later in it may still mean this connection.
final class ServerLoop {
    let limits: HTTPLimits
    private let mostConnections: Int
    /// Whom requests are handed to, once the loop runs.
    private(set) var handlers: HTTPServer.Handlers?
    /// No connection is left, and none will come.
    private let emptied: @Sendable () -> Void
    let tools: ReadingTools
    let base: OpaquePointer
    /// What the connection that is being read has sent.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    var writer = AnswerWriter()
    var receivedThisTurn = false
    private(set) var isAccepting = true

    private let mailbox: Mailbox
    /// Under which connections are served that come from now on; nil for plain ones.
    private var identity: TLSIdentity?
    private var door: Door
    private var wakeEvent: OpaquePointer?
    private var sweepEvent: OpaquePointer?
    private var isRunning = true
    /// Whether newcomers wait because all connections are at work.
    private var isFull = false
    private let beginning = ContinuousClock.now
    private var turnTime: Duration?

    private(set) var connections: [Connection?] = []
    private var freeSlots: [Int] = []
    private var count = 0
    /// How many connections there are from where; only as exact as `Neighbourhood` is.
    private var crowds: [Neighbourhood: Int] = [:]
    /// Memory of requests that have not come whole, beyond what is free.
    var unfinishedBytes = 0
    /// Those to go on with in the next turn without an event.
    private var unfinished: [Connection] = []
    private var ended: [Connection] = []
    private var serial: UInt64 = 0

    // Who must have done something by when.
    var silent: Deadlines
    var idle: Deadlines
    var heads: Deadlines
    var requests: Deadlines
    var writing: Deadlines
    var draining: Deadlines
    /// Those whose unfinished requests count, the longest first. Nobody is late here.
    var large: Deadlines

    init(
        _ listener: Int32, _ limits: HTTPLimits, _ mailbox: Mailbox, _ identity: TLSIdentity?,
        emptied: @escaping @Sendable () -> Void
    ) throws(HTTPServerError) {
        guard let base = event_base_new() else {
            throw HTTPServerError(description: "the event loop cannot be created: out of memory or descriptors")
        }
        (self.base, self.limits, self.mailbox, self.emptied) = (base, limits, mailbox, emptied)
        self.identity = identity
        mostConnections = max(1, min(limits.connections, 1 << Self.slotBits))
        tools = ReadingTools(limits)
        door = Door(listener)
        silent = Deadlines(min(limits.firstByte, limits.idle))
        idle = Deadlines(limits.idle)
        heads = Deadlines(min(limits.headDeadline, limits.requestDeadline))
        requests = Deadlines(limits.requestDeadline)
        writing = Deadlines(limits.idle)
        draining = Deadlines(min(limits.requestDeadline, .seconds(2)))
        large = Deadlines(limits.requestDeadline)
        let me = Unmanaged.passUnretained(self).toOpaque()
        // By edges: the eventfd need not be read, which saves a call for each batch of answers.
        wakeEvent = event_new(
            base, mailbox.descriptor, Int16(EV_READ | EV_PERSIST | EV_ET),
            { _, _, me in ServerLoop.from(me)?.readMailbox() }, me)
        event_add(wakeEvent, nil)
        sweepEvent = event_new(base, -1, Int16(EV_PERSIST), { _, _, me in ServerLoop.from(me)?.sweep() }, me)
        door.watch(base, { _, _, me in ServerLoop.from(me)?.accept() }, me)
    }

    deinit {
        for connection in connections { connection?.forget() }
        if let wakeEvent { event_free(wakeEvent) }
        if let sweepEvent { event_free(sweepEvent) }
        door.close()
        event_base_free(base)
        buffer.deallocate()
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> ServerLoop? {
        pointer.map { Unmanaged<ServerLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The time since the loop was made; the clock is read at most once a turn.
    var now: Duration {
        if let turnTime { return turnTime }
        let now = ContinuousClock.now - beginning
        turnTime = now
        return now
    }

    // MARK: Turns

    func run(_ handlers: HTTPServer.Handlers) {
        self.handlers = handlers
        tools.allow = handlers.bodyLimit
        mailbox.own()
        writer.setTime(time(nil))
        startSweeping()
        while isRunning {
            event_base_loop(base, unfinished.isEmpty ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK)
            goOn()
            if receivedThisTurn {
                receivedThisTurn = false
                handlers.turnEnded()
                readMailbox()
            }
            bury()
            if isFull { letIn() }
            turnTime = nil
        }
        finish()
    }

    private func readMailbox() {
        for letter in mailbox.take() {
            switch letter {
            case .reply(let replies): for reply in replies { answer(reply) }
            case .open(let reply, let stream): open(stream, reply)
            case .piece(let stream, let bytes): add(bytes, to: stream)
            case .finish(let stream): finish(stream)
            case .breakOff(let stream): breakOff(stream)
            case .identity(let identity): self.identity = identity
            case .stopAccepting: stopAccepting()
            case .stop: isRunning = false
            }
        }
    }

    private func goOn() {
        guard !unfinished.isEmpty else { return }
        let connections = unfinished
        unfinished.removeAll(keepingCapacity: true)
        for connection in connections { goOn(connection) }
    }

    /// Goes on with a connection in the next turn, whether or not something comes.
    func goOnSoon(_ connection: Connection) { unfinished.append(connection) }

    private func stopAccepting() {
        guard isAccepting else { return }
        isAccepting = false
        door.close()
        for connection in connections.compactMap(\.self) {
            switch connection.phase {
            case .reading: endIfIdle(connection)
            case .greeting: end(connection)
            case .streaming: finish(connection, .serverStopped)
            case .answering, .writing, .draining, .closed: break
            }
        }
        if count == 0, ended.isEmpty { emptied() }
    }

    /// Answers what is left with 503, then closes everything.
    private func finish() {
        stopAccepting()
        for connection in connections.compactMap(\.self) {
            if connection.phase == .answering {
                answer(
                    HTTPReply(
                        to: connection.token, status: 503,
                        headers: [("Content-Type", "application/json"), ("Retry-After", "5")],
                        body: Array("{\"error\":\"stopping\"}\n".utf8)))
            }
            end(connection)
        }
        bury()
    }

    // MARK: Connections

    private func accept() {
        // A few at a time, so that a rush of newcomers does not keep the others waiting.
        for _ in 0..<64 {
            // The longest silent one makes room; when all are at work, newcomers wait in the system's queue.
            let leaver = count < mostConnections ? nil : longestSilent
            guard count < mostConnections || leaver != nil else {
                isFull = true
                return door.shut()
            }
            switch Socket.accept(door.descriptor) {
            case .nobody: return
            // Without a pause, which the sweep ends, the loop would spin.
            case .noRoom:
                handlers?.trouble?(.noRoom)
                return door.shut()
            case .peer(let descriptor, let address): admit(descriptor, address, inPlaceOf: leaver)
            }
        }
    }

    private func admit(_ descriptor: Int32, _ address: sockaddr_storage, inPlaceOf leaver: Connection?) {
        let neighbours = crowds[Neighbourhood(address), default: 0]
        if neighbours >= limits.connectionsPerAddress {
            let host = Peer(address).host
            if handlers?.trusts?(host) != true {
                handlers?.trouble?(.crowd(address: host, connections: neighbours))
                close(descriptor)
                return
            }
        }
        let session = identity.flatMap { TLSSession($0, descriptor: descriptor) }
        guard identity == nil || session != nil else {
            close(descriptor)
            return
        }
        if let leaver {
            handlers?.trouble?(.full(connections: mostConnections))
            end(leaver)
        }
        let slot = freeSlots.popLast() ?? connections.count
        let connection = Connection(self, slot: slot, descriptor, address, session)
        if slot == connections.count { connections.append(connection) } else { connections[slot] = connection }
        count += 1
        crowds[Neighbourhood(address), default: 0] += 1
        silent.add(slot, at: now)
        if !connection.watch(base) { end(connection) }
    }

    /// Who can be sent away with the least harm: somebody who is being sent away already, has never said anything, or
    /// has nothing to say at the moment; at last, somebody whose request has begun long ago.
    private var longestSilent: Connection? {
        (draining.oldest ?? silent.oldest ?? idle.oldest ?? heads.oldest).flatMap { connections[$0] }
    }

    /// Opens the door again once somebody has left or could be sent away.
    private func letIn() {
        guard isAccepting, count < mostConnections || longestSilent != nil else { return }
        isFull = false
        door.open()
    }

    /// The first sign of life.
    func hasSpoken(_ connection: Connection) {
        connection.hasSpoken = true
        silent.remove(connection.slot)
        if connection.tls == nil {
            idle.add(connection.slot, at: now)
        } else {
            // The handshake is the beginning of the head, and has no time of its own.
            heads.add(connection.slot, at: now)
        }
    }

    /// The connection that waits for the answer to this request.
    func connection(answering token: UInt64) -> Connection? {
        let slot = Int(token & Self.slotMask)
        guard slot < connections.count, let connection = connections[slot], connection.token == token else {
            return nil
        }
        return connection
    }

    /// A name for a request that leads back to its connection.
    func nextToken(_ connection: Connection) -> UInt64 {
        serial += 1
        return serial << Self.slotBits | UInt64(connection.slot)
    }

    private static let slotBits: UInt64 = 20
    static let slotMask: UInt64 = 1 << slotBits - 1

    /// Ends a connection at once; it is closed and freed at the end of the turn.
    func end(_ connection: Connection) {
        guard connection.phase != .closed else { return }
        connection.phase = .closed
        connection.token = 0
        if let open = connection.stream { open.stream.end(open.ending == .serverStopped ? .serverStopped : .peerLeft) }
        connection.stream = nil
        connection.tls?.finishWriting()
        connection.forget()
        letGo(connection)
        leaveCrowd(connection)
        silent.remove(connection.slot)
        idle.remove(connection.slot)
        heads.remove(connection.slot)
        requests.remove(connection.slot)
        writing.remove(connection.slot)
        draining.remove(connection.slot)
        connections[connection.slot] = nil
        ended.append(connection)
        count -= 1
    }

    private func leaveCrowd(_ connection: Connection) {
        let place = Neighbourhood(connection.address)
        guard let neighbours = crowds[place] else { return }
        crowds[place] = neighbours > 1 ? neighbours - 1 : nil
    }

    private func bury() {
        guard !ended.isEmpty else { return }
        for connection in ended { freeSlots.append(connection.slot) }
        ended.removeAll(keepingCapacity: true)
        if !isAccepting, count == 0 { emptied() }
    }

    // MARK: Time

    private func startSweeping() {
        // At most a quarter late.
        let shortest = min(limits.idle, limits.firstByte, limits.headDeadline, limits.requestDeadline)
        let (seconds, attoseconds) = min(max(shortest / 4, .milliseconds(20)), .seconds(1)).components
        var interval = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        event_add(sweepEvent, &interval)
    }

    /// Cuts off whoever is late.
    private func sweep() {
        writer.setTime(time(nil))
        while let connection = take(&silent) ?? take(&idle) ?? take(&draining) { end(connection) }
        while let connection = take(&writing) {
            connection.stream?.stream.end(.tooSlow)
            end(connection)
        }
        while let connection = take(&heads) {
            guard connection.phase == .reading else {
                end(connection)
                continue
            }
            refuse(
                connection,
                Refusal(408, "the headers did not come in within \(min(limits.headDeadline, limits.requestDeadline))"))
        }
        while let connection = take(&requests) {
            refuse(connection, Refusal(408, "the request did not come in within \(limits.requestDeadline)"))
        }
        if isAccepting { door.open() }
    }

    private func take(_ list: inout Deadlines) -> Connection? { list.takeLate(at: now).flatMap { connections[$0] } }
}
