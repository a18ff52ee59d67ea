import SQLite

extension KeyIndex {
    /// The index's tables. Every `words` is a blob of 64-bit words, the least significant byte first.
    static let schema = """
        -- New entries, a row for each commit: their places, their webhooks, their body hashes.
        CREATE TABLE key_recent (n INTEGER PRIMARY KEY, words BLOB NOT NULL);
        -- Sorted runs of older entries. Newer ones have a greater age; of two with one age, the greater number counts first.
        -- A run takes the place of those between `since` and `age` part by part, as far as it is built. Rows of
        -- key_recent up to `log` are not needed once it is whole.
        CREATE TABLE key_runs (
            run INTEGER PRIMARY KEY, age INTEGER NOT NULL, since INTEGER NOT NULL, level INTEGER NOT NULL,
            edge INTEGER NOT NULL, log INTEGER NOT NULL, parts INTEGER NOT NULL, blocks INTEGER NOT NULL, built INTEGER NOT NULL,
            entries INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL);
        -- What a part of a run consists of. The key is the run shifted left by 24, plus the part: entries, the filter's
        -- slot, then first place and slot of each page.
        CREATE TABLE key_parts (id INTEGER PRIMARY KEY, words BLOB NOT NULL);
        -- Pages of entries and of filters. A slot that no part names is free.
        CREATE TABLE key_pages (slot INTEGER PRIMARY KEY, words BLOB NOT NULL);
        """

    /// Moves what version 0.1.0 kept in the tables `keys` and `key_log` into those of `schema`: call it, in a transaction
    /// each, until it returns false. Then the old tables are gone. A step moves `limit` entries, which are in memory
    /// meanwhile; what was committed is not done again.
    static func convert(_ connection: Connection, limit: Int = 1 << 20, shape: KeyShape = KeyShape())
        throws(SQLiteError) -> Bool
    {
        guard try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'keys'") != nil else { return false }
        let index = try KeyIndex(connection, block: shape.block, shape: shape)
        let rows = try connection.prepare(
            "SELECT kind, hash, webhook, body_hash FROM keys ORDER BY kind, hash LIMIT \(max(1, limit))")
        var entries: [KeyEntry] = []
        var last: (kind: Int64, hash: Int64) = (0, 0)
        while try rows.step() {
            last = (rows.integer(0), rows.integer(1))
            if let entry = converted(kind: last.kind, hash: last.hash, rows.integer(2), rows.integer(3)) {
                entries.append(entry)
            }
        }
        rows.reset()
        if last.kind != 0 {
            try index.add(&entries)
            try connection.execute("DELETE FROM keys WHERE (kind, hash) <= (\(last.kind), \(last.hash))")
            return true
        }
        // The log is newer than the table and no longer than a few blocks.
        let log = try connection.prepare("SELECT kind, hash, webhook, body_hash FROM key_log ORDER BY n")
        while try log.step() {
            guard let kind = Kind(rawValue: log.integer(0)) else { continue }
            try index.put(
                kind, UInt64(bitPattern: log.integer(1)),
                Entry(webhook: log.integer(2), bodyHash: UInt64(bitPattern: log.integer(3))))
        }
        log.reset()
        try index.appendToLog()
        try connection.execute("DROP TABLE keys; DROP TABLE key_log")
        return false
    }

    /// Creates the tables of `schema` where they are missing and converts the old ones, each step in its own transaction.
    static func migrate(_ connection: Connection) throws(SQLiteError) {
        func transaction(_ body: () throws(SQLiteError) -> Bool) throws(SQLiteError) -> Bool {
            try connection.execute("BEGIN IMMEDIATE")
            do {
                let more = try body()
                try connection.execute("COMMIT")
                return more
            } catch {
                if connection.isInTransaction { try? connection.execute("ROLLBACK") }
                throw error
            }
        }
        if try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'key_runs'") == nil {
            _ = try transaction { () throws(SQLiteError) in
                try connection.execute(schema)
                return false
            }
        }
        guard try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'keys'") != nil else { return }
        while try transaction({ () throws(SQLiteError) in try convert(connection) }) {}
    }

    private static func converted(kind: Int64, hash: Int64, _ webhook: Int64, _ bodyHash: Int64) -> KeyEntry? {
        guard let kind = Kind(rawValue: kind) else { return nil }
        return KeyEntry(
            place: place(kind, UInt64(bitPattern: hash)), webhook: webhook, bodyHash: UInt64(bitPattern: bodyHash))
    }

    /// Writes entries as a run of their own.
    private func add(_ entries: inout [KeyEntry]) throws(SQLiteError) {
        // Two hashes that differ in the last bit have one place; the newer entry counts.
        entries.sort { ($0.place, $1.webhook) < ($1.place, $0.webhook) }
        var level = 0
        var size = shape.block
        while level < shape.topLevel, size < entries.count { (level, size) = (level + 1, size * shape.fanout) }
        let run = try begin([], level: level, entries: entries.count)
        var at = 0
        while !run.isWhole {
            let last = places(of: run.built, in: run.parts.count).last
            var columns = KeyColumns()
            while at < entries.count, entries[at].place <= last {
                if columns.places.last != entries[at].place { columns.append(entries[at]) }
                at += 1
            }
            try write(columns, to: run)
        }
    }
}
