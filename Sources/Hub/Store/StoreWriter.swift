import HubModel
import SQLite

/// Everything that writes: lives on the store's thread and is never seen elsewhere.
final class StoreWriter {
    private let options: SQLiteStore.Options
    private let count: ((inout SQLiteStore.Statistics) -> Void) -> Void
    private var database: Database?
    /// An input or output error happened, and the database was not opened anew since.
    private var isSuspect = false
    /// Whether the last failure was about the disk and not about what was written.
    private var failureMayPass = false
    private var generator = SequenceGenerator(after: 0)
    private var lastComplaint: Timestamp?
    var tidying: Tidying

    /// An open connection with its statements. After an input or output error all of it is thrown away and opened
    /// again: what a failed sync leaves in memory cannot be trusted.
    struct Database {
        let connection: Connection
        let keys: KeyIndex
        let statements: Statements
        let ids: RecordID
        let seed: UInt64
    }

    init(_ options: SQLiteStore.Options, counters: @escaping ((inout SQLiteStore.Statistics) -> Void) -> Void) throws {
        self.options = options
        count = counters
        tidying = Tidying(next: options.clock())
        database = try open()
    }

    private func open() throws -> Database {
        let connection = try Connection(path: options.path, vfs: options.vfs)
        connection.setBusyTimeout(options.busyTimeout)
        try connection.execute("PRAGMA page_size = 8192")
        let mode = try connection.prepare("PRAGMA journal_mode = WAL")
        guard try mode.step(), mode.text(0) == "wal" else {
            throw StoreError(
                "the database \(options.path) cannot be put into write-ahead mode; is it on a network file system?")
        }
        mode.reset()
        try connection.execute(
            """
            PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 512; PRAGMA cache_size = -8192;
            PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216
            """)
        try Schema.migrate(connection)
        try KeyIndex.migrate(connection)
        let nonce = try self.nonce(connection)
        var last: Int64 = 0
        for table in ["webhooks", "events", "pending", "waiting", "deliveries"] {
            last = max(last, try connection.integer("SELECT max(seq) FROM \(table)") ?? 0)
        }
        generator = SequenceGenerator(after: max(last, generator.last))
        return Database(
            connection: connection, keys: try KeyIndex(connection, block: options.keyBlock),
            statements: try Statements(connection), ids: RecordID(nonce: nonce), seed: nonce)
    }

    private func nonce(_ connection: Connection) throws -> UInt64 {
        if let nonce = try Schema.nonce(connection) { return nonce }
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
            let isBusy = (error as? SQLiteError)?.isBusy ?? false
            if admissions.count + settlements.count > 1, database != nil, !isSuspect, !isBusy {
                return oneByOne(admissions, settlements)
            }
            let reason = SQLiteStore.explain(error, options.path).description
            let outcomes = admissions.map {
                Outcome(attachment: $0.attachment, source: $0.source, kind: .unavailable(reason))
            }
            guard let error = error as? SQLiteError, !error.mayPass else { return (outcomes, settlements) }
            // It will fail every time and would hold the others up; at the next start the delivery is made again.
            for settlement in settlements {
                options.log("the result of delivery \(settlement.delivery) cannot be written and is dropped: \(error)")
            }
            return (outcomes, [])
        }
    }

    private func oneByOne(
        _ admissions: [Admission], _ settlements: [Settlement]
    ) -> (outcomes: [Outcome], left: [Settlement]) {
        var outcomes: [Outcome] = []
        var left: [Settlement] = []
        // After a few failures in a row it is the disk and not the item: the rest is refused at once.
        var failuresInARow = 0
        for admission in admissions {
            if failuresInARow >= 3 {
                let kind = Outcome.Kind.unavailable("the database cannot be written")
                outcomes.append(Outcome(attachment: admission.attachment, source: admission.source, kind: kind))
                continue
            }
            let (outcome, _) = commit([admission], [])
            if case .unavailable? = outcome.first?.kind, failureMayPass {
                failuresInARow += 1
            } else {
                failuresInARow = 0
            }
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
        if let database, !isSuspect { return database }
        if let database {
            // After a failed sync the log ends in frames that were refused and may be in memory only. Opened by another
            // connection they would count as committed, and commits behind them would be lost with them. This
            // connection knows where the log really ends: once it has copied that much, the log begins anew.
            guard try database.connection.checkpoint() else {
                throw StoreError("the database \(options.path) cannot be recovered while another process reads it")
            }
        }
        database = nil
        let opened = try open()
        (database, isSuspect) = (opened, false)
        options.log("the database is open again")
        return opened
    }

    func transaction(_ database: Database, _ body: () throws -> Void) throws {
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

    func noteFailure(_ error: any Error) {
        count { $0.failures += 1 }
        failureMayPass = (error as? SQLiteError)?.mayPass ?? true
        if let error = error as? SQLiteError {
            if error.isIOError { isSuspect = true }
            if error.isCorrupt { database = nil }
        }
        let now = options.clock()
        if let last = lastComplaint, now - last < .seconds(1) { return }
        lastComplaint = now
        options.log("cannot write to the database: \(SQLiteStore.explain(error, options.path).description)")
    }

    private func admit(_ admission: Admission, _ database: Database) throws -> Outcome {
        func outcome(_ kind: Outcome.Kind) -> Outcome {
            Outcome(attachment: admission.attachment, source: admission.source, kind: kind)
        }
        let (keys, statements) = (database.keys, database.statements)
        let keyHash = stableHash(admission.key, seed: stableHash(admission.source, seed: database.seed))
        let found = try keys.find(.dedupe, keyHash)
        if let found, try statements.holds(admission, at: found.webhook) {
            guard found.bodyHash != admission.bodyHash else { return outcome(.duplicate) }
            return outcome(try keepConflict(admission, keyHash, with: found.webhook, database) ? .conflict : .duplicate)
        }
        let sequence = generator.next(at: admission.receivedAt)
        if let reason = admission.quarantine {
            try statements.insert(admission, sequence, status: .quarantined, reason: reason)
            try keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: admission.bodyHash))
            return outcome(.quarantined)
        }
        let recordHash = admission.recordID.map { stableHash($0, seed: database.seed) }
        var stored: Record?
        var previous: SequenceNumber?
        if let recordHash, let recordID = admission.recordID, let entry = try keys.find(.record, recordHash) {
            stored = try statements.record(at: entry.webhook, id: recordID)
            if stored != nil { previous = entry.webhook }
        }
        var context = PlanContext(record: stored, generator: generator, ids: database.ids, now: admission.receivedAt)
        let plan = admission.plan(&context)
        generator = context.sequences
        var record: (id: String, previous: SequenceNumber?, bytes: [UInt8])?
        if let planned = plan.record, let id = admission.recordID { record = (id, previous, planned.stored.encoded()) }
        try statements.insert(admission, sequence, status: .accepted, record: record)
        try keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: admission.bodyHash))
        if let recordHash, record != nil {
            try keys.put(.record, recordHash, KeyIndex.Entry(webhook: sequence, bodyHash: 0))
        }
        for planned in plan.events {
            try statements.insert(planned, webhook: sequence)
            for delivery in planned.deliveries {
                if let reason = delivery.dead {
                    try statements.bury(delivery, event: planned.sequence, at: admission.receivedAt, reason: reason)
                } else {
                    try statements.insert(delivery, event: planned.sequence)
                }
            }
        }
        return outcome(.accepted(plan.events))
    }

    /// Keeps a webhook that came under a known key with another body. False when that very one is kept already.
    private func keepConflict(
        _ admission: Admission, _ keyHash: UInt64, with first: SequenceNumber, _ database: Database
    ) throws -> Bool {
        let hash = stableHash("conflict", seed: keyHash ^ admission.bodyHash)
        if let found = try database.keys.find(.dedupe, hash), found.bodyHash == admission.bodyHash,
            try database.statements.holds(admission, at: found.webhook)
        {
            return false
        }
        let sequence = generator.next(at: admission.receivedAt)
        let reason = "same key as \(database.ids.text(.webhook, first)) with another body"
        try database.statements.insert(admission, sequence, status: .conflict, reason: reason)
        try database.keys.put(.dedupe, hash, KeyIndex.Entry(webhook: sequence, bodyHash: admission.bodyHash))
        return true
    }

    private func settle(_ settlement: Settlement, _ database: Database) throws {
        try database.statements.settle(settlement, at: options.clock())
    }

    /// The open database; nil after a failure, until the next commit opens it again.
    var opened: Database? { isSuspect ? nil : database }
    var settings: SQLiteStore.Options { options }
}

extension SQLiteError {
    /// Whether the same may succeed later: it is about the disk or another process, not about what is written.
    fileprivate var mayPass: Bool { isFull || isBusy || isIOError || isCorrupt || isReadOnly || isOutOfMemory }
}

extension SQLiteStore {
    /// The same error in an operator's words.
    static func explain(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? SQLiteError else { return StoreError("\(error)") }
        if error.isFull { return StoreError("the disk is full; free some space, the hub goes on by itself (\(path))") }
        if error.isBusy { return StoreError("another process has locked the database \(path)") }
        if error.isCorrupt {
            return StoreError(
                "\(path) is damaged or not a database: \(error.message); restore a backup or move it away")
        }
        if error.isReadOnly {
            return StoreError(
                "the database \(path) cannot be written: \(error.message); check the permissions of it and its folder")
        }
        if error.isIOError { return StoreError("the disk failed at \(path): \(error.message)") }
        return StoreError("\(path): \(error)")
    }
}
