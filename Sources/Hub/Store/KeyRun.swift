import HubModel

/// A sorted run of the key index: entries of a stretch of time, in the order of their places, in equal shares of all
/// places that are called parts.
///
/// A run is written part by part, each in one commit, and while it replaces older runs it takes their place part by part:
/// what is written of it stands before them.
final class KeyRun {
    /// Where the entries of a part are: the slots of its pages, and the first place in each.
    struct Part {
        var count: Int
        var filter: Int64
        var firsts: [UInt64]
        var slots: [Int64]

        /// As words: count, filter, then first place and slot of each page.
        var words: [UInt64] {
            var words = [UInt64(count), UInt64(bitPattern: filter)]
            for (first, slot) in zip(firsts, slots) {
                words.append(first)
                words.append(UInt64(bitPattern: slot))
            }
            return words
        }

        init(count: Int, filter: Int64, firsts: [UInt64], slots: [Int64]) {
            (self.count, self.filter, self.firsts, self.slots) = (count, filter, firsts, slots)
        }

        init?(words: [UInt64]) {
            guard words.count >= 2, words.count % 2 == 0 else { return nil }
            self.init(
                count: Int(truncatingIfNeeded: words[0]), filter: Int64(bitPattern: words[1]),
                firsts: stride(from: 2, to: words.count, by: 2).map { words[$0] },
                slots: stride(from: 3, to: words.count, by: 2).map { Int64(bitPattern: words[$0]) })
        }

        /// The number of the page that would hold the place; nil when it lies before the first.
        func page(of place: UInt64) -> Int? {
            var (low, high) = (0, firsts.count)
            while low < high {
                let middle = (low + high) / 2
                if firsts[middle] <= place { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? low - 1 : nil
        }
    }

    /// Runs are numbered in the order in which they were begun.
    let number: Int64
    /// Greater for newer entries. A run that replaces others is as old as the newest of them.
    let age: Int64
    /// The age of the oldest run that this one replaces; greater than `age` when it replaces none.
    let since: Int64
    /// How often its entries were merged; they are about `block * fanout ^ level`.
    let level: Int
    /// Entries that led to webhooks before this one were looked at when the run was written.
    let edge: SequenceNumber
    /// Rows of the log up to this one are in this run or in older ones.
    let log: Int64

    /// Parts that are written, from the first.
    var built: Int
    var entries: Int
    /// The oldest and the newest webhook that entries lead to.
    var oldest: SequenceNumber
    var newest: SequenceNumber
    /// Nil where a part is not written, is empty or has been replaced.
    var parts: [Part?]
    var filter: KeyFilter
    /// Parts before this one have been replaced by the run that is being made of it and others.
    var replaced = 0
    /// The level of the runs that this one is being made of.
    var inputLevel = 0
    /// A newer run is being made of this one and others.
    var isInput = false

    init(
        number: Int64, age: Int64, since: Int64, level: Int, edge: SequenceNumber, log: Int64, parts: Int,
        blocksPerPart: Int,
        built: Int = 0, entries: Int = 0, oldest: SequenceNumber = .max, newest: SequenceNumber = 0
    ) {
        (self.number, self.age, self.since, self.level) = (number, age, since, level)
        (self.edge, self.log) = (edge, log)
        (self.built, self.entries, self.oldest, self.newest) = (built, entries, oldest, newest)
        self.parts = Array(repeating: nil, count: parts)
        filter = KeyFilter(blocks: parts * blocksPerPart)
    }

    var isWhole: Bool { built >= parts.count }

    /// It was made of a block in memory and replaces no runs.
    var isOfMemory: Bool { since > age }

    /// It is the only run's successor: what leads nowhere is left out.
    var isRewriting: Bool { since == age }

    var blocksPerPart: Int { filter.blocks.count / parts.count }

    func blocks(of part: Int) -> Range<Int> { part * blocksPerPart..<(part + 1) * blocksPerPart }

    /// Readers look into newer runs first, and into a run that is being made before those that it replaces.
    func isBefore(_ other: KeyRun) -> Bool { (age, number) > (other.age, other.number) }

    /// Whether this run is being, or was, made of the other and its neighbours.
    func replaces(_ other: KeyRun) -> Bool { other.number < number && since <= other.age && other.age <= age }

    /// Holds so little that its filter and pages are wasted.
    func isSparse(_ shape: KeyShape) -> Bool { shape.parts(of: entries * 4, level: level) < parts.count }

    /// The row's key of a part.
    static func partID(_ run: Int64, _ part: Int) -> Int64 { run << 24 | Int64(part) }
}
