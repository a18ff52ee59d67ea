package import HubModel
package import HubPlanning
package import HubStore

/// A delivery in memory: the lease that allows one attempt, and what is needed to make the request.
package final class Work: Sendable {
    /// Where the event comes from: the commit that has just happened, or the store.
    package enum Origin: Sendable {
        case committed(EventView, routedBy: Rules)
        /// Parsed when the request is made, so that what waits stays small.
        case stored(StoredEvent)
    }

    package let lease: Lease
    package let origin: Origin
    /// What an earlier attempt sent; the next one sends the same bytes.
    package let body: [UInt8]?
    /// Roughly how much memory it occupies.
    package let bytes: Int

    package init(_ lease: Lease, _ origin: Origin, body: [UInt8]? = nil, bytes: Int) {
        (self.lease, self.origin, self.body, self.bytes) = (lease, origin, body, bytes)
    }

    package convenience init(_ claimed: Claimed) {
        self.init(
            claimed.lease, .stored(claimed.event), body: claimed.body,
            bytes: claimed.event.bytes + (claimed.body?.count ?? 0) + Self.overhead)
    }

    /// The deliveries of a receipt that are not dead from the start.
    package static func of(_ receipt: Receipt<WebhookTicket>) -> [Work] {
        guard case .accepted(let events) = receipt.fate else { return [] }
        var works: [Work] = []
        for event in events {
            guard let view = event.view else { continue }
            for delivery in event.deliveries where delivery.dead == nil {
                // A JSON tree takes about four times the text it was read from.
                works.append(
                    Work(
                        Lease(new: delivery.key), .committed(view, routedBy: receipt.ticket.rules),
                        bytes: receipt.ticket.bodyBytes * 4 + Self.overhead))
            }
        }
        return works
    }

    private static let overhead = 1024

    package var sequence: SequenceNumber { lease.key.sequence }
    package var endpoint: String { lease.key.endpoint }
}
