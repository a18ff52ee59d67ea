import Foundation

/// Strings that come again with every request, such as the names of headers, so that each is made once.
///
/// A string of up to fifteen bytes needs no memory of its own and is not kept. The cache has a fixed size: a peer that
/// sends many names only pushes others out.
struct StringCache {
    private static let places = 256
    private static let longest = 48
    private var kept = [String?](repeating: nil, count: places)

    mutating func string(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.count > 15, bytes.count <= Self.longest else { return String(decoding: bytes, as: UTF8.self) }
        let place = Self.place(of: bytes)
        if let known = kept[place], Self.same(known, bytes) { return known }
        let made = String(decoding: bytes, as: UTF8.self)
        kept[place] = made
        return made
    }

    private static func place(of bytes: UnsafeRawBufferPointer) -> Int {
        // The ends tell header names apart well enough, and cost the same however long a name is.
        let first = bytes.loadUnaligned(as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        let mixed = (first ^ (last << 1) ^ UInt64(bytes.count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 56)
    }

    private static func same(_ string: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        string.utf8.withContiguousStorageIfAvailable { known in
            guard known.count == bytes.count, let one = known.baseAddress, let other = bytes.baseAddress else {
                return false
            }
            return memcmp(one, other, known.count) == 0
        } ?? false
    }
}
