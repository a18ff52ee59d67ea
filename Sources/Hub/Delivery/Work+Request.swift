import Crypto
package import HTTPClient
package import HubModel
import HubPlanning
import HubRouting
package import HubStore
import HubTemplates

/// Why a delivery cannot be made into a request; it is dead until a person mends the configuration.
package struct Unsendable: Error, Sendable {
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

extension Work {
    /// The request for the next attempt, by the endpoint as it is configured now, and its body.
    ///
    /// - Parameter number: what the request is called in its completion.
    package func request(
        number: UInt64, _ outbound: Outbound, ids: PublicID, at now: Timestamp
    ) throws(Unsendable) -> (request: ClientRequest, body: [UInt8]) {
        guard let endpoint = outbound.endpoints[lease.key.endpoint] else {
            throw Unsendable(reason: "there is no endpoint \"\(lease.key.endpoint)\" any more")
        }
        let view = view
        Failpoint.hit("render", view.event.native.id ?? "")
        let rendered = try rendered(view, outbound.rules, endpoint)
        let id = ids.text(.delivery, lease.key.sequence)
        do throws(TemplateError) {
            let roots = view.roots(
                Surroundings(route: lease.key.route, endpoint: endpoint.name, vars: outbound.rules.vars))
            // The URL and all headers share the steps of one template.
            var steps = Limits().steps
            let url = String(decoding: try endpoint.url.render(roots, steps: &steps), as: UTF8.self)
            if let shape = endpoint.urlShape, let problem = shape.problem(with: url) { throw .runtime(problem) }
            var headers: [(name: String, value: String)] = [
                ("Content-Type", rendered.contentType), ("User-Agent", Self.agent), ("X-Hub-Delivery", id),
                ("X-Hub-Event", view.event.type.rawValue), ("X-Hub-Attempt", String(lease.attempts + 1)),
            ]
            for (name, template) in endpoint.headers {
                let value = String(decoding: try template.render(roots, steps: &steps), as: UTF8.self)
                headers.removeAll { $0.name.lowercased() == name.lowercased() }
                headers.append((name, value))
            }
            if let signer = endpoint.signer { headers += signer.headers(id: id, at: now, body: rendered.bytes) }
            let request = ClientRequest(
                id: number, method: endpoint.method.rawValue, url: url, headers: headers,
                body: endpoint.method == .get ? [] : rendered.bytes, connectTimeout: endpoint.connectTimeout,
                timeout: endpoint.timeout, policy: endpoint.policy, bodyUse: .onFailure)
            return (request, rendered.bytes)
        } catch {
            throw Unsendable(reason: "endpoint \"\(endpoint.name)\": \(error.description)")
        }
    }

    private static let agent = "Hub/\(Version.text)"

    private var view: EventView {
        switch origin {
        case .committed(let view, _): view
        case .stored(let event): EventView(event.event())
        }
    }

    /// The body: what an earlier attempt sent, or rendered by the rules that routed the event. After a restart the rules
    /// in force stand in.
    private func rendered(
        _ view: EventView, _ current: Rules, _ endpoint: Endpoint
    ) throws(Unsendable) -> Body.Rendered {
        var rules = current
        if case .committed(_, let routedBy) = origin { rules = routedBy }
        let key = lease.key
        guard let route = rules.routes[key.route] else {
            guard let body else { throw Unsendable(reason: "there is no route \"\(key.route)\" any more") }
            return Body.Rendered(bytes: body, contentType: "application/json")
        }
        // After an edit the sends may be in another order; the one to this endpoint is meant.
        let send =
            route.sends.indices.contains(key.send) && route.sends[key.send].endpoint == key.endpoint
            ? route.sends[key.send] : route.sends.first { $0.endpoint == key.endpoint }
        if let body {
            return Body.Rendered(bytes: body, contentType: send?.body?.contentType ?? endpoint.format.contentType)
        }
        guard let send else {
            throw Unsendable(reason: "route \"\(route.name)\" no longer sends to \"\(key.endpoint)\"")
        }
        guard let body = send.body else { return endpoint.format.render(view) }
        do throws(TemplateError) {
            return try body.render(view, Surroundings(route: route.name, endpoint: endpoint.name, vars: rules.vars))
        } catch {
            throw Unsendable(reason: "the body of route \"\(route.name)\": \(error.description)")
        }
    }
}
