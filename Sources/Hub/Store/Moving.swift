import HubModel
import SQLite

/// Moves the rows of a 0.1.0 database into the tables of schema step 0002, a chunk in each transaction.
///
/// A row is deleted where it was in the transaction that writes it anew, so whatever interrupts this, the next start goes
/// on with what is left.
final class Moving {
    private let connection: Connection
    private let words: Words
    private let chunk: Int
    private let insertQueue: Statement
    private let insertBody: Statement

    init(_ connection: Connection, chunk: Int) throws(SQLiteError) {
        (self.connection, self.chunk) = (connection, chunk)
        words = try Words(connection)
        insertQueue = try connection.prepare("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        insertBody = try connection.prepare("INSERT INTO bodies VALUES (?, ?)")
    }

    func run(_ progress: (StoreSignal) -> Void) throws(SQLiteError) {
        try move("webhooks", progress, webhooks)
        try move("events", progress, events)
        try move("pending", progress, pending)
        try move("waiting", progress, waiting)
        try move("deliveries", progress, deliveries)
        try KeyIndex.migrate(connection)
        try connection.transaction { () throws(SQLiteError) in
            for table in ["webhooks", "events", "pending", "waiting", "deliveries"] {
                try connection.execute("DROP TABLE old_\(table)")
            }
            try connection.execute("DELETE FROM meta WHERE name = 'moving'")
        }
    }

    private func move(
        _ table: String, _ progress: (StoreSignal) -> Void, _ copy: (Int64, Int64) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        guard let first = try connection.integer("SELECT min(seq) FROM old_\(table)"),
            let last = try connection.integer("SELECT max(seq) FROM old_\(table)")
        else { return }
        // Counting the rows would read the whole table; numbers are times and nearly as good.
        let total = max(1, (last - first) >> 20)
        var lastTold = -1
        while let from = try connection.integer("SELECT min(seq) FROM old_\(table)") {
            let to =
                try connection.integer(
                    "SELECT max(seq) FROM (SELECT seq FROM old_\(table) ORDER BY seq LIMIT \(chunk))") ?? from
            words.begin()
            do {
                try connection.transaction { () throws(SQLiteError) in
                    try copy(from, to)
                    try connection.execute("DELETE FROM old_\(table) WHERE seq <= \(to)")
                }
            } catch {
                words.rolledBack()
                throw error
            }
            let done = min(total, (to - first) >> 20)
            if Int(done * 100 / total) > lastTold || to == last {
                lastTold = Int(done * 100 / total)
                progress(.migrated(step: table, done: Int(to == last ? total : done), total: Int(total)))
            }
        }
    }

    private func webhooks(_ from: Int64, _ to: Int64) throws(SQLiteError) {
        let rows = try connection.prepare(
            """
            SELECT seq, source, provider, received_at, status, reason, key, digest, headers, record_id, previous, record,
            body FROM old_webhooks WHERE seq >= ? AND seq <= ? ORDER BY seq
            """)
        let insert = try connection.prepare(
            "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try rows.bind(1, from)
        try rows.bind(2, to)
        while try rows.step() {
            let id = rows.text(9)
            let stored = rows.blob(11)
            let record = stored.flatMap { StoredRecord.decode($0, kind: nil) }
            let kind = record?.kind ?? id.flatMap(Self.kind)
            try insert.bind(1, rows.integer(0))
            try insert.bind(2, try words.id(rows.text(1) ?? ""))
            try insert.bind(3, try words.id(rows.text(2) ?? ""))
            try insert.bind(4, rows.integer(3))
            try insert.bind(5, rows.integer(4))
            try insert.bind(6, rows.text(5))
            try insert.bind(7, rows.text(6))
            try insert.bind(8, try words.id(rows.text(7) ?? ""))
            try insert.bind(9, HeaderLines.encode(Self.headers(rows.blob(8) ?? [])))
            try insert.bind(10, try kind.map { kind throws(SQLiteError) in try words.id(kind.rawValue) })
            try insert.bind(11, id.map(PackedID.encode))
            try insert.bind(12, rows.isNull(10) ? nil : rows.integer(10))
            try insert.bind(13, record.map(StoredRecord.encode) ?? stored)
            try insert.bind(14, rows.blob(12))
            try insert.run()
        }
    }

    /// The kinds of record that 0.1.0 knew, by the beginning of their ids.
    private static func kind(ofID id: String) -> RecordKind? {
        RecordKind.allCases.first { id.hasPrefix($0.idPrefix) }
    }

    /// 0.1.0 kept headers as `[[name, value], …]`.
    private static func headers(_ json: [UInt8]) -> [(name: String, value: String)] {
        ((try? JSON(parsing: json))?.array ?? []).compactMap { pair in
            guard let name = pair[0]?.string, let value = pair[1]?.string else { return nil }
            return (name, value)
        }
    }

    private func events(_ from: Int64, _ to: Int64) throws(SQLiteError) {
        let rows = try connection.prepare(
            """
            SELECT seq, webhook, type, source, subject, occurred_at, derived, native_type, native_id, changed, data
            FROM old_events WHERE seq >= ? AND seq <= ? ORDER BY seq
            """)
        let insert = try connection.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try rows.bind(1, from)
        try rows.bind(2, to)
        while try rows.step() {
            let subject = rows.text(4)
            let changed = (rows.text(9) ?? "").split(separator: " ").map(String.init)
            let fields = subject.flatMap(Self.kind).map { FieldSet(changed, in: $0) } ?? FieldSet()
            try insert.bind(1, rows.integer(0))
            try insert.bind(2, rows.integer(0) - rows.integer(1))
            try insert.bind(3, try words.id(rows.text(3) ?? ""))
            try insert.bind(4, try words.id(rows.text(2) ?? ""))
            try insert.bind(5, nil as [UInt8]?)
            // 0.1.0 numbered the deliveries of each event right after it, so a derived event keeps its own row.
            try insert.bind(
                6, (subject == nil ? 0 : EventFlags.showsRecord) | (rows.integer(6) == 0 ? 0 : EventFlags.derived))
            try insert.bind(7, rows.integer(5))
            try insert.bind(8, rows.text(7))
            try insert.bind(9, rows.text(8))
            try insert.bind(10, Int64(bitPattern: fields.bits))
            try insert.bind(11, rows.blob(10))
            try insert.run()
        }
    }

    private func pending(_ from: Int64, _ to: Int64) throws(SQLiteError) {
        let rows = try connection.prepare(
            "SELECT seq, event, route, send, endpoint FROM old_pending WHERE seq >= ? AND seq <= ? ORDER BY seq")
        try rows.bind(1, from)
        try rows.bind(2, to)
        while try rows.step() {
            try enqueue(
                rows.integer(0), event: rows.integer(1), route: rows.text(2), send: rows.integer(3),
                endpoint: rows.text(4), attempts: 0, forgiven: 0, dueAt: rows.integer(0) >> 20)
        }
    }

    private func waiting(_ from: Int64, _ to: Int64) throws(SQLiteError) {
        let rows = try connection.prepare(
            """
            SELECT seq, event, route, send, endpoint, attempts, forgiven, due_at, body FROM old_waiting
            WHERE seq >= ? AND seq <= ? ORDER BY seq
            """)
        try rows.bind(1, from)
        try rows.bind(2, to)
        while try rows.step() {
            try enqueue(
                rows.integer(0), event: rows.integer(1), route: rows.text(2), send: rows.integer(3),
                endpoint: rows.text(4), attempts: rows.integer(5), forgiven: rows.integer(6), dueAt: rows.integer(7))
            try keep(rows.blob(8), of: rows.integer(0))
        }
    }

    private func deliveries(_ from: Int64, _ to: Int64) throws(SQLiteError) {
        let rows = try connection.prepare(
            """
            SELECT seq, event, route, send, endpoint, state, attempts, forgiven, finished_at, status, duration_ms, reused,
            reason, body FROM old_deliveries WHERE seq >= ? AND seq <= ? ORDER BY seq
            """)
        let insert = try connection.prepare("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try rows.bind(1, from)
        try rows.bind(2, to)
        while try rows.step() {
            let sequence = rows.integer(0)
            try insert.bind(1, sequence)
            try insert.bind(2, sequence - rows.integer(1))
            try insert.bind(3, try words.id(rows.text(4) ?? ""))
            try insert.bind(4, try words.id(rows.text(2) ?? ""))
            try insert.bind(5, rows.integer(3))
            for column in 5...8 as ClosedRange<Int32> { try insert.bind(column + 1, rows.integer(column)) }
            for column in 9...11 as ClosedRange<Int32> {
                try insert.bind(column + 1, rows.isNull(column) ? nil : rows.integer(column))
            }
            try insert.bind(13, rows.text(12))
            try insert.run()
            try keep(rows.blob(13), of: sequence)
        }
    }

    private func enqueue(
        _ sequence: Int64, event: Int64, route: String?, send: Int64, endpoint: String?, attempts: Int64,
        forgiven: Int64, dueAt: Int64
    ) throws(SQLiteError) {
        try insertQueue.bind(1, try words.id(endpoint ?? ""))
        try insertQueue.bind(2, dueAt)
        try insertQueue.bind(3, sequence)
        try insertQueue.bind(4, sequence - event)
        try insertQueue.bind(5, try words.id(route ?? ""))
        try insertQueue.bind(6, send)
        try insertQueue.bind(7, attempts)
        try insertQueue.bind(8, forgiven)
        try insertQueue.run()
    }

    private func keep(_ body: [UInt8]?, of delivery: Int64) throws(SQLiteError) {
        guard let body else { return }
        try insertBody.bind(1, delivery)
        try insertBody.bind(2, body)
        try insertBody.run()
    }
}
