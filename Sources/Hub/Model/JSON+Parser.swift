/// Why bytes are not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Offset of the offending byte from the start of the text, from 0.
    public var offset: Int
    /// What was expected or found there, as a phrase.
    public var problem: String

    public var description: String { "not JSON at byte \(offset): \(problem)" }
}

extension JSON {
    /// Deepest nesting of arrays and objects that is read; deeper text is refused rather than risking the stack.
    public static let depthLimit = 128

    /// Reads exactly one value, strictly by RFC 8259: no comments, no trailing commas, no byte order mark.
    ///
    /// A `\u` escape that is half of a surrogate pair reads as U+FFFD, since no text can hold it.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser()
        self = try parser.document(bytes.span)
    }

    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

/// A recursive-descent reader over borrowed bytes; `scratch` is reused by every string that has escapes.
private struct JSONParser {
    private var at = 0
    private var scratch: [UInt8] = []

    private typealias Bytes = Span<UInt8>

    mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw error("a byte order mark; send plain UTF-8")
        }
        let value = try value(bytes, depth: 0)
        skipBlanks(bytes)
        guard at == bytes.count else { throw error("text after the value; expected the end") }
        return value
    }

    private func error(_ problem: String, at offset: Int? = nil) -> JSONError {
        JSONError(offset: offset ?? at, problem: problem)
    }

    @inline(__always)
    private mutating func skipBlanks(_ bytes: Bytes) {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value(_ bytes: Bytes, depth: Int) throws(JSONError) -> JSON {
        skipBlanks(bytes)
        guard at < bytes.count else { throw error("the text ends where a value was expected") }
        switch bytes[at] {
        case UInt8(ascii: "\""):
            at += 1
            return .string(try string(bytes))
        case UInt8(ascii: "{"):
            return try object(bytes, depth: depth + 1)
        case UInt8(ascii: "["):
            return try array(bytes, depth: depth + 1)
        case UInt8(ascii: "t"):
            try word("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", bytes)
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null", bytes)
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number(bytes)
        case let other:
            throw error("\(Self.name(of: other)) where a value was expected")
        }
    }

    private mutating func word(_ word: StaticString, _ bytes: Bytes) throws(JSONError) {
        let text = "\(word)".utf8
        guard bytes.count - at >= text.count else { throw error("the text ends inside a word") }
        var from = at
        for unit in text {
            guard bytes[from] == unit else { throw error("expected \(word)") }
            from += 1
        }
        at = from
    }

    private mutating func object(_ bytes: Bytes, depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit) levels") }
        at += 1
        var members: [JSONObject.Member] = []
        members.reserveCapacity(8)
        skipBlanks(bytes)
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            at += 1
            return .object(JSONObject())
        }
        while true {
            skipBlanks(bytes)
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw error(
                    at < bytes.count ? "expected a member name in double quotes" : "the text ends inside an object")
            }
            at += 1
            let name = try string(bytes)
            skipBlanks(bytes)
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
                throw error("expected \":\" after a member name")
            }
            at += 1
            members.append(JSONObject.Member(name, try value(bytes, depth: depth)))
            skipBlanks(bytes)
            guard at < bytes.count else { throw error("the text ends inside an object") }
            let next = bytes[at]
            if next == UInt8(ascii: ",") {
                at += 1
            } else if next == UInt8(ascii: "}") {
                at += 1
                return .object(JSONObject(members))
            } else {
                throw error("expected \",\" or \"}\" after a member")
            }
        }
    }

    private mutating func array(_ bytes: Bytes, depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit) levels") }
        at += 1
        var items: [JSON] = []
        skipBlanks(bytes)
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            items.append(try value(bytes, depth: depth))
            skipBlanks(bytes)
            guard at < bytes.count else { throw error("the text ends inside an array") }
            let next = bytes[at]
            if next == UInt8(ascii: ",") {
                at += 1
            } else if next == UInt8(ascii: "]") {
                at += 1
                return .array(items)
            } else {
                throw error("expected \",\" or \"]\" after an array element")
            }
        }
    }

    /// Reads to the closing quote; `at` is just after the opening one.
    private mutating func string(_ bytes: Bytes) throws(JSONError) -> String {
        let start = at
        let end = bytes.firstSpecial(from: start)
        guard end < bytes.count else { throw error("the text ends inside a string", at: bytes.count) }
        switch bytes[end] {
        case UInt8(ascii: "\""):
            at = end + 1
            return try text(bytes.extracting(start..<end), at: start)
        case UInt8(ascii: "\\"): return try escapedString(bytes, from: start, escape: end)
        case let byte:
            throw error("a control character inside a string; write it as \\u00\(Self.hex(byte))", at: end)
        }
    }

    private func text(_ bytes: Bytes, at offset: Int) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw self.error("bytes that are not UTF-8", at: offset + error.byteOffsets.lowerBound)
        }
    }

    private mutating func escapedString(_ bytes: Bytes, from start: Int, escape: Int) throws(JSONError) -> String {
        scratch.removeAll(keepingCapacity: true)
        for position in start..<escape { scratch.append(bytes[position]) }
        at = escape
        let count = bytes.count
        while at < count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                do {
                    return String(copying: try UTF8Span(validating: scratch.span))
                } catch {
                    throw self.error("a string with bytes that are not UTF-8", at: start)
                }
            }
            if byte < 0x20 { throw error("a control character inside a string; write it as \\u00\(Self.hex(byte))") }
            if byte == UInt8(ascii: "\\") {
                try unescape(bytes)
            } else {
                scratch.append(byte)
                at += 1
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func unescape(_ bytes: Bytes) throws(JSONError) {
        guard at + 1 < bytes.count else { throw error("the text ends inside an escape", at: bytes.count) }
        let kind = bytes[at + 1]
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(kind)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try hexUnit(bytes, at: at + 2)
            at += 6
            if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                let low = try hexUnit(bytes, at: at + 2)
                if (0xDC00..<0xE000).contains(low) {
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    at += 6
                }
            }
            scratch.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
            return
        default: throw error("an unknown escape \\\(Self.name(of: kind))")
        }
        at += 2
    }

    private func hexUnit(_ bytes: Bytes, at offset: Int) throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw error("the text ends inside a \\u escape", at: bytes.count) }
        var unit: UInt32 = 0
        for position in offset..<offset + 4 {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw error("expected four hex digits after \\u", at: position)
            }
        }
        return unit
    }

    private mutating func number(_ bytes: Bytes) throws(JSONError) -> JSON {
        let start = at
        let count = bytes.count
        let negative = bytes[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        guard at < count, Self.isDigit(bytes[at]) else { throw error("expected a digit after \"-\"") }
        var magnitude: UInt64 = 0
        var exact = true
        if bytes[at] == UInt8(ascii: "0") {
            at += 1
            if at < count, Self.isDigit(bytes[at]) { throw error("a number with a leading zero") }
        } else {
            while at < count, Self.isDigit(bytes[at]) {
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[at] - UInt8(ascii: "0")))
                if overflow || carry { exact = false }
                magnitude = sum
                at += 1
            }
        }
        var integral = true
        if at < count, bytes[at] == UInt8(ascii: ".") {
            integral = false
            at += 1
            try digits(bytes, after: "the decimal point")
        }
        if at < count, bytes[at] == UInt8(ascii: "e") || bytes[at] == UInt8(ascii: "E") {
            integral = false
            at += 1
            if at < count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits(bytes, after: "the exponent")
        }
        if integral, exact, !(negative && magnitude == 0) {
            if !negative, let value = Int(exactly: magnitude) { return .int(value) }
            if negative, magnitude <= UInt64(Int.max) { return .int(-Int(magnitude)) }
            if negative, magnitude == UInt64(Int.max) + 1 { return .int(Int.min) }
        }
        return .number(JSONNumber(validated: try text(bytes.extracting(start..<at), at: start)))
    }

    private mutating func digits(_ bytes: Bytes, after place: StaticString) throws(JSONError) {
        guard at < bytes.count, Self.isDigit(bytes[at]) else { throw error("expected a digit after \(place)") }
        while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func hex(_ byte: UInt8) -> String {
        byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }

    private static func name(of byte: UInt8) -> String {
        (0x21..<0x7F).contains(byte) ? "\"\(Unicode.Scalar(byte))\"" : "byte 0x\(hex(byte))"
    }
}
