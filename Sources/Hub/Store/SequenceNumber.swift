package import HubModel

/// The number of a stored webhook, event or delivery: milliseconds since 1970 shifted left by 20, plus a counter.
///
/// It is the table's key, so rows are appended, and it sorts by time. Public ids are made from it and back without any
/// look-up.
package typealias SequenceNumber = Int64

/// Generates sequence numbers that never repeat and never decrease, even when the clock goes back.
package struct SequenceGenerator: Sendable {
    private(set) var last: SequenceNumber

    /// Begins above `last`, the greatest number that was ever given.
    package init(after last: SequenceNumber) { self.last = last }

    package mutating func next(at now: Timestamp) -> SequenceNumber {
        last = max(last + 1, Self.first(at: now))
        return last
    }

    /// The least number of that moment.
    static func first(at time: Timestamp) -> SequenceNumber { max(0, time.milliseconds) << 20 }
}

extension Timestamp {
    /// The moment at which the number was given. It may lie ahead of a clock that was set back.
    package init(of sequence: SequenceNumber) { self.init(milliseconds: sequence >> 20) }
}
