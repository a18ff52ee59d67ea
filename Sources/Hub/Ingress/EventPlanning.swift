package import AdapterKit
import Crypto
package import HubDelivery
package import HubModel
import HubRouting
package import HubStore

/// From what an adapter decoded to what the store writes: the record it adds to, the events, and where they go. Pure.
package struct EventPlanning: Sendable {
    package let source: String
    package let provider: String
    package let receivedAt: Timestamp
    package let drafts: [EventDraft]
    /// The provider's JSON without credentials.
    package let raw: JSON
    package let plan: DeliveryPlan

    package init(
        source: String, provider: String, receivedAt: Timestamp, drafts: [EventDraft], raw: JSON, plan: DeliveryPlan
    ) {
        self.source = source
        self.provider = provider
        self.receivedAt = receivedAt
        self.drafts = drafts
        self.raw = raw
        self.plan = plan
    }

    /// The canonical id of the call or message; nil when the webhook is about neither. It is derived from the source and
    /// the provider's id, so that the parts of a call find each other without a look-up.
    package var recordID: String? {
        for draft in drafts {
            switch draft.subject {
            case .call(let call): return call.providerCallID.map { Self.id("call_", source, $0) }
            case .message(let message): return message.providerMessageID.map { Self.id("msg_", source, $0) }
            case .none: continue
            }
        }
        return nil
    }

    private static func id(_ prefix: String, _ source: String, _ providerID: String) -> String {
        prefix
            + Codec.hex.encode(
                Array(DigestAlgorithm.sha256.digest(Array("\(source)\u{0}\(providerID)".utf8)).prefix(16)))
    }

    /// Called inside the store's transaction with the record as it is.
    package func callAsFunction(_ context: inout PlanContext) -> Plan {
        var record = context.record
        var events: [PlannedEvent] = []
        let id = recordID
        for draft in drafts {
            let occurredAt = draft.occurredAt ?? receivedAt
            var changed: [String] = []
            var shown: Record?
            if let part = part(draft, id)?.stamped(draft.stage, at: occurredAt) {
                let merged = (record ?? part.emptied).merging(part)
                (record, changed) = (merged.record, merged.changed)
                shown = merged.record
            }
            for (index, type) in ([draft.type] + draft.derived).enumerated() {
                let (sequence, eventID) = context.nextEvent()
                let event = Event(
                    id: eventID, type: type, source: source, provider: provider, occurredAt: occurredAt,
                    receivedAt: receivedAt, subject: shown == nil ? nil : id, changed: changed, native: draft.native,
                    record: shown, data: draft.data, raw: raw, derived: index > 0)
                let view = EventView(event)
                events.append(
                    PlannedEvent(
                        sequence: sequence, event: event, deliveries: deliveries(view, &context), attachment: view))
            }
        }
        return Plan(record: record, events: events)
    }

    private func part(_ draft: EventDraft, _ id: String?) -> Record? {
        switch draft.subject {
        case .call(var call):
            guard id != nil, call.providerCallID != nil else { return nil }
            call.id = id
            call.provider = provider
            return call.record
        case .message(var message):
            guard id != nil, message.providerMessageID != nil else { return nil }
            message.id = id
            message.provider = provider
            return message.record
        case .none: return nil
        }
    }

    private func deliveries(_ view: EventView, _ context: inout PlanContext) -> [PlannedDelivery] {
        plan.routes.matches(view, vars: plan.vars).flatMap { match in
            match.route.sends.enumerated().map { index, send in
                let (sequence, id) = context.nextDelivery()
                return PlannedDelivery(
                    sequence: sequence, id: id, route: match.route.name, send: index, endpoint: send.endpoint,
                    dead: match.failure)
            }
        }
    }
}
