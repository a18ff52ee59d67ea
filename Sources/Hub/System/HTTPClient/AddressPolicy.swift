/// An IP address as its bytes: 4 for IPv4, 16 for IPv6.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Nil unless there are 4 or 16 bytes. An IPv4 address inside IPv6 (`::ffff:a.b.c.d`) is that IPv4 address.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        if bytes.count == 16, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            self.bytes = Array(bytes[12...])
        } else {
            self.bytes = bytes
        }
    }

    package var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}

/// A range of addresses, such as 10.0.0.0/8.
package struct IPRange: Sendable, Hashable {
    package let prefix: [UInt8]
    /// Leading bits that must agree.
    package let length: Int

    /// A length beyond the address names that one address.
    package init(prefix: [UInt8], length: Int) {
        (self.prefix, self.length) = (prefix, min(max(0, length), prefix.count * 8))
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.count else { return false }
        let whole = length / 8
        guard address.bytes.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
        let rest = length % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
        return address.bytes[whole] & mask == prefix[whole] & mask
    }
}

/// Which addresses may be dialled: judged on the address itself, after name resolution, for every connection.
package enum AddressPolicy: Sendable, Hashable {
    /// Public addresses, and the ranges listed.
    case publicAnd([IPRange])
    /// Everything; for development.
    case everything

    package static let publicOnly = AddressPolicy.publicAnd([])

    /// Why `address` is refused; nil when it may be dialled.
    package func refusal(of address: IPAddress) -> String? {
        guard case .publicAnd(let allowed) = self else { return nil }
        let target = address.bytes.count == 16 ? Self.embedded(in: address.bytes) ?? address : address
        if Self.metadata.contains(target) {
            let isNamed = allowed.contains { $0.contains(target) && $0.length == target.bytes.count * 8 }
            return isNamed ? nil : "a cloud's metadata service, which only its own address in the list opens"
        }
        if allowed.contains(where: { $0.contains(address) }) { return nil }
        if address.bytes.count == 16, let inner = Self.embedded(in: address.bytes) {
            let kind = refusal(of: inner)
            // A NAT64 address is as good as what is in it; the others must be good by themselves as well.
            if kind != nil || address.bytes.starts(with: Self.nat64) { return kind }
        }
        if let kind = Self.special.first(where: { $0.range.contains(address) })?.kind { return kind }
        // Global addresses are given out of 2000::/3 alone (RFC 4291 §2.4 and the registry of IANA).
        return address.bytes.count == 16 && address.bytes[0] & 0xE0 != 0x20 ? "not a global address" : nil
    }

    /// Where clouds hand out credentials to whoever asks from inside: a range that is opened for something else does
    /// not open these.
    private static let metadata: Set<IPAddress> = Set(
        [
            [169, 254, 169, 254], [169, 254, 170, 2], [100, 100, 100, 200],
            [0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        ].compactMap { IPAddress(bytes: $0) })

    private static let nat64: [UInt8] = [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]

    /// The IPv4 address that an IPv6 address leads to: NAT64 (RFC 6052), 6to4 (RFC 3056), ISATAP (RFC 5214).
    private static func embedded(in bytes: [UInt8]) -> IPAddress? {
        if bytes.starts(with: nat64) { return IPAddress(bytes: Array(bytes[12...])) }
        if bytes.starts(with: [0x20, 0x02]) { return IPAddress(bytes: Array(bytes[2..<6])) }
        // ISATAP: an interface identifier that holds an IPv4 address.
        if bytes[8] & 0xFD == 0, bytes[9] == 0, bytes[10] == 0x5E, bytes[11] == 0xFE {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        return nil
    }

    private static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ length: Int, _ kind: String) -> (
        range: IPRange, kind: String
    ) {
        (IPRange(prefix: [a, b, c, d], length: length), kind)
    }

    private static func v6(_ head: [UInt8], _ length: Int, _ kind: String) -> (range: IPRange, kind: String) {
        (IPRange(prefix: head + Array(repeating: 0, count: 16 - head.count), length: length), kind)
    }

    /// The special-purpose registries of IANA (RFC 6890 and later), with what each range is for.
    private static let special: [(range: IPRange, kind: String)] = [
        v4(0, 0, 0, 0, 8, "this network"),
        v4(10, 0, 0, 0, 8, "private"),
        v4(100, 64, 0, 0, 10, "carrier-grade NAT"),
        v4(127, 0, 0, 0, 8, "loopback"),
        v4(169, 254, 0, 0, 16, "link-local or cloud metadata"),
        v4(172, 16, 0, 0, 12, "private"),
        v4(192, 0, 0, 0, 24, "protocol assignments"),
        v4(192, 0, 2, 0, 24, "documentation"),
        v4(192, 31, 196, 0, 24, "AS112"),
        v4(192, 52, 193, 0, 24, "AMT"),
        v4(192, 88, 99, 0, 24, "6to4 relay"),
        v4(192, 168, 0, 0, 16, "private"),
        v4(192, 175, 48, 0, 24, "AS112"),
        v4(198, 18, 0, 0, 15, "benchmarking"),
        v4(198, 51, 100, 0, 24, "documentation"),
        v4(203, 0, 113, 0, 24, "documentation"),
        v4(224, 0, 0, 0, 4, "multicast"),
        v4(240, 0, 0, 0, 4, "reserved or broadcast"),
        v6([], 128, "unspecified"),
        (IPRange(prefix: Array(repeating: 0, count: 15) + [1], length: 128), "loopback"),
        v6([0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01], 48, "local NAT64"),
        v6([0x01, 0x00], 64, "discard"),
        v6([0x20, 0x01, 0x00, 0x00], 23, "protocol assignments or Teredo"),
        v6([0x20, 0x01, 0x0D, 0xB8], 32, "documentation"),
        v6([0x3F, 0xFF, 0x00], 20, "documentation"),
        v6([0x5F, 0x00], 16, "segment routing"),
        v6([0xFC], 7, "unique local"),
        v6([0xFE, 0x80], 10, "link-local"),
        v6([0xFE, 0xC0], 10, "site-local"),
        v6([0xFF], 8, "multicast"),
    ]
}
