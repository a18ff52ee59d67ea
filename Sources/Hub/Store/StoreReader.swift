import HubModel
import SQLite

/// Reads a database, also one that a running hub is writing to. One thread at a time.
package final class StoreReader {
    let connection: Connection
    let ids: RecordID
    let seed: UInt64

    /// Opens the database at `path` for reading.
    package init(path: String) throws(StoreError) {
        do {
            connection = try Connection(path: path, access: .read)
            connection.setBusyTimeout(.seconds(2))
            _ = try Schema.check(connection)
            seed = try Schema.nonce(connection) ?? 0
            ids = RecordID(nonce: seed)
        } catch let error as StoreError {
            throw error
        } catch {
            throw SQLiteStore.explain(error, path)
        }
    }

    private static func columns(_ table: String) -> String {
        let history =
            table == "pending" ? "0, 0, w.received_at, NULL" : "p.attempts, p.forgiven, p.due_at, p.body"
        return """
            p.seq, p.event, p.route, p.send, p.endpoint, \(history),
            e.type, e.source, e.subject, e.occurred_at, e.derived, e.native_type, e.native_id, e.changed, e.data,
            w.provider, w.received_at, w.record, w.body
            FROM \(table) p JOIN events e ON e.seq = p.event JOIN webhooks w ON w.seq = e.webhook
            """
    }

    func fresh(after sequence: SequenceNumber, limit: Int) throws -> [PendingDelivery] {
        let statement = try connection.prepare(
            "SELECT \(Self.columns("pending")) WHERE p.seq > ? ORDER BY p.seq LIMIT ?")
        try statement.bind(1, sequence)
        try statement.bind(2, limit)
        return try pending(statement)
    }

    func due(by time: Timestamp, after last: DueMark?, limit: Int) throws -> [PendingDelivery] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns("waiting")) WHERE (p.due_at, p.seq) > (?, ?) AND p.due_at <= ?
            ORDER BY p.due_at, p.seq LIMIT ?
            """)
        try statement.bind(1, last?.dueAt.milliseconds ?? .min)
        try statement.bind(2, last?.sequence ?? .min)
        try statement.bind(3, time.milliseconds)
        try statement.bind(4, limit)
        return try pending(statement)
    }

    func nextDue() throws -> Timestamp? {
        try connection.integer("SELECT min(due_at) FROM waiting").map(Timestamp.init(milliseconds:))
    }

    private func pending(_ statement: borrowing Statement) throws -> [PendingDelivery] {
        var found: [PendingDelivery] = []
        while try statement.step() {
            let eventSequence = statement.integer(1)
            let event = Event(
                id: ids.text(.event, eventSequence), type: EventType(rawValue: statement.text(9) ?? ""),
                source: statement.text(10) ?? "", provider: statement.text(18) ?? "",
                occurredAt: Timestamp(milliseconds: statement.integer(12)),
                receivedAt: Timestamp(milliseconds: statement.integer(19)), subject: statement.text(11),
                changed: Self.words(statement.text(16)),
                native: Event.Native(type: statement.text(14) ?? "", id: statement.text(15)),
                record: statement.blob(20).flatMap { try? JSON(parsing: $0) }.flatMap(Record.init(stored:)),
                data: statement.blob(17).flatMap { try? JSON(parsing: $0) } ?? .null,
                raw: statement.blob(21).flatMap { try? JSON(parsing: $0) } ?? .null,
                derived: statement.integer(13) != 0)
            found.append(
                PendingDelivery(
                    sequence: statement.integer(0), id: ids.text(.delivery, statement.integer(0)), event: event,
                    route: statement.text(2) ?? "", send: Int(statement.integer(3)), endpoint: statement.text(4) ?? "",
                    attempts: Int(statement.integer(5)), forgiven: Int(statement.integer(6)),
                    dueAt: Timestamp(milliseconds: statement.integer(7)), body: statement.blob(8)))
        }
        return found
    }

    static func words(_ text: String?) -> [String] { (text ?? "").split(separator: " ").map(String.init) }
}
