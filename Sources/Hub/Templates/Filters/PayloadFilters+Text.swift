internal import Foundation
import HubModel

extension PayloadFilters {
    static let texts: [Filter] = [
        Filter(
            "slug", Signature([Parameter("separator", .string("-"))]),
            help: "Lowercase ASCII words joined by `-`, for addresses and keys.", slug),
        Filter(
            "ascii", Signature([Parameter("other", .string(""))]),
            help: "The text in ASCII: letters lose their accents, other characters become `other`.", ascii),
        Filter(
            "prefix", Signature([Parameter("text")]),
            help: "Puts a text in front; null stays null and an empty text empty.", prefix),
        Filter(
            "suffix", Signature([Parameter("text")]),
            help: "Appends a text; null stays null and an empty text empty.", suffix),
        Filter(
            "split", Signature([Parameter("separator", Value.none), Parameter("limit", .int(-1))]),
            help: "The parts between separators, or the words between whitespace; at most `limit` cuts.", split),
        Filter(
            "truncate_bytes", Signature([Parameter("length"), Parameter("end", .string("..."))]),
            help: "At most `length` bytes of UTF-8, `end` included, never cutting a character in two.", truncateBytes),
        Filter(
            "urlsegment", help: "Percent-encodes everything but letters, digits and `-._~`, `/` included.", urlSegment),
        Filter(
            "querystring",
            help: "`a=1&b=x%20y` of an object's members in their order; lists repeat the name, null is left out.",
            queryString),
        Filter("escape_xml", help: "Text for XML: escapes `&<>\"'` and drops characters XML cannot hold.", escapeXML),
        Filter(
            "csv_row", Signature([Parameter("separator", .string(","))]),
            help: "One CSV row of a list, without line end; fields are quoted where they must be, null is empty.",
            csvRow),
    ]

    private static func slug(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let separator = try text(arguments, 0, "slug", "separator")
        var words: [[UInt8]] = [[]]
        let came = try text(value, "slug")
        try machine.spend(came.utf8.count / 16)
        for byte in asciiOnly(came, other: " ").utf8 {
            switch byte {
            case 48...57, 97...122: words[words.count - 1].append(byte)
            case 65...90: words[words.count - 1].append(byte | 32)
            case 39: continue
            default: if !words[words.count - 1].isEmpty { words.append([]) }
            }
        }
        words.removeAll { $0.isEmpty }
        try machine.checkString(machine.saturating(max(0, words.count - 1), separator.utf8.count))
        return .string(words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: separator))
    }

    private static func ascii(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let other = try text(arguments, 0, "ascii", "other")
        guard Scalars.isASCII(other) else { throw .runtime("ascii needs ASCII text as other") }
        let came = try text(value, "ascii")
        try machine.spend(came.utf8.count / 16)
        try machine.checkString(machine.saturating(came.utf8.count, max(1, other.utf8.count)))
        return .string(asciiOnly(came, other: other))
    }

    /// Letters without their marks, typographic signs in their plain form, `other` for the rest.
    static func asciiOnly(_ text: String, other: String) -> String {
        if Scalars.isASCII(text) { return text }
        var out = ""
        // One at a time and each once: decomposing a whole text would also sort its marks, which takes long.
        var known: [Unicode.Scalar: String] = [:]
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                out.unicodeScalars.append(scalar)
                continue
            }
            if let plain = known[scalar] {
                out += plain
                continue
            }
            let plain = Self.plain(String(scalar).decomposedStringWithCompatibilityMapping, other: other)
            known[scalar] = plain
            out += plain
        }
        return out
    }

    private static func plain(_ decomposed: String, other: String) -> String {
        var out = ""
        for scalar in decomposed.unicodeScalars {
            if scalar.isASCII {
                out.unicodeScalars.append(scalar)
                continue
            }
            switch scalar.value {
            case 0xDF: out += "ss"
            case 0x1E9E: out += "SS"
            case 0xC6: out += "AE"
            case 0xE6: out += "ae"
            case 0x152: out += "OE"
            case 0x153: out += "oe"
            case 0xD8: out += "O"
            case 0xF8: out += "o"
            case 0x110, 0xD0: out += "D"
            case 0x111, 0xF0: out += "d"
            case 0xDE: out += "Th"
            case 0xFE: out += "th"
            case 0x141: out += "L"
            case 0x142: out += "l"
            case 0x131: out += "i"
            case 0x2018, 0x2019, 0x201A, 0x2032: out += "'"
            case 0x201C, 0x201D, 0x201E, 0xAB, 0xBB, 0x2033: out += "\""
            case 0x2010...0x2015, 0x2212: out += "-"
            case 0x2044: out += "/"
            case 0xD7: out += "x"
            default:
                switch scalar.properties.generalCategory {
                case .nonspacingMark, .enclosingMark, .format: continue
                case .spaceSeparator, .lineSeparator, .paragraphSeparator: out += " "
                default: out += other
                }
            }
        }
        return out
    }

    private static func joined(
        _ machine: inout Machine, _ value: Value, _ filter: String, _ join: (String) -> String
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let came = try text(value, filter)
        if came.utf8.isEmpty { return .string("") }
        let result = join(came)
        try machine.checkString(result.utf8.count)
        return .string(result)
    }

    private static func prefix(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let part = try text(arguments[0], "prefix")
        return try joined(&machine, value, "prefix") { part + $0 }
    }

    private static func suffix(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let part = try text(arguments[0], "suffix")
        return try joined(&machine, value, "suffix") { $0 + part }
    }

    private static func split(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let bytes = Array(try text(value, "split").utf8)
        let limit = try integer(arguments, 1, "split", "limit")
        try machine.spend(bytes.count / 64)
        var parts: [Value] = []
        func add(_ slice: ArraySlice<UInt8>) { parts.append(.string(String(decoding: slice, as: UTF8.self))) }
        if let separator = try optionalText(arguments, 0, "split", "separator") {
            guard !separator.utf8.isEmpty else { throw .runtime("split needs a separator that is not empty") }
            let wanted = Array(separator.utf8)
            var at = 0
            while limit < 0 || parts.count < limit, let found = Scalars.find(wanted, in: bytes, from: at) {
                add(bytes[at..<found])
                at = found + wanted.count
                if parts.count % 1024 == 0 { try machine.checkElements(parts.count) }
            }
            add(bytes[at...])
        } else {
            let scalars = Scalars.array(String(decoding: bytes, as: UTF8.self))
            var at = 0
            while true {
                while at < scalars.count, Scalars.isBlank(scalars[at]) { at += 1 }
                guard at < scalars.count else { break }
                var end = at
                if limit >= 0, parts.count >= limit {
                    end = scalars.count
                    while end > at, Scalars.isBlank(scalars[end - 1]) { end -= 1 }
                    parts.append(.string(Scalars.string(scalars[at..<end])))
                    break
                }
                while end < scalars.count, !Scalars.isBlank(scalars[end]) { end += 1 }
                parts.append(.string(Scalars.string(scalars[at..<end])))
                at = end
            }
        }
        try machine.checkElements(parts.count)
        try machine.spend(parts.count)
        return .list(parts)
    }

    private static func truncateBytes(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let came = try text(value, "truncate_bytes")
        let length = try integer(arguments, 0, "truncate_bytes", "length")
        var end = try text(arguments, 1, "truncate_bytes", "end")
        guard length >= 0 else { throw .runtime("truncate_bytes needs a length of 0 or more, not \(length)") }
        if came.utf8.count <= length { return .string(came) }
        if end.utf8.count > length { end = "" }
        var used = 0
        var result = ""
        for character in came {
            used += character.utf8.count
            if used > length - end.utf8.count { break }
            result.append(character)
        }
        return .string(result + end)
    }

    private static func urlSegment(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var out: [UInt8] = []
        Text.percentEncode(try text(value, "urlsegment"), to: &out)
        try machine.checkString(out.count)
        // In a URL it is printed as it is: it has been made safe.
        let text = String(decoding: out, as: UTF8.self)
        return machine.outputMode == .url ? .markup(text) : .string(text)
    }

    private static func queryString(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard let members = value.members else { throw unfit(value, "querystring", "an object") }
        var out: [UInt8] = []
        func add(_ name: String, _ value: Value) throws(TemplateError) {
            if case .undefined(let missing) = value { throw .undefined(missing.message) }
            if isAbsent(value) { return }
            if !out.isEmpty { out.append(38) }
            Text.percentEncode(name, to: &out)
            out.append(61)
            if case .bool(let flag) = value {
                out.append(contentsOf: (flag ? "true" : "false").utf8)
            } else {
                Text.percentEncode(try PayloadFilters.text(value, "querystring"), to: &out)
            }
            try machine.checkString(out.count)
        }
        for (key, value) in members {
            let name = try PayloadFilters.text(key, "querystring")
            guard let items = Items(value) else {
                try add(name, value)
                continue
            }
            try machine.spend(items.count)
            for n in 0..<items.count { try add(name, items[n]) }
            try machine.checkString(out.count)
        }
        try machine.checkString(out.count)
        let text = String(decoding: out, as: UTF8.self)
        return machine.outputMode == .url ? .markup(text) : .string(text)
    }

    private static func escapeXML(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var out: [UInt8] = []
        for scalar in try text(value, "escape_xml").unicodeScalars {
            switch scalar.value {
            case 38: out.append(contentsOf: "&amp;".utf8)
            case 60: out.append(contentsOf: "&lt;".utf8)
            case 62: out.append(contentsOf: "&gt;".utf8)
            case 34: out.append(contentsOf: "&quot;".utf8)
            case 39: out.append(contentsOf: "&#39;".utf8)
            // A bare CR would be read as a line feed.
            case 13: out.append(contentsOf: "&#13;".utf8)
            case 0..<9, 11, 12, 14..<32, 0xFFFE, 0xFFFF: continue
            default: Scalars.append(scalar, to: &out)
            }
        }
        try machine.checkString(out.count)
        let text = String(decoding: out, as: UTF8.self)
        return machine.autoescape ? .markup(text) : .string(text)
    }

    private static func csvRow(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "csv_row")
        let separator = try text(arguments, 0, "csv_row", "separator")
        guard separator.utf8.count == 1, let mark = separator.utf8.first, mark != 34, mark != 10, mark != 13 else {
            throw .runtime("csv_row needs one character as separator, such as \",\" or \";\"")
        }
        var out: [UInt8] = []
        try machine.spend(items.count)
        for n in 0..<items.count {
            if n > 0 { out.append(mark) }
            let item = items[n]
            let field: String
            switch item {
            case .none, .omit: field = ""
            case .bool(let flag): field = flag ? "true" : "false"
            default: field = try text(item, "csv_row")
            }
            let units = field.utf8
            let quoted =
                units.contains { $0 == mark || $0 == 34 || $0 == 10 || $0 == 13 } || units.first == 32
                || units.last == 32
                // A row with one empty field would be an empty line.
                || (items.count == 1 && units.isEmpty)
            guard quoted else {
                out.append(contentsOf: units)
                try machine.checkString(out.count)
                continue
            }
            out.append(34)
            for unit in units {
                if unit == 34 { out.append(34) }
                out.append(unit)
            }
            out.append(34)
            try machine.checkString(out.count)
        }
        try machine.checkString(out.count)
        return .string(String(decoding: out, as: UTF8.self))
    }
}
