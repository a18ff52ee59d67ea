/// A name for a tree's content: FNV-1a over its names, values and structure, 128 bits in hexadecimal.
///
/// References count as they are written, so that the digest tells nothing about secrets from outside the file.
enum Digest {
    static func of(_ node: Node) -> String {
        var hash = FNV()
        add(node, to: &hash)
        let digits = String(hash.state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    private struct FNV {
        var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        // 2^88 + 2^8 + 0x3b, the prime of the 128-bit hash.
        private let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013b

        mutating func add(_ byte: UInt8) { state = (state ^ UInt128(byte)) &* prime }

        mutating func add(_ kind: Character, _ text: String) {
            add(kind.asciiValue ?? 0)
            withCount(text.utf8.count)
            for byte in text.utf8 { add(byte) }
        }

        mutating func withCount(_ count: Int) {
            var rest = UInt64(count)
            for _ in 0..<8 {
                add(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
    }

    private static func add(_ node: Node, to hash: inout FNV) {
        switch node.content {
        case .scalar(let scalar):
            let isText = scalar.value == .text
            hash.add(isText ? "t" : "p", scalar.source)
        case .sequence(let elements):
            hash.add(UInt8(ascii: "["))
            hash.withCount(elements.count)
            for element in elements { add(element, to: &hash) }
        case .mapping(let members):
            hash.add(UInt8(ascii: "{"))
            hash.withCount(members.count)
            for member in members {
                hash.add("k", member.name)
                add(member.value, to: &hash)
            }
        }
    }
}
