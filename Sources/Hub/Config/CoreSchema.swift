import HubModel

/// What plain scalars mean by the core schema of YAML 1.2: `no`, `on` and `yes` are text, `0o14` is 12, `012` is 12.
enum CoreSchema {
    static func value(of text: String) -> Scalar.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        default: break
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 1_000,
            isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
        else { return .text }
        if bytes.starts(with: "0o".utf8) { return radix(bytes, 8) }
        if bytes.starts(with: "0x".utf8) { return radix(bytes, 16) }
        let signed = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        let body = bytes.dropFirst(signed ? 1 : 0)
        if [".inf", ".Inf", ".INF"].contains(where: { body.elementsEqual($0.utf8) }) {
            return .double(first == UInt8(ascii: "-") ? -.infinity : .infinity)
        }
        guard let shape = decimalShape(body) else { return .text }
        if shape == .integer, let int = Int(text) { return .int(int) }
        // An integer beyond 64 bits is still a number; its exact text stays in the scalar.
        guard let double = Double(text.hasSuffix(".") ? text + "0" : text) ?? Double(padded(text)) else { return .text }
        return .double(double)
    }

    /// A number as JSON, with the digits of the file where JSON allows their spelling.
    static func json(of text: String, _ value: Double) -> JSON {
        if value.isFinite || decimalShape(Array(text.utf8).drop { $0 == UInt8(ascii: "-") }) != nil {
            if case .some(let parsed) = try? JSON(parsing: text), parsed.double != nil { return parsed }
        }
        return JSON(value)
    }

    private enum Shape { case integer, fraction }

    /// `[0-9]+` or `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
    private static func decimalShape(_ bytes: ArraySlice<UInt8>) -> Shape? {
        var rest = bytes
        func digits() -> Int {
            let count = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(count)
            return count
        }
        let whole = digits()
        if rest.isEmpty { return whole > 0 ? .integer : nil }
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = digits()
        }
        guard whole + fraction > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard digits() > 0 else { return nil }
        }
        return rest.isEmpty ? .fraction : nil
    }

    /// `5.e3` and `.5` in the spelling that Swift reads.
    private static func padded(_ text: String) -> String {
        var out = ""
        var previous: Character = " "
        for character in text {
            if character == ".", !previous.isNumber { out.append("0") }
            if previous == ".", !character.isNumber { out.append("0") }
            out.append(character)
            previous = character
        }
        return out
    }

    private static func radix(_ bytes: [UInt8], _ radix: Int) -> Scalar.Value {
        let digits = bytes.dropFirst(2)
        let allowed = digits.allSatisfy {
            isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0)
        }
        guard !digits.isEmpty, allowed, let value = Int(String(decoding: digits, as: UTF8.self), radix: radix) else {
            return .text
        }
        return .int(value)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
