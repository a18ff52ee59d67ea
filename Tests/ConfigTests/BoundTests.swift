import HubModel
import Testing

@testable import HubConfig

/// Bounds on what all files of a configuration together may ask for.
@Suite(.timeLimit(.minutes(1))) struct BoundTests {
    @Test func `thousands of unknown aliases among thousands of anchors are told quickly`() {
        var text = (0..<20_000).map { "a\($0): &anchor\($0) x\n" }.joined()
        text += (0..<2_000).map { "b\($0): *anchr\($0)\n" }.joined()
        let shown = problems(text)
        #expect(shown.contains("no \"&anchr0\" before this. Did you mean \"*anchor0\"?"))
        #expect(shown.hasSuffix("2000 errors, 1000 of them not shown"))
    }

    @Test func `files that are too large together are refused when the bound is reached`() {
        let comment = "#" + String(repeating: " ", count: 4_000_000 - 2) + "\n"
        var files = ["t.yaml": "include: [big/*.yaml]\n"]
        for number in 0..<200 { files["big/\(number).yaml"] = comment }
        let (_, problems) = ConfigLoader(environment(files: files)).inspect("t.yaml")
        #expect(problems.errorCount == 1)
        #expect(problems.description.contains("the files of the configuration are larger than 16MB together"))
    }

    @Test func `values are counted over all files, and aliases as what they stand for`() {
        let rows = "[" + String(repeating: "x, ", count: 99_999) + "x]\n"
        let files = [
            "t.yaml": "include: [a.yaml, b.yaml, c.yaml, d.yaml]\n", "a.yaml": "a: \(rows)", "b.yaml": "b: \(rows)",
            "c.yaml": "c: \(rows)", "d.yaml": "d: \(rows)",
        ]
        let (_, problems) = ConfigLoader(environment(files: files)).inspect("t.yaml")
        #expect(problems.errorCount == 1)
        #expect(problems.description.contains("c.yaml:1"))
        #expect(problems.description.contains("the configuration has too many values"))
        let twice = "a: &a \(rows)b: *a\nc: *a\n"
        let (_, aliases) = ConfigLoader(environment(files: ["t.yaml": twice])).inspect("t.yaml")
        #expect(aliases.description.contains("the aliases of this file stand for too much"))
    }

    @Test func `a pattern over folders without end is given up`() {
        // Every folder has ten folders.
        let endless = ConfigEnvironment(
            variable: { _ in nil },
            readFile: { path, _ throws(ConfigEnvironment.ReadError) in
                guard path == "t.yaml" else { throw .init("it does not exist") }
                return Array("include: /*/*/*/*/*/*/*/*/*/*.yaml\n".utf8)
            }, listFolder: { _ in (0..<10).map { "d\($0)" } })
        let (_, problems) = ConfigLoader(endless).inspect("t.yaml")
        #expect(problems.errorCount == 1)
        #expect(problems.description.contains("the patterns of `include` look at too much"))
        let crowded = ConfigEnvironment(
            variable: { _ in nil }, readFile: { _, _ in Array("include: [/a/*.yaml, /b/*.yaml]\n".utf8) },
            listFolder: { _ in (0..<60_000).map { "f\($0).txt" } })
        #expect(ConfigLoader(crowded).inspect("t.yaml").problems.description.contains("look at too much"))
    }

    @Test func `sections with many names from many files are joined in one pass`() throws {
        var files = ["t.yaml": "include: [more/*.yaml]\n"]
        for number in 0..<20 {
            files["more/\(number).yaml"] = "vars:\n" + (0..<2_000).map { "  v\(number)_\($0): 1\n" }.joined()
        }
        let configuration = try ConfigLoader(environment(files: files)).load("t.yaml")
        #expect(configuration.root["vars"]?.members?.count == 40_000)
    }
}
