package import AdapterKit
import HTTPClient
package import HubConfig
package import HubDelivery
package import HubIngress
package import HubModel
import HubPlanning
import HubRouting
import HubStore
import HubTemplates

/// What would become of a webhook: its events, each route's verdict with the reason, and the requests that would be sent.
/// Nothing is stored or sent.
package struct Preview: Sendable {
    package struct EventPreview: Sendable {
        package var view: EventView
        package var routes: [RoutePreview]
    }

    package struct RoutePreview: Sendable {
        package var name: String
        package var isMatch: Bool
        /// Why it matches or not, part by part.
        package var reasons: [String]
        package var requests: [RequestPreview]
    }

    package struct RequestPreview: Sendable {
        package var route: String
        package var endpoint: String
        /// What would be sent, with headers that hold secrets covered; or why it cannot be.
        package var result: Result<Request, Unsendable>

        package struct Request: Sendable {
            package var method: String
            package var url: String
            package var headers: [(name: String, value: String)]
            package var body: [UInt8]
        }
    }

    package var key: String
    package var reply: Reply
    package var events: [EventPreview]
    /// Covers secrets where the preview is shown: the requests hold what would be sent.
    package let veil: Veil

    /// Decodes `webhook` as `source` would, and follows its events through the routes.
    package init(_ webhook: VerifiedWebhook, source: Source, outbound: Outbound, now: Timestamp) throws(DecodeError) {
        let decoded = try source.adapter.decode(webhook)
        veil = outbound.rules.veil
        key = decoded.key
        reply = decoded.reply
        let raw = try webhook.json()
        var planning = EventPlanning(
            source: source.name, provider: source.spec.name, receivedAt: webhook.raw.receivedAt, drafts: decoded.events,
            raw: raw)
        planning.viewsAll = true
        var context = PlanContext.preview(at: now)
        let planned = planning.plan(&context, by: outbound.rules)
        let ids = context.ids
        events = planned.events.compactMap { event in
            guard let view = event.view else { return nil }
            return EventPreview(
                view: view,
                routes: outbound.rules.routes.routes.map { Self.follow($0, view, event.deliveries, outbound, ids, now) }
            )
        }
    }

    /// Every delivery of every event, in order.
    package var deliveries: [RequestPreview] { events.flatMap { $0.routes.flatMap(\.requests) } }

    private static func follow(
        _ route: Route, _ view: EventView, _ deliveries: [PlannedDelivery], _ outbound: Outbound, _ ids: PublicID,
        _ now: Timestamp
    ) -> RoutePreview {
        let judged = route.judge(view, vars: outbound.rules.vars)
        let requests = deliveries.filter { $0.key.route == route.name }.map { delivery -> RequestPreview in
            let name = delivery.key.endpoint
            if let dead = delivery.dead {
                return RequestPreview(
                    route: route.name, endpoint: name, result: .failure(Unsendable(reason: dead)))
            }
            let work = Work(Lease(new: delivery.key), .committed(view, routedBy: outbound.rules), bytes: 0)
            do throws(Unsendable) {
                let (request, body) = try work.request(number: 0, outbound, ids: ids, at: now)
                let endpoint = outbound.endpoints[name]
                return RequestPreview(
                    route: route.name, endpoint: name,
                    result: .success(
                        .init(
                            method: request.method, url: endpoint?.shownURL ?? request.url,
                            headers: request.headers.map { name, value in
                                (name, endpoint?.hidesHeader(name) == true ? Secret.mask : value)
                            }, body: body)))
            } catch {
                return RequestPreview(route: route.name, endpoint: name, result: .failure(error))
            }
        }
        return RoutePreview(name: route.name, isMatch: judged.isMatch, reasons: judged.reasons, requests: requests)
    }
}
