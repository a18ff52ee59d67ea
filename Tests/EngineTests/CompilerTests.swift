import AdapterKit
import HubConfig
import HubDelivery
import HubEngine
import HubIngress
import HubModel
import HubPlanning
import HubRouting
import Testing
import Vocelio
import Voqo

let modules: [any Adapter.Type] = [Voqo.self, Vocelio.self]

func compile(_ text: String, development: Bool = false) throws(Diagnostics) -> CompiledHub {
    let environment = ConfigEnvironment(
        variable: { ["SECRET": "s3cr3t-value"][$0] },
        readFile: { _, _ in Array(text.utf8) }, listFolder: { _ in [] })
    return try HubCompiler(modules: modules, loader: ConfigLoader(environment), isDevelopment: development).compile(
        "adapters.yaml")
}

@Suite("Compiling a configuration")
struct CompilerTests {
    @Test("the inbox of development needs a port that is known, or an endpoint of that name")
    func inboxWithoutPort() throws {
        let text = "hub: { listen: \"127.0.0.1:0\" }"
        let error = #expect(throws: Diagnostics.self) { _ = try compile(text, development: true) }
        #expect(error?.description.contains("127.0.0.1:8080") == true)
        _ = try compile(text)
        _ = try compile(text + "\nendpoints: { inbox: { url: http://127.0.0.1:9/inbox } }", development: true)
    }

    @Test("ten mistakes are ten diagnostics, each at its place, with what to write instead")
    func tenMistakes() throws {
        let text = """
            hub: { listen: "8080x" }
            adapters:
              voqo: { secret: "${env:NOT_SET}" }
              line: { use: vocelo, secret: s3cr3t-a }
            endpoints:
              crm: { url: "ftp://example.com", timeout: 10 }
              chat: { ulr: https://example.com }
            routes:
              - { name: one, on: call.endet, to: crm }
              - { name: two, on: call.ended, to: cmr }
              - { name: two, on: call.ended, when: "call.duration_s >= ", to: crm }
              - { name: three, on: call.ended, to: crm, body: { a: "{{ call.id | upper( }}" } }
              - { name: four, on: call.ended, to: crm, template: cards }
            """
        let problems = try #require(throws: Diagnostics.self) { try compile(text) }
        let lines = problems.sorted.map(\.description)
        #expect(problems.errorCount >= 10, "\(lines.joined(separator: "\n"))")
        for expected in [
            "adapters.yaml:1:16: error: \"listen\" must be an address and a port",
            "adapters.yaml:3:20: error: the environment variable NOT_SET is not set",
            "adapters.yaml:4:16: error: there is no adapter module \"vocelo\". Did you mean \"vocelio\"?",
            "adapters.yaml:6:45: error: \"timeout\" must be a duration", "Give it a unit: 10ms, 10s",
            "adapters.yaml:6:15: error: the url must begin with http:// or https://",
            "adapters.yaml:7:11: error: unknown setting \"ulr\" for endpoint \"chat\". Did you mean \"url\"?",
            "error: no event is called \"call.endet\". Did you mean \"call.ended\"?",
            "error: there is no endpoint \"cmr\". Did you mean \"crm\"?",
            "adapters.yaml:11:", "adapters.yaml:12:", "error: there is no template \"cards\"",
        ] {
            #expect(
                lines.contains { $0.contains(expected) }, "nothing says \(expected):\n\(lines.joined(separator: "\n"))")
        }
    }

    @Test(
        "what can never work is refused",
        arguments: [
            ("adapters: { voqo: {} }", "adapter \"voqo\" needs a secret"),
            (
                "adapters: { voqo: { secret: s3cr3t-a, path: /x }, vocelio: { secret: s3cr3t-b, path: /x } }",
                "two adapters are at the path /x"
            ),
            ("adapters: { voqo: { secret: s3cr3t-a, path: /healthz } }", "the path /healthz is the hub's own"),
            ("adapters: { voqo: { secret: \"\" } }", "is empty"),
            (
                "adapters: { voqo: { secret: s3cr3t-a } }\nendpoints: { e: { url: \"https://a\" } }\nroutes: [ { name: r, on: lead.created, to: e } ]",
                "the route can never match"
            ),
            (
                "adapters: { voqo: { secret: s3cr3t-a } }\nendpoints: { e: { url: \"https://a\" } }\nroutes: [ { name: r, on: call.ended } ]",
                "sends to nobody"
            ),
            ("endpoints: { e: { url: \"https://a\", retry: { max_attempts: 0 } } }", "must be from 1 to 100"),
            ("endpoints: { e: { url: \"https://a\", timeout: -1s } }", "cannot be negative"),
            ("endpoints: { e: { url: \"https://a\", sign: { scheme: hmac-sha256 } } }", "needs \"secret\""),
            ("endpoints: { e: { url: \"https://a\", headers: { Host: x } } }", "the hub sets the header Host itself"),
            (
                "endpoints: { e: { url: \"https://a\", headers: { expect: x } } }",
                "the hub sets the header expect itself"
            ),
            (
                "endpoints:\n  e:\n    url: \"https://a\"\n    headers:\n      X-Fine: x\n      X(Y): x",
                "adapters.yaml:6:7: error: \"X(Y)\" is not a valid header name"
            ),
            (
                "endpoints: { e: { url: \"https://a\", sign: { scheme: hmac-sha256, secret: s, header: X Y } } }",
                "\"header\" must be a valid header name"
            ),
            (
                "endpoints: { e: { url: \"https://a\", sign: { scheme: hmac-sha256, secret: s, timestamp_header: Trailer } } }",
                "\"timestamp_header\" must not name a header that the hub sets itself"
            ),
            ("rotes: []", "Did you mean \"routes\"?"),
            ("hub: { store: \"postgres:x\" }", "must be `sqlite:` and a path"),
        ])
    func refused(text: String, message: String) throws {
        let problems = try #require(throws: Diagnostics.self) { try compile(text) }
        #expect(problems.description.contains(message), "\(problems.description)")
    }

    @Test("secrets never show, neither in messages nor in the configuration that is printed")
    func secrets() throws {
        let good = "adapters: { voqo: { secret: \"${env:SECRET}\" } }"
        #expect(!(try compile(good)).configuration.maskedYAML().contains("s3cr3t"))
        let bad = try #require(throws: Diagnostics.self) {
            try compile("adapters: { voqo: { secret: \"${env:SECRET}\", tolerance: \"${env:SECRET}\" } }")
        }
        #expect(!bad.rendered().contains("s3cr3t"))
    }
}

@Suite("Routes, filters and bodies")
struct RoutingTests {
    private static let head =
        "adapters: { voqo: { secret: s3cr3t }, vocelio: { secret: s3cr3t } }\nendpoints: { e: { url: \"https://example.com\" } }\n"

    private func event(
        _ type: EventType = "call.ended", source: String = "voqo", data: JSON = .null, raw: JSON = .null,
        _ fill: (inout Call) -> Void = { _ in }
    ) -> EventView {
        var call = Call()
        call.providerCallID = "c1"
        fill(&call)
        let time = Timestamp(milliseconds: 1_760_000_000_000)
        let isCall = type.spec?.subject == .call
        return EventView(
            Event(
                id: "evt_1", type: type, source: source, provider: "voqo", occurredAt: time, receivedAt: time,
                subject: "call_1",
                native: .init(type: "x"), record: isCall ? call.record : nil, data: data, raw: raw))
    }

    private func table(_ route: String) throws -> RouteTable {
        try compile(Self.head + "routes:\n  - { name: r, to: e, \(route) }").rules.routes
    }

    private func matches(_ route: String, _ view: EventView) throws -> Bool {
        let matches = try table(route).matches(view, vars: .null)
        #expect(matches.allSatisfy { $0.failure == nil })
        return !matches.isEmpty
    }

    @Test(
        "patterns, sources and conditions decide",
        arguments: [
            ("on: call.ended", true), ("on: call.*", true), ("on: \"*\"", true), ("on: call.started", false),
            ("on: [call.started, call.ended]", true), ("on: call.ended, from: voqo", true),
            ("on: call.ended, from: vocelio", false),
            ("on: call.ended, when: call.duration_s >= 30", true),
            ("on: call.ended, when: call.duration_s > 30", false),
            ("on: call.ended, when: call.summary is none", true), ("on: call.ended, when: call.cost > 1", false),
            ("on: call.ended, when: call.cost < 1", false), ("on: call.ended, when: raw.a.b.c is defined", false),
            ("on: call.ended, when: raw.missing.deep | default('x') == 'x'", true),
            ("on: call.ended, when: \"'+6149' in call.from\"", true),
            ("on: call.ended, when: source == 'voqo' and event.type == 'call.ended'", true),
        ])
    func conditions(route: String, expected: Bool) throws {
        let view = event { call in
            call.duration = 30
            call.from = "+61491570006"
        }
        #expect(try matches(route, view) == expected)
    }

    @Test(
        "filters compare as their operators say; what is missing does not hold",
        arguments: [
            ("data.score, operator: greater_than, value: 80", true),
            ("data.score, operator: greater_than, value: 91", false),
            ("data.score, operator: greater_or_equal, value: 91", true),
            ("data.score, operator: less_than, value: 100", true),
            ("data.name, operator: equals, value: Sam", true), ("data.name, operator: equals, value: sam", false),
            ("data.name, operator: equals, value: sam, case_sensitive: false", true),
            ("data.name, operator: not_equals, value: Bob", true),
            ("data.name, operator: contains, value: a", true), ("data.tags, operator: contains, value: hot", true),
            ("data.tags, operator: not_contains, value: cold", true),
            ("data.name, operator: starts_with, value: Sa", true),
            ("data.name, operator: ends_with, value: am", true), ("data.name, operator: in, value: [Ann, Sam]", true),
            ("data.name, operator: not_in, value: [Ann, Sam]", false),
            ("data.name, operator: matches, value: \"^S.m$\"", true),
            ("data.gone, operator: equals, value: x", false), ("data.gone, operator: not_equals, value: x", false),
            ("data.gone, operator: equals, value: x, optional: true", true), ("data.gone, operator: exists", false),
            ("data.gone, operator: exists, value: false", true), ("data.name, operator: exists", true),
            ("data.gone, operator: is_empty", true), ("data.none, operator: is_empty", true),
            ("data.none, operator: exists", false),
            ("data.name, operator: greater_than, value: 5", false), ("data.tags.0, operator: equals, value: hot", true),
            ("\"data.tags[1]\", operator: equals, value: new", true),
        ])
    func filters(rule: String, expected: Bool) throws {
        let view = event(
            "lead.created", source: "vocelio",
            data: ["score": 91, "name": "Sam", "tags": ["hot", "new"], "none": .null])
        #expect(try matches("on: lead.created, filter: [ { field_path: \(rule) } ]", view) == expected)
    }

    @Test("a regular expression cannot be made to run for ever")
    func regex() throws {
        let view = event(
            "lead.created", source: "vocelio", data: ["name": .string(String(repeating: "a", count: 5000) + "!")])
        #expect(
            try !matches(
                "on: lead.created, filter: [ { field_path: data.name, operator: matches, value: \"^(a+)+$\" } ]", view))
    }

    private func render(_ body: String, _ view: EventView) throws -> String {
        let compiled = try compile(
            Self.head
                + "routes:\n  - name: r\n    on: \"*\"\n    to: e\n    body:\n\(body.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))"
        )
        let send = try #require(compiled.rules.routes["r"]?.sends.first)
        let rendered = try #require(send.body).render(view, Surroundings(route: "r", endpoint: "e", vars: .object([:])))
        return String(decoding: rendered.bytes, as: UTF8.self)
    }

    @Test(
        "a leaf that is exactly one expression keeps its type, any other is text, and digits stay as they came",
        arguments: [
            ("a: \"{{ call.duration_s }}\"", #"{"a":30}"#), ("a: \"{{ call.duration_s }} s\"", #"{"a":"30 s"}"#),
            ("a: \" {{ call.duration_s }} \"", #"{"a":30}"#), ("a: 42", #"{"a":42}"#), ("a: \"42\"", #"{"a":"42"}"#),
            ("a: \"{{ raw.cost }}\"", #"{"a":0.10}"#), ("a: \"{{ raw.big }}\"", #"{"a":12345678901234567890123}"#),
            ("a: \"{{ raw.list }}\"", #"{"a":[1,"x"]}"#), ("a: \"{{ call.agent.name }}\"", #"{"a":null}"#),
            ("a: \"{{ call.transcript | length }}\"", #"{"a":0}"#),
            ("a: \"{{ raw.gone | default(omit) }}\"\nb: 1", #"{"b":1}"#),
            ("a: { b: [ \"{{ 1 + 1 }}\", \"{{ raw.gone | default(omit) }}\" ] }", #"{"a":{"b":[2]}}"#),
            ("\"{{ source }}_id\": \"{{ call.id }}\"", #"{"voqo_id":null}"#),
            ("a: { $for: x in raw.list, $if: x == 1, $do: { v: \"{{ x }}\" } }", #"{"a":[{"v":1}]}"#),
            ("a: { $for: x in raw.list, $do: \"{{ x }}!\" }", #"{"a":["1!","x!"]}"#),
            ("a: \"{{ raw.quote }} }} {{ '{{' }}\"", #"{"a":"\"},{{ }} {{"}"#),
        ])
    func bodies(body: String, expected: String) throws {
        let raw = try JSON(parsing: #"{"cost":0.10,"big":12345678901234567890123,"list":[1,"x"],"quote":"\"},{{"}"#)
        #expect(try render(body, event(raw: raw) { $0.duration = 30 }) == expected)
    }

    @Test("using what is not there is an error that names the path, and never a half body")
    func undefined() throws {
        let error = #expect(throws: (any Error).self) { try render("a: \"{{ raw.a.b }}\"", event(raw: ["a": 1])) }
        #expect("\(String(describing: error))".contains("raw.a.b"))
    }

    @Test("a condition that cannot be decided makes a dead delivery rather than none")
    func undecided() throws {
        let matches = try table("on: call.ended, when: raw.gone > 3").matches(event(), vars: .null)
        #expect(matches.first?.failure?.contains("raw.gone") == true)
    }
}
