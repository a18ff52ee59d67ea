/// Says of most places that are not in a run that they are not, from memory: a Bloom filter in blocks of a cache line.
///
/// A place sets one bit in each word of one block. Blocks are in the order of places, so that a run which is written in
/// that order completes its filter block by block.
struct KeyFilter {
    typealias Block = SIMD8<UInt64>

    private(set) var blocks: [Block]

    init(blocks count: Int) { blocks = Array(repeating: .zero, count: count) }

    /// The bits of a place, the same in every filter.
    static func bits(_ place: UInt64) -> Block {
        let mixed = (place &* 0x9E37_79B9_7F4A_7C15) >> 16
        return Block(
            1 << (mixed & 63), 1 << (mixed >> 6 & 63), 1 << (mixed >> 12 & 63), 1 << (mixed >> 18 & 63),
            1 << (mixed >> 24 & 63), 1 << (mixed >> 30 & 63), 1 << (mixed >> 36 & 63), 1 << (mixed >> 42 & 63))
    }

    /// False for certain, true with a small chance of error. Half of the bits decide almost always, and what is decided
    /// early is foreseen by the processor: the reads of several filters overlap.
    @inline(__always)
    func mayHold(_ place: UInt64, bits: Block) -> Bool {
        let block = blocks[share(of: place, in: blocks.count)]
        let first = bits[0] & ~block[0] | bits[1] & ~block[1] | bits[2] & ~block[2] | bits[3] & ~block[3]
        if first != 0 { return false }
        return bits[4] & ~block[4] | bits[5] & ~block[5] | bits[6] & ~block[6] | bits[7] & ~block[7] == 0
    }

    mutating func insert(_ places: [UInt64]) {
        for place in places { blocks[share(of: place, in: blocks.count)] |= Self.bits(place) }
    }

    /// The blocks of `range` as words, one after the other.
    func words(_ range: Range<Int>) -> [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(range.count * 8)
        for at in range {
            let block = blocks[at]
            for lane in 0..<8 { words.append(block[lane]) }
        }
        return words
    }

    mutating func set(_ range: Range<Int>, from words: [UInt64]) {
        for (number, at) in range.enumerated() where number * 8 + 8 <= words.count {
            let from = number * 8
            blocks[at] = Block(
                words[from], words[from + 1], words[from + 2], words[from + 3], words[from + 4], words[from + 5],
                words[from + 6], words[from + 7])
        }
    }

    mutating func clear(_ range: Range<Int>) { for at in range { blocks[at] = .zero } }
}

/// In which of `count` equal shares of all places this one lies.
func share(of place: UInt64, in count: Int) -> Int {
    Int(truncatingIfNeeded: place.multipliedFullWidth(by: UInt64(count)).high)
}

/// The first and the last place of that share.
func places(of share: Int, in count: Int) -> (first: UInt64, last: UInt64) {
    func first(_ share: Int) -> UInt64 {
        let (quotient, rest) = UInt64(count).dividingFullWidth((high: UInt64(share), low: 0))
        return quotient + (rest > 0 ? 1 : 0)
    }
    return (first(share), share + 1 == count ? .max : first(share + 1) - 1)
}
