/// Text forms of bytes (RFC 4648). Decoding is strict: nothing but the alphabet and, where it has one, the padding.
package enum Codec: String, Sendable, CaseIterable {
    case hex, base64, base64url

    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        switch self {
        case .hex:
            return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
                for (at, byte) in bytes.enumerated() {
                    text[at * 2] = Self.hexDigits[Int(byte >> 4)]
                    text[at * 2 + 1] = Self.hexDigits[Int(byte & 15)]
                }
                return bytes.count * 2
            }
        case .base64, .base64url:
            let alphabet = self == .base64 ? Self.standard : Self.url
            out.reserveCapacity((bytes.count + 2) / 3 * 4)
            var at = 0
            while at < bytes.count {
                let left = bytes.count - at
                let group =
                    UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                    | (left > 2 ? UInt32(bytes[at + 2]) : 0)
                out.append(alphabet[Int(group >> 18)])
                out.append(alphabet[Int(group >> 12 & 63)])
                if left > 1 {
                    out.append(alphabet[Int(group >> 6 & 63)])
                } else if self == .base64 {
                    out.append(UInt8(ascii: "="))
                }
                if left > 2 {
                    out.append(alphabet[Int(group & 63)])
                } else if self == .base64 {
                    out.append(UInt8(ascii: "="))
                }
                at += 3
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil when the text is not of this form. Hex may be of either case; base64 must be padded, base64url must not.
    package func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)) }

    package func decode(_ text: Substring) -> [UInt8]? { decode(Array(text.utf8)) }

    private func decode(_ text: [UInt8]) -> [UInt8]? {
        var units = text
        switch self {
        case .hex:
            guard units.count % 2 == 0 else { return nil }
            var out: [UInt8] = []
            out.reserveCapacity(units.count / 2)
            for at in stride(from: 0, to: units.count, by: 2) {
                guard let high = Self.nibble(units[at]), let low = Self.nibble(units[at + 1]) else { return nil }
                out.append(high << 4 | low)
            }
            return out
        case .base64, .base64url:
            if self == .base64 {
                guard units.count % 4 == 0 else { return nil }
                var padding = 0
                while padding < 2, units.last == UInt8(ascii: "=") {
                    units.removeLast()
                    padding += 1
                }
            }
            guard units.count % 4 != 1 else { return nil }
            var out: [UInt8] = []
            out.reserveCapacity(units.count * 3 / 4)
            var group: UInt32 = 0
            var bits = 0
            for unit in units {
                guard let value = sextet(unit) else { return nil }
                group = group << 6 | value
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                }
            }
            // Bits left over must be zero, or two texts would decode to the same bytes.
            guard group & (1 << UInt32(bits) - 1) == 0 else { return nil }
            return out
        }
    }

    private static func nibble(_ unit: UInt8) -> UInt8? {
        switch unit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): unit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): unit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): unit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private func sextet(_ unit: UInt8) -> UInt32? {
        switch unit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(unit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(unit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(unit - UInt8(ascii: "0")) + 52
        case (self == .base64 ? UInt8(ascii: "+") : UInt8(ascii: "-")): 62
        case (self == .base64 ? UInt8(ascii: "/") : UInt8(ascii: "_")): 63
        default: nil
        }
    }
}
