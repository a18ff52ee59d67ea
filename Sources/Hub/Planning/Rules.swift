package import HubConfig
package import HubModel
package import HubRouting

/// What one configuration says of events: the routes, and the values that they use. Immutable.
///
/// Every event is decided by exactly one; the same one renders its deliveries, even after a reload.
package final class Rules: Sendable {
    package let routes: RouteTable
    /// The section `vars`.
    package let vars: JSON
    /// Names the configuration; kept with every webhook.
    package let digest: String
    /// Covers the secrets of the configuration in what is logged or stored of failures.
    package let veil: Veil

    package init(routes: RouteTable, vars: JSON, digest: String, veil: Veil = Veil()) {
        (self.routes, self.vars, self.digest, self.veil) = (routes, vars, digest, veil)
    }
}
