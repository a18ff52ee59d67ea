package import HubModel

/// What a plan may ask of the store.
package struct PlanContext {
    /// The record as it was before this webhook; nil for a new one.
    package let record: Record?
    /// Makes the text of public ids, for plans that need it.
    package let ids: PublicID
    private let now: Timestamp
    private(set) var generator: SequenceGenerator

    init(record: Record?, generator: SequenceGenerator, ids: PublicID, now: Timestamp) {
        (self.record, self.generator, self.ids, self.now) = (record, generator, ids, now)
    }

    /// The number of the next event. Take those of one draft in a row: first the primary event's, then those of the
    /// events derived from it, and only then the numbers of their deliveries.
    package mutating func nextEvent() -> SequenceNumber { generator.next(at: now) }

    /// The number of the next delivery.
    package mutating func nextDelivery() -> SequenceNumber { generator.next(at: now) }

    /// A context for trying out what would follow, without a database.
    package static func preview(at now: Timestamp, record: Record? = nil) -> PlanContext {
        PlanContext(record: record, generator: SequenceGenerator(after: 0), ids: PublicID(nonce: 0), now: now)
    }
}
