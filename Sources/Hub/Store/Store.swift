package import HubModel

/// The durable record of everything the hub has accepted. SQLite first; another database can stand behind the same words.
///
/// Batches go in from any thread; one call back for each commit comes out on the store's own thread. What was reported as
/// accepted or settled is on disk.
package protocol Store: Sendable {
    /// Hands webhooks over; `onCommit` is called with the outcome of each, possibly together with those of others.
    func admit(_ batch: [Admission])
    /// Hands results of deliveries over. They are written with the next commit, at the latest 10 ms from now.
    func settle(_ batch: [Settlement])
    /// Deliveries that were never attempted, in order, after `sequence`.
    func fresh(after sequence: SequenceNumber, limit: Int) throws -> [PendingDelivery]
    /// Deliveries to be attempted again that are due by `time`, the longest due first; of those behind `last` if given.
    func due(by time: Timestamp, after last: DueMark?, limit: Int) throws -> [PendingDelivery]
    /// When the next one that waits to be attempted again is due.
    func nextDue() throws -> Timestamp?

    /// Writes everything that is waiting and ends.
    func close()
}

extension Store {
    /// Deliveries to be attempted again that are due by `time`, the longest due first.
    package func due(by time: Timestamp, limit: Int) throws -> [PendingDelivery] {
        try due(by: time, after: nil, limit: limit)
    }
}

/// A place among the deliveries that wait, in the order in which they are due.
package struct DueMark: Sendable, Equatable {
    package var dueAt: Timestamp
    package var sequence: SequenceNumber

    package init(_ delivery: PendingDelivery) { (dueAt, sequence) = (delivery.dueAt, delivery.sequence) }
}

/// A webhook to keep, and how to plan what follows from it.
package struct Admission: Sendable {
    /// Comes back with the outcome; the store does not look at it.
    package var attachment: any Sendable
    package var source: String
    package var provider: String
    package var receivedAt: Timestamp
    /// `[[name, value], …]` as JSON text.
    package var headers: [UInt8]
    /// The body as it is kept: exact, but for credentials.
    package var body: [UInt8]
    /// Two webhooks of a source with the same key are the same.
    package var key: String
    /// Distinguishes bodies under one key.
    package var bodyHash: UInt64
    /// Digest of the configuration that routes it.
    package var digest: String
    /// Why it could not be decoded; such a webhook has no events.
    package var quarantine: String?
    /// The record that it is about, `call_…` or `msg_…`.
    package var recordID: String?
    /// Pure; called inside the transaction with the stored record.
    package var plan: @Sendable (inout PlanContext) -> Plan

    package init(
        attachment: any Sendable, source: String, provider: String, receivedAt: Timestamp, headers: [UInt8],
        body: [UInt8],
        key: String, bodyHash: UInt64, digest: String, quarantine: String? = nil, recordID: String? = nil,
        plan: @escaping @Sendable (inout PlanContext) -> Plan = { _ in Plan(record: nil, events: []) }
    ) {
        self.attachment = attachment
        self.source = source
        self.provider = provider
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
        self.key = key
        self.bodyHash = bodyHash
        self.digest = digest
        self.quarantine = quarantine
        self.recordID = recordID
        self.plan = plan
    }
}

/// What planning may ask of the store.
package struct PlanContext {
    /// The record as it was before this webhook; nil for a new one.
    package let record: Record?
    private var generator: SequenceGenerator
    private let ids: RecordID
    private let now: Timestamp
    var sequences: SequenceGenerator { generator }

    init(record: Record?, generator: SequenceGenerator, ids: RecordID, now: Timestamp) {
        (self.record, self.generator, self.ids, self.now) = (record, generator, ids, now)
    }

    /// A number and the public id for a delivery.
    package mutating func nextDelivery() -> (sequence: SequenceNumber, id: String) {
        let sequence = generator.next(at: now)
        return (sequence, ids.text(.delivery, sequence))
    }

    /// A number and the public id for an event. Take the numbers of its deliveries right after it.
    package mutating func nextEvent() -> (sequence: SequenceNumber, id: String) {
        let sequence = generator.next(at: now)
        return (sequence, ids.text(.event, sequence))
    }
}

/// What follows from one webhook.
package struct Plan: Sendable {
    /// The record after it.
    package var record: Record?
    package var events: [PlannedEvent]

    package init(record: Record?, events: [PlannedEvent]) { (self.record, self.events) = (record, events) }
}

package struct PlannedEvent: Sendable {
    package var sequence: SequenceNumber
    package var event: Event
    package var deliveries: [PlannedDelivery]
    /// Comes back with the outcome; the store does not look at it.
    package var attachment: (any Sendable)?

    package init(
        sequence: SequenceNumber, event: Event, deliveries: [PlannedDelivery], attachment: (any Sendable)? = nil
    ) {
        (self.sequence, self.event, self.deliveries, self.attachment) = (sequence, event, deliveries, attachment)
    }
}

package struct PlannedDelivery: Sendable {
    package var sequence: SequenceNumber
    /// `dlv_…`, the same at every attempt.
    package var id: String
    package var route: String
    /// Which of the route's sends.
    package var send: Int
    package var endpoint: String
    /// Set when it cannot even be tried: it is dead from the start.
    package var dead: String?

    package init(sequence: SequenceNumber, id: String, route: String, send: Int, endpoint: String, dead: String? = nil)
    {
        (self.sequence, self.id, self.route) = (sequence, id, route)
        (self.send, self.endpoint, self.dead) = (send, endpoint, dead)
    }
}

/// What became of an admission.
package struct Outcome: Sendable {
    package enum Kind: Sendable {
        case accepted([PlannedEvent])
        case quarantined
        /// Seen before, byte for byte; nothing was written.
        case duplicate
        /// The same key as an earlier one with another body; kept, without events.
        case conflict
        /// Not kept; the provider must send it again.
        case unavailable(String)
    }

    package var attachment: any Sendable
    package var source: String
    package var kind: Kind
}

/// The result of an attempt, to be written.
package struct Settlement: Sendable {
    package enum Result: Sendable {
        case delivered
        case dead(reason: String)
        case retry(at: Timestamp)
    }

    package var delivery: SequenceNumber
    package var attempt: Attempt
    package var result: Result
    /// The rendered body, kept so that the next attempt sends the same bytes; not needed once delivered.
    package var body: [UInt8]?

    package init(delivery: SequenceNumber, attempt: Attempt, result: Result, body: [UInt8]?) {
        (self.delivery, self.attempt, self.result, self.body) = (delivery, attempt, result, body)
    }
}

/// One try to send a delivery.
package struct Attempt: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var at: Timestamp
    package var duration: Duration
    /// HTTP status; nil when nothing came back.
    package var status: Int?
    /// Why it failed; nil for success.
    package var error: String?
    /// The beginning of the answer's body.
    package var excerpt: String?
    package var reusedConnection: Bool

    package init(
        number: Int, at: Timestamp, duration: Duration, status: Int?, error: String?, excerpt: String?,
        reusedConnection: Bool
    ) {
        self.number = number
        self.at = at
        self.duration = duration
        self.status = status
        self.error = error
        self.excerpt = excerpt
        self.reusedConnection = reusedConnection
    }
}

/// A delivery read back, with everything needed to render it.
package struct PendingDelivery: Sendable {
    package var sequence: SequenceNumber
    package var id: String
    package var event: Event
    package var route: String
    package var send: Int
    package var endpoint: String
    /// Attempts made in all, and how many of them were made before it was last put back by hand.
    package var attempts: Int
    package var forgiven: Int
    package var dueAt: Timestamp
    /// What an earlier attempt sent.
    package var body: [UInt8]?
}

/// Why the store cannot be opened or used, for the operator.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension PlanContext {
    /// A context for trying out what would follow, without a database.
    package static func preview(at now: Timestamp, record: Record? = nil) -> PlanContext {
        PlanContext(record: record, generator: SequenceGenerator(after: 0), ids: RecordID(nonce: 0), now: now)
    }
}
