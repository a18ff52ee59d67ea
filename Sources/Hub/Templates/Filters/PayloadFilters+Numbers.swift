import HubModel

extension PayloadFilters {
    static let numbers: [Filter] = [
        Filter(
            "currency",
            Signature([
                Parameter("symbol", .string("$")), Parameter("places", .int(2)), Parameter("thousands", .string(",")),
                Parameter("point", .string(".")),
            ]),
            help: "An amount of money, as `$1,234.50`; rounds half up on the decimal digits.", currency),
        Filter(
            "round_half_up", Signature([Parameter("places", .int(0))]),
            help: "Rounds half away from zero on the decimal digits, as money is; an integer with 0 places or fewer.",
            roundHalfUp),
    ]

    private static func decimal(_ value: Value, _ filter: String) throws(TemplateError) -> MoneyDigits {
        switch value {
        case .int, .big, .float, .string, .markup:
            let text = Scalars.trim(try text(value, filter))
            if let decimal = MoneyDigits(text) { return decimal }
            throw .runtime("\(filter) needs a number, not \(shown(text))")
        default: throw unfit(value, filter, "a number")
        }
    }

    private static func currency(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let places = try integer(arguments, 1, "currency", "places")
        guard (0...20).contains(places) else { throw .runtime("currency shows 0 to 20 places, not \(places)") }
        let (symbol, thousands, point) = (
            try text(arguments, 0, "currency", "symbol"), try text(arguments, 2, "currency", "thousands"),
            try text(arguments, 3, "currency", "point")
        )
        let amount = try decimal(value, "currency").rounded(places)
        try machine.checkString(machine.saturating(amount.whole.utf8.count, thousands.utf8.count))
        var whole = ""
        let digits = Array(amount.whole)
        for (n, digit) in digits.enumerated() {
            if n > 0, (digits.count - n) % 3 == 0 { whole += thousands }
            whole.append(digit)
        }
        let result = (amount.negative ? "-" : "") + symbol + whole + (places > 0 ? point + amount.fraction(places) : "")
        try machine.checkString(result.utf8.count)
        return .string(result)
    }

    private static func roundHalfUp(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let places = try integer(arguments, 0, "round_half_up", "places")
        guard (-20...20).contains(places) else {
            throw .runtime("round_half_up rounds to -20 to 20 places, not \(places)")
        }
        let rounded = try decimal(value, "round_half_up").rounded(places)
        let sign = rounded.negative ? "-" : ""
        if places <= 0 { return BigInt(decimal: sign + rounded.whole).map { Value($0) } ?? .int(0) }
        return .float(Double("\(sign)\(rounded.whole).\(rounded.fraction(places))") ?? 0)
    }
}

/// A number by its decimal digits, as people who pay read it.
private struct MoneyDigits {
    let negative: Bool
    /// Without leading zeros.
    private let digits: [UInt8]
    /// Where the point is: so many digits are before it; may be negative or beyond the digits.
    private let scale: Int

    private init(_ negative: Bool, _ digits: [UInt8], _ scale: Int) {
        let zeros = digits.prefix { $0 == 48 }.count
        self.digits = Array(digits[zeros...])
        self.scale = self.digits.isEmpty ? 0 : scale - zeros
        self.negative = negative && !self.digits.isEmpty
    }

    /// Digits with an optional sign, fraction and exponent, of a size that money has.
    init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        var negative = false
        if let sign = bytes.first, sign == 45 || sign == 43 {
            negative = sign == 45
            bytes.removeFirst()
        }
        var exponent = 0
        if let at = bytes.firstIndex(where: { $0 | 32 == 101 }) {
            guard let value = Int(String(decoding: bytes[(at + 1)...], as: UTF8.self)) else { return nil }
            exponent = value
            bytes = bytes[..<at]
        }
        let parts = bytes.split(separator: 46, omittingEmptySubsequences: false)
        guard parts.count <= 2, bytes.contains(where: { $0 != 46 }), bytes.count <= 400, (-400...400).contains(exponent)
        else {
            return nil
        }
        let digits = Array(parts.joined())
        guard digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        self.init(negative, digits, parts[0].count + exponent)
    }

    func rounded(_ places: Int) -> MoneyDigits {
        let keep = scale + places
        guard keep < digits.count else { return self }
        guard keep >= 0 else { return MoneyDigits(false, [], 0) }
        var kept = Array(digits[..<keep])
        guard digits[keep] >= 53 else { return MoneyDigits(negative, kept, scale) }
        var at = keep - 1
        while at >= 0, kept[at] == 57 {
            kept[at] = 48
            at -= 1
        }
        if at >= 0 {
            kept[at] += 1
            return MoneyDigits(negative, kept, scale)
        }
        return MoneyDigits(negative, [49] + kept, scale + 1)
    }

    private func digit(_ position: Int) -> UInt8 { digits.indices.contains(position) ? digits[position] : 48 }

    var whole: String {
        scale > 0 ? String(decoding: (0..<scale).map { digit($0) }, as: UTF8.self) : "0"
    }

    func fraction(_ places: Int) -> String {
        String(decoding: (0..<places).map { digit(scale + $0) }, as: UTF8.self)
    }
}
