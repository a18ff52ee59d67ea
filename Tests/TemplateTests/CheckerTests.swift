import Dispatch
import Foundation
import HubModel
import HubRouting
import Synchronization
import Testing

@testable import HubTemplates

@Suite struct CheckerTests {
    private static let ended = Checker(roots: Checker.roots(for: ["call.ended"]), options: .hub(scope: Scope([])))

    /// The problems of a template as lines of what they point at and say.
    private static func report(_ source: String, _ checker: Checker = ended, leaf: Bool = false) -> [String] {
        checker.check(source, leaf: leaf).map { problem in
            let bytes = Array(source.utf8)
            #expect(
                problem.span.start >= 0 && problem.span.start <= problem.span.end && problem.span.end <= bytes.count)
            let part = String(decoding: bytes[problem.span.start..<problem.span.end], as: UTF8.self)
            return "\(problem.severity == .warning ? "warning: " : "")\(part): \(problem)"
        }
    }

    @Test(arguments: [
        // Names and members
        ("{{ call.duraton_s }}", #"duraton_s: the call has no field "duraton_s". Did you mean "duration_s"?"#),
        ("{{ call.duration }}", #"duration: the call has no field "duration". Did you mean "duration_s"?"#),
        ("{{ call.agent.nam }}", #"nam: call.agent has no field "nam". Did you mean "name"?"#),
        ("{{ call['sumary'] }}", #"'sumary': the call has no field "sumary". Did you mean "summary"?"#),
        (
            "{{ call.duraton_s | default(0) }}",
            #"duraton_s: the call has no field "duraton_s". Did you mean "duration_s"?"#
        ),
        ("{{ cal.id }}", #"cal: there is nothing named "cal". Did you mean "call"?"#),
        (
            "{{ zzzzzz }}",
            #"zzzzzz: there is nothing named "zzzzzz". The names are appointment, call, data, endpoint, event and 9 more."#
        ),
        ("{{ call.summary.text }}", #"text: call.summary is text and has no field "text""#),
        (
            "{{ call.summary.upper() }}",
            #"upper: call.summary is text and has no field "upper". Write `call.summary | upper`."#
        ),
        ("{{ call.items() }}", #"items: the call has no field "items". Write `call | items`."#),
        (
            "{{ call.transcript.text }}",
            #"text: call.transcript is a list and has no field "text". Its elements have it: `call.transcript[0]`, `call.transcript | first` or a loop reach one, `call.transcript | map(attribute="text")` all."#
        ),
        (
            "{{ call[0] }}",
            "0: the call is an object; its fields have names, not numbers. Write `call.name`, or `call | list` for its names."
        ),
        (
            "{{ call.transcript[0].txt }}",
            #"txt: an element of call.transcript has no field "txt". Did you mean "text"?"#
        ),
        ("{{ event.naitive.id }}", #"naitive: the event has no field "naitive". Did you mean "native"?"#),
        // Fields of other event types
        (
            "{{ message.body }}",
            #"message: "message" is carried by message.received, message.sent, message.delivered, message.failed; not by call.ended. Test it first, as in `if message is defined`, or name other event types in the route."#
        ),
        (
            "{{ event.message.id }}",
            #"message: "event.message" is carried by message.received, message.sent, message.delivered, message.failed; not by call.ended. Test it first, as in `if event.message is defined`, or name other event types in the route."#
        ),
        // Loops
        (
            "{% for t in call.transcript %}{{ t.txt }}{% endfor %}",
            #"txt: an element of call.transcript has no field "txt". Did you mean "text"?"#
        ),
        (
            "{% for t in call.duration_s %}{% endfor %}",
            "call.duration_s: call.duration_s is a number, and a loop needs a list"
        ),
        (
            "{% for t in call.summary %}{% endfor %}",
            "call.summary: call.summary is text, and a loop needs a list. Write `call.summary | list` to go through its characters."
        ),
        (
            "{% for k, v in call %}{% endfor %}",
            "call: the call is an object, and a loop goes through its names only. Write `call | items` for pairs of name and value."
        ),
        // Arithmetic
        (
            "{{ call.summary + 1 }}",
            #"call.summary: call.summary is text, and "+" cannot be used with it and an integer. Use `~` to join text, or `| int` or `| float` to make a number of it."#
        ),
        (
            "{{ 'took ' + call.duration_s }}",
            #"call.duration_s: call.duration_s is a number, and "+" cannot be used with it and text. Use `~` to join text, or `| int` or `| float` to make a number of it."#
        ),
        (
            "{{ call.ended_at - call.started_at }}",
            #"call.ended_at: call.ended_at is a time in text form, and "-" cannot be used with it and a time in text form. Use `| diff(other, "seconds")` for the time between."#
        ),
        (
            "{{ call.transcript / 2 }}",
            #"call.transcript: call.transcript is a list, and "/" cannot be used with it and an integer. Use `| length` for the number of its elements, or `| sum`."#
        ),
        ("{{ -call.summary }}", #"call.summary: call.summary is text, and "-" needs a number"#),
        // Comparisons
        (#"{{ call.status == "complete" }}"#, #""complete": status is never "complete". Did you mean "completed"?"#),
        (#"{{ "complete" != call.status }}"#, #""complete": status is never "complete". Did you mean "completed"?"#),
        (
            #"{{ call.outcome in ["completed", "mised"] }}"#,
            #""mised": outcome is never "mised". Did you mean "missed"?"#
        ),
        (
            #"{{ call.status is eq("endd") }}"#,
            #""endd": status is never "endd". Its words are scheduled, queued, ringing, in_progress, transferring, completed, missed, no_answer, busy, failed, canceled, unknown."#
        ),
        (
            #"{{ call.outcome == "" }}"#,
            #""": outcome is never "". What is not known is null: compare with none, or ask "is none"."#
        ),
        (#"{{ call.direction == "in" }}"#, #""in": direction is never "in". Did you mean "inbound"?"#),
        (#"{{ event.type == "call.endd" }}"#, #""call.endd": type is never "call.endd". Did you mean "call.ended"?"#),
        ("{{ call.summary == 5 }}", "5: call.summary is text and never equals an integer. Write it in quotes."),
        (
            #"{{ call.duration_s == "30" }}"#,
            #""30": call.duration_s is a number and never equals text. Write the number without quotes."#
        ),
        (
            #"{{ call.duration_s > "30" }}"#,
            #""30": call.duration_s is a number, and ">" cannot compare it with text. Write the number without quotes."#
        ),
        (
            "{{ call.transcript > 3 }}",
            #"3: call.transcript is a list, and ">" cannot compare it with an integer. Use `| length` for the number of its elements."#
        ),
        (
            #"{{ "x" in call.duration_s }}"#,
            #"call.duration_s: call.duration_s is a number, and "in" needs a list, an object or text"#
        ),
        // Filters and tests
        ("{{ call.summary | uper }}", #"uper: there is no filter "uper". Did you mean "upper"?"#),
        ("{{ call.summary is strin }}", #"strin: there is no test "strin". Did you mean "string"?"#),
        ("{{ call.summary | upper(1) }}", #"1: the filter "upper" takes no arguments"#),
        (
            "{{ call.summary | truncate(lenght=3) }}",
            #"3: the filter "truncate" has no argument "lenght". Did you mean "length"?"#
        ),
        ("{{ call.summary | truncate(3, length=4) }}", #"4: the filter "truncate" is given "length" twice"#),
        ("{{ call.summary | replace('a') }}", #"replace: the filter "replace" needs the argument "new""#),
        (
            "{{ call.summary | truncate('140') }}",
            "'140': truncate needs an integer as length. Write the number without quotes."
        ),
        (
            "{{ call.ended_at | datetime('%H:%M', 'Australia/Sidney') }}",
            #"'Australia/Sidney': datetime needs a time zone as tz. Did you mean "Australia/Sydney"?"#
        ),
        (
            "{{ call.from | phone('nationl') }}",
            #"'nationl': phone needs one of international, national, e164 as format. Did you mean "national"?"#
        ),
        (
            "{{ call.from | regex_match('(a') }}",
            #"'(a': regex_match needs a regular expression as pattern. At character 1: "(" without ")"."#
        ),
        (
            "{{ call.duration_s | length }}",
            "call.duration_s: call.duration_s is a number, and length needs text, a list or an object"
        ),
        ("{{ call.agent | phone }}", "call.agent: call.agent is an object, and phone needs text or a number"),
        (
            "{{ call.summary | where('a') }}",
            "call.summary: call.summary is text, and where needs a list. Use `| split` first to make a list of it."
        ),
        ("{{ call.summary | round }}", "call.summary: call.summary is text, and round needs a number"),
        (
            "{{ call.transcript | map(attribute='txt') | list }}",
            #"'txt': an element of call.transcript has no field "txt". Did you mean "text"?"#
        ),
        (
            "{{ call.transcript | selectattr('rol', 'eq', 'agent') | list }}",
            #"'rol': an element of call.transcript has no field "rol". Did you mean "role"?"#
        ),
        ("{{ (call.transcript | last).txt }}", #"txt: call.transcript|last has no field "txt". Did you mean "text"?"#),
        // Shapes flow
        ("{% set a = call.agent %}{{ a.nme }}", #"nme: call.agent has no field "nme". Did you mean "name"?"#),
        ("{% with c = call %}{{ c.idd }}{% endwith %}", #"idd: the call has no field "idd". Did you mean "id"?"#),
        ("{{ (call if call.id else call).idd }}", #"idd: the call has no field "idd". Did you mean "id"?"#),
        (
            "{% if call.summary %}{{ call.sumary }}{% endif %}",
            #"sumary: the call has no field "sumary". Did you mean "summary"?"#
        ),
        (
            "{{ (call.transcript | length) + 'x' }}",
            #"(call.transcript | length): call.transcript|length is an integer, and "+" cannot be used with it and text. Use `~` to join text, or `| int` or `| float` to make a number of it."#
        ),
    ])
    func `A mistake is reported where it is, in full words`(source: String, expected: String) {
        #expect(Self.report(source) == [expected])
    }

    @Test(arguments: [
        "{{ call.id }} {{ call.agent.name }} {{ call.transcript | length }} {{ call.recording.url }}",
        "{{ raw.a.b.c | default('x') }} {{ data.lead.score > 80 }} {{ vars.x + 1 }} {{ call.analysis.anything.at.all }}",
        "{% for t in call.transcript %}{{ loop.index }} {{ t.role }}: {{ t.text }}{% else %}none{% endfor %}",
        "{% for k, v in call | items %}{{ k }}{{ v }}{% endfor %}{% for k in call %}{{ k }}{% endfor %}",
        "{{ call.duration_s / 60 }} {{ call.duration_s >= 30 and call.outcome == 'completed' }}",
        "{{ call.status in ['completed', 'missed'] }} {{ call.summary == none }} {{ call.from == call.to }}",
        "{{ call.started_at < call.ended_at }} {{ call.started_at == '2025-01-01T00:00:00.000Z' }}",
        "{{ call.ended_at | diff(call.started_at, 'minutes') | round(1) + 1 }}",
        "{% if message is defined %}{{ message.body }}{% endif %}{{ message.body | default('') }}",
        "{% if message %}{{ message.body.anything }}{% endif %}{{ message.body if message else '' }}",
        "{% if not message %}{% else %}{{ message.x }}{% endif %}{{ message is defined and message.status == 'sent' }}",
        "{% if event.type == 'message.received' %}{{ message.body }}{% else %}{{ call.id }}{% endif %}",
        "{% set x = 1 %}{% if call.id %}{% set x = call %}{% endif %}{{ x.anything }}",
        "{% macro m(a, b=call.id) %}{{ a.x }}{{ call.id }}{{ later.y }}{% endmacro %}{% set later = raw %}{{ m(1) }}",
        "{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ range(3) | sum }}",
        "{{ call.agent.name | upper | truncate(10) ~ '!' }} {{ call.cost | currency }} {{ call.from | mask }}",
        "{{ call.key_points | join(', ') }} {{ call.key_points[0] }} {{ call.summary[0] }} {{ call.summary[:5] }}",
        "{{ call.key_points + ['x'] }} {{ 'a' * 3 }} {{ call.summary ~ 1 }} {{ 'a' + 'b' }} {{ call.summary * 2 }}",
        "{{ 1 == '1' }} {{ 'a' + 1 }} {{ {'a': 1}.b }} {{ (1).x }}",
        "{% block b %}{{ call.id }}{% endblock %}{% filter upper %}x{% endfilter %}{% set t | trim %} x {% endset %}{{ t }}",
        "{{ dict(a=call.id).a }} {{ call | pick('id') }} {{ (call | pick('id')).id }} {{ event | json }}",
        "{{ call.transcript | where('role', 'eq', 'agent') | map(attribute='text') | join(' ') }}",
        "{{ call.transcript | sort(attribute='start_s') | map('upper') | list }} {{ message or call }} {{ call | coalesce(message) }}",
        "{{ raw.format % call.agent }} {{ '%d:%02d' | format(call.duration_s // 60, call.duration_s % 60) }}",
        "{{ 'status' in event.changed }} {{ call.outcome == call.status }} {{ call.status | upper == 'COMPLETED' }}",
        "{{ call.status | default('none') == 'none' }} {{ 'phone' in call.channel }} {{ call.to in vars.numbers }}",
        "{{ call[raw.name] }} {{ event_type | replace('.', '/') }} {{ timestamp | datetime('%H:%M', 'UTC') }}",
        "{{ omit }} {{ call.summary | default(omit) }} {{ listing.x.y }} {{ appointment.z }}",
    ])
    func `What is right or cannot be known passes`(source: String) {
        #expect(Self.report(source).filter { !$0.hasPrefix("warning: ") } == [])
    }

    @Test func `Members that some of the types carry pass, and those that none carries name the types that do`() {
        let shape = Shape.object([.init("id", .text)])
        let other = Shape.object([.init("id", .text), .init("score", .integer)])
        let third = Shape.object([.init("grade", .text)])
        let root = Checker.Root(
            "lead", alternatives: [.init(["a"], shape), .init(["b"], other), .init(["c"], nil)],
            elsewhere: [.init(["d"], third), .init(["e"], nil)])
        let checker = Checker(roots: [root])
        #expect(Self.report("{{ lead.id }}{{ lead.score + 1 }}", checker) == [])
        #expect(
            Self.report("{{ lead.grade }}", checker) == [
                #"grade: "lead.grade" is carried by d; not by a, b, c. Test it first, as in `if lead.grade is defined`, or name other event types in the route."#
            ])
        #expect(
            Self.report("{{ lead.scor }}", checker) == [#"scor: the lead has no field "scor". Did you mean "score"?"#])
        #expect(Self.report("{% if lead.grade is defined %}{{ lead.grade }}{% endif %}", checker) == [])
    }

    @Test func `JSON text in a leaf of its own is worth a warning`() {
        #expect(
            Self.report("{{ call | tojson }}", leaf: true) == [
                #"warning: call | tojson: this produces text with JSON inside, not the value itself. Leave out `| tojson`: an expression that is the whole leaf keeps its own type."#
            ])
        #expect(Self.report("x {{ call | tojson }}", leaf: true) == [])
        #expect(Self.report("{{ call | tojson }}") == [])
    }

    @Test func `Conditions are checked as bare expressions, several mistakes at once and in order`() {
        let found = Self.ended.check(expression: #"call.duraton_s >= 30 and call.status == "complete" and cal.x"#)
        #expect(
            found.map(\.description) == [
                #"the call has no field "duraton_s". Did you mean "duration_s"?"#,
                #"status is never "complete". Did you mean "completed"?"#,
                #"there is nothing named "cal". Did you mean "call"?"#,
            ])
        #expect(found.map(\.span.start) == [5, 40, 55])
    }

    @Test func `The variable of a loop around a template has the shape of the list's elements`() {
        let inner = Self.ended.binding("turn", elementsOf: "call.transcript")
        #expect(Self.report("{{ turn.text }} {{ turn.role == 'agent' }}", inner) == [])
        #expect(
            Self.report("{{ turn.txt }} {{ turn.role == 'agnt' }}", inner) == [
                #"txt: an element of call.transcript has no field "txt". Did you mean "text"?"#,
                #"'agnt': role is never "agnt". Did you mean "agent"?"#,
            ])
        #expect(Self.report("{{ item.anything }}", Self.ended.binding("item", elementsOf: "raw.items")) == [])
        #expect(
            Self.ended.check(list: "call.summary").map(\.description) == [
                "call.summary is text, and a loop needs a list. Write `call.summary | list` to go through its characters."
            ])
        #expect(Self.ended.check(list: "call.transcript") == [])
    }

    /// The parser bounds a source's depth; the walk needs no more than a small stack for all that it lets through.
    @Test func `The deepest sources that parse fit a stack of one megabyte`() {
        func nested(_ open: String, _ inside: String, _ close: String, _ count: Int) -> String {
            String(repeating: open, count: count) + inside + String(repeating: close, count: count)
        }
        let sources =
            [10, 30, 45, 60, 90].flatMap { count in
                [
                    "{{ \(nested("(1 + ", "call.x", ")", count)) }}", "{{ \(nested("not ", "call.x", "", count)) }}",
                    "{{ \(nested("", "call", "|default(1)", count)) }}",
                    "{{ \(nested("", "raw", ".b[0]", count / 2)) }}",
                    "{{ \(nested("(a if ", "call.x", " else b)", count)) }}",
                    "{{ \(nested("[", "call.x", "]", count)) }}",
                    "{{ \(nested("(x and ", "call.x", ")", count)) }}", "{{ \(nested("f(", "call.x", ")", count)) }}",
                    nested("{% if call.x %}", "{{ call.x }}", "{% endif %}", count),
                    nested("{% for a in call.transcript %}", "{{ a.x }}", "{% endfor %}", count),
                    nested(
                        "{% if a %}{% for b in c %}{{ (1 + (2 + (3 + 4))) }}", "", "{% endfor %}{% endif %}", count / 2),
                ]
            }
        let checker = Self.ended
        let parsed = onSmallStack {
            sources.filter { source in
                _ = checker.check(source)
                return checker.check(source).contains { $0.message.contains("no field") }
            }.count
        }
        #expect(parsed > 10)
    }

    @Test func `Long chains of templates fit such a stack too`() {
        var templates: [String: String] = ["t0": "{{ call.wrong }}"]
        for n in 1...250 {
            templates["t\(n)"] = "{% if call.id %}{% include 't\(n - 1)' %}{{ (1 + (2 + call.wrong)) }}{% endif %}"
            templates["e\(n)"] = "{% extends 'e\(n - 1)' %}{% block b %}{{ super() }}{{ call.wrong }}{% endblock %}"
        }
        templates["e0"] = "{% block b %}{{ call.wrong }}{% endblock %}"
        let checker = Checker(roots: Checker.roots(for: ["call.ended"]), templates: templates)
        let found = onSmallStack {
            checker.check("{% include 't250' %}").count + checker.check("{% extends 'e250' %}").count
        }
        #expect(found > 20)
    }

    private func onSmallStack(_ work: @escaping @Sendable () -> Int) -> Int {
        let answer = Mutex(0)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let value = work()
            answer.withLock { $0 = value }
            done.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
        done.wait()
        return answer.withLock { $0 }
    }

    @Test func `A source that does not parse is left to the compiler`() {
        #expect(Self.ended.check("{{ call. }}") == [])
        #expect(Self.ended.check(expression: "call.(") == [])
    }

    /// Every template of the conformance cases, with open names, has nothing to report but filters and tests that do
    /// not exist and arguments that real Jinja refuses too.
    @Test func `Jinja's own cases raise no alarm`() throws {
        let cases = try lines(of: "jinja.jsonl")
        #expect(cases.count > 1000)
        for json in cases {
            let source = try #require(json["template"]?.string)
            var options = TemplateOptions()
            (options.doTag, options.loopControls) = (true, true)
            var templates: [String: String] = [:]
            for member in json["templates"]?.object?.members ?? [] { templates[member.name] = member.value.string }
            let problems = Checker(roots: [], options: options, anyName: true, templates: templates).check(source)
            if json["expect"]?["output"] != nil {
                let found = problems.filter { $0.severity == .error && !$0.message.hasPrefix("there is no ") }
                #expect(found == [], "\(json["id"]?.string ?? "") \(source)")
            }
        }
    }
}
