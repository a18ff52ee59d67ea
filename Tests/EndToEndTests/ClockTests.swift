import Foundation
import HubModel
import Testing

@Suite("A clock that is set", .serialized, .timeLimit(.minutes(2)))
struct ClockTests {
    private static let routes = "routes: [{ name: all, on: call.ended, to: sink }]"

    /// A hub whose clock is the machine's and as much as a file says.
    private struct Shifted {
        let hub: HubProcess
        let file: URL

        init(_ sink: Sink, endpoint: String = "") throws {
            hub = try HubProcess(
                Setup.configuration(sink: sink.port, routes: ClockTests.routes, endpoint: endpoint))
            file = hub.folder.appendingPathComponent("shift")
            try set(.zero)
        }

        func start() async throws {
            try await hub.start(environment: ["HUB_FAILPOINT": "clock:shift:\(file.path)"])
        }

        func set(_ shift: Duration) throws {
            try "\(shift.components.seconds * 1000)".write(to: file, atomically: true, encoding: .utf8)
        }

        func send(_ number: Int, shift: Duration = .zero) async throws -> Int {
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + shift
            return await Setup.send(try Setup.webhook("voqo", Setup.voqo(number), at: now), to: hub).status
        }

        func events() throws -> Int {
            try JSON(
                parsing: try hub.command("events", "list", "--type", "call.ended", "--limit", "100", "--json").output
            )
            .array?.count ?? -1
        }
    }

    @Test("back by an hour holds no retry up, neither one that waits in memory nor one that a restart finds")
    func back() async throws {
        let sink = try Sink { _, _ in (503, []) }
        let shifted = try Shifted(
            sink, endpoint: "retry: { initial_delay: 1s, backoff_multiplier: 1, max_attempts: 100 }")
        try await shifted.start()
        #expect(try await shifted.send(1) == 200)
        await sink.received(1)
        try shifted.set(.seconds(-3600))
        while !shifted.hub.log.contains("the clock was set back") { await Task.yield() }
        await sink.received(sink.receipts.count + 2)
        // The next one waits in the store, by a clock that is an hour ahead.
        shifted.hub.signal(SIGTERM)
        await shifted.hub.ended()
        let before = sink.receipts.count
        try await shifted.start()
        await sink.received(before + 1)
    }

    @Test("forward by a month forgets nothing, neither at once nor after a restart")
    func forward() async throws {
        let sink = try Sink()
        let shifted = try Shifted(sink)
        let month = Duration.seconds(31 * 86_400)
        try await shifted.start()
        for number in 0..<5 { #expect(try await shifted.send(number) == 200) }
        await sink.received(5)
        try shifted.set(month)
        while !shifted.hub.log.contains("the clock was set forward") { await Task.yield() }
        for number in 0..<5 { #expect(try await shifted.send(number, shift: month) == 200) }
        #expect(try shifted.events() == 5)
        shifted.hub.signal(SIGTERM)
        await shifted.hub.ended()
        try await shifted.start()
        for number in 0..<6 { #expect(try await shifted.send(number, shift: month) == 200) }
        await sink.received(6)
        #expect(try shifted.events() == 6)
        #expect(sink.receipts.count == 6)
    }

    @Test("forward while the hub is away forgets nothing either")
    func whileAway() async throws {
        let sink = try Sink()
        let shifted = try Shifted(sink)
        let month = Duration.seconds(31 * 86_400)
        try await shifted.start()
        for number in 0..<5 { #expect(try await shifted.send(number) == 200) }
        await sink.received(5)
        shifted.hub.signal(SIGTERM)
        await shifted.hub.ended()
        try shifted.set(month)
        try await shifted.start()
        for number in 0..<6 { #expect(try await shifted.send(number, shift: month) == 200) }
        await sink.received(6)
        #expect(try shifted.events() == 6)
        #expect(sink.receipts.count == 6)
        #expect(shifted.hub.log.contains("ahead of when the hub last ran"), "\(shifted.hub.log)")
    }
}
