import EventLoop
import Foundation
import Testing

/// The probes with which five servers were compared before this one was written, on a real socket, each with the answer
/// that is expected. What needs more than bytes (time, crowds, TLS, streams, stopping) is at the end.
@Suite("Robustness", .timeLimit(.minutes(2))) struct RobustnessTests {
    private static let smuggled = "POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    private static let hello = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"

    private static var limits: HTTPLimits {
        var limits = HTTPLimits()
        (limits.headerBytes, limits.headerCount, limits.bodyBytes) = (4096, 20, 1000)
        return limits
    }

    /// What the peer reads in the end: a status, or nothing when the request is only half there.
    private func status(_ text: String) -> Int? {
        guard !text.isEmpty else { return nil }
        return Int(text.split(separator: " ", maxSplits: 2)[1])
    }

    private func check(_ item: ReaderTests.Case, _ text: String, _ echo: Echo, _ place: String) {
        switch item.expected {
        case .body(let body):
            // Who waits for a word before the body is given one when the body does not come with the head.
            let text = text.replacingOccurrences(of: "HTTP/1.1 100 Continue\r\n\r\n", with: "")
            #expect(status(text) == 200, "\(place): \(text)")
            #expect(text.contains(" \(body.utf8.count)"), "\(place): \(text)")
        case .refused(let expected): #expect(status(text) == expected, "\(place): \(text)")
        case .waits: #expect(text.isEmpty, "\(place): \(text)")
        }
    }

    @Test("each probe gets its answer, and nothing behind a refused one is executed", arguments: ReaderTests.probes)
    func probe(_ item: ReaderTests.Case) throws {
        let echo = try Echo(Self.limits)
        let wire = try Wire(port: echo.port)
        var behind = ""
        if case .refused = item.expected { behind = Self.smuggled + Self.smuggled }
        wire.send(item.bytes + behind)
        wire.finishSending()
        check(item, wire.rest(), echo, "whole")
        #expect(!echo.requests.contains { $0.path == "/smuggled" })
        if case .body = item.expected { #expect(echo.requests.count == 1) } else { #expect(echo.requests.isEmpty) }
    }

    /// Every request of the tables, as far as it is short.
    private static let short = ReaderTests.probes.filter { $0.bytes.utf8.count < 2000 }

    @Test("where the network cuts a request changes nothing: at every byte, and into single bytes", arguments: short)
    func everyCut(_ item: ReaderTests.Case) throws {
        let echo = try Echo(Self.limits)
        let other = try Wire(port: echo.port)
        /// What was sent before has been read when the answer to this has come.
        func settle() throws {
            other.send(Self.hello)
            #expect(try other.answer().status == 200)
        }
        let bytes = Array(item.bytes.utf8)
        for cut in bytes.indices.dropFirst() {
            let wire = try Wire(port: echo.port)
            wire.send(Array(bytes[..<cut]))
            try settle()
            wire.send(Array(bytes[cut...]))
            wire.finishSending()
            check(item, wire.rest(), echo, "cut at \(cut)")
        }
        let wire = try Wire(port: echo.port)
        for byte in bytes {
            wire.send([byte])
            try settle()
        }
        wire.finishSending()
        check(item, wire.rest(), echo, "in single bytes")
        #expect(echo.requests.allSatisfy { $0.path != "/smuggled" })
    }

    @Test(
        "an endless chunk size, extension or trailer is refused as soon as it is one",
        arguments: ["0", "5;", "0\r\nA: "])
    func endlessChunk(start: String) throws {
        let echo = try Echo()
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + start)
        let piece = [UInt8](repeating: UInt8(ascii: "0"), count: 65_536)
        var sent = 0
        while sent < 66_000_000, wire.send(piece) { sent += piece.count }
        // A refused peer is listened to for eight megabytes, and the system's buffers hold some more.
        #expect(sent < 30_000_000)
        #expect(echo.refusals == [400])
        #expect(echo.requests.isEmpty)
    }

    @Test("a declared body of two megabytes where one is allowed is refused, and not asked for") func expected() throws
    {
        let echo = try Echo(bodyLimit: { _, _ in 1_000_000 })
        let wire = try Wire(port: echo.port)
        wire.send("POST /c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
        #expect(try wire.answer().status == 413)
    }

    @Test("2,000 silent connections take little memory, the next one is served, and all are closed in time")
    func silent() throws {
        var limits = HTTPLimits()
        (limits.firstByte, limits.connectionsPerAddress) = (.milliseconds(1000), 4096)
        let echo = try Echo(limits)
        let wires = try (0..<2000).map { _ in try Wire(port: echo.port) }
        let next = try Wire(port: echo.port)
        next.send(Self.hello)
        #expect(try next.answer().status == 200)
        for wire in wires { #expect(wire.rest() == "") }
    }

    @Test("a reset while the answer is pending, and a half-closed peer, harm nobody") func pendingReset() throws {
        let echo = try Echo(answersAtOnce: false)
        let gone = try Wire(port: echo.port)
        gone.send(Self.hello)
        let half = try Wire(port: echo.port)
        half.send(Self.hello)
        half.finishSending()
        #expect(echo.wait(for: 2))
        gone.reset()
        echo.answerAll()
        #expect(try half.answer().status == 200)
    }
}
