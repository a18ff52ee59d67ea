import EventLoop
import Foundation
import Testing

/// Requests that two readers could take apart differently. After each comes a second request in the same bytes: it must
/// never be executed when the first was refused.
@Suite("Of requests whose form is doubtful")
struct FramingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: String

        init(_ name: String, _ bytes: String) { (testDescription, self.bytes) = (name, bytes) }
    }

    private static let smuggled = "POST /smuggled HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n"

    private static func head(_ lines: String, method: String = "POST", version: String = "1.1") -> String {
        "\(method) /first HTTP/\(version)\r\nHost: hub\r\n\(lines)\r\n"
    }

    static let refused: [Case] = [
        Case("two Content-Length that differ", head("Content-Length: 2\r\nContent-Length: 5\r\n") + "{}"),
        Case("two Content-Length that agree", head("Content-Length: 2\r\nContent-Length: 2\r\n") + "{}"),
        Case("a list of Content-Length", head("Content-Length: 2, 2\r\n") + "{}"),
        Case(
            "Content-Length with Transfer-Encoding",
            head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        Case(
            "Transfer-Encoding with Content-Length",
            head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"),
        Case("Transfer-Encoding gzip", head("Transfer-Encoding: gzip\r\n")),
        Case("Transfer-Encoding gzip, chunked", head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"),
        Case("Transfer-Encoding identity", head("Transfer-Encoding: identity\r\n")),
        Case("Transfer-Encoding xchunked", head("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n"),
        Case(
            "Transfer-Encoding twice",
            head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n"),
        Case("Transfer-Encoding in HTTP/1.0", head("Transfer-Encoding: chunked\r\n", version: "1.0") + "0\r\n\r\n"),
        Case("a Content-Length of +5", head("Content-Length: +5\r\n") + "hello"),
        Case("a negative Content-Length", head("Content-Length: -1\r\n")),
        Case("a Content-Length of zero with a sign", head("Content-Length: -0\r\n")),
        Case("a hexadecimal Content-Length", head("Content-Length: 0x5\r\n") + "hello"),
        Case("a Content-Length with a fraction", head("Content-Length: 5.0\r\n") + "hello"),
        Case("a Content-Length beyond 64 bits", head("Content-Length: 18446744073709551617\r\n") + "h"),
        Case("a Content-Length at the edge of 64 bits", head("Content-Length: 9223372036854775808\r\n") + "h"),
        Case("an empty Content-Length", head("Content-Length:\r\n")),
        Case("a Content-Length with a blank inside", head("Content-Length: 1 0\r\n") + "0123456789"),
        Case("a Content-Length that is folded", head("Content-Length: 1\r\n 0\r\n") + "0123456789"),
        Case("a blank before the colon", head("Content-Length : 5\r\n") + "hello"),
        Case(
            "a blank before the colon of Transfer-Encoding",
            head("Transfer-Encoding : chunked\r\nContent-Length: 3\r\n") + "0\r\n"),
        Case("a header line without colon", head("Content-Length 5\r\n") + "hello"),
        Case("a header line that begins with a colon", head(": 5\r\n")),
        Case("a header without name but a blank", head(" : 5\r\n")),
        Case("a header name in brackets", head("(X): 5\r\n")),
        Case("a control character in a header", head("X-A: a\u{1}b\r\n")),
        Case("a carriage return in a header", head("X-A: a\rContent-Length: 5\r\n")),
        Case("two Host headers", "POST /first HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n"),
        Case("a body with GET", head("Content-Length: \(smuggled.utf8.count)\r\n", method: "GET")),
        Case("a body with DELETE", head("Content-Length: \(smuggled.utf8.count)\r\n", method: "DELETE")),
        Case("a body with HEAD", head("Content-Length: \(smuggled.utf8.count)\r\n", method: "HEAD")),
        Case("a body with OPTIONS", head("Content-Length: \(smuggled.utf8.count)\r\n", method: "OPTIONS")),
        Case("a chunked body with GET", head("Transfer-Encoding: chunked\r\n", method: "GET") + "0\r\n\r\n"),
        Case("an unknown method", head("Content-Length: \(smuggled.utf8.count)\r\n", method: "FROB")),
        Case("a method in small letters", head("Content-Length: 0\r\n", method: "post")),
        Case("HTTP/2.0", head("Content-Length: 0\r\n", version: "2.0")),
        Case("HTTP/1.2", head("Content-Length: 0\r\n", version: "1.2")),
        Case("a version that is none", head("Content-Length: 0\r\n", version: "one")),
        Case("an HTTP/0.9 request", "GET /first\r\n"),
        Case("a request line of garbage", "\u{1}\u{2}\u{3}\r\n\r\n"),
        Case("a chunk size that is negative", head("Transfer-Encoding: chunked\r\n") + "-1\r\n\r\n0\r\n\r\n"),
        Case(
            "a chunk size beyond 64 bits",
            head("Transfer-Encoding: chunked\r\n") + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        Case("a chunk size that is no number", head("Transfer-Encoding: chunked\r\n") + "xyz\r\nhello\r\n0\r\n\r\n"),
        Case("a chunk longer than it says", head("Transfer-Encoding: chunked\r\n") + "3\r\nhello\r\n0\r\n\r\n"),
    ]

    @Test("the connection is closed, and nothing after it is executed", arguments: refused)
    func refusal(_ item: Case) throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write(item.bytes + Self.smuggled + Self.smuggled)
        client.endWriting()
        let (text, closed) = client.readToEnd()
        #expect(closed)
        #expect(!text.contains(" 200 "), "\(text)")
        #expect(server.seen.isEmpty, "\(server.seen)")
    }

    static let doubtful: [Case] = [
        Case("line feeds without carriage returns", "POST /first HTTP/1.1\nHost: hub\nContent-Length: 2\n\n{}"),
        Case("one line feed without carriage return", "POST /first HTTP/1.1\r\nHost: hub\nContent-Length: 2\r\n\r\n{}"),
        Case("a folded header", head("X-A: a\r\n b\r\nContent-Length: 2\r\n") + "{}"),
        Case("a NUL in a header", head("X-A: a\0b\r\nContent-Length: 2\r\n") + "{}"),
        Case("a NUL in a length", head("Content-Length: 2\00\r\n") + "{}"),
        Case("a DEL in a header", head("X-A: a\u{7F}b\r\nContent-Length: 2\r\n") + "{}"),
        Case("a blank in the path", "POST /first second HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n"),
        Case("a control character in the path", "POST /fi\u{1}rst HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n"),
    ]

    @Test("nor is anything after these, though some servers take them", arguments: doubtful)
    func doubtfulRefusal(_ item: Case) throws { try refusal(item) }

    static let forgiven: [Case] = [
        Case("a chunk size with a plus", head("Transfer-Encoding: chunked\r\n") + "+5\r\nhello\r\n0\r\n\r\n"),
        Case("a chunk size with 0x", head("Transfer-Encoding: chunked\r\n") + "0x5\r\nhello\r\n0\r\n\r\n"),
        Case("an empty chunk size", head("Transfer-Encoding: chunked\r\n") + "\r\n0\r\n\r\n"),
        Case("a chunk with an extension", head("Transfer-Encoding: chunked\r\n") + "5;a=b\r\nhello\r\n0\r\n\r\n"),
        Case("chunks that end in line feeds", head("Transfer-Encoding: chunked\r\n") + "5\nhello\n0\n\n"),
        Case("a chunk of blanks", head("Transfer-Encoding: chunked\r\n") + "5 \r\nhello\r\n0\r\n\r\n"),
        Case(
            "trailers that look like a length",
            head("Transfer-Encoding: chunked\r\n") + "0\r\nContent-Length: 40\r\n\r\n"),
        Case("plain chunks", head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n"),
        Case("chunks in capitals", head("Transfer-Encoding: CHUNKED\r\n") + "5\r\nhello\r\n0\r\n\r\n"),
    ]

    @Test("chunks may be read forgivingly, since nothing behind them is ever executed", arguments: forgiven)
    func chunksEndTheConnection(_ item: Case) throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write(item.bytes + Self.smuggled + Self.smuggled)
        client.endWriting()
        #expect(client.readToEnd().closed)
        #expect(server.seen.allSatisfy { $0.target == "/first" }, "\(server.seen)")
        #expect(server.seen.count <= 1)
    }

    @Test("leading zeros of a length do not count, and the next request is the next")
    func leadingZeros() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write(Self.head("Content-Length: 002\r\n") + "{}" + ServingTests.post("/second"))
        #expect(client.readAnswer()?.text == "ok /first")
        #expect(client.readAnswer()?.text == "ok /second")
        #expect(server.seen.map(\.text) == ["{}", "{}"])
    }

    @Test("random bytes and broken pieces of requests never stop the server")
    func noise() throws {
        let server = try TestServer()
        var random = Noise(state: 7)
        let pieces = [
            "POST / HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\r\n",
            "\r", "\n", "\0",
            "0\r\n\r\n", "ffffffffffffffff\r\n", ":", " ", "HTTP/1.1", "GET /\u{7F} HTTP/1.1\r\n",
            "Expect: 100-continue\r\n", "5;x=\"\r\n",
            "Connection: upgrade\r\n", "GET http://[::1:/ HTTP/1.1\r\n", "CONNECT a:1 HTTP/1.1\r\n",
            "OPTIONS * HTTP/1.1\r\n",
        ]
        for _ in 0..<300 {
            let client = try RawSocket(port: server.port)
            var bytes: [UInt8] = []
            for _ in 0..<random.below(12) {
                if random.below(4) == 0 {
                    bytes += (0..<random.below(20)).map { _ in UInt8(random.below(256)) }
                } else {
                    bytes += Array(pieces[random.below(pieces.count)].utf8)
                }
            }
            client.write(bytes)
            client.endWriting()
            #expect(client.readToEnd().closed)
        }
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/still"))
        #expect(client.readAnswer()?.text == "ok /still")
    }

    private struct Noise {
        var state: UInt64

        mutating func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }
}
