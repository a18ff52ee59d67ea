import HubConfig
import HubModel
import HubRouting
import HubTemplates
import TestRandom
import Testing

@Suite("Bodies written from front to back")
struct BodyProgramTests {
    private static func leaf(_ random: inout SeededRandom, _ variables: [String]) -> String {
        let leaves = [
            "1", "true", "null", "text", "\"a \\\" b \\u0001 é\"", "1.50", "\"{{ call.id }}\"",
            "\"{{ call.agent.name }}\"",
            "\"{{ call.duration_s }}\"", "\"{{ call.duration_s }} s\"", "\"{{ raw.cost }}\"", "\"{{ raw.list }}\"",
            "\"{{ raw.gone | default(omit) }}\"", "\"{{ omit }}\"", "\"{{ call.transcript | length }}\"",
            "\"{{ raw.quote }}!\"", "\"{{ raw.quote }}\"", "\"{{ {'a': 1, 'b': [2, 3.5]} }}\"", "\"{{ event.type }}\"",
            "\"{{ event.call.agent.id }}\"", "\"{{ vars.v ~ route }}\"", "\"{{ call.recording.url }}\"",
            "\"{{ call.analysis.deep.er }}\"", "\"{{ raw.gone.deep }}\"", "\"{{ raw.gone }}!\"", "\"{{ call }}\"",
            "\"{% set call = raw %}{{ call.cost }}\"", "\"{% for t in call.transcript %}{{ t.text }},{% endfor %}\"",
            "\"{{ 1 / raw.zero }}\"", "\"{{ range(3) | list }}\"", "{}", "[]", "\"{{ event.occurred_at }}\"",
        ]
        let usual =
            random.chance(1, in: 12)
            ? leaves : leaves.filter { !$0.contains("gone.deep") && !$0.contains("zero") && !$0.contains("gone }}") }
        if let variable = variables.last, random.chance(1, in: 2) {
            return random.pick(["\"{{ \(variable) }}\"", "\"<{{ \(variable) }}>\"", "\"{{ \(variable) is string }}\""])
        }
        return random.pick(usual)
    }

    private static func tree(_ random: inout SeededRandom, _ depth: Int, _ variables: [String]) -> String {
        guard depth > 0 else { return leaf(&random, variables) }
        switch random.pick([0, 0, 1, 2, 3, 4]) {
        case 0:
            let members = (0..<(Int(random.next() % 5))).map { "m\($0): \(tree(&random, depth - 1, variables))" }
            return "{ \(members.joined(separator: ", ")) }"
        case 1:
            let names = ["a", "\"{{ source }}_x\"", "\"{{ call.agent.id }}\"", "b", "\"{{ 'a' }}\"", "\"\\\"{{ 1 }}\""]
            var members: [String] = []
            for name in names where random.chance(1, in: 2) {
                members.append("\(name): \(tree(&random, depth - 1, variables))")
            }
            return "{ \(members.joined(separator: ", ")) }"
        case 2:
            let items = (0..<(Int(random.next() % 4))).map { _ in tree(&random, depth - 1, variables) }
            return "[ \(items.joined(separator: ", ")) ]"
        case 3:
            let variable = "x\(variables.count)"
            let list = random.pick([
                "raw.list", "call.key_points", "raw.quote", "call.transcript | map(attribute='text') | list",
            ])
            let condition = random.pick(["", ", $if: \(variable) == 1", ", $if: \(variable) is string"])
            return
                "{ $for: \(variable) in \(list)\(condition), $do: \(tree(&random, depth - 1, variables + [variable])) }"
        default: return leaf(&random, variables)
        }
    }

    @Test("random bodies are byte for byte those of their trees, or fail with the same words")
    func differential() throws {
        var random = SeededRandom(11)
        var call = Call()
        call.id = "call_1"
        call.agentID = "a1"
        call.duration = 30
        call.keyPoints = ["one", "two"]
        call.transcript = [
            TranscriptTurn(role: .agent, text: "Hello"), TranscriptTurn(role: .customer, text: "\"Hi\"\n"),
        ]
        call.analysis = ["deep": ["er": JSON(1.5)]]
        let raw = try JSON(parsing: #"{"cost":0.10,"list":[1,"x",null,{"y":1}],"quote":"\"},\u0002é{{","zero":0}"#)
        let view = EventView(makeEvent(record: call.record, raw: raw))
        let surroundings = Surroundings(route: "r", endpoint: "e", vars: ["v": "v1"])
        var (bodies, failures) = (0, 0)
        while bodies < 1000 {
            let text = "body: \(Self.tree(&random, 1 + Int(random.next() % 3), []))\n"
            let node = try #require(try node(text)["body"])
            if node.scalar != nil { continue }
            var problems = Diagnostics()
            let tree = try #require(Body.tree(node, "body", .plain, &problems), "\(text)\(problems)")
            let body = try #require(Body.compile(node, .plain, &problems))
            let expected = PlainBody(view, surroundings).result(tree)
            let found: Result<String, TemplateError>
            do throws(TemplateError) {
                found = .success(String(decoding: try body.render(view, surroundings).bytes, as: UTF8.self))
            } catch {
                found = .failure(error)
            }
            switch (found, expected) {
            case (.success(let found), .success(let expected)): try #require(found == expected, "\(text)")
            case (.failure(let found), .failure(let expected)):
                try #require(found.description == expected.description, "\(text)")
                failures += 1
            default: Issue.record("\(text): \(found), not \(expected)")
            }
            bodies += 1
        }
        #expect(failures > 50 && failures < 750, "\(failures) failed")
    }
}

/// A body by its tree: the value of every leaf, put together and encoded at the end.
private struct PlainBody {
    let view: EventView
    let surroundings: Surroundings

    init(_ view: EventView, _ surroundings: Surroundings) { (self.view, self.surroundings) = (view, surroundings) }

    func result(_ tree: Body.Tree) -> Result<String, TemplateError> {
        do throws(TemplateError) {
            var steps = Limits().steps
            guard let value = try value(of: tree, [], &steps) else {
                throw .runtime("the whole body is omitted; leave the route out instead")
            }
            return .success(value.text)
        } catch {
            return .failure(error)
        }
    }

    private func roots(_ locals: [JSON]) -> Roots {
        .values(
            EventView.names.map { name -> JSON? in
                switch name {
                case "route": .string(surroundings.route)
                case "endpoint": .string(surroundings.endpoint)
                default: PlainFilter.root(name, view.event, vars: surroundings.vars)
                }
            } + locals)
    }

    private func value(of tree: Body.Tree, _ locals: [JSON], _ steps: inout Int) throws(TemplateError) -> JSON? {
        switch tree {
        case .constant(let json): return json
        case .path(_, let expression):
            // A path is the value there, digit for digit.
            let names = expression.source.filter { !"{} ".contains($0) }.split(separator: ".").map(String.init)
            if let root = PlainFilter.root(names[0], view.event, vars: surroundings.vars),
                let found = names.dropFirst().reduce(Optional(root), { $0?[$1] })
            {
                return found
            }
            return try expression.json(roots(locals), steps: &steps)
        case .expression(let expression): return try expression.json(roots(locals), steps: &steps)
        case .text(let template):
            return .string(String(decoding: try template.render(roots(locals), steps: &steps), as: UTF8.self))
        case .object(let members):
            var object: [JSONObject.Member] = []
            for (name, value) in members {
                guard let value = try self.value(of: value, locals, &steps) else { continue }
                switch name {
                case .constant(let name): object.append(JSONObject.Member(name, value))
                case .template(let template):
                    let name = String(decoding: try template.render(roots(locals), steps: &steps), as: UTF8.self)
                    if object.contains(where: { $0.name == name }) {
                        throw .runtime("two members are called \"\(name)\"")
                    }
                    object.append(JSONObject.Member(name, value))
                }
            }
            return .object(JSONObject(object))
        case .list(let items):
            var list: [JSON] = []
            for item in items { if let value = try value(of: item, locals, &steps) { list.append(value) } }
            return .array(list)
        case .loop(let loop):
            guard let elements = try loop.list.json(roots(locals), steps: &steps)?.array else {
                throw .runtime("\"$for\" needs a list, which `\(loop.list.source.trimmingBlanks())` is not")
            }
            var list: [JSON] = []
            for element in elements {
                let inner = locals + [element]
                if let condition = loop.condition, try !condition.holds(roots(inner), steps: &steps) { continue }
                if let value = try value(of: loop.element, inner, &steps) { list.append(value) }
            }
            return .array(list)
        }
    }
}
