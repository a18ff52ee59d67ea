import Foundation
import HubModel
import HubTemplates

/// Measures what a step costs: every filter, test and operator, over values that make it work hard.
///
/// A render has `Limits().steps` steps, so the dearest step decides how long the worst template may take.
enum Costs {
    /// Values to be worked on, as the template makes them.
    private static let values: [(name: String, setup: String)] = [
        ("text", "{% set m = 'abcdefg ' * 12500 %}"), ("text of one letter", "{% set m = 'a' * 100000 %}"),
        ("upper case", "{% set m = 'ABC ' * 25000 %}"), ("digits", "{% set m = '123456789 ' * 10000 %}"),
        ("accents", "{% set m = 'éß' * 25000 %}"), ("Greek", "{% set m = 'ΐΣ ' * 20000 %}"),
        ("Hangul", "{% set m = '한글' * 16000 %}"), ("emoji", "{% set m = '👩‍👩‍👧' * 5000 %}"),
        ("marks", "{% set m = ('e' ~ '\\u0301\\u0323') * 20000 %}"), ("markup", "{% set m = '<a>&lt;' * 14000 %}"),
        ("URLs", "{% set m = 'www.a.com ' * 10000 %}"), ("lines", "{% set m = 'a\\n' * 50000 %}"),
        ("quotes", "{% set m = '\\\\\"' * 50000 %}"), ("punctuation", "{% set m = '. ' * 50000 %}"),
        ("list of texts", "{% set m = ['b', 'a', 'É'] * 3000 %}"),
        ("list of numbers", "{% set m = range(9000)|list %}"),
        ("list of equals", "{% set m = [1.5] * 9000 %}"),
        ("list of lists", "{% set m = [['a', 1], ['b', 2]] * 4000 %}"),
        ("list of long texts", "{% set m = ['a' * 2000] * 200 %}"), ("range", "{% set m = range(90000) %}"),
        ("object", "{% set m = dict(range(3000)|zip(range(3000))) %}"), ("JSON list", "{% set m = j.list %}"),
        ("JSON objects", "{% set m = j.objects %}"), ("JSON object", "{% set m = j.object %}"),
        ("large number", "{% set m = 3 ** 20000 %}"), ("number", "{% set m = 12345678 %}"),
        ("fraction", "{% set m = 1234.5678 %}"), ("short text", "{% set m = 'Abc' %}"),
        ("phone", "{% set m = '+61 2 5550 1234' %}"), ("time", "{% set m = '2025-10-09T08:54:20Z' %}"),
        ("JSON text", "{% set m = '[' ~ '1,' * 40000 ~ '1]' %}"),
        ("deep JSON text", "{% set m = '[' * 150 ~ ']' * 150 %}"),
        ("base64", "{% set m = 'YWJj' * 25000 %}"), ("query", "{% set m = 'a=%20&' * 16000 %}"),
    ]

    private static let arguments = [
        "", "('b')", "(2)", "('b', 'c')", "(2, 'b')", "(m)", "('a', m)", "('%Y-%m-%d %H:%M:%S')", "('(a|b)*c')",
        "('[a-z]+ ?', 'x')", "('lower')", "('string')", "('UTC')", "('USD')", "(0)", "(attribute=0)", "('upper')",
    ]

    private static let operators = [
        "m ~ m", "m + m", "m * 2", "'zz' in m", "m == m", "m < m", "m[1:]", "m[::-1]", "m[5]", "m[-1]", "m|length > 1",
        "m // 7", "m % 7", "m ** 2", "-m", "'%s' % m", "m is lower", "not m", "m and m", "m if m else 1", "[m, m]",
        "{'a': m}", "namespace(a=m)", "dict(m)", "m.nothing", "m['nothing']", "(m, m) < (m, m)", "m in [m, m]",
        "range(10)", "f(m)", "g(*m)", "m.upper()", "m.split(' ')", "m.replace('a', 'b')", "m.items()|list",
        "m.keys()|list",
        "m.title()", "m.startswith('a')", "m.strip()", "m.join(['a', 'b'])", "m.format(1)", "m.find('zz')",
        "[1, 2, 3]|map('upper')|list", "loop.index", "loop.cycle(1, 2)", "lipsum(1)", "cycler(1, 2).next()",
        "joiner(', ')()",
        "n", "'abc'", "1", "1 + 1",
    ]

    private static let macros =
        "{% macro f(x) %}{{ x|length }}{% endmacro %}{% macro g() %}{{ varargs|length }}{% endmacro %}{% set n = 1 %}"

    struct Row {
        var expression: String
        var value: String
        var nanoseconds: Double
        var milliseconds: Double
    }

    /// - Parameter part: Only expressions that contain it.
    static func run(_ part: String?) throws {
        let list = JSON.array((0..<5000).map { .string("text number \($0)") })
        let objects = JSON.array(
            (0..<3000).map {
                ["id": .int($0), "name": .string("n\($0 % 97)"), "tags": ["a", "b"], "score": .int($0 * 7)]
            })
        let object = JSON.object(JSONObject((0..<3000).map { JSONObject.Member("key\($0)", .int($0)) }))
        let roots = Roots.object(["j": ["list": list, "objects": objects, "object": object]])
        var expressions = operators
        let library = Library.hub
        for (name, filter) in library.filters.sorted(by: { $0.key < $1.key }) {
            for given in arguments where filter.signature.required == 0 || !given.isEmpty {
                expressions.append("m|\(name)\(given)")
            }
        }
        for (name, test) in library.tests.sorted(by: { $0.key < $1.key }) where name.first?.isLetter == true {
            for given in ["", "(m)", "(2)", "('b')"] where test.signature.required == 0 || !given.isEmpty {
                expressions.append("m is \(name)\(given)")
            }
        }
        var rows: [Row] = []
        for expression in expressions where part.map({ expression.contains($0) }) ?? true {
            var worst: Row?
            for value in values {
                guard let row = measure(expression, value.name, value.setup, roots) else { continue }
                if row.nanoseconds > worst?.nanoseconds ?? 0 { worst = row }
            }
            if let worst {
                rows.append(worst)
                FileHandle.standardError.write(
                    Data("\(Int(worst.nanoseconds)) \(worst.expression) \(worst.value)\n".utf8))
            }
        }
        rows.sort { $0.nanoseconds > $1.nanoseconds }
        print("| expression | value | ns a step | ms a render |\n| --- | --- | ---: | ---: |")
        for row in rows {
            let figures = [row.nanoseconds, row.milliseconds].map { String(format: "%.1f", $0) }
            print(
                "| `\(row.expression.replacingOccurrences(of: "|", with: "\\|"))` | \(row.value) | \(figures.joined(separator: " | ")) |"
            )
        }
    }

    /// Nil when the expression cannot be applied to the value, or does so little that nothing can be said.
    private static func measure(_ expression: String, _ name: String, _ setup: String, _ roots: Roots) -> Row? {
        let loop = "{% for i in range(20000) %}{% set a = \(expression) %}{% endfor %}"
        guard let setUp = time("\(macros)\(setup)", roots), let all = time("\(macros)\(setup)\(loop)", roots) else {
            return nil
        }
        let used = Double(all.steps - setUp.steps)
        guard used > 3_000 else { return nil }
        let nanoseconds = max(0, all.seconds - setUp.seconds) / used * 1e9
        return Row(
            expression: expression, value: name, nanoseconds: nanoseconds,
            milliseconds: nanoseconds / 1e6 * Double(Limits().steps))
    }

    /// Seconds and steps of a render that ends or uses up its steps; nil when it fails otherwise.
    private static func time(_ source: String, _ roots: Roots) -> (seconds: Double, steps: Int)? {
        var options = TemplateOptions()
        // Fewer than a render has: what is dear shows soon.
        options.limits.steps = 20_000
        guard let template = try? Template.compile(source, options: options) else { return nil }
        var steps = options.limits.steps
        let start = processorTime()
        do throws(TemplateError) {
            _ = try template.render(roots, steps: &steps)
        } catch {
            guard error.kind == .limit, error.message.hasPrefix("steps of work") else { return nil }
            steps = 0
        }
        return (processorTime() - start, options.limits.steps - max(0, steps))
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
