/// Values as Python's `pprint` shows them: objects sorted by key, and what is wider than 80 characters on several lines.
struct PrettyPrinter {
    private static let width = 80
    private var out = ""

    static func text(_ machine: inout Machine, _ value: Value) throws(TemplateError) -> String {
        var printer = PrettyPrinter()
        try printer.write(&machine, try sorted(&machine, value, depth: 0), indent: 0, allowance: 0, level: 0)
        return printer.out
    }

    // MARK: Order of keys

    /// The value with the members of every object inside it in the order of their keys.
    private static func sorted(
        _ machine: inout Machine, _ value: Value, depth: Int
    ) throws(TemplateError) -> Value {
        guard depth < 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
        switch value {
        case .list, .array, .tuple:
            var items: [Value] = []
            for item in Items(value)?.array ?? [] { items.append(try sorted(&machine, item, depth: depth + 1)) }
            try machine.spend(items.count)
            if case .tuple = value { return .tuple(items) }
            return .list(items)
        case .dict, .record:
            var members = value.members ?? []
            try machine.spend(members.count)
            members.sort { precedes($0.key, $1.key) }
            var dict = ValueDict()
            for member in members { dict[member.key] = try sorted(&machine, member.value, depth: depth + 1) }
            return .dict(dict)
        default: return value
        }
    }

    /// By value where keys can be compared, otherwise by the names of their types.
    private static func precedes(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.string(let x), .string(let y)), (.string(let x), .markup(let y)), (.markup(let x), .string(let y)),
            (.markup(let x), .markup(let y)):
            return Machine.order(x, y) < 0
        default: break
        }
        if let x = Number(a), let y = Number(b) { return (x.compare(y) ?? 0) < 0 }
        return typeName(a) < typeName(b)
    }

    private static func typeName(_ value: Value) -> String {
        switch value {
        case .none: "NoneType"
        case .bool: "bool"
        case .int, .big: "int"
        case .float: "float"
        case .string: "str"
        case .tuple: "tuple"
        default: "zzz"
        }
    }

    // MARK: Layout

    /// Writes a value that begins at column `indent` and is followed by `allowance` characters on its last line.
    private mutating func write(
        _ machine: inout Machine, _ value: Value, indent: Int, allowance: Int, level: Int
    ) throws(TemplateError) {
        let text = try machine.representation(value)
        try machine.spend(1 + text.utf8.count / 64)
        try machine.checkString(out.utf8.count + text.utf8.count)
        if Scalars.count(text) <= Self.width - indent - allowance {
            out += text
            return
        }
        switch value {
        case .string(let string): try write(&machine, string, indent, allowance, level + 1)
        case .list(let items):
            out += "["
            try write(&machine, items, indent: indent + 1, allowance: allowance + 1, level: level + 1)
            out += "]"
        case .tuple(let items):
            let end = items.count == 1 ? ",)" : ")"
            out += "("
            try write(&machine, items, indent: indent + 1, allowance: allowance + end.utf8.count, level: level + 1)
            out += end
        case .dict(let dict):
            out += "{"
            for (n, member) in dict.members.enumerated() {
                if n > 0 { out += ",\n" + String(repeating: " ", count: indent + 1) }
                let key = try machine.representation(member.key)
                out += "\(key): "
                try write(
                    &machine, member.value, indent: indent + 1 + Scalars.count(key) + 2,
                    allowance: n == dict.count - 1 ? allowance + 1 : 1, level: level + 1)
            }
            out += "}"
        default: out += text
        }
    }

    private mutating func write(
        _ machine: inout Machine, _ items: [Value], indent: Int, allowance: Int, level: Int
    ) throws(TemplateError) {
        for (n, item) in items.enumerated() {
            if n > 0 { out += ",\n" + String(repeating: " ", count: indent) }
            try write(
                &machine, item, indent: indent, allowance: n == items.count - 1 ? allowance : 1, level: level)
        }
    }

    /// A long string in pieces that end at spaces, in parentheses when it is alone.
    private mutating func write(
        _ machine: inout Machine, _ string: String, _ indent: Int, _ allowance: Int, _ level: Int
    ) throws(TemplateError) {
        let indent = level == 1 ? indent + 1 : indent
        let allowance = level == 1 ? allowance + 1 : allowance
        let width = Self.width - indent
        var pieces: [String] = []
        let lines = Scalars.lines(string, keepEnds: true)
        var whole = ""
        for (n, line) in lines.enumerated() {
            let isLast = n == lines.count - 1
            whole = Self.quoted(line)
            if Scalars.count(whole) <= (isLast ? width - allowance : width) {
                pieces.append(whole)
                continue
            }
            let words = Self.words(line)
            var current = ""
            for (m, word) in words.enumerated() {
                try machine.spend(1 + current.utf8.count / 64)
                let room = isLast && m == words.count - 1 ? width - allowance : width
                if Scalars.count(Self.quoted(current + word)) > room {
                    if !current.isEmpty { pieces.append(Self.quoted(current)) }
                    current = word
                } else {
                    current += word
                }
            }
            if !current.isEmpty { pieces.append(Self.quoted(current)) }
        }
        if pieces.count == 1 {
            out += whole
            return
        }
        if level == 1 { out += "(" }
        out += pieces.joined(separator: "\n" + String(repeating: " ", count: indent))
        if level == 1 { out += ")" }
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        Text.quote(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Words with the blanks that follow them.
    private static func words(_ line: String) -> [String] {
        var result: [String] = []
        var current = String.UnicodeScalarView()
        var blank = false
        for scalar in line.unicodeScalars {
            let isBlank = Scalars.isBlank(scalar)
            if blank, !isBlank {
                result.append(String(current))
                current = String.UnicodeScalarView()
            }
            current.append(scalar)
            blank = isBlank
        }
        if !current.isEmpty { result.append(String(current)) }
        return result
    }
}
