import HubModel
import HubTemplates
import Testing

@Suite("Jinja's own answers")
struct ConformanceTests {
    @Test("every conformance case gives the output or the error that Jinja gave")
    func cases() throws {
        let rows = try lines(of: "jinja.jsonl")
        #expect(rows.count == 2264)
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
