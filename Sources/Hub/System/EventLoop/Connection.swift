internal import CEvent
import Foundation
import TLS

/// One connection, from accept to close; belongs to the loop's thread.
final class Connection {
    enum Phase {
        /// TLS is being agreed on.
        case greeting
        /// Requests are read.
        case reading
        /// The owner has a request and owes a reply. Nothing is read meanwhile, so a peer cannot pile up requests.
        case answering
        /// An answer is sent as its pieces come. Nothing is read meanwhile.
        case streaming
        /// A reply is on its way to a peer that takes it slowly.
        case writing
        /// All is said; what still comes in is thrown away, for a while. Closing with bytes unread would take the
        /// answer away from the peer.
        case draining
        case closed
    }

    unowned let loop: ServerLoop
    let slot: Int
    let descriptor: Int32
    var phase = Phase.reading
    var reader = RequestReader()
    /// The request that is being answered; 0 for none.
    var token: UInt64 = 0
    var isToHead = false
    var isOld = false
    /// Whether the connection ends with the answer.
    var isLast = false
    /// Requests that came behind the one being answered, from `keptFrom` on.
    var kept: [UInt8] = []
    var keptFrom = 0
    /// Whether there was an event since the last read, or the last read left something. An edge is told only once.
    var mustRead = false
    /// The part of an answer that has not been sent.
    var output: [UInt8] = []
    var outputFrom = 0
    var drained = 0
    /// What the connection says everything through; nil on a plain one.
    let tls: TLSSession?
    /// Whether the peer has begun a handshake.
    var isGreeted = false
    /// Whether anything has come from the peer.
    var hasSpoken = false
    /// Whether the owner has seen the head of the request that is being read.
    var isScreened = false
    /// How much of the memory for unfinished requests it takes.
    var charged = 0
    var stream: OpenStream?

    let address: sockaddr_storage
    private(set) lazy var peer = Peer(address)
    private var readEvent: OpaquePointer?
    private var writeEvent: OpaquePointer?

    init(_ loop: ServerLoop, slot: Int, _ descriptor: Int32, _ address: sockaddr_storage, _ tls: TLSSession?) {
        (self.loop, self.slot, self.descriptor, self.address) = (loop, slot, descriptor, address)
        self.tls = tls
        if tls != nil { phase = .greeting }
    }

    deinit {
        forget()
        close(descriptor)
    }

    /// Waits for what comes in and for the peer's end; false without memory.
    func watch(_ base: OpaquePointer) -> Bool {
        readEvent = event_new(
            base, descriptor, Int16(EV_READ | EV_CLOSED | EV_PERSIST | EV_ET),
            { _, what, me in
                guard let connection = Connection.from(me) else { return }
                connection.loop.isReadable(connection, hasClosed: what & Int16(EV_CLOSED) != 0)
            }, Unmanaged.passUnretained(self).toOpaque())
        return readEvent != nil && event_add(readEvent, nil) == 0
    }

    /// Waits, from the first answer that did not go out at once, for room to send.
    func watchForRoom(_ base: OpaquePointer) {
        guard writeEvent == nil else { return }
        writeEvent = event_new(
            base, descriptor, Int16(EV_WRITE | EV_PERSIST | EV_ET),
            { _, _, me in
                guard let connection = Connection.from(me) else { return }
                connection.loop.hasRoom(connection)
            }, Unmanaged.passUnretained(self).toOpaque())
        event_add(writeEvent, nil)
    }

    /// No event names the connection any more.
    func forget() {
        if let readEvent { event_free(readEvent) }
        if let writeEvent { event_free(writeEvent) }
        (readEvent, writeEvent) = (nil, nil)
    }

    // MARK: Bytes

    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
        guard let tls else { return Socket.read(descriptor, buffer) }
        return outcome(tls.read(buffer))
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Socket.Outcome {
        guard let tls else { return Socket.write(descriptor, bytes) }
        return outcome(tls.write(bytes))
    }

    /// Says that nothing more will come.
    func finishWriting() {
        tls?.finishWriting()
        Socket.finishWriting(descriptor)
    }

    /// TLS may have to write before it can read, and the other way round: any event lets both go on.
    func outcome(_ outcome: TLSSession.Outcome) -> Socket.Outcome {
        switch outcome {
        case .bytes(let count): return .bytes(count)
        case .ended: return .ended
        case .failed: return .failed
        case .wantsRead: return .wouldBlock
        case .wantsWrite:
            watchForRoom(loop.base)
            return .wouldBlock
        }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> Connection? {
        pointer.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
    }
}
