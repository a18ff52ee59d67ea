package import HubModel

/// A request for leases on deliveries of one endpoint that are due by the store's clock.
package struct Claim: Sendable, Hashable {
    package var endpoint: String
    /// Deliveries at most.
    package var limit: Int
    /// Bytes of events and bodies after which no further delivery is added.
    package var bytes: Int

    package init(endpoint: String, limit: Int, bytes: Int) {
        (self.endpoint, self.limit, self.bytes) = (endpoint, limit, bytes)
    }
}

/// The answer to a claim.
package struct ClaimAnswer: Sendable {
    package var endpoint: String
    /// The longest due first. Ends at the claim's limit, or with the delivery that passes its bytes.
    package var deliveries: [Claimed]
    /// Nothing else of the endpoint is due and not leased.
    package var isWhole: Bool
    /// When the first delivery that is neither leased nor due will be due; nil when there is none. Only meaningful in a
    /// whole answer.
    package var nextDue: Timestamp?
    /// Why the deliveries could not be read. Claim again later.
    package var fault: StoreFault?

    package init(
        endpoint: String, deliveries: [Claimed] = [], isWhole: Bool = false, nextDue: Timestamp? = nil,
        fault: StoreFault? = nil
    ) {
        self.endpoint = endpoint
        self.deliveries = deliveries
        self.isWhole = isWhole
        self.nextDue = nextDue
        self.fault = fault
    }
}

/// A delivery under lease, with what is needed to send it.
package struct Claimed: Sendable {
    package var lease: Lease
    package var event: StoredEvent
    /// What an earlier attempt sent.
    package var body: [UInt8]?

    package init(lease: Lease, event: StoredEvent, body: [UInt8]? = nil) {
        (self.lease, self.event, self.body) = (lease, event, body)
    }
}

/// An endpoint with deliveries that nobody has leased.
package struct Backlog: Sendable, Hashable {
    package var endpoint: String
    /// When the first of them is due.
    package var nextDue: Timestamp

    package init(endpoint: String, nextDue: Timestamp) { (self.endpoint, self.nextDue) = (endpoint, nextDue) }
}
