import HubModel
import SQLite
import Testing

@testable import HubStore

@Suite("Retention")
struct RetentionTests {
    private static let day = Duration.seconds(86_400)

    /// Lets the store tidy up, as it does after each commit, until it has nothing more to do.
    private func tidy(_ bench: Workbench) throws {
        for round in 0..<8 {
            bench.clock.now = bench.clock.now + .seconds(61)
            _ = try bench.admit([
                .sample("tick \(bench.clock.now.milliseconds) \(round)", deliveries: 0, at: bench.clock.now)
            ])
        }
    }

    private func rows(_ bench: Workbench, _ sql: String) throws -> Int64? {
        try Connection(path: bench.path, access: .read).integer(sql)
    }

    @Test("deletes what has ended and is old, and nothing that is undelivered or dead")
    func states() throws {
        let bench = try Workbench { $0.retention = Self.day }
        defer { bench.store.close() }
        let start = bench.clock.now
        let outcomes = try bench.admit(
            ["delivered", "pending", "waiting", "dead", "discarded", "mixed"].map { key in
                .sample(key, call: key, deliveries: key == "mixed" ? 2 : 1, at: start)
            } + [.sample("odd", quarantine: "no JSON", at: start)])
        let sequences = outcomes.flatMap(\.events).flatMap(\.deliveries)
        let later = start + .seconds(10_000_000)
        try bench.settle([
            .sample(sequences[0].sequence, .retry(at: start)), .sample(sequences[2].sequence, .retry(at: later)),
            .sample(sequences[3].sequence, .dead(reason: "no"), body: "x"),
            .sample(sequences[4].sequence, .dead(reason: "no")), .sample(sequences[5].sequence, .delivered),
        ])
        try bench.settle([.sample(sequences[0].sequence, .delivered, number: 2)])
        #expect(try bench.editor().discard(sequences[4].id, at: start) == .done)
        // At the boundary everything is there.
        bench.clock.now = start + Self.day
        _ = try bench.admit([.sample("boundary", at: bench.clock.now)])
        #expect(try rows(bench, "SELECT count(*) FROM webhooks WHERE key <> 'boundary'") == 7)
        try tidy(bench)
        let reader = try bench.reader()
        let kept = Set(try reader.events(limit: 100).map(\.nativeID))
        #expect(kept.isSuperset(of: ["pending", "waiting", "dead", "mixed", "boundary"]))
        #expect(kept.isDisjoint(with: ["delivered", "discarded"]))
        #expect(try reader.setAside(limit: 10).isEmpty)
        #expect(try reader.delivery(sequences[0].id) == nil)
        #expect(try reader.attempts(sequences[0].sequence).isEmpty)
        #expect(try reader.attempts(sequences[2].sequence).count == 1)
        #expect(try reader.attempts(sequences[3].sequence).count == 1)
        #expect(try reader.delivery(sequences[3].id)?.body == Array("x".utf8))
        // A webhook stays whole: its other delivery too.
        #expect(try reader.delivery(sequences[5].id)?.state == .delivered)
        #expect(try bench.store.fresh(after: 0, limit: 10).map(\.event.native.id).contains("pending"))
        #expect(try bench.store.due(by: later, limit: 10).map(\.event.native.id) == ["waiting"])
    }

    @Test("keeps what waited until it has ended, then deletes that too")
    func later() throws {
        let bench = try Workbench { $0.retention = Self.day }
        defer { bench.store.close() }
        let delivery = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first?.sequence)
        bench.clock.now = bench.clock.now + Self.day + Self.day
        try tidy(bench)
        #expect(try bench.store.fresh(after: 0, limit: 10).map(\.sequence) == [delivery])
        try bench.settle([.sample(delivery, .delivered)])
        try tidy(bench)
        #expect(try rows(bench, "SELECT count(*) FROM webhooks WHERE key = 'k'") == 0)
        #expect(try rows(bench, "SELECT count(*) FROM deliveries") == 0)
        #expect(try rows(bench, "SELECT count(*) FROM events e WHERE native_id = 'k'") == 0)
    }

    @Test("a webhook that comes again after the horizon is new, and leaves no second row")
    func horizon() throws {
        let bench = try Workbench {
            $0.retention = Self.day
            $0.keyBlock = 4
        }
        defer { bench.store.close() }
        let outcome = try bench.admit([.sample("k", call: "A", says: { $0.summary = "old" })])
        let delivery = try #require(outcome.first?.events.first?.deliveries.first?.sequence)
        try bench.settle([.sample(delivery, .delivered)])
        bench.clock.now = bench.clock.now + Self.day + .seconds(1)
        try tidy(bench)
        let again = try bench.admit([.sample("k", call: "A", says: { $0.externalID = "new" }, at: bench.clock.now)])
        let call = try #require(again.first?.events.first?.event.record.flatMap(Call.init))
        #expect(call.summary == nil)
        #expect(call.externalID == "new")
        #expect(try rows(bench, "SELECT count(*) FROM webhooks WHERE key = 'k'") == 1)
        #expect(try bench.admit([.sample("k", call: "A", at: bench.clock.now)]).map(\.word) == ["duplicate"])
    }

    @Test("without a retention everything stays")
    func forEver() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        _ = try bench.admit([.sample("k", deliveries: 0)])
        bench.clock.now = bench.clock.now + .seconds(100 * 365 * 86_400)
        try tidy(bench)
        #expect(try rows(bench, "SELECT count(*) FROM webhooks WHERE key = 'k'") == 1)
    }
}
