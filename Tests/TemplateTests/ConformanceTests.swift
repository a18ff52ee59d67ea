import HubModel
import HubTemplates
import Testing

/// Templates with the output, or the kind and line of the error, that Jinja2 3.1 itself computed for them in its immutable
/// sandbox; none was written by hand. `jinja.jsonl` follows what people write; `jinja-more.jsonl` goes systematically through
/// filters, tests, operators and formats with values of every kind, and has statements that were put together at random.
@Suite("Jinja's own answers")
struct ConformanceTests {
    @Test(
        "every conformance case gives the output or the error that Jinja gave",
        arguments: [("jinja.jsonl", 2264), ("jinja-more.jsonl", 1088)])
    func cases(file: String, count: Int) throws {
        let rows = try lines(of: file)
        #expect(rows.count == count)
        var wrong: [String] = []
        for row in rows {
            let answer = Cases.run(row)
            let expected = try #require(row["expect"])
            if let output = expected["output"]?.string {
                if answer["output"]?.string.map({ Array($0.utf8) == Array(output.utf8) }) != true {
                    wrong.append("\(row["id"]?.string ?? ""): expected \(output), got \(answer.text)")
                }
                continue
            }
            let kind = expected["error"]?.string
            let given = answer["error"]?.string
            let sameKind = given == kind || (kind == "runtime" && given == "undefined")
            if !sameKind || (expected["line"] != nil && expected["line"] != answer["line"]) {
                wrong.append("\(row["id"]?.string ?? ""): expected \(expected.text), got \(answer.text)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(10).joined(separator: "\n"))")
    }
}
