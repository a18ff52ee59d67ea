import HubModel

extension Machine {
    /// `text % arguments`, as Python's old string formatting has it.
    package mutating func formatted(_ template: Value, with arguments: Value) throws(TemplateError) -> Value {
        let isMarkup = if case .markup = template { true } else { false }
        var values: [Value]
        switch arguments {
        case .tuple(let items): values = items
        default: values = [arguments]
        }
        let mapping = arguments.members != nil
        let scalars = Scalars.array(try string(template))
        var out: [UInt8] = []
        var n = 0
        var next = 0
        func incomplete() -> TemplateError { .runtime("the format ends in the middle of a placeholder") }
        while n < scalars.count {
            let scalar = scalars[n]
            n += 1
            guard scalar == "%" else {
                out.append(contentsOf: String(scalar).utf8)
                continue
            }
            var spec = FormatSpec()
            var named: Value?
            guard n < scalars.count else { throw incomplete() }
            if scalars[n] == "(" {
                var level = 1
                let start = n + 1
                n += 1
                while n < scalars.count, level > 0 {
                    if scalars[n] == "(" { level += 1 }
                    if scalars[n] == ")" { level -= 1 }
                    n += 1
                }
                guard level == 0 else { throw incomplete() }
                let key = Scalars.string(scalars[start..<(n - 1)])
                guard mapping else { throw .runtime("the format names \"\(key)\", so it needs named arguments") }
                guard let found = arguments.member(.string(key)) else {
                    throw .runtime("the format names \"\(key)\", which was not given")
                }
                named = found
            }
            while n < scalars.count, "-+ #0".unicodeScalars.contains(scalars[n]) {
                spec.set(flag: scalars[n])
                n += 1
            }
            func take() throws(TemplateError) -> Value {
                guard next < values.count else {
                    throw .runtime("the format needs more arguments than the \(values.count) given")
                }
                next += 1
                return values[next - 1]
            }
            func size() throws(TemplateError) -> Int? {
                if n < scalars.count, scalars[n] == "*" {
                    n += 1
                    guard case .int(let value) = try take() else {
                        throw .runtime("the format's \"*\" needs an integer")
                    }
                    return value
                }
                var value: Int?
                while n < scalars.count,
                    let digit =
                        scalars[n].properties.numericType == .decimal
                            && scalars[n].isASCII ? Int(scalars[n].value) - 48 : nil
                {
                    value = min((value ?? 0) * 10 + digit, 1 << 40)
                    n += 1
                }
                return value
            }
            if let width = try size() {
                if width < 0 { spec.left = true }
                spec.width = width == Int.min ? Int.max : abs(width)
            }
            if n < scalars.count, scalars[n] == "." {
                n += 1
                spec.precision = max(0, try size() ?? 0)
            }
            while n < scalars.count, "hlL".unicodeScalars.contains(scalars[n]) { n += 1 }
            guard n < scalars.count else { throw incomplete() }
            let code = scalars[n]
            n += 1
            try checkString(max(spec.width, spec.precision ?? 0))
            if code == "%" {
                out.append(37)
                continue
            }
            let value = if let named { named } else { try take() }
            let text = try conversion(code, value, spec, escaping: isMarkup)
            out.append(contentsOf: text.utf8)
            try checkString(out.count)
        }
        let unusedAllowed =
            switch arguments {
            case .list, .array, .range, .undefined: true
            default: mapping
            }
        if next < values.count, !unusedAllowed {
            throw .runtime("the format uses \(next) of the \(values.count) arguments")
        }
        // Every byte was looked at several times on its way here.
        try charge(bytes: out.count * 16)
        let text = String(decoding: out, as: UTF8.self)
        return isMarkup ? .markup(text) : .string(text)
    }

    private mutating func conversion(
        _ code: Unicode.Scalar, _ value: Value, _ spec: FormatSpec, escaping: Bool
    ) throws(TemplateError) -> String {
        switch code {
        case "s", "r", "a":
            var text: String
            if code == "s" {
                text = escaping ? try escaped(value) : try string(value)
            } else {
                text = try representation(value)
                if code == "a" { text = Text.ascii(text) }
                if escaping { text = Text.escaped(text) }
            }
            if let precision = spec.precision { text = Scalars.prefix(text, precision) }
            return spec.pad(text, numeric: false)
        case "c":
            switch value {
            case .int, .bool:
                let number = if case .int(let number) = value { number } else { value.isTrue ? 1 : 0 }
                guard let scalar = UInt32(exactly: number).flatMap({ Unicode.Scalar($0) }) else {
                    throw .runtime("%c needs a character's number")
                }
                return spec.pad(String(scalar), numeric: false)
            case .string(let text) where Scalars.count(text) == 1 && !escaping: return spec.pad(text, numeric: false)
            default: throw .runtime("%c needs one character, not \(value.kindName)")
            }
        case "d", "i", "u", "x", "X", "o":
            if case .undefined(let missing) = value { throw .undefined(missing.message) }
            guard let number = Number(value) else { throw .runtime("%\(code) needs a number, not \(value.kindName)") }
            try charge(value)
            let integer: BigInt
            switch number {
            case .int(let value): integer = BigInt(value)
            case .big(let value): integer = value
            case .float(let value):
                guard code == "d" || code == "i" || code == "u", value.isFinite else {
                    throw .runtime("%\(code) needs an integer, not \(value.kindText)")
                }
                integer = BigInt(truncating: value)
            }
            return spec.integer(integer, code)
        case "e", "E", "f", "F", "g", "G":
            if case .undefined(let missing) = value { throw .undefined(missing.message) }
            guard let number = Number(value) else { throw .runtime("%\(code) needs a number, not \(value.kindName)") }
            guard (spec.precision ?? 0) <= 5000 else {
                throw .limit("digits after the point", used: spec.precision ?? 0, allowed: 5000)
            }
            let words = (spec.precision ?? 0) / 8
            try charge(limbs: words, by: words)
            return spec.floating(number.double, code)
        default: throw .runtime("the format has an unknown placeholder \"%\(code)\"")
        }
    }
}

extension Double {
    fileprivate var kindText: String { isFinite ? "a number with a fraction" : "infinity or not-a-number" }
}

/// Flags, width and precision of one placeholder.
private struct FormatSpec {
    var left = false
    var plus = false
    var blank = false
    var alternate = false
    var zero = false
    var width = 0
    var precision: Int?

    mutating func set(flag: Unicode.Scalar) {
        switch flag {
        case "-": left = true
        case "+": plus = true
        case " ": blank = true
        case "#": alternate = true
        default: zero = true
        }
    }

    func pad(_ text: String, numeric: Bool) -> String {
        let missing = width - Scalars.count(text)
        guard missing > 0 else { return text }
        if left { return text + String(repeating: " ", count: missing) }
        if numeric, zero {
            var signs = text.unicodeScalars.prefix { $0 == "-" || $0 == "+" || $0 == " " }
            var rest = text.unicodeScalars.dropFirst(signs.count)
            if rest.starts(with: "0x".unicodeScalars) || rest.starts(with: "0X".unicodeScalars)
                || rest.starts(with: "0o".unicodeScalars)
            {
                signs = text.unicodeScalars.prefix(signs.count + 2)
                rest = text.unicodeScalars.dropFirst(signs.count)
            }
            return String(signs) + String(repeating: "0", count: missing) + String(rest)
        }
        return String(repeating: " ", count: missing) + text
    }

    private func sign(_ negative: Bool) -> String { negative ? "-" : plus ? "+" : blank ? " " : "" }

    func integer(_ value: BigInt, _ code: Unicode.Scalar) -> String {
        var digits: String
        switch code {
        case "x", "X", "o":
            digits = radix(value, code == "o" ? 8 : 16)
            if code == "X" { digits = digits.uppercased() }
        default:
            digits = value.description
            if value.negative { digits.removeFirst() }
        }
        if let precision, digits.utf8.count < precision {
            digits = String(repeating: "0", count: precision - digits.utf8.count) + digits
        }
        let prefix = alternate ? (code == "x" ? "0x" : code == "X" ? "0X" : code == "o" ? "0o" : "") : ""
        return pad(sign(value.negative) + prefix + digits, numeric: true)
    }

    private func radix(_ value: BigInt, _ radix: Int) -> String {
        if let small = value.int { return String(small.magnitude, radix: radix) }
        var left = value.negative ? -value : value
        var digits: [String] = []
        while !left.isZero {
            let (quotient, remainder) = left.dividedFloor(by: BigInt(radix))
            digits.append(String(remainder.int ?? 0, radix: radix))
            left = quotient
        }
        return digits.reversed().joined()
    }

    func floating(_ value: Double, _ code: Unicode.Scalar) -> String {
        var text: String
        let upper = code.properties.isUppercase
        if !value.isFinite {
            text = value.isNaN ? "nan" : "inf"
            if upper { text = text.uppercased() }
            return pad(sign(value < 0) + text, numeric: true)
        }
        let precision = precision ?? 6
        let size = value.magnitude
        switch code {
        case "f", "F":
            text = Decimal.fixed(size, places: precision)
            if precision == 0, alternate { text += "." }
        case "e", "E": text = scientific(size, digits: precision + 1, keepPoint: alternate)
        default:
            let count = max(1, precision)
            let (_, exponent) = Decimal.significant(size, count: count)
            if exponent < -4 || exponent >= count {
                text = scientific(size, digits: count, keepPoint: alternate)
                if !alternate, let e = text.firstIndex(of: "e") {
                    text = Self.trimmed(String(text[..<e])) + text[e...]
                }
            } else {
                text = Decimal.fixed(size, places: max(0, count - 1 - exponent))
                if !alternate { text = Self.trimmed(text) } else if !text.utf8.contains(46) { text += "." }
            }
        }
        if upper { text = text.uppercased() }
        return pad(sign(value.sign == .minus) + text, numeric: true)
    }

    private static func trimmed(_ text: String) -> String {
        guard text.utf8.contains(46) else { return text }
        var bytes = Array(text.utf8)
        while bytes.last == 48 { bytes.removeLast() }
        if bytes.last == 46 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func scientific(_ value: Double, digits count: Int, keepPoint: Bool) -> String {
        let (digits, exponent) = Decimal.significant(value, count: count)
        let point = count > 1 || keepPoint ? "." : ""
        let shown = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
        return "\(digits.prefix(1))\(point)\(digits.dropFirst())e\(exponent < 0 ? "-" : "+")\(shown)"
    }
}
