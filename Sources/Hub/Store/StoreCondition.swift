package import HubModel
import Synchronization

/// How the store is: what its last commits showed, and whether its thread gets on. That thread writes it, anybody reads it.
package final class StoreCondition: Sendable {
    private let trouble = Mutex<StoreFault?>(nil)
    /// When the thread began with what it is doing, in milliseconds of the steady clock; zero while it waits for work.
    private let since = Atomic<Int64>(0)

    package init() {}

    /// Why nothing can be written; nil when the last try went well.
    package var fault: StoreFault? { trouble.withLock { $0 } }

    /// When the store's thread began with what it is doing; nil while it waits for work.
    package var busySince: Timestamp? {
        let since = since.load(ordering: .relaxed)
        return since == 0 ? nil : Timestamp(milliseconds: since)
    }

    // MARK: On the store's thread

    func set(_ fault: StoreFault?) { trouble.withLock { $0 = fault } }
    func begins(at now: Timestamp) { since.store(max(1, now.milliseconds), ordering: .relaxed) }
    func waits() { since.store(0, ordering: .relaxed) }
}
