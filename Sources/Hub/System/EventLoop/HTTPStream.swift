import Synchronization

/// An answer that is sent piece by piece, for as long as its peer takes it.
///
/// Pieces may come from any thread, and arrive in the order in which they were written. Nothing waits: what the peer does
/// not take yet lies in memory, up to a bound.
package final class HTTPStream: Sendable {
    /// Why no more is taken.
    package enum End: Sendable {
        /// The owner has finished, and all of it was sent.
        case finished
        case peerLeft
        /// The peer left more unread than the bound allows, or read nothing for as long as a peer may be idle.
        case tooSlow
        case serverStopped
    }

    private struct State {
        /// Written, and not sent yet.
        var waiting = 0
        /// No further piece is taken.
        var isOver = false
        /// `ended` was told.
        var hasEnded = false
    }

    let token: UInt64
    private let bound: Int
    private let mailbox: Mailbox
    private let ended: @Sendable (End) -> Void
    private let state = Mutex(State())

    init(answering token: UInt64, bound: Int, _ mailbox: Mailbox, ended: @escaping @Sendable (End) -> Void) {
        (self.token, self.bound, self.mailbox, self.ended) = (token, bound, mailbox, ended)
    }

    /// Sends a piece. False when the stream is over, or is broken off because too much waits for its peer.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        enum Step { case send, breakOff, nothing }
        let step = state.withLock { state in
            if state.isOver { return Step.nothing }
            state.waiting += bytes.count
            if state.waiting <= bound { return .send }
            state.isOver = true
            return .breakOff
        }
        switch step {
        case .send: if !bytes.isEmpty { mailbox.post(.piece(self, bytes)) }
        case .breakOff: mailbox.post(.breakOff(self))
        case .nothing: break
        }
        return step == .send
    }

    /// Ends the answer after what has been written.
    package func finish() {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        if isFirst { mailbox.post(.finish(self)) }
    }

    // MARK: On the loop's thread

    func sent(_ count: Int) { state.withLock { $0.waiting -= count } }

    /// The first reason counts.
    func end(_ reason: End) {
        let isFirst = state.withLock { state in
            state.isOver = true
            defer { state.hasEnded = true }
            return !state.hasEnded
        }
        if isFirst { ended(reason) }
    }
}

/// A stream on its connection.
struct OpenStream {
    let stream: HTTPStream
    /// Each piece says how long it is; HTTP/1.0 knows only the end of the connection.
    let isChunked: Bool
    /// Bytes of pieces among the connection's output.
    var waiting = 0
    /// Set when nothing more comes: what the owner is told when all of it was sent.
    var ending: HTTPStream.End?
}
