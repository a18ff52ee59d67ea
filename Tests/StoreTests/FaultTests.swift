import Foundation
import HubModel
import SQLite
import Testing

@testable import HubStore

/// The disk fails, fills up or loses power. What was acknowledged must be there, what was refused must be whole or absent.
@Suite("On a bad disk")
struct FaultTests {
    /// The keys of the webhooks in a database, each with how many events and deliveries it has.
    private func kept(_ path: String) throws -> [String: [Int]] {
        let connection = try Connection(path: path, access: .write)
        #expect(try connection.integer("SELECT 1 FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
        let statement = try connection.prepare(
            """
            SELECT key, (SELECT count(*) FROM events e WHERE e.seq - e.webhook = w.seq),
            (SELECT count(*) FROM queue q JOIN events e ON e.seq = q.seq - q.event WHERE e.seq - e.webhook = w.seq)
            FROM webhooks w
            """)
        var found: [String: [Int]] = [:]
        while try statement.step() {
            let key = statement.text(0) ?? ""
            #expect(found[key] == nil, "\(key) is there twice")
            found[key] = [Int(statement.integer(1)), Int(statement.integer(2))]
        }
        return found
    }

    @Test(
        "an acknowledged webhook survives a failure at any write, and the store recovers by itself",
        arguments: FaultyDisk.Fault.allCases)
    func everyWrite(fault: FaultyDisk.Fault) throws {
        var n = 0
        while true {
            n += 1
            let folder = try Folder()
            let disk = try FaultyDisk()
            let bench = try Workbench(in: folder, disk: disk)
            var acknowledged: Set<String> = []
            disk.fail(fault, at: n)
            for round in 0..<3 {
                let keys = (0..<3).map { "\(round).\($0)" }
                let outcomes = try bench.admit(keys.map { .sample($0, call: "A", deliveries: 2) })
                for (key, outcome) in zip(keys, outcomes) {
                    #expect(["accepted", "refused"].contains(outcome.word))
                    if outcome.word == "accepted" { acknowledged.insert(key) }
                }
            }
            let failed = disk.hasFailed
            disk.heal()
            #expect(try bench.admit([.sample("after", deliveries: 2)]).map(\.word) == ["accepted"])
            acknowledged.insert("after")
            // As a crash at this moment would leave it, and as an orderly end leaves it.
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            bench.store.close()
            for place in [crashed, folder] {
                let kept = try kept(place("hub.db"))
                #expect(
                    acknowledged.isSubset(of: kept.keys), "\(fault) at \(n): of \(acknowledged), \(kept.keys) are kept")
                #expect(kept.values.allSatisfy { $0 == [1, 2] }, "\(fault) at \(n): half a webhook is kept")
            }
            if !failed { break }
        }
        #expect(n > 3, "the fault never happened")
    }

    @Test("what was acknowledged is on the disk at that moment, without a close", arguments: [1, 7])
    func powerCut(batch: Int) throws {
        let folder = try Folder()
        let disk = try FaultyDisk()
        let bench = try Workbench(in: folder, disk: disk)
        defer { bench.store.close() }
        var acknowledged: Set<String> = []
        for round in 0..<5 {
            let keys = (0..<batch).map { "\(round).\($0)" }
            let before = disk.syncs
            #expect(try bench.admit(keys.map { .sample($0, deliveries: 2) }).allSatisfy { $0.word == "accepted" })
            #expect(disk.syncs > before)
            acknowledged.formUnion(keys)
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            #expect(Set(try kept(crashed("hub.db")).keys) == acknowledged)
            // The same by copying the live files.
            let copy = try Folder()
            for name in ["hub.db", "hub.db-wal"] {
                try FileManager.default.copyItem(atPath: folder(name), toPath: copy(name))
            }
            #expect(Set(try kept(copy("hub.db")).keys) == acknowledged)
        }
    }

    @Test("while syncs fail nothing is acknowledged; when they work again everything is")
    func syncFails() throws {
        let disk = try FaultyDisk()
        let bench = try Workbench(disk: disk)
        defer { bench.store.close() }
        #expect(try bench.admit([.sample("before")]).map(\.word) == ["accepted"])
        disk.fail(.syncFails, at: 1, times: -1)
        for round in 0..<3 {
            let outcomes = try bench.admit([.sample("\(round).a"), .sample("\(round).b")])
            #expect(outcomes.map(\.word) == ["refused", "refused"])
        }
        disk.heal()
        #expect(try bench.admit([.sample("0.a"), .sample("before")]).map(\.word) == ["accepted", "duplicate"])
        let told = bench.signals
        #expect(told.contains { if case .commitFailed(.ioError) = $0 { true } else { false } })
        #expect(told.last == .recovered)
    }

    @Test("a full disk refuses, says so once, and is left as it was")
    func full() async throws {
        let disk = try FaultyDisk()
        let bench = try Workbench(disk: disk)
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("before")]).first?.leases.first)
        disk.fail(.full, at: 1, times: -1)
        let fates = try bench.admit((0..<20).map { .sample("k\($0)") })
        #expect(fates.allSatisfy { if case .refused(.diskFull) = $0 { true } else { false } })
        #expect(bench.signals == [.commitFailed(.diskFull)])
        #expect(bench.signals.first?.description.contains("the disk is full; free some space") == true)
        #expect(try bench.reader().events(limit: 100).count == 1)
        // A result that cannot be written is kept and written when there is room; its delivery stays leased.
        bench.store.settle([.sample(lease, .delivered)])
        #expect(try bench.admit([.sample("k0")]).map(\.word) == ["refused"])
        #expect(try bench.claim().deliveries.isEmpty)
        disk.heal()
        #expect(try bench.admit((0..<20).map { .sample("k\($0)") }).allSatisfy { $0.word == "accepted" })
        _ = try await bench.store.edit([])
        #expect(try bench.reader().delivery(bench.id(lease.key))?.state == .delivered)
    }

    @Test("a bad item fails alone", arguments: [0, 1, 2])
    func neighbours(position: Int) throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        var batch = [Admission.sample("a", call: "A"), .sample("b", call: "A"), .sample("a", call: "A")]
        batch.insert(.broken("bad"), at: position)
        var expected = ["accepted", "accepted", "duplicate"]
        expected.insert("refused", at: position)
        #expect(try bench.admit(batch).map(\.word) == expected)
        #expect(try bench.reader().deliveries(state: .pending, limit: 10).count == 2)
        // What was taken back is not in the index: the bad one is no duplicate, and the good ones are.
        #expect(try bench.admit([.sample("bad"), .sample("a", call: "A")]).map(\.word) == ["accepted", "duplicate"])
    }

    @Test("many bad items in a row do not stop the good ones behind them")
    func manyBad() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let outcomes = try bench.admit((0..<6).map { .broken("bad \($0)") } + [.sample("good")])
        #expect(outcomes.map(\.word) == Array(repeating: "refused", count: 6) + ["accepted"])
    }

    @Test("another process that holds the lock delays webhooks and loses none")
    func busy() async throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        let lease = try #require(try bench.admit([.sample("before")]).first?.leases.first)
        let other = try Connection(path: bench.path, access: .write)
        try other.execute("BEGIN IMMEDIATE")
        let fates = try bench.admit([.sample("a"), .sample("b")])
        #expect(fates.allSatisfy { if case .refused(.busy) = $0 { true } else { false } })
        bench.store.settle([.sample(lease, .delivered)])
        #expect(try bench.admit([.sample("a")]).map(\.word) == ["refused"])
        try other.execute("ROLLBACK")
        #expect(try bench.admit([.sample("a"), .sample("b")]).map(\.word) == ["accepted", "accepted"])
        _ = try await bench.store.edit([])
        #expect(try bench.reader().delivery(bench.id(lease.key))?.state == .delivered)
    }

    @Test("a claim that cannot be read says why, keeps no lease, and works when the disk does")
    func claims() throws {
        let disk = try FaultyDisk()
        let bench = try Workbench(disk: disk)
        defer { bench.store.close() }
        bench.store.release(try bench.admit([.sample("a"), .sample("b")]).flatMap(\.leases))
        disk.fail(.syncFails, at: 1, times: -1)
        #expect(try bench.admit([.sample("c")]).map(\.word) == ["refused"])
        let answer = try bench.claim()
        #expect(answer.deliveries.isEmpty)
        #expect(!answer.isWhole)
        guard case .ioError? = answer.fault else {
            Issue.record("\(String(describing: answer.fault))")
            return
        }
        disk.heal()
        #expect(try bench.claim().deliveries.count == 2)
    }

    @Test("a reader that never ends stops neither commits nor what other readers see")
    func stuckReader() throws {
        let bench = try Workbench { $0.longestLog = 1 << 20 }
        defer { bench.store.close() }
        _ = try bench.admit([.sample("before")])
        let reader = try Connection(path: bench.path, access: .read)
        try reader.execute("BEGIN")
        #expect(try reader.integer("SELECT count(*) FROM webhooks") == 1)
        let body = String(repeating: "x", count: 100_000)
        for round in 0..<10 {
            bench.clock.now = bench.clock.now + .seconds(1)
            let batch = (0..<10).map { Admission.sample("\(round).\($0)", body: "\"\(body)\"") }
            #expect(try bench.admit(batch).allSatisfy { $0.word == "accepted" })
        }
        #expect(try reader.integer("SELECT count(*) FROM webhooks") == 1)
        #expect(try bench.reader().events(limit: 1000).count == 101)
        // Who does not look is told.
        #expect(bench.signals.contains { if case .walGrown(let bytes) = $0 { bytes > 1 << 20 } else { false } })
        try reader.execute("COMMIT")
        // The log is used from its beginning again, and not longer than the limit.
        for round in 0..<3 { _ = try bench.admit([.sample("more \(round)")]) }
        let size = try FileManager.default.attributesOfItem(atPath: bench.path + "-wal")[.size] as? Int
        #expect(try #require(size) <= 16 * 1024 * 1024)
    }

    @Test("schema steps that are interrupted at any write begin again")
    func migration() throws {
        var n = 0
        while true {
            n += 1
            let folder = try Folder()
            let disk = try FaultyDisk()
            disk.fail(.writeFails, at: n, times: -1)
            let first = try? Workbench(in: folder, disk: disk)
            first?.store.close()
            let failed = disk.hasFailed
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            disk.heal()
            for place in [folder, crashed] {
                let bench = try Workbench(in: place)
                #expect(try bench.admit([.sample("k")]).map(\.word) == ["accepted"])
                bench.store.close()
            }
            if !failed { break }
        }
        #expect(n > 3, "the fault never happened")
    }
}
