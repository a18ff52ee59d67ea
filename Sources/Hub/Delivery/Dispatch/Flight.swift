import HubModel

/// A delivery on its way: one attempt that was begun and has not been judged.
package struct Flight: Sendable {
    /// The dispatcher's name for it; never used twice.
    package let number: UInt64
    package let work: Work
    let lane: Int
    let startedAt: Timestamp
}

/// What was seen of an attempt, for the record.
package struct Observation: Sendable {
    package var duration: Duration
    package var status: Int?
    /// The beginning of the answer's body; nil for success.
    package var excerpt: String?
    package var reusedConnection: Bool
    /// The body as it was sent, if it is not kept yet.
    package var sent: [UInt8]?

    package init(
        duration: Duration = .zero, status: Int? = nil, excerpt: String? = nil, reusedConnection: Bool = false,
        sent: [UInt8]? = nil
    ) {
        (self.duration, self.status, self.excerpt) = (duration, status, excerpt)
        (self.reusedConnection, self.sent) = (reusedConnection, sent)
    }
}
