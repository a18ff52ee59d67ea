internal import CCurl
import Foundation
import Synchronization

/// What other threads have for the client's thread, and the descriptor that wakes it.
final class Mailbox: Sendable {
    struct Mail {
        /// Channels that are to have a turn; one that is new is among them.
        var woken: [ClientChannel] = []
        var closed: [ClientChannel] = []
        /// Completions that had to be judged elsewhere first.
        var judged: [(completion: Completion, channel: ClientChannel)] = []
        var isStopping = false

        var isEmpty: Bool { woken.isEmpty && closed.isEmpty && judged.isEmpty && !isStopping }
    }

    private struct State {
        var mail = Mail()
        /// Whether the client's thread waits, or is about to: only then must somebody write to the descriptor.
        var isAsleep = false
        /// Whether nobody reads any more.
        var isShut = false
    }

    private let state = Mutex(State())
    /// Watched for edges, so that it is never read: each write is an edge.
    let descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))

    deinit { Foundation.close(descriptor) }

    func wake(_ channel: ClientChannel) { put { $0.woken.append(channel) } }
    func close(_ channel: ClientChannel) { put { $0.closed.append(channel) } }
    func judged(_ completion: Completion, of channel: ClientChannel) { put { $0.judged.append((completion, channel)) } }
    func stop() { put { $0.isStopping = true } }

    /// Puts a new channel in; false when nobody reads any more.
    func open(_ channel: ClientChannel) -> Bool {
        channel.isListed.store(true, ordering: .relaxed)
        return put { $0.woken.append(channel) }
    }

    @discardableResult
    private func put(_ change: (inout Mail) -> Void) -> Bool {
        let (isShut, mustWrite) = state.withLock { state in
            guard !state.isShut else { return (true, false) }
            change(&state.mail)
            defer { state.isAsleep = false }
            return (false, state.isAsleep)
        }
        if mustWrite {
            var one: UInt64 = 1
            _ = write(descriptor, &one, 8)
        }
        return !isShut
    }

    /// Everything that has come; when that is nothing and `sleeps`, the next one writes to the descriptor.
    func take(beforeSleep sleeps: Bool) -> Mail? {
        state.withLock { state in
            guard state.mail.isEmpty else {
                defer { state.mail = Mail(isStopping: state.mail.isStopping) }
                return state.mail
            }
            state.isAsleep = sleeps
            return nil
        }
    }

    /// Takes in nothing more; what was left.
    func shut() -> Mail {
        state.withLock { state in
            state.isShut = true
            defer { state.mail = Mail() }
            return state.mail
        }
    }
}
