/// Makes a large database out of the rows that a hub has written: all knowledge of the hub's tables is here.
///
/// The columns are read from the database. What a column means is told by its name, in the tables of version 0.1.0 as in
/// those that came after it.
struct StoredRows {
    /// Sequence numbers; some tables hold distances from one number to another in them, which are small and stay.
    private static let sequences: Set = ["seq", "webhook", "event", "delivery", "previous"]
    private static let times: Set = ["received_at", "occurred_at", "finished_at", "at"]
    /// Tables whose rows belong to webhooks, in an order in which they can be filled.
    private static let tables = ["webhooks", "events", "deliveries", "attempts", "waiting", "queue", "bodies"]
    /// A voqo report is a call that ended, with a summary, a transcript and a recording.
    static let eventsPerWebhook = 4

    private let database: Database
    private let columns: [String: [String]]

    /// Opens a database that no hub has open, next to a copy of it from which rows are taken.
    init(_ path: String, rowsOf template: String) throws {
        database = try Database(path, isReadOnly: false)
        let present = Set(try database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").compactMap(\.first!))
        let database = self.database
        columns = Dictionary(
            uniqueKeysWithValues: try Self.tables.filter(present.contains).map { table in
                (table, try database.rows("SELECT name FROM pragma_table_info('\(table)')").compactMap(\.first!))
            })
        try database.run(
            """
            ATTACH '\(template)' AS part;
            PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
            PRAGMA cache_size = -1000000; PRAGMA temp_store = FILE
            """)
    }

    /// The first number after everything that is there.
    static func edge(_ path: String) throws -> Int {
        (try Database(path).number("SELECT max(seq) FROM webhooks") >> 20 + 1) << 20
    }

    /// Replaces all rows by copies of those before `edge`, then of those after it, spread over two days up to an hour ago.
    ///
    /// The copies of the second kind wait for `endpoints` endpoints, until more than two hours from now.
    func fill(finished: Int, waiting: Int, edge: Int, endpoints: Int, progress: (String) -> Void) throws {
        for table in columns.keys { try database.run("DELETE FROM main.\(table)") }
        try prepareWords(endpoints)
        let parts = [("seq < \(edge)", finished), ("seq >= \(edge)", waiting)].map { range, wanted in
            (range: range, wanted: wanted)
        }
        let blocks = try parts.flatMap { part -> [(range: String, first: Int)] in
            let count = try database.number("SELECT count(*) FROM part.webhooks WHERE \(part.range)")
            let first = try database.number("SELECT min(seq) FROM part.webhooks WHERE \(part.range)")
            guard count > 0 else { throw BenchError("the hub has written no rows to copy") }
            return Array(repeating: (part.range, first), count: (part.wanted + count - 1) / count)
        }
        let present = unixSeconds() * 1000
        let step = 47 * 3_600_000 / max(1, blocks.count)
        for (index, block) in blocks.enumerated() {
            if index % 20 == 0 { progress("\(index * 100 / blocks.count) % of the rows") }
            let time = present - 48 * 3_600_000 + index * step
            try database.run("BEGIN")
            for table in Self.tables {
                guard let names = columns[table] else { continue }
                let key = names.contains("seq") ? "seq" : names[0]
                let values = names.map {
                    value(of: $0, block: index, shift: time - block.first >> 20, present, endpoints)
                }
                let range = block.range.replacing("seq", with: key)
                try database.run(
                    "INSERT INTO main.\(table) SELECT \(values.joined(separator: ", ")) FROM part.\(table) WHERE \(range) ORDER BY \(key)"
                )
            }
            try database.run("COMMIT")
        }
        progress("the index of keys")
        try indexKeys()
        try database.run("PRAGMA journal_mode = WAL")
    }

    /// What a column of a copy holds.
    private func value(of column: String, block: Int, shift: Int, _ present: Int, _ endpoints: Int) -> String {
        switch column {
        case _ where Self.sequences.contains(column):
            "CASE WHEN \(column) > 1 << 50 THEN \(column) + (\(shift) << 20) ELSE \(column) END"
        case _ where Self.times.contains(column): "\(column) + \(shift)"
        case "due_at": "\(present + 3 * 3_600_000) + \(block * 1000) + seq % 1000"
        case "key": "key || '-\(block)'"
        case "endpoint":
            hasWords
                ? "CASE WHEN endpoint = (SELECT id FROM main.words WHERE text = 'apart') THEN (SELECT id FROM main.words WHERE text = 'waiting-' || (seq % \(endpoints))) ELSE endpoint END"
                : "CASE endpoint WHEN 'apart' THEN 'waiting-' || (seq % \(endpoints)) ELSE endpoint END"
        default: column
        }
    }

    private var hasWords: Bool { columns["queue"] != nil }

    private func prepareWords(_ endpoints: Int) throws {
        guard hasWords else { return }
        for number in 0..<endpoints {
            try database.run("INSERT OR IGNORE INTO words (text) VALUES ('waiting-\(number)')")
        }
    }

    /// Gives every webhook an entry for its key and one for its record. A hub that keeps them in another form is given
    /// those of version 0.1.0, which it converts at its next start.
    private func indexKeys() throws {
        if hasWords {
            try database.run(
                """
                CREATE TABLE key_log (
                    n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL,
                    body_hash INTEGER NOT NULL);
                CREATE TABLE keys (
                    kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL, body_hash INTEGER NOT NULL,
                    PRIMARY KEY (kind, hash)) WITHOUT ROWID;
                INSERT OR REPLACE INTO meta VALUES ('moving', '0002-words-and-queue')
                """)
            for table in ["webhooks", "events", "pending", "waiting", "deliveries"] {
                try database.run("CREATE TABLE old_\(table) (seq INTEGER PRIMARY KEY)")
            }
        } else {
            try database.run("DELETE FROM keys; DELETE FROM key_log")
        }
        for kind in 1...2 {
            try database.run(
                "INSERT OR IGNORE INTO main.keys SELECT \(kind), random() AS hash, seq, random() FROM main.webhooks ORDER BY hash"
            )
        }
    }
}
