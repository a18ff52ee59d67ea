import Dispatch
import HubModel
import Synchronization

/// Messages for one thread, taken in whole batches.
final class Mailbox<Message: Sendable>: Sendable {
    private struct Box {
        var messages: [Message] = []
        var isClosed = false
    }

    private let box = Mutex(Box())
    private let signal = DispatchSemaphore(value: 0)

    /// False when nobody will read it.
    @discardableResult
    func post(_ message: Message) -> Bool {
        let (isOpen, wasEmpty) = box.withLock { box in
            guard !box.isClosed else { return (false, false) }
            box.messages.append(message)
            return (true, box.messages.count == 1)
        }
        if wasEmpty { signal.signal() }
        return isOpen
    }

    /// Everything that is waiting; waits up to `timeout` for the first.
    func take(timeout: Duration) -> [Message] {
        let batch = drain()
        if !batch.isEmpty || timeout == .zero { return batch }
        _ = signal.wait(timeout: .now() + .milliseconds(Int(timeout.milliseconds)))
        return drain()
    }

    /// Accepts no more, and returns what nobody has read.
    func close() -> [Message] {
        box.withLock { box in
            box.isClosed = true
            defer { box.messages = [] }
            return box.messages
        }
    }

    private func drain() -> [Message] {
        box.withLock { box in
            defer { box.messages = [] }
            return box.messages
        }
    }
}
