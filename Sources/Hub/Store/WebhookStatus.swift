/// What became of a webhook.
package enum WebhookStatus: String, Sendable, CaseIterable {
    case accepted, quarantined, conflict

    /// As the table `webhooks` holds it.
    var stored: Int64 {
        switch self {
        case .accepted: 0
        case .quarantined: 1
        case .conflict: 2
        }
    }

    init(stored: Int64) { self = stored == 0 ? .accepted : stored == 1 ? .quarantined : .conflict }
}
