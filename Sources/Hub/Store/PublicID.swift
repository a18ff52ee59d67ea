/// A public id: `evt_`, `dlv_` or `whk_` and the 32 hex digits of a UUIDv7 (RFC 9562 §5.7).
///
/// 48 bits of time and 20 of counter are the sequence; the other 54 are the database's own random number, so that ids of
/// two hubs do not meet.
package struct PublicID: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case webhook = "whk_"
        case event = "evt_"
        case delivery = "dlv_"
    }

    /// 54 random bits of this database.
    let nonce: UInt64

    init(nonce: UInt64) { self.nonce = nonce & (1 << 54 - 1) }

    package func text(_ kind: Kind, _ sequence: SequenceNumber) -> String {
        let number = UInt64(bitPattern: sequence)
        let high = (number >> 20) << 16 | 0x7000 | (number >> 8 & 0xFFF)
        let low = 0x8000_0000_0000_0000 | (number & 0xFF) << 54 | nonce
        var text: [UInt8] = []
        text.reserveCapacity(36)
        text.append(contentsOf: kind.rawValue.utf8)
        Self.append(high, to: &text)
        Self.append(low, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ word: UInt64, to text: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            let digit = UInt8(word >> shift & 15)
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }

    /// The sequence number in an id of that kind; nil when it is not one of this database.
    package func sequence(_ kind: Kind, of id: String) -> SequenceNumber? {
        Self.sequence(kind, in: id).flatMap { text(kind, $0) == id ? $0 : nil }
    }

    /// The sequence number in an id of that kind, of whatever database; nil when it is not one.
    package static func sequence(_ kind: Kind, in id: String) -> SequenceNumber? {
        guard id.hasPrefix(kind.rawValue) else { return nil }
        let digits = id.dropFirst(kind.rawValue.count)
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16), high >> 12 & 0xF == 7, low >> 62 == 2
        else { return nil }
        let number = (high >> 16) << 20 | (high & 0xFFF) << 8 | (low >> 54 & 0xFF)
        return SequenceNumber(bitPattern: number)
    }
}
