import Testing

@testable import EventLoop

@Suite("Requests out of bytes") struct ReaderTests {
    private static let smuggled = "POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"

    private static func post(_ lines: String, _ rest: String = "") -> String {
        "POST /a HTTP/1.1\r\nHost: x\r\n\(lines)\r\n\(rest)"
    }

    private static func chunked(_ rest: String) -> String { post("Transfer-Encoding: chunked\r\n", rest) }

    /// What comes of each: the length of the body, or the status of the refusal.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: String
        var expected: Expected

        enum Expected: Sendable { case body(String), refused(Int), waits }

        init(_ name: String, _ bytes: String, _ expected: Expected) {
            (testDescription, self.bytes, self.expected) = (name, bytes, expected)
        }
    }

    /// Probes with which HTTP servers were found to differ. Another version of the parser that answers one of them in
    /// another way is noticed here.
    static let probes: [Case] = [
        Case("an endless chunk size", chunked(String(repeating: "0", count: 200_000)), .refused(400)),
        Case("an endless chunk size of digits", chunked(String(repeating: "1", count: 200_000)), .refused(400)),
        Case("an endless chunk extension", chunked("5;" + String(repeating: "x", count: 200_000)), .refused(400)),
        Case("an endless trailer", chunked("0\r\nA: " + String(repeating: "x", count: 200_000)), .refused(400)),
        Case("many trailers", chunked("0\r\n" + String(repeating: "A: b\r\n", count: 30)), .refused(431)),
        Case("a chunk of 0x5", chunked("0x5\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk of +5", chunked("+5\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk of -5", chunked("-5\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a blank before a chunk size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a blank after a chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk size that ends in a line feed", chunked("5\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk that ends in a line feed", chunked("5\r\nhello\n0\r\n\r\n"), .refused(400)),
        Case("an empty chunk size", chunked("\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk longer than it says", chunked("3\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk of 2^64 - 1", chunked("FFFFFFFFFFFFFFFF\r\n"), .refused(413)),
        Case("a chunk of 2^63 - 1", chunked("7FFFFFFFFFFFFFFF\r\n"), .refused(413)),
        Case("a chunk of 2^64 + 5", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("a chunk over the limit", chunked("3e9\r\n"), .refused(413)),
        Case(
            "chunks over the limit together", chunked("3e8\r\n\(String(repeating: "x", count: 1000))\r\n1\r\n"),
            .refused(413)),
        Case(
            "chunks of exactly the limit", chunked("3e8\r\n\(String(repeating: "x", count: 1000))\r\n0\r\n\r\n"),
            .body(String(repeating: "x", count: 1000))),
        Case("a chunk with an extension", chunked("5;a=b\r\nhello\r\n0\r\n\r\n"), .body("hello")),
        Case("a control character in an extension", chunked("5;\u{1}\r\nhello\r\n0\r\n\r\n"), .refused(400)),
        Case("chunks with trailers", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n"), .body("hello world")),
        Case(
            "chunks in capitals", post("TRANSFER-ENCODING: CHUNKED\r\n", "A\r\n0123456789\r\n0\r\n\r\n"),
            .body("0123456789")),
        Case("no chunk but the last", chunked("0\r\n\r\n"), .body("")),
        Case(
            "Content-Length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            .refused(400)),
        Case(
            "chunks and Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
            .refused(400)),
        Case("two lengths that differ", post("Content-Length: 2\r\nContent-Length: 5\r\n", "hello"), .refused(400)),
        Case("two lengths that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), .refused(400)),
        Case("a length of +5", post("Content-Length: +5\r\n", "hello"), .refused(400)),
        Case("a length with leading zeros", post("Content-Length: 005\r\n", "hello"), .body("hello")),
        Case("a length over the limit", post("Content-Length: 1001\r\n"), .refused(413)),
        Case("a length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello"), .refused(400)),
        Case("Transfer-Encoding xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), .refused(400)),
        Case("a blank before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), .refused(400)),
        Case("a list of encodings", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), .refused(400)),
        Case("an encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), .refused(400)),
        Case("a folded header", post("A: b\r\n c\r\n"), .refused(400)),
        Case("a header folded with a tab", post("A: b\r\n\tc\r\n"), .refused(400)),
        Case("a header folded before its value", post("A:\r\n c\r\n"), .refused(400)),
        Case("a header folded with nothing", post("A: b\r\n \r\n"), .refused(400)),
        Case("a folded length", post("Content-Length: 1\r\n 0\r\n", "0123456789"), .refused(400)),
        Case("a NUL in a value", post("A: b\0c\r\n"), .refused(400)),
        Case("a NUL in a name", post("A\0: c\r\n"), .refused(400)),
        Case("line feeds alone", "GET / HTTP/1.1\nHost: x\n\n", .refused(400)),
        Case("a line feed alone in the head", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", .refused(400)),
        Case("a line feed alone at the end of the head", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\n", .refused(400)),
        Case("a carriage return alone", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", .refused(400)),
        Case("two carriage returns", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", .refused(505)),
        Case("an empty line first", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", .refused(400)),
        Case("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", .refused(400)),
        Case("two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", .refused(400)),
        Case("HTTP/3.7", "GET / HTTP/3.7\r\nHost: x\r\n\r\n", .refused(505)),
        Case("HTTP/0.9", "GET /\r\n\r\n", .refused(400)),
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0", .refused(400)),
        Case(
            "a head over the limit", "GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 100_000))\r\n", .refused(431)
        ),
        Case("a target over the limit of the head", "GET /\(String(repeating: "x", count: 100_000))", .refused(431)),
        Case("many headers", "GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 10_000))\r\n", .refused(431)),
        Case(
            "an expectation that is known", post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"),
            .body("hello")),
        Case("an expectation that is not", post("Expect: cake\r\nContent-Length: 5\r\n", "hello"), .refused(417)),
        Case(
            "an upgrade, which is not offered",
            post("Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n", "hello"), .body("hello")),
        Case("a body with GET", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", .refused(400)),
        Case("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", .refused(501)),
        Case("half a head", "POST / HTTP/1.1\r\nHost: x\r\n", .waits),
        Case("half a body", post("Content-Length: 5\r\n", "hell"), .waits),
        Case("half a chunk", chunked("5\r\nhell"), .waits),
        Case("chunks without their end", chunked("5\r\nhello\r\n0\r\n"), .waits),
    ]

    @Test("what servers differ about is refused, or read as everybody reads it", arguments: probes)
    func probe(_ item: Case) {
        let (all, isBetween) = Feed.outcomes([Array(item.bytes.utf8)[...]])
        switch (item.expected, all.first) {
        case (.body(let body), .request(let seen)?):
            #expect(String(decoding: seen.body, as: UTF8.self) == body)
            #expect(isBetween)
        case (.refused(let status), .refused(let given, let reason)?): #expect(given == status, "\(reason)")
        case (.waits, nil): #expect(!isBetween)
        default: Issue.record("\(all)")
        }
        #expect(all.count <= 1)
    }

    @Test("nothing behind a refused request is read", arguments: probes)
    func behind(_ item: Case) {
        guard case .refused = item.expected else { return }
        let all = Feed.outcomes(item.bytes + Self.smuggled + Self.smuggled)
        #expect(all.count == 1)
        guard case .refused? = all.first else {
            Issue.record("\(all)")
            return
        }
    }

    @Test("where bytes are cut into pieces changes nothing", arguments: probes)
    func everyCut(_ item: Case) {
        let bytes = Array(
            (item.bytes.utf8.count > 5000 ? String(item.bytes.prefix(5000)) : item.bytes + Self.smuggled).utf8)
        let whole = Feed.outcomes([bytes[...]])
        let tools = Feed.tools
        for pieces in Feed.cuts(bytes) {
            let parts = Feed.outcomes(pieces, tools)
            #expect(parts.all == whole.all && parts.isBetween == whole.isBetween, "first piece \(pieces[0].count)")
        }
    }

    @Test("refused heads are refused alike, wherever they are cut", arguments: HeadTests.refused)
    func everyCutOfRefused(text: String, status: Int) {
        let bytes = Array(text.utf8)
        let whole = Feed.outcomes([bytes[...]]).all
        let tools = Feed.tools
        for pieces in Feed.cuts(bytes) { #expect(Feed.outcomes(pieces, tools).all == whole) }
    }

    @Test("pipelined requests are read in order, wherever they are cut")
    func pipelined() {
        let text =
            (0..<4).map { Self.post("N: \($0)\r\nContent-Length: \($0)\r\n", String(repeating: "x", count: $0)) }
            .joined()
            + Self.chunked("3\r\nabc\r\n0\r\nT: u\r\n\r\n") + "GET /b?c HTTP/1.1\r\nHost: x\r\n\r\n"
        let bytes = Array(text.utf8)
        let whole = Feed.outcomes([bytes[...]])
        #expect(whole.all.count == 6 && whole.isBetween)
        #expect(
            whole.all.map { if case .request(let seen) = $0 { seen.body.count } else { -1 } } == [0, 1, 2, 3, 3, 0])
        let tools = Feed.tools
        for pieces in Feed.cuts(bytes) { #expect(Feed.outcomes(pieces, tools).all == whole.all) }
    }

    @Test(
        "a request says whether its connection goes on",
        arguments: [
            ("HTTP/1.1\r\nHost: x", true), ("HTTP/1.1\r\nHost: x\r\nConnection: close", false),
            ("HTTP/1.1\r\nHost: x\r\nConnection: foo, Close", false), ("HTTP/1.0", false),
            ("HTTP/1.0\r\nConnection: keep-alive", true), ("HTTP/1.0\r\nConnection: close", false),
        ])
    func keepsAlive(rest: String, expected: Bool) {
        guard case .request(let seen)? = Feed.outcomes("GET / \(rest)\r\n\r\n").first else {
            Issue.record("not read")
            return
        }
        #expect(seen.keepsAlive == expected)
    }

    @Test("a target longer than its own limit is refused as such")
    func longTarget() {
        var limits = HTTPLimits()
        limits.targetBytes = 100
        let tools = ReadingTools(limits)
        func status(_ length: Int) -> Feed.Outcome? {
            let bytes = Array("GET /\(String(repeating: "x", count: length - 1)) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            return Feed.outcomes([bytes[...]], tools).all.first
        }
        guard case .request? = status(100) else {
            Issue.record("refused at the limit")
            return
        }
        #expect(status(101) == .refused(status: 414, reason: "the target is longer than 100 bytes"))
    }

    @Test("what the owner said of a request's body comes back with the request")
    func context() {
        let tools = ReadingTools(
            HTTPLimits(), allow: { _, path in BodyAllowance(bytes: 10, context: path == "/a" ? 7 : 8) })
        var reader = RequestReader()
        var text = Self.post("Content-Length: 2\r\n", "{}")
        text.withUTF8 { bytes in
            var copy = Array(bytes)
            copy.withUnsafeMutableBytes { memory in
                var at = 0
                guard case .request(_, _, let allowance) = reader.read(memory, from: &at, tools) else {
                    Issue.record("not read")
                    return
                }
                #expect(allowance.context == 7)
                #expect(at == memory.count)
            }
        }
    }

    @Test("a peer that waits to be told to go on is told once, and not when it has gone on already")
    func continues() {
        func owes(_ pieces: [String]) -> [Bool] {
            var reader = RequestReader()
            let tools = Feed.tools
            return pieces.map { piece in
                var bytes = Array(piece.utf8)
                var at = 0
                bytes.withUnsafeMutableBytes { _ = reader.read($0, from: &at, tools) }
                return reader.takeContinue()
            }
        }
        let head = Self.post("Expect: 100-continue\r\nContent-Length: 5\r\n")
        #expect(owes([head, "hello"]) == [true, false])
        #expect(owes([head + "h", "ello"]) == [false, false])
        #expect(owes([head + "hello"]) == [false])
        let cut = head.index(head.startIndex, offsetBy: 20)
        #expect(owes([String(head[..<cut]), String(head[cut...]), "he", "llo"]) == [false, true, false, false])
        #expect(
            owes([Self.post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"), "0\r\n\r\n"]) == [true, false])
        #expect(owes([Self.post("Expect: 100-continue\r\nContent-Length: 0\r\n")]) == [false])
    }
}
