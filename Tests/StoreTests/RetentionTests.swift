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
    func states() async throws {
        let bench = try Workbench { $0.retention = Self.day }
        defer { bench.store.close() }
        let start = bench.clock.now
        let outcomes = try bench.admit(
            ["delivered", "pending", "waiting", "dead", "discarded", "mixed"].map { key in
                .sample(key, call: key, deliveries: key == "mixed" ? 2 : 1, at: start)
            } + [.sample("odd", quarantine: "no JSON", at: start)])
        let leases = outcomes.flatMap(\.leases)
        let later = start + .seconds(10_000_000)
        try await bench.settle([
            .sample(leases[0], .retry(at: start)), .sample(leases[2], .retry(at: later), body: "w"),
            .sample(leases[3], .dead(reason: "no"), body: "x"),
            .sample(leases[4], .dead(reason: "no"), body: "y"), .sample(leases[5], .delivered),
        ])
        let again = try #require(try bench.claim().deliveries.first).lease
        #expect(again.key == leases[0].key)
        try await bench.settle([.sample(again, .delivered)])
        #expect(try await bench.discard(bench.id(leases[4].key)) == .done(1))
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
        #expect(try reader.delivery(bench.id(leases[0].key)) == nil)
        #expect(try reader.attempts(leases[0].key.sequence).isEmpty)
        #expect(try reader.attempts(leases[2].key.sequence).count == 1)
        #expect(try reader.attempts(leases[3].key.sequence).count == 1)
        #expect(try reader.delivery(bench.id(leases[3].key))?.body == Array("x".utf8))
        #expect(try rows(bench, "SELECT count(*) FROM bodies") == 2)
        // A webhook stays whole: its other delivery too.
        #expect(try reader.delivery(bench.id(leases[5].key))?.state == .delivered)
        bench.clock.now = later
        bench.store.release(leases)
        let waiting = try bench.claim().deliveries.map { $0.event.event().native.id }
        #expect(waiting == ["pending", "mixed", "waiting"])
    }

    @Test("keeps what waited until it has ended, then deletes that too")
    func later() async throws {
        let bench = try Workbench { $0.retention = Self.day }
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        bench.clock.now = bench.clock.now + Self.day + Self.day
        try tidy(bench)
        #expect(try rows(bench, "SELECT count(*) FROM queue") == 1)
        try await bench.settle([.sample(lease, .delivered)])
        try tidy(bench)
        #expect(try rows(bench, "SELECT count(*) FROM webhooks WHERE key = 'k'") == 0)
        #expect(try rows(bench, "SELECT count(*) FROM deliveries") == 0)
        #expect(try rows(bench, "SELECT count(*) FROM events e WHERE native_id = 'k'") == 0)
    }

    @Test("a webhook that comes again after the horizon is new, and leaves no second row")
    func horizon() async throws {
        let bench = try Workbench {
            $0.retention = Self.day
            $0.keyBlock = 4
        }
        defer { bench.store.close() }
        let outcome = try bench.admit([.sample("k", call: "A", says: { $0.summary = "old" })])
        let lease = try #require(outcome.first?.leases.first)
        try await bench.settle([.sample(lease, .delivered)])
        bench.clock.now = bench.clock.now + Self.day + .seconds(1)
        try tidy(bench)
        let again = try bench.admit([.sample("k", call: "A", says: { $0.externalID = "new" }, at: bench.clock.now)])
        #expect(again.map(\.word) == ["accepted"])
        let call = try #require(try bench.reader().record(.call, id: "call_A").flatMap { Call($0.record) })
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

    @Test("a step costs the same however much there is, and deletes ranges of neighbours")
    func cost() throws {
        func steps(_ count: Int) throws -> (first: Int, last: Int) {
            let bench = try Workbench()
            _ = try bench.admit((0..<count).map { .sample("k\($0)", deliveries: $0 % 10 == 0 ? 1 : 0) })
            bench.store.close()
            let pruning = try Pruning(Connection(path: bench.path))
            _ = try pruning.step(before: .max, limit: 50)
            let first = pruning.steps
            while try pruning.step(before: .max, limit: 50) {}
            let before = pruning.steps
            // What had to stay is all there is now, and a step looks at no more than it was asked to.
            _ = try pruning.step(before: .max, limit: 50)
            return (first, pruning.steps - before)
        }
        let (small, large) = (try steps(500), try steps(5000))
        #expect(large.first <= small.first + 200, "\(small) \(large)")
        #expect(large.last <= small.last + 200, "\(small) \(large)")
    }

    @Test("with retention on, the database stops growing while webhooks go on coming")
    func bounded() async throws {
        let bench = try Workbench { $0.retention = .seconds(30) }
        defer { bench.store.close() }
        let body = "\"" + String(repeating: "x", count: 1500) + "\""
        var pages: [Int64] = []
        for second in 0..<180 {
            bench.clock.now = bench.clock.now + .seconds(1)
            let leases = try bench.admit(
                (0..<8).map { .sample("\(second).\($0)", body: body, call: "\(second)", at: bench.clock.now) }
            ).flatMap(\.leases)
            try await bench.settle(leases.map { .sample($0, .delivered) })
            if second % 30 == 29 { pages.append(try #require(try rows(bench, "PRAGMA page_count"))) }
        }
        let kept = try #require(try rows(bench, "SELECT count(*) FROM webhooks"))
        // Thirty seconds, and what comes until the next round.
        #expect(kept < 8 * 60, "\(kept) are kept")
        #expect(pages[5] < pages[1] + pages[1] / 4, "\(pages)")
        #expect(try #require(try rows(bench, "SELECT count(*) FROM deliveries")) == kept)
    }
}
