/// `10s`, `5m`, `2h`, `7d`, `250ms`. A unit is asked for, so that nobody has to guess what `timeout: 10` means.
extension Duration: ConfigValue {
    public static var typeInWords: String { "duration such as 10s, 5m or 2h" }

    private static let units: [(name: String, size: Int)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// A hundred years: in nanoseconds it still fits 64 bits, so that no reckoning with it overflows.
    private static let longest = 36_500 * 86_400_000

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Duration? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        switch Quantity.parse(scalar.text, units: units) {
        case .value(let milliseconds) where milliseconds <= longest:
            return .milliseconds(milliseconds)
        case .noUnit(let digits):
            let help =
                digits == "0"
                ? "Write 0s." : "Give it a unit: \(digits)ms, \(digits)s, \(digits)m, \(digits)h or \(digits)d."
            return refuse(node, &problems, help: scalar.hasReferences ? "It lacks a unit: ms, s, m, h or d." : help)
        case .negative:
            return refuse(node, &problems, help: "It cannot be negative.")
        case .tooLarge, .value:
            return refuse(node, &problems, help: "It cannot be longer than 36500d.")
        case .unreadable:
            return refuse(node, &problems, help: "Units are ms, s, m, h and d; write one and a half minutes as 90s.")
        }
    }

    public var configText: String {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return "\(seconds / 86_400)d" }
        return Quantity.text(Int(whole + attoseconds / 1_000_000_000_000_000), units: Self.units, zero: "0s")
    }
}

/// An amount of memory or disk: `512B`, `64KB`, `2MB`, `1GB`, in steps of 1024. `KiB` and the like are the same.
public struct ByteSize: ConfigValue, Hashable, Comparable {
    public var bytes: Int

    public init(bytes: Int) { self.bytes = bytes }
    public static func kilobytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
    public static func megabytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
    public static func gigabytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

    public static func < (a: ByteSize, b: ByteSize) -> Bool { a.bytes < b.bytes }

    public static var typeInWords: String { "size such as 64KB or 2MB" }

    private static let units: [(name: String, size: Int)] = [
        ("B", 1), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40),
    ]
    private static let accepted = units + units.dropFirst().map { ("\($0.name.prefix(1))iB", $0.size) }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> ByteSize? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        switch Quantity.parse(scalar.text, units: accepted, ignoringCase: true) {
        case .value(let bytes): return ByteSize(bytes: bytes)
        case .noUnit(let digits):
            let help = digits == "0" ? "Write 0B." : "Give it a unit: \(digits)B, \(digits)KB or \(digits)MB."
            return refuse(node, &problems, help: scalar.hasReferences ? "It lacks a unit: B, KB, MB, GB or TB." : help)
        case .negative: return refuse(node, &problems, help: "It cannot be negative.")
        case .tooLarge: return refuse(node, &problems, help: "That is more than the hub can count.")
        case .unreadable: return refuse(node, &problems, help: "Write a whole number followed by B, KB, MB, GB or TB.")
        }
    }

    public var configText: String { Quantity.text(bytes, units: Self.units.map { ($0.name, $0.size) }, zero: "0B") }
}

/// So many in a stretch of time: `100/min`, `5/s`, `1000/h`.
public struct Rate: ConfigValue, Hashable {
    public var count: Int
    public var period: Duration

    public init(_ count: Int, per period: Duration) { (self.count, self.period) = (count, period) }

    public var perSecond: Double {
        let (seconds, attoseconds) = period.components
        return Double(count) / (Double(seconds) + Double(attoseconds) * 1e-18)
    }

    public static var typeInWords: String { "rate such as 100/min" }

    private static let periods: [(names: [String], seconds: Int)] = [
        (["s", "sec", "second"], 1), (["min", "m", "minute"], 60), (["h", "hour"], 3_600), (["d", "day"], 86_400),
    ]

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Rate? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        let parts = scalar.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts[0].filter { $0 != " " }
        let unit = parts.count == 2 ? parts[1].filter { $0 != " " }.lowercased() : ""
        guard parts.count == 2, let period = periods.first(where: { $0.names.contains(unit) }) else {
            return refuse(node, &problems, help: "Write a whole number, a slash, and s, min, h or d.")
        }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits), count > 0 else {
            return refuse(node, &problems, help: "The number before the slash must be a whole number from 1.")
        }
        return Rate(count, per: .seconds(period.seconds))
    }

    public var configText: String {
        let name = Self.periods.first { .seconds($0.seconds) == period }?.names[0] ?? period.configText
        return "\(count)/\(name)"
    }
}

/// A whole number and its unit.
enum Quantity {
    case value(Int)
    case noUnit(digits: String)
    case negative
    case tooLarge
    case unreadable

    static func parse(_ text: String, units: [(String, Int)], ignoringCase: Bool = false) -> Quantity {
        var rest = Array(text.utf8)[...]
        let negative = rest.first == UInt8(ascii: "-")
        if negative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return .unreadable }
        let unit = String(decoding: rest.dropFirst(digits.count).drop { $0 == 0x20 }, as: UTF8.self)
        let number = String(decoding: digits, as: UTF8.self)
        if negative { return .negative }
        if unit.isEmpty { return .noUnit(digits: number) }
        let known = units.first { ignoringCase ? $0.0.lowercased() == unit.lowercased() : $0.0 == unit }
        guard let known else { return .unreadable }
        guard let count = Int(number) else { return .tooLarge }
        let (product, overflow) = count.multipliedReportingOverflow(by: known.1)
        return overflow ? .tooLarge : .value(product)
    }

    /// In the largest unit that divides it.
    static func text(_ value: Int, units: [(name: String, size: Int)], zero: String) -> String {
        guard value != 0 else { return zero }
        let unit = units.last { value % $0.size == 0 } ?? units[0]
        return "\(value / unit.size)\(unit.name)"
    }
}
