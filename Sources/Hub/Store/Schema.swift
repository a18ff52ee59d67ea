import HubModel
import SQLite

/// The tables, as steps that are applied once each and never changed afterwards.
enum Schema {
    struct Migration {
        var name: String
        var sql: String
    }

    static let migrations = [webhooksEventsDeliveries, wordsAndQueue]

    /// Brings the database to the newest schema, each step in its own transaction, so that one that is interrupted
    /// begins again. Rows are moved afterwards, in many transactions; what is interrupted goes on where it was.
    static func migrate(
        _ connection: Connection, chunk: Int = 500, progress: (StoreSignal) -> Void = { _ in }
    ) throws {
        let isEmpty = try connection.integer("SELECT 1 FROM sqlite_schema LIMIT 1") == nil
        if isEmpty {
            try connection.execute(
                "CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) WITHOUT ROWID")
        }
        let applied = try known(connection)
        for migration in migrations where !applied.contains(migration.name) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute(migration.sql)
                let statement = try connection.prepare("INSERT INTO migrations VALUES (?, datetime('now'))")
                try statement.bind(1, migration.name)
                try statement.run()
            }
        }
        if try isMoving(connection) { try Moving(connection, chunk: chunk).run(progress) }
    }

    /// Refuses a database that is not of this version's schema.
    static func check(_ connection: Connection) throws {
        let applied = try known(connection)
        guard migrations.allSatisfy({ applied.contains($0.name) }), try !isMoving(connection) else {
            throw StoreError("the database was written by an older version of the hub; `hub run` brings it up to date")
        }
    }

    /// The steps that the database has; refuses a file that is not a hub's, and one that a newer hub has written.
    private static func known(_ connection: Connection) throws -> Set<String> {
        guard try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'") != nil else {
            throw StoreError("the file is a database, but not one of the hub; give `hub.store` another path")
        }
        let statement = try connection.prepare("SELECT name FROM migrations ORDER BY name")
        var names: Set<String> = []
        while try statement.step() {
            let name = statement.text(0) ?? ""
            guard migrations.contains(where: { $0.name == name }) else {
                throw StoreError(
                    "the database was written by a newer version of the hub (it has the schema step \"\(name)\"); run that version, or restore a backup"
                )
            }
            names.insert(name)
        }
        return names
    }

    private static func isMoving(_ connection: Connection) throws(SQLiteError) -> Bool {
        try connection.integer("SELECT 1 FROM meta WHERE name = 'moving'") != nil
    }

    /// The database's own random number; nil when it has none yet.
    static func nonce(_ connection: Connection) throws(SQLiteError) -> UInt64? {
        let statement = try connection.prepare("SELECT value FROM meta WHERE name = 'nonce'")
        return try statement.step() ? statement.text(0).flatMap { UInt64($0, radix: 16) } : nil
    }
}

extension Connection {
    /// Runs `body` in a transaction of its own; nothing of it stays when it throws.
    func transaction<Value>(_ body: () throws(SQLiteError) -> Value) throws(SQLiteError) -> Value {
        try execute("BEGIN IMMEDIATE")
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }
}
