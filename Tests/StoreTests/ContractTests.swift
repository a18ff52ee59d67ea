import HubModel
import Testing

@testable import HubStore

/// What every store must do, whatever is behind it.
@Suite("A store")
struct ContractTests {
    @Test("keeps a webhook with its events and deliveries before it says so", arguments: StoreKind.allCases)
    func accepts(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let fate = try #require(try bench.admit([.sample("k1", call: "A", deliveries: 2)]).first)
        let planned = try #require(fate.events.first)
        #expect(fate.leases.map(\.key.send) == [0, 1])
        // They are leased to whoever has the receipt; given back, they are handed out as they were.
        #expect(try bench.claim().deliveries.isEmpty)
        bench.store.release(fate.leases)
        let answer = try bench.claim()
        #expect(answer.deliveries.map(\.lease) == fate.leases)
        #expect(answer.isWhole)
        let first = try #require(answer.deliveries.first)
        let event = first.event.event()
        #expect(event.id == first.event.id)
        #expect(event.type == planned.type)
        #expect(event.raw == ["a": 1])
        #expect(event.changed == ["provider_call_id"])
        #expect(event.subject == "call_A")
        #expect(event.record.flatMap(Call.init)?.providerCallID == "A")
        #expect((first.lease.attempts, first.lease.forgiven, first.body) == (0, 0, nil))
        #expect(first.lease.dueAt == bench.clock.now)
        let id = event.id
        let shown = try await bench.store.view { view in try view.event(id).flatMap { try view.whole($0) } }
        #expect(shown?.json == event.json)
    }

    @Test("changes nothing for a webhook that it has seen, also after a restart", arguments: StoreKind.allCases)
    func duplicates(_ kind: StoreKind) throws {
        let folder = try Folder()
        do {
            let bench = try Workbench(in: folder, kind: kind)
            defer { bench.store.close() }
            #expect(try bench.admit([.sample("k1")]).map(\.word) == ["accepted"])
            #expect(try bench.admit([.sample("k1")]).map(\.word) == ["duplicate"])
        }
        let bench = try Workbench(in: folder, kind: kind)
        defer { bench.store.close() }
        let fates = try bench.admit([.sample("k1"), .sample("k2")])
        #expect(fates.map(\.word) == ["duplicate", "accepted"])
        bench.store.release(fates.flatMap(\.leases))
        #expect(try bench.claim().deliveries.count == 2)
    }

    @Test("makes one event of fifty identical webhooks in one batch", arguments: StoreKind.allCases)
    func fifty(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let words = try bench.admit((0..<50).map { _ in .sample("same") }).map(\.word)
        #expect(words == ["accepted"] + Array(repeating: "duplicate", count: 49))
        #expect(try await bench.store.view { try $0.events(limit: 100).count } == 1)
    }

    @Test("does not mix up equal keys of two sources", arguments: StoreKind.allCases)
    func sources(_ kind: StoreKind) throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        var other = Admission.sample("k1")
        other.webhook.source = "other"
        #expect(try bench.admit([.sample("k1"), other]).map(\.word) == ["accepted", "accepted"])
    }

    @Test("keeps another body under a known key once, as a conflict without events", arguments: StoreKind.allCases)
    func conflicts(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let words = try bench.admit([
            .sample("k1"), .sample("k1", body: "{\"a\":2}"), .sample("k1", body: "{\"a\":2}"),
            .sample("k1", body: "{\"a\":3}"),
            .sample("k1"),
        ]).map(\.word)
        #expect(words == ["accepted", "conflict", "duplicate", "conflict", "duplicate"])
        #expect(try await bench.store.view { try $0.deliveries(limit: 10).count } == 1)
        let kept = try await bench.store.view { try $0.setAside(limit: 10) }
        #expect(kept.map { String(decoding: $0.body, as: UTF8.self) } == ["{\"a\":3}", "{\"a\":2}"])
        #expect(kept.allSatisfy { $0.status == .conflict && $0.reason?.contains("whk_") == true })
        let before = try #require(kept.first).sequence
        #expect(try await bench.store.view { try $0.setAside(before: before, limit: 10).count } == 1)
    }

    @Test(
        "accepts another body under a key that no proof covers, once, as a webhook of its own",
        arguments: StoreKind.allCases)
    func unprovenKeys(_ kind: StoreKind) async throws {
        let folder = try Folder()
        func sample(_ body: String) -> Admission {
            var admission = Admission.sample("k1", body: body)
            admission.webhook.isKeyProven = false
            return admission
        }
        do {
            let bench = try Workbench(in: folder, kind: kind)
            defer { bench.store.close() }
            let words = try bench.admit([
                sample("{\"forged\":1}"), sample("{\"a\":1}"), sample("{\"a\":1}"), sample("{\"forged\":1}"),
                sample("{\"forged\":2}"),
            ]).map(\.word)
            #expect(words == ["accepted", "accepted", "duplicate", "duplicate", "accepted"])
            #expect(try await bench.store.view { try $0.deliveries(limit: 10).count } == 3)
            #expect(try await bench.store.view { try $0.setAside(limit: 10).isEmpty })
        }
        let bench = try Workbench(in: folder, kind: kind)
        defer { bench.store.close() }
        let words = try bench.admit([sample("{\"a\":1}"), sample("{\"forged\":2}"), sample("{\"a\":2}")]).map(\.word)
        #expect(words == ["duplicate", "duplicate", "accepted"])
    }

    @Test("keeps what cannot be decoded, once, as it came", arguments: StoreKind.allCases)
    func quarantine(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        var odd = Admission.sample("q", body: "not json", quarantine: "the body is not JSON")
        odd.webhook.headers = [("Host", "hub"), ("X-Empty", ""), ("X-Odd", "a: b"), ("X-Odd", "two\r\nX-Forged: x")]
        #expect(try bench.admit([odd, odd]).map(\.word) == ["quarantined", "duplicate"])
        let kept = try #require(try await bench.store.view { try $0.setAside(limit: 10).first })
        #expect(kept.status == .quarantined)
        #expect(kept.reason == "the body is not JSON")
        #expect(kept.body == Array("not json".utf8))
        #expect(kept.headers.map(\.name) == ["Host", "X-Empty", "X-Odd", "X-Odd"])
        #expect(kept.headers.map(\.value) == ["hub", "", "a: b", "two  X-Forged: x"])
        #expect(try bench.survey().isEmpty)
    }

    @Test(
        "plans each part of a call with the call as it is by then, in one batch, in the next, after a restart",
        arguments: StoreKind.allCases)
    func merging(_ kind: StoreKind) throws {
        let folder = try Folder()
        do {
            let bench = try Workbench(in: folder, kind: kind)
            defer { bench.store.close() }
            _ = try bench.admit([
                .sample("1", call: "A", says: { $0.endedReason = "hangup" }),
                .sample("2", call: "A", says: { $0.summary = "good" }),
                .sample("3", call: "B", says: { $0.summary = "of B" }),
            ])
            let fate = try #require(try bench.admit([.sample("4", call: "A", says: { $0.externalID = "X" })]).first)
            #expect(fate.events.first?.details?.changed.names(in: .call) == ["external_id"])
        }
        let bench = try Workbench(in: folder, kind: kind)
        defer { bench.store.close() }
        bench.store.release(try bench.admit([.sample("5", call: "A", says: { $0.agentName = "Eve" })])[0].leases)
        // An event shows the call as it was after its own webhook, however late it is read.
        let calls = try bench.claim().deliveries.map { $0.event.event().record.flatMap(Call.init) }
        #expect(calls.map { $0?.summary } == [nil, "good", "of B", "good", "good"])
        #expect(calls.map { $0?.endedReason } == ["hangup", "hangup", nil, "hangup", "hangup"])
        #expect(calls.map { $0?.externalID } == [nil, nil, nil, "X", "X"])
        #expect(calls.map { $0?.agentName } == [nil, nil, nil, nil, "Eve"])
    }

    @Test("stores derived events with their primary event, and shows and delivers each", arguments: StoreKind.allCases)
    func derived(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let types: [EventType] = ["call.ended", "call.missed", "call.summary_available"]
        let fate = try bench.admit([
            .sample("k", call: "A", says: { $0.summary = "s" }, deliveries: 2, derived: Array(types[1...]))
        ])[0]
        bench.store.release(fate.leases)
        let claimed = try bench.claim().deliveries
        #expect(claimed.map(\.event.type) == types.flatMap { [$0, $0] })
        #expect(claimed.map { $0.event.event().derived } == [false, false, true, true, true, true])
        let rows = try await bench.store.view { try $0.events(limit: 10) }
        #expect(rows.map(\.type) == types.reversed().map(\.rawValue))
        #expect(rows.map(\.derived) == [true, true, false])
        #expect(Set(rows.map(\.id)) == Set(claimed.map(\.event.id)))
        for row in rows {
            #expect(try await bench.store.view { try $0.event(row.id) }?.type == row.type)
            #expect(try await bench.store.view { try $0.events(type: row.type, limit: 10) }.map(\.id) == [row.id])
            #expect(row.changed == ["provider_call_id", "summary"] || row.changed == ["summary", "provider_call_id"])
            #expect((row.subject, row.source) == ("call_A", "line"))
            let of = try await bench.store.view { try $0.deliveries(event: row.sequence, limit: 10) }
            #expect(of.map(\.eventType) == [row.type, row.type])
        }
        // A page may end between an event and those derived from it.
        let page = try await bench.store.view { try $0.events(before: rows[0].sequence, limit: 1) }
        #expect(page.map(\.type) == ["call.missed"])
        #expect(try await bench.store.view { try $0.events(subject: "call_A", limit: 2) }.count == 2)
        #expect(try await bench.store.view { try $0.events(type: "call.*", source: "line", limit: 9) }.count == 3)
        let last = rows[0].sequence
        #expect(try await bench.store.view { try $0.event($0.ids.text(.event, last + 1)) } == nil)
    }

    @Test(
        "hands a delivery out once, the longest due first, by pages of limit and of bytes",
        arguments: StoreKind.allCases)
    func claims(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let leases = try bench.admit((0..<5).map { .sample("k\($0)") }).flatMap(\.leases)
        let now = bench.clock.now
        #expect(try bench.survey().isEmpty)
        // Due after 4, 3, 2, 2 and 2 seconds.
        let waits = [4, 3, 2, 2, 2]
        try await bench.settle(
            zip(leases, waits).map { .sample($0, .retry(at: now + .seconds($1)), body: "sent \($1)") })
        #expect(try bench.survey() == [Backlog(endpoint: "crm", nextDue: now + .seconds(2))])
        bench.clock.now = now + .milliseconds(1999)
        var answer = try bench.claim()
        #expect(answer.deliveries.isEmpty)
        #expect((answer.isWhole, answer.nextDue) == (true, now + .seconds(2)))
        bench.clock.now = now + .seconds(2)
        answer = try bench.claim(limit: 2)
        #expect(answer.deliveries.map(\.lease.key) == leases[2...3].map(\.key))
        #expect(!answer.isWhole)
        answer = try bench.claim(bytes: 1)
        #expect(answer.deliveries.map(\.lease.key) == [leases[4].key])
        #expect((answer.isWhole, answer.nextDue) == (true, now + .seconds(3)))
        #expect(answer.deliveries.first?.lease.attempts == 1)
        #expect(answer.deliveries.first?.body == Array("sent 2".utf8))
        bench.clock.now = now + .seconds(9)
        answer = try bench.claim(bytes: 1)
        #expect(answer.deliveries.map(\.lease.key) == [leases[1].key])
        #expect(!answer.isWhole)
        answer = try bench.claim()
        #expect(answer.deliveries.map(\.lease.key) == [leases[0].key])
        #expect((answer.isWhole, answer.nextDue) == (true, nil))
        #expect(try bench.claim().deliveries.isEmpty)
    }

    @Test(
        "hands out what was given back, and what a clock that was set back puts before the rest",
        arguments: StoreKind.allCases)
    func below(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let leases = try bench.admit((0..<6).map { .sample("k\($0)") }).flatMap(\.leases)
        bench.store.release(leases)
        let first = try bench.claim(limit: 4).deliveries.map(\.lease)
        #expect(first == Array(leases[..<4]))
        bench.store.release([first[2], first[1], first[1]])
        #expect(try bench.claim(limit: 3).deliveries.map(\.lease) == [leases[1], leases[2], leases[4]])
        try await bench.settle([.sample(leases[3], .retry(at: bench.clock.now + .seconds(-10)))])
        #expect(try bench.claim(limit: 1).deliveries.map(\.lease.key) == [leases[3].key])
        // A lease that has ended gives nothing back.
        bench.store.release([leases[3]])
        #expect(try bench.claim().deliveries.map(\.lease) == [leases[5]])
    }

    @Test("answers each claim, for endpoints that wait and those it has never heard of", arguments: StoreKind.allCases)
    func endpoints(_ kind: StoreKind) throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let fates = try bench.admit(["a", "b", "c"].map { .sample($0, endpoint: $0) })
        bench.store.release(fates[0].leases + fates[2].leases)
        #expect(try bench.survey().map(\.endpoint).sorted() == ["a", "c"])
        #expect(try bench.claim("a").deliveries.count == 1)
        #expect(try bench.claim("b").deliveries.isEmpty)
        let unknown = try bench.claim("d")
        #expect(unknown.deliveries.isEmpty)
        #expect((unknown.isWhole, unknown.nextDue, unknown.fault) == (true, nil, nil))
        #expect(try bench.survey().map(\.endpoint) == ["c"])
    }

    @Test("forgets leases with the process, and nothing else", arguments: StoreKind.allCases)
    func restart(_ kind: StoreKind) throws {
        let folder = try Folder()
        var leases: [Lease] = []
        do {
            let bench = try Workbench(in: folder, kind: kind)
            defer { bench.store.close() }
            leases = try bench.admit((0..<3).map { .sample("k\($0)") }).flatMap(\.leases)
        }
        let bench = try Workbench(in: folder, kind: kind)
        defer { bench.store.close() }
        #expect(try bench.survey().map(\.endpoint) == ["crm"])
        #expect(try bench.claim().deliveries.map(\.lease) == leases)
    }

    @Test(
        "keeps the bytes of the first attempt, every failure and the end of a delivery", arguments: StoreKind.allCases)
    func life(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        try await bench.settle([.sample(lease, .retry(at: bench.clock.now + .seconds(1)), body: "bytes")])
        bench.clock.now = bench.clock.now + .seconds(1)
        let second = try #require(try bench.claim().deliveries.first).lease
        try await bench.settle([.sample(second, .retry(at: bench.clock.now + .seconds(1)))])
        bench.clock.now = bench.clock.now + .seconds(1)
        let third = try #require(try bench.claim().deliveries.first)
        #expect(third.body == Array("bytes".utf8))
        #expect(third.lease.attempts == 2)
        try await bench.settle([.sample(third.lease, .delivered)])
        #expect(try bench.survey().isEmpty)
        let (row, attempts) = try await bench.read(lease.key)
        #expect(row?.state == .delivered)
        #expect(row?.attempts == 3)
        #expect(row?.status == 200)
        #expect(row?.duration == .milliseconds(12))
        #expect(attempts.map(\.number) == [1, 2])
        #expect(attempts.first?.error == "answered 503")
    }

    @Test("does not let a late result change what is settled", arguments: StoreKind.allCases)
    func late(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        try await bench.settle([.sample(lease, .delivered)])
        try await bench.settle([.sample(lease, .dead(reason: "too late"))])
        let (row, attempts) = try await bench.read(lease.key)
        #expect(row?.state == .delivered)
        #expect(attempts.isEmpty)
    }

    @Test(
        "does not let a repeated result of an earlier attempt end the lease of a later one",
        arguments: StoreKind.allCases)
    func fenced(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        // Due again at the very moment at which it was due.
        try await bench.settle([.sample(lease, .retry(at: lease.dueAt))])
        let second = try #require(try bench.claim().deliveries.first).lease
        #expect(second.attempts == 1)
        try await bench.settle([.sample(lease, .dead(reason: "again"))])
        bench.store.release([lease])
        #expect(try bench.claim().deliveries.isEmpty)
        try await bench.settle([.sample(second, .delivered)])
        #expect(try await bench.read(lease.key).row?.state == .delivered)
    }

    @Test("buries a delivery that cannot be tried", arguments: StoreKind.allCases)
    func buried(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        defer { bench.store.close() }
        let fate = try #require(try bench.admit([.sample("k", dead: "the rule failed")]).first)
        #expect(fate.leases.isEmpty)
        #expect(try bench.survey().isEmpty)
        let row = try #require(try await bench.read(fate.keys[0]).row)
        #expect(row.state == .dead)
        #expect(row.reason == "the rule failed")
    }

    @Test("may be closed twice, and leaves the database to the next at the first", arguments: StoreKind.allCases)
    func closedTwice(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        _ = try bench.admit([.sample("k")])
        bench.store.close()
        let next = try Workbench(in: bench.folder, kind: kind)
        bench.store.close()
        #expect(try next.admit([.sample("k")]).map(\.word) == ["duplicate"])
        #expect(throws: StoreError.self) { try Workbench(in: bench.folder, kind: kind) }
        next.store.close()
        await #expect(throws: StoreFault.closed) { try await next.store.edit([]) }
        await #expect(throws: StoreFault.closed) { try await next.store.view { try $0.events(limit: 1).count } }
    }

    @Test("writes what was handed over before it closes", arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        let bench = try Workbench(kind: kind)
        bench.store.admit((0..<100).map { .sample("k\($0)") })
        bench.store.close()
        let next = try Workbench(in: bench.folder, kind: kind)
        defer { next.store.close() }
        #expect(try await next.store.view { try $0.events(limit: 1000).count } == 100)
    }

    @Test("does nothing before it is started, then what it was given", arguments: StoreKind.allCases)
    func starting(_ kind: StoreKind) async throws {
        let folder = try Folder()
        let store = try kind.open(StoreOptions(path: folder("hub.db")) { Timestamp(milliseconds: 5) })
        store.admit([.sample("k")])
        #expect(try await store.view { try $0.events(limit: 1).count } == 0)
        store.start(
            StoreListener(committed: { _ in }, claimed: { _ in }, surveyed: { _ in }, signal: { _ in }))
        _ = try await store.edit([])
        #expect(try await store.view { try $0.events(limit: 10).count } == 1)
        store.close()
    }
}
