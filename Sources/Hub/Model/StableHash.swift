/// A stable 64-bit hash, eight bytes at a time. `seed` is the database's own and goes into every step, so that nobody
/// outside can aim.
package func stableHash(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
    func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
    let factor = fold(seed ^ 0x9E37_79B9_7F4A_7C15, 0xE703_7ED1_A0B4_28DB) | 1
    var hash = fold(factor, 0xCBF2_9CE4_8422_2325) ^ UInt64(truncatingIfNeeded: bytes.count)
    var at = 0
    // The word is added turned, so that a product of nothing does not forget what was before.
    func mix(_ word: UInt64) { hash = fold(hash ^ word, factor) ^ (word << 32 | word >> 32) }
    while at + 8 <= bytes.count {
        var word: UInt64 = 0
        for offset in 0..<8 { word |= UInt64(bytes[at + offset]) << UInt64(8 * offset) }
        mix(word)
        at += 8
    }
    var rest: UInt64 = 0
    while at < bytes.count {
        rest = rest << 8 | UInt64(bytes[at])
        at += 1
    }
    mix(rest)
    return fold(hash ^ hash >> 33, 0xFF51_AFD7_ED55_8CCD)
}

package func stableHash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 { stableHash(bytes.span, seed: seed) }

package func stableHash(_ bytes: ArraySlice<UInt8>, seed: UInt64 = 0) -> UInt64 { stableHash(bytes.span, seed: seed) }

/// The hash of the text's UTF-8.
package func stableHash(_ text: String, seed: UInt64 = 0) -> UInt64 { stableHash(text.utf8.span, seed: seed) }
