import HubModel
import Testing

@testable import HubStore

@Suite("Listings")
struct ListTests {
    /// Three calls of two webhooks each, one message, and events of other kinds.
    private func filled() throws -> Workbench {
        let bench = try Workbench()
        var admissions: [Admission] = []
        for part in ["ringing", "ended"] {
            for call in ["A", "B", "C"] {
                admissions.append(
                    .sample(
                        "\(call).\(part)", call: call,
                        says: {
                            $0.id = "call_\(call)"
                            $0.summary = "\(call) \(part)"
                        }, type: part == "ended" ? "call.ended" : "call.ringing", at: bench.clock.now))
                bench.clock.now = bench.clock.now + .seconds(1)
            }
        }
        _ = try bench.admit(admissions)
        _ = try bench.admit([.sample("lead", type: "lead.created", at: bench.clock.now)])
        return bench
    }

    @Test("events come newest first, by type, pattern, subject, time and page")
    func events() throws {
        let bench = try filled()
        defer { bench.store.close() }
        let reader = try bench.reader()
        func keys(_ rows: [EventRow]) -> [String?] { rows.map(\.nativeID) }
        #expect(
            keys(try reader.events(limit: 100)) == [
                "lead", "C.ended", "B.ended", "A.ended", "C.ringing", "B.ringing", "A.ringing",
            ])
        #expect(keys(try reader.events(type: "call.ended", limit: 2)) == ["C.ended", "B.ended"])
        #expect(keys(try reader.events(type: "call.*", limit: 1)) == ["C.ended"])
        #expect(keys(try reader.events(source: "line", limit: 1)) == ["lead"])
        #expect(try reader.events(source: "other", limit: 1).isEmpty)
        #expect(keys(try reader.events(subject: "call_B", limit: 10)) == ["B.ended", "B.ringing"])
        #expect(keys(try reader.events(type: "call.ringing", subject: "call_B", limit: 10)) == ["B.ringing"])
        #expect(try reader.events(subject: "call_unknown", limit: 10).isEmpty)
        let since = Timestamp(milliseconds: 1_800_000_004_000)
        #expect(keys(try reader.events(since: since, limit: 10)) == ["lead", "C.ended", "B.ended"])
        let page = try reader.events(limit: 3)
        let last = try #require(page.last).sequence
        #expect(keys(try reader.events(before: last, limit: 2)) == ["A.ended", "C.ringing"])
        #expect(try reader.events(limit: 0).isEmpty)
        #expect(try reader.events(limit: -5).isEmpty)
    }

    @Test("an event is shown as it was delivered, with its webhook")
    func event() throws {
        let bench = try filled()
        defer { bench.store.close() }
        let reader = try bench.reader()
        let row = try #require(try reader.events(subject: "call_A", limit: 10).last)
        let found = try #require(try reader.event(row.id))
        let event = try #require(try reader.whole(found))
        #expect(event.record.flatMap(Call.init)?.summary == "A ringing")
        #expect(event.raw == ["a": 1])
        let webhook = try #require(try reader.webhook(row.webhook))
        #expect(webhook.key == "A.ringing")
        #expect(webhook.status == .accepted)
        #expect(try reader.webhook(id: webhook.id)?.key == "A.ringing")
        let parcel = try #require(try reader.events(type: "lead.created", limit: 1).first)
        #expect(parcel.data == ["key": "lead"])
    }

    @Test(
        "an id that is not there, of another kind, or of another database is not found",
        arguments: ["", "evt_", "call_A", "evt_00000000000070008000000000000000", "' OR 1=1 --"])
    func unknown(id: String) throws {
        let bench = try filled()
        defer { bench.store.close() }
        let reader = try bench.reader()
        #expect(try reader.event(id) == nil)
        #expect(try reader.webhook(id: id) == nil)
        #expect(try reader.delivery(id) == nil)
        #expect(try reader.record(.message, id: id) == nil)
    }

    @Test("calls are listed once each in their newest state, those heard of last first")
    func calls() throws {
        let bench = try filled()
        defer { bench.store.close() }
        _ = try bench.admit([.sample("A.more", call: "A", says: { $0.summary = "A in the end" }, stage: .artifact)])
        let reader = try bench.reader()
        let calls = try reader.records(.call, limit: 10)
        #expect(calls.map(\.id) == ["call_A", "call_C", "call_B"])
        #expect(calls.first.flatMap { Call($0.record) }?.summary == "A in the end")
        #expect(try reader.records(.call, limit: 2).count == 2)
        #expect(try reader.records(.message, limit: 10).isEmpty)
        let byID = try #require(try reader.record(.call, id: "call_B"))
        #expect(Call(byID.record)?.summary == "B ended")
        let byProvider = try #require(try reader.record(.call, id: "A"))
        #expect(byProvider.id == "call_A")
        #expect(Call(byProvider.record)?.summary == "A in the end")
    }

    @Test("deliveries are listed by state, endpoint, route, event and page")
    func deliveries() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let fates = try bench.admit((0..<4).map { .sample("k\($0)", deliveries: 2) })
        let leases = fates.flatMap(\.leases)
        let reader = try bench.reader()
        let planned = leases.map { reader.ids.text(.delivery, $0.key.sequence) }
        try await bench.settle([
            .sample(leases[0], .delivered), .sample(leases[1], .retry(at: bench.clock.now)),
            .sample(leases[2], .dead(reason: "gone"), body: "b"), .sample(leases[3], .dead(reason: "gone")),
        ])
        #expect(try await bench.discard(planned[3]) == .done(1))
        func ids(_ state: DeliveryState?) throws -> [String] {
            try reader.deliveries(state: state, limit: 100).map(\.id)
        }
        #expect(try ids(nil) == planned.reversed())
        #expect(try ids(.delivered) == [planned[0]])
        #expect(try ids(.waiting) == [planned[1]])
        #expect(try ids(.dead) == [planned[2]])
        #expect(try ids(.discarded) == [planned[3]])
        #expect(try ids(.pending) == planned[4...].reversed())
        for state in DeliveryState.allCases {
            for row in try reader.deliveries(state: state, limit: 100) {
                #expect(row.state == state)
                #expect(try reader.delivery(row.id)?.state == state)
            }
        }
        #expect(try reader.deliveries(endpoint: "crm", route: "all", limit: 100).count == 8)
        #expect(try reader.deliveries(endpoint: "other", limit: 100).isEmpty)
        #expect(try reader.deliveries(route: "other", limit: 100).isEmpty)
        let event = try #require(fates[1].events.first).sequence
        #expect(try reader.deliveries(event: event, limit: 100).map(\.id) == [planned[3], planned[2]])
        let pending = try #require(fates[3].events.first).sequence
        #expect(try reader.deliveries(event: pending, limit: 100).map(\.id) == [planned[7], planned[6]])
        #expect(try reader.deliveries(before: leases[2].key.sequence, limit: 1).map(\.id) == [planned[1]])
        #expect(
            try reader.deliveries(state: .pending, before: leases[6].key.sequence, limit: 1).map(\.id) == [planned[5]])
        #expect(try reader.deliveries(limit: 0).isEmpty)
        #expect(try reader.delivery(planned[2])?.reason == "gone")
        #expect(try reader.delivery(planned[2])?.body == Array("b".utf8))
    }
}
