package import AdapterKit
import Crypto
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
    /// The canonical id of the call or message; nil when the webhook is about neither. It is derived from the source and
    /// the provider's id, so that the parts of a call find each other without a look-up.
    package private(set) var recordID: String?
    /// The kind of that record.
    package private(set) var kind: RecordKind?
    /// Makes a view of every event, not only of those that a route may want.
    package var viewsAll = false

    package init(source: String, provider: String, receivedAt: Timestamp, drafts: [EventDraft], raw: JSON) {
        self.source = source
        self.provider = provider
        self.receivedAt = receivedAt
        self.drafts = drafts
        self.raw = raw
        (kind, recordID) = (nil, nil)
        for draft in drafts {
            guard let (kind, providerID) = draft.providerRecord else { continue }
            self.kind = kind
            recordID = Self.id(kind, source, providerID)
            break
        }
    }

    private static func id(_ kind: RecordKind, _ source: String, _ providerID: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(source.utf8.count + providerID.utf8.count + 1)
        text.append(contentsOf: source.utf8)
        text.append(0)
        text.append(contentsOf: providerID.utf8)
        return kind.idPrefix + Codec.hex.encode(Array(DigestAlgorithm.sha256.digest(text).prefix(16)))
    }

    /// What follows, given the record as it is.
    package func plan(_ context: inout PlanContext, by rules: Rules) -> Plan {
        var record = context.record
        var events: [PlannedEvent] = []
        for draft in drafts {
            let occurredAt = draft.occurredAt ?? receivedAt
            var changed = FieldSet()
            var shown: Record?
            if let part = part(draft)?.stamped(draft.stage, at: occurredAt) {
                let merged = (record ?? part.emptied).merging(part)
                (record, changed) = (merged.record, merged.changed)
                shown = merged.record
            }
            let details = EventDetails(
                occurredAt: occurredAt, native: draft.native, changed: changed, data: draft.data,
                hasRecord: shown != nil)
            // The numbers of a draft's events follow each other; those of their deliveries come after them.
            let first = events.count
            for (index, type) in ([draft.type] + draft.derived).enumerated() {
                events.append(
                    PlannedEvent(
                        sequence: context.nextEvent(), type: type, primary: index == 0 ? nil : events[first].sequence,
                        details: index == 0 ? details : nil))
            }
            for at in first..<events.count where viewsAll || rules.routes.hasRoutes(for: events[at].type) {
                let view = EventView(
                    Event(
                        id: context.ids.text(.event, events[at].sequence), type: events[at].type, source: source,
                        provider: provider, occurredAt: occurredAt, receivedAt: receivedAt,
                        subject: shown == nil ? nil : recordID, changed: changed,
                        native: draft.native, record: shown,
                        data: draft.data, raw: raw, derived: at > first))
                events[at].view = view
                events[at].deliveries = deliveries(view, events[at].sequence, rules, &context)
            }
        }
        return Plan(record: record, events: events)
    }

    private func part(_ draft: EventDraft) -> Record? {
        guard let recordID, draft.providerRecord != nil else { return nil }
        var part = draft.subject.record
        part?.identify(id: recordID, provider: provider)
        return part
    }

    private func deliveries(
        _ view: EventView, _ event: SequenceNumber, _ rules: Rules, _ context: inout PlanContext
    ) -> [PlannedDelivery] {
        var deliveries: [PlannedDelivery] = []
        for match in rules.routes.matches(view, vars: rules.vars) {
            for (index, send) in match.route.sends.enumerated() {
                deliveries.append(
                    PlannedDelivery(
                        key: DeliveryKey(
                            sequence: context.nextDelivery(), event: event, route: match.route.name, send: index,
                            endpoint: send.endpoint), dead: match.failure.map(rules.veil.cover)))
            }
        }
        return deliveries
    }
}

extension EventDraft {
    /// The kind of the subject and the provider's id of it; nil when there is none, or it has no id.
    fileprivate var providerRecord: (kind: RecordKind, id: String)? {
        subject.record.flatMap { record in record.providerID.map { (record.kind, $0) } }
    }
}
