import HubModel

extension StandardFilters {
    private static let caseAndAttribute = Signature([
        Parameter("case_sensitive", .bool(false)), Parameter("attribute", Value.none),
    ])

    static let lists: [Filter] = [
        Filter("list", help: "As a list; a string by its characters.") { m, v, _ throws(TemplateError) in
            if case .list = v { return v }
            if case .array = v { return v }
            let items = try m.elements(v).array
            try m.checkElements(items.count)
            return .list(items)
        },
        Filter(
            "join", Signature([Parameter("d", .string("")), Parameter("attribute", Value.none)]),
            help: "The elements as one text."
        ) {
            m, v, a throws(TemplateError) in try join(&m, v, a)
        },
        Filter("first", help: "The first element.") { m, v, _ throws(TemplateError) in
            let items = try m.elements(v)
            return items.count > 0 ? items[0] : .undefined(Undefined(path: "first", reason: "the list is empty"))
        },
        Filter("last", help: "The last element.") { m, v, _ throws(TemplateError) in
            let items = try m.elements(v)
            if case .markup = v, items.count > 0 { return .markup(try m.string(items[items.count - 1])) }
            return items.count > 0
                ? items[items.count - 1] : .undefined(Undefined(path: "last", reason: "the list is empty"))
        },
        Filter("reverse", help: "From the end to the beginning.") { m, v, _ throws(TemplateError) in
            switch v {
            case .string(let text): return .string(Scalars.string(text.unicodeScalars.reversed()))
            case .markup(let text): return .markup(Scalars.string(text.unicodeScalars.reversed()))
            default: return .list(try m.elements(v).array.reversed())
            }
        },
        Filter(
            "sort",
            Signature([
                Parameter("reverse", .bool(false)), Parameter("case_sensitive", .bool(false)),
                Parameter("attribute", Value.none),
            ]), help: "Sorted; equal elements keep their order."
        ) {
            m, v, a throws(TemplateError) in
            let items = try m.elements(v).array
            try m.charge(elements: items.count)
            var keys: [[Value]] = []
            keys.reserveCapacity(items.count)
            let paths = try paths(&m, a[2])
            for item in items {
                try m.spend(1)
                if paths.isEmpty {
                    keys.append([try fold(&m, item, a[1].isTrue)])
                    continue
                }
                var key: [Value] = []
                key.reserveCapacity(paths.count)
                for path in paths { key.append(try fold(&m, try path.get(&m, item), a[1].isTrue)) }
                keys.append(key)
            }
            return .list(try sorted(&m, keys, reverse: a[0].isTrue).map { items[$0] })
        },
        Filter(
            "dictsort",
            Signature([
                Parameter("case_sensitive", .bool(false)), Parameter("by", .string("key")),
                Parameter("reverse", .bool(false)),
            ]), help: "Pairs of key and value, sorted."
        ) {
            m, v, a throws(TemplateError) in
            let by = try m.string(a[1])
            guard by == "key" || by == "value" else {
                throw .runtime("dictsort sorts by \"key\" or \"value\", not \"\(by)\"")
            }
            if case .undefined(let missing) = v { throw .undefined(missing.message) }
            guard let members = v.members else { throw .runtime("dictsort needs an object, not \(v.kindName)") }
            var keys: [[Value]] = []
            for (key, value) in members { keys.append([try fold(&m, by == "key" ? key : value, a[0].isTrue)]) }
            return .list(
                try sorted(&m, keys, reverse: a[2].isTrue, direct: true).map {
                    .tuple([members[$0].key, members[$0].value])
                })
        },
        Filter("unique", caseAndAttribute, help: "Without elements that were there before.") {
            m, v, a throws(TemplateError) in
            let items = try m.elements(v)
            let path = try path(&m, a[1])
            var seen: Set<HashKey> = []
            var result: [Value] = []
            for n in 0..<items.count {
                try m.spend(1)
                let item = items[n]
                let value = try fold(&m, try path?.get(&m, item) ?? item, a[0].isTrue)
                if case .undefined(let missing) = value, m.undefinedFails { throw .undefined(missing.message) }
                guard let key = HashKey(value) else { throw .runtime("unique cannot compare \(value.kindName)") }
                if seen.insert(key).inserted { result.append(item) }
            }
            return .list(result)
        },
        Filter("min", caseAndAttribute, help: "The smallest element.") { m, v, a throws(TemplateError) in
            try extreme(&m, v, a, sign: -1)
        },
        Filter("max", caseAndAttribute, help: "The largest element.") { m, v, a throws(TemplateError) in
            try extreme(&m, v, a, sign: 1)
        },
        Filter(
            "sum", Signature([Parameter("attribute", Value.none), Parameter("start", .int(0))]),
            help: "The elements added up."
        ) {
            m, v, a throws(TemplateError) in
            let items = try m.elements(v)
            let path = try path(&m, a[0])
            var total = a[1]
            if case .string = total { throw .runtime("sum cannot begin with a string: use join") }
            for n in 0..<items.count {
                try m.spend(1)
                total = try m.arithmetic(.add, total, try path?.get(&m, items[n]) ?? items[n])
            }
            return total
        },
        Filter(
            "groupby",
            Signature([
                Parameter("attribute"), Parameter("default", Value.none), Parameter("case_sensitive", .bool(false)),
            ]), help: "Groups of elements with the same value, as (grouper, list)."
        ) {
            m, v, a throws(TemplateError) in try groupby(&m, v, a)
        },
        Filter(
            "batch", Signature([Parameter("linecount"), Parameter("fill_with", Value.none)]),
            help: "Lists of so many elements."
        ) {
            m, v, a throws(TemplateError) in
            let items = try m.elements(v)
            let size = try integer(a[0], "the size of a batch")
            var result: [Value] = []
            var line: [Value] = []
            for n in 0..<items.count {
                try m.spend(1)
                if line.count == size {
                    result.append(.list(line))
                    line = []
                }
                line.append(items[n])
            }
            if !line.isEmpty {
                if case .none = a[1] {
                } else if line.count < size {
                    try m.checkElements(size)
                    try m.charge(elements: size)
                    line.append(contentsOf: repeatElement(a[1], count: size - line.count))
                }
                result.append(.list(line))
            }
            return .list(result)
        },
        Filter(
            "slice", Signature([Parameter("slices"), Parameter("fill_with", Value.none)]),
            help: "So many lists of about the same length."
        ) {
            m, v, a throws(TemplateError) in
            let items = try m.elements(v).array
            let count = try integer(a[0], "the number of slices")
            guard count != 0 else { throw .runtime("division by zero: there cannot be 0 slices") }
            guard count > 0 else { return .list([]) }
            try m.checkElements(count)
            try m.charge(elements: items.count + count)
            let (size, extra) = items.count.quotientAndRemainder(dividingBy: count)
            var result: [Value] = []
            var start = 0
            for n in 0..<count {
                let end = start + size + (n < extra ? 1 : 0)
                var part = Array(items[start..<end])
                if case .none = a[1] {} else if n >= extra { part.append(a[1]) }
                result.append(.list(part))
                start = end
            }
            return .list(result)
        },
    ]

    private static func join(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try machine.elements(value)
        let path = try path(&machine, arguments[1])
        var out: [UInt8] = []
        if !machine.autoescape {
            let separator = try machine.string(arguments[0])
            for n in 0..<items.count {
                if n > 0 { out.append(contentsOf: separator.utf8) }
                let item = items[n]
                try machine.append(try path?.get(&machine, item) ?? item, to: &out)
                try machine.checkString(out.count)
            }
            try machine.spend(items.count)
            return .string(String(decoding: out, as: UTF8.self))
        }
        var parts: [Value] = []
        var safe = if case .markup = arguments[0] { true } else { false }
        for n in 0..<items.count {
            let item = try path?.get(&machine, items[n]) ?? items[n]
            if case .markup = item { safe = true }
            parts.append(item)
        }
        try machine.spend(items.count)
        let separator = safe ? try machine.escaped(arguments[0]) : try machine.string(arguments[0])
        for (n, part) in parts.enumerated() {
            if n > 0 { out.append(contentsOf: separator.utf8) }
            out.append(contentsOf: (safe ? try machine.escaped(part) : try machine.string(part)).utf8)
            try machine.checkString(out.count)
        }
        let text = String(decoding: out, as: UTF8.self)
        return safe ? .markup(text) : .string(text)
    }

    /// A path such as `address.city` or `0`, followed into every element.
    struct Path {
        var parts: [Value]
        var text: String
        var standard: Value?

        func get(_ machine: inout Machine, _ item: Value) throws(TemplateError) -> Value {
            var current = item
            if parts.count > 1 { try machine.spend(parts.count) }
            for part in parts {
                if case .undefined(let missing) = current {
                    if machine.mode == .lenient || machine.mode == .strict { throw .undefined(missing.message) }
                    break
                }
                if let found = try machine.item(of: current, part) {
                    current = found
                } else if case .tuple(let pair) = current, pair.count == 2, case .string(let name) = part,
                    name == "grouper" || name == "list"
                {
                    current = pair[name == "grouper" ? 0 : 1]
                } else {
                    let reason = "\(current.kindName) has no member \"\(try machine.string(part))\""
                    current = standard ?? .undefined(Undefined(path: text, reason: reason))
                    if standard != nil { continue }
                }
            }
            return current
        }
    }

    private static let longestPath = 1024

    static func path(_ machine: inout Machine, _ value: Value, standard: Value? = nil) throws(TemplateError) -> Path? {
        switch value {
        case .none: return nil
        case .string(let text), .markup(let text):
            if text.isEmpty { return nil }
            // It is looked up in every element.
            guard text.utf8.count <= longestPath else {
                throw .limit("bytes of an attribute's name", used: text.utf8.count, allowed: longestPath)
            }
            return path(text, standard)
        default: return Path(parts: [value], text: try machine.string(value), standard: standard)
        }
    }

    private static func path(_ text: String, _ standard: Value?) -> Path {
        let parts: [Value] = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            if !part.isEmpty, part.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(part) {
                return .int(number)
            }
            return .string(String(part))
        }
        return Path(parts: parts, text: text, standard: standard)
    }

    /// The paths of `sort(attribute="a,b")`.
    private static func paths(_ machine: inout Machine, _ value: Value) throws(TemplateError) -> [Path] {
        guard case .string(let text) = value, text.utf8.count <= longestPath else {
            return try path(&machine, value).map { [$0] } ?? []
        }
        return text.split(separator: ",", omittingEmptySubsequences: false).map { path(String($0), nil) }
    }

    /// A key for comparing without case; charged for, since the text may be long and a list hold it many times.
    private static func fold(
        _ machine: inout Machine, _ value: Value, _ caseSensitive: Bool
    ) throws(TemplateError) -> Value {
        switch value {
        case .string(let text), .markup(let text):
            try machine.charge(bytes: text.utf8.count)
            return caseSensitive ? value : .string(lowercased(text))
        default: return value
        }
    }

    /// A stable order of keys, as positions; stable also when reversed. `direct` when equal keys, too, must have an order.
    private static func sorted(
        _ machine: inout Machine, _ keys: [[Value]], reverse: Bool, direct: Bool = false
    ) throws(TemplateError) -> [Int] {
        var order = Array(keys.indices)
        var other = order
        var width = 1
        let count = order.count
        func precedes(_ a: Int, _ b: Int) throws(TemplateError) -> Bool {
            for (x, y) in zip(keys[a], keys[b]) {
                let result: Int?
                switch (x, y) {
                // Their order also says whether they are equal.
                case (.string, .string), (.int, .int): result = try machine.order(x, y)
                default:
                    if !direct, try machine.isEqual(x, y) { continue }
                    result = try machine.order(x, y)
                }
                guard let result else { return false }
                if result != 0 { return reverse ? result > 0 : result < 0 }
            }
            return false
        }
        if count == 1, case .undefined(let missing)? = keys[0].first, machine.mode == .hub {
            throw .undefined(missing.message)
        }
        while width < count {
            var start = 0
            while start < count {
                let middle = min(start + width, count)
                let end = min(start + 2 * width, count)
                var (left, right, at) = (start, middle, start)
                try machine.spend(end - start)
                while left < middle || right < end {
                    if left < middle, right < end {
                        if try precedes(order[right], order[left]) {
                            other[at] = order[right]
                            right += 1
                        } else {
                            other[at] = order[left]
                            left += 1
                        }
                    } else if left < middle {
                        other[at] = order[left]
                        left += 1
                    } else {
                        other[at] = order[right]
                        right += 1
                    }
                    at += 1
                }
                start = end
            }
            swap(&order, &other)
            width *= 2
        }
        return order
    }

    private static func extreme(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments, sign: Int
    ) throws(TemplateError) -> Value {
        let items = try machine.elements(value)
        let path = try path(&machine, arguments[1])
        guard items.count > 0 else {
            return .undefined(Undefined(path: sign > 0 ? "max" : "min", reason: "the list is empty"))
        }
        var best = items[0]
        var bestKey = try fold(&machine, try path?.get(&machine, best) ?? best, arguments[0].isTrue)
        for n in 1..<max(1, items.count) {
            try machine.spend(1)
            let item = items[n]
            let key = try fold(&machine, try path?.get(&machine, item) ?? item, arguments[0].isTrue)
            if let order = try machine.order(key, bestKey, sign > 0 ? ">" : "<"), order * sign > 0 {
                (best, bestKey) = (item, key)
            }
        }
        return best
    }

    private static func groupby(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try machine.elements(value).array
        let standard: Value? = if case .none = arguments[1] { nil } else { arguments[1] }
        let path = try path(&machine, arguments[0], standard: standard)
        var raw: [Value] = []
        for item in items {
            try machine.spend(1)
            raw.append(try path?.get(&machine, item) ?? item)
        }
        var keys: [[Value]] = []
        for value in raw { keys.append([try fold(&machine, value, arguments[2].isTrue)]) }
        var groups: [Value] = []
        var current: [Value] = []
        var first: Int?
        for n in try sorted(&machine, keys, reverse: false, direct: true) {
            if let start = first, try !machine.equal(keys[start][0], keys[n][0]) {
                groups.append(.tuple([raw[start], .list(current)]))
                current = []
                first = n
            }
            if first == nil { first = n }
            current.append(items[n])
        }
        if let first { groups.append(.tuple([raw[first], .list(current)])) }
        return .list(groups)
    }

    // MARK: map, select, reject

    static let selection: [Filter] = [
        Filter("map", .anything, help: "Every element through a filter, or one of its members.") {
            m, v, a throws(TemplateError) in try map(&m, v, a)
        },
        Filter("select", .anything, help: "The elements for which a test is true.") { m, v, a throws(TemplateError) in
            try select(&m, v, a, wanted: true, attribute: false)
        },
        Filter("reject", .anything, help: "The elements that a test does not hold for.") {
            m, v, a throws(TemplateError) in
            try select(&m, v, a, wanted: false, attribute: false)
        },
        Filter("selectattr", .anything, help: "The elements with a member for which a test is true.") {
            m, v, a throws(TemplateError) in try select(&m, v, a, wanted: true, attribute: true)
        },
        Filter("rejectattr", .anything, help: "The elements with a member that a test does not hold for.") {
            m, v, a throws(TemplateError) in try select(&m, v, a, wanted: false, attribute: true)
        },
    ]

    private static func map(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard try machine.truth(value) else { return .list([]) }
        let items = try machine.elements(value)
        var result: [Value] = []
        if arguments.rest.isEmpty, let attribute = arguments.named.first(where: { $0.name == "attribute" }) {
            var standard = arguments.named.first { $0.name == "default" }?.value
            if case .none? = standard { standard = nil }
            if let extra = arguments.named.first(where: { $0.name != "attribute" && $0.name != "default" }) {
                throw .runtime("map takes no argument \"\(extra.name)\"")
            }
            let path = try path(&machine, attribute.value, standard: standard)
            result.reserveCapacity(items.count)
            for n in 0..<items.count {
                try machine.spend(3)
                result.append(try path?.get(&machine, items[n]) ?? items[n])
            }
            return .list(result)
        }
        let (filter, bound) = try elementFilter(&machine, arguments)
        try machine.enterDeeper("filters inside each other")
        result.reserveCapacity(items.count)
        for n in 0..<items.count {
            try machine.spend(1)
            result.append(try machine.apply(filter, to: items[n], bound))
        }
        machine.leaveDeeper()
        return .list(result)
    }

    /// The filter that `map` names, with its arguments.
    private static func elementFilter(
        _ machine: inout Machine, _ arguments: Arguments
    ) throws(TemplateError) -> (Filter, Arguments) {
        if case .filter(let filter, let bound) = arguments.element { return (filter, bound) }
        guard let first = arguments.rest.first else { throw .runtime("map needs a filter's name or attribute=") }
        let name = try machine.string(first)
        guard let filter = machine.library.filters[name] else {
            throw .runtime(
                "there is no filter \(PayloadFilters.shown(name))\(String.suggestion(for: name, in: machine.library.filters.keys))"
            )
        }
        let rest = Array(arguments.rest.dropFirst())
        return (filter, try machine.bind(filter.signature, rest, arguments.named, "the filter \"\(name)\""))
    }

    private static func select(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments, wanted: Bool, attribute: Bool
    ) throws(TemplateError) -> Value {
        guard try machine.truth(value) else { return .list([]) }
        let items = try machine.elements(value)
        var rest = arguments.rest
        var path: Path?
        if attribute {
            guard let first = rest.first else { throw .runtime("selectattr and rejectattr need the name of a member") }
            path = try Self.path(&machine, first)
            rest.removeFirst()
        }
        var test: Test?
        var bound = Arguments()
        if case .test(let known, let arguments) = arguments.element {
            (test, bound) = (known, arguments)
        } else if let first = rest.first {
            let name = try machine.string(first)
            guard let found = machine.library.tests[name] else {
                throw .runtime(
                    "there is no test \(PayloadFilters.shown(name))\(String.suggestion(for: name, in: machine.library.tests.keys))"
                )
            }
            test = found
            bound = try machine.bind(
                found.signature, Array(rest.dropFirst()), arguments.named, "the test \"\(name)\"")
        } else if let extra = arguments.named.first {
            throw .runtime("this filter takes no argument \"\(extra.name)\"")
        }
        var result: [Value] = []
        for n in 0..<items.count {
            try machine.spend(path == nil ? 1 : 4)
            let item = items[n]
            let subject = try path?.get(&machine, item) ?? item
            let holds = if let test { try machine.apply(test, to: subject, bound) } else { try machine.truth(subject) }
            if holds == wanted { result.append(item) }
        }
        return .list(result)
    }
}
