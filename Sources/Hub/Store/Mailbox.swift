import Dispatch
import HubModel
import Synchronization

/// Messages for one thread, taken in whole batches.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let signal = DispatchSemaphore(value: 0)

    func post(_ message: Message) {
        let wasEmpty = messages.withLock { box in
            box.append(message)
            return box.count == 1
        }
        if wasEmpty { signal.signal() }
    }

    /// Everything that is waiting; waits up to `timeout` for the first.
    func take(timeout: Duration) -> [Message] {
        let batch = drain()
        if !batch.isEmpty { return batch }
        _ = signal.wait(timeout: .now() + .milliseconds(Int(timeout.milliseconds)))
        return drain()
    }

    private func drain() -> [Message] {
        messages.withLock { box in
            defer { box = [] }
            return box
        }
    }
}
