package import HubPlanning

/// The outbound half of a configuration: the rules that say what is delivered, and the endpoints it is delivered to.
///
/// Immutable; a reload makes a new one.
package final class Outbound: Sendable {
    package let rules: Rules
    package let endpoints: [String: Endpoint]
    /// What the dispatcher's lanes need to know of each endpoint.
    let lanes: [String: LaneSettings]

    package init(rules: Rules, endpoints: [Endpoint]) {
        self.rules = rules
        self.endpoints = Dictionary(endpoints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        lanes = self.endpoints.mapValues { LaneSettings(concurrency: $0.concurrency, retry: $0.retry) }
    }
}
