package import AdapterKit
import HTTPClient
import HubConfig
package import HubDelivery
package import HubIngress
package import HubModel
import HubRouting
import HubStore
import HubTemplates

/// What would come of a webhook: its events, each route's verdict with the reason, and the requests that would be sent.
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
        /// What would be sent, with secrets covered; or why it cannot be.
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

    /// Decodes `webhook` as `source` would, and follows its events through the routes.
    package init(_ webhook: VerifiedWebhook, source: Source, plan: DeliveryPlan, now: Timestamp) throws(DecodeError) {
        let decoded = try source.adapter.decode(webhook)
        key = decoded.key
        reply = decoded.reply
        let raw = try webhook.json()
        let planning = EventPlanning(
            source: source.name, provider: source.spec.name, receivedAt: webhook.raw.receivedAt, drafts: decoded.events,
            raw: raw,
            plan: plan)
        var context = PlanContext.preview(at: now)
        let planned = planning(&context)
        events = planned.events.map { event in
            let view = event.attachment as? EventView ?? EventView(event.event)
            return EventPreview(
                view: view, routes: plan.routes.routes.map { Self.follow($0, view, event.deliveries, plan, now) })
        }
    }

    /// Every delivery of every event, in order.
    package var deliveries: [RequestPreview] { events.flatMap { $0.routes.flatMap(\.requests) } }

    private static func follow(
        _ route: Route, _ view: EventView, _ deliveries: [PlannedDelivery], _ plan: DeliveryPlan, _ now: Timestamp
    ) -> RoutePreview {
        let judged = route.judge(view, vars: plan.vars)
        let requests = deliveries.filter { $0.route == route.name }.map { delivery -> RequestPreview in
            if let dead = delivery.dead {
                return RequestPreview(
                    route: route.name, endpoint: delivery.endpoint, result: .failure(Unsendable(reason: dead)))
            }
            let work = Work(delivery, view, routedBy: plan)
            do throws(Unsendable) {
                let (request, body) = try work.request(plan, at: now)
                let endpoint = plan.endpoints[delivery.endpoint]
                return RequestPreview(
                    route: route.name, endpoint: delivery.endpoint,
                    result: .success(
                        .init(
                            method: request.method, url: endpoint?.shownURL ?? request.url,
                            headers: request.headers.map { name, value in
                                (name, endpoint?.hidesHeader(name) == true ? Secret.mask : value)
                            }, body: body)))
            } catch {
                return RequestPreview(route: route.name, endpoint: delivery.endpoint, result: .failure(error))
            }
        }
        return RoutePreview(name: route.name, isMatch: judged.isMatch, reasons: judged.reasons, requests: requests)
    }
}
