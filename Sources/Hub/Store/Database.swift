import Files
import HubModel
import SQLite

/// The writer's open connection with its statements.
///
/// After an input or output error all of it is thrown away and opened again: what a failed sync leaves in memory cannot
/// be trusted.
final class Database {
    let connection: Connection
    let words: Words
    let keys: KeyIndex
    let webhooks: WebhookTable
    let deliveries: DeliveryTables
    let queue: QueueWalk
    let events: EventTable
    let dead: DeadLetters
    let pruning: Pruning
    let ids: PublicID
    let seed: UInt64
    /// No number above this one has been given.
    let last: SequenceNumber
    /// Where its files were when it was opened.
    let places: FilePlaces
    let begin: Statement
    let commit: Statement
    private let note: Statement

    init(_ options: StoreOptions) throws {
        connection = try Connection(path: options.path, vfs: options.vfs)
        connection.setBusyTimeout(options.busyTimeout)
        try connection.execute("PRAGMA page_size = 8192")
        do {
            let mode = try connection.prepare("PRAGMA journal_mode = WAL")
            guard try mode.step(), mode.text(0) == "wal" else {
                throw StoreError(
                    "the database \(options.path) cannot be put into write-ahead mode; is it on a network file system?")
            }
        }
        try connection.execute(
            """
            PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = \(Tidying.logPages); PRAGMA cache_size = -8192;
            PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216
            """)
        try Schema.migrate(connection, progress: options.progress)
        seed = try Self.nonce(connection)
        ids = PublicID(nonce: seed)
        // Its events and deliveries are numbered after a webhook; they are fewer than the numbers of a millisecond.
        last = try connection.integer("SELECT max(seq) FROM webhooks").map { $0 + 1 << 20 } ?? 0
        words = try Words(connection)
        keys = try KeyIndex(connection, block: options.keyBlock)
        webhooks = try WebhookTable(connection, words)
        deliveries = try DeliveryTables(connection, words)
        queue = try QueueWalk(connection)
        events = try EventTable(connection, words, ids)
        dead = try DeadLetters(connection, words, ids)
        pruning = try Pruning(connection)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        note = try connection.prepare("INSERT OR REPLACE INTO meta VALUES ('clock', ?)")
        // Those of an earlier version could be read by others.
        for ending in ["-wal", "-shm"] { OwnFile.restrict(options.path + ending) }
        places = FilePlaces(options.path, endings: ["-wal", "-shm"])
    }

    /// Has the clocks go on where the last run left them, and tells what was done to the machine's meanwhile.
    func resumeClocks(_ options: StoreOptions) -> RetentionClock {
        let (wall, elapsed) = (options.clock(), options.steady.elapsed)
        guard let stored = try? clocks(elapsed) else { return RetentionClock(wall, elapsed: elapsed) }
        // Due times by a clock that was ahead keep it ahead; when nothing waits for it, it starts right.
        if let isWaited = try? queue.hasWaiting(), isWaited { options.steady.resume(at: stored.steady) }
        if stored.steady - wall > SteadyClock.tolerance {
            options.progress(.clockJumped(from: stored.steady, to: wall))
        } else if wall - stored.steady > RetentionClock.patience {
            options.progress(.clockAhead(last: stored.steady, now: wall))
        }
        var retention = stored.retention
        retention.advance(to: elapsed, wall: wall)
        return retention
    }

    private func clocks(_ elapsed: Duration) throws(SQLiteError) -> StoredClocks? {
        let statement = try connection.prepare("SELECT value FROM meta WHERE name = 'clock'")
        return try statement.step() ? statement.text(0).flatMap { StoredClocks(text: $0, elapsed: elapsed) } : nil
    }

    func note(_ clocks: StoredClocks) throws(SQLiteError) {
        try note.bind(1, clocks.text)
        try note.run()
    }

    private static func nonce(_ connection: Connection) throws(SQLiteError) -> UInt64 {
        if let nonce = try Schema.nonce(connection) { return nonce }
        let nonce = UInt64.random(in: 0..<1 << 54)
        let insert = try connection.prepare("INSERT INTO meta VALUES ('nonce', ?)")
        try insert.bind(1, String(nonce, radix: 16))
        try insert.run()
        return nonce
    }
}
