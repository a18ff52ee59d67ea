import HubModel

/// Jinja's own filters. What they do with odd input is what Jinja 3.1 does; generators are lists.
package enum StandardFilters {
    package static let all: [Filter] = text + lists + selection + values

    /// The text of an argument that may be none.
    static func optionalText(_ machine: inout Machine, _ value: Value) throws(TemplateError) -> String? {
        if case .none = value { return nil }
        return try machine.string(value)
    }

    static func integer(_ value: Value, _ what: String) throws(TemplateError) -> Int {
        switch value {
        case .int(let number): return number
        case .bool(let flag): return flag ? 1 : 0
        case .undefined(let missing): throw .undefined(missing.message)
        default: throw .runtime("\(what) must be an integer, not \(value.kindName)")
        }
    }

    /// Whether a value is a field of the model that is not known: filters of the hub's modes leave it as it is.
    static func isUnknown(_ value: Value, _ machine: borrowing Machine) -> Bool {
        if case .none = value { machine.mode == .hub || machine.mode == .chainable } else { false }
    }

    /// The text of a value that must be text already; `what` names the filter. Undefined is empty in the chainable mode.
    static func onlyText(_ machine: borrowing Machine, _ value: Value, _ what: String) throws(TemplateError) -> String {
        switch value {
        case .string(let text), .markup(let text): return text
        case .undefined(let missing):
            if machine.mode == .chainable { return "" }
            throw .undefined(missing.message)
        default: throw .runtime("\(what) needs a string, not \(value.kindName): use |string first")
        }
    }

    /// Text that stays markup when the input was.
    static func like(_ value: Value, _ text: String) -> Value {
        if case .markup = value { return .markup(text) }
        return .string(text)
    }

    private static let text: [Filter] = [
        Filter("upper", help: "All letters in upper case.") { m, v, _ throws(TemplateError) in
            like(v, try m.string(v).uppercased())
        },
        Filter("lower", help: "All letters in lower case.") { m, v, _ throws(TemplateError) in
            like(v, Self.lowercased(try m.string(v)))
        },
        Filter("capitalize", help: "The first letter in upper case, all others in lower case.") {
            m, v, _ throws(TemplateError) in
            let text = try m.string(v)
            guard let first = text.unicodeScalars.first else { return like(v, "") }
            return like(v, first.properties.titlecaseMapping + Self.lowercased(String(text.unicodeScalars.dropFirst())))
        },
        Filter("title", help: "Every word begins in upper case.") { m, v, _ throws(TemplateError) in
            .string(Self.title(try m.string(v)))
        },
        Filter(
            "trim", Signature([Parameter("chars", Value.none)]),
            help: "Without whitespace, or the given characters, at both ends."
        ) {
            m, v, a throws(TemplateError) in
            let text = try m.string(v)
            if case .none = a[0] { return like(v, Scalars.trim(text)) }
            let chars = try onlyText(m, a[0], "what trim removes")
            try m.spend(chars.utf8.count / 8)
            return like(v, Scalars.trim(text, chars))
        },
        Filter(
            "replace", Signature([Parameter("old"), Parameter("new"), Parameter("count", Value.none)]),
            help: "Every occurrence of a text replaced by another."
        ) {
            m, v, a throws(TemplateError) in try Self.replace(&m, v, a)
        },
        Filter(
            "truncate",
            Signature([
                Parameter("length", .int(255)), Parameter("killwords", .bool(false)), Parameter("end", .string("...")),
                Parameter("leeway", Value.none),
            ]), help: "Shortened to a length, with an ending."
        ) {
            m, v, a throws(TemplateError) in try Self.truncate(&m, v, a)
        },
        Filter(
            "wordwrap",
            Signature([
                Parameter("width", .int(79)), Parameter("break_long_words", .bool(true)),
                Parameter("wrapstring", Value.none), Parameter("break_on_hyphens", .bool(true)),
            ]), help: "Broken into lines of a width."
        ) {
            m, v, a throws(TemplateError) in
            if isUnknown(v, m) { return v }
            let text = try onlyText(m, v, "wordwrap")
            let separator = if case .none = a[2] { "\n" } else { try onlyText(m, a[2], "wordwrap's wrapstring") }
            if text.isEmpty { return like(a[2], "") }
            let width = try integer(a[0], "the width")
            guard width > 0 else { throw .runtime("the width must be above 0") }
            try m.spend(text.utf8.count / 8)
            let wrap = WordWrap(width: width, breakLong: a[1].isTrue, breakHyphens: a[3].isTrue)
            var lines: [String] = []
            for line in Scalars.lines(text) {
                let wrapped = wrap.lines(of: line)
                try m.spend(4 * wrapped.count)
                lines += wrapped.isEmpty ? [""] : wrapped
            }
            if case .markup = a[2] { lines = lines.map(Text.escaped) }
            try m.checkString(lines.reduce(0) { $0 + $1.utf8.count })
            try m.checkString(m.saturating(max(0, lines.count - 1), separator.utf8.count))
            return like(a[2], lines.joined(separator: separator))
        },
        Filter("center", Signature([Parameter("width", .int(80))]), help: "In the middle of a field of a width.") {
            m, v, a throws(TemplateError) in
            let text = try m.string(v)
            let width = try integer(a[0], "the width")
            let missing = width - Scalars.count(text)
            guard missing > 0 else { return like(v, text) }
            try m.checkString(width)
            let left = missing / 2 + (missing & width & 1)
            return like(v, String(repeating: " ", count: left) + text + String(repeating: " ", count: missing - left))
        },
        Filter(
            "indent",
            Signature([Parameter("width", .int(4)), Parameter("first", .bool(false)), Parameter("blank", .bool(false))]
            ), help: "Every line but the first moved to the right."
        ) {
            m, v, a throws(TemplateError) in try Self.indent(&m, v, a)
        },
        Filter("wordcount", help: "The number of words.") { m, v, _ throws(TemplateError) in
            var count = 0
            var inside = false
            for scalar in try m.string(v).unicodeScalars {
                let word = LinearRegex.isWord(scalar)
                if word, !inside { count += 1 }
                inside = word
            }
            return .int(count)
        },
        Filter("string", help: "As text.") { m, v, _ throws(TemplateError) in
            if case .markup = v { return v }
            return .string(try m.string(v))
        },
        Filter("safe", help: "Text that is already escaped.") { m, v, _ throws(TemplateError) in
            .markup(try m.string(v))
        },
        Filter("escape", help: "Escaped for HTML.") { m, v, _ throws(TemplateError) in .markup(try m.escaped(v)) },
        Filter("e", help: "Escaped for HTML.") { m, v, _ throws(TemplateError) in .markup(try m.escaped(v)) },
        Filter("forceescape", help: "Escaped for HTML even if it is already.") { m, v, _ throws(TemplateError) in
            .markup(Text.escaped(try m.string(v)))
        },
        Filter("striptags", help: "Without tags and comments of HTML.") { m, v, _ throws(TemplateError) in
            let text = try m.string(v)
            try m.spend(text.utf8.count / 8)
            return .string(Markup.stripTags(text))
        },
        Filter("urlencode", help: "Percent-encoded; an object or pairs become a query.") {
            m, v, _ throws(TemplateError) in
            try Self.urlencode(&m, v)
        },
        Filter(
            "urlize",
            Signature([
                Parameter("trim_url_limit", Value.none), Parameter("nofollow", .bool(false)),
                Parameter("target", Value.none), Parameter("rel", Value.none), Parameter("extra_schemes", Value.none),
            ]), help: "Addresses in the text become links."
        ) {
            m, v, a throws(TemplateError) in try Urlize.run(&m, v, a)
        },
        Filter("format", .anything, help: "The text as a format for the arguments, as in \"%s: %d\".") {
            m, v, a throws(TemplateError) in
            if !a.rest.isEmpty, !a.named.isEmpty {
                throw .runtime("format takes positional or named arguments, not both")
            }
            let template: Value = if case .markup = v { v } else { .string(try m.string(v)) }
            if !a.named.isEmpty {
                return try m.formatted(template, with: .dict(ValueDict(a.named.map { ($0.name, $0.value) })))
            }
            return try m.formatted(template, with: .tuple(a.rest))
        },
        Filter(
            "xmlattr", Signature([Parameter("autospace", .bool(true))]), help: "The attributes of a tag from an object."
        ) {
            m, v, a throws(TemplateError) in try Self.xmlattr(&m, v, a)
        },
        Filter("pprint", help: "As Python shows it.") { m, v, _ throws(TemplateError) in
            .string(try PrettyPrinter.text(&m, v))
        },
    ]

    private static let values: [Filter] = [
        Filter(
            "default", Signature([Parameter("default_value", .string("")), Parameter("boolean", .bool(false))]),
            help: "The value, or another if it is undefined."
        ) {
            _, v, a throws(TemplateError) in Self.standard(v, a)
        },
        Filter(
            "d", Signature([Parameter("default_value", .string("")), Parameter("boolean", .bool(false))]),
            help: "The value, or another if it is undefined."
        ) {
            _, v, a throws(TemplateError) in Self.standard(v, a)
        },
        Filter("abs", help: "Without its sign.") { m, v, _ throws(TemplateError) in
            guard let number = Number(v) else {
                if case .undefined(let missing) = v, m.undefinedFails { throw .undefined(missing.message) }
                throw .runtime("abs needs a number, not \(v.kindName)")
            }
            switch number {
            case .int(let x): return x < 0 ? try m.negated(.int(x)) : .int(x)
            case .float(let x): return .float(x.magnitude)
            case .big(let x): return Value(x.negative ? -x : x)
            }
        },
        Filter(
            "int", Signature([Parameter("default", .int(0)), Parameter("base", .int(10))]),
            help: "As an integer, or a default."
        ) {
            m, v, a throws(TemplateError) in
            if case .string(let text) = v {
                let digits = min(text.utf8.count, Conversion.mostDigits)
                try m.spend(digits * digits / 4096)
            }
            return try Conversion.integer(v, a)
        },
        Filter(
            "float", Signature([Parameter("default", .float(0))]), help: "As a number with a fraction, or a default."
        ) {
            _, v, a throws(TemplateError) in
            if case .undefined(let missing) = v { throw .undefined(missing.message) }
            return Conversion.float(v).map { .float($0) } ?? a[0]
        },
        Filter(
            "round", Signature([Parameter("precision", .int(0)), Parameter("method", .string("common"))]),
            help: "Rounded: common (half to even), ceil or floor."
        ) {
            m, v, a throws(TemplateError) in try Conversion.round(&m, v, a)
        },
        Filter("filesizeformat", Signature([Parameter("binary", .bool(false))]), help: "A number of bytes for people.")
        {
            _, v, a throws(TemplateError) in
            if case .undefined(let missing) = v { throw .undefined(missing.message) }
            guard let size = Conversion.float(v) else {
                throw .runtime("filesizeformat needs a number, not \(v.kindName)")
            }
            guard size > -.infinity, !size.isNaN else {
                throw .runtime("filesizeformat needs a number of bytes, not \(Text.float(size))")
            }
            return .string(Conversion.fileSize(size, binary: a[0].isTrue))
        },
        Filter(
            "tojson", Signature([Parameter("indent", Value.none)]),
            help: "As JSON that is safe inside HTML: sorted, ASCII only."
        ) {
            m, v, a throws(TemplateError) in
            var indent: String?
            switch a[0] {
            case .none: break
            case .string(let text), .markup(let text): indent = text
            default:
                let width = max(0, try integer(a[0], "indent"))
                try m.checkString(width)
                indent = String(repeating: " ", count: width)
            }
            var writer = JSONWriter(indent: indent, limit: m.limits.string)
            try writer.write(v, level: 0)
            try m.checkString(writer.out.count)
            return .markup(String(decoding: writer.out, as: UTF8.self))
        },
        Filter("attr", Signature([Parameter("name")]), help: "An attribute; never a member of an object.") {
            m, v, a throws(TemplateError) in
            let name = try onlyText(m, a[0], "attr's name")
            if case .object = v, let found = try m.member(of: v, named: name) { return found }
            if case .undefined(let missing) = v {
                if m.mode == .lenient || m.mode == .strict { throw .undefined(missing.message) }
                return v
            }
            return .undefined(Undefined(path: name, reason: "\(v.kindName) has no attribute \"\(name)\""))
        },
        Filter("items", help: "Pairs of key and value.") { _, v, _ throws(TemplateError) in
            if case .undefined = v { return .list([]) }
            guard let members = v.members else { throw .runtime("items needs an object, not \(v.kindName)") }
            return .list(members.map { .tuple([$0.key, $0.value]) })
        },
        Filter("length", help: "The number of elements, members or characters.") { m, v, _ throws(TemplateError) in
            try Self.length(&m, v)
        },
        Filter("count", help: "The number of elements, members or characters.") { m, v, _ throws(TemplateError) in
            try Self.length(&m, v)
        },
    ]

    private static func standard(_ value: Value, _ arguments: Arguments) -> Value {
        if value.isUndefined || (arguments[1].isTrue && !value.isTrue) { return arguments[0] }
        return value
    }

    static func length(_ machine: inout Machine, _ value: Value) throws(TemplateError) -> Value {
        switch value {
        case .string(let text), .markup(let text): return .int(Scalars.count(text))
        case .list, .tuple, .array, .range: return .int(Items(value)?.count ?? 0)
        case .dict(let dict): return .int(dict.count)
        case .record(let object): return .int(object.count)
        case .undefined(let missing):
            if machine.undefinedFails { throw .undefined(missing.message) }
            return .int(0)
        case .object(let handle) where handle.kind == .loop:
            return .int(Int(handle.index) < machine.loops.count ? machine.loops[Int(handle.index)].items.count : 0)
        default: throw .runtime("\(value.kindName) has no length")
        }
    }

    /// Python's lower case: a sigma at the end of a word has its final form.
    static func lowercased(_ text: String) -> String {
        if text.utf8Span.isKnownASCII || !text.unicodeScalars.contains("\u{3A3}") { return text.lowercased() }
        let scalars = Scalars.array(text)
        var result = ""
        for (n, scalar) in scalars.enumerated() {
            if scalar == "\u{3A3}", endsWord(scalars[..<n].reversed()), !endsWord(scalars[(n + 1)...]) {
                result.unicodeScalars.append("\u{3C2}")
            } else {
                result += scalar.properties.lowercaseMapping
            }
        }
        return result
    }

    /// Whether a letter comes first, apart from characters that do not count, such as apostrophes.
    private static func endsWord(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        for scalar in scalars where !scalar.properties.isCaseIgnorable { return scalar.properties.isCased }
        return false
    }

    private static func title(_ text: String) -> String {
        if let quick = ASCII.title(text) { return quick }
        var result = ""
        var rest = String.UnicodeScalarView()
        var start = true
        for scalar in text.unicodeScalars {
            if scalar == "-" || scalar == "(" || scalar == "{" || scalar == "[" || scalar == "<"
                || Scalars.isBlank(scalar)
            {
                result += lowercased(String(rest))
                rest = String.UnicodeScalarView()
                result.unicodeScalars.append(scalar)
                start = true
            } else if start {
                result += scalar.properties.uppercaseMapping
                start = false
            } else {
                rest.append(scalar)
            }
        }
        return result + lowercased(String(rest))
    }

    private static func replace(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var text: String
        var new = try machine.string(arguments[1])
        let old = try machine.string(arguments[0])
        var safe = false
        if machine.autoescape {
            let oldSafe = if case .markup = arguments[0] { true } else { false }
            let newSafe = if case .markup = arguments[1] { true } else { false }
            let isSafe = if case .markup = value { true } else { false }
            if oldSafe || (newSafe && !isSafe) || isSafe {
                safe = true
                text = try machine.escaped(value)
                if !newSafe { new = Text.escaped(new) }
            } else {
                text = try machine.string(value)
            }
        } else {
            text = try machine.string(value)
        }
        var limit = Int.max
        if case .none = arguments[2] {
        } else {
            let count = try integer(arguments[2], "count")
            if count >= 0 { limit = count }
        }
        let result = try replaced(&machine, text, old, new, limit)
        return safe ? .markup(result) : .string(result)
    }

    static func replaced(
        _ machine: inout Machine, _ text: String, _ old: String, _ new: String, _ limit: Int
    ) throws(TemplateError) -> String {
        let bytes = Array(text.utf8)
        let wanted = Array(old.utf8)
        let with = Array(new.utf8)
        try machine.spend(bytes.count / 64)
        var out: [UInt8] = []
        var at = 0
        var count = 0
        if wanted.isEmpty {
            for scalar in text.unicodeScalars {
                if count < limit {
                    out.append(contentsOf: with)
                    count += 1
                }
                out.append(contentsOf: String(scalar).utf8)
                try machine.checkString(out.count)
            }
            if count < limit { out.append(contentsOf: with) }
            try machine.checkString(out.count)
            return String(decoding: out, as: UTF8.self)
        }
        while count < limit, let found = Scalars.find(wanted, in: bytes, from: at) {
            out.append(contentsOf: bytes[at..<found])
            out.append(contentsOf: with)
            try machine.checkString(out.count)
            at = found + wanted.count
            count += 1
        }
        if count == 0 { return text }
        out.append(contentsOf: bytes[at...])
        try machine.checkString(out.count)
        return String(decoding: out, as: UTF8.self)
    }

    private static func truncate(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isUnknown(value, machine) { return value }
        let length = try integer(arguments[0], "the length")
        let end = try onlyText(machine, arguments[2], "truncate's end")
        let leeway: Int = if case .none = arguments[3] { 5 } else { try integer(arguments[3], "the leeway") }
        let endLength = Scalars.count(end)
        guard length >= endLength else {
            throw .runtime("the length \(length) is below that of the ending, which is \(endLength)")
        }
        guard leeway >= 0 else { throw .runtime("the leeway must not be negative, not \(leeway)") }
        guard case .int(let count) = try Self.length(&machine, value) else { return value }
        let (allowed, overflow) = length.addingReportingOverflow(leeway)
        if overflow || count <= allowed { return value }
        let kept = Scalars.array(try onlyText(machine, value, "truncate")).prefix(length - endLength)
        let whole = arguments[1].isTrue ? kept : kept.lastIndex(of: " ").map { kept[..<$0] } ?? kept
        return try machine.joined(like(value, Scalars.string(whole)), like(arguments[2], end))
    }

    private static func indent(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isUnknown(value, machine) { return value }
        let prefix: String
        // Escaped indentation makes the lines of plain text escaped too.
        var escaping = false
        let text = try onlyText(machine, value, "indent")
        switch arguments[0] {
        case .string(let text): prefix = text
        case .markup(let text):
            prefix = text
            if case .string = value { escaping = true }
        default:
            let width = max(0, try integer(arguments[0], "the width"))
            try machine.checkString(width)
            prefix = String(repeating: " ", count: width)
        }
        let lines = Scalars.lines(text + "\n")
        try machine.checkString(text.utf8.count + machine.saturating(lines.count, prefix.utf8.count))
        let blank = arguments[2].isTrue
        var result = ""
        for (n, line) in lines.enumerated() {
            if n > 0 { result += "\n" }
            if n > 0, blank || !line.isEmpty { result += prefix }
            result += escaping && (n > 0 || blank) ? Text.escaped(line) : line
        }
        guard escaping else { return like(value, arguments[1].isTrue ? prefix + result : result) }
        let lower: Value = blank ? .markup(result) : .string(result)
        return arguments[1].isTrue ? try machine.joined(.markup(prefix), lower) : lower
    }

    private static func urlencode(_ machine: inout Machine, _ value: Value) throws(TemplateError) -> Value {
        func encode(_ value: Value, query: Bool) throws(TemplateError) -> String {
            var out: [UInt8] = []
            Text.percentEncode(try machine.string(value), safe: query ? [32] : [47], to: &out)
            if query { for n in out.indices where out[n] == 32 { out[n] = 43 } }
            return String(decoding: out, as: UTF8.self)
        }
        var pairs: [(key: Value, value: Value)] = []
        switch value {
        case .dict, .record: pairs = value.members ?? []
        case .list, .array, .tuple, .range:
            guard let items = Items(value) else { return .string("") }
            for n in 0..<items.count {
                let pair = try machine.elements(items[n])
                guard pair.count == 2 else { throw .runtime("urlencode needs an object or pairs of key and value") }
                pairs.append((pair[0], pair[1]))
            }
        case .undefined(let missing):
            if machine.undefinedFails { throw .undefined(missing.message) }
            return .string("")
        default: return .string(try encode(value, query: false))
        }
        var parts: [String] = []
        var size = 0
        for (key, value) in pairs {
            try machine.step()
            parts.append("\(try encode(key, query: true))=\(try encode(value, query: true))")
            size += parts[parts.count - 1].utf8.count
            try machine.checkString(size)
        }
        return .string(parts.joined(separator: "&"))
    }

    private static func xmlattr(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if case .undefined(let missing) = value { throw .undefined(missing.message) }
        guard let members = value.members else { throw .runtime("xmlattr needs an object, not \(value.kindName)") }
        var parts: [String] = []
        var size = 0
        for (key, value) in members {
            try machine.step()
            switch value {
            case .none, .undefined, .missing: continue
            default: break
            }
            let name = try onlyText(machine, key, "an attribute's name")
            if name.utf8.contains(where: { $0 == 47 || $0 == 62 || $0 == 61 || $0 == 32 || ($0 >= 9 && $0 <= 13) }) {
                throw .runtime("\(PayloadFilters.shown(name)) cannot be the name of an attribute")
            }
            parts.append("\(try machine.escaped(key))=\"\(try machine.escaped(value))\"")
            size += parts[parts.count - 1].utf8.count
            try machine.checkString(size)
        }
        var text = parts.joined(separator: " ")
        if arguments[0].isTrue, !text.isEmpty { text = " " + text }
        try machine.checkString(text.utf8.count)
        return machine.autoescape ? .markup(text) : .string(text)
    }
}
