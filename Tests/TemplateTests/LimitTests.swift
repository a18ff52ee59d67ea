import Foundation
import HubModel
import HubTemplates
import Testing

@Suite("Limits")
struct LimitTests {
    @Test(
        "what would take too much is refused before it is done",
        arguments: [
            "{{ 'a' * 10 ** 9 }}", "{{ [0] * 10 ** 9 }}", "{{ 2 ** 1000000 }}", "{{ range(10 ** 9) }}",
            "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
            "{{ 'x'|center(10 ** 9) }}", "{{ '%999999999d'|format(1) }}", "{{ 'x'|indent(10 ** 8, true) }}",
            "{{ [1]|batch(10 ** 8, 0) }}", "{{ ('a' * 10 ** 6)|replace('a', 'b' * 10 ** 5) }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{% set a = 'x' * 10 ** 6 %}{{ a }}{{ a }}", "{{ (range(100000)|list * 1)|join('x' * 1000) }}",
        ])
    func refused(source: String) {
        let error = #expect(throws: TemplateError.self) { try text(source) }
        #expect(error?.kind == .limit)
        #expect(error?.message.contains("allowed") == true)
    }

    @Test("a limit says what was used and what is allowed")
    func message() {
        let error = #expect(throws: TemplateError.self) { try text("{{ range(100001) }}") }
        #expect(error?.message == "numbers in one range: 100001 used, 100000 allowed")
    }

    @Test("deep nesting is an error, also on a stack of one megabyte")
    func nesting() throws {
        let sources =
            [
                String(repeating: "(", count: 5000) + "1", String(repeating: "[", count: 5000),
                String(repeating: "not ", count: 5000) + "1", String(repeating: "-", count: 5000) + "1",
                "1" + String(repeating: "+1", count: 5000), "a" + String(repeating: ".b", count: 5000),
                "a" + String(repeating: "|e", count: 5000), String(repeating: "a if ", count: 5000),
                String(repeating: "{'a':", count: 5000), "a" + String(repeating: "[0", count: 5000),
                "a" + String(repeating: "(a", count: 5000), String(repeating: "(1+", count: 99) + "1",
            ].map { "{{ \($0) }}" } + [
                String(repeating: "{% if 1 %}", count: 5000), String(repeating: "{% for x in y %}", count: 5000),
                "{% macro m(n) %}" + String(repeating: "{% if 1 %}", count: 60) + "{{ m(n + 1) }}"
                    + String(repeating: "{% endif %}", count: 60) + "{% endmacro %}{{ m(0) }}",
                "{% macro m(n) %}{{ " + String(repeating: "(1+", count: 60) + "m(n)" + String(repeating: ")", count: 60)
                    + " }}{% endmacro %}{{ m(0) }}",
                "{% macro m(n) %}{{ [[n]]|map('list')|map('first')|list ~ m([n])|upper|lower }}{% endmacro %}{{ m(0) }}",
            ]
        for source in sources {
            let failed = onSmallStack { (try? text(source)) == nil }
            #expect(failed)
        }
    }

    @Test("what is within the limits fits the same stack")
    func within() throws {
        let source = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}.{% endmacro %}{{ m(60) }}"
        #expect(onSmallStack { (try? text(source)) == String(repeating: ".", count: 61) })
        let deep = "{{ " + String(repeating: "(", count: 40) + "1" + String(repeating: " + 1)", count: 40) + " }}"
        #expect(onSmallStack { (try? text(deep)) == "41" })
    }

    @Test("values as deep as a template can make them are compared, printed and released on the same stack")
    func deepValues() throws {
        let grown =
            "{% set ns = namespace(a=1, b=1) %}{% for i in range(199) %}{% set ns.a = {'k': ns.a} %}"
            + "{% set ns.b = {'k': ns.b} %}{% endfor %}"
        for use in ["ns.a == ns.b", "ns.a in [ns.b]", "[ns.a]|sort(attribute='k')|length", "ns.a|string|length > 9"] {
            #expect(onSmallStack { (try? text("\(grown){{ \(use) }}")) != nil })
        }
        let lists = grown.replacing("{'k': ns.a}", with: "[ns.a]").replacing("{'k': ns.b}", with: "[ns.b]")
        for use in [
            "ns.a == ns.b", "ns.a < ns.b", "[ns.a, ns.b]|max|length", "ns.a|flatten|length", "ns.a|tojson|length",
        ] {
            #expect(onSmallStack { (try? text("\(lists){{ \(use) }}")) != nil })
        }
        // Arguments are not variables: what a macro is called with may be deeper.
        let nest = { (open: String, close: String) in
            String(repeating: open, count: 40) + "n" + String(repeating: close, count: 40)
        }
        for (open, close) in [("[", "]"), ("{'k': ", "}"), ("(", ",)")] {
            let call =
                "{% macro m(n, d) %}{% if d %}{{ m(\(nest(open, close)), d - 1) }}{% else %}{{ n == n }}"
                + "{% endif %}{% endmacro %}{{ m(1, 60) }}"
            #expect(onSmallStack { (try? text(call)) == nil })
        }
    }

    private func onSmallStack(_ work: @escaping @Sendable () -> Bool) -> Bool {
        final class Answer: @unchecked Sendable { var value = false }  // Sendable because the thread is waited for.
        let answer = Answer()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            answer.value = work()
            done.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
        done.wait()
        return answer.value
    }
}
