import HubModel
import HubRouting
import HubTemplates
import Testing

/// Templates whose work or memory would be without bound if it were not charged for: they end, and say why.
@Suite("Work is charged for")
struct WorkTests {
    static let long = "{% set m = 'a' * 10240 %}"

    @Test(
        "what a filter would make out of proportion is refused before it is made",
        arguments: [
            "{{ m|wordwrap(1, true, m) }}", "{{ ('a.com ' * 1000)|urlize(none, false, m) }}",
            "{{ '1e400'|currency('$', 2, m) }}", "{{ ('a ' * 3000)|slug(m) }}", "{{ ([m] * 1000)|csv_row }}",
            "{{ {'a': [m] * 1000}|querystring }}", "{{ ([['a', m]] * 1000)|urlencode }}",
            "{{ dict([['a', m], ['b', m]])|xmlattr }}", "{{ m|regex_replace('a+', '$0$0$0$0') }}",
            "{{ ('<' * 10000)|forceescape }}", "{{ ('%' * 10000)|urlencode }}",
            "{{ (m|safe) + (m|safe) }}", "{{ (m|safe) + '<' * 3000 }}", "{{ ('\\\\' * 6000)|tojson }}",
            "{{ ('\\\\' * 6000)|pprint }}", "{{ '%r' % ('\\\\' * 6000) }}", "{{ m|list }}",
            "{% for c in m %}{% endfor %}",
            "{{ ('ΐ' * 5000)|upper }}",
        ])
    func proportion(source: String) {
        let error = #expect(throws: TemplateError.self) {
            try text(Self.long + source) {
                $0.limits.string = 10_240
                $0.limits.elements = 1000
            }
        }
        #expect(error?.kind == .limit)
        #expect(error?.message.contains("allowed") == true)
    }

    @Test(
        "work on long values in a loop uses up the steps",
        arguments: [
            "m|length", "m|title", "m|center(1)", "m[i]", "m[1:2]", "m ~ ''", "m + ''", "m * 1", "'b' in m",
            "m is lower", "m is upper", "'%s' % m", "l ~ l", "l|select('lower')", "m|regex_find('b')", "m|indent",
            "l|join('a', 'b')", "x|tojson", "3 ** 20000 * 2",
            "m == m[:-1] ~ 'b'", "m < m ~ 'b'", "'b' in l", "l == k", "l < k", "l + k", "l * 1", "l[1:]", "l|length",
            "l|reverse", "l|batch(10)", "l|slice(10)", "l|sort", "l|unique", "l|max", "l|zip(k)", "l|compact",
            "l|first",
            "range(5000)|list", "x|items", "x|dictsort", "x|without('a')", "x == x", "x|list", "([m] * 50)|sort",
            "([m] * 50)|unique", "([m] * 50)|min", "([m] * 50)|groupby(0)", "m|mask(4)", "m|wordwrap", "m|urlize",
            "m|slug",
            "m|sha256", "m|base64", "m|regex_match('b')", "m|replace('b', 'c')", "m|split('b')", "m|trim('b')",
            "m|truncate(5)", "m|json", "m|tojson", "m|digits", "m|phone", "m|escape_xml", "m|striptags", "m|wordcount",
            "big * big", "big // 7", "big // (big - 1)", "big % (big - 1)", "3 ** 600 / 7", "big ~ ''", "big < 1.5",
            "big|string",
            "'%x' % big", "3 ** 20000", "'%.5000f' % 0.1", "'%.4000e' % 0.1", "0.1|round(300)", "big|round(-300)",
            "('9' * 4300)|int", "f(**x)", "{m: 1}", "d[m]", "m in d", "g(*l)", "namespace(d)", "dict(d)", "x.nothing",
            "x['nothing']", "h()",
        ])
    func loops(expression: String) {
        let names = (0..<500).map { "{% set n\($0) = 1 %}" }.joined()
        let setup =
            "{% macro f() %}{{ kwargs|length }}{% endmacro %}{% macro g() %}{{ varargs|length }}{% endmacro %}"
            + "{% macro h() %}{% if 0 %}\(names){% endif %}{% endmacro %}{% set d = dict(range(900)|zip(range(900))) %}{% set m = 'a' * 100000 %}{% set big = 3 ** 20000 %}"
            + "{% set l = ['x'] * 5000 %}{% set k = ['x'] * 5000 %}"
        let source = "\(setup){% for i in range(90000) %}{% set a = \(expression) %}{% endfor %}"
        let wide = JSON.object(JSONObject((0..<2000).map { JSONObject.Member("k\($0)", .int($0)) }))
        let error = #expect(throws: TemplateError.self) { try text(source, ["x": wide]) { $0.limits.steps = 20_000 } }
        #expect(error?.kind == .limit)
        #expect(error?.message.hasPrefix("steps of work") == true)
    }

    @Test(
        "values that are kept while a template renders are bounded together",
        arguments: [
            "{% set ns = namespace(a=[0] * 10000) %}",
            "{% for j in [0] * 10000 %}{{ loop.last }}{% break %}{% endfor %}",
            "{% set ns.l = ns.l + ['x' * 100000] %}", "{% set ns.l = ns.l + [i] %}",
            "{% set ns.l = ns.l + ['%d' % i * 9999] %}",
            "{% set c = cycler(*range(10000)|list) %}", "{% set c = cycler(*l) %}",
            "{% set x %}{{ 'x' * 100000 }}{% endset %}",
        ])
    func kept(body: String) {
        let error = #expect(throws: TemplateError.self) {
            try text(
                "{% set l = [1] * 9000 %}{% set ns = namespace(l=[]) %}{% for i in range(90000) %}\(body){% endfor %}"
            ) {
                $0.loopControls = true
                $0.limits.steps = 20_000
            }
        }
        #expect(error?.kind == .limit)
    }

    @Test("a list that holds another twice, over and over, is compared, hashed, printed and sent within the limits")
    func doubling() {
        let twice =
            "{% set ns = namespace(a=[], b=[], t=()) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}"
            + "{% set ns.b = [ns.b, ns.b] %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}"
        for use in [
            "ns.a == ns.b", "ns.a < ns.b", "ns.a in [ns.b]", "{ns.t: 1}", "[ns.t]|unique", "ns.a", "ns.a|tojson",
        ] {
            #expect(throws: TemplateError.self) { try text("\(twice){{ \(use) }}") }
        }
        let nested = "[x, x]"
        var leaf = "[]"
        for _ in 0..<7 { leaf = nested.replacing("x", with: "(\(leaf))") }
        #expect(throws: Never.self) { try Template.compile("{{ \(leaf) }}").soleExpression?.json(.object([:])) }
        for many in [
            "[[[[[[0] * 100] * 100] * 100] * 100] * 100]", "['x' * 100000] * 1000", "[x] * 1000", "[y] * 1000",
        ] {
            let wide = JSON.array(Array(repeating: ["k": 1], count: 1000))
            let error = #expect(throws: TemplateError.self) {
                try Template.compile("{{ \(many) }}").soleExpression?.json(.object(["x": wide, "y": ["z": wide]]))
            }
            #expect(error?.message.hasPrefix("values in one leaf") == true)
        }
    }

    @Test(
        "lists that grow deeper at every turn of a loop end before they exhaust the stack",
        arguments: [
            "[ns.a]", "(ns.a,)", "{'a': ns.a}", "[1, [ns.a]]", "[ns.a]|batch(1)", "[ns.a]|zip([1])", "dict(a=ns.a)",
            "{'a': ns.a}|items", "[ns.a]|slice(1)", "{'a': 1}|merge({'b': ns.a})",
        ])
    func depth(expression: String) {
        let source = "{% set ns = namespace(a=1) %}{% for i in range(9000) %}{% set ns.a = \(expression) %}{% endfor %}"
        let error = #expect(throws: TemplateError.self) { try text(source) }
        #expect(error?.message == "lists inside each other: 201 used, 200 allowed")
    }

    @Test("a chain of undefined values says why in the words of its first link, however long it is")
    func chain() {
        let source = "{% set ns = namespace(a=q.z) %}{% for i in range(15000) %}{% set ns.a = ns.a.b %}{% endfor %}"
        #expect(hub("\(source){{ ns.a + 1 }}").contains("ns.a.b is undefined: q is undefined"))
        #expect(hub("{{ q.a.b.c.d }}").contains("q.a.b.c.d is undefined: q is undefined"))
        #expect(hub("{{ q.a.b.c }}", ["q": .null]).contains("q.a.b.c is undefined: q is null"))
    }

    @Test(
        "numbers at the ends of their ranges are numbers or errors",
        arguments: [
            ("'' * 9223372036854775807", ""), ("'-inf'|float|filesizeformat", nil),
            ("'1e-9223372036854775808'|currency|default('')", nil), ("9223372036854775807 * [] ~ ''", "[]"),
            ("(-9223372036854775807 - 1)|abs", "9223372036854775808"),
            ("(-9223372036854775807 - 1) // -1", "9223372036854775808"), ("'x'[-9223372036854775807 - 1:]", "x"),
        ])
    func extremes(expression: String, answer: String?) {
        #expect((try? text("{{ \(expression) }}")) == answer)
    }

    @Test("division of large integers is exact")
    func division() throws {
        // Quotients whose words are guessed one too high at first are among these.
        for (a, b) in [
            ("2 ** 192 - 1", "2 ** 64 + 3"), ("2 ** 128", "2 ** 64 - 1"), ("7 ** 300", "3 ** 250"),
            ("2 ** 95 * (2 ** 64 - 1) + 5", "2 ** 95 + 2 ** 63"), ("-(7 ** 300)", "3 ** 250"),
            ("7 ** 300", "-(3 ** 250)"),
            ("2 ** 4000 - 1", "2 ** 2000 - 1"), ("(2 ** 64 - 1) * 2 ** 64", "2 ** 96 - 2 ** 32"),
        ] {
            let checks = "{% set a = \(a) %}{% set b = \(b) %}{% set q = a // b %}{% set r = a % b %}"
            #expect(try text("\(checks){{ q * b + r == a }} {{ (0 <= r < b) or (b < r <= 0) }}") == "True True")
        }
    }

    @Test("finding a long part of a text that repeats itself is exact")
    func find() throws {
        let part = "aabaaab" + String(repeating: "aab", count: 6)
        for gap in 0..<24 {
            let source = String(repeating: "aab", count: gap) + part + "b"
            #expect(
                try text("{{ '\(source)'|replace('\(part)', '<>') }}") == String(repeating: "aab", count: gap) + "<>b")
            #expect(try text("{{ '\(part)' in '\(source.dropLast(2))' }}") == "False")
        }
    }

    @Test("an error that quotes what a template made is short")
    func shortErrors() {
        for use in [
            "[1]|map('a' * 100000)", "[1]|select('a' * 100000)", "dict([['/' * 99999, 1]])|xmlattr",
            "{}['a' * 99999]|upper",
        ] {
            let error = #expect(throws: TemplateError.self) { try text("{{ \(use) }}") { $0.undefined = .strict } }
            #expect((error?.description.utf8.count ?? .max) < 3000)
        }
    }

    @Test("the checker forgets what would grow without end, and nothing else")
    func checker() {
        let checker = Checker(roots: Checker.roots(for: ["call.ended"]), anyName: true)
        func messages(_ source: String) -> [String] { checker.check(source).map(\.message) }
        let wrong = "{{ a.nothing }}"
        #expect(messages("{% set a = call %}{% if x %}{% set b = 1 %}{% endif %}\(wrong)").count == 1)
        #expect(messages("{% set a = call %}{% if x %}{% set a = y %}{% endif %}\(wrong)").isEmpty)
        #expect(messages("{% set a = y %}{% if x %}{% set a = call %}\(wrong){% endif %}\(wrong)").count == 1)
        #expect(messages("{% set a = call %}{% if x %}{% set a = 5 %}{% elif z %}\(wrong){% endif %}").count == 1)
        for more in ["[a, call] if x else a", "[a] if x else a", "[a]", "[a] + [a] + [call]"] {
            let source = "{% set a = call %}" + String(repeating: "{% set a = \(more) %}", count: 200)
            #expect(messages(source).isEmpty)
        }
        let branches = (0..<1500).map { "{% elif x %}{% set a\($0) = 1 %}" }.joined()
        #expect(messages("{% if x %}\(branches){% endif %}{{ a3 }}").isEmpty)
    }

    @Test("a macro has at most 250 parameters and a call at most 250 named arguments")
    func arguments() throws {
        func list(_ count: Int, _ suffix: String) -> String {
            (0..<count).map { "a\($0)\(suffix)" }.joined(separator: ", ")
        }
        #expect(try text("{% macro m(\(list(250, ""))) %}{{ a249 }}{% endmacro %}{{ m(\(list(250, "=1"))) }}") == "1")
        for source in ["{% macro m(\(list(251, ""))) %}{% endmacro %}", "{{ dict(\(list(251, "=1"))) }}"] {
            let error = #expect(throws: TemplateError.self) { try text(source) }
            #expect(error?.message.contains("at most 250") == true)
        }
    }
}
