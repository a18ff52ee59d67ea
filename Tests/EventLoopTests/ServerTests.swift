import EventLoop
import Foundation
import Testing

@Suite("HTTP server") struct ServerTests {
    private let hello = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"

    @Test("requests on one connection are answered in turn, and what is handed over is what was sent")
    func keepAlive() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        for number in 0..<5 {
            wire.send("POST /p?n=\(number) HTTP/1.1\r\nhOST: x\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try wire.answer().body == "POST /p?n=\(number) 3")
        }
        let request = try #require(echo.requests.first)
        #expect(request.path == "/p")
        #expect(request.query == "n=0")
        #expect(request.body == Array("abc".utf8))
        #expect(request.headers.map(\.name) == ["hOST", "X-A", "X-A", "Content-Length"])
        #expect(request.headers.map(\.value) == ["x", "1", "2", "3"])
        #expect(request.header("x-a") == "1")
        #expect(request.header("x-b") == nil)
        #expect(request.peer == "127.0.0.1")
        #expect(request.peerPort > 0)
        #expect(echo.requests.allSatisfy { $0.peerPort == request.peerPort })
        #expect(echo.batches == 5)
    }

    @Test(
        "pipelined requests are answered in order, however they are cut into packets",
        arguments: [1, 7, 100, 1_000_000])
    func pipelining(size: Int) throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        let all = (0..<40).flatMap {
            Array(
                "POST /\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: \($0)\r\n\r\n\(String(repeating: "x", count: $0))"
                    .utf8)
        }
        for start in stride(from: 0, to: all.count, by: size) {
            wire.send(Array(all[start..<min(all.count, start + size)]))
        }
        for number in 0..<40 { #expect(try wire.answer().body == "POST /\(number) \(number)") }
    }

    @Test("a pipelined request that is malformed is refused behind the answers before it")
    func pipelinedMalformed() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send(hello + "POST /b HTTP/1.1\r\nHost : x\r\n\r\n" + hello)
        #expect(try wire.answer().status == 200)
        #expect(try wire.answer().status == 400)
        #expect(wire.rest() == "")
        #expect(echo.requests.count == 1)
    }

    @Test(
        "every doubtful form is refused, its connection closed, and nothing behind it is taken for a request",
        arguments: HeadTests.refused)
    func smuggling(text: String, status: Int) throws {
        let echo = try Echo(HTTPLimits.strict)
        let wire = try Wire(port: echo.port)
        wire.send(text + "\r\n\r\n" + hello)
        #expect(try wire.answer().status == status)
        #expect(wire.rest() == "")
        #expect(echo.requests.isEmpty)
        #expect(echo.refusals == [status])
    }

    @Test("a body sent in chunks is put together, and ends the connection")
    func chunks() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send(
            "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n"
                + hello)
        let answer = try wire.answer()
        #expect(answer.body == "POST /c 11")
        #expect(answer.headers["connection"] == "close")
        #expect(!wire.rest().contains("200"))
        #expect(echo.requests.count == 1)
        #expect(echo.requests.first?.body == Array("hello world".utf8))
        #expect(echo.requests.first?.header("X-Trailer") == nil)
    }

    @Test(
        "chunks of doubtful size are refused or end the connection behind one answer",
        arguments: [
            "5;ext=\"a\"\r\nhello\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n",
            "FFFFFFFFFFFFFFFF\r\nhello\r\n", "7FFFFFFFFFFFFFFF\r\n", "xyz\r\n", "5 5\r\nhello\r\n",
            "5\nhello\n", "5;\0\r\nhello\r\n", "5\r\nhello0\r\n", " \r\n", "10000000000000005\r\nhello\r\n",
        ])
    func chunkAbuse(chunk: String) throws {
        let echo = try Echo(HTTPLimits.short)
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n" + hello)
        let all = wire.rest()
        #expect(all.components(separatedBy: "HTTP/1.1 ").count <= 2, "\(all)")
        #expect(!echo.requests.contains { $0.path == "/a" })
    }

    @Test("a chunk extension without end is cut off by the deadline") func endlessExtension() throws {
        let echo = try Echo(HTTPLimits.short)
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;")
        while wire.send(String(repeating: "x", count: 1000)) { usleep(2000) }
        #expect(echo.requests.isEmpty)
    }

    @Test("Expect: 100-continue gets its 100 and then its answer") func expectContinue() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try wire.answer().status == 100)
        wire.send("hello")
        #expect(try wire.answer().body == "POST /e 5")
    }

    @Test("HTTP/1.0 ends the connection unless keep-alive was asked for") func old() throws {
        let echo = try Echo()
        let once = try Wire(port: echo.port)
        once.send("GET /o HTTP/1.0\r\n\r\n")
        #expect(once.rest().hasSuffix("\r\n\r\nGET /o 0"))
        let twice = try Wire(port: echo.port)
        for _ in 0..<2 {
            twice.send("GET /o HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try twice.answer().body == "GET /o 0")
        }
    }

    @Test("the usual methods reach the owner", arguments: ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    func methods(method: String) throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("\(method) /m HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try wire.answer().body == "\(method) /m 0")
    }

    @Test("the answer to HEAD has the length and no body, and the connection goes on") func headMethod() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + hello)
        #expect(try wire.answer(toHead: true).headers["content-length"] == "9")
        #expect(try wire.answer().body == "POST /a 5")
    }

    @Test("requests that come while others wait are answered in order, however events and answers interleave")
    func interleaved() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        for round in 0..<1000 {
            let bodies = (0..<4).map { "POST /\(round)-\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx" }
            wire.send(bodies[0] + bodies[1])
            #expect(echo.wait(for: 1))
            echo.answerLatest()
            wire.send(bodies[2])
            #expect(echo.wait(for: 1))
            wire.send(bodies[3])
            echo.answerLatest()
            for _ in 2..<4 {
                #expect(echo.wait(for: 1))
                echo.answerLatest()
            }
            for number in 0..<4 { #expect(try wire.answer().body == "POST /\(round)-\(number) 1") }
        }
    }

    @Test("a thousand pipelined requests are answered in order") func manyPipelined() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send((0..<1000).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        for number in 0..<1000 { #expect(try wire.answer().body == "GET /\(number) 0") }
    }

    @Test("a refusal is JSON, says when it was made, and that the connection ends") func refusalForm() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("GET / HTTP/1.1\r\n\r\n")
        let answer = try wire.answer()
        #expect(answer.status == 400)
        #expect(answer.body == "{\"error\":\"no Host header\"}\n")
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["connection"] == "close")
        #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
    }

    @Test("what the owner says when asked for a body's limit comes back with the request") func context() throws {
        let echo = try Echo(bodyLimit: { _, path in BodyAllowance(bytes: 100, context: path == "/a" ? 7 : 8) })
        let wire = try Wire(port: echo.port)
        wire.send(hello + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in 0..<2 { #expect(try wire.answer().status == 200) }
        #expect(echo.requests.map(\.context) == [7, 8])
    }

    @Test("an owner that asks for the end of a connection in its answer gets it") func ownerCloses() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        wire.send(hello + hello)
        #expect(echo.wait(for: 1))
        let token = try #require(echo.requests.first?.token)
        echo.server.reply([HTTPReply(to: token, status: 200, headers: [("connection", "Close")])])
        let answer = try wire.answer()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        #expect(wire.rest() == "")
        #expect(echo.requests.count == 1)
    }

    // MARK: Sizes

    @Test("a body declared too long is refused before it comes") func declared() throws {
        let echo = try Echo(bodyLimit: { _, path in path == "/small" ? 10 : 1000 })
        let wire = try Wire(port: echo.port)
        wire.send("POST /small?x HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
        #expect(try wire.answer().status == 413)
        let other = try Wire(port: echo.port)
        for path in ["large", "small"] {
            other.send("POST /\(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(try other.answer().body == "POST /\(path) 10")
        }
        other.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n0123456789-")
        #expect(try other.answer().status == 200)
        #expect(echo.refusals == [413])
    }

    @Test("a body of undeclared length is cut at the limit") func undeclared() throws {
        let echo = try Echo(bodyLimit: { _, _ in 100 })
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<10 { wire.send("a\r\n0123456789\r\n") }
        wire.send("1\r\n")
        #expect(try wire.answer().status == 413)
        #expect(echo.requests.isEmpty)
    }

    @Test("the peer reads why even when it goes on sending megabytes") func lingering() throws {
        let echo = try Echo(bodyLimit: { _, _ in 1000 })
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
        #expect(wire.send([UInt8](repeating: 0x61, count: 5_000_000)))
        #expect(try wire.answer().status == 413)
    }

    @Test("a large body within the limit arrives whole") func large() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        wire.send(body)
        #expect(try wire.answer().status == 200)
        #expect(echo.requests.first?.body == body)
    }

    @Test(
        "100 k bytes of headers and 10,000 headers are refused",
        arguments: [
            "A: " + String(repeating: "b", count: 100_000) + "\r\n", String(repeating: "A: b\r\n", count: 10_000),
        ])
    func manyHeaders(headers: String) throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n")
        #expect(try wire.answer().status == 431)
        #expect(echo.requests.isEmpty)
    }

    // MARK: Time

    @Test(
        "a peer that drips its request is cut off, at the head and at the body",
        arguments: [
            "POST /d HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
            "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        ])
    func drip(start: String) throws {
        let echo = try Echo(HTTPLimits.short)
        let wire = try Wire(port: echo.port)
        wire.send(start)
        // Each byte would put off an idle timeout; the deadline counts from the first byte.
        while wire.send("x") { usleep(2000) }
        #expect(echo.requests.isEmpty)
        #expect(echo.refusals == [408])
    }

    @Test("a silent connection is closed after the idle time") func idle() throws {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(100)
        let echo = try Echo(limits)
        let wire = try Wire(port: echo.port)
        #expect(wire.rest() == "")
    }

    @Test("a request whose answer takes longer than every limit is still answered") func patience() throws {
        var limits = HTTPLimits.short
        limits.idle = .milliseconds(50)
        let echo = try Echo(limits, answersAtOnce: false)
        let slow = try Wire(port: echo.port)
        slow.send(hello)
        #expect(echo.wait(for: 1))
        // Another connection lives through the deadline meanwhile.
        let other = try Wire(port: echo.port)
        other.send("POST / HTTP/1.1\r\n")
        _ = other.rest()
        echo.answerAll()
        #expect(try slow.answer().body == "POST /a 5")
    }

    @Test("a head that drips is cut off by its own deadline, and its peer reads why") func headDeadline() throws {
        var limits = HTTPLimits()
        limits.headDeadline = .milliseconds(200)
        let echo = try Echo(limits)
        let wire = try Wire(port: echo.port)
        wire.send("POST /d HTTP/1.1\r\nHost: x\r\n")
        let answer = try wire.answer()
        #expect(answer.status == 408)
        #expect(answer.body == "{\"error\":\"the headers did not come in within 0.2 seconds\"}\n")
        #expect(wire.rest() == "")
        #expect(echo.refusals == [408])
    }

    // MARK: Peers that leave

    @Test("a peer that leaves before its answer harms nobody", arguments: [true, false])
    func leavers(reset: Bool) throws {
        let echo = try Echo(answersAtOnce: false)
        for _ in 0..<50 {
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            #expect(echo.wait(for: 1))
            if reset { wire.reset() } else { wire.hangUp() }
        }
        echo.answerAll()
        echo.answerAll()
        echo.server.reply([HTTPReply(to: 999_999, status: 200)])
        let wire = try Wire(port: echo.port)
        wire.send(hello)
        #expect(echo.wait(for: 1))
        echo.answerAll()
        #expect(try wire.answer().status == 200)
    }

    @Test("connections end, whatever becomes of them, so that their places are free again") func fates() throws {
        var limits = HTTPLimits.short
        limits.connections = 8
        let echo = try Echo(limits)
        var open: [Wire] = []
        for round in 0..<100 {
            let wire = try Wire(port: echo.port)
            switch round % 6 {
            case 0: wire.send(String(hello.prefix(round % hello.count)))
            case 1: wire.send(hello + hello + "POST")
            case 2: wire.send("nonsense\r\n\r\n" + hello)
            case 3: wire.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hello)
            case 4: wire.send("GET / HTTP/1.0\r\n\r\n" + hello)
            default: wire.finishSending()
            }
            if round % 4 == 0 { wire.reset() } else if round % 4 == 1 { wire.hangUp() } else { open.append(wire) }
            if open.count == 4 { open.removeAll() }
        }
        open.removeAll()
        let last = try Wire(port: echo.port)
        last.send(hello)
        #expect(try last.answer().status == 200)
        last.hangUp()
        #expect(echo.server.drain(within: .seconds(10)))
    }

    @Test("a peer that leaves in the middle of its request harms nobody") func halves() throws {
        let echo = try Echo()
        for cut in [1, 10, 30, hello.count - 1] {
            let wire = try Wire(port: echo.port)
            wire.send(String(hello.prefix(cut)))
            wire.reset()
        }
        let half = try Wire(port: echo.port)
        half.send(hello)
        half.finishSending()
        #expect(try half.answer().status == 200)
        #expect(echo.requests.count == 1)
    }

    @Test("a peer that has finished sending still gets the answer that it waits for") func halfClosed() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        wire.send(hello)
        wire.finishSending()
        #expect(echo.wait(for: 1))
        echo.answerAll()
        #expect(try wire.answer().body == "POST /a 5")
        #expect(wire.rest() == "")
    }

    @Test("connections over the limit wait until others leave") func connectionLimit() throws {
        var limits = HTTPLimits()
        limits.connections = 4
        let echo = try Echo(limits)
        var wires: [Wire] = []
        for _ in 0..<4 {
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            #expect(try wire.answer().status == 200)
            wires.append(wire)
        }
        let late = try Wire(port: echo.port)
        late.send(hello)
        wires.removeAll()
        #expect(try late.answer().status == 200)
        // Short connections do not use the places up.
        for _ in 0..<50 {
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            #expect(try wire.answer().status == 200)
        }
    }

    // MARK: Starting and stopping

    @Test("a port in use, an unknown address and an impossible port are refused with words")
    func refusedToStart() throws {
        let echo = try Echo()
        func problem(_ host: String, _ port: Int) -> String {
            do {
                _ = try HTTPServer(host: host, port: port, limits: HTTPLimits())
                return "started"
            } catch { return error.description }
        }
        #expect(
            problem("127.0.0.1", echo.port)
                == "cannot listen on 127.0.0.1:\(echo.port): another process listens there; stop it or choose another port"
        )
        #expect(problem("127.0.0.1", 70_000).contains("70000 is not a port"))
        #expect(problem("not an address", 0).contains("is not an address of this machine"))
        #expect(problem("192.0.2.1", 0).contains("this machine has no such address"))
    }

    @Test("a socket that a parent has opened is served by one server after another, and outlives them")
    func inherited() throws {
        let listener = try Listener.open(host: "127.0.0.1", port: 0)
        defer { close(listener.descriptor) }
        for number in 0..<2 {
            // What a child process gets: another descriptor of the same socket.
            let echo = try Echo(inherited: dup(listener.descriptor))
            #expect(echo.port == listener.port)
            let wire = try Wire(port: listener.port)
            wire.send(hello)
            #expect(try wire.answer().status == 200, "server \(number)")
            echo.server.stop()
        }
        // Nobody serves, but who comes now is not turned away: the next server will find it.
        let early = try Wire(port: listener.port)
        early.send(hello)
        let last = try Echo(inherited: dup(listener.descriptor))
        #expect(try early.answer().status == 200)
        #expect(last.requests.count == 1)
    }

    @Test("an inherited descriptor that is no listening socket is refused with words") func notInherited() throws {
        let wire = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(wire) }
        for descriptor in [wire, 999_999] {
            let error = #expect(throws: HTTPServerError.self) {
                try HTTPServer(
                    host: "", port: 0, inherited: descriptor, limits: HTTPLimits())
            }
            #expect(error?.description.contains("is not a listening socket") == true)
        }
    }

    @Test("the server's thread has a name") func threadName() throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send(hello)
        _ = try wire.answer()
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        let names = tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }
        #expect(names.contains("hub-http\n"))
    }

    @Test("draining closes silent connections, lets the rest finish and then says so") func drain() throws {
        let echo = try Echo(answersAtOnce: false)
        let silent = try Wire(port: echo.port)
        silent.send(hello)
        #expect(echo.wait(for: 1))
        echo.answerAll()
        #expect(try silent.answer().status == 200)
        let busy = try Wire(port: echo.port)
        busy.send(hello)
        #expect(echo.wait(for: 1))
        #expect(!echo.server.drain(within: .milliseconds(50)))
        #expect(silent.rest() == "")
        #expect(throws: Wire.WireError.refused) { try Wire(port: echo.port) }
        echo.answerAll()
        let answer = try busy.answer()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        #expect(echo.server.drain(within: .seconds(10)))
        #expect(echo.server.drain(within: .seconds(10)))
    }

    @Test("stopping answers what is pending with 503 and closes, and stopping twice is harmless") func stop() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        wire.send(hello)
        #expect(echo.wait(for: 1))
        let half = try Wire(port: echo.port)
        half.send("POST / HT")
        echo.server.stop()
        echo.server.stop()
        #expect(try wire.answer().status == 503)
        #expect(wire.rest() == "")
        #expect(half.rest() == "")
        echo.answerAll()
    }

    @Test("a server that never started can be stopped and let go") func neverStarted() throws {
        let server = try HTTPServer(host: "127.0.0.1", port: 0, limits: HTTPLimits())
        #expect(server.drain(within: .seconds(1)))
        server.stop()
    }

    @Test("answers from many threads each reach their own peer") func manyThreads() throws {
        let echo = try Echo(answersAtOnce: false)
        let wires = try (0..<50).map { number in
            let wire = try Wire(port: echo.port)
            wire.send("POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            return wire
        }
        #expect(echo.wait(for: 50))
        let requests = echo.requests
        DispatchQueue.concurrentPerform(iterations: 50) { echo.server.reply([Echo.reply(to: requests[$0])]) }
        for (number, wire) in wires.enumerated() { #expect(try wire.answer().body == "POST /\(number) 0") }
    }
}

extension HTTPLimits {
    /// The limits of `HeadTests`.
    fileprivate static var strict: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerBytes = 4096
        limits.headerCount = 20
        return limits
    }
}
