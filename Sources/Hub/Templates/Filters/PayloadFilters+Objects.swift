import HubModel

extension PayloadFilters {
    static let objects: [Filter] = [
        Filter(
            "json", Signature([Parameter("indent", Value.none)]),
            help: "JSON text: members in their order, characters as they are, compact or with `indent` spaces a level.",
            json),
        Filter("fromjson", help: "The value that JSON text holds; undefined when it is not JSON.", fromJSON),
        Filter(
            "pick", Signature(varargs: true), help: "The object with only the named members, in the order named.", pick),
        Filter("without", Signature(varargs: true), help: "The object without the named members.", without),
        Filter(
            "merge", Signature([Parameter("other"), Parameter("deep", .bool(false))]),
            help: "The object with the members of another, which win; `deep=true` merges objects inside as well.",
            merge),
        Filter("compact", help: "A list or object without what is null or undefined.", compact),
        Filter(
            "flatten", Signature([Parameter("levels", Value.none)]),
            help: "Lists inside the list replaced by their elements, at all levels or so many.", flatten),
        Filter(
            "get", Signature([Parameter("path"), Parameter("default", .omit)]),
            help: "What a path such as \"a.b[0]\" leads to, or `default`, or undefined.", get),
        Filter(
            "coalesce", Signature(varargs: true),
            help: "The first of the value and the arguments that is neither undefined nor null; else null.", coalesce),
        Filter(
            "ifnull", Signature([Parameter("value")]), help: "The argument when the value is undefined or null.", ifNull
        ),
        Filter(
            "required", Signature([Parameter("message", Value.none)]),
            help: "The value; an error with the message when it is undefined, null or empty text.", required),
        Filter("truthy", help: "True or false, as `if` would decide; undefined is false.", truthy),
        Filter(
            "map_value", Signature([Parameter("values"), Parameter("default", .omit)]),
            help: "What an object has under the value, such as one code for another; else `default`, or undefined.",
            mapValue),
    ]

    // MARK: JSON

    private static func json(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var out: [UInt8] = []
        var indent: Int?
        if !isNull(arguments[0]) {
            indent = try integer(arguments, 0, "json", "indent")
            guard (0...16).contains(indent ?? 0) else { throw .runtime("json indents by 0 to 16 spaces") }
        }
        try encode(value, into: &out, &machine, indent: indent, depth: 0)
        try machine.checkString(out.count)
        return .string(String(decoding: out, as: UTF8.self))
    }

    private static func encode(
        _ value: Value, into out: inout [UInt8], _ machine: inout Machine, indent: Int?, depth: Int
    ) throws(TemplateError) {
        try machine.spend(1)
        if out.count > machine.limits.string { try machine.checkString(out.count) }
        guard depth <= 128 else { throw .limit("levels of JSON", used: depth, allowed: 128) }
        func line(_ level: Int) {
            guard let indent else { return }
            out.append(10)
            out.append(contentsOf: repeatElement(32, count: indent * level))
        }
        switch value {
        case .string(let text), .markup(let text):
            try machine.charge(bytes: text.utf8.count)
            JSON.encode(text, into: &out)
        case .none: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let number): Text.append(number, to: &out)
        case .big(let number):
            try machine.charge(value)
            out.append(contentsOf: number.description.utf8)
        case .float(let number):
            guard number.isFinite else { throw .runtime("JSON has no \(Text.float(number))") }
            out.append(contentsOf: Text.float(number).utf8)
        case .list, .tuple, .array, .range:
            guard let items = Items(value) else { return }
            out.append(91)
            var first = true
            for n in 0..<items.count {
                let item = items[n]
                if case .omit = item { continue }
                if !first { out.append(44) }
                first = false
                line(depth + 1)
                try encode(item, into: &out, &machine, indent: indent, depth: depth + 1)
            }
            if !first { line(depth) }
            out.append(93)
        case .dict, .record:
            out.append(123)
            var first = true
            for (key, member) in value.members ?? [] {
                if case .omit = member { continue }
                if !first { out.append(44) }
                first = false
                line(depth + 1)
                try encodeName(key, into: &out)
                out.append(58)
                if indent != nil { out.append(32) }
                try encode(member, into: &out, &machine, indent: indent, depth: depth + 1)
            }
            if !first { line(depth) }
            out.append(125)
        case .undefined, .missing, .object, .omit: throw unfit(value, "json", "a value that JSON has")
        }
    }

    private static func encodeName(_ key: Value, into out: inout [UInt8]) throws(TemplateError) {
        switch key {
        case .none: JSON.encode("null", into: &out)
        case .bool(let flag): JSON.encode(flag ? "true" : "false", into: &out)
        case .string, .markup, .int, .big, .float: JSON.encode(try text(key, "json"), into: &out)
        default: throw .runtime("\(key.kindName) cannot be a member's name in JSON")
        }
    }

    private static func fromJSON(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let came = try text(value, "fromjson")
        try machine.spend(came.utf8.count / 16)
        do {
            return Value(try JSON(parsing: came))
        } catch {
            return nothing("fromjson", came, error.description)
        }
    }

    // MARK: Objects

    /// Names given one by one or as lists.
    private static func names(_ arguments: Arguments, _ filter: String) throws(TemplateError) -> [Value] {
        var result: [Value] = []
        for argument in arguments.rest {
            if let items = Items(argument) {
                result += items.array
            } else {
                result.append(argument)
            }
        }
        guard !result.isEmpty || !arguments.rest.isEmpty else {
            throw .runtime("\(filter) needs the names of members, as in \(filter)(\"id\", \"status\")")
        }
        for name in result where HashKey(name) == nil { throw .runtime("\(name.kindName) cannot be a member's name") }
        return result
    }

    private static func pick(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard value.members != nil else { throw unfit(value, "pick", "an object") }
        let names = try names(arguments, "pick")
        try machine.spend(names.count)
        var result = ValueDict()
        for name in names {
            // Every name is looked for from the end of the object.
            if case .record(let object) = value { try machine.charge(bytes: object.count) }
            if let found = value.member(name) { result[name] = found }
        }
        return .dict(result)
    }

    private static func without(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard let members = value.members else { throw unfit(value, "without", "an object") }
        let names = try names(arguments, "without")
        let removed = Set(names.compactMap { HashKey($0) })
        try machine.spend(members.count + names.count)
        var result = ValueDict()
        for (key, member) in members {
            if let exact = HashKey(key), removed.contains(exact) { continue }
            result[key] = member
        }
        return .dict(result)
    }

    private static func merge(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let deep = try machine.truth(arguments[1])
        guard value.members != nil else { throw unfit(value, "merge", "an object") }
        guard arguments[0].members != nil else { throw unfit(arguments[0], "merge", "an object", argument: "other") }
        return try merged(value, arguments[0], deep: deep, &machine, depth: 0)
    }

    private static func merged(
        _ a: Value, _ b: Value, deep: Bool, _ machine: inout Machine, depth: Int
    ) throws(TemplateError) -> Value {
        guard depth <= 128 else { throw .limit("objects inside each other", used: depth, allowed: 128) }
        var result = ValueDict()
        let (left, right) = (a.members ?? [], b.members ?? [])
        try machine.spend(left.count + right.count)
        for (key, member) in left { result[key] = member }
        for (key, member) in right {
            if deep, member.members != nil, let old = result[key], old.members != nil {
                result[key] = try merged(old, member, deep: true, &machine, depth: depth + 1)
            } else {
                result[key] = member
            }
        }
        return .dict(result)
    }

    private static func compact(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if let items = Items(value) {
            try machine.spend(items.count)
            return .list(items.array.filter { !isAbsent($0) })
        }
        guard let members = value.members else { throw unfit(value, "compact", "a list or an object") }
        try machine.spend(members.count)
        var result = ValueDict()
        for (key, member) in members where !isAbsent(member) { result[key] = member }
        return .dict(result)
    }

    private static func flatten(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "flatten")
        let levels = isNull(arguments[0]) ? Int.max : try integer(arguments, 0, "flatten", "levels")
        var result: [Value] = []
        try flatten(items, levels: levels, into: &result, &machine, depth: 0)
        return .list(result)
    }

    private static func flatten(
        _ items: Items, levels: Int, into result: inout [Value], _ machine: inout Machine, depth: Int
    ) throws(TemplateError) {
        guard depth <= 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
        try machine.spend(items.count)
        for n in 0..<items.count {
            let item = items[n]
            if depth < levels, let inner = Items(item) {
                try flatten(inner, levels: levels, into: &result, &machine, depth: depth + 1)
            } else {
                result.append(item)
            }
        }
        try machine.checkElements(result.count)
    }

    // MARK: Paths

    private enum Link { case name(String), index(Int) }

    private static func links(_ path: String, _ filter: String) throws(TemplateError) -> [Link] {
        var links: [Link] = []
        let bytes = Array(path.utf8)
        var at = 0
        let wrong = TemplateError.runtime("\(filter) cannot follow the path \(shown(path)); write it as \"a.b[0]\"")
        guard bytes.count <= 1024 else { throw wrong }
        while at < bytes.count {
            if bytes[at] == 91 {
                guard let end = bytes[at...].firstIndex(of: 93) else { throw wrong }
                let inside = bytes[(at + 1)..<end]
                if let number = Int(String(decoding: inside, as: UTF8.self)) {
                    links.append(.index(number))
                } else if inside.count >= 2, let quote = inside.first, quote == 34 || quote == 39, inside.last == quote
                {
                    links.append(.name(String(decoding: inside.dropFirst().dropLast(), as: UTF8.self)))
                } else {
                    throw wrong
                }
                at = end + 1
                continue
            }
            if bytes[at] == 46 {
                guard !links.isEmpty else { throw wrong }
                at += 1
            } else if !links.isEmpty {
                throw wrong
            }
            let end = bytes[at...].firstIndex { $0 == 46 || $0 == 91 } ?? bytes.count
            guard end > at else { throw wrong }
            links.append(.name(String(decoding: bytes[at..<end], as: UTF8.self)))
            at = end
        }
        guard !links.isEmpty else { throw wrong }
        return links
    }

    /// What a path given as an argument leads to; nil where it breaks off.
    static func follow(
        _ path: Value, from value: Value, _ machine: inout Machine, _ filter: String
    ) throws(TemplateError) -> Value? {
        if case .int = path { return try machine.item(of: value, path) }
        guard case .string(let text) = path else { throw unfit(path, filter, "text", argument: "path") }
        try machine.spend(text.utf8.count / 8)
        var here = value
        for link in try links(text, filter) {
            let next: Value?
            switch link {
            case .name(let name):
                if Items(here) != nil, let index = Int(name) {
                    next = try machine.item(of: here, .int(index))
                } else {
                    next = try machine.member(of: here, named: name)
                }
            case .index(let index): next = Items(here) == nil ? nil : try machine.item(of: here, .int(index))
            }
            guard let next, !next.isUndefined else { return nil }
            here = next
        }
        return here
    }

    private static func get(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if let found = try follow(arguments[0], from: value, &machine, "get") { return found }
        if case .omit = arguments[1] {
            let path = (try? text(arguments[0], "get")) ?? ""
            return .undefined(Undefined(path: "get(\(shown(path)))", reason: "\(value.kindName) has nothing there"))
        }
        return arguments[1]
    }

    // MARK: Absence

    private static func coalesce(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        for candidate in [value] + arguments.rest {
            if case .omit = candidate { return candidate }
            if !isAbsent(candidate) { return candidate }
        }
        return .none
    }

    private static func ifNull(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { isAbsent(value) ? arguments[0] : value }

    private static func required(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let message = try optionalText(arguments, 0, "required", "message")
        switch value {
        case .undefined(let missing): throw .undefined(message ?? missing.message)
        case .none: throw .undefined(message ?? "a required value is null")
        case .string(let text) where text.utf8.isEmpty: throw .undefined(message ?? "a required value is empty")
        default: return value
        }
    }

    private static func truthy(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { .bool(value.isTrue) }

    private static func mapValue(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard arguments[0].members != nil else {
            throw unfit(arguments[0], "map_value", "an object", argument: "values")
        }
        if !value.isUndefined, HashKey(value) != nil, let found = arguments[0].member(value) { return found }
        if case .omit = arguments[1] {
            if case .undefined = value { return value }
            let shown = (try? text(value, "map_value")) ?? value.kindName
            return nothing("map_value", shown, "the values have no such name")
        }
        return arguments[1]
    }
}
