import EventLoop
import Foundation
import Testing

@Suite("The HTTP server keeps its limits", .serialized)
struct LimitTests {
    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test("100 KB of headers are refused and the connection closed")
    func headerBytes() throws {
        let server = try TestServer()
        let client = try RawSocket(port: server.port)
        client.write(
            "POST /first HTTP/1.1\r\nHost: hub\r\nX-Long: \(String(repeating: "a", count: 100_000))\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(client.readToEnd().closed)
        #expect(server.seen.isEmpty)
    }

    @Test("a header line without end is refused, and what follows is not kept")
    func endlessHeader() throws {
        let server = try TestServer(limits: limits { $0.requestDeadline = .milliseconds(300) })
        let client = try RawSocket(port: server.port)
        client.write("POST /first HTTP/1.1\r\nX: ")
        let block = [UInt8](repeating: 0x61, count: 65_536)
        for _ in 0..<100 where !client.write(block) { break }
        let (text, closed) = client.readToEnd()
        #expect(closed)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 431 "), "\(text)")
        #expect(server.seen.isEmpty)
    }

    @Test("10,000 headers are refused and the connection closed")
    func headerCount() throws {
        let server = try TestServer(limits: limits { $0.headerBytes = 1024 * 1024 })
        let client = try RawSocket(port: server.port)
        let headers = (0..<10_000).map { "X-\($0): a\r\n" }.joined()
        client.write(
            "POST /first HTTP/1.1\r\nHost: hub\r\n\(headers)Content-Length: 0\r\n\r\n" + ServingTests.post("/smuggled"))
        #expect(client.readToEnd().closed)
        #expect(server.seen.isEmpty)
    }

    @Test("a body that declares more than the limit is answered 413 or cut off, before it was read")
    func declaredBody() throws {
        let server = try TestServer(limits: limits { $0.bodyBytes = 1000 })
        let client = try RawSocket(port: server.port)
        client.write("POST /large HTTP/1.1\r\nHost: hub\r\nContent-Length: 1001\r\n\r\n")
        let (text, closed) = client.readToEnd()
        #expect(text.hasPrefix("HTTP/1.1 413 "), "\(text)")
        #expect(closed)
        #expect(server.seen.isEmpty)
    }

    @Test("a body that declares more than the limit is not asked for with 100 Continue")
    func expectedBody() throws {
        let server = try TestServer(limits: limits { $0.bodyBytes = 1000 })
        let client = try RawSocket(port: server.port)
        client.write("POST /large HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        let (text, closed) = client.readToEnd()
        #expect(text.hasPrefix("HTTP/1.1 4"), "\(text)")
        #expect(closed)
    }

    @Test("a body that is sent at once and declares more than the limit never reaches the hub")
    func sentBody() throws {
        let server = try TestServer(limits: limits { $0.bodyBytes = 1000 })
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/large", String(repeating: "a", count: 1_000_000)))
        #expect(client.readToEnd().closed)
        #expect(server.seen.isEmpty)
    }

    @Test("a chunked body that grows beyond the limit is answered 413 or cut off")
    func chunkedBody() throws {
        let server = try TestServer(limits: limits { $0.bodyBytes = 1000 })
        let client = try RawSocket(port: server.port)
        client.write("POST /large HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "1f4\r\n\(String(repeating: "a", count: 500))\r\n"
        for _ in 0..<10 where !client.write(chunk) { break }
        let (text, closed) = client.readToEnd()
        #expect(closed)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 413 "), "\(text)")
        #expect(server.seen.isEmpty)
    }

    @Test("a body of exactly the limit is taken")
    func exactBody() throws {
        let server = try TestServer(limits: limits { $0.bodyBytes = 1000 })
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/exact", String(repeating: "a", count: 1000)))
        #expect(client.readAnswer()?.text == "ok /exact")
    }

    /// Sends `bytes` one at a time until the other side closes; how long that took.
    private func drip(_ client: RawSocket, _ bytes: [UInt8], every pace: Duration) -> Duration? {
        client.setPatience(pace)
        let start = ContinuousClock.now
        for byte in bytes {
            guard client.write([byte]) else { return start.duration(to: .now) }
            // The pace of the drip is the wait for an answer that does not come.
            switch client.read() {
            case .ended, .reset: return start.duration(to: .now)
            case .bytes, .nothing: continue
            }
        }
        return nil
    }

    @Test("a header that drips in is cut off after the deadline, while others are served")
    func slowHeader() throws {
        let server = try TestServer(limits: limits { $0.requestDeadline = .milliseconds(200) })
        let slow = try RawSocket(port: server.port)
        slow.write("POST /slow HTTP/1.1\r\nX: ")
        let other = try RawSocket(port: server.port)
        other.write(ServingTests.post("/other"))
        #expect(other.readAnswer()?.text == "ok /other")
        let time = drip(slow, [UInt8](repeating: 0x61, count: 500), every: .milliseconds(20))
        #expect(time != nil)
        other.write(ServingTests.post("/again"))
        #expect(other.readAnswer()?.text == "ok /again")
        #expect(server.seen.map(\.target) == ["/other", "/again"])
    }

    @Test("a body that drips in is cut off after the deadline, while others are served")
    func slowBody() throws {
        let server = try TestServer(limits: limits { $0.requestDeadline = .milliseconds(200) })
        let slow = try RawSocket(port: server.port)
        slow.write("POST /slow HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n")
        let time = drip(slow, [UInt8](repeating: 0x61, count: 500), every: .milliseconds(20))
        #expect(time != nil)
        let other = try RawSocket(port: server.port)
        other.write(ServingTests.post("/other"))
        #expect(other.readAnswer()?.text == "ok /other")
        #expect(server.seen.map(\.target) == ["/other"])
    }

    @Test("a second request that stays unfinished on a good connection is cut off")
    func unfinishedSecond() throws {
        let server = try TestServer(limits: limits { $0.requestDeadline = .milliseconds(200) })
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/first") + "POST /second HTTP/1.1\r\n")
        #expect(client.readAnswer()?.text == "ok /first")
        let (text, closed) = client.readToEnd()
        #expect(closed)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408 "), "\(text)")
    }

    @Test("a request that waits for its answer longer than the deadline is not cut off")
    func patientAnswer() throws {
        let server = try TestServer(
            limits: limits {
                $0.requestDeadline = .milliseconds(50)
                $0.idle = .milliseconds(100)
            }, answer: nil)
        let client = try RawSocket(port: server.port, patience: .milliseconds(400))
        client.write(ServingTests.post("/late"))
        #expect(server.waitForRequest())
        #expect(client.read() == .nothing)
        server.answerAll()
        #expect(client.readAnswer()?.text == "late")
    }

    @Test("a client that never says anything is cut off")
    func silentClient() throws {
        let server = try TestServer(limits: limits { $0.idle = .milliseconds(200) })
        let client = try RawSocket(port: server.port)
        #expect(client.read() == .ended)
    }

    @Test("a client that falls silent after a request is cut off")
    func idleClient() throws {
        let server = try TestServer(limits: limits { $0.idle = .milliseconds(200) })
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/one"))
        #expect(client.readAnswer()?.text == "ok /one")
        #expect(client.read() == .ended)
    }

    @Test("a client that does not read its answer is cut off")
    func unreadAnswer() throws {
        let body = [UInt8](repeating: 0x61, count: 20_000_000)
        let server = try TestServer(
            limits: limits { $0.idle = .milliseconds(200) },
            answer: { HTTPReply(to: $0.token, status: 200, body: body) })
        let client = try RawSocket(port: server.port)
        client.write(ServingTests.post("/large"))
        #expect(server.waitForRequest())
        // It must have been given up before all of it was taken.
        var taken = 0
        client.waitForEnd(.seconds(2))
        while case .bytes(let bytes) = client.read() { taken += bytes.count }
        #expect(taken < body.count)
    }

    @Test("one client more than allowed is served when another has got its answer")
    func connectionLimit() throws {
        let server = try TestServer(
            limits: limits {
                $0.connections = 3
                $0.requestDeadline = .milliseconds(400)
            }, answer: nil)
        let clients = try (0..<3).map { _ in try RawSocket(port: server.port) }
        for client in clients {
            client.write(ServingTests.post("/in"))
            #expect(server.waitForRequest())
        }
        let waiting = try RawSocket(port: server.port, patience: .milliseconds(300))
        waiting.write(ServingTests.post("/waiting"))
        #expect(waiting.read() == .nothing)
        server.answerAll()
        for client in clients { #expect(client.readAnswer()?.text == "late") }
        waiting.setPatience(.seconds(10))
        #expect(server.waitForRequest())
        server.answerAll()
        #expect(waiting.readAnswer()?.text == "late")
    }

    @Test("clients that come and go never use up the connections")
    func comingAndGoing() throws {
        let server = try TestServer(limits: limits { $0.connections = 4 })
        for number in 0..<40 {
            let client = try RawSocket(port: server.port)
            client.write(ServingTests.post("/\(number)"))
            let answer = client.readAnswer()?.text
            #expect(answer == "ok /\(number)")
            if answer == nil { break }
        }
    }
}
