import HubModel
import SQLite

/// The prepared statements of the writer.
final class Statements {
    let begin: Statement
    let commit: Statement
    private let insertWebhook: Statement
    private let insertEvent: Statement
    private let insertPending: Statement
    private let findKey: Statement
    private let findRecord: Statement
    private let findPending: Statement
    private let deletePending: Statement
    private let insertWaiting: Statement
    private let findWaiting: Statement
    private let deleteWaiting: Statement
    private let insertDelivery: Statement
    private let insertAttempt: Statement
    private let oldest: Statement
    /// Rows up to here were looked at by the pruning under way; what had to stay is not looked at again.
    private var pruned: SequenceNumber = 0

    private let connection: Connection

    init(_ connection: Connection) throws(SQLiteError) {
        self.connection = connection
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        insertWebhook = try connection.prepare("INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertEvent = try connection.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertPending = try connection.prepare("INSERT INTO pending VALUES (?, ?, ?, ?, ?)")
        findKey = try connection.prepare("SELECT source, key FROM webhooks WHERE seq = ?")
        findRecord = try connection.prepare("SELECT record_id, record FROM webhooks WHERE seq = ?")
        findPending = try connection.prepare("SELECT event, route, send, endpoint FROM pending WHERE seq = ?")
        deletePending = try connection.prepare("DELETE FROM pending WHERE seq = ?")
        insertWaiting = try connection.prepare("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        findWaiting = try connection.prepare(
            "SELECT event, route, send, endpoint, forgiven, body FROM waiting WHERE seq = ?")
        deleteWaiting = try connection.prepare("DELETE FROM waiting WHERE seq = ?")
        insertDelivery = try connection.prepare(
            "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertAttempt = try connection.prepare("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        oldest = try connection.prepare("SELECT seq FROM webhooks WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?")
    }

    func insert(
        _ admission: Admission, _ sequence: SequenceNumber, status: WebhookStatus, reason: String? = nil,
        record: (id: String, previous: SequenceNumber?, bytes: [UInt8])? = nil
    ) throws(SQLiteError) {
        try insertWebhook.bind(1, sequence)
        try insertWebhook.bind(2, admission.source)
        try insertWebhook.bind(3, admission.provider)
        try insertWebhook.bind(4, admission.receivedAt.milliseconds)
        try insertWebhook.bind(5, status.stored)
        try insertWebhook.bind(6, reason)
        try insertWebhook.bind(7, admission.key)
        try insertWebhook.bind(8, admission.digest)
        try insertWebhook.bind(9, admission.headers)
        try insertWebhook.bind(10, record?.id)
        try insertWebhook.bind(11, record?.previous)
        try insertWebhook.bind(12, record?.bytes)
        try insertWebhook.bind(13, admission.body)
        try insertWebhook.run()
    }

    func insert(_ planned: PlannedEvent, webhook: SequenceNumber) throws(SQLiteError) {
        let event = planned.event
        try insertEvent.bind(1, planned.sequence)
        try insertEvent.bind(2, webhook)
        try insertEvent.bind(3, event.type.rawValue)
        try insertEvent.bind(4, event.source)
        try insertEvent.bind(5, event.subject)
        try insertEvent.bind(6, event.occurredAt.milliseconds)
        try insertEvent.bind(7, event.derived ? 1 : 0)
        try insertEvent.bind(8, event.native.type)
        try insertEvent.bind(9, event.native.id)
        try insertEvent.bind(10, event.changed.joined(separator: " "))
        try insertEvent.bind(11, event.data.isNull ? nil : event.data.encoded())
        try insertEvent.run()
    }

    func insert(_ delivery: PlannedDelivery, event: SequenceNumber) throws(SQLiteError) {
        try insertPending.bind(1, delivery.sequence)
        try insertPending.bind(2, event)
        try insertPending.bind(3, delivery.route)
        try insertPending.bind(4, delivery.send)
        try insertPending.bind(5, delivery.endpoint)
        try insertPending.run()
    }

    /// A delivery that is dead from the start.
    func bury(_ delivery: PlannedDelivery, event: SequenceNumber, at time: Timestamp, reason: String)
        throws(SQLiteError)
    {
        try insert(
            delivery.sequence, event: event, route: delivery.route, send: Int64(delivery.send),
            endpoint: delivery.endpoint, state: .dead, attempts: 0, forgiven: 0, at: time, attempt: nil, reason: reason,
            body: nil)
    }

    /// Whether the webhook there has the admission's very key.
    func holds(_ admission: Admission, at webhook: SequenceNumber) throws(SQLiteError) -> Bool {
        defer { findKey.reset() }
        try findKey.bind(1, webhook)
        guard try findKey.step() else { return false }
        return findKey.text(0) == admission.source && findKey.text(1) == admission.key
    }

    func record(at webhook: SequenceNumber, id: String) throws(SQLiteError) -> Record? {
        defer { findRecord.reset() }
        try findRecord.bind(1, webhook)
        guard try findRecord.step(), findRecord.text(0) == id, let bytes = findRecord.blob(1) else { return nil }
        return (try? JSON(parsing: bytes)).flatMap(Record.init(stored:))
    }

    /// A delivery whose fate is open.
    private struct Unsettled {
        var event: SequenceNumber
        var route: String
        var send: Int64
        var endpoint: String
        var forgiven: Int64 = 0
        var isWaiting = false
        /// What an earlier attempt sent.
        var body: [UInt8]?
    }

    private func unsettled(_ delivery: SequenceNumber) throws(SQLiteError) -> Unsettled? {
        defer {
            findPending.reset()
            findWaiting.reset()
        }
        try findPending.bind(1, delivery)
        if try findPending.step() {
            return Unsettled(
                event: findPending.integer(0), route: findPending.text(1) ?? "", send: findPending.integer(2),
                endpoint: findPending.text(3) ?? "")
        }
        try findWaiting.bind(1, delivery)
        guard try findWaiting.step() else { return nil }
        return Unsettled(
            event: findWaiting.integer(0), route: findWaiting.text(1) ?? "", send: findWaiting.integer(2),
            endpoint: findWaiting.text(3) ?? "", forgiven: findWaiting.integer(4), isWaiting: true,
            body: findWaiting.blob(5))
    }

    /// Writes the result of an attempt. A delivery that is settled already is left alone.
    func settle(_ settlement: Settlement, at now: Timestamp) throws(SQLiteError) {
        guard let delivery = try unsettled(settlement.delivery) else { return }
        let attempt = settlement.attempt
        if attempt.error != nil {
            try insertAttempt.bind(1, settlement.delivery)
            try insertAttempt.bind(2, attempt.number)
            try insertAttempt.bind(3, attempt.at.milliseconds)
            try insertAttempt.bind(4, attempt.duration.milliseconds)
            try insertAttempt.bind(5, attempt.status.map(Int64.init))
            try insertAttempt.bind(6, attempt.error)
            try insertAttempt.bind(7, attempt.excerpt)
            try insertAttempt.bind(8, attempt.reusedConnection ? 1 : 0)
            try insertAttempt.run()
        }
        try remove(settlement.delivery, isWaiting: delivery.isWaiting)
        switch settlement.result {
        case .retry(let due):
            try insertWaiting.bind(1, settlement.delivery)
            try insertWaiting.bind(2, delivery.event)
            try insertWaiting.bind(3, delivery.route)
            try insertWaiting.bind(4, delivery.send)
            try insertWaiting.bind(5, delivery.endpoint)
            try insertWaiting.bind(6, attempt.number)
            try insertWaiting.bind(7, delivery.forgiven)
            try insertWaiting.bind(8, due.milliseconds)
            try insertWaiting.bind(9, settlement.body ?? delivery.body)
            try insertWaiting.run()
        case .delivered:
            try insert(
                settlement.delivery, event: delivery.event, route: delivery.route, send: delivery.send,
                endpoint: delivery.endpoint, state: .delivered, attempts: attempt.number, forgiven: delivery.forgiven,
                at: now, attempt: attempt, reason: nil, body: nil)
        case .dead(let reason):
            try insert(
                settlement.delivery, event: delivery.event, route: delivery.route, send: delivery.send,
                endpoint: delivery.endpoint, state: .dead, attempts: attempt.number, forgiven: delivery.forgiven,
                at: now, attempt: attempt, reason: reason, body: settlement.body ?? delivery.body)
        }
    }

    private func remove(_ delivery: SequenceNumber, isWaiting: Bool) throws(SQLiteError) {
        if isWaiting {
            try deleteWaiting.bind(1, delivery)
            try deleteWaiting.run()
        } else {
            try deletePending.bind(1, delivery)
            try deletePending.run()
        }
    }

    private func insert(
        _ sequence: SequenceNumber, event: SequenceNumber, route: String, send: Int64, endpoint: String,
        state: DeliveryState, attempts: Int, forgiven: Int64, at time: Timestamp, attempt: Attempt?, reason: String?,
        body: [UInt8]?
    ) throws(SQLiteError) {
        try insertDelivery.bind(1, sequence)
        try insertDelivery.bind(2, event)
        try insertDelivery.bind(3, route)
        try insertDelivery.bind(4, send)
        try insertDelivery.bind(5, endpoint)
        try insertDelivery.bind(6, state.stored)
        try insertDelivery.bind(7, attempts)
        try insertDelivery.bind(8, forgiven)
        try insertDelivery.bind(9, time.milliseconds)
        try insertDelivery.bind(10, attempt?.status.map(Int64.init))
        try insertDelivery.bind(11, attempt.map { $0.duration.milliseconds })
        try insertDelivery.bind(12, attempt.map { $0.reusedConnection ? 1 : 0 } as Int64?)
        try insertDelivery.bind(13, reason)
        try insertDelivery.bind(14, body)
        try insertDelivery.run()
    }

    // MARK: Retention

    /// Deletes up to `limit` webhooks older than `before` with all that belongs to them; those with unfinished or dead
    /// deliveries stay. True when there may be more.
    func prune(before: SequenceNumber, limit: Int) throws(SQLiteError) -> Bool {
        defer { oldest.reset() }
        try oldest.bind(1, pruned)
        try oldest.bind(2, before)
        try oldest.bind(3, limit)
        var found: [SequenceNumber] = []
        while try oldest.step() { found.append(oldest.integer(0)) }
        guard let first = found.first, let last = found.last else {
            pruned = 0
            return false
        }
        // Events and deliveries of a webhook are numbered behind it and before the next webhook's.
        let next = try connection.integer("SELECT min(seq) FROM webhooks WHERE seq > \(last)") ?? .max
        let range = "seq >= \(first) AND seq < \(next)"
        let unfinished = """
            SELECT event FROM pending WHERE \(range) UNION SELECT event FROM waiting WHERE \(range)
            UNION SELECT event FROM deliveries WHERE \(range) AND state = \(DeliveryState.dead.stored)
            """
        let kept = "SELECT webhook FROM events WHERE \(range) AND seq IN (\(unfinished))"
        let staying = "SELECT seq FROM events WHERE \(range) AND webhook IN (\(kept))"
        try connection.execute(
            """
            DELETE FROM attempts WHERE delivery >= \(first) AND delivery < \(next)
                AND delivery NOT IN (SELECT seq FROM deliveries WHERE \(range) AND event IN (\(staying)))
                AND delivery NOT IN (SELECT seq FROM waiting WHERE \(range));
            DELETE FROM deliveries WHERE \(range) AND event NOT IN (\(staying));
            DELETE FROM webhooks WHERE \(range) AND seq NOT IN (\(kept));
            DELETE FROM events WHERE \(range) AND webhook NOT IN (SELECT seq FROM webhooks WHERE \(range));
            """)
        pruned = last
        let isWhole = found.count < limit
        if isWhole { pruned = 0 }
        return !isWhole
    }
}

/// The states of a delivery.
package enum DeliveryState: String, Sendable, CaseIterable {
    case pending, waiting, delivered, dead, discarded

    /// As the table `deliveries` holds it.
    var stored: Int {
        switch self {
        case .pending, .waiting: 0
        case .delivered: 1
        case .dead: 2
        case .discarded: 3
        }
    }

    init(stored: Int64) { self = stored == 1 ? .delivered : stored == 2 ? .dead : .discarded }
}

/// What became of a webhook.
enum WebhookStatus: String {
    case accepted, quarantined, conflict

    /// As the table `webhooks` holds it.
    var stored: Int {
        switch self {
        case .accepted: 0
        case .quarantined: 1
        case .conflict: 2
        }
    }

    init(stored: Int64) { self = stored == 0 ? .accepted : stored == 1 ? .quarantined : .conflict }
}
