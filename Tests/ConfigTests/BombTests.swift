import HubModel
import Testing

@testable import HubConfig

@Suite struct BombTests {
    @Test func `a billion laughs are refused`() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(problems(text).contains("error: the aliases of this file expand to too much"))
    }

    @Test func `long texts repeated by aliases are refused`() {
        let text =
            "a: &a \"\(String(repeating: "x", count: 1 << 20))\"\nb: [\(Array(repeating: "*a", count: 1_000).joined(separator: ", "))]\n"
        #expect(problems(text).contains("error: the aliases of this file expand to too much"))
    }

    @Test func `merges multiply nothing`() {
        var text = "a0: &a0 {x: 1}\n"
        for level in 1...60 { text += "a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)], y\(level): 1}\n" }
        #expect(problems(text) == "" || problems(text).contains("expand to too much"))
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{", "a:\n"])
    func `depth is bounded`(opening: String) {
        #expect(problems(String(repeating: opening, count: 100_000)).contains("error: "))
    }

    @Test func `a thousand diagnostics are enough`() {
        let text = problems(String(repeating: "a: 1\n", count: 5_000))
        #expect(text.hasSuffix("\n4999 errors, 3999 of them not shown"))
    }

    @Test func `depth is counted in levels`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(problems(nested(64)) == "")
        #expect(problems(nested(65)).contains("t.yaml:1:65: error: more than 64 levels within each other"))
    }

    @Test func `a file over the bound is refused before it is parsed`() {
        #expect(
            problems(String(repeating: "#", count: (4 << 20) + 1)) == """
                t.yaml: error: the file is larger than 4MB. Split it with `include:`, and keep data out of it.
                1 error
                """)
        #expect(problems(String(repeating: "#", count: 4 << 20)) == "")
    }

    @Test func `a large file is read`() throws {
        let text = (0..<10_000).map { "name\($0): {a: 1, b: [x, y], c: \"{{ é }}\"}\n" }.joined()
        let tree = try node(text)
        #expect(tree.members?.count == 10_000)
        #expect(tree["name9999"]?["c"]?.position.line == 10_000)
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF], "t.yaml:1:4: error: the file is not UTF-8: byte 0xFF. Save it as UTF-8."),
            ([0x61, 0x3A, 0x20, 0xC3], "t.yaml:1:4: error: the file is not UTF-8: byte 0xC3. Save it as UTF-8."),
            ([0x61, 0xED, 0xA0, 0x80], "t.yaml:1:2: error: the file is not UTF-8: byte 0xED. Save it as UTF-8."),
            ([0x61, 0xC0, 0x80], "t.yaml:1:2: error: the file is not UTF-8: byte 0xC0. Save it as UTF-8."),
            ([0xFF, 0xFE, 0x61, 0x00], "t.yaml: error: the file is UTF-16. Save it as UTF-8."),
        ] as [([UInt8], String)])
    func `what is not UTF-8 is refused at its byte`(bytes: [UInt8], expected: String) {
        #expect(problems(bytes).hasPrefix(expected))
    }

    @Test func `a byte order mark is fine`() throws {
        #expect(try node("\u{FEFF}a: 1\n")["a"]?.scalar?.value == .int(1))
    }

    @Test func `a merge takes over what is not said, first come first served`() throws {
        let tree = try node("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 3, d: {<<: *y}}\n\"<<\": 1\n")
        let z = String(decoding: try #require(tree["z"]).revealedJSON().encoded(), as: UTF8.self)
        #expect(z == #"{"a":3,"d":{"b":2,"c":2},"b":1,"c":2}"#)
        #expect(tree["<<"]?.scalar?.value == .int(1))
    }
}
