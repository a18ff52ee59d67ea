import AdapterKit
import Foundation
import HubModel
import Testing

/// A client that does what it can to tie a hub up, for a few seconds: afterwards the hub is as it was before.
@Suite("A hostile client", .serialized, .timeLimit(.minutes(2)))
struct HostileTests {
    private static let health = "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private func webhook(_ number: Int) throws -> [UInt8] {
        let webhook = try Setup.webhook("voqo", Setup.voqo(number))
        let lines = webhook.headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head =
            "POST \(webhook.target) HTTP/1.1\r\nHost: hub\r\n\(lines)Content-Length: \(webhook.body.count)\r\n\r\n"
        return Array(head.utf8) + webhook.body
    }

    private func descriptors(_ hub: HubProcess) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(hub.id)/fd").count
    }

    private func residentKB(_ hub: HubProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(hub.id)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? ""
        return Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? 0
    }

    /// Requests that will never be finished: heads, bodies, chunks.
    private func slow(_ hub: HubProcess) throws -> [Peer] {
        let good = String(decoding: try webhook(0), as: UTF8.self)
        let proof = good.components(separatedBy: "Content-Length")[0]
        let beginnings = [
            "POST /webhooks/voqo HTTP/1.1\r\nHost: hub\r\nX-Slow: ", "\(proof)Content-Length: 100000\r\n\r\n",
            "\(proof)Transfer-Encoding: chunked\r\n\r\nffff\r\n",
        ]
        return try (0..<90).map { number in
            let peer = try Peer(port: hub.port, patience: 30)
            peer.send(beginnings[number % beginnings.count])
            return peer
        }
    }

    /// Connections that send nonsense, or nothing, and are left in every way.
    private func flood(_ hub: HubProcess, _ random: inout Random) throws {
        for number in 0..<400 {
            let peer = try Peer(port: hub.port)
            switch number % 5 {
            case 0: break
            case 1: peer.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &random) })
            case 2: peer.send("POST /webhooks/voqo HTTP/1.1\r\nHost: hub\r\nContent-Length: 8000000\r\n\r\n")
            case 3:
                peer.send(
                    "POST /nowhere HTTP/1.1\r\nHost: hub\r\nContent-Length: 70000\r\n\r\n"
                        + String(repeating: "x", count: 60_000))
            default: peer.send(Self.health + Self.health)
            }
            if number % 3 == 0 { peer.reset() }
        }
    }

    private func pipeline(_ hub: HubProcess) throws {
        let peer = try Peer(port: hub.port)
        let sender = Thread { peer.send(String(repeating: Self.health, count: 1000)) }
        sender.start()
        var text = ""
        var answers = 0
        while answers < 1000 {
            let more = peer.read()
            #expect(!more.isEmpty)
            if more.isEmpty { return }
            text += more
            let parts = text.components(separatedBy: "HTTP/1.1 200 OK")
            answers += parts.count - 1
            text = parts.last ?? ""
        }
        #expect(answers == 1000)
    }

    private func halfClosed(_ hub: HubProcess) throws {
        let peers = try (0..<50).map { _ in
            let peer = try Peer(port: hub.port)
            peer.send(Self.health)
            peer.endSending()
            return peer
        }
        for peer in peers { #expect(peer.readAll().hasPrefix("HTTP/1.1 200")) }
    }

    /// Good webhooks in pieces that are cut anywhere, some of which end before they are whole.
    private func cuts(_ hub: HubProcess, _ random: inout Random, _ numbers: Range<Int>) throws {
        for number in numbers {
            let bytes = try webhook(number)
            let peer = try Peer(port: hub.port)
            let isWhole = number % 2 == 0
            let end = isWhole ? bytes.count : Int.random(in: 1..<bytes.count, using: &random)
            var at = 0
            while at < end {
                let next = min(end, at + Int.random(in: 1...400, using: &random))
                peer.send(Array(bytes[at..<next]))
                at = next
            }
            peer.endSending()
            let answer = peer.readAll()
            if isWhole { #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)") } else { #expect(answer.isEmpty) }
        }
    }

    @Test("slow, broken, cut and endless requests leave nothing behind, and others are served meanwhile")
    func everything() async throws {
        let sink = try Sink()
        let hub = try HubProcess(
            Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        // What is opened once and kept: the connections to the sink, and the caches of the first requests.
        for number in 1_000_000..<1_000_050 {
            #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub).status == 200)
        }
        await sink.received(50)
        let before = try descriptors(hub)
        var random = Random(state: 20_261_124)
        var slow = try slow(hub)
        var memory: [Int] = []
        for round in 0..<4 {
            try flood(hub, &random)
            try pipeline(hub)
            try halfClosed(hub)
            try cuts(hub, &random, (round * 250)..<((round + 1) * 250))
            for peer in slow { peer.send("a") }
            memory.append(try residentKB(hub))
        }
        await sink.received(550)
        // Whoever drips is cut off in the end, and told so.
        for peer in slow { #expect(peer.readAll().hasPrefix("HTTP/1.1 408")) }
        slow = []
        print("resident after each round: \(memory.map { $0 / 1024 }) MB")
        #expect(memory[3] - memory[0] < 24 * 1024, "\(memory)")
        // Refused peers are listened to for two seconds at most; this is asked until they are gone.
        var after = try descriptors(hub)
        for _ in 0..<2000 where after > before + 16 {
            #expect(await request("GET", "http://127.0.0.1:\(hub.port)/healthz").status == 200)
            after = try descriptors(hub)
        }
        // Connections to the sink may have become more.
        #expect(after <= before + 16, "\(before) before, \(after) after")
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }
}
