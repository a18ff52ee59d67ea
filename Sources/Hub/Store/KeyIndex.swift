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

    /// Entries of a block; two blocks are in memory at most.
    private let block: Int
    private let movedPerCommit: Int

    private var recent: [Slot: Entry] = [:]
    private var frozen: [Slot: Entry] = [:]
    /// The keys of `frozen` in the order of the tree, and how many have been moved.
    private var order: [Slot] = []
    private var moved = 0
    /// Log rows up to this one belong to `frozen`.
    private var frozenLog: Int64 = 0
    private var lastLog: Int64 = 0
    private var isTableEmpty: Bool
    /// What the transaction under way did, to be taken back if it fails.
    private var added: [(slot: Slot, before: Entry?)] = []
    private var movedBefore = 0
    private var lastLogBefore: Int64 = 0

    private let find: Statement
    private let append: Statement
    private let move: Statement
    private let trim: Statement

    init(_ connection: Connection, block: Int = 32_768, movedPerCommit: Int = 512) throws(SQLiteError) {
        (self.block, self.movedPerCommit) = (block, movedPerCommit)
        find = try connection.prepare("SELECT webhook, body_hash FROM keys WHERE kind = ? AND hash = ?")
        append = try connection.prepare("INSERT INTO key_log VALUES (?, ?, ?, ?, ?)")
        move = try connection.prepare("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)")
        trim = try connection.prepare("DELETE FROM key_log WHERE n <= ?")
        isTableEmpty = try connection.integer("SELECT 1 FROM keys LIMIT 1") == nil
        let rows = try connection.prepare("SELECT n, kind, hash, webhook, body_hash FROM key_log ORDER BY n")
        while try rows.step() {
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

    func begin() {
        added.removeAll(keepingCapacity: true)
        movedBefore = moved
        lastLogBefore = lastLog
    }

    /// Moves part of a full block, inside the transaction that is about to commit.
    func advance() throws(SQLiteError) {
        guard moved < order.count else { return }
        let end = min(order.count, moved + movedPerCommit)
        for slot in order[moved..<end] {
            guard let entry = frozen[slot] else { continue }
            try move.bind(1, slot.kind)
            try move.bind(2, slot.hash)
            try move.bind(3, entry.webhook)
            try move.bind(4, Int64(bitPattern: entry.bodyHash))
            try move.run()
        }
        moved = end
        if moved == order.count {
            try trim.bind(1, frozenLog)
            try trim.run()
        }
    }

    func committed() {
        if !order.isEmpty, moved == order.count {
            isTableEmpty = false
            frozen = [:]
            order = []
            moved = 0
        } else if moved > 0 {
            isTableEmpty = false
        }
        if recent.count >= block, order.isEmpty {
            frozen = recent
            order = recent.keys.sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
            frozenLog = lastLog
            recent = Dictionary(minimumCapacity: block)
        }
    }

    func rolledBack() {
        for (slot, before) in added.reversed() { recent[slot] = before }
        added.removeAll(keepingCapacity: true)
        moved = movedBefore
        lastLog = lastLogBefore
    }
}

/// A stable 64-bit hash (FNV-1a with a final mix); `seed` is the database's own, so that nobody outside can aim.
package func stableHash(_ bytes: some Sequence<UInt8>, seed: UInt64 = 0) -> UInt64 {
    var hash = 0xCBF2_9CE4_8422_2325 ^ seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= hash >> 33
    hash &*= 0xFF51_AFD7_ED55_8CCD
    hash ^= hash >> 33
    return hash
}
