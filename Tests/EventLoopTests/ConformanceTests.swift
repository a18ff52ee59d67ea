import EventLoop
import Foundation
import Testing

/// What RFC 9112 and RFC 9110 ask of a server, case by case, with the section beside each.
@Suite("HTTP/1.1 as it is written", .timeLimit(.minutes(1))) struct ConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let section: String
        let name: String
        let bytes: String
        /// The statuses that come back, in order, until the server closes the connection.
        let statuses: [Int]
        /// Something that the answers must hold.
        let sign: String

        var testDescription: String { "\(section) \(name)" }

        init(_ section: String, _ name: String, _ bytes: String, _ statuses: [Int], _ sign: String = "") {
            (self.section, self.name, self.bytes, self.statuses, self.sign) = (section, name, bytes, statuses, sign)
        }
    }

    private static let end = "GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    private static func get(_ target: String, _ lines: String = "Host: x\r\n", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\n\(lines)\r\n"
    }

    private static func post(_ lines: String, _ body: String, method: String = "POST") -> String {
        "\(method) /p HTTP/1.1\r\nHost: x\r\n\(lines)\r\n\(body)"
    }

    static let cases: [Case] = [
        // The message as a whole
        Case("RFC 9112 §2.2", "a line ends in CR LF, and a bare LF ends none", "GET / HTTP/1.1\nHost: x\n\n", [400]),
        Case("RFC 9112 §2.2", "a bare CR is no end of a line", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", [400]),
        Case(
            "RFC 9112 §2.2", "an empty line before the request is refused, where a server should skip one",
            "\r\n" + end, [400]),
        Case(
            "RFC 9112 §2.2", "a blank between the request line and the first header",
            "GET / HTTP/1.1\r\n Host: x\r\n\r\n", [400]),
        Case("RFC 9112 §2.3", "another major version", get("/", version: "2.0"), [505]),
        Case("RFC 9112 §2.3", "a version in small letters", "GET / http/1.1\r\nHost: x\r\n\r\n", [505]),
        Case(
            "RFC 9112 §2.5", "an answer to HTTP/1.0 is HTTP/1.1, and the connection ends",
            get("/", version: "1.0") + end, [200], "HTTP/1.1 200 OK"),
        // The request line
        Case("RFC 9112 §3", "two blanks in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
        Case("RFC 9112 §3", "a blank in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
        Case("RFC 9112 §3", "a target longer than is taken", get("/" + String(repeating: "x", count: 9000)), [414]),
        Case("RFC 9112 §3.1", "methods are told apart by case", "get / HTTP/1.1\r\nHost: x\r\n\r\n", [501]),
        Case("RFC 9110 §9.1", "a method that is not known", "FROB / HTTP/1.1\r\nHost: x\r\n\r\n", [501]),
        Case("RFC 9112 §3.2", "no Host in HTTP/1.1", get("/", ""), [400]),
        Case("RFC 9112 §3.2", "two Hosts", get("/", "Host: x\r\nHost: x\r\n"), [400]),
        Case("RFC 9112 §3.2", "an empty Host is one", get("/", "Host:\r\n") + end, [200, 200]),
        Case("RFC 9112 §3.2", "HTTP/1.0 needs none", get("/", "", version: "1.0"), [200]),
        Case("RFC 9112 §3.2.1", "the origin form, with a query", get("/a?b=c") + end, [200, 200], "GET /a?b=c 0"),
        Case(
            "RFC 9112 §3.2.2", "the absolute form is taken, whatever Host says", get("http://other:8080/a?b") + end,
            [200, 200], "GET /a?b 0"),
        Case("RFC 9112 §3.2.2", "the absolute form without a path", get("HTTP://other") + end, [200, 200], "GET / 0"),
        Case(
            "RFC 9112 §3.2.2", "the absolute form with a query alone", get("https://other?q") + end, [200, 200],
            "GET /?q 0"),
        Case(
            "RFC 9112 §3.2.3", "the authority form is for proxies", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", [501]),
        Case(
            "RFC 9112 §3.2.4", "the asterisk form", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" + end, [200, 200],
            "OPTIONS * 0"),
        // Headers
        Case("RFC 9112 §5.1", "a blank between name and colon", get("/", "Host: x\r\nA : b\r\n"), [400]),
        Case(
            "RFC 9112 §5.1", "blanks around a value do not belong to it", get("/", "Host:\t x \r\n") + end, [200, 200]),
        Case("RFC 9112 §5.2", "a folded line", get("/", "Host: x\r\nA: b\r\n c\r\n"), [400]),
        Case("RFC 9110 §5.1", "an empty name", get("/", "Host: x\r\n: b\r\n"), [400]),
        Case("RFC 9110 §5.5", "a NUL in a value", get("/", "Host: x\r\nA: b\0\r\n"), [400]),
        Case(
            "RFC 9110 §5.5", "bytes beyond ASCII in a value are kept", get("/", "Host: x\r\nA: é\r\n") + end,
            [200, 200]),
        Case(
            "RFC 6585 §5", "more headers than are taken",
            get("/", "Host: x\r\n" + String(repeating: "A: b\r\n", count: 300)), [431]),
        // The body
        Case(
            "RFC 9112 §6.1", "Transfer-Encoding with Content-Length",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), [400]),
        Case(
            "RFC 9112 §6.1", "Transfer-Encoding in HTTP/1.0",
            "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
        Case(
            "RFC 9112 §6.1", "a coding that is not known", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
            [400]),
        Case(
            "RFC 9112 §6.3", "chunked is not the last coding",
            post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), [400]),
        Case(
            "RFC 9112 §6.3", "Content-Lengths that differ", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
            [400]),
        Case("RFC 9112 §6.3", "a list of Content-Lengths", post("Content-Length: 5, 5\r\n", "hello"), [400]),
        Case("RFC 9110 §8.6", "a Content-Length with a sign", post("Content-Length: +5\r\n", "hello"), [400]),
        Case("RFC 9112 §6.3", "neither length nor coding is no body", post("", "") + end, [200, 200], "POST /p 0"),
        Case(
            "RFC 9112 §6.3", "what follows the length is the next request",
            post("Content-Length: 5\r\n", "hello") + end, [200, 200], "POST /p 5"),
        Case(
            "RFC 9110 §9.3.1", "a body with GET, which other readers ignore",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", [400]),
        Case(
            "RFC 9112 §7.1", "chunks, in hexadecimal of either case",
            post("Transfer-Encoding: chunked\r\n", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), [200],
            "POST /p 20"),
        Case(
            "RFC 9112 §7.1", "a chunk size with leading zeros",
            post("Transfer-Encoding: chunked\r\n", "0005\r\nhello\r\n000\r\n\r\n"), [200], "POST /p 5"),
        Case(
            "RFC 9112 §7.1", "a chunk size that is no number",
            post("Transfer-Encoding: chunked\r\n", "x\r\nhello\r\n0\r\n\r\n"), [400]),
        Case(
            "RFC 9112 §7.1", "a chunk size beyond 64 bits",
            post("Transfer-Encoding: chunked\r\n", "10000000000000000\r\nh\r\n0\r\n\r\n"), [400]),
        Case(
            "RFC 9112 §7.1.1", "chunk extensions that are not known are ignored",
            post("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n"), [200], "POST /p 5"),
        Case(
            "RFC 9112 §7.1.2", "trailers are read and dropped",
            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n"), [200], "POST /p 5"),
        Case("RFC 9112 §8", "half a request is no request", post("Content-Length: 5\r\n", "hell"), []),
        Case(
            "RFC 9112 §8", "chunks without the last are no request",
            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"), []),
        // Connections
        Case("RFC 9112 §9.3", "HTTP/1.1 keeps the connection", get("/a") + get("/b") + end, [200, 200, 200]),
        Case(
            "RFC 9112 §9.3", "HTTP/1.0 keeps it when asked",
            get("/a", "Connection: keep-alive\r\n", version: "1.0") + end, [200, 200], "Connection: keep-alive"),
        Case(
            "RFC 9112 §9.3.2", "pipelined requests are answered in order", get("/1") + get("/2") + get("/3") + end,
            [200, 200, 200, 200]),
        Case(
            "RFC 9112 §9.6", "close ends it, and what comes behind is not executed", end + get("/late"), [200],
            "Connection: close"),
        Case(
            "RFC 9110 §9.3.2", "HEAD has the head of GET and no body", "HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n", [200],
            "Content-Length: 9\r\n\r\n"),
        Case(
            "RFC 9110 §10.1.1", "100-continue, when the body comes anyway",
            post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello") + end, [200, 200], "POST /p 5"),
        Case("RFC 9110 §10.1.1", "another expectation", post("Expect: cake\r\nContent-Length: 5\r\n", "hello"), [417]),
        Case(
            "RFC 9110 §7.8", "an upgrade that is not offered is ignored",
            get("/", "Host: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n") + end, [200, 200]),
        Case("RFC 9110 §6.6.1", "an answer has a Date", end, [200], "Date: "),
        Case("RFC 9113 §3.4", "the preface of HTTP/2 is no request", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
        Case("RFC 8446 §5.1", "TLS on a plain port", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0", [400]),
    ]

    @Test("each case", arguments: cases) func holds(_ item: Case) throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send(item.bytes)
        wire.finishSending()
        let text = wire.rest()
        let statuses = text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
        #expect(statuses == item.statuses, "\(text)")
        #expect(item.sign.isEmpty || text.contains(item.sign), "\(text)")
    }
}
