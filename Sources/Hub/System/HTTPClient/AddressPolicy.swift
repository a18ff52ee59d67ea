import Foundation

/// An IP address. It is held in two words, so that judging one costs no memory.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The first and the last eight bytes; IPv4 stands in the last four.
    fileprivate let high: UInt64
    fileprivate let low: UInt64
    fileprivate let isIPv4: Bool

    /// An IPv4 address, such as 0x7F000001.
    init(_ number: UInt32) { (high, low, isIPv4) = (0, UInt64(number), true) }

    /// An IPv6 address. An IPv4 address inside IPv6 (`::ffff:a.b.c.d`) is that IPv4 address.
    init(high: UInt64, low: UInt64) {
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        (self.high, self.low, isIPv4) = (high, isMapped ? low & 0xFFFF_FFFF : low, isMapped)
    }

    /// Nil unless there are 4 or 16 bytes.
    package init?(bytes: [UInt8]) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self.init(UInt32(number(bytes[...])))
        case 16: self.init(high: number(bytes[..<8]), low: number(bytes[8...]))
        default: return nil
        }
    }

    /// The address that a URL's host is, in any spelling that a resolver takes for one: `127.1`, `0x7f000001`, `[::1]`.
    /// Nil for a name.
    package init?(host: String) {
        if host.hasPrefix("[") {
            var six = in6_addr()
            guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &six) == 1 else { return nil }
            self.init(six)
        } else {
            // Who asks for names wants none that ends in a dot.
            var four = in_addr()
            guard inet_aton(host.hasSuffix(".") ? String(host.dropLast()) : host, &four) != 0 else { return nil }
            self.init(four)
        }
    }

    package var bytes: [UInt8] {
        func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
        }
        return isIPv4 ? bytes(low, 4) : bytes(high, 8) + bytes(low, 8)
    }

    package var description: String {
        let bytes = bytes
        if isIPv4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// The IPv4 address that an IPv6 address leads to: NAT64 (RFC 6052), 6to4 (RFC 3056), ISATAP (RFC 5214).
    fileprivate var embedded: IPAddress? {
        guard !isIPv4 else { return nil }
        if isNAT64 { return IPAddress(UInt32(truncatingIfNeeded: low)) }
        if high >> 48 == 0x2002 { return IPAddress(UInt32(truncatingIfNeeded: high >> 16)) }
        // ISATAP: an interface identifier that holds an IPv4 address.
        return low >> 32 & 0xFDFF_FFFF == 0x5EFE ? IPAddress(UInt32(truncatingIfNeeded: low)) : nil
    }

    fileprivate var isNAT64: Bool { !isIPv4 && high == 0x0064_FF9B_0000_0000 && low >> 32 == 0 }
}

/// A range of addresses, such as 10.0.0.0/8.
package struct IPRange: Sendable, Hashable {
    /// Nil when the prefix is no address: such a range holds nothing.
    private let prefix: IPAddress?
    /// Leading bits that must agree.
    package let length: Int
    private let highMask: UInt64
    private let lowMask: UInt64

    /// A length beyond the address names that one address.
    package init(prefix: [UInt8], length: Int) {
        self.length = min(max(0, length), prefix.count * 8)
        let address = prefix.count == 16 ? IPAddress(bytes: prefix, isWhole: true) : IPAddress(bytes: prefix)
        self.prefix = address
        // An IPv4 address stands behind 96 bits that are zero for all of them.
        let bits = address?.isIPv4 == true ? self.length + 96 : self.length
        highMask = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        lowMask = bits <= 64 ? 0 : ~(bits == 128 ? 0 : UInt64.max >> UInt64(bits - 64))
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard let prefix, prefix.isIPv4 == address.isIPv4 else { return false }
        return (address.high ^ prefix.high) & highMask == 0 && (address.low ^ prefix.low) & lowMask == 0
    }

    /// Whether it is `address` and nothing else.
    fileprivate func isOnly(_ address: IPAddress) -> Bool {
        contains(address) && length == (address.isIPv4 ? 32 : 128)
    }
}

extension IPAddress {
    /// Sixteen bytes as they are: a range of IPv6 never holds an IPv4 address, also not `::ffff:0:0/96`.
    fileprivate init?(bytes: [UInt8], isWhole: Bool) {
        guard bytes.count == 16 else { return nil }
        (high, low, isIPv4) = (
            bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }, false
        )
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
        let target = address.embedded ?? address
        if Self.metadata.contains(target) {
            let isNamed = allowed.contains { $0.isOnly(target) }
            return isNamed ? nil : "a cloud's metadata service, which only its own address in the list opens"
        }
        if allowed.contains(where: { $0.contains(address) }) { return nil }
        if let inner = address.embedded {
            let kind = refusal(of: inner)
            // A NAT64 address is as good as what is in it; the others must be good by themselves as well.
            if kind != nil || address.isNAT64 { return kind }
        }
        if let kind = Self.special.first(where: { $0.range.contains(address) })?.kind { return kind }
        // Global addresses are given out of 2000::/3 alone (RFC 4291 §2.4 and the registry of IANA).
        return !address.isIPv4 && address.high >> 61 != 1 ? "not a global address" : nil
    }

    /// Where clouds hand out credentials to whoever asks from inside: a range that is opened for something else does
    /// not open these.
    private static let metadata: [IPAddress] = [
        // 169.254.169.254 of nearly everybody, as an IPv6 address of link-local scope too (OpenStack).
        IPAddress(0xA9FE_A9FE), IPAddress(high: 0xFE80_0000_0000_0000, low: 0xA9FE_A9FE),
        // Amazon: tasks (169.254.170.2), pods (169.254.170.23 and fd00:ec2::23), instances (fd00:ec2::254).
        IPAddress(0xA9FE_AA02), IPAddress(0xA9FE_AA17), IPAddress(high: 0xFD00_0EC2_0000_0000, low: 0x0023),
        IPAddress(high: 0xFD00_0EC2_0000_0000, low: 0x0254),
        // Google (fd20:ce::254), Azure's wire server (168.63.129.16, a public address), Oracle (192.0.0.192).
        IPAddress(high: 0xFD20_00CE_0000_0000, low: 0x0254), IPAddress(0xA83F_8110), IPAddress(0xC000_00C0),
        // Alibaba (100.100.100.200), Tencent (169.254.0.23), Scaleway (169.254.42.42, fd00:42::42).
        IPAddress(0x6464_64C8), IPAddress(0xA9FE_0017), IPAddress(0xA9FE_2A2A),
        IPAddress(high: 0xFD00_0042_0000_0000, low: 0x0042),
    ]

    /// Whether it is one of those, or leads to one.
    package static func isMetadata(_ address: IPAddress) -> Bool { metadata.contains(address.embedded ?? address) }

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

extension IPAddress {
    init(_ address: in_addr) { self.init(UInt32(bigEndian: address.s_addr)) }

    init(_ address: in6_addr) {
        let (high, low) = withUnsafeBytes(of: address) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }
}
