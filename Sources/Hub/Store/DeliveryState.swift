/// The states of a delivery.
package enum DeliveryState: String, Sendable, CaseIterable {
    /// Never attempted.
    case pending
    /// Waiting to be attempted again.
    case waiting
    case delivered, dead, discarded

    /// As the table `deliveries` holds it.
    var stored: Int64 {
        switch self {
        case .pending, .waiting: 0
        case .delivered: 1
        case .dead: 2
        case .discarded: 3
        }
    }

    init(stored: Int64) { self = stored == 1 ? .delivered : stored == 2 ? .dead : .discarded }
}
