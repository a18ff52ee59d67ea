import SQLite

/// The tables, as steps that are applied once each and never changed afterwards.
enum Schema {
    struct Migration {
        var name: String
        var sql: String
    }

    static let migrations = [
        Migration(
            name: "0001-first",
            sql: """
                CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                -- One row a webhook: what came in, and the record it is about as it was after it. A record's newest
                -- row holds its present state, so records are written once.
                CREATE TABLE webhooks (
                    seq INTEGER PRIMARY KEY, source TEXT NOT NULL, provider TEXT NOT NULL, received_at INTEGER NOT NULL,
                    status INTEGER NOT NULL, reason TEXT, key TEXT NOT NULL, digest TEXT NOT NULL,
                    headers BLOB NOT NULL, record_id TEXT, record BLOB, body BLOB NOT NULL);
                CREATE TABLE events (
                    seq INTEGER PRIMARY KEY, webhook INTEGER NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,
                    subject TEXT, occurred_at INTEGER NOT NULL, derived INTEGER NOT NULL, native_type TEXT NOT NULL,
                    native_id TEXT, changed TEXT NOT NULL, data BLOB);
                -- Deliveries that are still to be made. A row is written when the event is accepted and moves to
                -- `deliveries` when its fate is settled.
                CREATE TABLE pending (
                    seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, route TEXT NOT NULL, send INTEGER NOT NULL,
                    endpoint TEXT NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                    due_at INTEGER NOT NULL, body BLOB);
                CREATE INDEX pending_due ON pending (due_at) WHERE attempts > 0;
                CREATE TABLE deliveries (
                    seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, route TEXT NOT NULL, send INTEGER NOT NULL,
                    endpoint TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                    finished_at INTEGER NOT NULL, status INTEGER, duration_ms INTEGER, reused INTEGER, reason TEXT,
                    body BLOB);
                CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 2;
                -- Failed attempts; the successful one is in its delivery's row.
                CREATE TABLE attempts (
                    delivery INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
                    status INTEGER, error TEXT, excerpt TEXT, reused INTEGER NOT NULL, PRIMARY KEY (delivery, number)
                ) WITHOUT ROWID;
                -- Where keys lead: kind 1, dedupe key to webhook; kind 2, record id to its newest webhook. New entries
                -- are appended to the log and merged in sorted blocks, since a random insert would dirty a page each.
                CREATE TABLE key_log (
                    n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL,
                    body_hash INTEGER NOT NULL);
                CREATE TABLE keys (
                    kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL, body_hash INTEGER NOT NULL,
                    PRIMARY KEY (kind, hash)) WITHOUT ROWID;
                """)
    ]

    /// Brings the database to the newest schema, each step in its own transaction.
    static func migrate(_ connection: Connection) throws {
        try connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) WITHOUT ROWID")
        let applied = try names(connection)
        if let unknown = applied.first(where: { name in !migrations.contains { $0.name == name } }) {
            throw StoreError(
                "the database was written by a newer version of the hub (it has the schema step \"\(unknown)\"); run that version, or restore a backup")
        }
        for migration in migrations where !applied.contains(migration.name) {
            try connection.execute("BEGIN IMMEDIATE")
            do {
                try connection.execute(migration.sql)
                let statement = try connection.prepare("INSERT INTO migrations VALUES (?, datetime('now'))")
                try statement.bind(1, migration.name)
                try statement.run()
                try connection.execute("COMMIT")
            } catch {
                try? connection.execute("ROLLBACK")
                throw error
            }
        }
    }

    static func names(_ connection: Connection) throws(SQLiteError) -> [String] {
        let statement = try connection.prepare("SELECT name FROM migrations ORDER BY name")
        var names: [String] = []
        while try statement.step() { names.append(statement.text(0) ?? "") }
        return names
    }
}
