import EventLoop
import Foundation
import Synchronization
import Testing

@Suite("Answers in pieces", .timeLimit(.minutes(1))) struct StreamTests {
    /// Remembers why a stream ended.
    private final class Ending: Sendable {
        private let ends = Mutex<[HTTPStream.End]>([])
        private let told = DispatchSemaphore(value: 0)

        func tell(_ end: HTTPStream.End) {
            ends.withLock { $0.append(end) }
            told.signal()
        }

        /// The one reason that was told; nil when none or several were.
        func wait() -> HTTPStream.End? {
            guard told.wait(timeout: .now() + 10) == .success else { return nil }
            return ends.withLock { $0.count == 1 ? $0[0] : nil }
        }
    }

    private func ask(_ wire: Wire, _ echo: Echo, _ request: String = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n") throws
        -> UInt64
    {
        wire.send(request)
        #expect(echo.wait(for: 1))
        return try #require(echo.requests.last?.token)
    }

    private func head(_ token: UInt64, _ first: String = "") -> HTTPReply {
        HTTPReply(to: token, status: 200, headers: [("Content-Type", "text/event-stream")], body: Array(first.utf8))
    }

    @Test("pieces arrive as they are written, from any thread, and the connection goes on after the last")
    func pieces() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        for _ in 0..<2 {
            let stream = echo.server.open(head(try ask(wire, echo), "first;"), ended: { _ in })
            let answer = try wire.answer()
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/event-stream")
            #expect(answer.headers["transfer-encoding"] == "chunked")
            #expect(answer.headers["content-length"] == nil)
            #expect(try wire.chunk() == "first;")
            for number in 0..<100 {
                #expect(stream.write(Array("piece \(number)".utf8)))
                #expect(try wire.chunk() == "piece \(number)")
            }
            DispatchQueue.concurrentPerform(iterations: 20) { stream.write(Array("p\($0);".utf8)) }
            var seen: Set<String> = []
            for _ in 0..<20 { seen.insert(try wire.chunk()) }
            #expect(seen.count == 20)
            stream.finish()
            #expect(try wire.chunk() == "")
            #expect(!stream.write([1]))
        }
        let last = echo.server.open(head(try ask(wire, echo)), ended: { ending.tell($0) })
        last.write(Array("a".utf8))
        last.finish()
        last.finish()
        #expect(ending.wait() == .finished)
        _ = try wire.answer()
        #expect(try wire.chunk() == "a")
        #expect(try wire.chunk() == "")
        wire.send("GET /after HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(echo.wait(for: 1))
        echo.answerLatest()
        #expect(try wire.answer().body == "GET /after 0")
    }

    @Test("a request that comes during a stream waits for its end") func pipelined() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"
        let stream = echo.server.open(head(try ask(wire, echo, request + request)))
        wire.send(request)
        _ = try wire.answer()
        stream.write(Array("one".utf8))
        #expect(try wire.chunk() == "one")
        #expect(echo.requests.count == 1)
        stream.finish()
        #expect(try wire.chunk() == "")
        for _ in 0..<2 {
            #expect(echo.wait(for: 1))
            echo.answerLatest()
            #expect(try wire.answer().body == "GET /events 0")
        }
    }

    @Test("HTTP/1.0 gets the pieces bare, and the end of the connection as their end") func old() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let stream = echo.server.open(
            head(try ask(wire, echo, "GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")))
        let answer = try wire.answer()
        #expect(answer.headers["transfer-encoding"] == nil)
        #expect(answer.headers["connection"] == "close")
        stream.write(Array("one;".utf8))
        stream.write(Array("two;".utf8))
        stream.finish()
        #expect(wire.rest() == "one;two;")
    }

    @Test("HEAD gets the head alone, and the stream is over") func headMethod() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        let stream = echo.server.open(
            head(try ask(wire, echo, "HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n")), ended: { ending.tell($0) })
        #expect(ending.wait() == .finished)
        #expect(!stream.write([1]))
        _ = try wire.answer(toHead: true)
        wire.send("GET /after HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(echo.wait(for: 1))
        echo.answerLatest()
        #expect(try wire.answer().body == "GET /after 0")
    }

    @Test("the owner is told when the peer has gone, however it went", arguments: 0..<3) func peerLeaves(way: Int)
        throws
    {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        let stream = echo.server.open(head(try ask(wire, echo)), ended: { ending.tell($0) })
        _ = try wire.answer()
        switch way {
        case 0: wire.hangUp()
        case 1: wire.reset()
        default: wire.finishSending()
        }
        #expect(ending.wait() == .peerLeft)
        #expect(!stream.write([1]))
    }

    @Test("a peer that had gone before the stream was opened is noticed as well") func goneBefore() throws {
        let echo = try Echo(answersAtOnce: false)
        let ending = Ending()
        do {
            let wire = try Wire(port: echo.port)
            let token = try ask(wire, echo)
            wire.reset()
            // Another connection's request proves that the loop has seen the reset.
            let other = try Wire(port: echo.port)
            _ = try ask(other, echo)
            _ = echo.server.open(head(token), ended: { ending.tell($0) })
        }
        #expect(ending.wait() == .peerLeft)
    }

    @Test("a peer that does not read is cut off when more waits for it than may") func bound() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        let stream = echo.server.open(head(try ask(wire, echo)), bound: 100_000, ended: { ending.tell($0) })
        let piece = [UInt8](repeating: 0x61, count: 50_000)
        var taken = 0
        // The system's buffers take some megabytes.
        while taken < 1000, stream.write(piece) { taken += 1 }
        #expect(taken < 1000)
        #expect(ending.wait() == .tooSlow)
    }

    @Test("a peer that reads nothing for as long as a peer may be idle is cut off, however little waits") func stalled()
        throws
    {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(200)
        let echo = try Echo(limits, answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        let stream = echo.server.open(head(try ask(wire, echo)), bound: 1 << 30, ended: { ending.tell($0) })
        for _ in 0..<20 { stream.write([UInt8](repeating: 0x61, count: 1_000_000)) }
        #expect(ending.wait() == .tooSlow)
    }

    @Test("a stream that is silent for longer than a peer may be idle stays open") func silent() throws {
        var limits = HTTPLimits.short
        limits.idle = .milliseconds(50)
        let echo = try Echo(limits, answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let stream = echo.server.open(head(try ask(wire, echo)))
        _ = try wire.answer()
        // Another connection lives through the idle time meanwhile.
        let other = try Wire(port: echo.port)
        _ = other.rest()
        #expect(stream.write(Array("late".utf8)))
        #expect(try wire.chunk() == "late")
    }

    @Test("a reader that is slow and steady gets all of it, in order") func slowReader() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let stream = echo.server.open(head(try ask(wire, echo)), bound: 1 << 30)
        _ = try wire.answer()
        for number in 0..<400 { stream.write([UInt8](repeating: UInt8(number & 0x3F) + 0x30, count: 20_000)) }
        stream.finish()
        for number in 0..<400 {
            let piece = try wire.chunk()
            #expect(piece.utf8.count == 20_000 && piece.utf8.allSatisfy { $0 == UInt8(number & 0x3F) + 0x30 })
        }
        #expect(try wire.chunk() == "")
    }

    @Test("a server that stops ends its streams in an orderly way") func stopping() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let ending = Ending()
        let stream = echo.server.open(head(try ask(wire, echo)), ended: { ending.tell($0) })
        _ = try wire.answer()
        stream.write(Array("last".utf8))
        #expect(try wire.chunk() == "last")
        #expect(echo.server.drain(within: .seconds(10)))
        #expect(ending.wait() == .serverStopped)
        #expect(try wire.chunk() == "")
        #expect(wire.rest() == "")
        #expect(!stream.write([1]))
    }

    @Test("a second answer to a request that is answered by a stream is ignored") func second() throws {
        let echo = try Echo(answersAtOnce: false)
        let wire = try Wire(port: echo.port)
        let token = try ask(wire, echo)
        let stream = echo.server.open(head(token))
        echo.answerLatest()
        let ending = Ending()
        _ = echo.server.open(head(token), ended: { ending.tell($0) })
        #expect(ending.wait() == .peerLeft)
        stream.write(Array("one".utf8))
        stream.finish()
        _ = try wire.answer()
        #expect(try wire.chunk() == "one")
        #expect(try wire.chunk() == "")
    }
}
