import HubModel
import SQLite

extension StoreReader {
    package func deliveries(_ query: DeliveryQuery) throws -> [DeliveryRow] {
        guard query.limit > 0 else { return [] }
        var names: [(column: String, word: Int64)] = []
        for (column, name) in [("endpoint", query.endpoint), ("route", query.route)] {
            guard let name else { continue }
            guard let word = try words.find(name) else { return [] }
            names.append((column, word))
        }
        var found: [DeliveryRow] = []
        if query.state == nil || query.state == .pending { found += try pending(query, names) }
        if query.state == nil || query.state == .waiting {
            found += try rows(
                """
                SELECT \(Self.queueColumns), 1 FROM queue q
                WHERE \(QueueSQL.isWaiting) AND \(Self.condition(query, names)) ORDER BY q.seq DESC LIMIT \(query.limit)
                """)
        }
        switch query.state {
        case .pending?, .waiting?: break
        default:
            let state = query.state.map { "q.state = \($0.stored) AND " } ?? ""
            found += try rows(
                """
                SELECT \(Self.settledColumns) FROM deliveries q
                WHERE \(state)\(Self.condition(query, names)) ORDER BY q.seq DESC LIMIT \(query.limit)
                """)
        }
        return Array(found.sorted { $0.sequence > $1.sequence }.prefix(query.limit))
    }

    package func delivery(_ id: String) throws -> DeliveryRow? {
        guard let sequence = ids.sequence(.delivery, of: id) else { return nil }
        let parts = [
            "SELECT \(Self.settledColumns) FROM deliveries q WHERE q.seq = \(sequence)",
            "SELECT \(Self.queueColumns), 1 FROM queue q WHERE \(QueueSQL.isWaiting) AND q.seq = \(sequence)",
            "\(QueueSQL.endpoints) SELECT \(Self.queueColumns), 0 FROM \(QueueSQL.pending(of: "\(sequence)"))",
        ]
        for part in parts { if let row = try rows(part).first { return row } }
        return nil
    }

    private static let queueColumns = """
        q.seq, q.event, q.route, q.endpoint, q.attempts, q.due_at, NULL, NULL, NULL, 0
        """
    private static let settledColumns = """
        q.seq, q.event, q.route, q.endpoint, q.attempts, q.finished_at, q.status, q.duration_ms, q.reason, q.state, 0
        """

    /// What the query asks of rows, but for their state.
    private static func condition(_ query: DeliveryQuery, _ names: [(column: String, word: Int64)]) -> String {
        var clauses = names.map { "q.\($0.column) = \($0.word)" }
        // The deliveries of an event are numbered after it, before the next millisecond is over.
        if let event = query.event {
            clauses.append("q.seq - q.event = \(event) AND q.seq > \(event) AND q.seq < \(event) + 1048576")
        }
        if let before = query.before { clauses.append("q.seq < \(before)") }
        return clauses.isEmpty ? "1" : clauses.joined(separator: " AND ")
    }

    /// Deliveries that were never attempted: of each endpoint's queue the newest.
    private func pending(_ query: DeliveryQuery, _ names: [(column: String, word: Int64)]) throws -> [DeliveryRow] {
        var found: [DeliveryRow] = []
        var endpoint = Int64.min
        // Where a delivery of that number would stand.
        var range = ""
        if let event = query.event { range += " AND q.due_at BETWEEN \(event >> 20) AND \(event >> 20) + 1" }
        if let before = query.before { range += " AND q.due_at <= \(before >> 20)" }
        while let next = try connection.integer("SELECT min(endpoint) FROM queue WHERE endpoint > \(endpoint)") {
            endpoint = next
            if let wanted = names.first(where: { $0.column == "endpoint" }), wanted.word != endpoint { continue }
            found += try rows(
                """
                SELECT \(Self.queueColumns), 0 FROM queue q
                WHERE q.endpoint = \(endpoint)\(range) AND NOT \(QueueSQL.isWaiting) AND \(Self.condition(query, names))
                ORDER BY q.due_at DESC, q.seq DESC LIMIT \(query.limit)
                """)
        }
        return found
    }

    private func rows(_ sql: String) throws -> [DeliveryRow] {
        let statement = try connection.prepare(sql)
        let body = try connection.prepare("SELECT body FROM bodies WHERE delivery = ?")
        var found: [DeliveryRow] = []
        while try statement.step() {
            let sequence = statement.integer(0)
            let event = sequence - statement.integer(1)
            // As a join would: without its event a delivery means nothing.
            guard let row = try events.row(of: event) else { continue }
            let stored = statement.integer(9)
            let state: DeliveryState =
                stored != 0 ? DeliveryState(stored: stored) : statement.integer(10) == 0 ? .pending : .waiting
            body.reset()
            try body.bind(1, sequence)
            let bytes = state == .delivered ? nil : try body.step() ? body.blob(0) : nil
            found.append(
                DeliveryRow(
                    id: ids.text(.delivery, sequence), sequence: sequence, event: ids.text(.event, event),
                    eventType: try words.text(row.types[Int(event - row.sequence)]),
                    route: try words.text(statement.integer(2)), endpoint: try words.text(statement.integer(3)),
                    state: state, attempts: Int(statement.integer(4)),
                    at: Timestamp(milliseconds: statement.integer(5)),
                    status: statement.isNull(6) ? nil : Int(statement.integer(6)),
                    duration: statement.isNull(7) ? nil : .milliseconds(statement.integer(7)),
                    reason: statement.text(8), body: bytes))
        }
        return found
    }

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
