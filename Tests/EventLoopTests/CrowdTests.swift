import EventLoop
import Foundation
import Synchronization
import Testing

/// Many connections that do nothing, and much that is begun and not ended.
@Suite("Crowds") struct CrowdTests {
    private let hello = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"

    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        limits.firstByte = .seconds(60)
        limits.headDeadline = .seconds(60)
        limits.requestDeadline = .seconds(60)
        change(&limits)
        return limits
    }

    /// What the server complained of.
    private final class Troubles: Sendable {
        private let all = Mutex<Set<HTTPTrouble>>([])
        var seen: Set<HTTPTrouble> { all.withLock { $0 } }
        func add(_ trouble: HTTPTrouble) { all.withLock { _ = $0.insert(trouble) } }
    }

    @Test(
        "when all connections are taken, one that does nothing makes room for the next, the longest silent one first",
        arguments: ["", "POST /half HTTP/1.1\r\n"])
    func eviction(said: String) throws {
        let troubles = Troubles()
        let echo = try Echo(limits { $0.connections = 8 }, trouble: { troubles.add($0) })
        var crowd: [Wire] = []
        for _ in 0..<30 {
            crowd.append(try Wire(port: echo.port))
            crowd[crowd.count - 1].send(said)
        }
        let next = try Wire(port: echo.port)
        next.send(hello)
        #expect(try next.answer().status == 200)
        // The first ones were closed; they read the end, or the reset.
        for wire in crowd.prefix(20) { #expect(wire.rest() == "") }
        #expect(troubles.seen == [.full(connections: 8)])
    }

    @Test("a connection whose request is being answered is never closed for another")
    func busyStay() throws {
        let echo = try Echo(limits { $0.connections = 4 }, answersAtOnce: false)
        let busy = try (0..<4).map { _ in
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            return wire
        }
        #expect(echo.wait(for: 4))
        let late = try Wire(port: echo.port)
        late.send(hello)
        echo.answerAll()
        for wire in busy { #expect(try wire.answer().status == 200) }
        // Now there is room, since they are silent.
        #expect(echo.wait(for: 1))
        echo.answerLatest()
        #expect(try late.answer().status == 200)
    }

    @Test("a connection that sends no byte is closed by a deadline of its own") func firstByte() throws {
        let echo = try Echo(limits { $0.firstByte = .milliseconds(100) })
        let silent = try Wire(port: echo.port)
        let spoken = try Wire(port: echo.port)
        spoken.send(hello)
        #expect(try spoken.answer().status == 200)
        #expect(silent.rest() == "")
        // Who has sent a request may be silent for longer.
        spoken.send(hello)
        #expect(try spoken.answer().status == 200)
    }

    @Test("an address with too many connections is turned away, unless it is trusted", arguments: [false, true])
    func perAddress(isTrusted: Bool) throws {
        let troubles = Troubles()
        let echo = try Echo(
            limits { $0.connectionsPerAddress = 5 }, trusts: { $0 == "127.0.0.1" && isTrusted },
            trouble: { troubles.add($0) })
        var wires: [Wire] = []
        for number in 0..<8 {
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            if isTrusted || number < 5 {
                #expect(try wire.answer().status == 200)
            } else {
                #expect(wire.rest() == "")
            }
            wires.append(wire)
        }
        #expect(troubles.seen == (isTrusted ? [] : [.crowd(address: "127.0.0.1", connections: 5)]))
        // Places are free again when they are left.
        wires.removeAll()
        var served = false
        for _ in 0..<1000 where !served {
            let wire = try Wire(port: echo.port)
            wire.send(hello)
            served = (try? wire.answer().status) == 200
        }
        #expect(served)
    }

    @Test("an address that has all it may have takes no place from others, even when all are taken") func crowdIsFull()
        throws
    {
        let echo = try Echo(limits { ($0.connections, $0.connectionsPerAddress) = (4, 3) })
        let other = try Wire(port: echo.port, from: 2)
        other.send(hello)
        #expect(try other.answer().status == 200)
        let crowd = try (0..<3).map { _ in try Wire(port: echo.port) }
        for _ in 0..<20 { #expect(try Wire(port: echo.port).rest() == "") }
        other.send(hello)
        #expect(try other.answer().status == 200)
        // A third one takes the place of the longest silent one.
        let third = try Wire(port: echo.port, from: 3)
        third.send(hello)
        #expect(try third.answer().status == 200)
        #expect(crowd[0].rest() == "")
    }

    @Test("unfinished requests share one bound, and what goes beyond it is answered 503") func unfinished() throws {
        let troubles = Troubles()
        let echo = try Echo(limits { $0.unfinishedBytes = 200_000 }, trouble: { troubles.add($0) })
        let half = [UInt8](repeating: 0x61, count: 100_000)
        let head = "POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
        var wires: [Wire] = []
        for _ in 0..<3 {
            let wire = try Wire(port: echo.port)
            wire.send(head)
            wire.send(half)
            wires.append(wire)
        }
        // Which of them is refused depends on when their bytes are read; somebody is, and it is not the last.
        var statuses: [Int] = []
        for wire in wires {
            wire.send(half)
            let answer = try wire.answer()
            statuses.append(answer.status)
            if answer.status == 503 { #expect(answer.headers["retry-after"] == "5") }
        }
        #expect(statuses.contains(503))
        #expect(statuses.last == 200)
        #expect(troubles.seen == [.unfinished(bytes: 200_000)])
        // All of it is given back, and small requests never were concerned.
        for _ in 0..<3 {
            let wire = try Wire(port: echo.port)
            wire.send(head)
            wire.send(half + half)
            #expect(try wire.answer().status == 200)
        }
    }

    @Test("a declared length beyond what is left is refused at the head, before a byte of it is read")
    func declaredBeyond() throws {
        let echo = try Echo(limits { $0.unfinishedBytes = 100_000 })
        let wire = try Wire(port: echo.port)
        wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n")
        #expect(try wire.answer().status == 503)
    }

    @Test("unfinished requests give their memory back, whatever becomes of them", arguments: 0..<6)
    func givenBack(way: Int) throws {
        let echo = try Echo(
            limits {
                $0.unfinishedBytes = 250_000
                $0.connections = 6
                if way == 3 { $0.requestDeadline = .milliseconds(200) }
            })
        let part = [UInt8](repeating: 0x61, count: 100_000)
        for _ in 0..<12 {
            let wire = try Wire(port: echo.port)
            switch way {
            case 0:
                wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
                wire.send(part)
                wire.reset()
            case 1:
                wire.send("POST /l HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n")
                wire.send(part)
                wire.send("nonsense")
                #expect(try wire.answer().status == 400)
            case 2:
                wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
                wire.send(part)
                #expect(try wire.answer().status == 200)
            case 3:
                wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
                wire.send(part)
                #expect(try wire.answer().status == 408)
            case 4:
                // Pipelined behind one another, more than fits into one read.
                wire.send(Array(String(repeating: hello, count: 2000).utf8))
                for _ in 0..<2000 { #expect(try wire.answer().status == 200) }
            default:
                wire.send(Array(("GET /?" + String(repeating: "x", count: 7000) + " HTTP/1.1\r\nA: ").utf8))
                wire.send([UInt8](repeating: 0x61, count: 50_000))
                wire.hangUp()
            }
        }
        // What has left is noticed in a turn of its own.
        var (served, last) = (false, "")
        for _ in 0..<1000 where !served {
            let wire = try Wire(port: echo.port)
            wire.send("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 240000\r\n\r\n")
            wire.send([UInt8](repeating: 0x61, count: 240_000))
            let answer = try? wire.answer()
            last = "\(answer?.status ?? 0) \(answer?.body ?? "")"
            served = answer?.status == 200
        }
        #expect(served, "\(last)")
    }

    // MARK: Judged by the head

    private func screened(_ echo: Echo, _ start: String) throws -> Wire {
        let wire = try Wire(port: echo.port)
        wire.send(start)
        return wire
    }

    private func screen(_ request: HTTPRequest) -> HTTPReply? {
        request.header("X-Proof") == nil
            ? HTTPReply(to: 0, status: 401, headers: [("X-Why", "no proof")], body: Array("{}".utf8)) : nil
    }

    @Test(
        "what its owner refuses by the head is answered before the body comes, and the body is not read",
        arguments: [
            "Content-Length: 100000", "Transfer-Encoding: chunked", "Content-Length: 5\r\nExpect: 100-continue",
        ])
    func screened(length: String) throws {
        let echo = try Echo(screen: { screen($0) })
        let wire = try screened(echo, "POST /s HTTP/1.1\r\nHost: x\r\n\(length)\r\n\r\n")
        let answer = try wire.answer()
        #expect(answer.status == 401)
        #expect(answer.headers["x-why"] == "no proof")
        #expect(answer.headers["connection"] == "close")
        wire.send(hello)
        #expect(wire.rest() == "")
        #expect(echo.requests.isEmpty)
    }

    @Test("what passes is read on, asked once, and told to go on when it waits for that") func passes() throws {
        let asked = Mutex(0)
        let echo = try Echo(screen: { request in
            asked.withLock { $0 += 1 }
            return screen(request)
        })
        let wire = try screened(
            echo, "POST /s HTTP/1.1\r\nHost: x\r\nX-Proof: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try wire.answer().status == 100)
        for byte in Array("hello".utf8) { wire.send([byte]) }
        #expect(try wire.answer().body == "POST /s 5")
        // One that comes whole is judged whole, by its owner.
        wire.send(hello)
        #expect(try wire.answer().status == 200)
        #expect(asked.withLock { $0 } == 1)
        wire.send("POST /s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        #expect(try wire.answer().status == 401)
        #expect(asked.withLock { $0 } == 2)
    }
}
