import Foundation
import HubModel
import Synchronization
import Testing

@testable import HubStore

@Suite("Putting dead deliveries back")
struct EditorTests {
    @Test("a dead delivery is due at once, with its bytes, and counts as new")
    func retry() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first)
        try bench.settle([.sample(planned.sequence, .dead(reason: "given up"), number: 5, body: "bytes")])
        let now = bench.clock.now
        #expect(try bench.editor().retry(planned.id, at: now) == .done)
        let due = try #require(try bench.store.due(by: now, limit: 10).first)
        #expect(due.id == planned.id)
        #expect((due.attempts, due.forgiven) == (5, 5))
        #expect(due.body == Array("bytes".utf8))
        try bench.settle([.sample(planned.sequence, .delivered, number: 6)])
        let row = try #require(try bench.reader().delivery(planned.id))
        #expect((row.state, row.attempts) == (.delivered, 6))
        #expect(try bench.reader().attempts(planned.sequence).map(\.number) == [5])
    }

    @Test("one that could not even be tried is tried")
    func buried() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let outcome = try bench.admit([.sample("k", dead: "the rule failed")])
        let planned = try #require(outcome.first?.events.first?.deliveries.first)
        #expect(try bench.editor().retry(planned.id, at: bench.clock.now) == .done)
        #expect(try bench.store.due(by: bench.clock.now, limit: 10).map(\.id) == [planned.id])
    }

    @Test("many people who retry one delivery at once make it pending once")
    func together() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first)
        try bench.settle([.sample(planned.sequence, .dead(reason: "given up"))])
        let changes = Mutex<[StoreEditor.Change]>([])
        let (path, now) = (bench.path, bench.clock.now)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            guard let change = try? StoreEditor(path: path).retry(planned.id, at: now) else { return }
            changes.withLock { $0.append(change) }
        }
        #expect(changes.withLock { $0.filter { $0 == .done }.count } == 1)
        #expect(changes.withLock { $0.filter { $0 == .notDead }.count } == 7)
        #expect(try bench.store.due(by: now, limit: 10).count == 1)
    }

    @Test("what is not dead is left alone")
    func others() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try bench.admit((0..<3).map { .sample("k\($0)") }).flatMap(\.events).flatMap(\.deliveries)
        try bench.settle([
            .sample(planned[0].sequence, .delivered), .sample(planned[1].sequence, .retry(at: bench.clock.now)),
        ])
        let editor = try bench.editor()
        for delivery in planned {
            #expect(try editor.retry(delivery.id, at: bench.clock.now) == .notDead)
            #expect(try editor.discard(delivery.id, at: bench.clock.now) == .notDead)
        }
        for id in [
            "", "dlv_zz", "dlv_00000000000070008000000000000000",
            RecordID(nonce: 1).text(.delivery, planned[0].sequence),
        ] {
            #expect(try editor.retry(id, at: bench.clock.now) == .unknown)
        }
        #expect(try bench.reader().delivery(planned[0].id)?.state == .delivered)
        #expect(try bench.store.fresh(after: 0, limit: 10).map(\.id) == [planned[2].id])
    }

    @Test("a discarded delivery stays discarded until somebody wants it back")
    func discard() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let planned = try #require(try bench.admit([.sample("k")]).first?.events.first?.deliveries.first)
        try bench.settle([.sample(planned.sequence, .dead(reason: "given up"))])
        let editor = try bench.editor()
        #expect(try editor.discard(planned.id, at: bench.clock.now) == .done)
        #expect(try editor.discard(planned.id, at: bench.clock.now) == .notDead)
        #expect(try bench.reader().deliveries(state: .dead, limit: 10).isEmpty)
        #expect(try editor.retry(planned.id, at: bench.clock.now) == .done)
        #expect(try bench.store.due(by: bench.clock.now, limit: 10).count == 1)
    }
}
