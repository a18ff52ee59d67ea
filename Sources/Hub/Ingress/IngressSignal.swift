package import AdapterKit
package import EventLoop

/// What the half that answers providers reports.
package enum IngressSignal: Sendable {
    /// What became of a webhook.
    package enum Fate: Sendable, Hashable {
        case accepted, duplicate, conflict, quarantined
        /// Understood, and of no interest.
        case ignored
        /// Answered 503: the store cannot keep up or cannot be written, or the hub is stopping.
        case unavailable
        /// Its proof did not hold.
        case unproven(ProofRefusal)
        case network, tooLarge, methodNotAllowed
        /// There is no source at that path.
        case notFound

        /// The word for counters.
        package var name: String {
            switch self {
            case .accepted: "accepted"
            case .duplicate: "duplicate"
            case .conflict: "conflict"
            case .quarantined: "quarantined"
            case .ignored: "ignored"
            case .unavailable: "unavailable"
            case .unproven(let refusal): refusal.rawValue
            case .network: "network"
            case .tooLarge: "too_large"
            case .methodNotAllowed: "method_not_allowed"
            case .notFound: "not_found"
            }
        }
    }

    /// So many webhooks of a source met this fate; the source is empty when none is known.
    case webhooks(Fate, source: String, count: Int)
    /// The server refused a request by itself.
    case refusedRequest(status: Int)
    /// The server cannot serve everybody as usual.
    case trouble(HTTPTrouble)
    /// A webhook was refused for its sender or its proof.
    case refused(source: String, peer: String, reason: String)
    /// An authentic webhook cannot be decoded and is kept as quarantined.
    case quarantined(source: String, problem: String)
    /// A webhook arrived again with the same id but a different body, and is kept as a conflict.
    case conflict(source: String)
}

/// The fates of one batch, added up.
struct FateTally {
    private(set) var counts: [(fate: IngressSignal.Fate, source: String, count: Int)] = []

    mutating func add(_ fate: IngressSignal.Fate, _ source: String) {
        if let at = counts.lastIndex(where: { $0.fate == fate && $0.source == source }) {
            counts[at].count += 1
        } else {
            counts.append((fate, source, 1))
        }
    }
}
