import EventLoop
import Foundation
import Testing

@Suite("The HTTP server serves")
struct ServingTests {
    static func post(_ path: String, _ body: String = "{}", extra: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: hub\r\n\(extra)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("many requests on one connection, one after the other")
    func keepAlive() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        for number in 1...50 {
            client.write(Self.post("/\(number)", "body \(number)"))
            #expect(client.readAnswer()?.text == "ok /\(number)")
        }
        #expect(server.seen.map(\.text) == (1...50).map { "body \($0)" })
    }

    @Test("pipelined requests, answered in their order")
    func pipelining() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write((1...20).map { Self.post("/\($0)", "body \($0)") }.joined())
        for number in 1...20 { #expect(client.readAnswer()?.text == "ok /\(number)") }
    }

    @Test("a thousand clients that each close after one request")
    func oneRequestEach() throws {
        let server = try TestServer()
        for number in 1...1000 {
            let client = try RawSocket(port: server.port)
            client.write(Self.post("/\(number)", extra: "Connection: close\r\n"))
            let (text, closed) = client.readToEnd()
            #expect(text.hasSuffix("ok /\(number)"))
            #expect(closed)
            if !closed { break }
        }
    }

    @Test("a request that comes byte by byte, and one whose head and body come apart")
    func inPieces() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        for byte in Self.post("/slow", "hello").utf8 { client.write([byte]) }
        #expect(client.readAnswer()?.text == "ok /slow")
        let whole = Array(Self.post("/apart", "hello").utf8)
        client.write(Array(whole.dropLast(5)))
        client.write(Array(whole.suffix(5)))
        #expect(client.readAnswer()?.text == "ok /apart")
        #expect(server.seen.map(\.text) == ["hello", "hello"])
    }

    @Test("chunked bodies whole, with trailers, and closes behind them")
    func chunked() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write(
            "POST /c HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-After: 1\r\n\r\n"
        )
        #expect(client.readAnswer()?.status == 200)
        #expect(server.seen.first?.text == "hello world")
        #expect(client.readToEnd().closed)
    }

    @Test("a body of binary bytes as it came")
    func binary() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        client.write("POST /b HTTP/1.1\r\nHost: hub\r\nContent-Length: \(body.count)\r\n\r\n")
        client.write(body)
        #expect(client.readAnswer()?.status == 200)
        #expect(server.seen.first?.body == body)
    }

    @Test("a client that waits for 100 Continue")
    func expectContinue() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write("POST /e HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(client.readAnswer()?.status == 100)
        client.write("hello")
        #expect(client.readAnswer()?.status == 200)
        #expect(server.seen.first?.text == "hello")
    }

    @Test("HTTP/1.0 clients, and closes behind their answer")
    func oldVersion() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write("POST /old HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        let (text, closed) = client.readToEnd()
        #expect(text.contains("200 OK") && text.hasSuffix("ok /old") && closed)
    }

    @Test("answers in any order to different clients")
    func anyOrder() throws {
        let server = try TestServer(answer: nil)
        let clients = try (0..<10).map { _ in try RawSocket(port: server.port) }
        for (number, client) in clients.enumerated() { client.write(Self.post("/\(number)")) }
        for _ in clients { #expect(server.waitForRequest()) }
        server.answerAll()
        for client in clients { #expect(client.readAnswer()?.text == "late") }
    }

    @Test("others after a peer has left before its answer")
    func peerLeaves() throws {
        let server = try TestServer(answer: nil)
        do {
            let client = try RawSocket(port: server.port)
            client.write(Self.post("/gone"))
            #expect(server.waitForRequest())
        }
        let other = try RawSocket(port: server.port)
        other.write(Self.post("/here"))
        #expect(server.waitForRequest())
        server.answerAll()
        #expect(other.readAnswer()?.text == "late")
    }

    @Test("nobody after it was stopped, and drops those who wait for an answer")
    func stopWhilePending() throws {
        let server = try TestServer(answer: nil)
        let client = try RawSocket(port: server.port)
        client.write(Self.post("/waiting"))
        #expect(server.waitForRequest())
        server.stop()
        #expect(client.readToEnd().closed)
        #expect(throws: RawSocket.Failure.self) { try RawSocket(port: server.port) }
    }

    @Test("requests under way after it stopped accepting, and closes their connections")
    func drain() throws {
        let server = try TestServer(answer: nil)
        let client = try RawSocket(port: server.port)
        client.write(Self.post("/last"))
        #expect(server.waitForRequest())
        server.stopAccepting()
        server.answerAll()
        let (text, closed) = client.readToEnd()
        #expect(text.hasSuffix("late") && closed)
    }

    @Test("answers of many megabytes whole")
    func largeAnswer() throws {
        let body = [UInt8](repeating: 0x61, count: 5_000_000)
        let server = try TestServer(answer: { HTTPReply(to: $0.token, status: 200, body: body) })
        let client = try RawSocket(port: server.port)
        client.write(Self.post("/large"))
        #expect(client.readAnswer()?.body == body)
    }

    @Test(
        "and says in words why it cannot listen",
        arguments: [
            ("not an address", 0, "not an address"), ("127.0.0.1", 70000, "70000 is not a port"),
            ("192.0.2.1", 0, "this machine has no such address"),
        ])
    func cannotListen(host: String, port: Int, words: String) {
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(host: host, port: port, limits: HTTPLimits())
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("and says that the port is in use")
    func portInUse() throws {
        let server = try TestServer()
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(host: "127.0.0.1", port: server.port, limits: HTTPLimits())
        }
        #expect(
            error?.description.hasPrefix("cannot listen on 127.0.0.1:\(server.port): another process ") == true,
            "\(error?.description ?? "")")
    }
}
