package import HubModel

/// The result of an attempt, to be written. It ends the lease.
package struct Settlement: Sendable {
    package enum Result: Sendable, Equatable {
        case delivered
        case dead(reason: String)
        case retry(at: Timestamp)
    }

    package var lease: Lease
    package var attempt: Attempt
    package var result: Result
    /// The rendered body, kept so that the next attempt sends the same bytes; not needed once delivered, nor when an
    /// earlier settlement brought it.
    package var body: [UInt8]?

    package init(lease: Lease, attempt: Attempt, result: Result, body: [UInt8]? = nil) {
        (self.lease, self.attempt, self.result, self.body) = (lease, attempt, result, body)
    }
}
