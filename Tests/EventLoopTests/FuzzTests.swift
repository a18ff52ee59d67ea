import TestRandom
import Testing

@testable import EventLoop

/// Random changes to requests. A failure prints its seed, which makes the same bytes again.
@Suite("Requests out of broken bytes") struct FuzzTests {

    private static let seeds: [String] =
        ReaderTests.probes.map(\.bytes).filter { $0.utf8.count < 1000 } + [
            "POST /a?b=c HTTP/1.1\r\nHost: x\r\nUser-Agent: a/1.0\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello",
            "GET http://x:80/a?b HTTP/1.1\r\nHost: x\r\n\r\nGET https://y HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
            "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\n",
        ]

    /// What a smuggler would put in.
    private static let pieces: [String] = [
        "\r\n", "\n", "\r", " ", "\t", "\0", ":", ";", ",", "0", "\r\n\r\n", "Content-Length: 5\r\n", "Host: x\r\n",
        "Transfer-Encoding: chunked\r\n", "HTTP/1.1", "HTTP/1.0", "chunked", "0\r\n\r\n", "5\r\n", "ffffffffffffffff",
        "GET /s HTTP/1.1\r\nHost: x\r\n\r\n", "\u{7F}", "é", "Expect: 100-continue\r\n", "Connection: close\r\n", "#",
        "://",
        "?",
    ]

    private static func mutated(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1 where at < bytes.count: bytes.remove(at: at)
            case 2: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: at)
            case 3:
                let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
                bytes.insert(contentsOf: Array(bytes[at..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            default:
                let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
                bytes.removeSubrange(at..<end)
            }
        }
        return bytes
    }

    /// Takes the same bytes apart with the reference, whose bodies of known length need no parser. It stops at what it
    /// refuses, at what is not whole, and at chunks, which it cannot read.
    private static func reference(_ bytes: [UInt8]) -> (all: [Feed.Seen], isWhole: Bool) {
        var all: [Feed.Seen] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard case .complete(let head, let length) = ReferenceHead.read(Array(rest), maxBytes: 4096, maxHeaders: 20)
            else { return (all, true) }
            if head.isChunked { return (all, false) }
            let end = rest.startIndex + length + (head.bodyBytes ?? 0)
            guard end <= rest.endIndex else { return (all, true) }
            let path = head.target.prefix { $0 != "?" }
            all.append(
                Feed.Seen(
                    method: head.method, target: head.target, path: String(path),
                    headers: head.headers.map { "\($0.name): \($0.value)" },
                    body: Array(rest[(rest.startIndex + length)..<end]), keepsAlive: true))
            rest = rest[end...]
        }
        return (all, true)
    }

    @Test("no request comes of changed bytes that the reference would not take in the same way", arguments: 0..<20)
    func agreesWithReference(block: UInt64) {
        let tools = Feed.tools
        for number in 0..<1000 {
            let seed = block * 1000 + UInt64(number)
            var random = SeededRandom(seed)
            let bytes = Self.mutated(&random)
            let seen = Feed.outcomes([bytes[...]], tools).all.compactMap { outcome -> Feed.Seen? in
                guard case .request(var seen) = outcome else { return nil }
                seen.keepsAlive = true
                return seen
            }
            let (expected, isWhole) = Self.reference(bytes)
            let comparable = isWhole ? seen : Array(seen.prefix(expected.count))
            // It may refuse more than the reference, never less.
            #expect(
                comparable.count <= expected.count && comparable == Array(expected.prefix(comparable.count)),
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }

    @Test("where changed bytes are cut into pieces changes nothing", arguments: 0..<20)
    func cuts(block: UInt64) {
        let tools = Feed.tools
        for number in 0..<200 {
            let seed = 1_000_000 + block * 1000 + UInt64(number)
            var random = SeededRandom(seed)
            let bytes = Self.mutated(&random)
            let whole = Feed.outcomes([bytes[...]], tools)
            var pieces: [ArraySlice<UInt8>] = []
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
                pieces.append(bytes[at..<end])
                at = end
            }
            for pieces in [pieces, bytes.indices.map { bytes[$0...$0] }] {
                let parts = Feed.outcomes(pieces, tools)
                #expect(
                    parts.all == whole.all && parts.isBetween == whole.isBetween,
                    "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription) \(whole.all) \(parts.all)"
                )
            }
        }
    }
}
