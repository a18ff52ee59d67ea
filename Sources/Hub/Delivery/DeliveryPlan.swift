package import HubModel
package import HubRouting

/// The part of a configuration that deliveries are made by. Immutable; a reload makes a new one.
package final class DeliveryPlan: Sendable {
    package let routes: RouteTable
    package let endpoints: [String: Endpoint]
    package let vars: JSON

    package init(routes: RouteTable, endpoints: [Endpoint], vars: JSON) {
        self.routes = routes
        self.endpoints = Dictionary(endpoints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.vars = vars
    }
}
