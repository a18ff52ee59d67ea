import Foundation
import HubModel
import HubTemplates

/// Renders cases many times and says how long one render took: `[{name, template, templates, context, output}]` on
/// standard input, `{name: microseconds}` on standard output. `compare.py` beside this file runs it.
///
/// With the word `costs` it measures what a step costs instead.
@main
struct TemplateBench {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        if words.first == "costs" { return try Costs.run(words.dropFirst().first) }
        let input = FileHandle.standardInput.readDataToEndOfFile()
        var figures = JSONObject()
        for row in try JSON(parsing: Array(input)).array ?? [] {
            let name = row["name"]?.string ?? ""
            let named = (row["templates"]?.object?.members ?? []).map { ($0.name, $0.value.string ?? "") }
            let template = try TemplateSet(named).compile(row["template"]?.string ?? "")
            let roots = Roots.object(row["context"]?.object ?? JSONObject())
            guard String(decoding: try template.render(roots), as: UTF8.self) == row["output"]?.string else {
                FileHandle.standardError.write(Data("\(name): the output differs from Jinja2's\n".utf8))
                exit(1)
            }
            figures[name] = JSON(try median(of: 7) { try time(template, roots) })
        }
        print(JSON.object(figures).text)
    }

    /// Microseconds of processor time for one render, over about a fifth of a second.
    private static func time(_ template: Template, _ roots: Roots) throws -> Double {
        var count = 0
        let start = processorTime()
        var end = start
        while end - start < 0.2 {
            for _ in 0..<20 { _ = try template.render(roots) }
            count += 20
            end = processorTime()
        }
        return (end - start) / Double(count) * 1_000_000
    }

    /// Seconds that this thread has run: what others do on the machine counts less than on the clock on the wall.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    private static func median(of runs: Int, _ body: () throws -> Double) rethrows -> Double {
        var figures: [Double] = []
        for _ in 0..<runs { figures.append(try body()) }
        return figures.sorted()[runs / 2]
    }
}
