import HubModel
import HubTemplates
import Testing

@Suite("Templates in adapters.yaml")
struct HubModeTests {
    static let context: JSON = [
        "call": ["agent": .null, "duration_s": 5, "tags": ["a", "b"], "status": "ended"], "raw": ["a": ["x": 1]],
    ]

    @Test(
        "a missing link is undefined at any depth: it may be tested and defaulted",
        arguments: [
            ("{{ raw.b.c.d|default('x') }}", "x"),
            ("{{ raw.b.c is defined }}", "False"),
            ("{% if raw.b.c %}yes{% else %}no{% endif %}", "no"),
            ("{{ raw.b['c'][0]|default('y') }}", "y"),
            ("{{ call.agent.name|default('nobody') }}", "nobody"),
            ("{{ raw.a.x }}", "1"),
            ("{{ call.agent|truncate(3)|default('-', true) }} {{ call.agent|indent is none }}", "- True"),
        ])
    func chain(source: String, expected: String) {
        #expect(hub(source, Self.context) == expected)
    }

    @Test("printing what is missing is an error that names the path and what was there instead")
    func message() {
        #expect(
            hub("ok\nagent: {{ call.agent.name }}", Self.context) == """
                line 2, column 11: call.agent.name is undefined: call.agent is null
                  agent: {{ call.agent.name }}
                            ^^^^^^^^^^^^^^^
                """)
        #expect(
            hub("{{ call.duraton_s }}", Self.context) == """
                line 1, column 4: call.duraton_s is undefined: call has no member "duraton_s"; did you mean "duration_s"?
                  {{ call.duraton_s }}
                     ^^^^^^^^^^^^^^
                """)
        #expect(
            hub("{{ raw.b.c + 1 }}", Self.context) == """
                line 1, column 4: raw.b.c is undefined: raw has no member "b"
                  {{ raw.b.c + 1 }}
                     ^^^^^^^^^^^
                """)
    }

    @Test("a syntax error says what was expected and shows the place")
    func syntax() {
        #expect(
            hub("a\n{{ call. }}") == """
                line 2, column 10: unexpected }}, expected a member's name or number
                  {{ call. }}
                           ^^
                """)
        #expect(
            hub("{{ x|uper }}") == """
                line 1, column 4: there is no filter "uper"; did you mean "upper"?
                  {{ x|uper }}
                     ^^^^^^
                """)
    }

    @Test("an error inside an included template names the templates that led there")
    func chainOfTemplates() throws {
        var options = TemplateOptions()
        options.undefined = .hub
        let set = TemplateSet([("card", "x\n{{ call.nope }}")], options: options)
        let template = try set.compile("{% include 'card' %}", name: "body")
        let error = #expect(throws: TemplateError.self) { try template.render(.object(Self.context.object ?? [:])) }
        #expect(error?.place?.template == "card")
        #expect(error?.chain == ["included from body, line 1, column 1"])
    }

    @Test("a leaf that is exactly one expression keeps its type")
    func sole() throws {
        func json(_ source: String) throws -> JSON? {
            try Template.compile(source).soleExpression?.json(.object(Self.context.object ?? [:]))
        }
        #expect(try json("{{ call.duration_s }}") == .int(5))
        #expect(try json("  {{- call.tags -}}\n") == ["a", "b"])
        #expect(try json("{{ call.duration_s / 2 }}") == .number(try #require(JSONNumber(2.5))))
        #expect(try json("{{ 2.0 }}")?.text == "2.0")
        #expect(try json("{{ 2 ** 70 }}")?.text == "1180591620717411303424")
        #expect(try Template.compile("{{ call.duration_s }}s").soleExpression == nil)
        #expect(try Template.compile("{# c #}{{ call.duration_s }}").soleExpression == nil)
        #expect(try Template.compile("{{ a }}{{ b }}").soleExpression == nil)
        #expect(try Template.compile("{{ omit }}").soleExpression?.json(.values([])) == nil)
    }

    @Test("an explanation names the part of a condition that decided, with the values")
    func explain() throws {
        let condition = try Expression.compile("call.status == 'ended' and call.duration_s >= 30")
        let failed = try condition.explain(.object(Self.context.object ?? [:]))
        #expect(!failed.holds)
        #expect(failed.description == "`call.duration_s >= 30` failed: call.duration_s is 5")
        let either = try Expression.compile("call.agent or not (call.duration_s < 30)").explain(
            .object(Self.context.object ?? [:]))
        #expect(either.parts.map(\.holds) == [false, false])
        #expect(either.parts.map(\.source) == ["call.agent", "not (call.duration_s < 30)"])
    }

    @Test("values from the environment are text, never template source")
    func literals() throws {
        var options = TemplateOptions()
        options.literals = [LiteralText(offset: 7, length: 6, text: "{{ secret }} {%")]
        #expect(
            try String(
                decoding: Template.compile("Bearer ${env} {{ 1 }}", options: options).render(.values([])), as: UTF8.self
            )
                == "Bearer {{ secret }} {% 1")
        options.literals = [LiteralText(offset: 4, length: 6, text: "x")]
        let error = #expect(throws: TemplateError.self) { try Template.compile("{{ '${env}' }}", options: options) }
        #expect(error?.message == "a value such as ${env:X} may stand only in text, not inside a tag")
    }

    @Test("printed values are safe for the place they go to")
    func modes() throws {
        #expect(try text("/c/{{ x }}?q={{ x|safe }}", ["x": "a/b &"]) { $0.output = .url } == "/c/a%2Fb%20%26?q=a/b &")
        #expect(try text("<b>{{ x }}</b>", ["x": "<&>"]) { $0.output = .html } == "<b>&lt;&amp;&gt;</b>")
        let error = #expect(throws: TemplateError.self) { try text("{{ x }}", ["x": "a\r\nb"]) { $0.output = .header } }
        #expect(error?.message == "the header's value contains CR, which would end the header")
    }

    @Test("a scope gives roots by position and asks only for those that are used")
    func scope() throws {
        var options = TemplateOptions.hub(scope: Scope(["event", "call"]))
        options.undefined = .hub
        let template = try Template.compile("{{ call.id }}", options: options)
        #expect(try template.render(.values([nil, ["id": "c1"]])) == Array("c1".utf8))
        #expect(try template.render(.lazy { $0 == 1 ? ["id": "c2"] : nil }) == Array("c2".utf8))
    }
}
