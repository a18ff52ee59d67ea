import Foundation
import HubModel
import Testing

@testable import HubConfig

/// Cases in files: a title behind `>>>> `, YAML, `====`, the whole text of the diagnostics.
///
/// With `RECORD_CASES` set the files are written anew from what comes out; read the difference before you keep it.
@Suite struct CaseTests {
    @Test func `what YAML refuses is explained`() throws {
        try run("syntax") { problems($0) }
    }

    @Test func `what settings refuse is explained`() throws {
        try run("settings") { check($0, Sample.fields) }
    }

    private func run(_ name: String, _ result: (String) -> String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Cases/\(name).txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        var recorded = ""
        var count = 0
        for part in text.components(separatedBy: ">>>> ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let title = String(lines[0])
            let halves = String(lines[1]).components(separatedBy: "\n====\n")
            let yaml = halves[0] + "\n"
            let expected = halves.count > 1 ? halves[1].trimmingCharacters(in: .newlines) : ""
            let found = result(yaml)
            count += 1
            if ProcessInfo.processInfo.environment["RECORD_CASES"] == nil { #expect(found == expected, "\(title)") }
            recorded += ">>>> \(title)\n\(halves[0])\n====\n\(found)\n\n"
        }
        #expect(count > 10)
        if ProcessInfo.processInfo.environment["RECORD_CASES"] != nil {
            try recorded.write(to: file, atomically: true, encoding: .utf8)
        }
    }
}
