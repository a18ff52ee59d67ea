package import HubModel

/// What follows from one webhook.
package struct Plan: Sendable {
    /// The record after it.
    package var record: Record?
    /// The primary events, each followed by the events derived from it.
    package var events: [PlannedEvent]

    package init(record: Record? = nil, events: [PlannedEvent] = []) { (self.record, self.events) = (record, events) }
}

/// An event to store, with its deliveries.
package struct PlannedEvent: Sendable {
    package var sequence: SequenceNumber
    package var type: EventType
    /// Set for a derived event: the primary event of the same draft, whose details it shares. The numbers of derived
    /// events follow their primary's without a gap.
    package var primary: SequenceNumber?
    /// Set for a primary event.
    package var details: EventDetails?
    /// The event as rules and templates see it; nil when no route can want it.
    package var view: EventView?
    package var deliveries: [PlannedDelivery]

    package init(
        sequence: SequenceNumber, type: EventType, primary: SequenceNumber? = nil, details: EventDetails? = nil,
        view: EventView? = nil, deliveries: [PlannedDelivery] = []
    ) {
        self.sequence = sequence
        self.type = type
        self.primary = primary
        self.details = details
        self.view = view
        self.deliveries = deliveries
    }
}

/// What a primary event shares with the events derived from it.
package struct EventDetails: Sendable {
    package var occurredAt: Timestamp
    package var native: Event.Native
    package var changed: FieldSet
    package var data: JSON
    /// Whether the event shows the webhook's record, and has it as its subject.
    package var hasRecord: Bool

    package init(occurredAt: Timestamp, native: Event.Native, changed: FieldSet, data: JSON, hasRecord: Bool) {
        self.occurredAt = occurredAt
        self.native = native
        self.changed = changed
        self.data = data
        self.hasRecord = hasRecord
    }
}

/// Names a delivery and where it goes: the same in every form that a delivery takes.
package struct DeliveryKey: Sendable, Hashable {
    package var sequence: SequenceNumber
    package var event: SequenceNumber
    package var route: String
    /// Which of the route's sends.
    package var send: Int
    package var endpoint: String

    package init(sequence: SequenceNumber, event: SequenceNumber, route: String, send: Int, endpoint: String) {
        (self.sequence, self.event, self.route) = (sequence, event, route)
        (self.send, self.endpoint) = (send, endpoint)
    }
}

/// A delivery to store.
package struct PlannedDelivery: Sendable {
    package var key: DeliveryKey
    /// Why it cannot even be attempted; such a delivery is dead from the start.
    package var dead: String?

    package init(key: DeliveryKey, dead: String? = nil) { (self.key, self.dead) = (key, dead) }
}
