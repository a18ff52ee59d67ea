package import HubModel

/// The right to make one attempt at a delivery. It ends with a settlement, with a release, or with the process.
package struct Lease: Sendable, Hashable {
    package var key: DeliveryKey
    package var dueAt: Timestamp
    /// Attempts made so far in all.
    package var attempts: Int
    /// How many of them were made before a person last put the delivery back, and no longer count.
    package var forgiven: Int

    package init(key: DeliveryKey, dueAt: Timestamp, attempts: Int, forgiven: Int) {
        (self.key, self.dueAt, self.attempts, self.forgiven) = (key, dueAt, attempts, forgiven)
    }

    /// The lease that comes with the receipt of a new delivery.
    package init(new key: DeliveryKey) {
        self.init(key: key, dueAt: Timestamp(of: key.sequence), attempts: 0, forgiven: 0)
    }
}

extension PlannedEvent {
    /// The leases that its receipt gives: one for each delivery that is not dead.
    package var leases: [Lease] { deliveries.lazy.filter { $0.dead == nil }.map { Lease(new: $0.key) } }
}
