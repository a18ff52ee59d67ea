package import HubStore

/// What the delivering half tells of itself.
package enum DeliverySignal: Sendable {
    package enum Fate: String, Sendable, CaseIterable { case delivered, retried, dead }

    /// So many attempts of an endpoint's deliveries ended so.
    case ended(Fate, endpoint: String, count: Int)
    /// A delivery was given up.
    case buried(id: String, endpoint: String, reason: String)
    /// Nothing can be sent to an endpoint at the moment, for a reason that is this machine's own.
    case heldBack(endpoint: String, reason: String)
    /// The store could not be asked for what waits.
    case claimFailed(endpoint: String, StoreFault)
}

/// How the attempts of one turn ended, added up by endpoint.
package struct DeliveryTally {
    private(set) var counts: [(fate: DeliverySignal.Fate, endpoint: String, count: Int)] = []
    private(set) var burials: [(key: DeliveryKey, reason: String)] = []
    private(set) var heldBack: [(endpoint: String, reason: String)] = []

    mutating func add(_ fate: DeliverySignal.Fate, _ endpoint: String) {
        // A turn sees few endpoints, and mostly the one that it saw last.
        if let at = counts.lastIndex(where: { $0.fate == fate && $0.endpoint == endpoint }) {
            counts[at].count += 1
        } else {
            counts.append((fate, endpoint, 1))
        }
    }

    mutating func heldBack(_ endpoint: String, _ reason: String) {
        if !heldBack.contains(where: { $0 == (endpoint, reason) }) { heldBack.append((endpoint, reason)) }
    }

    mutating func buried(_ key: DeliveryKey, _ reason: String) { burials.append((key, reason)) }
}
