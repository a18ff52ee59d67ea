import HubModel
import HubRouting
import HubTemplates
import TestRandom
import Testing

/// The index over many routes against asking every route by the words of the specification.
@Suite("Routes found by value")
struct RouteIndexTests {
    /// What `matches` must find: every route asked in turn, with filters as they are written.
    private static func asked(_ table: RouteTable, _ view: EventView, vars: JSON) -> [String] {
        var found: [String] = []
        for route in table.routes where route.types.contains(view.event.type) {
            if let sources = route.sources, !sources.contains(view.event.source) { continue }
            guard route.filters.allSatisfy({ PlainFilter(rule: $0).holds(view.event) }) else { continue }
            guard let condition = route.condition else {
                found.append(route.name)
                continue
            }
            do throws(TemplateError) {
                // The names as values, so that no path is looked up in the event.
                let roots = EventView.names.map { name -> JSON? in
                    name == "route" ? .string(route.name) : PlainFilter.root(name, view.event, vars: vars)
                }
                if try condition.holds(.values(roots)) { found.append(route.name) }
            } catch {
                found.append("\(route.name): the condition of the route cannot be decided: \(error.description)")
            }
        }
        return found
    }

    private static let values = [
        "5", "5.0", "\"5\"", "sam", "Sam", "SAM", "\"é\"", "\"e\\u0301\"", "true", "null", "[a, b]", "\"\"", "ß", "SS",
        "0", "-0.0", "1e2", "100", "9007199254740993", "9007199254740992.0",
    ]
    private static let paths = [
        "data.a", "data.b", "data.list.0", "raw.x.y", "call.agent.id", "call.duration_s", "call.summary", "source",
        "event.type", "event.call.agent.id", "event_type", "event.data.a", "event.source", "message.text",
    ]

    private static func filter(_ random: inout SeededRandom) -> String {
        let path = random.pick(paths)
        let flags =
            (random.chance(1, in: 4) ? ", case_sensitive: false" : "")
            + (random.chance(1, in: 5) ? ", optional: true" : "")
        switch random.pick([0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6]) {
        case 0: return "{ field_path: \(path), operator: equals, value: \(random.pick(values))\(flags) }"
        case 1:
            return
                "{ field_path: \(path), operator: in, value: [\(random.pick(values)), \(random.pick(values))]\(flags) }"
        case 2: return "{ field_path: \(path), operator: not_equals, value: \(random.pick(values))\(flags) }"
        case 3: return "{ field_path: \(path), operator: not_in, value: [\(random.pick(values))]\(flags) }"
        case 4: return "{ field_path: \(path), operator: exists, value: \(random.pick(["true", "false"])) }"
        case 5:
            let operation = random.pick(["starts_with", "ends_with", "contains", "not_contains"])
            return
                "{ field_path: \(path), operator: \(operation), value: \(random.pick(["s", "M", "\"\"", "5"]))\(flags) }"
        default:
            let operation = random.pick(["greater_than", "less_or_equal", "less_than", "greater_or_equal"])
            return "{ field_path: \(path), operator: \(operation), value: \(random.pick(["5", "Sam", "5.5"]))\(flags) }"
        }
    }

    private static func comparison(_ random: inout SeededRandom) -> String {
        let path = random.pick(
            ["data.a", "data.b", "raw.x.y", "call.agent.id", "call.summary", "source", "event.call.agent.id", "route"])
        let text = random.pick(["'sam'", "'Sam'", "'5'", "'é'", "'voqo'", "''"])
        switch random.pick([0, 0, 0, 0, 0, 1, 2, 3, 4, 5]) {
        case 0: return "\(path) == \(text)"
        case 1: return "\(text) == \(path)"
        case 2: return "call.duration_s >= \(random.pick(["5", "5.5", "100"]))"
        case 3: return "\(path) != \(text)"
        case 4: return "\(path) > \(random.pick(["5", "'a'"]))"
        default: return "\(path) is defined"
        }
    }

    private static func condition(_ random: inout SeededRandom) -> String {
        let parts = (0...random.pick([0, 0, 1, 2])).map { _ in comparison(&random) }
        let text = parts.joined(separator: random.chance(1, in: 6) ? " or " : " and ")
        return random.chance(1, in: 12) ? "not (\(text))" : text
    }

    private static func routes(_ random: inout SeededRandom) -> String {
        var text = "routes:\n"
        for n in 0..<(4 + Int(random.next() % 30)) {
            text +=
                "  - name: r\(n)\n    on: \"\(random.pick(["call.ended", "*", "call.*", "lead.created"]))\"\n    to: e\n"
            if random.chance(1, in: 3) { text += "    from: [\(random.pick(["voqo", "vapi", "voqo, other"]))]\n" }
            if random.chance(2, in: 3) {
                let filters = (0...random.pick([0, 0, 1])).map { _ in filter(&random) }
                text += "    filter:\n" + filters.map { "      - \($0)\n" }.joined()
            }
            if random.chance(1, in: 2) { text += "    when: >-\n      \(condition(&random))\n" }
        }
        return text
    }

    private static func value(_ random: inout SeededRandom) throws -> JSON {
        try JSON(
            parsing: random.pick([
                "5", "5.0", "\"5\"", "\"sam\"", "\"Sam\"", "\"\\u00e9\"", "\"e\\u0301\"", "true", "null",
                "[\"a\",\"b\"]",
                "{\"s\":1}", "\"\"", "\"voqo\"", "\"\\u00df\"", "\"ss\"", "-0.0", "100", "9007199254740993",
                "9007199254740992", "{\"a\":null}",
            ]))
    }

    private static func event(_ random: inout SeededRandom) throws -> Event {
        var data = JSONObject()
        if random.chance(3, in: 4) { data["a"] = try value(&random) }
        if random.chance(1, in: 2) { data["b"] = try value(&random) }
        if random.chance(1, in: 2) { data["list"] = .array([try value(&random)]) }
        var call = Call()
        if random.chance(2, in: 3) { call.agentID = random.pick(["sam", "Sam", "5", "é"]) }
        if random.chance(1, in: 2) { call.duration = random.pick([5, 5.5, 100]) }
        if random.chance(1, in: 2) { call.summary = random.pick(["Sam", "x"]) }
        let type: EventType = random.pick(["call.ended", "call.ended", "call.started", "lead.created"])
        let isCall = type.spec?.subject == .call && random.chance(7, in: 8)
        return makeEvent(
            type, source: random.pick(["voqo", "vapi", "other"]), record: isCall ? call.record : nil,
            data: random.chance(5, in: 6) ? .object(data) : .null,
            raw: random.chance(1, in: 2) ? ["x": ["y": try value(&random)]] : ["x": try value(&random)])
    }

    @Test(
        "random tables find the routes that asking each would, in the order of the file, with the same failures"
    )
    func differential() throws {
        var random = SeededRandom(7)
        var (tables, found, failures, refused) = (0, 0, 0, 0)
        while tables < 150 {
            let text = Self.routes(&random)
            // Some conditions the check of the file refuses; the rest of the tables is what can run.
            guard let table = try? makeTable(text) else {
                refused += 1
                try #require(refused < 20_000)
                continue
            }
            tables += 1
            for _ in 0..<20 {
                let event = try Self.event(&random)
                let view = EventView(event)
                let vars: JSON = ["v": 1]
                let matches = table.matches(view, vars: vars).map { match in
                    match.failure.map { "\(match.route.name): \($0)" } ?? match.route.name
                }
                let expected = Self.asked(table, view, vars: vars)
                try #require(matches == expected, "\(text)\n\(event.json.text)\n\(event.raw.text)")
                for route in table.routes {
                    for filter in route.filters {
                        let truth = filter.truth(for: view).truth
                        try #require((truth == .holds) == PlainFilter(rule: filter).holds(event), "\(filter.text)")
                    }
                }
                found += matches.count
                failures += matches.count { $0.contains(":") }
            }
        }
        #expect(found > 2000 && failures > 100, "\(found) found, \(failures) of them failures, \(refused) refused")
    }
}

/// A filter as the reference page describes it, over the whole event as JSON.
struct PlainFilter {
    let rule: FilterRule

    func holds(_ event: Event) -> Bool {
        let found = lookUp(event)
        let known = found.flatMap { $0.isNull ? nil : $0 }
        switch rule.operation {
        case .exists: return (known != nil) == (rule.value != false)
        case .isEmpty: return false
        default: break
        }
        guard let known else { return rule.optional }
        return compare(known) ?? false
    }

    static func root(_ name: String, _ event: Event, vars: JSON = .null) -> JSON? {
        switch name {
        case "event": event.json
        case "call", "message": event.record.flatMap { $0.kind.rawValue == name ? $0.json : nil }
        case "data": event.data
        case "raw": event.raw
        case "source": .string(event.source)
        case "route", "endpoint": ""
        case "vars": vars
        case "event_type": .string(event.type.rawValue)
        case "event_id": .string(event.id)
        case "timestamp": .string(event.occurredAt.description)
        default: nil
        }
    }

    private func lookUp(_ event: Event) -> JSON? {
        guard var at = Self.root(rule.path[0], event) else { return nil }
        for step in rule.path.dropFirst() {
            guard let next = at[step] ?? Int(step).flatMap({ at[$0] }) else { return nil }
            at = next
        }
        return at
    }

    private func compare(_ found: JSON) -> Bool? {
        let value = rule.value
        switch rule.operation {
        case .equals: return equal(found, value)
        case .notEquals: return !equal(found, value)
        case .greaterThan: return order(found).map { $0 > 0 }
        case .greaterOrEqual: return order(found).map { $0 >= 0 }
        case .lessThan: return order(found).map { $0 < 0 }
        case .lessOrEqual: return order(found).map { $0 <= 0 }
        case .contains: return contains(found)
        case .notContains: return contains(found).map { !$0 }
        case .startsWith: return texts(found).map { $0.starts(with: $1) }
        case .endsWith: return texts(found).map { $0.reversed().starts(with: $1.reversed()) }
        case .isIn: return value.array?.contains { equal(found, $0) }
        case .notIn: return value.array.map { !$0.contains { equal(found, $0) } }
        default: return nil
        }
    }

    private func folded(_ text: String) -> [Unicode.Scalar] {
        Array((rule.caseSensitive ? text : text.lowercased()).unicodeScalars)
    }

    private func texts(_ found: JSON) -> ([Unicode.Scalar], [Unicode.Scalar])? {
        guard let text = found.string, let other = rule.value.string else { return nil }
        return (folded(text), folded(other))
    }

    private func equal(_ a: JSON, _ b: JSON) -> Bool {
        if let left = a.string, let right = b.string { return folded(left) == folded(right) }
        if let left = a.int, let right = b.int { return left == right }
        if let left = a.double, let right = b.double { return left == right }
        return a == b
    }

    private func order(_ found: JSON) -> Int? {
        if let left = found.double, let right = rule.value.double { return left < right ? -1 : left > right ? 1 : 0 }
        guard let (left, right) = texts(found) else { return nil }
        return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private func contains(_ found: JSON) -> Bool? {
        if let items = found.array { return items.contains { equal($0, rule.value) } }
        if let object = found.object { return rule.value.string.map { object[$0] != nil } }
        guard let (text, part) = texts(found) else { return nil }
        if part.isEmpty { return true }
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }
}
