package import HubModel
import SQLite

/// A row of `hub events list`.
package struct EventRow: Sendable {
    package var id: String
    package var sequence: SequenceNumber
    package var type: String
    package var source: String
    package var subject: String?
    package var occurredAt: Timestamp
    package var nativeType: String
    package var nativeID: String?
    package var changed: [String]
    package var derived: Bool
    package var webhook: SequenceNumber
    package var data: JSON
}

/// A row of the webhooks: what came in, as it is kept.
package struct WebhookRow: Sendable {
    package var id: String
    package var source: String
    package var provider: String
    package var receivedAt: Timestamp
    /// `accepted`, `quarantined` or `conflict`.
    package var status: String
    package var reason: String?
    package var key: String
    package var digest: String
    package var headers: JSON
    package var body: [UInt8]
    package var record: Record?
}

/// A row of `hub deliveries list`.
package struct DeliveryRow: Sendable {
    package var id: String
    package var sequence: SequenceNumber
    package var event: String
    package var eventType: String
    package var route: String
    package var endpoint: String
    package var state: DeliveryState
    package var attempts: Int
    /// When it is due again, or when it was settled.
    package var at: Timestamp
    package var status: Int?
    package var duration: Duration?
    package var reason: String?
    package var body: [UInt8]?
}

extension StoreReader {
    /// Newest first. `type` may end in `*`.
    package func events(
        type: String? = nil, source: String? = nil, subject: String? = nil, since: Timestamp? = nil, limit: Int
    ) throws -> [EventRow] {
        let statement = try connection.prepare(
            """
            SELECT seq, type, source, subject, occurred_at, native_type, native_id, changed, derived, webhook, data FROM events
            WHERE (?1 IS NULL OR type GLOB ?1) AND (?2 IS NULL OR source = ?2) AND (?3 IS NULL OR subject = ?3)
                AND seq >= ?4 ORDER BY seq DESC LIMIT ?5
            """)
        try statement.bind(1, type)
        try statement.bind(2, source)
        try statement.bind(3, subject)
        try statement.bind(4, since.map { $0.milliseconds << 20 } ?? 0)
        try statement.bind(5, limit)
        return try rows(statement)
    }

    package func event(_ id: String) throws -> EventRow? {
        guard let sequence = RecordID.sequence(.event, in: id) else { return nil }
        let statement = try connection.prepare(
            """
            SELECT seq, type, source, subject, occurred_at, native_type, native_id, changed, derived, webhook, data FROM events
            WHERE seq = ?
            """)
        try statement.bind(1, sequence)
        return try rows(statement).first { $0.id == id }
    }

    private func rows(_ statement: borrowing Statement) throws -> [EventRow] {
        var found: [EventRow] = []
        while try statement.step() {
            found.append(
                EventRow(
                    id: ids.text(.event, statement.integer(0)), sequence: statement.integer(0), type: statement.text(1) ?? "",
                    source: statement.text(2) ?? "", subject: statement.text(3),
                    occurredAt: Timestamp(milliseconds: statement.integer(4)), nativeType: statement.text(5) ?? "",
                    nativeID: statement.text(6), changed: Self.words(statement.text(7)), derived: statement.integer(8) != 0,
                    webhook: statement.integer(9), data: statement.blob(10).flatMap { try? JSON(parsing: $0) } ?? .null))
        }
        return found
    }

    /// The event as it was delivered.
    package func whole(_ row: EventRow) throws -> Event? {
        guard let webhook = try webhook(row.webhook) else { return nil }
        return Event(
            id: row.id, type: EventType(rawValue: row.type), source: row.source, provider: webhook.provider,
            occurredAt: row.occurredAt, receivedAt: webhook.receivedAt, subject: row.subject, changed: row.changed,
            native: Event.Native(type: row.nativeType, id: row.nativeID), record: webhook.record, data: row.data,
            raw: (try? JSON(parsing: webhook.body)) ?? .null, derived: row.derived)
    }

    // MARK: Webhooks

    private static let webhookColumns = "seq, source, provider, received_at, status, reason, key, digest, headers, body, record FROM webhooks"

    package func webhook(_ sequence: SequenceNumber) throws -> WebhookRow? {
        let statement = try connection.prepare("SELECT \(Self.webhookColumns) WHERE seq = ?")
        try statement.bind(1, sequence)
        return try webhooks(statement).first
    }

    /// Webhooks that did not become events: quarantined ones and conflicts, newest first.
    package func setAside(limit: Int) throws -> [WebhookRow] {
        let statement = try connection.prepare("SELECT \(Self.webhookColumns) WHERE status > 0 ORDER BY seq DESC LIMIT ?")
        try statement.bind(1, limit)
        return try webhooks(statement)
    }

    package func webhook(id: String) throws -> WebhookRow? {
        try RecordID.sequence(.webhook, in: id).flatMap { try webhook($0) }
    }

    private func webhooks(_ statement: borrowing Statement) throws -> [WebhookRow] {
        var found: [WebhookRow] = []
        while try statement.step() {
            let status = statement.integer(4)
            found.append(
                WebhookRow(
                    id: ids.text(.webhook, statement.integer(0)), source: statement.text(1) ?? "",
                    provider: statement.text(2) ?? "", receivedAt: Timestamp(milliseconds: statement.integer(3)),
                    status: status == 1 ? "quarantined" : status == 2 ? "conflict" : "accepted", reason: statement.text(5),
                    key: statement.text(6) ?? "", digest: statement.text(7) ?? "",
                    headers: statement.blob(8).flatMap { try? JSON(parsing: $0) } ?? .null, body: statement.blob(9) ?? [],
                    record: statement.blob(10).flatMap { try? JSON(parsing: $0) }.flatMap(Record.init(stored:))))
        }
        return found
    }

    // MARK: Records

    /// The newest state of the calls or messages that were heard of last, newest first.
    package func records(_ kind: RecordKind, limit: Int) throws -> [(id: String, source: String, at: Timestamp, record: Record)] {
        let prefix = kind == .call ? "call_*" : "msg_*"
        let statement = try connection.prepare(
            "SELECT record_id, source, received_at, record FROM webhooks WHERE record_id GLOB ? ORDER BY seq DESC")
        try statement.bind(1, prefix)
        var found: [(id: String, source: String, at: Timestamp, record: Record)] = []
        var seen: Set<String> = []
        // A record's newest webhook comes first and holds its whole state.
        while found.count < limit, try statement.step() {
            guard let id = statement.text(0), seen.insert(id).inserted,
                let record = statement.blob(3).flatMap({ try? JSON(parsing: $0) }).flatMap(Record.init(stored:))
            else { continue }
            found.append((id, statement.text(1) ?? "", Timestamp(milliseconds: statement.integer(2)), record))
        }
        return found
    }

    /// The record of that canonical id, or of the provider's own id.
    package func record(_ kind: RecordKind, id: String) throws -> (id: String, source: String, at: Timestamp, record: Record)? {
        let member = kind == .call ? "provider_call_id" : "provider_message_id"
        let statement = try connection.prepare(
            """
            SELECT record_id, source, received_at, record FROM webhooks
            WHERE record_id = ?1 OR (record_id IS NOT NULL AND json_extract(CAST(record AS TEXT), ?2) = ?1) ORDER BY seq DESC LIMIT 1
            """)
        try statement.bind(1, id)
        try statement.bind(2, "$.\(kind.rawValue).\(member)")
        guard try statement.step(), let recordID = statement.text(0),
            let record = statement.blob(3).flatMap({ try? JSON(parsing: $0) }).flatMap(Record.init(stored:))
        else { return nil }
        return (recordID, statement.text(1) ?? "", Timestamp(milliseconds: statement.integer(2)), record)
    }

    // MARK: Deliveries

    /// Newest first.
    package func deliveries(
        state: DeliveryState? = nil, endpoint: String? = nil, route: String? = nil, event: SequenceNumber? = nil, limit: Int
    ) throws -> [DeliveryRow] {
        let filter = """
            (?1 IS NULL OR d.endpoint = ?1) AND (?2 IS NULL OR d.route = ?2) AND (?3 IS NULL OR d.event = ?3)
            AND (?3 IS NULL OR (d.seq > ?3 AND d.seq < ?3 + 1048576))
            """
        var parts: [String] = []
        if state == nil || state == .pending || state == .waiting {
            let attempts = state == .pending ? "AND d.attempts = 0" : state == .waiting ? "AND d.attempts > 0" : ""
            parts.append(
                """
                SELECT * FROM (SELECT d.seq, d.event, e.type, d.route, d.endpoint, 0, d.attempts, d.due_at, NULL, NULL, NULL, d.body
                FROM pending d JOIN events e ON e.seq = d.event WHERE \(filter) \(attempts) ORDER BY d.seq DESC LIMIT ?4)
                """)
        }
        if state == nil || state == .delivered || state == .dead || state == .discarded {
            let wanted = state.map { "AND d.state = \($0.stored)" } ?? ""
            parts.append(
                """
                SELECT * FROM (SELECT d.seq, d.event, e.type, d.route, d.endpoint, d.state, d.attempts, d.finished_at, d.status,
                d.duration_ms, d.reason, d.body
                FROM deliveries d JOIN events e ON e.seq = d.event WHERE \(filter) \(wanted) ORDER BY d.seq DESC LIMIT ?4)
                """)
        }
        let statement = try connection.prepare(parts.joined(separator: " UNION ALL ") + " ORDER BY 1 DESC LIMIT ?4")
        try statement.bind(1, endpoint)
        try statement.bind(2, route)
        try statement.bind(3, event)
        try statement.bind(4, limit)
        return try deliveries(statement)
    }

    package func delivery(_ id: String) throws -> DeliveryRow? {
        guard let sequence = RecordID.sequence(.delivery, in: id) else { return nil }
        let statement = try connection.prepare(
            """
            SELECT d.seq, d.event, e.type, d.route, d.endpoint, 0, d.attempts, d.due_at, NULL, NULL, NULL, d.body
            FROM pending d JOIN events e ON e.seq = d.event WHERE d.seq = ?1
            UNION ALL SELECT d.seq, d.event, e.type, d.route, d.endpoint, d.state, d.attempts, d.finished_at, d.status,
            d.duration_ms, d.reason, d.body FROM deliveries d JOIN events e ON e.seq = d.event WHERE d.seq = ?1
            """)
        try statement.bind(1, sequence)
        return try deliveries(statement).first { $0.id == id }
    }

    private func deliveries(_ statement: borrowing Statement) throws -> [DeliveryRow] {
        var found: [DeliveryRow] = []
        while try statement.step() {
            let state = statement.integer(5)
            let attempts = Int(statement.integer(6))
            found.append(
                DeliveryRow(
                    id: ids.text(.delivery, statement.integer(0)), sequence: statement.integer(0),
                    event: ids.text(.event, statement.integer(1)), eventType: statement.text(2) ?? "",
                    route: statement.text(3) ?? "", endpoint: statement.text(4) ?? "",
                    state: state == 0 ? (attempts == 0 ? .pending : .waiting) : DeliveryState(stored: state), attempts: attempts,
                    at: Timestamp(milliseconds: statement.integer(7)),
                    status: statement.isNull(8) ? nil : Int(statement.integer(8)),
                    duration: statement.isNull(9) ? nil : .milliseconds(statement.integer(9)), reason: statement.text(10),
                    body: statement.blob(11)))
        }
        return found
    }

    /// The failed attempts of a delivery, in order.
    package func attempts(_ delivery: SequenceNumber) throws -> [Attempt] {
        let statement = try connection.prepare(
            "SELECT number, at, duration_ms, status, error, excerpt, reused FROM attempts WHERE delivery = ? ORDER BY number")
        try statement.bind(1, delivery)
        var found: [Attempt] = []
        while try statement.step() {
            found.append(
                Attempt(
                    number: Int(statement.integer(0)), at: Timestamp(milliseconds: statement.integer(1)),
                    duration: .milliseconds(statement.integer(2)),
                    status: statement.isNull(3) ? nil : Int(statement.integer(3)), error: statement.text(4),
                    excerpt: statement.text(5), reusedConnection: statement.integer(6) != 0))
        }
        return found
    }
}
