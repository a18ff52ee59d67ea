/// Exact decimal rounding of binary floating point: half to even on the value the bits stand for, as Python rounds.
enum Decimal {
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    /// `|value| * 10^places`, rounded to an integer. The value is finite.
    static func scaled(_ value: Double, places: Int) -> BigInt {
        let size = value.magnitude
        if places >= 0, places <= 15 {
            let product = size * powers[places]
            if product < 4e15 {
                let whole = product.rounded(.toNearestOrEven)
                let fraction = product - product.rounded(.down)
                if abs(fraction - 0.5) > 1e-3 || (places == 0) { return BigInt(Int(whole)) }
            }
        }
        guard size > 0 else { return BigInt(0) }
        let significand = Int(size.significandBitPattern) | (size.isNormal ? 1 << 52 : 0)
        let exponent = (size.isNormal ? Int(size.exponent) : -1022) - 52
        var number = BigInt(significand)
        if places > 0 { number = number * BigInt(10).power(min(places, 5000)) }
        if places < 0 {
            let divisor = BigInt(10).power(min(-places, 400))
            if exponent >= 0 {
                return halfEven(number.shifted(left: exponent), divisor)
            }
            return halfEven(number, divisor.shifted(left: -exponent))
        }
        return exponent >= 0 ? number.shifted(left: exponent) : number.rounded(cutting: -exponent)
    }

    static func halfEven(_ number: BigInt, _ divisor: BigInt) -> BigInt {
        let (quotient, remainder) = number.dividedFloor(by: divisor)
        let twice = remainder + remainder
        if twice > divisor || (twice == divisor && quotient.isOdd) { return quotient + BigInt(1) }
        return quotient
    }

    /// The nearest value with so many decimal places.
    static func round(_ value: Double, places: Int) -> Double {
        guard value.isFinite, value != 0 else { return value }
        if places > 320 { return value }
        if places < -310 { return value.sign == .minus ? -0.0 : 0 }
        let scaled = scaled(value, places: places)
        let size: Double
        if let small = scaled.int, places >= 0, places <= 22, small < 1 << 53 {
            size = Double(small) / powers[places]
        } else {
            size = Double("\(scaled)e\(-places)") ?? value.magnitude
        }
        return value.sign == .minus ? -size : size
    }

    /// Text with exactly so many places.
    static func fixed(_ value: Double, places: Int) -> String {
        var digits = scaled(value, places: places).description
        if places > 0 {
            if digits.utf8.count <= places {
                digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
            }
            digits = "\(digits.dropLast(places)).\(digits.suffix(places))"
        }
        return (value.sign == .minus ? "-" : "") + digits
    }

    /// The first `count` significant digits and the exponent of the first one.
    static func significant(_ value: Double, count: Int) -> (digits: String, exponent: Int) {
        guard value != 0 else { return (String(repeating: "0", count: count), 0) }
        var exponent = Int(value.magnitude.exponent >= 0 ? 0 : -1)
        // The decimal exponent from the shortest text, corrected if rounding carries.
        let text = Text.float(value.magnitude)
        if let e = text.firstIndex(of: "e") {
            exponent = Int(text[text.index(after: e)...].filter { $0 != "+" }) ?? 0
        } else {
            let parts = text.split(separator: ".")
            if parts[0] != "0" {
                exponent = parts[0].utf8.count - 1
            } else if parts.count > 1 {
                exponent = -(parts[1].prefix { $0 == "0" }.count + 1)
            }
        }
        var digits = scaled(value, places: count - 1 - exponent).description
        if digits.utf8.count > count {
            exponent += 1
            digits = scaled(value, places: count - 1 - exponent).description
        }
        if digits.utf8.count > count { digits = String(digits.prefix(count)) }
        return (digits, exponent)
    }
}
