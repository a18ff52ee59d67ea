import HubModel

/// JSON as Jinja's `tojson` writes it: members sorted, ASCII only, and `<>&'` escaped so that it is safe in HTML.
struct JSONWriter {
    let indent: String?
    let limit: Int
    var out: [UInt8] = []

    init(indent: String?, limit: Int) { (self.indent, self.limit) = (indent, limit) }

    private mutating func add(_ text: String) { out.append(contentsOf: text.utf8) }

    private mutating func line(_ level: Int) {
        guard let indent else { return }
        out.append(10)
        for _ in 0..<level { add(indent) }
    }

    mutating func write(_ value: Value, level: Int) throws(TemplateError) {
        guard level < 200 else { throw .limit("lists inside each other", used: level, allowed: 200) }
        guard out.count <= limit else { throw .limit("bytes in one string", used: out.count, allowed: limit) }
        switch value {
        case .none: add("null")
        case .bool(let flag): add(flag ? "true" : "false")
        case .int(let number): Text.append(number, to: &out)
        case .big(let number): add(number.description)
        case .float(let number):
            if number.isNaN {
                add("NaN")
            } else if number.isInfinite {
                add(number < 0 ? "-Infinity" : "Infinity")
            } else {
                add(Text.float(number))
            }
        case .string(let text), .markup(let text): string(text)
        case .list, .tuple, .array, .range:
            guard let items = Items(value) else { return }
            if case .range = value { throw .runtime("a range has no form in JSON: use |list") }
            if items.count == 0 { return add("[]") }
            out.append(91)
            for n in 0..<items.count {
                if n > 0 { add(indent == nil ? ", " : ",") }
                line(level + 1)
                try write(items[n], level: level + 1)
            }
            line(level)
            out.append(93)
        case .dict, .record: try object(value, level: level)
        case .undefined(let missing): throw .runtime("\(missing.message), so it has no form in JSON")
        case .object, .omit, .missing: throw .runtime("\(value.kindName) has no form in JSON")
        }
    }

    private struct Member {
        var name: [UInt8]
        var text: String
        var key: Value
        var value: Value
    }

    /// Sorts members whose names are numbers; names of different kinds have no order.
    private func sortByNumber(_ members: inout [Member]) throws(TemplateError) {
        var keyed: [(key: Number, member: Member)] = []
        for member in members {
            guard let number = Number(member.key) else {
                throw .runtime("names of different kinds in one object have no order: make all of them strings")
            }
            keyed.append((number, member))
        }
        keyed.sort { ($0.key.compare($1.key) ?? 0) < 0 }
        members = keyed.map(\.member)
    }

    private mutating func object(_ value: Value, level: Int) throws(TemplateError) {
        var members: [Member] = []
        var isText = true
        for (key, member) in value.members ?? [] {
            let name: String
            switch key {
            case .string(let text), .markup(let text): name = text
            case .int(let number): name = String(number)
            case .big(let number): name = number.description
            case .float(let number): name = Text.float(number)
            case .bool(let flag): name = flag ? "true" : "false"
            case .none: name = "null"
            default: throw .runtime("\(key.kindName) cannot be the name of a member")
            }
            switch key {
            case .string, .markup: break
            default: isText = false
            }
            members.append(Member(name: Array(name.utf8), text: name, key: key, value: member))
        }
        if members.isEmpty { return add("{}") }
        if !isText, members.count > 1 {
            try sortByNumber(&members)
        } else {
            members.sort { $0.name.lexicographicallyPrecedes($1.name) }
            // Of equal names the last one counts.
            members = members.indices.filter { n in n + 1 == members.count || members[n].name != members[n + 1].name }
                .map { members[$0] }
        }
        out.append(123)
        for (n, member) in members.enumerated() {
            if n > 0 { add(indent == nil ? ", " : ",") }
            line(level + 1)
            string(member.text)
            add(": ")
            try write(member.value, level: level + 1)
        }
        line(level)
        out.append(125)
    }

    private mutating func string(_ text: String) {
        out.append(34)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 34: add("\\\"")
            case 92: add("\\\\")
            case 10: add("\\n")
            case 13: add("\\r")
            case 9: add("\\t")
            case 8: add("\\b")
            case 12: add("\\f")
            case 60, 62, 38, 39: unit(UInt16(scalar.value))
            case 32..<127: out.append(UInt8(scalar.value))
            default: for code in String(scalar).utf16 { unit(code) }
            }
        }
        out.append(34)
    }

    private mutating func unit(_ code: UInt16) {
        let hex = Array("0123456789abcdef".utf8)
        add("\\u")
        for shift in [12, 8, 4, 0] { out.append(hex[Int(code >> UInt16(shift)) & 15]) }
    }
}
