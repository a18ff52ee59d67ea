/// A network in CIDR notation, or a single address: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.
public struct IPNetwork: ConfigValue, Hashable {
    /// 4 or 16 bytes; the bits after the prefix are zero.
    public let address: [UInt8]
    public let prefix: Int

    /// Nil unless `text` is an address in strict spelling (four decimal numbers, or RFC 4291), with a prefix or without.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Self.address(String(parts[0])) else { return nil }
        var prefix = address.count * 8
        if parts.count == 2 {
            guard let given = Self.decimal(parts[1], upTo: prefix) else { return nil }
            prefix = given
        }
        self.prefix = prefix
        self.address = address.enumerated().map { index, byte in
            let kept = min(max(prefix - index * 8, 0), 8)
            return byte & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
        }
    }

    /// Whether an address of 4 or 16 bytes lies in it. IPv4 is never in an IPv6 network, nor the other way round.
    public func contains(_ other: [UInt8]) -> Bool {
        guard other.count == address.count else { return false }
        return other.indices.allSatisfy { index in
            let kept = min(max(prefix - index * 8, 0), 8)
            return other[index] & ~UInt8(truncatingIfNeeded: 0xFF >> kept) == address[index]
        }
    }

    /// The bytes of an address in strict spelling; nil for shortened, octal or hexadecimal IPv4.
    public static func address(_ text: String) -> [UInt8]? {
        text.contains(":") ? sixteen(text) : four(text[...])
    }

    private static func four(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { decimal($0, upTo: 255).map(UInt8.init) }
        return bytes.count == 4 ? bytes : nil
    }

    private static func decimal(_ text: Substring, upTo limit: Int) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text == "0" || !text.hasPrefix("0"), let value = Int(text), value <= limit
        else { return nil }
        return value
    }

    private static func sixteen(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            return groups(text[...]).flatMap { $0.count == 16 ? $0 : nil }
        }
        let (before, behind) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard let head = before.isEmpty ? [] : groups(before, last: false),
            let tail = behind.isEmpty ? [] : groups(behind), head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring, last: Bool = true) -> [UInt8]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var out: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if last, index == parts.count - 1, part.contains(".") {
                guard let bytes = four(part) else { return nil }
                out += bytes
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
                    let value = UInt16(part, radix: 16)
                else { return nil }
                out += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
        }
        return out.count <= 16 ? out : nil
    }

    public static var typeInWords: String { "network such as 10.0.0.0/8" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> IPNetwork? {
        guard let scalar = node.scalar, scalar.value != .null else { return refuse(node, &problems) }
        return IPNetwork(scalar.text)
            ?? refuse(
                node, &problems, wanted: "an IP address or a network in CIDR notation",
                help: "Write it like 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32.")
    }

    public var configText: String {
        let words = Self.text(address)
        return prefix == address.count * 8 ? words : "\(words)/\(prefix)"
    }

    /// The canonical text of RFC 5952 for 16 bytes, decimal numbers for 4.
    private static func text(_ address: [UInt8]) -> String {
        guard address.count == 16 else { return address.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(address[$0]) << 8 | UInt16(address[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            let zeros = groups[start...].prefix { $0 == 0 }.count
            if zeros > max(best.count, 1) { best = start..<start + zeros }
            start += max(zeros, 1)
        }
        func hex(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty
            ? hex(groups[...]) : "\(hex(groups[..<best.lowerBound]))::\(hex(groups[best.upperBound...]))"
    }
}
