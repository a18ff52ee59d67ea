import EventLoop
import HubDelivery
import HubIngress
import HubModel
import HubStore
import Synchronization

/// Turns signals into counters and lines of the log, at most one line a second for each cause.
final class SignalBoard: Sendable {
    /// How many of what, since the start.
    struct Counters: Sendable {
        /// By source and fate.
        var webhooks: [String: [String: Int]] = [:]
        /// By endpoint and fate.
        var deliveries: [String: [DeliverySignal.Fate: Int]] = [:]
        /// Requests that the server refused by itself, by status.
        var refusedRequests: [Int: Int] = [:]
    }

    private struct State {
        var counters = Counters()
        /// When each line was last written, and how often it was left out since.
        var lines: [String: (at: Timestamp, leftOut: Int)] = [:]
    }

    private let clock: @Sendable () -> Timestamp
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private static let mostLines = 1000

    init(clock: @escaping @Sendable () -> Timestamp, log: @escaping @Sendable (String) -> Void) {
        (self.clock, self.log) = (clock, log)
    }

    var counters: Counters { state.withLock { $0.counters } }

    func take(_ signal: Signal) {
        count(signal)
        guard let (cause, text) = Self.line(signal) else { return }
        let now = clock()
        let leftOut: Int? = state.withLock { state in
            let last = state.lines[cause]
            if let last, now - last.at < .seconds(1), now >= last.at {
                state.lines[cause] = (last.at, last.leftOut + 1)
                return nil
            }
            if state.lines.count >= Self.mostLines { state.lines.removeAll() }
            state.lines[cause] = (now, 0)
            return last?.leftOut ?? 0
        }
        guard let leftOut else { return }
        log(leftOut > 0 ? "\(text) (and \(leftOut) more like this)" : text)
    }

    private func count(_ signal: Signal) {
        switch signal {
        case .ingress(.webhooks(let fate, let source, let count)):
            state.withLock { $0.counters.webhooks[source, default: [:]][fate.name, default: 0] += count }
        case .ingress(.refusedRequest(let status)):
            state.withLock { $0.counters.refusedRequests[status, default: 0] += 1 }
        case .delivery(.ended(let fate, let endpoint, let count)):
            state.withLock { $0.counters.deliveries[endpoint, default: [:]][fate, default: 0] += count }
        default: break
        }
    }

    /// The line for people, and what it is about: lines about the same are held back together.
    private static func line(_ signal: Signal) -> (cause: String, text: String)? {
        switch signal {
        case .ingress(let signal): line(signal)
        case .store(let signal): (Self.cause(signal), signal.description)
        case .delivery(let signal): line(signal)
        case .configuration(let signal): line(signal)
        }
    }

    private static func line(_ signal: IngressSignal) -> (cause: String, text: String)? {
        switch signal {
        case .webhooks, .refusedRequest: nil
        case .trouble(.full(connections: let connections)):
            (
                "full",
                "all \(connections) connections are taken; for each new one, the longest silent one is closed (hub.connections, or the limit of open files)"
            )
        case .trouble(.crowd(address: let address, connections: let connections)):
            (
                "crowd \(address)",
                "\(address) has \(connections) connections, and its new ones are closed (hub.connections.per_address; \"trusted\" for a proxy)"
            )
        case .trouble(.noRoom):
            (
                "no room",
                "this machine has no descriptor or memory for another connection (EMFILE, ENFILE or ENOMEM); newcomers wait"
            )
        case .trouble(.unfinished(bytes: let bytes)):
            (
                "unfinished",
                "unfinished requests fill the \(bytes / 1_048_576) MB that there are for them; the oldest of the large ones is answered 503"
            )
        case .refused(let source, let peer, let reason):
            ("refused \(source) \(peer) \(reason)", "\(source): refused a webhook from \(peer): \(reason)")
        case .quarantined(let source, let problem):
            (
                "quarantined \(source) \(problem)",
                "\(source): an authentic webhook cannot be decoded and is kept as quarantined: \(problem)"
            )
        case .conflict(let source):
            (
                "conflict \(source)",
                "\(source): a webhook arrived again with the same id but a different body; it is kept as a conflict"
            )
        }
    }

    /// Progress and sizes differ from line to line; the cause is the same.
    private static func cause(_ signal: StoreSignal) -> String {
        switch signal {
        case .migrated(let step, let done, let total): "migrated \(step) \(done) \(total)"
        case .walGrown: "wal"
        case .wellAgain, .clockJumped, .clockAhead: signal.description
        case .commitFailed, .recovered, .settlementDropped, .deliveryUnreadable, .retentionFailed:
            "\(signal)".prefix { $0 != ":" }.description
        }
    }

    private static func line(_ signal: DeliverySignal) -> (cause: String, text: String)? {
        switch signal {
        case .ended: nil
        case .buried(let id, let endpoint, let reason):
            ("buried \(endpoint) \(reason)", "delivery \(id) to \(endpoint) is dead: \(reason)")
        case .heldBack(let endpoint, let reason):
            (
                "held back \(reason)",
                "nothing can be sent to \(endpoint): \(reason); its deliveries wait, and use up no attempts"
            )
        case .claimFailed(let endpoint, let fault):
            ("claim", "cannot read what waits for \(endpoint): \(fault)")
        }
    }

    private static func line(_ signal: ConfigurationSignal) -> (cause: String, text: String) {
        switch signal {
        case .reloaded(let digest): ("reloaded \(digest)", "the configuration was reloaded (\(digest.prefix(12)))")
        case .refused(let mistakes):
            ("refused \(mistakes)", "the configuration was not reloaded; the one in force goes on:\n\(mistakes)")
        case .needsRestart: ("restart", "hub.listen and hub.store take effect at the next start")
        }
    }
}
