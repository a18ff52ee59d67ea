import Crypto
package import HTTPClient
package import HubModel
package import HubRouting
package import HubStore
import HubTemplates

/// A delivery in memory, ready to be rendered and sent.
package struct Work: Sendable {
    package let sequence: SequenceNumber
    package let id: String
    package let view: EventView
    package let route: String
    package let send: Int
    package let endpoint: String
    /// Attempts made in all, and those that no longer count because a person put the delivery back.
    package var attempts: Int
    package var forgiven: Int
    /// What an earlier attempt sent; the next one sends the same.
    package var body: [UInt8]?
    /// The configuration that routed the event; nil after a restart, when the present one stands in.
    package let routedBy: DeliveryPlan?

    package init(_ delivery: PlannedDelivery, _ view: EventView, routedBy: DeliveryPlan) {
        sequence = delivery.sequence
        id = delivery.id
        self.view = view
        route = delivery.route
        send = delivery.send
        endpoint = delivery.endpoint
        (attempts, forgiven, body) = (0, 0, nil)
        self.routedBy = routedBy
    }

    package init(_ delivery: PendingDelivery) {
        sequence = delivery.sequence
        id = delivery.id
        view = EventView(delivery.event)
        route = delivery.route
        send = delivery.send
        endpoint = delivery.endpoint
        attempts = delivery.attempts
        forgiven = delivery.forgiven
        body = delivery.body
        routedBy = nil
    }
}

/// Why a delivery cannot be made into a request; it is dead until a person mends the configuration.
package struct Unsendable: Error, Sendable {
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

extension Work {
    /// The request for the next attempt, by the endpoint as it is configured now.
    package func request(_ plan: DeliveryPlan, at now: Timestamp) throws(Unsendable) -> (
        request: ClientRequest, body: [UInt8]
    ) {
        guard let endpoint = plan.endpoints[endpoint] else {
            throw Unsendable(reason: "there is no endpoint \"\(self.endpoint)\" any more")
        }
        let rendered = try rendered(plan, endpoint)
        do throws(TemplateError) {
            let roots = view.roots(Surroundings(route: route, endpoint: endpoint.name, vars: plan.vars))
            let url = try endpoint.url.text(roots)
            var headers: [(name: String, value: String)] = [
                ("Content-Type", rendered.contentType), ("User-Agent", "Hub/\(Version.text)"), ("X-Hub-Delivery", id),
                ("X-Hub-Event", view.event.type.rawValue), ("X-Hub-Attempt", String(attempts + 1)),
            ]
            for (name, template) in endpoint.headers {
                let value = try template.text(roots)
                headers.removeAll { $0.name.lowercased() == name.lowercased() }
                headers.append((name, value))
            }
            if let signer = endpoint.signer { headers += signer.headers(id: id, at: now, body: rendered.bytes) }
            let request = ClientRequest(
                id: UInt64(bitPattern: sequence), method: endpoint.method.rawValue, url: url, headers: headers,
                body: endpoint.method == .get ? [] : rendered.bytes, connectTimeout: endpoint.connectTimeout,
                timeout: endpoint.timeout, policy: endpoint.policy, bodyUse: .onFailure)
            return (request, rendered.bytes)
        } catch {
            throw Unsendable(reason: "endpoint \"\(endpoint.name)\": \(error.description)")
        }
    }

    private func rendered(_ plan: DeliveryPlan, _ endpoint: Endpoint) throws(Unsendable) -> Body.Rendered {
        let planned = routedBy ?? plan
        guard let route = planned.routes[route] else {
            guard let body else { throw Unsendable(reason: "there is no route \"\(self.route)\" any more") }
            return Body.Rendered(bytes: body, contentType: "application/json")
        }
        // After an edit the sends may be in another order; the one to this endpoint is meant.
        let send =
            route.sends.indices.contains(send) && route.sends[send].endpoint == self.endpoint
            ? route.sends[send] : route.sends.first { $0.endpoint == self.endpoint }
        if let body {
            return Body.Rendered(bytes: body, contentType: send?.body?.contentType ?? endpoint.format.contentType)
        }
        guard let send else {
            throw Unsendable(reason: "route \"\(route.name)\" no longer sends to \"\(self.endpoint)\"")
        }
        guard let body = send.body else { return endpoint.format.render(view) }
        do throws(TemplateError) {
            return try body.render(view, Surroundings(route: route.name, endpoint: endpoint.name, vars: planned.vars))
        } catch {
            throw Unsendable(reason: "the body of route \"\(route.name)\": \(error.description)")
        }
    }
}
