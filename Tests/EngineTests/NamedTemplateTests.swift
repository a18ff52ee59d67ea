import HubConfig
import HubDelivery
import HubEngine
import HubIngress
import HubModel
import HubPlanning
import HubRouting
import HubTemplates
import Testing

@Suite("Templates that use templates of the file")
struct NamedTemplateTests {
    private static let head = """
        adapters: { voqo: { secret: s3cr3t } }
        endpoints:
          e: { url: "https://example.com/{% include 'segment' %}", headers: { X-Line: "{% include 'segment' %}" } }

        """
    private static let templates = """
        templates:
          segment: "{{ call.external_id }}/a b"
          macros: |
            {% macro minutes(seconds, places=1) %}{{ (seconds / 60) | round(places) }}{% endmacro %}
          line: "{{ turn.role }}: {{ turn.text }}"
          base: |
            Call {{ call.external_id }}
            {% block body %}nothing{% endblock %}
          mail: |
            {% extends "base" %}
            {% block body %}{{ call.duration_s }} s, {{ super() }}{% endblock %}

        """

    private let view: EventView = {
        var call = Call()
        call.externalID = "c/1"
        call.duration = 90
        call.transcript = [
            TranscriptTurn(role: .agent, text: "Hello"), TranscriptTurn(role: .customer, text: "Hi"),
        ]
        let time = Timestamp(milliseconds: 1_760_000_000_000)
        return EventView(
            Event(
                id: "evt_1", type: "call.ended", source: "voqo", provider: "voqo", occurredAt: time, receivedAt: time,
                subject: "call_1", native: .init(type: "x"), record: call.record, raw: ["a": 1]))
    }()
    private let surroundings = Surroundings(route: "r", endpoint: "e", vars: .object([:]))

    private func body(_ text: String, templates: String = templates) throws -> String {
        let compiled = try compile(
            Self.head + templates + "routes:\n  - name: r\n    on: call.ended\n    to: e\n    \(text)\n")
        let send = try #require(compiled.rules.routes["r"]?.sends.first)
        return String(decoding: try #require(send.body).render(view, surroundings).bytes, as: UTF8.self)
    }

    @Test(
        "a body includes, imports and extends by name; a loop's variable is seen by what it includes",
        arguments: [
            ("template: mail", "Call c/1\n90 s, nothing"),
            ("body: { text: \"{% include 'mail' %}!\" }", #"{"text":"Call c/1\n90 s, nothing!"}"#),
            (
                "body: { m: \"{% from 'macros' import minutes %}{{ minutes(call.duration_s) }} min\" }",
                #"{"m":"1.5 min"}"#
            ),
            (
                "body: { m: \"{% import 'macros' as m %}{{ m.minutes(call.duration_s, places=0) }}\" }",
                #"{"m":"2.0"}"#
            ),
            (
                "body: { lines: { $for: turn in call.transcript, $do: \"{% include 'line' %}\" } }",
                #"{"lines":["agent: Hello","customer: Hi"]}"#
            ),
            ("body: { a: \"{% include ['gone', 'segment'] %}\" }", #"{"a":"c/1/a b"}"#),
            ("body: { a: \"{% include 'gone' ignore missing %}\" }", #"{"a":""}"#),
        ])
    func bodies(text: String, expected: String) throws {
        #expect(try body(text) == expected)
    }

    @Test("what is included is made safe for the place it goes to")
    func places() throws {
        let compiled = try compile(
            Self.head + Self.templates + "routes: [ { name: r, on: call.ended, to: e } ]")
        let endpoint = try #require(compiled.outbound.endpoints["e"])
        let roots = view.roots(surroundings)
        #expect(try endpoint.url.text(roots) == "https://example.com/c%2F1/a b")
        #expect(try endpoint.headers[0].value.text(roots) == "c/1/a b")
    }

    @Test("an error in a template that is used says where it is there, and how it was reached")
    func chain() throws {
        let templates = "templates:\n  segment: x\n  part: |\n    one\n    {{ raw.gone.deep }}\n"
        let error = try #require(throws: TemplateError.self) {
            try body("body: { a: \"{% include 'part' %}\" }", templates: templates)
        }
        #expect(error.place?.template == "part")
        #expect(error.line == 2)
        #expect(error.message == "raw.gone.deep is undefined: raw has no member \"gone\"")
        #expect(error.chain == ["included from body.a, line 1, column 1"])
    }

    @Test("templates that include each other without end are an error of their own")
    func endless() throws {
        let templates = "templates:\n  segment: x\n  a: \"{% include 'b' %}\"\n  b: \"{% include 'a' %}\"\n"
        let error = try #require(throws: TemplateError.self) { try body("template: a", templates: templates) }
        #expect(error.kind == .limit)
    }

    @Test("`${…}` in a named template is text wherever the template is used")
    func literals() throws {
        let templates = "templates:\n  segment: x\n  part: \"<${env:SECRET}> {{ 1 + 1 }}\"\n"
        #expect(
            try body("body: { a: \"{% include 'part' %}\" }", templates: templates) == #"{"a":"<s3cr3t-value> 2"}"#)
    }

    @Test(
        "undefined: lenient prints nothing or null; strict, the standard, is an error",
        arguments: [
            ("a: \"{{ raw.x.y }}\"", #"{"a":null}"#), ("a: \"<{{ raw.x.y }}>\"", #"{"a":"<>"}"#),
            ("a: \"{{ raw.x.y | default(1) }}\"", #"{"a":1}"#), ("a: \"{{ raw.a + 1 }}\"", #"{"a":2}"#),
        ])
    func lenient(leaf: String, expected: String) throws {
        #expect(try body("body: { \(leaf) }", templates: "templates: { undefined: lenient, segment: x }\n") == expected)
        if expected.contains("null") || expected.contains("<>") {
            for templates in ["templates: { segment: x }\n", "templates: { undefined: strict, segment: x }\n"] {
                #expect(throws: TemplateError.self) { try body("body: { \(leaf) }", templates: templates) }
            }
        }
    }

    @Test("undefined is a setting and no template's name")
    func reserved() throws {
        let problems = try #require(throws: Diagnostics.self) {
            try compile("templates: { undefined: \"{{ call.id }}\" }")
        }
        #expect(problems.description.contains("is `strict` or `lenient`"), "\(problems.description)")
    }
}

@Suite("What one body may cost")
struct BodyBoundTests {
    private func render(_ body: String, raw: JSON) throws -> [UInt8] {
        let compiled = try compile(
            "adapters: { voqo: { secret: s3cr3t } }\nendpoints: { e: { url: \"https://example.com\" } }\n"
                + "routes: [ { name: r, on: call.ended, to: e, body: \(body) } ]")
        let time = Timestamp(milliseconds: 1_760_000_000_000)
        let event = Event(
            id: "evt_1", type: "call.ended", source: "voqo", provider: "voqo", occurredAt: time, receivedAt: time,
            subject: "call_1", native: .init(type: "x"), record: Call().record, raw: raw)
        let send = try #require(compiled.rules.routes["r"]?.sends.first)
        let surroundings = Surroundings(route: "r", endpoint: "e", vars: .object([:]))
        return try #require(send.body).render(EventView(event), surroundings).bytes
    }

    @Test("the leaves of a tree share their steps")
    func steps() throws {
        let raw: JSON = ["list": .array(Array(repeating: 1, count: 1000))]
        let error = try #require(throws: TemplateError.self) {
            try render(
                "{ a: { $for: x in raw.list, $do: \"{{ raw.list | map('string') | list | length }}\" } }", raw: raw)
        }
        #expect(error.kind == .limit)
        #expect(error.message.contains("steps"))
    }

    @Test("a tree cannot repeat a large part without end")
    func bytes() throws {
        let raw: JSON = [
            "list": .array(Array(repeating: 1, count: 500)), "big": .string(String(repeating: "x", count: 200_000)),
        ]
        let error = try #require(throws: TemplateError.self) {
            try render("{ a: { $for: x in raw.list, $do: \"{{ raw.big }}\" } }", raw: raw)
        }
        #expect(error.kind == .limit)
        #expect(error.message.hasPrefix("bytes of the body"))
        #expect(try render("{ a: \"{{ raw }}\", b: \"{{ raw.big }}\" }", raw: raw).count > 400_000)
    }
}
