import HubModel
import Testing

@testable import HubStore

/// What every store must do, whatever is behind it.
@Suite("A store")
struct ContractTests {
    @Test("keeps a webhook with its events and deliveries before it says so")
    func accepts() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let outcome = try #require(try bench.admit([.sample("k1", deliveries: 2)]).first)
        let planned = try #require(outcome.events.first)
        let store: any Store = bench.store
        let fresh = try store.fresh(after: 0, limit: 10)
        #expect(fresh.map(\.sequence) == planned.deliveries.map(\.sequence))
        #expect(fresh.map(\.id) == planned.deliveries.map(\.id))
        #expect(fresh.map(\.send) == [0, 1])
        let first = try #require(fresh.first)
        #expect(first.event.id == planned.event.id)
        #expect(first.event.json == planned.event.json)
        #expect(first.event.raw == ["a": 1])
        #expect((first.attempts, first.forgiven, first.body) == (0, 0, nil))
        #expect(first.dueAt == bench.clock.now)
    }

    @Test("changes nothing for a webhook that it has seen, also after a restart")
    func duplicates() throws {
        let folder = try Folder()
        do {
            let bench = try Workbench(in: folder)
            defer { bench.store.close() }
            #expect(try bench.admit([.sample("k1")]).map(\.word) == ["accepted"])
            #expect(try bench.admit([.sample("k1")]).map(\.word) == ["duplicate"])
        }
        let bench = try Workbench(in: folder)
        defer { bench.store.close() }
        #expect(try bench.admit([.sample("k1"), .sample("k2")]).map(\.word) == ["duplicate", "accepted"])
        #expect(try bench.store.fresh(after: 0, limit: 10).count == 2)
    }

    @Test("makes one event of fifty identical webhooks in one batch")
    func fifty() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let words = try bench.admit((0..<50).map { _ in .sample("same") }).map(\.word)
        #expect(words == ["accepted"] + Array(repeating: "duplicate", count: 49))
        #expect(try bench.store.fresh(after: 0, limit: 100).count == 1)
    }

    @Test("does not mix up equal keys of two sources")
    func sources() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        var other = Admission.sample("k1")
        other.source = "other"
        #expect(try bench.admit([.sample("k1"), other]).map(\.word) == ["accepted", "accepted"])
    }

    @Test("keeps another body under a known key once, as a conflict without events")
    func conflicts() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let words = try bench.admit([
            .sample("k1"), .sample("k1", body: "{\"a\":2}"), .sample("k1", body: "{\"a\":2}"),
            .sample("k1", body: "{\"a\":3}"),
            .sample("k1"),
        ]).map(\.word)
        #expect(words == ["accepted", "conflict", "duplicate", "conflict", "duplicate"])
        #expect(try bench.store.fresh(after: 0, limit: 10).count == 1)
        let kept = try bench.reader().setAside(limit: 10)
        #expect(kept.map { String(decoding: $0.body, as: UTF8.self) } == ["{\"a\":3}", "{\"a\":2}"])
        #expect(kept.allSatisfy { $0.status == "conflict" && $0.reason?.contains("whk_") == true })
    }

    @Test("keeps what cannot be decoded, once")
    func quarantine() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let odd = Admission.sample("q", body: "not json", quarantine: "the body is not JSON")
        #expect(try bench.admit([odd, odd]).map(\.word) == ["quarantined", "duplicate"])
        let kept = try #require(try bench.reader().setAside(limit: 10).first)
        #expect(kept.status == "quarantined")
        #expect(kept.reason == "the body is not JSON")
        #expect(kept.body == Array("not json".utf8))
        #expect(try bench.store.fresh(after: 0, limit: 10).isEmpty)
    }

    @Test("plans each part of a call with the call as it is by then, in one batch, in the next, after a restart")
    func merging() throws {
        let folder = try Folder()
        do {
            let bench = try Workbench(in: folder)
            defer { bench.store.close() }
            _ = try bench.admit([
                .sample("1", call: "A", says: { $0.endedReason = "hangup" }),
                .sample("2", call: "A", says: { $0.summary = "good" }),
                .sample("3", call: "B", says: { $0.summary = "of B" }),
            ])
            let outcome = try bench.admit([.sample("4", call: "A", says: { $0.externalID = "X" })])
            let call = try #require(outcome.first?.events.first?.event.record.flatMap(Call.init))
            #expect(call.endedReason == "hangup")
            #expect(call.summary == "good")
            #expect(call.externalID == "X")
            #expect(outcome.first?.events.first?.event.changed == ["external_id"])
        }
        let bench = try Workbench(in: folder)
        defer { bench.store.close() }
        let outcome = try bench.admit([.sample("5", call: "A", says: { $0.agentName = "Eve" })])
        let call = try #require(outcome.first?.events.first?.event.record.flatMap(Call.init))
        #expect(call.summary == "good")
        #expect(call.agentName == "Eve")
        // An event shows the call as it was after its own webhook, however late it is read.
        let fresh = try bench.store.fresh(after: 0, limit: 10)
        #expect(fresh.map { $0.event.record.flatMap(Call.init)?.summary } == [nil, "good", "of B", "good", "good"])
    }

    @Test("gives pages of what was never attempted, in order")
    func freshPages() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        _ = try bench.admit((0..<7).map { .sample("k\($0)") })
        var seen: [SequenceNumber] = []
        while true {
            let page = try bench.store.fresh(after: seen.last ?? 0, limit: 3)
            if page.isEmpty { break }
            seen += page.map(\.sequence)
        }
        #expect(seen.count == 7)
        #expect(seen == seen.sorted())
    }

    @Test("gives what waits when it is due, the longest due first, page by page")
    func due() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let deliveries = try bench.admit((0..<5).map { .sample("k\($0)") }).flatMap(\.events).flatMap(\.deliveries).map(
            \.sequence)
        let now = bench.clock.now
        #expect(try bench.store.nextDue() == nil)
        // Due after 4, 3, 2, 2 and 2 seconds.
        let waits = [4, 3, 2, 2, 2]
        try bench.settle(
            zip(deliveries, waits).map { .sample($0, .retry(at: now + .seconds($1)), body: "sent \($1)") })
        #expect(try bench.store.fresh(after: 0, limit: 10).isEmpty)
        #expect(try bench.store.nextDue() == now + .seconds(2))
        #expect(try bench.store.due(by: now + .milliseconds(1999), limit: 10).isEmpty)
        #expect(try bench.store.due(by: now + .seconds(2), limit: 10).map(\.sequence) == Array(deliveries[2...4]))
        let first = try bench.store.due(by: now + .seconds(9), limit: 2)
        #expect(first.map(\.sequence) == Array(deliveries[2...3]))
        let second = try bench.store.due(by: now + .seconds(9), after: first.last.map(DueMark.init), limit: 2)
        #expect(second.map(\.sequence) == [deliveries[4], deliveries[1]])
        let third = try bench.store.due(by: now + .seconds(9), after: second.last.map(DueMark.init), limit: 2)
        #expect(third.map(\.sequence) == [deliveries[0]])
        #expect(third.first?.attempts == 1)
        #expect(third.first?.body == Array("sent 4".utf8))
    }

    @Test("keeps the bytes of the first attempt, every failure and the end of a delivery")
    func life() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first)
        let (sequence, now) = (planned.sequence, bench.clock.now)
        try bench.settle([.sample(sequence, .retry(at: now + .seconds(1)), body: "bytes")])
        try bench.settle([.sample(sequence, .retry(at: now + .seconds(2)), number: 2)])
        #expect(try bench.store.due(by: now + .seconds(2), limit: 1).first?.body == Array("bytes".utf8))
        try bench.settle([.sample(sequence, .delivered, number: 3)])
        #expect(try bench.store.nextDue() == nil)
        let reader = try bench.reader()
        let row = try #require(try reader.delivery(planned.id))
        #expect(row.state == .delivered)
        #expect(row.attempts == 3)
        #expect(row.status == 200)
        #expect(row.duration == .milliseconds(12))
        #expect(try reader.attempts(sequence).map(\.number) == [1, 2])
        #expect(try reader.attempts(sequence).first?.error == "answered 503")
    }

    @Test("does not let a late result change what is settled")
    func late() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first)
        try bench.settle([.sample(planned.sequence, .delivered)])
        try bench.settle([.sample(planned.sequence, .dead(reason: "too late"), number: 2)])
        #expect(try bench.reader().delivery(planned.id)?.state == .delivered)
        #expect(try bench.reader().attempts(planned.sequence).isEmpty)
    }

    @Test("buries a delivery that cannot be tried")
    func buried() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let outcome = try bench.admit([.sample("k", dead: "the rule failed")])
        let planned = try #require(outcome.first?.events.first?.deliveries.first)
        #expect(try bench.store.fresh(after: 0, limit: 10).isEmpty)
        let row = try #require(try bench.reader().delivery(planned.id))
        #expect(row.state == .dead)
        #expect(row.reason == "the rule failed")
    }

    @Test("may be closed twice, and leaves the database to the next at the first")
    func closedTwice() throws {
        let bench = try Workbench()
        _ = try bench.admit([.sample("k")])
        bench.store.close()
        let next = try Workbench(in: bench.folder)
        bench.store.close()
        #expect(try next.admit([.sample("k")]).map(\.word) == ["duplicate"])
        #expect(throws: StoreError.self) { try Workbench(in: bench.folder) }
        next.store.close()
    }

    @Test("writes what was handed over before it closes")
    func closing() throws {
        let folder = try Folder()
        let bench = try Workbench(in: folder)
        bench.store.admit((0..<100).map { .sample("k\($0)") })
        bench.store.close()
        #expect(try bench.reader().events(limit: 1000).count == 100)
        #expect(bench.store.backlog == 0)
    }
}
