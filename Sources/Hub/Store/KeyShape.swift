/// The sizes of the key index. A database may be opened with others than it was written with, but for the entries of a
/// page.
struct KeyShape: Sendable {
    /// Entries of a block; two blocks are in memory.
    var block = 32_768
    /// So many runs of a level are merged to one of the next.
    var fanout = 4
    /// Runs of this level are not merged any more unless they have become small, so that old ones can go as a whole.
    var topLevel = 4
    /// 24 bytes each: a row that just fits a page of 8192 bytes.
    var entriesPerPage = 339
    /// 64 bytes each: the filter of a part is a page.
    var blocksPerPart = 127
    /// Bits of filter for an entry, by level. The newer runs are many and small: theirs cost little and save most.
    var bits = [16, 16, 16, 12, 10]
    /// Entries that are moved for each that is put. Each is moved `topLevel + 1` times in its life.
    var pace = 8

    /// Rows of the log that are deleted together.
    var trimmedRows: Int64 = 32

    /// The parts of a run of so many entries.
    func parts(of entries: Int, level: Int) -> Int {
        let perPart = max(1, blocksPerPart * 512 / bits[min(level, bits.count - 1)])
        return min(1 << 24 - 1, max(1, (entries + perPart - 1) / perPart))
    }

    /// Entries of the largest run.
    var largest: Int { (0..<topLevel).reduce(block) { size, _ in size * fanout } }
}
