package import HubModel

/// Which events to list, newest first.
package struct EventQuery: Sendable {
    /// A type, or a pattern such as `call.*`.
    package var type: String?
    package var source: String?
    /// The id of a record.
    package var subject: String?
    package var since: Timestamp?
    /// Only those before that number: the last one of the page before.
    package var before: SequenceNumber?
    package var limit: Int

    package init(
        type: String? = nil, source: String? = nil, subject: String? = nil, since: Timestamp? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) {
        (self.type, self.source, self.subject) = (type, source, subject)
        (self.since, self.before, self.limit) = (since, before, limit)
    }
}

/// Which deliveries to list, newest first.
package struct DeliveryQuery: Sendable {
    package var state: DeliveryState?
    package var endpoint: String?
    package var route: String?
    package var event: SequenceNumber?
    package var before: SequenceNumber?
    package var limit: Int

    package init(
        state: DeliveryState? = nil, endpoint: String? = nil, route: String? = nil, event: SequenceNumber? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) {
        (self.state, self.endpoint, self.route) = (state, endpoint, route)
        (self.event, self.before, self.limit) = (event, before, limit)
    }
}

/// What can be read of a store. Not to be kept: it belongs to the thread that it is given on.
package protocol StoreView {
    /// Makes and reads public ids of this store.
    var ids: PublicID { get }

    func events(_ query: EventQuery) throws -> [EventRow]
    func event(_ id: String) throws -> EventRow?
    /// The event as it was delivered.
    func whole(_ row: EventRow) throws -> Event?

    func webhook(_ sequence: SequenceNumber) throws -> WebhookRow?
    func webhook(id: String) throws -> WebhookRow?
    /// Webhooks that did not become events: quarantined ones and conflicts, newest first.
    func setAside(before: SequenceNumber?, limit: Int) throws -> [WebhookRow]

    /// The newest state of the records of that kind that were heard of last, newest first.
    func records(_ kind: RecordKind, before: SequenceNumber?, limit: Int) throws -> [RecordRow]
    /// The record of that canonical id, or of the provider's own id. The latter has no index: the newest webhooks are
    /// looked at first.
    func record(_ kind: RecordKind, id: String) throws -> RecordRow?

    func deliveries(_ query: DeliveryQuery) throws -> [DeliveryRow]
    func delivery(_ id: String) throws -> DeliveryRow?
    /// The failed attempts of a delivery, in order.
    func attempts(_ delivery: SequenceNumber) throws -> [Attempt]
}

extension StoreView {
    package func events(
        type: String? = nil, source: String? = nil, subject: String? = nil, since: Timestamp? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) throws -> [EventRow] {
        try events(
            EventQuery(type: type, source: source, subject: subject, since: since, before: before, limit: limit))
    }

    package func deliveries(
        state: DeliveryState? = nil, endpoint: String? = nil, route: String? = nil, event: SequenceNumber? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) throws -> [DeliveryRow] {
        try deliveries(
            DeliveryQuery(
                state: state, endpoint: endpoint, route: route, event: event, before: before, limit: limit))
    }

    package func setAside(limit: Int) throws -> [WebhookRow] { try setAside(before: nil, limit: limit) }

    package func records(_ kind: RecordKind, limit: Int) throws -> [RecordRow] {
        try records(kind, before: nil, limit: limit)
    }
}
