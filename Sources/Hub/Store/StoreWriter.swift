import HubModel
import SQLite

/// Everything that writes: lives on the store's thread and is never seen elsewhere.
final class StoreWriter {
    private let options: SQLiteStore.Options
    private let count: ((inout SQLiteStore.Statistics) -> Void) -> Void
    private var database: Database?
    private var generator = SequenceGenerator(after: 0)
    /// Outcomes of the transaction under way.
    private var lastComplaint: Timestamp?
    private var pruneAfter: Timestamp

    /// An open connection with its statements. After an input or output error all of it is thrown away and opened
    /// again: what a failed sync leaves in the cache cannot be trusted.
    private struct Database {
        let connection: Connection
        let keys: KeyIndex
        let statements: Statements
        let ids: RecordID
        let seed: UInt64
    }

    init(_ options: SQLiteStore.Options, counters: @escaping ((inout SQLiteStore.Statistics) -> Void) -> Void) throws {
        self.options = options
        count = counters
        pruneAfter = options.clock()
        database = try open()
    }

    private func open() throws -> Database {
        let connection = try Connection(path: options.path, vfs: options.vfs)
        connection.setBusyTimeout(.seconds(2))
        try connection.execute("PRAGMA page_size = 8192")
        let mode = try connection.prepare("PRAGMA journal_mode = WAL")
        guard try mode.step(), mode.text(0) == "wal" else {
            throw StoreError("the database \(options.path) cannot be put into write-ahead mode; is it on a network file system?")
        }
        mode.reset()
        try connection.execute(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 512; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216")
        try Schema.migrate(connection)
        let nonce = try self.nonce(connection)
        var last: Int64 = 0
        for table in ["webhooks", "events", "pending", "deliveries"] {
            last = max(last, try connection.integer("SELECT max(seq) FROM \(table)") ?? 0)
        }
        generator = SequenceGenerator(after: last)
        return Database(
            connection: connection, keys: try KeyIndex(connection, block: options.keyBlock), statements: try Statements(connection),
            ids: RecordID(nonce: nonce), seed: nonce)
    }

    private func nonce(_ connection: Connection) throws -> UInt64 {
        let find = try connection.prepare("SELECT value FROM meta WHERE name = 'nonce'")
        if try find.step(), let value = find.text(0).flatMap({ UInt64($0, radix: 16) }) { return value }
        find.reset()
        let nonce = UInt64.random(in: 0..<1 << 54)
        let insert = try connection.prepare("INSERT INTO meta VALUES ('nonce', ?)")
        try insert.bind(1, String(nonce, radix: 16))
        try insert.run()
        return nonce
    }

    // MARK: Committing

    /// Writes webhooks and settlements in one transaction; gives the outcome of each webhook, and the settlements that
    /// could not be written. When the transaction fails, its parts are tried one by one, so that a bad one fails alone.
    func commit(_ admissions: [Admission], _ settlements: [Settlement]) -> (outcomes: [Outcome], left: [Settlement]) {
        do {
            let database = try current()
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(admissions.count)
            try transaction(database) {
                for admission in admissions { outcomes.append(try admit(admission, database)) }
                for settlement in settlements { try settle(settlement, database) }
            }
            count { statistics in
                statistics.commits += 1
                statistics.webhooks += admissions.count
            }
            return (outcomes, [])
        } catch {
            noteFailure(error)
            if admissions.count + settlements.count > 1, database != nil { return oneByOne(admissions, settlements) }
            let reason = SQLiteStore.explain(error, options.path).description
            return (
                admissions.map { Outcome(attachment: $0.attachment, source: $0.source, kind: .unavailable(reason)) }, settlements
            )
        }
    }

    private func oneByOne(_ admissions: [Admission], _ settlements: [Settlement]) -> (outcomes: [Outcome], left: [Settlement]) {
        var outcomes: [Outcome] = []
        var left: [Settlement] = []
        // After a few failures in a row it is the disk and not the item: the rest is refused at once.
        var failuresInARow = 0
        for admission in admissions {
            if failuresInARow >= 3 {
                outcomes.append(
                    Outcome(attachment: admission.attachment, source: admission.source, kind: .unavailable("the database cannot be written")))
                continue
            }
            let (outcome, _) = commit([admission], [])
            if case .unavailable? = outcome.first?.kind { failuresInARow += 1 } else { failuresInARow = 0 }
            outcomes += outcome
        }
        for settlement in settlements {
            if failuresInARow >= 3 {
                left.append(settlement)
                continue
            }
            let (_, unwritten) = commit([], [settlement])
            failuresInARow = unwritten.isEmpty ? 0 : failuresInARow + 1
            left += unwritten
        }
        return (outcomes, left)
    }

    private func current() throws -> Database {
        if let database { return database }
        let opened = try open()
        database = opened
        options.log("the database is open again")
        return opened
    }

    private func transaction(_ database: Database, _ body: () throws -> Void) throws {
        database.keys.begin()
        try database.statements.begin.run()
        do {
            try body()
            try database.keys.advance()
            try database.statements.commit.run()
        } catch {
            if database.connection.isInTransaction { try? database.connection.execute("ROLLBACK") }
            database.keys.rolledBack()
            throw error
        }
        database.keys.committed()
    }

    private func noteFailure(_ error: any Error) {
        count { $0.failures += 1 }
        if let error = error as? SQLiteError, error.isIOError || error.isCorrupt { database = nil }
        let now = options.clock()
        if let last = lastComplaint, now - last < .seconds(1) { return }
        lastComplaint = now
        options.log("cannot write to the database: \(SQLiteStore.explain(error, options.path).description)")
    }

    private func admit(_ admission: Admission, _ database: Database) throws -> Outcome {
        func outcome(_ kind: Outcome.Kind) -> Outcome { Outcome(attachment: admission.attachment, source: admission.source, kind: kind) }
        let keyHash = stableHash(admission.key.utf8, seed: stableHash(admission.source.utf8, seed: database.seed))
        if let entry = try database.keys.find(.dedupe, keyHash), try database.statements.holds(admission, at: entry.webhook) {
            guard entry.bodyHash != admission.bodyHash else { return outcome(.duplicate) }
            let sequence = generator.next(at: admission.receivedAt)
            try database.statements.insert(
                admission, sequence, status: 2, reason: "same key as \(database.ids.text(.webhook, entry.webhook)) with another body",
                recordID: nil, record: nil)
            return outcome(.conflict)
        }
        let sequence = generator.next(at: admission.receivedAt)
        if let reason = admission.quarantine {
            try database.statements.insert(admission, sequence, status: 1, reason: reason, recordID: nil, record: nil)
            try database.keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: admission.bodyHash))
            return outcome(.quarantined)
        }
        let recordHash = admission.recordID.map { stableHash($0.utf8, seed: database.seed) }
        var stored: Record?
        if let recordHash, let recordID = admission.recordID, let entry = try database.keys.find(.record, recordHash) {
            stored = try database.statements.record(at: entry.webhook, id: recordID)
        }
        var context = PlanContext(record: stored, generator: generator, ids: database.ids, now: admission.receivedAt)
        let plan = admission.plan(&context)
        generator = context.sequences
        try database.statements.insert(
            admission, sequence, status: 0, reason: nil, recordID: plan.record == nil ? nil : admission.recordID,
            record: plan.record?.stored.encoded())
        try database.keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: admission.bodyHash))
        if let recordHash, plan.record != nil {
            try database.keys.put(.record, recordHash, KeyIndex.Entry(webhook: sequence, bodyHash: 0))
        }
        for planned in plan.events {
            try database.statements.insert(planned, webhook: sequence)
            for delivery in planned.deliveries {
                if let reason = delivery.dead {
                    try database.statements.bury(delivery, event: planned.sequence, at: admission.receivedAt, reason: reason)
                } else {
                    try database.statements.insert(delivery, event: planned.sequence, due: admission.receivedAt)
                }
            }
        }
        return outcome(.accepted(plan.events))
    }

    private func settle(_ settlement: Settlement, _ database: Database) throws {
        try database.statements.settle(settlement, at: options.clock())
    }

    // MARK: Retention

    /// Deletes some of what is older than the retention, once in a while; nothing that is undelivered or dead.
    func prune() {
        guard let retention = options.retention, let database else { return }
        let now = options.clock()
        guard now >= pruneAfter else { return }
        do {
            let before = (now.milliseconds - retention.milliseconds) << 20
            let more = try pruneStep(before: before, database)
            pruneAfter = now + (more ? .milliseconds(50) : .seconds(60))
        } catch {
            noteFailure(error)
            pruneAfter = now + .seconds(60)
        }
    }

    private static let pruneStep = 200

    private func pruneStep(before: SequenceNumber, _ database: Database) throws -> Bool {
        var more = false
        try transaction(database) { more = try database.statements.prune(before: before, limit: Self.pruneStep) }
        return more
    }
}

extension SQLiteStore {
    /// The same error in an operator's words.
    static func explain(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? SQLiteError else { return StoreError("\(error)") }
        if error.isFull { return StoreError("the disk is full; free some space, the hub goes on by itself (\(path))") }
        if error.isBusy { return StoreError("another process has locked the database \(path)") }
        if error.isCorrupt { return StoreError("\(path) is damaged or not a database: \(error.message); restore a backup or move it away") }
        if error.isReadOnly { return StoreError("the database \(path) cannot be written: \(error.message); check the permissions of it and its folder") }
        if error.isIOError { return StoreError("the disk failed at \(path): \(error.message)") }
        return StoreError("\(path): \(error)")
    }
}
