import Files
import HubModel
import SQLite

/// Everything that writes: lives on the store's thread and is never seen elsewhere.
final class StoreWriter {
    let options: StoreOptions
    let signal: (StoreSignal) -> Void
    private var database: Database?
    /// An input or output error happened, and the database was not opened anew since.
    private var isSuspect = false
    /// Where the database's files belong.
    private var places: FilePlaces
    /// Whether a file was found to be out of its place, and none of them was looked for since.
    private var isMisplaced = false
    private let condition: StoreCondition
    /// Whether nothing has been committed, with a sync, since a failure that concerned everybody.
    private(set) var isFailing = false
    /// Whether it was told that the database was opened again after that.
    private var isReopened = false
    /// A transaction of which a power cut may take the end away.
    fileprivate var isUnsynced = false
    private(set) var retention: RetentionClock
    /// Whether the last failure was about the disk and not about what was written.
    private var failureMayPass = false
    private var generator = SequenceGenerator(after: 0)
    private var records = RecordCache()
    private var lastComplaint: Timestamp?
    var leases = Leases()
    var tidying: Tidying
    /// What the transaction under way will have changed in the leases.
    private var changes: [LeaseChange] = []
    private(set) var statistics = StoreStatistics()

    private enum LeaseChange {
        case lease(SequenceNumber)
        case end(SequenceNumber, attempts: Int)
        case wait(endpoint: Int64, QueueMark)
    }

    init(
        _ options: StoreOptions, _ database: Database, _ condition: StoreCondition, _ retention: RetentionClock,
        signal: @escaping (StoreSignal) -> Void
    ) {
        (self.options, self.database, self.condition, self.signal) = (options, database, condition, signal)
        places = database.places
        generator = SequenceGenerator(after: database.last)
        self.retention = retention
        tidying = Tidying(next: options.steady.now)
        noteClocks()
    }

    // MARK: Committing

    /// Writes webhooks and settlements in one transaction; returns a receipt for each webhook, and the settlements that
    /// could not be written. When the transaction fails, its parts are tried one by one, so that a bad one fails alone.
    func commit<Ticket>(
        _ admissions: [Admission<Ticket>], _ settlements: [Settlement]
    ) -> (receipts: [Receipt<Ticket>], left: [Settlement]) {
        do {
            let database = try current()
            var receipts: [Receipt<Ticket>] = []
            receipts.reserveCapacity(admissions.count)
            // The result of an attempt that is lost with its file is made again; nobody was promised it.
            try transaction(database, isPromised: !admissions.isEmpty) { () throws(SQLiteError) in
                for admission in admissions {
                    let fate = try admit(admission.webhook, database) { admission.ticket.plan(&$0) }
                    receipts.append(
                        Receipt(ticket: admission.ticket, source: admission.webhook.source, fate: fate))
                }
                for settlement in settlements { try settle(settlement, database) }
            }
            statistics.commits += 1
            statistics.webhooks += admissions.count
            return (receipts, [])
        } catch {
            noteFailure(error)
            if admissions.count + settlements.count > 1, database != nil, !isSuspect, !isMisplaced, error != .busy {
                return oneByOne(admissions, settlements)
            }
            let receipts = admissions.map {
                Receipt(ticket: $0.ticket, source: $0.webhook.source, fate: .refused(error))
            }
            guard !error.mayPass else { return (receipts, settlements) }
            // It will fail every time and would hold the others up; after the next start the delivery is made again.
            for settlement in settlements {
                let id = database?.ids.text(.delivery, settlement.lease.key.sequence) ?? ""
                signal(.settlementDropped(delivery: id, error))
            }
            return (receipts, [])
        }
    }

    private func oneByOne<Ticket>(
        _ admissions: [Admission<Ticket>], _ settlements: [Settlement]
    ) -> (receipts: [Receipt<Ticket>], left: [Settlement]) {
        var receipts: [Receipt<Ticket>] = []
        var left: [Settlement] = []
        // After a few failures in a row it is the disk and not the item: the rest is refused at once.
        var failuresInARow = 0
        var lastFault = StoreFault.ioError("it cannot be written")
        for admission in admissions {
            if failuresInARow >= 3 {
                receipts.append(
                    Receipt(ticket: admission.ticket, source: admission.webhook.source, fate: .refused(lastFault)))
                continue
            }
            let (receipt, _) = commit([admission], [])
            if case .refused(let fault)? = receipt.first?.fate, failureMayPass {
                lastFault = fault
                failuresInARow += 1
            } else {
                failuresInARow = 0
            }
            receipts += receipt
        }
        for settlement in settlements {
            if failuresInARow >= 3 {
                left.append(settlement)
                continue
            }
            let (_, unwritten) = commit([Admission<Ticket>](), [settlement])
            failuresInARow = unwritten.isEmpty ? 0 : failuresInARow + 1
            left += unwritten
        }
        return (receipts, left)
    }

    /// The open database, opened again after a failure.
    func current() throws(StoreFault) -> Database {
        if isMisplaced || isSuspect || database == nil {
            // What is made anew under the name would be empty, and what takes its place is another hub's.
            if let path = places.lost() { throw .misplaced(path: path) }
            isMisplaced = false
        }
        if let database, !isSuspect { return database }
        do {
            if let database {
                // After a failed sync the log ends in frames that were refused and may be in memory only. Opened by
                // another connection they would count as committed, and commits after them would be lost with them.
                // This connection knows where the log really ends: once it has copied that much, the log begins anew.
                guard try database.connection.checkpoint() else {
                    throw StoreFault.ioError("the database cannot be recovered while another process reads it")
                }
            }
            database = nil
            let opened = try Database(options)
            places = opened.places
            generator = SequenceGenerator(after: max(opened.last, generator.last))
            (database, isSuspect) = (opened, false)
            // What was refused may be there after all.
            records = RecordCache()
            leases.forgetCursors()
            isReopened = true
            signal(.recovered)
            return opened
        } catch { throw StoreFault(error) }
    }

    /// Runs `body` in a transaction. Whatever is kept in memory follows the database, even when it fails. If it is
    /// `isPromised` to somebody, the database's files must be in their places after it.
    func transaction<Value>(
        _ database: Database, isPromised: Bool = true, _ body: () throws(SQLiteError) -> Value
    ) throws(StoreFault) -> Value {
        database.keys.begin()
        database.words.begin()
        records.begin()
        changes.removeAll(keepingCapacity: true)
        let value: Value
        do {
            try database.begin.run()
            value = try body()
            try database.keys.advance()
            try database.commit.run()
            database.keys.committed()
        } catch {
            if database.connection.isInTransaction { try? database.connection.execute("ROLLBACK") }
            database.keys.rolledBack()
            database.words.rolledBack()
            records.rolledBack()
            throw StoreFault(error)
        }
        if isPromised, let path = places.lost() {
            // It is written, but perhaps to a file that is gone with this process, so nobody may count on it. Deliveries
            // are not under lease: if the file comes back, they are found in it.
            isMisplaced = true
            throw .misplaced(path: path)
        }
        for change in changes { apply(change) }
        if isFailing, !isUnsynced { noteSuccess() }
        return value
    }

    /// Looks for the files though nothing is promised to anybody, so that the operator hears of it soon.
    func lookAtPlaces() {
        guard !isMisplaced, let path = places.lost() else { return }
        isMisplaced = true
        noteFailure(.misplaced(path: path))
    }

    private func noteSuccess() {
        isFailing = false
        condition.set(nil)
        if !isReopened { signal(.wellAgain) }
        isReopened = false
    }

    private func apply(_ change: LeaseChange) {
        switch change {
        case .lease(let delivery): leases.lease(delivery, attempts: 0)
        case .end(let delivery, let attempts): _ = leases.end(delivery, attempts: attempts)
        case .wait(let endpoint, let mark): leases.wait(at: mark, of: endpoint)
        }
    }

    /// - Parameter isOwn: nobody but the hub itself wanted to write, so the log need not hear the same again.
    func noteFailure(_ fault: StoreFault, isOwn: Bool = false) {
        statistics.failures += 1
        failureMayPass = fault.mayPass
        let isKnown = isOwn && isFailing && condition.fault == fault
        if fault.mayPass {
            isFailing = true
            condition.set(fault)
        }
        switch fault {
        case .ioError: isSuspect = true
        case .damaged: database = nil
        default: break
        }
        if isKnown { return }
        let now = options.clock()
        if let last = lastComplaint, now - last < .seconds(1), now >= last { return }
        lastComplaint = now
        signal(.commitFailed(fault))
    }

    /// The open database; nil after a failure, until the next commit opens it again.
    var opened: Database? { isSuspect ? nil : database }

    // MARK: The parts of a commit

    private func admit(
        _ webhook: NewWebhook, _ database: Database, plan: (inout PlanContext) -> Plan
    ) throws(SQLiteError) -> AdmissionFate {
        let (keys, webhooks) = (database.keys, database.webhooks)
        var keyHash = stableHash(webhook.key, seed: stableHash(webhook.source, seed: database.seed))
        if let found = try keys.find(.dedupe, keyHash), try webhooks.holds(webhook, at: found.webhook) {
            guard found.bodyHash != webhook.bodyHash else { return .duplicate }
            // From here on the body is part of the key, so that the same bytes are recognised again.
            keyHash = stableHash("conflict", seed: keyHash ^ webhook.bodyHash)
            if let again = try keys.find(.dedupe, keyHash), again.bodyHash == webhook.bodyHash,
                try webhooks.holds(webhook, at: again.webhook)
            {
                return .duplicate
            }
            if webhook.isKeyProven {
                try keepConflict(webhook, keyHash, with: found.webhook, database)
                return .conflict
            }
        }
        let sequence = generator.next(at: webhook.receivedAt)
        if let reason = webhook.quarantine {
            try webhooks.insert(webhook, sequence, status: .quarantined, reason: reason)
            try keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: webhook.bodyHash))
            return .quarantined
        }
        let stored = try webhook.recordID.flatMap { id throws(SQLiteError) in
            try record(id, webhook.kind, database)
        }
        var context = PlanContext(
            record: stored?.record, generator: generator, ids: database.ids, now: webhook.receivedAt)
        let plan = plan(&context)
        generator = context.generator
        var kept: WebhookTable.Kept?
        if let record = plan.record, let id = webhook.recordID {
            let bytes = StoredRecord.encode(record)
            kept = WebhookTable.Kept(previous: stored?.webhook, bytes: bytes)
            // Of most calls that one webhook tells all about, nothing more is heard: kept is what has come in parts.
            if stored != nil {
                records.put(id, RecordCache.Entry(webhook: sequence, record: record, size: bytes.count))
            }
            try keys.put(
                .record, stableHash(id, seed: database.seed), KeyIndex.Entry(webhook: sequence, bodyHash: 0))
        }
        try webhooks.insert(webhook, sequence, status: .accepted, record: kept)
        try keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: webhook.bodyHash))
        for position in plan.events.indices {
            if let details = plan.events[position].details {
                try webhooks.insert(plan.events, at: position, details, webhook: sequence, source: webhook.source)
            }
            for delivery in plan.events[position].deliveries {
                if let reason = delivery.dead {
                    try database.deliveries.bury(delivery.key, at: webhook.receivedAt, reason: reason)
                } else {
                    let lease = Lease(new: delivery.key)
                    try database.deliveries.enqueue(
                        delivery.key, dueAt: lease.dueAt.milliseconds, attempts: 0, forgiven: 0)
                    changes.append(.lease(delivery.key.sequence))
                }
            }
        }
        return .accepted(plan.events)
    }

    /// The record of that id as it is now, and the webhook that holds it.
    private func record(_ id: String, _ kind: RecordKind?, _ database: Database) throws(SQLiteError) -> RecordCache
        .Entry?
    {
        if let entry = records.find(id), entry.webhook > database.pruning.passed { return entry }
        guard let entry = try database.keys.find(.record, stableHash(id, seed: database.seed)),
            let stored = try database.webhooks.record(at: entry.webhook, id: id, kind: kind)
        else { return nil }
        return RecordCache.Entry(webhook: entry.webhook, record: stored.record, size: stored.size)
    }

    /// Keeps a webhook that arrived with a known key but a different body.
    private func keepConflict(
        _ webhook: NewWebhook, _ keyHash: UInt64, with first: SequenceNumber, _ database: Database
    ) throws(SQLiteError) {
        let sequence = generator.next(at: webhook.receivedAt)
        let reason = "same key as \(database.ids.text(.webhook, first)) with another body"
        try database.webhooks.insert(webhook, sequence, status: .conflict, reason: reason)
        try database.keys.put(.dedupe, keyHash, KeyIndex.Entry(webhook: sequence, bodyHash: webhook.bodyHash))
    }

    private func settle(_ settlement: Settlement, _ database: Database) throws(SQLiteError) {
        let lease = settlement.lease
        let isWritten = try database.deliveries.settle(settlement, at: options.clock())
        changes.append(.end(lease.key.sequence, attempts: lease.attempts))
        if isWritten, case .retry(let due) = settlement.result,
            let endpoint = try database.words.find(lease.key.endpoint)
        {
            changes.append(
                .wait(
                    endpoint: endpoint, QueueMark(dueAt: due.milliseconds, sequence: lease.key.sequence)))
        }
    }

    // MARK: Leases and edits

    func release(_ given: [Lease]) {
        for lease in given where leases.end(lease.key.sequence, attempts: lease.attempts) {
            guard let endpoint = try? opened?.words.find(lease.key.endpoint) else {
                // Its place is not known now; a search from the beginning finds it.
                leases.forgetCursors()
                continue
            }
            leases.wait(
                at: QueueMark(dueAt: lease.dueAt.milliseconds, sequence: lease.key.sequence), of: endpoint)
        }
    }

    /// Does a part of an edit. What it put back is waiting then.
    func edit(_ work: inout DeadLetters.Work) throws(StoreFault) -> [(endpoint: Int64, mark: QueueMark)] {
        let database = try current()
        let now = options.clock()
        var done = work
        let returned = try transaction(database) { () throws(SQLiteError) in
            try database.dead.step(&done, at: now)
        }
        work = done
        for (endpoint, mark) in returned { leases.wait(at: mark, of: endpoint) }
        return returned
    }
}

// MARK: Clocks

extension StoreWriter {
    /// Compares the clocks with each other, and has what waits follow when the machine's was set forward.
    func compareClocks() {
        let steady = options.steady
        let jump = steady.look()
        retention.advance(to: steady.elapsed, wall: options.clock())
        if let jump {
            signal(.clockJumped(from: jump.from, to: jump.to))
            if jump.to > jump.from { move(by: jump.to - jump.from, from: steady.now) }
        }
        steady.follow()
        if jump != nil { noteClocks() }
    }

    /// Moves what is due after `time` by as much as the clock was moved, so that its waits keep their length.
    private func move(by distance: Duration, from time: Timestamp) {
        do {
            let database = try current()
            try transaction(database) { () throws(SQLiteError) in
                try database.queue.move(after: time.milliseconds, by: distance.milliseconds)
            }
            leases.forgetCursors()
        } catch { noteFailure(error) }
    }

    /// Writes down how the clocks stand.
    func noteClocks() {
        guard let database = opened else { return }
        let clocks = StoredClocks(steady: options.steady.now, retention: retention)
        do {
            try transactionWithoutSync(database) { () throws(SQLiteError) in try database.note(clocks) }
        } catch { noteFailure(error, isOwn: true) }
    }

    /// Finds out whether the database can be written again, though nobody wants to write.
    func tryAgain() {
        do {
            let database = try current()
            let clocks = StoredClocks(steady: options.steady.now, retention: retention)
            try transaction(database) { () throws(SQLiteError) in try database.note(clocks) }
        } catch { noteFailure(error, isOwn: true) }
    }

    /// The last that is done.
    func end() {
        noteClocks()
        // SQLite would empty and remove the log by its name, which may be another's now.
        if isMisplaced { database?.connection.leaveLog() }
    }

    /// A transaction that a power cut may undo; not what comes before it, and nothing of those after it without it.
    func transactionWithoutSync<Value>(
        _ database: Database, _ body: () throws(SQLiteError) -> Value
    ) throws(StoreFault) -> Value {
        do {
            try database.connection.execute("PRAGMA synchronous = NORMAL")
        } catch { throw StoreFault(error) }
        isUnsynced = true
        defer {
            isUnsynced = false
            try? database.connection.execute("PRAGMA synchronous = FULL")
        }
        return try transaction(database, isPromised: false, body)
    }
}

/// What the writer has done since it began.
package struct StoreStatistics: Sendable {
    package var commits = 0
    package var webhooks = 0
    package var failures = 0
}

extension Optional where Wrapped: ~Copyable {
    /// `flatMap` that keeps the type of the error.
    fileprivate consuming func flatMap<Value, Failure>(
        _ transform: (consuming Wrapped) throws(Failure) -> Value?
    ) throws(Failure) -> Value? where Failure: Error {
        guard let value = self else { return nil }
        return try transform(value)
    }
}
