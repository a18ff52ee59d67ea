import Testing

@testable import YAML

@Suite struct ParserTests {
    private func events(_ text: String) throws -> [Event] { try events(Array(text.utf8)) }

    private func events(_ bytes: [UInt8]) throws -> [Event] {
        var parser = try Parser(bytes)
        var events: [Event] = []
        while let event = try parser.next() { events.append(event) }
        return events
    }

    @Test func `a document is told as events with their bytes`() throws {
        let found = try events("a: [1, 'x']\nb: &k |\n  t\n")
        #expect(
            found.map(\.kind) == [
                .documentStart, .mappingStart(isFlow: false, anchor: nil, tag: nil),
                .scalar("a", .plain, anchor: nil, tag: nil), .sequenceStart(isFlow: true, anchor: nil, tag: nil),
                .scalar("1", .plain, anchor: nil, tag: nil), .scalar("x", .singleQuoted, anchor: nil, tag: nil),
                .sequenceEnd, .scalar("b", .plain, anchor: nil, tag: nil),
                .scalar("t\n", .literal, anchor: "k", tag: nil), .mappingEnd, .documentEnd,
            ])
        #expect(found[3].range == 3..<4)
        #expect(found[5].range == 7..<10)
    }

    @Test(arguments: [
        "", "\u{FEFF}", String(repeating: "# ü🦊漢\n", count: 40), "\u{FEFF}" + String(repeating: "#漢\n", count: 64),
    ])
    func `bytes are counted in bytes behind any characters`(before: String) throws {
        let text = before + "ключ: 值\n"
        let scalars = try events(text).filter { if case .scalar = $0.kind { true } else { false } }
        let bytes = Array(text.utf8)
        #expect(scalars.map { String(decoding: bytes[$0.range], as: UTF8.self) } == ["ключ", "值"])
    }

    @Test func `a nul inside a scalar is kept`() throws {
        #expect(try events("\"a\\0b\"")[1].kind == .scalar("a\0b", .doubleQuoted, anchor: nil, tag: nil))
    }

    @Test func `an error has the library's words and its place, and ends the events`() throws {
        var parser = try Parser(Array("é: [1\nb: 2".utf8))
        var error: YAMLError?
        do throws(YAMLError) { while try parser.next() != nil {} } catch let thrown { error = thrown }
        #expect(error?.problem == "did not find expected ',' or ']'")
        #expect(error?.offset == 8)
        #expect(error?.context?.offset == 4)
        #expect(try parser.next() == nil)
    }

    @Test func `bytes that are not UTF-8 are an error at their place`() throws {
        #expect(throws: YAMLError.self) { try events([0x61, 0x3A, 0x20, 0xFF]) }
    }

    @Test func `an empty input has no events`() throws {
        #expect(try events("").isEmpty)
        #expect(try events([0xEF, 0xBB, 0xBF]).isEmpty)
    }
}
