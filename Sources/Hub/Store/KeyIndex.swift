import SQLite

/// Leads from a hashed key to the webhook that holds it, without a random write for each new key.
///
/// New entries are appended to `key_log` in the webhook's own transaction and kept in memory. When a block is full it is
/// sorted, and a few hundred of its entries move into the table `keys` with every following commit: neighbours in the
/// tree share pages, so the cost is small and never comes at once. Equal hashes of different keys are possible; callers
/// compare the key itself.
final class KeyIndex {
    enum Kind: Int64 { case dedupe = 1, record = 2 }

    struct Entry {
        var webhook: SequenceNumber
        var bodyHash: UInt64
    }

    private struct Slot: Hashable {
        var kind: Int64
        var hash: Int64
    }

    /// Entries of a block; two blocks are in memory.
    private let block: Int
    /// Entries that move with a commit at least; always twice as many as it appends, so that a block has gone before the
    /// next is full.
    private let movedPerCommit: Int

    private var recent: [Slot: Entry] = [:]
    private var frozen: [Slot: Entry] = [:]
    /// The keys of `frozen` in the order of the tree, and how many have been moved.
    private var order: [Slot] = []
    private var moved = 0
    /// Log rows up to this one belong to `frozen`; those up to `trimmed` have been deleted.
    private var frozenLog: Int64 = 0
    private var trimmed: Int64 = 0
    private var lastLog: Int64 = 0
    private var isTableEmpty: Bool
    /// What the transaction under way did, to be taken back if it fails.
    private var added: [(slot: Slot, before: Entry?)] = []
    private var movedBefore = 0
    private var trimmedBefore: Int64 = 0
    private var lastLogBefore: Int64 = 0

    private let find: Statement
    private let append: Statement
    private let move: Statement
    private let trim: Statement
    private let sweepNext: Statement
    private let sweepOne: Statement
    /// Where the sweep for entries that lead nowhere goes on.
    private var swept = Slot(kind: 0, hash: .min)

    init(_ connection: Connection, block: Int = 32_768, movedPerCommit: Int = 512) throws(SQLiteError) {
        (self.block, self.movedPerCommit) = (block, movedPerCommit)
        find = try connection.prepare("SELECT webhook, body_hash FROM keys WHERE kind = ? AND hash = ?")
        append = try connection.prepare("INSERT INTO key_log VALUES (?, ?, ?, ?, ?)")
        move = try connection.prepare("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)")
        trim = try connection.prepare("DELETE FROM key_log WHERE n <= ?")
        sweepNext = try connection.prepare(
            """
            SELECT kind, hash, webhook < ?3 AND NOT EXISTS (SELECT 1 FROM webhooks WHERE seq = keys.webhook) FROM keys
            WHERE (kind, hash) > (?1, ?2) ORDER BY kind, hash LIMIT ?4
            """)
        sweepOne = try connection.prepare("DELETE FROM keys WHERE kind = ? AND hash = ?")
        isTableEmpty = try connection.integer("SELECT 1 FROM keys LIMIT 1") == nil
        let rows = try connection.prepare("SELECT n, kind, hash, webhook, body_hash FROM key_log ORDER BY n")
        while try rows.step() {
            if recent.isEmpty { trimmed = rows.integer(0) - 1 }
            lastLog = rows.integer(0)
            recent[Slot(kind: rows.integer(1), hash: rows.integer(2))] = Entry(
                webhook: rows.integer(3), bodyHash: UInt64(bitPattern: rows.integer(4)))
        }
    }

    func find(_ kind: Kind, _ hash: UInt64) throws(SQLiteError) -> Entry? {
        let slot = Slot(kind: kind.rawValue, hash: Int64(bitPattern: hash))
        if let entry = recent[slot] ?? frozen[slot] { return entry }
        if isTableEmpty { return nil }
        defer { find.reset() }
        try find.bind(1, slot.kind)
        try find.bind(2, slot.hash)
        guard try find.step() else { return nil }
        return Entry(webhook: find.integer(0), bodyHash: UInt64(bitPattern: find.integer(1)))
    }

    func put(_ kind: Kind, _ hash: UInt64, _ entry: Entry) throws(SQLiteError) {
        let slot = Slot(kind: kind.rawValue, hash: Int64(bitPattern: hash))
        try append.bind(1, lastLog + 1)
        try append.bind(2, slot.kind)
        try append.bind(3, slot.hash)
        try append.bind(4, entry.webhook)
        try append.bind(5, Int64(bitPattern: entry.bodyHash))
        try append.run()
        lastLog += 1
        added.append((slot, recent.updateValue(entry, forKey: slot)))
    }

    var countInMemory: Int { recent.count + frozen.count }

    func begin() {
        added.removeAll(keepingCapacity: true)
        movedBefore = moved
        trimmedBefore = trimmed
        lastLogBefore = lastLog
    }

    /// Moves part of a full block into the table, then deletes its part of the log, inside the transaction that is about
    /// to commit. The log goes from its beginning, so that what is left of it never hides a newer entry of the table.
    func advance() throws(SQLiteError) {
        guard !order.isEmpty else { return }
        let step = max(movedPerCommit, 2 * added.count)
        if moved == order.count {
            trimmed = min(frozenLog, trimmed + Int64(step) * 4)
            try trim.bind(1, trimmed)
            return try trim.run()
        }
        let end = min(order.count, moved + step)
        for slot in order[moved..<end] {
            guard let entry = frozen[slot] else { continue }
            try move.bind(1, slot.kind)
            try move.bind(2, slot.hash)
            try move.bind(3, entry.webhook)
            try move.bind(4, Int64(bitPattern: entry.bodyHash))
            try move.run()
        }
        moved = end
    }

    func committed() {
        if moved > 0 { isTableEmpty = false }
        if !order.isEmpty, moved == order.count, trimmed >= frozenLog {
            frozen = [:]
            order = []
            moved = 0
        }
        if recent.count >= block, order.isEmpty {
            frozen = recent
            order = recent.keys.sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
            frozenLog = lastLog
            recent = Dictionary(minimumCapacity: block)
        }
    }

    /// Looks at the next `limit` entries of the table and deletes those that lead to webhooks before `before` which are
    /// no longer there. True when there are more to look at.
    func sweep(before: SequenceNumber, limit: Int) throws(SQLiteError) -> Bool {
        var (looked, gone, at) = (0, [Slot](), swept)
        defer { sweepNext.reset() }
        try sweepNext.bind(1, swept.kind)
        try sweepNext.bind(2, swept.hash)
        try sweepNext.bind(3, before)
        try sweepNext.bind(4, limit)
        while try sweepNext.step() {
            looked += 1
            at = Slot(kind: sweepNext.integer(0), hash: sweepNext.integer(1))
            if sweepNext.integer(2) != 0 { gone.append(at) }
        }
        sweepNext.reset()
        for slot in gone {
            try sweepOne.bind(1, slot.kind)
            try sweepOne.bind(2, slot.hash)
            try sweepOne.run()
        }
        let more = looked == limit
        swept = more ? at : Slot(kind: 0, hash: .min)
        return more
    }

    /// Where a key leads, for a reader that has no index in memory.
    static func find(_ kind: Kind, _ hash: UInt64, in connection: Connection) throws(SQLiteError) -> SequenceNumber? {
        let hash = Int64(bitPattern: hash)
        let recent =
            "SELECT webhook FROM key_log WHERE kind = \(kind.rawValue) AND hash = \(hash) ORDER BY n DESC LIMIT 1"
        if let found = try connection.integer(recent) { return found }
        return try connection.integer("SELECT webhook FROM keys WHERE kind = \(kind.rawValue) AND hash = \(hash)")
    }

    func rolledBack() {
        for (slot, before) in added.reversed() { recent[slot] = before }
        added.removeAll(keepingCapacity: true)
        moved = movedBefore
        trimmed = trimmedBefore
        lastLog = lastLogBefore
    }
}

/// A stable 64-bit hash, eight bytes at a time. `seed` is the database's own and goes into every step, so that nobody
/// outside can aim.
package func stableHash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
    let span = bytes.span
    let factor = fold(seed ^ 0x9E37_79B9_7F4A_7C15, 0xE703_7ED1_A0B4_28DB) | 1
    var hash = fold(factor, 0xCBF2_9CE4_8422_2325) ^ UInt64(truncatingIfNeeded: span.count)
    var at = 0
    // The word is added turned, so that a product of nothing does not forget what was before.
    func mix(_ word: UInt64) { hash = fold(hash ^ word, factor) ^ (word << 32 | word >> 32) }
    while at + 8 <= span.count {
        var word: UInt64 = 0
        for offset in 0..<8 { word |= UInt64(span[at + offset]) << UInt64(8 * offset) }
        mix(word)
        at += 8
    }
    var rest: UInt64 = 0
    while at < span.count {
        rest = rest << 8 | UInt64(span[at])
        at += 1
    }
    mix(rest)
    return fold(hash ^ hash >> 33, 0xFF51_AFD7_ED55_8CCD)
}

package func stableHash(_ text: String, seed: UInt64 = 0) -> UInt64 { stableHash(Array(text.utf8), seed: seed) }
