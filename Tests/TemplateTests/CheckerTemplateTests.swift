import HubModel
import HubRouting
import Testing

@testable import HubTemplates

/// The checker on templates that use other templates, on null and on conditions that never change.
@Suite struct CheckerTemplateTests {
    private static let named = [
        "card": "Call {{ call.id }}\nof {{ call.duraton_s }} s",
        "line": "{{ t.text }}{{ t.txt }}",
        "bare": "{{ call.id }}",
        "fine": "{{ call.id }}{{ raw.x }}",
        "macros": "{% macro greet(name, mark='!') %}{{ name }}{{ mark }}{% endmacro %}{% set version = 2 %}",
        "rooted": "{% macro id() %}{{ call.id }}{% endmacro %}",
        "open": "{% macro many() %}{{ varargs }}{{ kwargs }}{% endmacro %}",
        "wrap": "{% macro box() %}<{{ caller() }}>{% endmacro %}",
        "base": "{% block head %}{{ call.idd }}{% endblock %}{% block body %}{% endblock %}",
        "middle": "{% extends 'base' %}{% block head %}m{% endblock %}",
        "ping": "{% include 'pong' %}{{ call.x1 }}", "pong": "{% include 'ping' %}{{ call.x2 }}",
        "itself": "{% include 'itself' %}{% import 'itself' as i %}", "broken": "{% if %}",
    ]

    private static func checker(_ types: [EventType] = ["call.ended"]) -> Checker {
        Checker(roots: Checker.roots(for: types), options: .hub(scope: Scope([])), templates: named)
    }

    /// What is pointed at, where it stands when that is another template, and what is said.
    private static func report(_ source: String, _ checker: Checker = checker(), leaf: Bool = false) -> [String] {
        checker.check(source, leaf: leaf).map { problem in
            let bytes = Array((problem.template.flatMap { named[$0] } ?? source).utf8)
            let inside =
                problem.span.start >= 0 && problem.span.start <= problem.span.end
                && problem.span.end <= bytes.count
            #expect(inside)
            let part = inside ? String(decoding: bytes[problem.span.start..<problem.span.end], as: UTF8.self) : ""
            let place = checker.place(of: problem, in: source)
            let prefix = problem.template.map { "[\($0):\(place.line):\(place.column)] " } ?? ""
            let chain = problem.reached.map { " <\($0.how.rawValue) by \($0.template ?? "it") at \($0.span.start)>" }
            return (problem.severity == .warning ? "warning: " : "") + prefix + "\(part): \(problem)" + chain.joined()
        }
    }

    @Test(arguments: [
        // Templates that do not exist
        ("{% include 'crd' %}", #"'crd': there is no template "crd". Did you mean "card"?"#),
        ("{% import 'macro' as m %}", #"'macro': there is no template "macro". Did you mean "macros"?"#),
        ("{% extends 'bse' %}", #"'bse': there is no template "bse". Did you mean "base"?"#),
        (
            "{% include 'fine' if raw.x else 'fien' %}",
            #"'fien': there is no template "fien". Did you mean "fine"?"#
        ),
        // What stands in other templates
        (
            "{% include 'card' %}",
            #"[card:2:12] duraton_s: the call has no field "duraton_s". Did you mean "duration_s"? <included by it at 11>"#
        ),
        (
            "{% for t in call.transcript %}{% include 'line' %}{% endfor %}",
            #"[line:1:18] txt: an element of call.transcript has no field "txt". Did you mean "text"? <included by it at 41>"#
        ),
        (
            "{% include ['none', 'card'] %}",
            #"[card:2:12] duraton_s: the call has no field "duraton_s". Did you mean "duration_s"? <included by it at 20>"#
        ),
        (
            "{% include 'bare' without context %}",
            #"[bare:1:4] call: "call" is not known here: the template is included without context. Write `include` without `without context`. <included by it at 11>"#
        ),
        (
            "{% from 'rooted' import id %}{{ id() }}",
            #"[rooted:1:20] call: "call" is not known here: the template is imported without context. Pass it as an argument, or import with context: `import "…" as … with context`. <imported by it at 8>"#
        ),
        (
            "{% extends 'base' %}{% block body %}x{% endblock %}",
            #"[base:1:25] idd: the call has no field "idd". Did you mean "id"? <extended by it at 11>"#
        ),
        (
            "{% extends 'middle' %}{% block head %}{{ super() }}{{ call.idd }}{% endblock %}",
            #"idd: the call has no field "idd". Did you mean "id"?"#
        ),
        // Blocks
        (
            "{% extends 'middle' %}{% block haed %}x{% endblock %}",
            #"warning: haed: the block "haed" is never shown: "middle" has no block of that name. Did you mean "head"?"#
        ),
        (
            "{% extends 'middle' %} hello {% block head %}x{% endblock %}",
            #"warning:  hello : text outside the blocks of a template that extends another is never shown. Put it into a block, or leave it out."#
        ),
        // Macros
        (
            "{% import 'macros' as m %}{{ m.gret('x') }}",
            #"gret: the template "macros" has no macro "gret". Did you mean "greet"?"#
        ),
        (
            "{% from 'macros' import gret %}",
            #"gret: the template "macros" has no macro "gret". Did you mean "greet"?"#
        ),
        (
            "{% import 'macros' as m %}{{ m.greet('x', mrk='?') }}",
            #"'?': the macro "greet" has no argument "mrk". Did you mean "mark"?"#
        ),
        (
            "{% from 'macros' import greet as g %}{{ g(1, 2, 3) }}",
            #"3: the macro "greet" takes at most 2 arguments. Its arguments are name, mark."#
        ),
        (
            "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
            #"2: the macro "m" is given "a" twice"#
        ),
        (
            "{% macro m() %}x{% endmacro %}{{ m(1) }}{{ m() }}",
            #"1: the macro "m" takes no arguments"#
        ),
        (
            "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
            #"m: the macro "m" never uses caller(), and a call block needs that. Print `caller()` in the macro, or call it as `{{ m() }}`."#
        ),
        (
            "{% macro m(who) %}{{ who.nme }}{% endmacro %}{{ m(call.agent) }}",
            #"nme: call.agent has no field "nme". Did you mean "name"?"#
        ),
        // Null
        (
            "Agent: {{ call.agent.name }}",
            #"warning: call.agent.name: call.agent.name may be unknown (null) and would print as "None". Write `| default("…", true)` or `| ifnull("…")`."#
        ),
        (
            "{{ 'by ' ~ call.agent.name }}",
            #"warning: call.agent.name: call.agent.name may be unknown (null) and would print as "None". Write `| default("…", true)` or `| ifnull("…")`."#
        ),
        (
            "{{ call.summary | default('x') }}",
            #"warning: call.summary | default('x'): call.summary may be unknown (null) and would print as "None". Write `| default("…", true)` or `| ifnull("…")`."#
        ),
        (
            "{{ call.summary | upper }}",
            #"warning: call.summary: call.summary may be unknown (null) and would print as "None". Write `| default("…", true)` or `| ifnull("…")` before `| upper`."#
        ),
        (
            "{{ call.duration_s / 60 }}",
            #"warning: call.duration_s: call.duration_s may be unknown (null), and then "/" fails. Write `(call.duration_s | ifnull(0))`, or ask first whether it is none."#
        ),
        // Conditions whose answer is known
        (
            "{% if true %}x{% endif %}",
            "warning: true: this is always true. Leave it out, or compare a field of the event."
        ),
        (
            "{{ 'x' if 'a' == \"b\" else 'y' }}",
            "warning: 'a' == \"b\": this is always false. Leave it out, or compare a field of the event."
        ),
        (
            "{% if call.summary is defined %}x{% endif %}",
            "warning: call.summary is defined: this is always true. A field that is not known is null: ask `call.summary is not none`."
        ),
        (
            "{% if raw.x or 1 %}x{% endif %}",
            "warning: 1: this is always true. Leave it out, or compare a field of the event."
        ),
    ])
    func `A mistake is reported where it is, with the way there`(source: String, expected: String) {
        #expect(Self.report(source) == [expected])
    }

    @Test(arguments: [
        "{% include 'fine' %}{% include 'nothing' ignore missing %}{% include raw.name %}{% include 'broken' %}",
        "{% include ['nothing', 'fine'] %}{% include 'itself' %}",
        "{% import 'macros' as m %}{{ m.greet('x', mark='?') }}{{ m.version }}{% from 'macros' import greet, version %}",
        "{% from 'open' import many %}{{ many(1, 2, a=3) }}{% import 'rooted' as r with context %}{{ r.id() }}",
        "{% from 'wrap' import box %}{% call box() %}x{% endcall %}",
        "{% import 'macros' as m %}{{ m.other is defined }}{{ m.other | default('x') }}",
        "{% extends 'middle' %}\n{% set x = 1 %}{% macro m() %}{% endmacro %}\n{% block body %}{{ x }}{% endblock %}\n",
        "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m(call) }}{{ m(raw) }}",
        "{% macro m(a) %}{{ a.x }}{% endmacro %}{% set m = raw.f %}{{ m(call, 1, 2) }}",
        // Null that somebody thought of
        "{{ call.summary | default('x', true) }} {{ call.summary | ifnull('x') }} {{ call.summary or 'x' }}",
        "{{ call.summary | coalesce('x') }} {{ call.summary if call.summary else 'x' }} {{ call.id }}",
        "{% if call.summary %}{{ call.summary }}{% endif %}{% if call.summary is not none %}a {{ call.summary }}{% endif %}",
        "{% if call.duration_s > 10 %}{{ call.duration_s / 60 }}{% endif %}{{ (call.duration_s or 0) / 60 }}",
        "{% for t in call.transcript %}{{ t.text }}{% if t.speaker %}{{ t.speaker }}{% endif %}{% endfor %}",
        "{% set s = call.summary | default('x', true) %}{{ s }} {{ 'a' ~ (call.agent.name or 'b') }}",
        "{{ call.transcript | length }} {{ raw.a }} {{ event.id }} {{ timestamp }} {{ call.analysis.x }}",
        // Conditions that events decide
        "{% if raw.x is defined %}x{% endif %}{% if message is defined %}x{% endif %}{% if call.outcome == 'failed' %}{% endif %}",
        "{% set x = 1 %}{% if x %}x{% endif %}{% if call.analysis.x is defined %}x{% endif %}",
    ])
    func `What is right raises no alarm`(source: String) { #expect(Self.report(source) == []) }

    @Test func `Null keeps its place in a leaf of its own and is nobody's concern where a rule has asked`() {
        #expect(Self.report("{{ call.agent.name }}", leaf: true) == [])
        #expect(Self.report("{{ call.agent.name }}!", leaf: true).count == 1)
        let asking = Self.checker().assuming("call.agent.name is not none and call.duration_s > 3")
        #expect(Self.report("{{ call.agent.name }}! {{ call.duration_s * 2 }}", asking) == [])
        #expect(Self.report("{{ call.agent.id }}!", asking).count == 1)
    }

    @Test func `Templates that include each other are gone through once, with both their mistakes`() {
        let found = Self.checker().check("{% include 'ping' %}")
        #expect(found.map(\.template) == ["ping", "pong"])
        #expect(found.map(\.reached.count) == [1, 2])
    }

    @Test func `Templates that include others many times cost no more than a bound`() {
        var templates: [String: String] = ["t0": "{{ call.wrong }}"]
        for n in 1...25 { templates["t\(n)"] = "{% include 't\(n - 1)' %}{% include 't\(n - 1)' %}" }
        let checker = Checker(roots: Checker.roots(for: ["call.ended"]), templates: templates)
        #expect(!checker.check("{% include 't25' %}").isEmpty)
    }

    @Test(arguments: [
        (
            "call.summary",
            "call.summary is text, and a condition asks for true or false. Write `call.summary is not none`, or `call.summary | truthy` for what is neither empty nor zero."
        ),
        ("call.duration_s >= 30 or true", "this is always true. Leave it out, or compare a field of the event."),
        ("'a' == 'b'", "this is always false. Leave it out, or compare a field of the event."),
        (#"call.status == "complted""#, #"status is never "complted". Did you mean "completed"?"#),
        (#"call.outcome in ["complted"]"#, #"outcome is never "complted". Did you mean "completed"?"#),
        (#"call.outcome not in ["complted"]"#, #"outcome is never "complted". Did you mean "completed"?"#),
        (
            #"call.transcript | selectattr("role", "equalto", "agnt") | list | length > 0"#,
            #"role is never "agnt". Did you mean "agent"?"#
        ),
        (
            #"call.transcript | where("role", "eq", "agnt") | length > 0"#,
            #"role is never "agnt". Did you mean "agent"?"#
        ),
        (#"call.transcript | any("role", "==", "agnt")"#, #"role is never "agnt". Did you mean "agent"?"#),
        (
            #"call.transcript | map(attribute="role") | select("eq", "agnt") | list | length > 0"#,
            #"an element of call.transcript|map is never "agnt". Did you mean "agent"?"#
        ),
        (
            #"call.transcript | selectattr("role", "equlto", "agent") | list | length > 0"#,
            #"there is no test "equlto". Did you mean "equalto"?"#
        ),
        (#"call.transcript | map("uper") | list | length > 0"#, #"there is no filter "uper". Did you mean "upper"?"#),
    ])
    func `A rule that can never be meant so is reported`(source: String, expected: String) {
        #expect(Self.checker().check(rule: source).map(\.description) == [expected])
    }

    @Test(arguments: [
        "call.duration_s >= 30", "call.summary | truthy", "call.summary is not none", "raw.flag", "not call.summary",
        "call.transcript | selectattr('role', 'equalto', 'agent') | list | length > 0", "message is defined or raw.x",
        "call.transcript | where('role', 'eq', 'agent') | length > 0", "call.transcript | any('text', 'eq', 'x')",
    ])
    func `A rule that asks for something passes`(source: String) {
        #expect(Self.checker().check(rule: source).map(\.description) == [])
    }

    @Test(arguments: [
        (#"{"summary": "{{ call.summary }}"}"#, ["a quote or a line break in call.summary would break it"]),
        (
            #" {"a": {{ call.duration_s }}, "b": "{{ call.id }}"} "#,
            [
                "call.duration_s being unknown (null) would break it",
                "a quote or a line break in call.id would break it",
            ]
        ),
        (#"["{{ source }}"]"#, ["a quote or a line break in source would break it"]),
        (
            #"{"a": {{ call.summary | json }}, "b": {{ call.transcript | tojson }}, "c": {{ call.duration_s or 0 }}}"#,
            []
        ),
        (#"{"a": "{{ call.direction | default('inbound', true) }}", "at": "{{ timestamp }}"}"#, []),
        ("[{{ source }}] {{ call.id }} said \"x\"", []), ("{{ call.id }} is {\"a\": \"b\"}", []),
    ])
    func `Text that is written as JSON is warned of what would break it`(source: String, expected: [String]) {
        let found = Self.checker().check(source)
        #expect(found.map(\.message) == expected.map { "the text looks like JSON, and \($0)" })
        #expect(found.allSatisfy { $0.severity == .warning })
        #expect(Self.checker().check(source, leaf: true).allSatisfy { !$0.message.contains("JSON") })
    }

    @Test(arguments: CheckerNulls.printing.sorted())
    func `A filter that is said to print null does so`(name: String) throws {
        let call = ["replace": "replace('a', 'b')", "truncate": "truncate(9)", "center": "center(4)"][name] ?? name
        let printed = hub("{{ x | \(call) }}", ["x": .null])
        #expect(printed.lowercased() == "none", "\(printed)")
    }

    @Test(arguments: [
        "call.summary|truncate('x')", "call.duration_s|round('2')", "call.ended_at|datetime(5)",
        "call.ended_at|datetime('%Q')", "call.ended_at|datetime('%H', 'Mars')", "call.ended_at|iso8601('Mars')",
        "call.ended_at|in_tz('Australia/Sidney')", "call.ended_at|diff(call.started_at, 'minuts')",
        "call.summary|regex_find('[')", "call.summary|regex_replace('(', 'x')", "call.summary|sha256('hexx')",
        "call.summary|hmac('k', 'sha3')", "call.summary|hmac('k', 'sha256', 'b64')", "call.from|phone('intl')",
        "call.from|e164('Australia')", "call.duration_s|duration('xx')", "call.summary|split(',', 'x')",
        "call.summary|mask('x')", "call.summary|truncate_bytes('x')", "call.summary|center('x')",
        "call.summary|wordwrap('x')", "call.summary|indent([])", "call.summary|round(1, 'up')",
        "call.duration_s|round(1, 'up')", "call.cost|round_half_up('x')", "call.cost|currency(5)",
        "call.key_points|batch('x')", "call.key_points|slice('x')", "call.key_points|flatten('x')",
        "call|merge(1)", "call.outcome|map_value(1)", "call.key_points|zip(1)", "call.key_points|join(5)",
        "call.summary|slug(5)", "call.transcript|where('role', 5)", "call.ended_at|add(years='x')",
        "call.key_points|csv_row(5)", "call.summary|replace(1, 2, 'x')", "call.ended_at|parse_time(5)",
        "call|dictsort(by='name')", "call.transcript|groupby()", "call|querystring(1)", "call.agent|pick(1)",
        "call.summary|indent('x', first=1, blank=2, other=3)", "call.summary|json(indent='x')",
    ])
    func `A wrong literal among a filter's arguments is an error where rendering would fail`(expression: String) {
        let errors = Self.checker().check("{{ \(expression) }}").filter { $0.severity == .error }
        let call: JSON = [
            "summary": "a, b", "duration_s": 61, "ended_at": "2025-01-01T00:00:00.000Z",
            "started_at": "2025-01-01T00:00:00.000Z", "from": "+61491570006", "cost": 2, "key_points": ["a"],
            "transcript": [["role": "agent", "text": "x"]], "outcome": "completed", "agent": ["name": "x"],
        ]
        let rendered = Result { () throws(TemplateError) in
            try text("{{ \(expression) }}", ["call": call]) { $0.undefined = .hub }
        }
        if case .failure = rendered {
            #expect(!errors.isEmpty, "fails and nothing says so: \(rendered)")
        } else {
            #expect(errors.isEmpty, "\(rendered) \(errors)")
        }
    }

    /// What is an error for the checker is one for the machine: with every field there, and nothing tested around it.
    @Test(arguments: [
        "{% include 'crd' %}", "{% import 'macro' as m %}", "{% extends 'bse' %}", "{% include 'card' %}",
        "{% include 'bare' without context %}", "{% from 'rooted' import id %}{{ id() }}",
        "{% import 'macros' as m %}{{ m.gret('x') }}", "{% from 'macros' import gret %}{{ gret() }}",
        "{% import 'macros' as m %}{{ m.greet('x', mrk='?') }}",
        "{% from 'macros' import greet as g %}{{ g(1, 2, 3) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
        "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
        "{% macro m(who) %}{{ who.nme }}{% endmacro %}{{ m(call.agent) }}",
        "{% import 'rooted' as r with context %}{{ r.id() }}", "{% from 'open' import many %}{{ many(1, a=2) }}",
        "{% from 'wrap' import box %}{% call box() %}x{% endcall %}", "{% include 'fine' %}",
        "{% extends 'middle' %}{% block body %}x{% endblock %}",
    ])
    func `The checker and the machine agree on what fails`(source: String) throws {
        let errors = Self.checker().check(source).filter { $0.severity == .error }
        var options = TemplateOptions.hub(scope: Scope(["call", "raw"]))
        options.undefined = .hub
        let set = TemplateSet(Self.named.map { (name: $0.key, source: $0.value) }, options: options)
        let call: JSON = ["id": "c1", "agent": ["name": "Ann"], "transcript": []]
        let rendered = Result { () throws(TemplateError) in
            try set.compile(source).render(.object(["call": call, "raw": ["x": 1]]))
        }
        if case .success = rendered { #expect(errors.isEmpty) } else { #expect(!errors.isEmpty, "\(rendered)") }
    }
}
