import HubModel
import TestRandom
import Testing

@testable import HubConfig

@Suite struct PositionTests {
    /// The value of `a`, and where in the file the text `needle` of that value stands.
    private func place(_ text: String, _ needle: String) throws -> String {
        let value = try #require(try node(text)["a"])
        let source = try #require(value.scalar?.source)
        let range = try #require(source.firstRange(of: needle))
        let offset = source.utf8.distance(from: source.startIndex, to: range.lowerBound)
        let position = value.position(ofByteOffset: offset)
        let span = value.span(ofBytes: offset..<offset + needle.utf8.count)
        return "\(position.line):\(position.column)-\(span.end.line):\(span.end.column)"
    }

    @Test(
        arguments: [
            ("a: one two\n", "two", "1:8-1:11"),
            ("a: one\n  two\n\n  three\n", "two", "2:3-2:6"),
            ("a: one\n  two\n\n  three\n", "three", "4:3-4:8"),
            ("a: 'it''s two'\n", "two", "1:11-1:14"),
            ("a: 'it''s two'\n", "'", "1:7-1:9"),
            ("a: 'one\n    two'\n", "two", "2:5-2:8"),
            ("a: \"\\u00e9\\t\\\"two\"\n", "two", "1:15-1:18"),
            ("a: \"é two\"\n", "two", "1:7-1:10"),
            ("a: \"one \\\n     two\"\n", "two", "2:6-2:9"),
            ("a: \"one\n\n\n  two\"\n", "two", "4:3-4:6"),
            ("a: \"\\U0001F98A two\"\n", "two", "1:16-1:19"),
            ("a: |\n  one\n    two\n  three\n", "two", "3:5-3:8"),
            ("a: |\n  one\n    two\n  three\n", "three", "4:3-4:8"),
            ("a: |\n\n  one\n\n  three\n", "three", "5:3-5:8"),
            ("a: |2-\n    one\n  two\n", "one", "2:5-2:8"),
            ("a: |2-\n    one\n  two\n", "two", "3:3-3:6"),
            ("a: >\n  one\n  two\n\n  three\n", "two", "3:3-3:6"),
            ("a: > # a comment\n  one\n  two\n\n  three\n", "three", "5:3-5:8"),
            ("a: >-\n  one\n    more\n  two\n", "more", "3:5-3:9"),
            ("a: |\r\n  one\r\n  two\r\n", "two", "3:3-3:6"),
            ("a: &x |\n  one\n  two\n", "two", "3:3-3:6"),
            ("a: !!str &x 'one two'\n", "two", "1:18-1:21"),
            ("\u{FEFF}a: one two\n", "two", "1:8-1:11"),
        ])
    func `a place in a value is found in the file`(text: String, needle: String, expected: String) throws {
        #expect(try place(text, needle) == expected)
    }

    @Test(arguments: 1...200)
    func `every byte of a value lies within its scalar`(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let words = ["one", "'", "\"", "\\", " ", "  ", "\n", "é", "🦊", "{{ x }}", "\t", "a: b"]
        let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
        for file in [
            "a: |\n\(lines)", "a: >\n\(lines)", "a: '\(text.replacing("'", with: "''"))'\n", "a: |2\n\(lines)",
        ] {
            guard let value = try? node(file)["a"], let scalar = value.scalar else { continue }
            for offset in -1...scalar.source.utf8.count + 1 {
                let position = value.position(ofByteOffset: offset)
                #expect(value.span.range.contains(position.offset) || position.offset == value.span.range.upperBound)
            }
        }
    }

    @Test func `nodes know their spans`() throws {
        let tree = try node("a:\n  b: [1, 2]\n  c: x\n\n\n# comment\nd: {e: 1}\n")
        func text(_ node: Node?) -> String? {
            node.map { String(decoding: $0.span.source.bytes[$0.span.range], as: UTF8.self) }
        }
        #expect(text(tree["a"]) == "b: [1, 2]\n  c: x")
        #expect(text(tree["a"]?["b"]) == "[1, 2]")
        #expect(text(tree["d"]) == "{e: 1}")
        #expect(tree["d"]?["e"]?.position.description == "t.yaml:7:8")
        #expect(tree["d"]?.nameSpan?.start.description == "t.yaml:7:1")
    }
}
