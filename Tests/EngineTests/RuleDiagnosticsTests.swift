import HubConfig
import HubEngine
import Testing

/// Mistakes in the templates and rules of a file, each at its line and column in the YAML.
@Suite struct RuleDiagnosticsTests {
    private static let head = """
        adapters: { voqo: { secret: s3cr3t } }
        endpoints: { e: { url: "https://example.com" } }

        """

    /// Every diagnostic of a file that begins with two lines of adapters and endpoints, notes included.
    private static func report(_ rest: String, head: String = head) -> [String] {
        let found: Diagnostics
        do throws(Diagnostics) { found = try compile(head + rest).warnings } catch { found = error }
        return found.sorted.flatMap { diagnostic in
            [diagnostic.description]
                + diagnostic.notes.map { "  \($0.span.start.line):\($0.span.start.column): \($0.message)" }
        }.map { $0.replacing("adapters.yaml:", with: "") }
    }

    private static let styles = """
        routes:
          - name: styles
            on: call.ended
            to: e
            body:
              folded: >
                some text
                {{ call.sumary }} more

                {{ call.fron }}
              literal: |2
                  {{ call.agnt }}
                é {{ call.statuss }}
              escaped: "\\u00e9\\t\\"{{ call.outcme }}"
              single: 'it''s {{ call.chanel }}'
              expanded: "${env:SECRET} {{ call.eror }}"
              plain: a {{ call.transcrpt }} b
              "{{ call.idd }}": 1
              flow: { a: ["x", '{{ call.recordin }} {{ call.sentimnt }} {{ call.summary | uper }}'] }
              loop: { $for: t in call.transcript, $if: t.rol == "agent", $do: "{{ t.txt }}" }
              none: { $for: t in call.key_pointz, $do: 1 }
        """

    private static let expectedStyles = [
        #"10:17: error: the call has no field "sumary". Did you mean "summary"?"#,
        #"12:17: error: the call has no field "fron". Did you mean "from"?"#,
        #"14:19: error: the call has no field "agnt". Did you mean "agent"?"#,
        #"15:19: error: the call has no field "statuss". Did you mean "status"?"#,
        #"16:35: error: the call has no field "outcme". Did you mean "outcome"?"#,
        #"17:30: error: the call has no field "chanel". Did you mean "channel"?"#,
        #"18:40: error: the call has no field "eror". Did you mean "error"?"#,
        #"19:24: error: the call has no field "transcrpt". Did you mean "transcript"?"#,
        #"20:16: error: the call has no field "idd". Did you mean "id"?"#,
        #"21:33: error: the call has no field "recordin". Did you mean "recording"?"#,
        #"21:53: error: the call has no field "sentimnt". Did you mean "sentiment"?"#,
        #"21:68: error: there is no filter "uper"; did you mean "upper"?"#,
        #"22:50: error: an element of call.transcript has no field "rol". Did you mean "role"?"#,
        #"22:77: error: an element of call.transcript has no field "txt". Did you mean "text"?"#,
        #"23:31: error: the call has no field "key_pointz". Did you mean "key_points"?"#,
    ]

    @Test func `Every style of scalar gives the place in the file, with lines of either kind of end`() {
        #expect(Self.report(Self.styles) == Self.expectedStyles)
        let windows = Self.report(
            Self.styles.replacing("\n", with: "\r\n"), head: Self.head.replacing("\n", with: "\r\n"))
        #expect(windows == Self.expectedStyles)
    }

    @Test func `A mistake in a template that others use is told once, where it stands, with the way there`() {
        let found = Self.report(
            """
            templates:
              note: |
                Call {{ call.id }}
                  {{ call.duraton_s }} s
              outer: "\\u00e9\\n{% include 'note' %}"
              tree: { a: "{{ call.id }}" }
              broken: "{% if %}"
              text: "hello"
            routes:
              - { name: first, on: call.ended, to: e, template: outer }
              - { name: second, on: call.ended, to: e, template: outer }
              - { name: third, on: call.ended, to: e, body: "{% include 'tree' %}{% include 'nte' %}" }
              - { name: fourth, on: call.ended, to: e, body: "{% include 'broken' %}" }
              - { name: fifth, on: call.ended, to: e, body: { a: "{% from 'text' import x %}" } }
            """)
        #expect(
            found == [
                #"6:15: error: the call has no field "duraton_s". Did you mean "duration_s"?"#,
                #"  7:30: included here for route "first""#,
                "9:18: error: expected an expression, found %}",
                #"14:61: error: the template "tree" is a tree, and only text can be used in other templates. Write it as text, or build the part here."#,
                #"14:81: error: there is no template "nte". Did you mean "note"?"#,
                #"16:77: error: the template "text" has no macro "x". It defines none."#,
            ])
    }

    @Test func `Warnings stop nothing`() {
        let found = Self.report(
            """
            templates:
              kid: "{% extends 'base' %} stray {% block bdy %}x{% endblock %}"
              base: "{% block body %}{% endblock %}"
            routes:
              - name: a
                on: call.ended
                when: call.summary
                to: e
                body: { a: "{{ call.cost }}", b: "{{ call.cost }}!", c: "{{ call.summary }}!", d: "{{ call.cost * 2 }}" }
              - { name: b, on: call.ended, when: call.cost is defined or true, to: e, template: kid }
              - { name: c, on: call.ended, filter: [ { field_path: call.cost, operator: exists } ], to: e, body: { c: "{{ call.cost }}!" } }
              - { name: d, on: call.ended, to: e, body: '{"a": "{{ call.id }}"}' }
            """)
        #expect(
            found == [
                #"4:29: warning: text outside the blocks of a template that extends another is never shown. Put it into a block, or leave it out."#,
                #"4:45: warning: the block "bdy" is never shown: "base" has no block of that name. Did you mean "body"?"#,
                #"9:11: warning: call.summary is text, and a condition asks for true or false. Write `call.summary is not none`, or `call.summary | truthy` for what is neither empty nor zero."#,
                #"11:42: warning: call.cost may be unknown (null) and would print as "None". Write `| default("…", true)` or `| ifnull("…")`."#,
                #"11:91: warning: call.cost may be unknown (null), and then "*" fails. Write `(call.cost | ifnull(0))`, or ask first whether it is none."#,
                #"12:38: warning: this is always true. A field that is not known is null: ask `call.cost is not none`."#,
                #"12:62: warning: this is always true. Leave it out, or compare a field of the event."#,
                #"14:56: warning: the text looks like JSON, and a quote or a line break in call.id would break it. Put it through `| json`, without quotes around it, or write the body as a tree."#,
            ])
    }

    @Test func `What a rule asks about is told for the types of its own events`() {
        let found = Self.report(
            """
            routes:
              - { name: a, on: call.ended, when: "call.outcome in [\\"complted\\"] and message.text == 'x'", to: e }
              - { name: b, on: call.ended, when: 'raw.x > 1 and data.y.z and vars.k == "v"', to: e }
            """)
        #expect(
            found == [
                #"4:56: error: outcome is never "complted". Did you mean "completed"?"#,
                #"4:74: error: "message" is carried by message.received, message.sent, message.delivered, message.failed; not by call.ended. Test it first, as in `if message is defined`, or name other event types in the route."#,
            ])
    }
}
