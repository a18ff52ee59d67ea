/// Where the nth character of a text begins: libyaml counts in characters, everyone else in bytes.
///
/// Every 64th is noted; those between are found by walking. A text of ASCII alone needs no notes.
struct CharacterOffsets {
    /// Bytes before the first character that is counted.
    let skipped: Int
    private let bytes: [UInt8]
    private let notes: [Int]

    init(_ bytes: [UInt8], from skipped: Int) {
        self.bytes = bytes
        self.skipped = skipped
        var notes: [Int] = []
        if bytes.contains(where: { $0 >= 0x80 }) {
            var count = 0
            for offset in skipped..<bytes.count where bytes[offset] & 0xC0 != 0x80 {
                if count % 64 == 0 { notes.append(offset) }
                count += 1
            }
        }
        self.notes = notes
    }

    subscript(index: Int) -> Int {
        guard !notes.isEmpty else { return min(skipped + index, bytes.count) }
        guard index / 64 < notes.count else { return bytes.count }
        var offset = notes[index / 64]
        var left = index % 64
        while left > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }
}
