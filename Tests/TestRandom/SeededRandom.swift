/// A generator that returns the same numbers for the same seed on every machine (SplitMix64), so that a failing test can
/// be repeated.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `limit`; 0 if the limit is.
    package mutating func next(below limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

    package mutating func pick<Element>(_ items: [Element]) -> Element { items[next(below: items.count)] }

    package mutating func chance(_ one: UInt64, in many: UInt64) -> Bool { next() % many < one }
}
