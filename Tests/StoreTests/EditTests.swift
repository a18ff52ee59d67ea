import Foundation
import HubModel
import Synchronization
import Testing

@testable import HubStore

@Suite("Putting dead deliveries back")
struct EditTests {
    @Test("a dead delivery is due at once, with its bytes, and counts as new")
    func retry() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        let id = try bench.id(lease.key)
        try await bench.settle([.sample(lease, .dead(reason: "given up"), body: "bytes")])
        #expect(try bench.claim().deliveries.isEmpty)
        bench.clock.now = bench.clock.now + .seconds(5)
        #expect(try await bench.retry(id) == .done(1))
        #expect(try await bench.retry(id) == .notDead)
        let due = try #require(try bench.claim().deliveries.first)
        #expect(due.lease.key == lease.key)
        #expect(due.lease.dueAt == bench.clock.now)
        #expect((due.lease.attempts, due.lease.forgiven) == (1, 1))
        #expect(due.body == Array("bytes".utf8))
        try await bench.settle([.sample(due.lease, .delivered)])
        let row = try #require(try bench.reader().delivery(id))
        #expect((row.state, row.attempts) == (.delivered, 2))
        #expect(try bench.reader().attempts(lease.key.sequence).map(\.number) == [1])
    }

    @Test("one that could not even be tried is tried")
    func buried() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let key = try #require(try bench.admit([.sample("k", dead: "the rule failed")]).first?.keys.first)
        #expect(try await bench.retry(bench.id(key)) == .done(1))
        #expect(try bench.claim().deliveries.map(\.lease.key) == [key])
    }

    @Test("many people who retry one delivery at once make it pending once")
    func together() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        try await bench.settle([.sample(lease, .dead(reason: "given up"))])
        let (path, now, id) = (bench.path, bench.clock.now, try bench.id(lease.key))
        let results = Mutex<[EditResult]>([])
        // Some in processes of their own, some through the hub.
        async let through: [EditResult] = bench.store.edit([
            Edit(.retry, .delivery(id)), Edit(.retry, .delivery(id)),
        ])
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            guard let result = try? StoreEditor(path: path).apply(Edit(.retry, .delivery(id)), at: now) else { return }
            results.withLock { $0.append(result) }
        }
        var all = results.withLock { $0 }
        // The hub does not wait for others here.
        if let more = try? await through { all += more }
        #expect(all.filter { $0 == .done(1) }.count == 1)
        #expect(all.filter { $0 == .notDead }.count == all.count - 1)
        _ = try bench.survey()
        #expect(try bench.claim().deliveries.count == 1)
    }

    @Test("what is not dead is left alone")
    func others() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let leases = try bench.admit((0..<3).map { .sample("k\($0)") }).flatMap(\.leases)
        try await bench.settle([
            .sample(leases[0], .delivered), .sample(leases[1], .retry(at: bench.clock.now + .seconds(1))),
        ])
        for lease in leases {
            let id = try bench.id(lease.key)
            #expect(try await bench.retry(id) == .notDead)
            #expect(try await bench.discard(id) == .notDead)
        }
        for id in [
            "", "dlv_zz", "dlv_00000000000070008000000000000000",
            PublicID(nonce: 1).text(.delivery, leases[0].key.sequence),
        ] {
            #expect(try await bench.retry(id) == .unknown)
        }
        #expect(try bench.reader().delivery(bench.id(leases[0].key))?.state == .delivered)
        bench.store.release(leases)
        #expect(try bench.claim().deliveries.map(\.lease) == [leases[2]])
    }

    @Test("a discarded delivery stays discarded until somebody wants it back")
    func discard() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        let id = try bench.id(lease.key)
        try await bench.settle([.sample(lease, .dead(reason: "given up"))])
        #expect(try await bench.discard(id) == .done(1))
        #expect(try await bench.discard(id) == .notDead)
        #expect(try bench.reader().deliveries(state: .dead, limit: 10).isEmpty)
        #expect(try await bench.retry(id) == .done(1))
        #expect(try bench.claim().deliveries.count == 1)
    }

    @Test("all dead deliveries of an endpoint or a route are put back, and whoever listens is told where")
    func all() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        // More than are looked at in one part.
        let fates = try bench.admit(
            (0..<450).map { .sample("a\($0)", endpoint: "a", dead: "no") }
                + (0..<3).map { .sample("b\($0)", endpoint: "b", dead: "no") })
        #expect(fates.count == 453)
        #expect(try await bench.store.edit([Edit(.retry, .dead(endpoint: "c", route: nil))]) == [.done(0)])
        #expect(try await bench.store.edit([Edit(.retry, .dead(endpoint: "a", route: "none"))]) == [.done(0)])
        let results = try await bench.store.edit([
            Edit(.retry, .dead(endpoint: "a", route: "all")), Edit(.discard, .dead(endpoint: nil, route: nil)),
        ])
        #expect(results == [.done(450), .done(3)])
        #expect(try bench.claim("a").deliveries.count == 450)
        #expect(try bench.claim("b").deliveries.isEmpty)
        #expect(try bench.reader().deliveries(state: .discarded, limit: 10).count == 3)
    }

    @Test("what another process put back is found by a survey")
    func otherProcess() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("k")]).first?.leases.first)
        let id = try bench.id(lease.key)
        try await bench.settle([.sample(lease, .dead(reason: "given up"))])
        // The queue is known to be empty up to later than now.
        bench.clock.now = bench.clock.now + .seconds(10)
        bench.store.release(try bench.admit([.sample("later", at: bench.clock.now)])[0].leases)
        #expect(try bench.claim().deliveries.count == 1)
        #expect(
            try bench.editor().apply(Edit(.retry, .delivery(id)), at: bench.clock.now + .seconds(-5)) == .done(1))
        #expect(try bench.survey() == [Backlog(endpoint: "crm", nextDue: bench.clock.now + .seconds(-5))])
        #expect(try bench.claim().deliveries.map(\.lease.key) == [lease.key])
    }
}
