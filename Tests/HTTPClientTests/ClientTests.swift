import Foundation
import HTTPClient
import Synchronization
import Testing

@Suite("Sending one request") struct SendTests {
    private func send(
        _ port: Int, method: String = "POST", headers: [(name: String, value: String)] = [], body: String = "body",
        user: String = "", policy: AddressPolicy = .everything
    ) async -> Completion {
        await HTTPClient.send(
            ClientRequest(
                id: 7, method: method, url: "http://\(user)127.0.0.1:\(port)/path", headers: headers,
                body: Array(body.utf8),
                maxResponseBytes: 8, policy: policy, wanted: ["X-Seen", "X-Pad"]))
    }

    @Test("gives the answer back, with what was sent and whether it was cut off", arguments: [(8, false), (9, true)])
    func one(length: Int, truncated: Bool) async throws {
        let receiver = Receiver { line in
            while line.request() != nil {
                line.send(
                    "HTTP/1.1 201 Created\r\nX-Seen: Yes\r\nContent-Length: \(length)\r\n\r\n\(String(repeating: "a", count: length))"
                )
            }
        }
        let completion = await send(receiver.port)
        guard case .response(let status, let headers, let body) = completion.outcome else {
            Issue.record("\(completion)")
            return
        }
        #expect(completion.id == 7)
        #expect(status == 201)
        #expect(headers.contains { $0 == ("x-seen", "Yes") })
        #expect(body == Array(repeating: UInt8(ascii: "a"), count: 8))
        #expect(completion.isTruncated == truncated)
        #expect(completion.bytesSent == 4)
        #expect(completion.connectTime > .zero)
        #expect(!completion.reusedConnection)
    }

    @Test(
        "sends what was given and nothing that the library would add",
        arguments: ["POST", "PUT", "PATCH", "GET", "DELETE"])
    func wire(method: String) async throws {
        let seen = Mutex("")
        let receiver = Receiver { line in
            while let request = line.request() {
                seen.withLock { $0 = request }
                line.send(Receiver.fine)
            }
        }
        _ = await send(receiver.port, method: method, headers: [("X-One", "1"), ("X-Empty", ""), ("X-One", "2")])
        let lines = seen.withLock { $0 }.components(separatedBy: "\r\n")
        #expect(lines.first == "\(method) /path HTTP/1.1")
        #expect(lines.contains("Content-Length: 4"))
        #expect(lines.last == "body")
        #expect(lines.filter { $0.hasPrefix("X-One: ") } == ["X-One: 1", "X-One: 2"])
        #expect(lines.contains { $0.hasPrefix("X-Empty:") })
        #expect(
            !lines.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") || $0.hasPrefix("User-Agent") })
    }

    @Test("refuses headers that would change where the request ends, and user names in the URL")
    func framing() async throws {
        let receiver = Receiver { $0.wait() }
        for name in ["Content-Length", "transfer-encoding", "Expect", "Upgrade", "Trailer", "Host", "connection"] {
            let completion = await send(receiver.port, headers: [(name, "1")])
            guard case .failure(.invalidRequest, let message) = completion.outcome else {
                Issue.record("\(completion)")
                continue
            }
            #expect(message == "the hub sets the header \(name) itself")
        }
        guard case .failure(.invalidRequest, _) = await send(receiver.port, user: "a:b@").outcome else {
            Issue.record("a user name was accepted")
            return
        }
        #expect(receiver.connections == 0)
    }

    @Test("says in the library's words what went wrong") func words() async throws {
        // A port that was free a moment ago.
        let port = Receiver { _ in }.port
        guard case .failure(.connect, let message) = await send(port).outcome else {
            Issue.record("connected")
            return
        }
        #expect(message.contains("127.0.0.1"))
        #expect(message.contains("\(port)"))
    }

    @Test("calls what is not HTTP a protocol error") func garbage() async throws {
        let receiver = Receiver { line in
            _ = line.request()
            line.send("HTTP/1.1 twohundred OK\r\n\r\n")
            line.wait()
        }
        guard case .failure(.protocolError, _) = await send(receiver.port).outcome else {
            Issue.record("taken for an answer")
            return
        }
    }

    @Test("an answer with endless headers is bounded in memory and time") func endlessHeaders() async throws {
        let receiver = Receiver { line in
            _ = line.request()
            line.send("HTTP/1.1 200 OK\r\n")
            for _ in 0..<500 { line.send("X-Pad: \(String(repeating: "p", count: 1000))\r\n") }
            line.send("Content-Length: 0\r\n\r\n")
            line.wait()
        }
        switch await send(receiver.port).outcome {
        case .response(_, let headers, _): #expect(headers.count <= 100)
        case .failure: break
        }
    }
}

@Suite("A client with many requests") struct ManyTests {
    /// Runs the client until as many completions have come as requests were given.
    private func run(_ requests: [ClientRequest], with client: HTTPClient = HTTPClient()) -> [Completion] {
        let state = Mutex((waiting: requests, done: [Completion]()))
        let finished = DispatchSemaphore(value: 0)
        client.open("test") { completions in
            state.withLock { state in
                state.done += completions
                if state.done.count == requests.count { finished.signal() }
                defer { state.waiting = [] }
                return ClientTurn(start: state.waiting)
            }
        }
        client.start()
        #expect(finished.wait(timeout: .now() + 20) == .success)
        client.stop()
        return state.withLock { $0.done }
    }

    private func request(_ id: UInt64, _ port: Int, timeout: Duration = .seconds(10)) -> ClientRequest {
        ClientRequest(
            id: id, url: "http://127.0.0.1:\(port)/\(id)", body: Array("\(id)".utf8), timeout: timeout,
            policy: .everything)
    }

    @Test("500 at once each get their own answer") func many() throws {
        let receiver = Receiver { line in
            while let request = line.request() {
                let body = request.components(separatedBy: "\r\n").last ?? ""
                line.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
        let done = run((1...500).map { request($0, receiver.port) })
        #expect(Set(done.map(\.id)).count == 500)
        for completion in done {
            guard case .response(200, _, let body) = completion.outcome else {
                Issue.record("\(completion)")
                continue
            }
            #expect(String(decoding: body, as: UTF8.self) == "\(completion.id)")
        }
    }

    @Test("a kept connection that the peer closes on the next request: it is sent again on a new one, and once")
    func closedOnReuse() throws {
        let seen = Mutex<[String]>([])
        let receiver = Receiver { line in
            // Each connection answers one request and hangs up on the second after having read it.
            for number in 0..<2 {
                guard let request = line.request() else { return }
                seen.withLock { $0.append(request.components(separatedBy: "\r\n")[0]) }
                if number == 0 { line.send(Receiver.fine) }
            }
        }
        let state = Mutex((done: [Completion](), given: 0))
        let finished = DispatchSemaphore(value: 0)
        let client = HTTPClient()
        client.open("test") { completions in
            state.withLock { state in
                state.done += completions
                if state.done.count == 2 { finished.signal() }
                guard state.given == state.done.count, state.given < 2 else { return ClientTurn() }
                state.given += 1
                return ClientTurn(start: [self.request(UInt64(state.given), receiver.port)])
            }
        }
        client.start()
        #expect(finished.wait(timeout: .now() + 20) == .success)
        client.stop()
        let done = state.withLock { $0.done }
        guard case .response(200, _, _)? = done.last?.outcome else {
            Issue.record("\(done)")
            return
        }
        // The receiver read it twice: a delivery's id is what tells it that both are one.
        #expect(seen.withLock { $0 } == ["POST /1 HTTP/1.1", "POST /2 HTTP/1.1", "POST /2 HTTP/1.1"])
        #expect(receiver.connections == 2)
    }

    @Test("what has finished is handed over when the client stops, and what has not is broken off") func stop() throws {
        let receiver = Receiver { $0.wait() }
        let client = HTTPClient()
        let turns = Mutex(0)
        let started = DispatchSemaphore(value: 0)
        client.open("test") { _ in
            turns.withLock { turns in
                turns += 1
                started.signal()
                return ClientTurn(start: turns == 1 ? [self.request(1, receiver.port, timeout: .seconds(60))] : [])
            }
        }
        client.start()
        #expect(started.wait(timeout: .now() + 10) == .success)
        client.stop()
        client.stop()
        HTTPClient().stop()
    }

    @Test("a turn comes when its time is due, and when it is woken") func turns() throws {
        let client = HTTPClient()
        let turned = DispatchSemaphore(value: 0)
        let count = Mutex(0)
        let channel = client.open("test") { _ in
            turned.signal()
            // Three turns by time, then only when woken.
            return count.withLock { count in
                count += 1
                return ClientTurn(wait: count < 3 ? .milliseconds(count) : nil)
            }
        }
        client.start()
        for _ in 0..<3 { #expect(turned.wait(timeout: .now() + 10) == .success) }
        channel.wake()
        #expect(turned.wait(timeout: .now() + 10) == .success)
        client.stop()
    }
}

@Suite("Metadata services") struct MetadataTests {
    private let metadata = IPAddress(bytes: [169, 254, 169, 254])

    @Test("no range opens a metadata service, only its own address") func ranges() throws {
        let address = try #require(metadata)
        let inside = try #require(IPAddress(bytes: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 169, 254, 169, 254]))
        let everywhere = [
            IPRange(prefix: [0, 0, 0, 0], length: 0), IPRange(prefix: [169, 254, 0, 0], length: 16),
            IPRange(prefix: [169, 254, 169, 254], length: 31),
            IPRange(prefix: Array(repeating: 0, count: 16), length: 0),
        ]
        for candidate in [address, inside] {
            #expect(AddressPolicy.publicAnd(everywhere).refusal(of: candidate) != nil)
            #expect(
                AddressPolicy.publicAnd([IPRange(prefix: [169, 254, 169, 254], length: 32)]).refusal(of: candidate)
                    == nil)
        }
        let neighbour = try #require(IPAddress(bytes: [169, 254, 169, 253]))
        #expect(AddressPolicy.publicAnd(everywhere).refusal(of: neighbour) == nil)
    }

    @Test("a range longer than its address names that one address") func length() throws {
        let address = try #require(IPAddress(bytes: [10, 0, 0, 1]))
        let range = IPRange(prefix: [10, 0, 0, 1], length: 99)
        #expect(range.contains(address))
        #expect(try !range.contains(#require(IPAddress(bytes: [10, 0, 0, 2]))))
        #expect(try IPRange(prefix: [10, 0, 0, 1], length: -1).contains(#require(IPAddress(bytes: [8, 8, 8, 8]))))
    }
}
