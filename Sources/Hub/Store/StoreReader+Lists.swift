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

/// What rows must satisfy, and the values that are compared with.
private struct Conditions {
    private enum Value { case text(String), integer(Int64) }

    private var clauses: [String] = []
    private var values: [Value] = []

    /// `?` in `clause` stands for the value.
    mutating func require(_ clause: String, _ value: String?) {
        if let value { add(clause, .text(value)) }
    }

    mutating func require(_ clause: String, _ value: Int64?) {
        if let value { add(clause, .integer(value)) }
    }

    private mutating func add(_ clause: String, _ value: Value) {
        values.append(value)
        clauses.append(
            clause.split(separator: "?", omittingEmptySubsequences: false).joined(separator: "?\(values.count)"))
    }

    /// The conditions with `more`, for behind `WHERE`.
    func sql(and more: String? = nil) -> String {
        let all = clauses + (more.map { [$0] } ?? [])
        return all.isEmpty ? "1" : all.joined(separator: " AND ")
    }

    func bind(to statement: borrowing Statement) throws(SQLiteError) {
        for (index, value) in values.enumerated() {
            switch value {
            case .text(let text): try statement.bind(Int32(index + 1), text)
            case .integer(let number): try statement.bind(Int32(index + 1), number)
            }
        }
    }
}

extension StoreReader {
    private static let eventColumns = """
        e.seq, e.type, e.source, e.subject, e.occurred_at, e.native_type, e.native_id, e.changed, e.derived, e.webhook, e.data
        """

    /// Newest first, of those before the sequence `before` if given. `type` may end in `*`.
    package func events(
        type: String? = nil, source: String? = nil, subject: String? = nil, since: Timestamp? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) throws -> [EventRow] {
        var conditions = Conditions()
        conditions.require("e.type GLOB ?", type)
        conditions.require("e.source = ?", source)
        conditions.require("e.subject = ?", subject)
        conditions.require("e.seq >= ?", since.map(SequenceGenerator.first(at:)))
        conditions.require("e.seq < ?", before)
        var from = "FROM events e"
        if let subject {
            // The webhooks of a record are a chain, newest first; their events are numbered behind them.
            let newest = try KeyIndex.find(.record, stableHash(subject, seed: seed), in: connection) ?? 0
            from = """
                FROM (WITH RECURSIVE chain (seq) AS (
                    SELECT \(newest) UNION ALL SELECT w.previous FROM chain JOIN webhooks w ON w.seq = chain.seq
                    WHERE w.previous IS NOT NULL) SELECT seq FROM chain) c
                CROSS JOIN events e ON e.webhook = c.seq AND e.seq > c.seq
                AND e.seq < ifnull((SELECT min(seq) FROM webhooks WHERE seq > c.seq), 9223372036854775807)
                """
        }
        let statement = try connection.prepare(
            "SELECT \(Self.eventColumns) \(from) WHERE \(conditions.sql()) ORDER BY e.seq DESC LIMIT \(max(0, limit))")
        try conditions.bind(to: statement)
        return try rows(statement)
    }

    package func event(_ id: String) throws -> EventRow? {
        guard let sequence = ids.sequence(.event, of: id) else { return nil }
        let statement = try connection.prepare("SELECT \(Self.eventColumns) FROM events e WHERE seq = ?")
        try statement.bind(1, sequence)
        return try rows(statement).first
    }

    private func rows(_ statement: borrowing Statement) throws -> [EventRow] {
        var found: [EventRow] = []
        while try statement.step() {
            found.append(
                EventRow(
                    id: ids.text(.event, statement.integer(0)), sequence: statement.integer(0),
                    type: statement.text(1) ?? "", source: statement.text(2) ?? "", subject: statement.text(3),
                    occurredAt: Timestamp(milliseconds: statement.integer(4)), nativeType: statement.text(5) ?? "",
                    nativeID: statement.text(6), changed: Self.words(statement.text(7)),
                    derived: statement.integer(8) != 0,
                    webhook: statement.integer(9), data: statement.blob(10).flatMap { try? JSON(parsing: $0) } ?? .null)
            )
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

    private static let webhookColumns = """
        seq, source, provider, received_at, status, reason, key, digest, headers, body, record FROM webhooks
        """

    package func webhook(_ sequence: SequenceNumber) throws -> WebhookRow? {
        let statement = try connection.prepare("SELECT \(Self.webhookColumns) WHERE seq = ?")
        try statement.bind(1, sequence)
        return try webhooks(statement).first
    }

    package func webhook(id: String) throws -> WebhookRow? {
        try ids.sequence(.webhook, of: id).flatMap { try webhook($0) }
    }

    /// Webhooks that did not become events: quarantined ones and conflicts, newest first.
    package func setAside(limit: Int) throws -> [WebhookRow] {
        let statement = try connection.prepare(
            "SELECT \(Self.webhookColumns) WHERE status > 0 ORDER BY seq DESC LIMIT ?")
        try statement.bind(1, limit)
        return try webhooks(statement)
    }

    private func webhooks(_ statement: borrowing Statement) throws -> [WebhookRow] {
        var found: [WebhookRow] = []
        while try statement.step() {
            found.append(
                WebhookRow(
                    id: ids.text(.webhook, statement.integer(0)), source: statement.text(1) ?? "",
                    provider: statement.text(2) ?? "", receivedAt: Timestamp(milliseconds: statement.integer(3)),
                    status: WebhookStatus(stored: statement.integer(4)).rawValue, reason: statement.text(5),
                    key: statement.text(6) ?? "", digest: statement.text(7) ?? "",
                    headers: statement.blob(8).flatMap { try? JSON(parsing: $0) } ?? .null,
                    body: statement.blob(9) ?? [],
                    record: statement.blob(10).flatMap { try? JSON(parsing: $0) }.flatMap(Record.init(stored:))))
        }
        return found
    }

    // MARK: Records

    /// A record in its newest state, and when it was last heard of.
    package typealias RecordRow = (id: String, source: String, at: Timestamp, record: Record)

    private static let recordColumns = "record_id, source, received_at, record FROM webhooks"

    private static func row(_ statement: borrowing Statement) -> RecordRow? {
        guard let id = statement.text(0),
            let record = statement.blob(3).flatMap({ try? JSON(parsing: $0) }).flatMap(Record.init(stored:))
        else { return nil }
        return (id, statement.text(1) ?? "", Timestamp(milliseconds: statement.integer(2)), record)
    }

    /// The newest state of the calls or messages that were heard of last, newest first.
    package func records(_ kind: RecordKind, limit: Int) throws -> [RecordRow] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.recordColumns)
            WHERE substr(record_id, 1, 4) = '\(kind == .call ? "call" : "msg_")' ORDER BY seq DESC
            """)
        var found: [RecordRow] = []
        var seen: Set<String> = []
        // A record's newest webhook comes first and holds its whole state.
        while found.count < limit, try statement.step() {
            guard let id = statement.text(0), seen.insert(id).inserted, let row = Self.row(statement) else { continue }
            found.append(row)
        }
        return found
    }

    /// The record of that canonical id, or of the provider's own id. The latter has no index: the newest webhooks are
    /// looked at first.
    package func record(_ kind: RecordKind, id: String) throws -> RecordRow? {
        if let newest = try KeyIndex.find(.record, stableHash(id, seed: seed), in: connection) {
            let statement = try connection.prepare("SELECT \(Self.recordColumns) WHERE seq = ? AND record_id = ?")
            try statement.bind(1, newest)
            try statement.bind(2, id)
            if try statement.step(), let row = Self.row(statement), row.record.kind == kind { return row }
        }
        if id.hasPrefix("call_") || id.hasPrefix("msg_"), id.utf8.count > 32 { return nil }
        let statement = try connection.prepare(
            """
            SELECT \(Self.recordColumns) WHERE substr(record_id, 1, 4) = '\(kind == .call ? "call" : "msg_")'
            AND json_extract(CAST(record AS TEXT), '$.\(kind.rawValue).provider_\(kind.rawValue)_id') = ?
            ORDER BY seq DESC LIMIT 1
            """)
        try statement.bind(1, id)
        return try statement.step() ? Self.row(statement) : nil
    }

    // MARK: Deliveries

    private static let pendingColumns = """
        d.seq, d.event, e.type, d.route, d.endpoint, 0, 0, d.seq >> 20, NULL, NULL, NULL, NULL FROM pending d
        """
    private static let waitingColumns = """
        d.seq, d.event, e.type, d.route, d.endpoint, -1, d.attempts, d.due_at, NULL, NULL, NULL, d.body FROM waiting d
        """
    private static let settledColumns = """
        d.seq, d.event, e.type, d.route, d.endpoint, d.state, d.attempts, d.finished_at, d.status, d.duration_ms, d.reason,
        d.body FROM deliveries d
        """

    /// Newest first, of those before the sequence `before` if given.
    package func deliveries(
        state: DeliveryState? = nil, endpoint: String? = nil, route: String? = nil, event: SequenceNumber? = nil,
        before: SequenceNumber? = nil, limit: Int
    ) throws -> [DeliveryRow] {
        var conditions = Conditions()
        conditions.require("d.endpoint = ?", endpoint)
        conditions.require("d.route = ?", route)
        // The deliveries of an event are numbered right behind it.
        conditions.require("d.event = ? AND d.seq > ? AND d.seq < ? + 1048576", event)
        conditions.require("d.seq < ?", before)
        var parts: [String] = []
        func add(_ columns: String, _ more: String? = nil) {
            parts.append(
                """
                SELECT * FROM (SELECT \(columns) JOIN events e ON e.seq = d.event
                WHERE \(conditions.sql(and: more)) ORDER BY d.seq DESC LIMIT \(max(0, limit)))
                """)
        }
        if state == nil || state == .pending { add(Self.pendingColumns) }
        if state == nil || state == .waiting { add(Self.waitingColumns) }
        switch state {
        case nil: add(Self.settledColumns)
        case .delivered?, .dead?, .discarded?: add(Self.settledColumns, state.map { "d.state = \($0.stored)" })
        case .pending?, .waiting?: break
        }
        let statement = try connection.prepare(
            parts.joined(separator: " UNION ALL ") + " ORDER BY 1 DESC LIMIT \(max(0, limit))")
        try conditions.bind(to: statement)
        return try deliveries(statement)
    }

    package func delivery(_ id: String) throws -> DeliveryRow? {
        guard let sequence = ids.sequence(.delivery, of: id) else { return nil }
        let parts = [Self.pendingColumns, Self.waitingColumns, Self.settledColumns].map {
            "SELECT \($0) JOIN events e ON e.seq = d.event WHERE d.seq = ?1"
        }
        let statement = try connection.prepare(parts.joined(separator: " UNION ALL "))
        try statement.bind(1, sequence)
        return try deliveries(statement).first
    }

    private func deliveries(_ statement: borrowing Statement) throws -> [DeliveryRow] {
        var found: [DeliveryRow] = []
        while try statement.step() {
            let state = statement.integer(5)
            found.append(
                DeliveryRow(
                    id: ids.text(.delivery, statement.integer(0)), sequence: statement.integer(0),
                    event: ids.text(.event, statement.integer(1)), eventType: statement.text(2) ?? "",
                    route: statement.text(3) ?? "", endpoint: statement.text(4) ?? "",
                    state: state == 0 ? .pending : state < 0 ? .waiting : DeliveryState(stored: state),
                    attempts: Int(statement.integer(6)),
                    at: Timestamp(milliseconds: statement.integer(7)),
                    status: statement.isNull(8) ? nil : Int(statement.integer(8)),
                    duration: statement.isNull(9) ? nil : .milliseconds(statement.integer(9)),
                    reason: statement.text(10),
                    body: statement.blob(11)))
        }
        return found
    }

    /// The failed attempts of a delivery, in order.
    package func attempts(_ delivery: SequenceNumber) throws -> [Attempt] {
        let statement = try connection.prepare(
            "SELECT number, at, duration_ms, status, error, excerpt, reused FROM attempts WHERE delivery = ? ORDER BY number"
        )
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
