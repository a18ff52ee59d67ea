package import HubModel

/// What an operator should know of the store.
package enum StoreSignal: Sendable, Hashable {
    /// A commit failed. Told at most once a second.
    case commitFailed(StoreFault)
    /// The database was opened again after a failure.
    case recovered
    /// The write-ahead log has grown to this size, because another process keeps reading an old state of the database.
    case walGrown(bytes: Int)
    /// A step of bringing an older database to the newest schema, and how far it has come.
    case migrated(step: String, done: Int, total: Int)
    /// The result of an attempt cannot be written, now or later; after the next start the delivery is made again.
    case settlementDropped(delivery: String, StoreFault)
    /// A delivery waits whose event cannot be read; it is left alone until the next start.
    case deliveryUnreadable(delivery: String)
    /// What is older than the retention could not be deleted.
    case retentionFailed(StoreFault)
    /// What could not be written for a while can be written again.
    case wellAgain
    /// The machine's clock was moved by more than the time that has passed.
    case clockJumped(from: Timestamp, to: Timestamp)
    /// At the start, the machine's clock is far ahead of when the hub last ran.
    case clockAhead(last: Timestamp, now: Timestamp)
}

extension StoreSignal: CustomStringConvertible {
    /// One line for a log.
    package var description: String {
        switch self {
        case .commitFailed(let fault): "cannot write to the database: \(fault)"
        case .recovered: "the database is open again"
        case .walGrown(let bytes):
            "the database's write-ahead log has grown to \(bytes >> 20) MB, because another process keeps reading an old state of the database; end that process"
        case .migrated(let step, let done, let total):
            "bringing the database to the new schema: \(step), \(total == 0 ? 100 : done * 100 / total) %"
        case .settlementDropped(let delivery, let fault):
            "the result of delivery \(delivery) cannot be written and is dropped: \(fault)"
        case .deliveryUnreadable(let delivery): "the event of delivery \(delivery) cannot be read"
        case .retentionFailed(let fault): "cannot delete what is older than the retention: \(fault)"
        case .wellAgain: "the database can be written again"
        case .clockJumped(let from, let to) where to < from:
            "the clock was set back from \(from) to \(to); what waits goes on as if it had not been"
        case .clockJumped(let from, let to):
            "the clock was set forward from \(from) to \(to); for a day nothing counts as older than it did"
        case .clockAhead(let last, let now):
            "the clock says \(now), \((now - last).milliseconds / 86_400_000) days ahead of when the hub last ran (\(last)); for a day nothing counts as older than it did then"
        }
    }
}
