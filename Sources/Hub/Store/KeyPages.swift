import HubModel
import SQLite

/// The pages of runs: slots of one size that are written again once they are free, so that the tree above them rests.
///
/// What a transaction takes or frees is settled by `committed` or taken back by `rolledBack`.
final class KeyPages {
    /// A page's words are its entries' places, then their webhooks, then their body hashes, and zeros after the last.
    let entriesPerPage: Int
    private var free: [Int64] = []
    private var last: Int64
    private var taken: [Int64] = []
    private var freed: [Int64] = []
    /// Pages read and written, for tests that count.
    private(set) var reads = 0
    private(set) var writes = 0

    private let readPage: Statement
    private let writePage: Statement

    init(_ connection: Connection, entriesPerPage: Int, used: Set<Int64>) throws(SQLiteError) {
        self.entriesPerPage = entriesPerPage
        readPage = try connection.prepare("SELECT words FROM key_pages WHERE slot = ?")
        writePage = try connection.prepare("INSERT OR REPLACE INTO key_pages VALUES (?, ?)")
        last = try connection.integer("SELECT max(slot) FROM key_pages") ?? 0
        if used.count < Int(last) {
            for slot in stride(from: last, to: 0, by: -1) where !used.contains(slot) { free.append(slot) }
        }
    }

    func read(_ slot: Int64) throws(SQLiteError) -> [UInt64] {
        reads += 1
        defer { readPage.reset() }
        try readPage.bind(1, slot)
        return try readPage.step() ? readPage.words(0) : []
    }

    /// Writes some entries to a free slot.
    func write(_ columns: KeyColumns, _ range: Range<Int>) throws(SQLiteError) -> Int64 {
        let rest = repeatElement(0 as UInt64, count: entriesPerPage - range.count)
        var words: [UInt64] = []
        words.reserveCapacity(entriesPerPage * 3)
        for column in [columns.places, columns.webhooks, columns.bodyHashes] {
            words.append(contentsOf: column[range])
            words.append(contentsOf: rest)
        }
        return try write(words)
    }

    /// Writes words to a free slot. They are filled up to the size of a page.
    func write(_ words: [UInt64]) throws(SQLiteError) -> Int64 {
        writes += 1
        var words = words
        let size = entriesPerPage * 3
        if words.count < size { words.append(contentsOf: repeatElement(0, count: size - words.count)) }
        let slot: Int64
        if let reused = free.popLast() {
            slot = reused
        } else {
            last += 1
            slot = last
        }
        taken.append(slot)
        try writePage.bind(1, slot)
        try writePage.bind(2, words: words)
        try writePage.run()
        return slot
    }

    /// Free once the transaction under way has been committed.
    func release(_ part: KeyRun.Part) {
        freed.append(part.filter)
        freed.append(contentsOf: part.slots)
    }

    func committed() {
        free.append(contentsOf: freed.reversed())
        taken.removeAll(keepingCapacity: true)
        freed.removeAll(keepingCapacity: true)
    }

    func rolledBack() {
        free.append(contentsOf: taken.reversed())
        taken.removeAll(keepingCapacity: true)
        freed.removeAll(keepingCapacity: true)
    }

    /// Looks for a place in words laid out like a page, in order.
    static func search(_ words: [UInt64], for place: UInt64) -> KeyEntry? {
        let stride = words.count / 3
        var (low, high) = (0, stride)
        while low < high {
            let middle = (low + high) / 2
            // Zeros come after the last.
            if words[middle] != 0, words[middle] < place { low = middle + 1 } else { high = middle }
        }
        guard low < stride, words[low] == place else { return nil }
        return KeyEntry(
            place: place, webhook: Int64(bitPattern: words[stride + low]), bodyHash: words[2 * stride + low])
    }
}
