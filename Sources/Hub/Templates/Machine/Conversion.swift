import HubModel

/// Numbers from text and text from numbers, as Python converts them.
enum Conversion {
    /// The value as floating point; nil when Python would refuse it.
    static func float(_ value: Value) -> Double? {
        switch value {
        case .string(let text), .markup(let text): return float(text)
        default: return Number(value)?.double
        }
    }

    static func float(_ text: String) -> Double? {
        let trimmed = Scalars.trim(text)
        guard !trimmed.isEmpty else { return nil }
        var bytes: [UInt8] = []
        var previous: UInt8 = 0
        for scalar in trimmed.unicodeScalars {
            guard let byte = asciiDigit(scalar) else { return nil }
            if byte == 95 {
                guard previous >= 48, previous <= 57 else { return nil }
            } else {
                if previous == 95, !(byte >= 48 && byte <= 57) { return nil }
                bytes.append(byte)
            }
            previous = byte
        }
        if previous == 95 { return nil }
        let plain = String(decoding: bytes, as: UTF8.self).lowercased()
        let unsigned = plain.hasPrefix("-") || plain.hasPrefix("+") ? String(plain.dropFirst()) : plain
        switch unsigned {
        case "inf", "infinity": return plain.hasPrefix("-") ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        guard unsigned.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || $0 == 46 || $0 == 101 || $0 == 43 || $0 == 45 }),
            unsigned.utf8.contains(where: { $0 >= 48 && $0 <= 57 }), let first = unsigned.utf8.first,
            first == 46 || (first >= 48 && first <= 57)
        else { return nil }
        var text = unsigned
        if text.hasPrefix(".") { text = "0" + text }
        text = text.replacingFirst(".e", with: ".0e")
        if text.hasSuffix(".") { text += "0" }
        guard let size = Double(text) else { return nil }
        return plain.hasPrefix("-") ? -size : size
    }

    /// ASCII as it is, decimal digits of other scripts as their ASCII digits.
    private static func asciiDigit(_ scalar: Unicode.Scalar) -> UInt8? {
        if scalar.isASCII { return UInt8(scalar.value) }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return 48 + UInt8(value)
    }

    static func integer(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch value {
        case .undefined(let missing): throw .undefined(missing.message)
        case .int, .big: return value
        case .bool(let flag): return .int(flag ? 1 : 0)
        case .float(let number):
            if number.isInfinite { throw .runtime("infinity cannot be made an integer") }
            return number.isNaN ? arguments[0] : Value(BigInt(truncating: number))
        case .string(let text), .markup(let text):
            let base: Int? =
                switch arguments[1] {
                case .int(let base): base
                case .bool(let flag): flag ? 1 : 0
                default: nil
                }
            if let base, base == 0 || (2...36).contains(base), let found = integer(text, base) { return found }
            guard let number = float(text), number.isFinite else { return arguments[0] }
            return Value(BigInt(truncating: number))
        default: return arguments[0]
        }
    }

    /// Most digits that become an integer, as in Python.
    static let mostDigits = 4300

    private static func integer(_ text: String, _ base: Int) -> Value? {
        var bytes: [UInt8] = []
        for scalar in Scalars.trim(text).unicodeScalars {
            guard let byte = asciiDigit(scalar) else { return nil }
            bytes.append(byte)
        }
        guard bytes.count <= mostDigits else { return nil }
        var negative = false
        if let sign = bytes.first, sign == 43 || sign == 45 {
            negative = sign == 45
            bytes.removeFirst()
        }
        var base = base
        if bytes.count > 1, bytes[0] == 48, let radix = [98: 2, 111: 8, 120: 16][Int(bytes[1] | 32)],
            base == 0 || base == radix
        {
            base = radix
            bytes.removeFirst(2)
            if bytes.first == 95 { bytes.removeFirst() }
        } else if base == 0 {
            base = 10
            if bytes.count > 1, bytes[0] == 48, bytes.contains(where: { $0 != 48 && $0 != 95 }) { return nil }
        }
        guard let first = bytes.first, first != 95, bytes.last != 95 else { return nil }
        var value = BigInt(0)
        var small = 0
        var isSmall = true
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 95 {
                if previous == 95 { return nil }
                previous = byte
                continue
            }
            previous = byte
            let lower = byte | 32
            let digit = byte >= 48 && byte <= 57 ? Int(byte) - 48 : lower >= 97 && lower <= 122 ? Int(lower) - 87 : 99
            guard digit < base else { return nil }
            if isSmall {
                let (product, overflow) = small.multipliedReportingOverflow(by: base)
                let (sum, more) = product.addingReportingOverflow(digit)
                if overflow || more {
                    isSmall = false
                    value = BigInt(small) * BigInt(base) + BigInt(digit)
                } else {
                    small = sum
                }
            } else {
                value = value * BigInt(base) + BigInt(digit)
            }
        }
        if isSmall { return .int(negative ? -small : small) }
        return Value(negative ? -value : value)
    }

    static func round(_ machine: inout Machine, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let method = try machine.string(arguments[1])
        guard ["common", "ceil", "floor"].contains(method) else {
            throw .runtime("round's method is \"common\", \"ceil\" or \"floor\", not \"\(method)\"")
        }
        if case .undefined(let missing) = value, machine.undefinedFails || method != "common" {
            throw .undefined(missing.message)
        }
        guard let number = Number(value) else { throw .runtime("round needs a number, not \(value.kindName)") }
        let places: Int
        try machine.charge(value)
        if case .none = arguments[0], method == "common" {
            guard case .float(let x) = number else { return number.value }
            guard x.isFinite else { throw .runtime("\(Text.float(x)) cannot be rounded to an integer") }
            return Value(BigInt(truncating: x.rounded(.toNearestOrEven)))
        }
        places = try StandardFilters.integer(arguments[0], "the number of places")
        try machine.spend(Int(min(places.magnitude, 400)) / 16)
        if method == "common" {
            switch number {
            case .float(let x): return .float(Decimal.round(x, places: places))
            default:
                guard places < 0, let big = number.big else { return number.value }
                guard places > -400 else { return .int(0) }
                let unit = BigInt(10).power(-places)
                let size = big.negative ? -big : big
                let rounded = Decimal.halfEven(size, unit) * unit
                return Value(big.negative ? -rounded : rounded)
            }
        }
        let factor = Power.raise(10, Double(places))
        let scaled = number.double * factor
        guard scaled.isFinite, factor != 0 else { throw .runtime("the number is too large to round") }
        let whole = scaled.rounded(method == "ceil" ? .up : .down)
        return .float((whole == 0 ? 0 : whole) / factor)
    }

    static func fileSize(_ bytes: Double, binary: Bool) -> String {
        let base: Double = binary ? 1024 : 1000
        let units = ["k", "M", "G", "T", "P", "E", "Z", "Y"].map { unit in
            binary ? (unit == "k" ? "KiB" : unit + "iB") : unit + "B"
        }
        if bytes == 1 { return "1 Byte" }
        if bytes < base { return "\(BigInt(truncating: bytes)) Bytes" }
        guard bytes.isFinite else { return "\(Text.float(bytes)) \(units[7])" }
        var unit = base * base
        for name in units.dropLast() {
            if bytes < unit { return "\(Decimal.fixed(base * bytes / unit, places: 1)) \(name)" }
            unit *= base
        }
        return "\(Decimal.fixed(base * bytes / unit, places: 1)) \(units[7])"
    }
}

extension String {
    /// The text with the first occurrence of a part replaced.
    fileprivate func replacingFirst(_ part: String, with other: String) -> String {
        guard let at = Scalars.find(part, in: self) else { return self }
        let bytes = Array(utf8)
        return String(decoding: bytes[..<at] + Array(other.utf8) + bytes[(at + part.utf8.count)...], as: UTF8.self)
    }
}
