import HubModel

/// How values are written: as Python's `str` and `repr` write them, as UTF-8 bytes.
enum Text {
    /// The shortest digits that read back, with an exponent only from 1e16 up and below 1e-4.
    static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let text = value.description
        let size = value.magnitude
        if size < 1e16, size >= 1e-4 || size == 0, !text.utf8.contains(101) { return text }
        // Separate the digits and the exponent and put them together again.
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        var bytes = Array(text.utf8)
        if bytes.first == 45 { bytes.removeFirst() }
        for (n, byte) in bytes.enumerated() {
            if byte == 46 {
                point = digits.count
            } else if byte == 101 {
                exponent = Int(String(decoding: bytes[(n + 1)...].filter { $0 != 43 }, as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        var scale = (point ?? digits.count) + exponent
        while digits.count > 1, digits.first == 48 {
            digits.removeFirst()
            scale -= 1
        }
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        let all = String(decoding: digits, as: UTF8.self)
        if scale > 16 || scale < -3 {
            let power = scale - 1
            let mantissa = digits.count == 1 ? all : "\(all.prefix(1)).\(all.dropFirst())"
            let shown = abs(power) < 10 ? "0\(abs(power))" : "\(abs(power))"
            return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(shown)"
        }
        if scale <= 0 { return "\(sign)0.\(String(repeating: "0", count: -scale))\(all)" }
        if digits.count <= scale {
            return "\(sign)\(all)\(String(repeating: "0", count: scale - digits.count)).0"
        }
        return "\(sign)\(all.prefix(scale)).\(all.dropFirst(scale))"
    }

    static func append(_ value: Int, to out: inout [UInt8]) {
        if value >= 0, value < 10 { return out.append(48 + UInt8(value)) }
        var magnitude = value.magnitude
        if value < 0 { out.append(45) }
        let start = out.count
        while magnitude > 0 {
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
            out.append(48 + UInt8(remainder))
            magnitude = quotient
        }
        var (low, high) = (start, out.count - 1)
        while low < high {
            out.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// Escapes for HTML, as Jinja does.
    static func escape(_ text: String, to out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 38: out.append(contentsOf: [38, 97, 109, 112, 59])
            case 60: out.append(contentsOf: [38, 108, 116, 59])
            case 62: out.append(contentsOf: [38, 103, 116, 59])
            case 39: out.append(contentsOf: [38, 35, 51, 57, 59])
            case 34: out.append(contentsOf: [38, 35, 51, 52, 59])
            default: out.append(byte)
            }
        }
    }

    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 38 || $0 == 60 || $0 == 62 || $0 == 39 || $0 == 34 }) else {
            return text
        }
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 16)
        escape(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Percent-encodes everything but letters, digits, `_.-~` and the bytes in `safe`.
    static func percentEncode(_ text: String, safe: [UInt8] = [], to out: inout [UInt8]) {
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            let plain =
                (byte >= 48 && byte <= 57) || (byte | 32 >= 97 && byte | 32 <= 122) || byte == 95 || byte == 46
                || byte == 45 || byte == 126 || safe.contains(byte)
            if plain {
                out.append(byte)
            } else {
                out.append(37)
                out.append(hex[Int(byte >> 4)])
                out.append(hex[Int(byte & 15)])
            }
        }
    }

    /// A string in quotes, as Python shows it inside a list.
    static func quote(_ text: String, to out: inout [UInt8]) {
        let scalars = text.unicodeScalars
        let quote: UInt8 = text.utf8.contains(39) && !text.utf8.contains(34) ? 34 : 39
        let hex = Array("0123456789abcdef".utf8)
        out.append(quote)
        for scalar in scalars {
            switch scalar.value {
            case UInt32(quote), 92:
                out.append(92)
                out.append(UInt8(scalar.value))
            case 10: out.append(contentsOf: [92, 110])
            case 13: out.append(contentsOf: [92, 114])
            case 9: out.append(contentsOf: [92, 116])
            case 32..<127: out.append(UInt8(scalar.value))
            default:
                if scalar.value > 127, printable(scalar) {
                    out.append(contentsOf: String(scalar).utf8)
                    continue
                }
                let (letter, width): (UInt8, Int) =
                    scalar.value < 256 ? (120, 2) : scalar.value < 65536 ? (117, 4) : (85, 8)
                out.append(92)
                out.append(letter)
                for n in (0..<width).reversed() { out.append(hex[Int(scalar.value >> UInt32(4 * n)) & 15]) }
            }
        }
        out.append(quote)
    }

    /// The text with escapes for everything beyond ASCII.
    static func ascii(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let hex = String(scalar.value, radix: 16)
            switch scalar.value {
            case ..<128: result.unicodeScalars.append(scalar)
            case ..<256: result += "\\x" + hex
            case ..<65536: result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: result += "\\U" + String(repeating: "0", count: 8 - hex.utf8.count) + hex
            }
        }
        return result
    }

    private static func printable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }
}

extension Machine {
    /// Appends a value as `str` shows it. Undefined is nothing or an error, as the options say.
    mutating func append(_ value: Value, to out: inout [UInt8]) throws(TemplateError) {
        switch value {
        case .string(let text), .markup(let text): out.append(contentsOf: text.utf8)
        case .undefined(let missing):
            if undefinedFails { throw .undefined(missing.message) }
        case .missing: return
        default: try appendRepresentation(value, to: &out, depth: 0)
        }
    }

    /// Appends a value as `repr` shows it, strings in quotes.
    mutating func appendRepresentation(_ value: Value, to out: inout [UInt8], depth: Int) throws(TemplateError) {
        guard out.count <= limits.string + 65536 else {
            throw .limit("bytes in one string", used: out.count, allowed: limits.string)
        }
        try spend(1)
        switch value {
        case .string(let text):
            try spend(text.utf8.count / 8)
            Text.quote(text, to: &out)
        case .markup(let text):
            out.append(contentsOf: "Markup(".utf8)
            Text.quote(text, to: &out)
            out.append(41)
        case .undefined, .missing: out.append(contentsOf: "Undefined".utf8)
        case .none: out.append(contentsOf: "None".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "True" : "False").utf8)
        case .int(let value): Text.append(value, to: &out)
        case .big(let number):
            try charge(value)
            out.append(contentsOf: number.description.utf8)
        case .float(let value): out.append(contentsOf: Text.float(value).utf8)
        case .omit:
            throw .runtime("omit cannot be printed: it may only be the whole value of a member, element or header")
        case .range(let range):
            out.append(contentsOf: "range(\(range.start), \(range.stop)".utf8)
            if range.step != 1 { out.append(contentsOf: ", \(range.step)".utf8) }
            out.append(41)
        case .object(let handle):
            guard handle.kind == .namespace else { return out.append(contentsOf: describe(handle).utf8) }
            guard depth < 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
            out.append(contentsOf: "<Namespace ".utf8)
            try appendCollection(.dict(namespaces[Int(handle.index)]), to: &out, depth: depth + 1)
            out.append(62)
        case .list, .tuple, .dict, .array, .record:
            guard depth < 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
            try appendCollection(value, to: &out, depth: depth + 1)
        }
    }

    private mutating func appendCollection(_ value: Value, to out: inout [UInt8], depth: Int) throws(TemplateError) {
        switch value {
        case .list(let items):
            out.append(91)
            try appendItems(items, to: &out, depth: depth)
            out.append(93)
        case .tuple(let items):
            out.append(40)
            try appendItems(items, to: &out, depth: depth)
            if items.count == 1 { out.append(44) }
            out.append(41)
        case .array(let items):
            out.append(91)
            for (n, item) in items.enumerated() {
                if n > 0 { out.append(contentsOf: [44, 32]) }
                try appendRepresentation(Value(item), to: &out, depth: depth)
            }
            out.append(93)
        case .record(let object):
            out.append(123)
            for (n, member) in object.members.enumerated() {
                if n > 0 { out.append(contentsOf: [44, 32]) }
                Text.quote(member.name, to: &out)
                out.append(contentsOf: [58, 32])
                try appendRepresentation(Value(member.value), to: &out, depth: depth)
            }
            out.append(125)
        case .dict(let dict):
            out.append(123)
            for (n, member) in dict.members.enumerated() {
                if n > 0 { out.append(contentsOf: [44, 32]) }
                try appendRepresentation(member.key, to: &out, depth: depth)
                out.append(contentsOf: [58, 32])
                try appendRepresentation(member.value, to: &out, depth: depth)
            }
            out.append(125)
        default: return
        }
    }

    private mutating func appendItems(_ items: [Value], to out: inout [UInt8], depth: Int) throws(TemplateError) {
        for (n, item) in items.enumerated() {
            if n > 0 { out.append(contentsOf: [44, 32]) }
            try appendRepresentation(item, to: &out, depth: depth)
        }
    }

    /// The value as `str` shows it.
    package mutating func string(_ value: Value) throws(TemplateError) -> String {
        if case .string(let text) = value { return text }
        if case .markup(let text) = value { return text }
        var bytes: [UInt8] = []
        try append(value, to: &bytes)
        try checkString(bytes.count)
        try charge(bytes: bytes.count * 4)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value as `repr` shows it.
    package mutating func representation(_ value: Value) throws(TemplateError) -> String {
        var bytes: [UInt8] = []
        try appendRepresentation(value, to: &bytes, depth: 0)
        try checkString(bytes.count)
        try charge(bytes: bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value escaped for HTML, unless it is already.
    package mutating func escaped(_ value: Value) throws(TemplateError) -> String {
        if case .markup(let text) = value { return text }
        return Text.escaped(try string(value))
    }

    /// Writes a printed value to the output, made safe as `escape` says.
    mutating func write(_ value: Value, escape: UInt8) throws(TemplateError) {
        let start = out.count
        if escape == 0 || (escape == 2 && !autoescape) {
            switch value {
            case .string(let text), .markup(let text): out.append(contentsOf: text.utf8)
            case .int(let number): Text.append(number, to: &out)
            case .float(let number): out.append(contentsOf: Text.float(number).utf8)
            default:
                var bytes: [UInt8] = []
                try append(value, to: &bytes)
                out.append(contentsOf: bytes)
            }
        } else {
            switch value {
            case .markup(let text): out.append(contentsOf: text.utf8)
            case .int(let number): Text.append(number, to: &out)
            default:
                let text = try string(value)
                if escape == 3 { Text.percentEncode(text, to: &out) } else { Text.escape(text, to: &out) }
            }
        }
        if out.count > outputAllowed { throw .limit("bytes of output", used: out.count, allowed: outputAllowed) }
        try charge(bytes: out.count - start)
    }
}
