/// A place in the queue of an endpoint, which is in the order of these.
struct QueueMark: Comparable, Hashable {
    var dueAt: Int64
    var sequence: SequenceNumber

    static let start = QueueMark(dueAt: .min, sequence: .min)

    static func < (a: QueueMark, b: QueueMark) -> Bool { (a.dueAt, a.sequence) < (b.dueAt, b.sequence) }

    /// The greatest place before this one.
    var before: QueueMark {
        sequence == .min ? QueueMark(dueAt: dueAt - 1, sequence: .max) : QueueMark(dueAt: dueAt, sequence: sequence - 1)
    }
}

/// Who may be attempted by whom: the deliveries under lease, and for each endpoint how far its queue is known to hold
/// nothing else.
///
/// Every place of a queue up to its cursor is leased or gone, so a claim begins there and costs the same however many
/// wait or have waited.
struct Leases {
    /// The attempts that a delivery had when it was leased. A late settlement or release of an earlier lease is known by
    /// them, and ends nothing.
    private var held: [SequenceNumber: Int] = [:]
    private var cursors: [Int64: QueueMark] = [:]

    var count: Int { held.count }

    func isLeased(_ delivery: SequenceNumber) -> Bool { held[delivery] != nil }

    mutating func lease(_ delivery: SequenceNumber, attempts: Int) { held[delivery] = attempts }

    /// True when that lease was held.
    mutating func end(_ delivery: SequenceNumber, attempts: Int) -> Bool {
        guard held[delivery] == attempts else { return false }
        held[delivery] = nil
        return true
    }

    func cursor(of endpoint: Int64) -> QueueMark { cursors[endpoint] ?? .start }

    /// Everything up to `mark` is leased or gone.
    mutating func pass(_ mark: QueueMark, of endpoint: Int64) { cursors[endpoint] = mark }

    /// Something that is not leased is at `mark` now.
    mutating func wait(at mark: QueueMark, of endpoint: Int64) {
        if let cursor = cursors[endpoint], mark <= cursor { cursors[endpoint] = mark.before }
    }

    mutating func forgetCursors() { cursors.removeAll(keepingCapacity: true) }
}
