import HubModel

extension PayloadFilters {
    private static let condition = Signature([
        Parameter("path", Value.none), Parameter("test", Value.none), Parameter("value", .omit),
    ])

    static let lists: [Filter] = [
        Filter(
            "where", condition,
            help:
                "The elements whose member at `path` is true, passes a test (`where(\"role\", \"eq\", \"agent\")`) "
                + "or equals `value`.",
            whereFilter),
        Filter(
            "find", condition, help: "The first element that `where` would keep; undefined when there is none.", find),
        Filter("any", condition, help: "Whether one element is such as `where` would keep.", any),
        Filter("all", condition, help: "Whether every element is such as `where` would keep.", all),
        Filter(
            "index_by", Signature([Parameter("path")]),
            help: "An object of the list's elements under their member at `path`; of equal ones the last stays.",
            indexBy),
        Filter(
            "zip", Signature([Parameter("other")]),
            help: "Pairs of the elements of two lists, as many as the shorter one has.", zip),
        Filter(
            "sum_by", Signature([Parameter("path")]),
            help: "The sum of the elements' numbers at `path`; elements without one count as 0.", sumBy),
    ]

    /// Whether an element passes, given what `where` and its kin were called with.
    private static func holds(
        _ element: Value, _ arguments: Arguments, _ machine: inout Machine, _ filter: String
    ) throws(TemplateError) -> Bool {
        let subject: Value
        if isNull(arguments[0]) {
            subject = element
        } else if let found = try follow(arguments[0], from: element, &machine, filter) {
            subject = found
        } else {
            subject = .undefined(Undefined(path: (try? text(arguments[0], filter)) ?? "element"))
        }
        var value: Value?
        if case .omit = arguments[2] {} else { value = arguments[2] }
        guard let name = try optionalText(arguments, 1, filter, "test") else {
            guard let value else { return subject.isTrue }
            return try machine.equal(subject, value)
        }
        guard let test = machine.library.tests[name] else {
            let near = String.suggestion(for: name, in: machine.library.tests.keys)
            let hint = near.isEmpty ? "; to compare write \(filter)(path, \"eq\", value)" : near
            throw .runtime("\(filter): there is no test \(shown(name))\(hint)")
        }
        // An absent member is unlike anything, rather than an error in the middle of a list.
        if subject.isUndefined, name != "defined", name != "undefined", name != "none" {
            return ["ne", "!=", "notequalto"].contains(name)
        }
        let bound = try machine.bind(test.signature, value.map { [$0] } ?? [], [], "the test \"\(name)\"")
        return try machine.apply(test, to: subject, bound)
    }

    private static func whereFilter(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "where")
        try machine.spend(items.count)
        var result: [Value] = []
        for n in 0..<items.count where try holds(items[n], arguments, &machine, "where") { result.append(items[n]) }
        return .list(result)
    }

    private static func find(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "find")
        try machine.spend(items.count)
        for n in 0..<items.count where try holds(items[n], arguments, &machine, "find") { return items[n] }
        return .undefined(Undefined(path: "find", reason: "none of the \(items.count) elements is such"))
    }

    private static func any(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "any")
        try machine.spend(items.count)
        for n in 0..<items.count where try holds(items[n], arguments, &machine, "any") { return .bool(true) }
        return .bool(false)
    }

    private static func all(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "all")
        try machine.spend(items.count)
        for n in 0..<items.count where try !holds(items[n], arguments, &machine, "all") { return .bool(false) }
        return .bool(true)
    }

    private static func indexBy(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "index_by")
        try machine.spend(items.count)
        var result = ValueDict()
        for n in 0..<items.count {
            guard let key = try follow(arguments[0], from: items[n], &machine, "index_by"), HashKey(key) != nil else {
                throw .runtime(
                    "index_by: element \(n + 1) of \(items.count) has nothing at the path that can be a name")
            }
            try machine.charge(key)
            result[key] = items[n]
        }
        return .dict(result)
    }

    private static func zip(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "zip")
        guard let others = Items(arguments[0]) else { throw unfit(arguments[0], "zip", "a list", argument: "other") }
        let count = min(items.count, others.count)
        try machine.spend(count)
        return .list((0..<count).map { .list([items[$0], others[$0]]) })
    }

    private static func sumBy(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let items = try items(value, "sum_by")
        try machine.spend(items.count)
        var sum = Value.int(0)
        for n in 0..<items.count {
            guard let part = try follow(arguments[0], from: items[n], &machine, "sum_by"), !isAbsent(part) else {
                continue
            }
            switch part {
            case .int, .big, .float: sum = try machine.arithmetic(.add, sum, part)
            default:
                throw .runtime("sum_by: element \(n + 1) of \(items.count) has \(part.kindName) there, not a number")
            }
        }
        return sum
    }
}
