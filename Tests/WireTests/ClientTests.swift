import EventLoop
import Foundation
import HTTPClient
import Synchronization
import Testing

@Suite("The HTTP client")
struct ClientTests {
    private static func url(_ port: Int, _ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    @Test("sends method, path, headers and body, and gives status, headers and body back")
    func exchange() throws {
        let server = try TestServer(answer: {
            HTTPReply(
                to: $0.token, status: 201, headers: [("X-Reply", "yes"), ("Retry-After", "7")], body: Array("made".utf8)
            )
        })
        let client = TestClient()
        for method in ["POST", "PUT", "PATCH"] {
            let done = client.send(
                Self.url(server.port, "/a/b?c=d%20e"), method: method,
                headers: [("X-One", "1"), ("X-Empty", ""), ("Content-Type", "application/json")],
                body: Array("{\"a\": 1}".utf8))
            #expect(done?.status == 201)
            #expect(done?.text == "made")
            #expect(done?.header("x-reply") == "yes")
            #expect(done?.header("retry-after") == "7")
        }
        #expect(server.seen.map(\.method) == ["POST", "PUT", "PATCH"])
        for seen in server.seen {
            #expect(seen.target == "/a/b?c=d%20e")
            #expect(seen.text == "{\"a\": 1}")
            #expect(seen.headers["x-one"] == "1")
            #expect(seen.headers["x-empty"] == "")
            #expect(seen.headers["content-type"] == "application/json")
            #expect(seen.headers["expect"] == nil)
            #expect(seen.headers["content-length"] == "8")
        }
    }

    @Test("sends GET, HEAD and DELETE without a body")
    func bodiless() throws {
        let server = try TestServer()
        let client = TestClient()
        for method in ["GET", "HEAD", "DELETE", "GET"] {
            #expect(client.send(Self.url(server.port), method: method)?.status == 200, "\(method)")
        }
        #expect(server.seen.map(\.method) == ["GET", "HEAD", "DELETE", "GET"])
    }

    @Test("forgets the body and method of one request before the next")
    func nothingStays() throws {
        let server = try TestServer()
        let client = TestClient()
        #expect(
            client.send(Self.url(server.port), method: "PUT", headers: [("X-Old", "1")], body: Array("secret".utf8))?
                .status == 200)
        #expect(client.send(Self.url(server.port), method: "GET")?.status == 200)
        #expect(client.send(Self.url(server.port), method: "POST")?.status == 200)
        #expect(server.seen.map(\.text) == ["secret", "", ""])
        #expect(server.seen.map(\.method) == ["PUT", "GET", "POST"])
        #expect(server.seen[1].headers["x-old"] == nil)
    }

    @Test("sends an empty body, and one with every byte there is")
    func bodies() throws {
        let server = try TestServer()
        let client = TestClient()
        let all = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        for body in [[], [0], all] { #expect(client.send(Self.url(server.port), body: body)?.status == 200) }
        #expect(server.seen.map(\.body) == [[], [0], all])
    }

    @Test("keeps the connection for the next request and says so")
    func reuse() throws {
        let server = try TestServer()
        let client = TestClient()
        #expect(client.send(Self.url(server.port))?.reusedConnection == false)
        for _ in 0..<5 { #expect(client.send(Self.url(server.port))?.reusedConnection == true) }
    }

    @Test("opens a new connection when the kept one was closed meanwhile")
    func staleConnection() throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let client = TestClient()
        for _ in 0..<5 { #expect(client.send(Self.url(server.port))?.text == "ok") }
    }

    @Test(
        "gives up at the timeout, whether nothing comes or too slowly",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"])
    func timeout(answer: String) throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write(answer)
            _ = socket.read()
        }
        let done = TestClient().send(Self.url(server.port), timeout: .milliseconds(200))
        #expect(done?.failure == .timeout)
        #expect(done.map { $0.duration >= .milliseconds(190) } == true)
    }

    @Test(
        "calls a connection that ends without an answer reset",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"])
    func reset(answer: String) throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write(answer)
        }
        #expect(TestClient().send(Self.url(server.port))?.failure == .reset)
    }

    @Test("tells a refused connection and an unknown name apart")
    func unreachable() throws {
        var port = 0
        do { port = try RawServer(nil).port }
        #expect(TestClient().send(Self.url(port))?.failure == .connect)
        #expect(TestClient().send("http://no-such-name.invalid/")?.failure == .nameResolution)
    }

    @Test("cuts an endless answer off at the limit", arguments: [0, 1, 1000, 100_000])
    func endlessAnswer(limit: Int) throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write("HTTP/1.1 200 OK\r\n\r\n")
            while socket.write([UInt8](repeating: 0x61, count: 65_536)) {}
        }
        let done = TestClient().send(Self.url(server.port), maxResponseBytes: limit)
        #expect(done?.status == 200)
        #expect(done?.text?.utf8.count == limit)
    }

    @Test("does not keep a connection whose answer was cut off")
    func cutConnection() throws {
        let server = try TestServer(answer: {
            HTTPReply(to: $0.token, status: 200, body: [UInt8](repeating: 0x61, count: 500_000))
        })
        let client = TestClient()
        for _ in 0..<3 {
            let done = client.send(Self.url(server.port), maxResponseBytes: 10)
            #expect(done?.text == "aaaaaaaaaa")
        }
    }

    @Test("ends an answer whose headers never end")
    func endlessHeaders() throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write("HTTP/1.1 200 OK\r\n")
            while socket.write(
                String(repeating: "X-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 100))
            {}
        }
        let done = TestClient().send(Self.url(server.port), timeout: .seconds(10))
        #expect(done?.failure != nil)
        #expect(done?.failure != .timeout)
    }

    @Test("takes an interim answer for what it is")
    func interim() throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write(
                "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 202 Accepted\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok"
            )
        }
        let done = TestClient().send(Self.url(server.port))
        #expect(done?.status == 202)
        #expect(done?.header("x-a") == "b")
        #expect(done?.header("link") == nil)
    }

    @Test("does not follow redirects")
    func redirect() throws {
        let server = try TestServer(answer: {
            HTTPReply(to: $0.token, status: 302, headers: [("Location", "/elsewhere")])
        })
        #expect(TestClient().send(Self.url(server.port))?.status == 302)
        #expect(server.seen.map(\.target) == ["/hook"])
    }

    @Test(
        "answers garbage with a failure",
        arguments: ["nonsense\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0"])
    func garbage(answer: String) throws {
        let server = try RawServer { socket in
            _ = socket.readMessage()
            socket.write(answer)
        }
        let done = TestClient().send(Self.url(server.port))
        #expect(done?.failure != nil, "\(String(describing: done))")
    }

    static let broken: [(String, String, String, [(name: String, value: String)])] = [
        ("a URL with a line break", "http://127.0.0.1/a\r\nX-Evil: 1", "POST", []),
        ("a URL with a line feed", "http://127.0.0.1/a\nb", "POST", []),
        ("a URL with a blank", "http://127.0.0.1/a b", "POST", []),
        ("a URL with a NUL", "http://127.0.0.1/a\0b", "POST", []),
        ("a URL that is none", "what", "POST", []),
        ("a URL of a file", "file:///etc/passwd", "POST", []),
        ("a URL of another protocol", "gopher://127.0.0.1/", "POST", []),
        ("an empty URL", "", "POST", []),
        ("a header value with a line break", "http://127.0.0.1/", "POST", [("X-A", "a\r\nX-Evil: 1")]),
        ("a header value with a line feed", "http://127.0.0.1/", "POST", [("X-A", "a\nX-Evil: 1")]),
        ("a header value with a NUL", "http://127.0.0.1/", "POST", [("X-A", "a\0b")]),
        ("a header name with a line break", "http://127.0.0.1/", "POST", [("X-A\r\nX-Evil", "1")]),
        ("a header name with a colon", "http://127.0.0.1/", "POST", [("X-A: 1", "1")]),
        ("a header name with a blank", "http://127.0.0.1/", "POST", [("X A", "1")]),
        ("a header without a name", "http://127.0.0.1/", "POST", [("", "1")]),
        ("a method with a line break", "http://127.0.0.1/", "POST / HTTP/1.1\r\nX: ", []),
        ("a method with a blank", "http://127.0.0.1/", "POST x", []),
        ("no method", "http://127.0.0.1/", "", []),
    ]

    @Test("refuses what must not reach the wire", arguments: broken.indices)
    func invalid(index: Int) {
        let (name, url, method, headers) = Self.broken[index]
        let done = TestClient().send(url, method: method, headers: headers)
        #expect(done?.failure == .invalidRequest, "\(name): \(String(describing: done))")
    }

    @Test("sends 300 requests at once")
    func concurrent() throws {
        let server = try TestServer()
        let requests = (0..<300).map {
            ClientRequest(
                id: 0, url: Self.url(server.port, "/\($0)"), body: Array("body \($0)".utf8), policy: .everything)
        }
        let done = TestClient().send(requests)
        #expect(done.map { $0?.text } == (0..<300).map { "ok /\($0)" })
        #expect(Set(server.seen.map(\.text)).count == 300)
    }

    @Test("keeps answering while one endpoint hangs")
    func oneHangs() throws {
        let hanging = try RawServer(nil)
        let server = try TestServer()
        let client = TestClient()
        let requests = (0..<20).map {
            ClientRequest(
                id: 0, url: Self.url($0 == 0 ? hanging.port : server.port),
                timeout: .milliseconds($0 == 0 ? 400 : 5000), policy: .everything)
        }
        let done = client.send(requests)
        #expect(done[0]?.failure == .timeout)
        #expect(done.dropFirst().allSatisfy { $0?.status == 200 })
    }

    // In a process of its own: changing the environment while other threads read it is not allowed.
    @Test("takes no proxy from the environment")
    func proxies() async {
        await #expect(processExitsWith: .success) {
            let proxy = try TestServer()
            let server = try TestServer()
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            #expect(TestClient().send("http://127.0.0.1:\(server.port)/")?.status == 200)
            #expect(server.seen.count == 1)
            #expect(proxy.seen.isEmpty)
        }
    }

    @Test("stops while requests are under way")
    func stop() throws {
        let hanging = try RawServer(nil)
        let client = HTTPClient()
        let started = DispatchSemaphore(value: 0)
        let first = Mutex(true)
        client.open("test") { _ in
            let isFirst = first.withLock { value in
                defer { value = false }
                return value
            }
            guard isFirst else { return ClientTurn() }
            defer { started.signal() }
            return ClientTurn(
                start: (0..<10).map { ClientRequest(id: $0, url: Self.url(hanging.port), policy: .everything) })
        }
        client.start()
        #expect(started.wait(timeout: .now() + 10) == .success)
        client.stop()
    }
}
