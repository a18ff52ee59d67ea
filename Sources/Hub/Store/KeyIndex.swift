import HubModel
import SQLite

/// Leads from a hashed key to the webhook that holds it, at a cost that does not grow with the database.
///
/// New entries are kept in memory and written to a log in the webhook's own transaction. A full block of them becomes a
/// sorted run, and as soon as there are enough runs of one level they are merged into one of the next. All of that is done
/// in small steps inside the commits that follow, in proportion to what they add. A filter in memory for each run tells of
/// almost every new key that it is new without a read; a known key costs the read of a page. The newest entry of a key
/// counts. Equal hashes of different keys are possible; callers compare the key itself.
final class KeyIndex {
    enum Kind: Int64 { case dedupe = 1, record = 2 }

    struct Entry {
        var webhook: SequenceNumber
        var bodyHash: UInt64
    }

    let connection: Connection
    let shape: KeyShape
    let pages: KeyPages

    /// Entries that are in no run yet, and those that a run is being made of.
    private var recent: KeyTable
    private(set) var frozen: KeyTable?
    /// The frozen block is a run, if the transaction under way succeeds.
    var isFlushed = false
    /// Newest first; see `KeyRun.isBefore`.
    var runs: [KeyRun] = []
    var lastRun: Int64 = 0

    /// What the transaction under way did, to be taken back if it fails or to be made true when it succeeds.
    private var added: [(entry: KeyEntry, before: KeyEntry?)] = []
    private var unlogged = 0
    var undo: [() -> Void] = []
    var settle: [() -> Void] = []

    /// Rows of the log: the last one, those up to it that the frozen block holds, those up to it that a run holds, and
    /// those up to it that have been deleted.
    private var lastLog: Int64 = 0
    private(set) var frozenLog: Int64 = 0
    private var flushedLog: Int64 = 0
    private var trimmedLog: Int64 = 0
    /// Entries that may be moved because of what was put.
    private var allowance = 0
    /// Webhooks before this one have been pruned if they could be.
    var edge: SequenceNumber = 0

    private let appendLog: Statement
    private let trimLog: Statement
    let insertRun: Statement
    let updateRun: Statement
    let deleteRun: Statement
    let insertPart: Statement
    let deletePart: Statement
    let findWebhook: Statement
    let oldestWebhook: Statement

    /// Opens the index of a database that has `KeyIndex.schema`. `block`: entries that are kept in memory.
    init(_ connection: Connection, block: Int = 32_768, shape: KeyShape = KeyShape()) throws(SQLiteError) {
        var shape = shape
        shape.block = max(1, block)
        (self.connection, self.shape) = (connection, shape)
        appendLog = try connection.prepare("INSERT INTO key_recent VALUES (?, ?)")
        trimLog = try connection.prepare("DELETE FROM key_recent WHERE n <= ?")
        insertRun = try connection.prepare("INSERT INTO key_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0)")
        updateRun = try connection.prepare(
            "UPDATE key_runs SET built = ?2, entries = ?3, oldest = ?4, newest = ?5 WHERE run = ?1")
        deleteRun = try connection.prepare("DELETE FROM key_runs WHERE run = ?")
        insertPart = try connection.prepare("INSERT INTO key_parts VALUES (?, ?)")
        deletePart = try connection.prepare("DELETE FROM key_parts WHERE id = ?")
        findWebhook = try connection.prepare("SELECT 1 FROM webhooks WHERE seq = ?")
        oldestWebhook = try connection.prepare("SELECT min(seq) FROM webhooks")
        recent = KeyTable(capacity: block)
        runs = try Self.runs(connection)
        lastRun = runs.map(\.number).max() ?? 0
        var used: Set<Int64> = []
        for run in runs {
            for case let part? in run.parts {
                used.insert(part.filter)
                used.formUnion(part.slots)
            }
        }
        pages = try KeyPages(connection, entriesPerPage: shape.entriesPerPage, used: used)
        try readFilters()
        try readLog()
    }

    private func readLog() throws(SQLiteError) {
        // A block of which a run was being made when the process ended is that block again.
        let flush = runs.first { !$0.isWhole && $0.isOfMemory }
        var block = KeyTable(capacity: shape.block)
        flushedLog = runs.filter { $0 !== flush }.map(\.log).max() ?? 0
        lastLog = max(flushedLog, flush?.log ?? 0)
        trimmedLog = flushedLog
        let rows = try connection.prepare("SELECT n, words FROM key_recent ORDER BY n")
        while try rows.step() {
            let n = rows.integer(0)
            if n <= flushedLog {
                trimmedLog = min(trimmedLog, n - 1)
                continue
            }
            lastLog = max(lastLog, n)
            let words = rows.words(1)
            let count = words.count / 3
            for at in 0..<count {
                let entry = KeyEntry(
                    place: words[at], webhook: Int64(bitPattern: words[count + at]), bodyHash: words[2 * count + at])
                if let flush, n <= flush.log { _ = block.put(entry) } else { _ = recent.put(entry) }
            }
        }
        if let flush { (frozen, frozenLog) = (block, flush.log) }
        freeze()
    }

    /// A full block is left alone, for a run to be made of it.
    private func freeze() {
        guard recent.count >= shape.block, frozen == nil else { return }
        (frozen, frozenLog) = (recent, lastLog)
        recent = KeyTable(capacity: shape.block)
    }

    private static func runs(_ connection: Connection) throws(SQLiteError) -> [KeyRun] {
        let rows = try connection.prepare(
            """
            SELECT run, age, since, level, edge, log, parts, blocks, built, entries, oldest, newest FROM key_runs
            ORDER BY age DESC, run DESC
            """)
        var runs: [KeyRun] = []
        var byNumber: [Int64: KeyRun] = [:]
        while try rows.step() {
            let run = KeyRun(
                number: rows.integer(0), age: rows.integer(1), since: rows.integer(2), level: Int(rows.integer(3)),
                edge: rows.integer(4), log: rows.integer(5), parts: Int(rows.integer(6)),
                blocksPerPart: Int(rows.integer(7)), built: Int(rows.integer(8)), entries: Int(rows.integer(9)),
                oldest: rows.integer(10), newest: rows.integer(11))
            runs.append(run)
            byNumber[run.number] = run
        }
        let parts = try connection.prepare("SELECT id, words FROM key_parts ORDER BY id")
        while try parts.step() {
            let id = parts.integer(0)
            guard let run = byNumber[id >> 24], let part = KeyRun.Part(words: parts.words(1)) else { continue }
            run.parts[Int(id & 0xFF_FFFF)] = part
        }
        for run in runs where !run.isWhole {
            for input in runs where run.replaces(input) {
                input.isInput = true
                run.inputLevel = input.level
                input.replaced = input.parts.firstIndex { $0 != nil } ?? input.parts.count
            }
        }
        return runs
    }

    private func readFilters() throws(SQLiteError) {
        for run in runs {
            for (number, part) in run.parts.enumerated() {
                guard let part else { continue }
                run.filter.set(run.blocks(of: number), from: try pages.read(part.filter))
            }
        }
    }

    /// Where among all places a key's hash lies. One to one, but for the hash's last bit, which becomes the kind; evenly
    /// spread, whatever hashes look like.
    static func place(_ kind: Kind, _ hash: UInt64) -> UInt64 {
        var place = hash & ~1 | (kind == .record ? 1 : 0)
        place = (place ^ place >> 33) &* 0xFF51_AFD7_ED55_8CCD
        place = (place ^ place >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return max(1, place ^ place >> 33)
    }

    // MARK: Use

    func find(_ kind: Kind, _ hash: UInt64) throws(SQLiteError) -> Entry? {
        let place = Self.place(kind, hash)
        if let entry = recent.find(place) ?? frozen?.find(place) {
            return Entry(webhook: entry.webhook, bodyHash: entry.bodyHash)
        }
        let bits = KeyFilter.bits(place)
        // By number: a loop over the objects would count references.
        for at in runs.indices where runs[at].filter.mayHold(place, bits: bits) {
            let run = runs[at]
            guard let part = run.parts[share(of: place, in: run.parts.count)], let page = part.page(of: place) else {
                continue
            }
            if let entry = KeyPages.search(try pages.read(part.slots[page]), for: place) {
                return Entry(webhook: entry.webhook, bodyHash: entry.bodyHash)
            }
        }
        return nil
    }

    /// Found at once, and written by `advance`.
    func put(_ kind: Kind, _ hash: UInt64, _ entry: Entry) throws(SQLiteError) {
        let entry = KeyEntry(place: Self.place(kind, hash), webhook: entry.webhook, bodyHash: entry.bodyHash)
        added.append((entry, recent.put(entry)))
    }

    var countInMemory: Int { recent.count + (frozen?.count ?? 0) }

    func begin() {
        added.removeAll(keepingCapacity: true)
        unlogged = 0
        undo.removeAll(keepingCapacity: true)
        settle.removeAll(keepingCapacity: true)
    }

    /// Writes what was put since `begin`, and does the work that follows from it, inside the transaction that is about to
    /// commit. Nothing may be put between this and the commit.
    func advance() throws(SQLiteError) {
        let before = (trimmedLog, allowance)
        undo.append { [self] in (trimmedLog, allowance) = before }
        let rows = try appendToLog()
        if rows > 0, flushedLog - trimmedLog >= shape.trimmedRows {
            trimmedLog += shape.trimmedRows + Int64(rows)
            trimmedLog = min(trimmedLog, flushedLog)
            try trimLog.bind(1, trimmedLog)
            try trimLog.run()
        }
        allowance += added.count * shape.pace
        try work()
    }

    /// Returns the number of rows that it wrote.
    @discardableResult
    func appendToLog() throws(SQLiteError) -> Int {
        let before = lastLog
        undo.append { [self] in lastLog = before }
        while unlogged < added.count {
            let batch = added[unlogged..<min(added.count, unlogged + shape.entriesPerPage)]
            let words =
                batch.map(\.entry.place) + batch.map { UInt64(bitPattern: $0.entry.webhook) }
                + batch.map(\.entry.bodyHash)
            try appendLog.bind(1, lastLog + 1)
            try appendLog.bind(2, words: words)
            try appendLog.run()
            lastLog += 1
            unlogged += batch.count
        }
        return Int(lastLog - before)
    }

    /// Does steps as long as the allowance is above zero; the last one may take it below.
    func work() throws(SQLiteError) {
        var survivors = Survivors(before: edge)
        while allowance > 0 {
            guard let job = try nextJob() else {
                allowance = 0
                return
            }
            allowance -= try step(job, &survivors)
        }
    }

    func committed() {
        added.removeAll(keepingCapacity: true)
        undo.removeAll(keepingCapacity: true)
        for settle in settle { settle() }
        settle.removeAll(keepingCapacity: true)
        pages.committed()
        freeze()
    }

    func rolledBack() {
        for undo in undo.reversed() { undo() }
        undo.removeAll(keepingCapacity: true)
        settle.removeAll(keepingCapacity: true)
        for (entry, before) in added.reversed() {
            if let before { _ = recent.put(before) } else { recent.remove(entry.place) }
        }
        added.removeAll(keepingCapacity: true)
        pages.rolledBack()
    }

    /// The frozen block is a run now.
    func flushed() {
        frozen = nil
        flushedLog = frozenLog
    }

    /// Goes on with merges, and gets rid of runs that lead to webhooks before `before` which are no longer there; call it
    /// in a transaction, when those webhooks have been pruned. A step moves about `limit` entries. True when there is more
    /// to do.
    func sweep(before: SequenceNumber, limit: Int) throws(SQLiteError) -> Bool {
        edge = max(edge, before)
        let saved = allowance
        undo.append { [self] in allowance = saved }
        allowance = max(allowance, limit)
        let isDropping = try drop(limit: limit)
        let isRewriting = try beginRewriting()
        try work()
        return isDropping || isRewriting
    }

    // MARK: Reading without an index in memory

    /// Where a key leads, for a reader that has no index in memory.
    static func find(_ kind: Kind, _ hash: UInt64, in connection: Connection) throws(SQLiteError) -> SequenceNumber? {
        // All of it must be of one moment, or an entry could move past the reader.
        if connection.isInTransaction { return try search(place(kind, hash), in: connection) }
        try connection.execute("BEGIN")
        do {
            let found = try search(place(kind, hash), in: connection)
            try connection.execute("COMMIT")
            return found
        } catch {
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    private static func search(_ place: UInt64, in connection: Connection) throws(SQLiteError) -> SequenceNumber? {
        let log = try connection.prepare("SELECT words FROM key_recent ORDER BY n DESC")
        while try log.step() {
            let words = log.words(0)
            let count = words.count / 3
            if let at = words.prefix(count).lastIndex(of: place) { return Int64(bitPattern: words[count + at]) }
        }
        let part = try connection.prepare("SELECT words FROM key_parts WHERE id = ?")
        let page = try connection.prepare("SELECT words FROM key_pages WHERE slot = ?")
        let runs = try connection.prepare("SELECT run, parts FROM key_runs ORDER BY age DESC, run DESC")
        while try runs.step() {
            part.reset()
            try part.bind(1, KeyRun.partID(runs.integer(0), share(of: place, in: Int(runs.integer(1)))))
            guard try part.step(), let found = KeyRun.Part(words: part.words(0)), let number = found.page(of: place)
            else { continue }
            page.reset()
            try page.bind(1, found.slots[number])
            guard try page.step(), let entry = KeyPages.search(page.words(0), for: place) else { continue }
            return entry.webhook
        }
        return nil
    }
}
