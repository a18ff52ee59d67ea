import Dispatch
import HubModel
import SQLite
import Synchronization
import Testing

@testable import HubStore

@Suite("The cost of a claim")
struct ClaimTests {
    /// A database where `count` deliveries of the endpoint `slow` wait, and one of `quick` behind them.
    private func database(_ count: Int) throws -> Folder {
        let folder = try Folder()
        let bench = try Workbench(in: folder)
        _ = try bench.admit([.sample("first", endpoint: "slow")])
        _ = try bench.admit([.sample("last", endpoint: "quick")])
        bench.store.close()
        let connection = try Connection(path: folder("hub.db"))
        try connection.execute(
            """
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < \(count))
            INSERT INTO queue SELECT q.endpoint, q.due_at, q.seq + 16 * n, q.event + 16 * n, q.route, q.send, 1, 0
            FROM n CROSS JOIN (SELECT * FROM queue ORDER BY seq LIMIT 1) q
            """)
        return folder
    }

    private func writer(_ folder: Folder) throws -> (StoreWriter, Database) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let options = StoreOptions(path: folder("hub.db")) { now }
        let database = try Database(options)
        return (
            StoreWriter(options, database, StoreCondition(), RetentionClock(now, elapsed: .zero)) { _ in }, database
        )
    }

    private func run(_ claiming: inout Claiming, _ writer: StoreWriter) -> Claiming.Answer {
        while true { if let answer = claiming.step(writer) { return answer } }
    }

    @Test("does not depend on how many wait, nor on how many are leased or were sent before")
    func flat() throws {
        var costs: [[Int]] = []
        for count in [1000, 100_000] {
            let folder = try database(count)
            let (writer, database) = try writer(folder)
            var claiming = Claiming()
            var cost: [Int] = []
            for _ in 0..<4 {
                let before = database.queue.steps
                claiming.add([Claim(endpoint: "slow", limit: 100, bytes: .max)])
                guard case .claimed(let answer) = run(&claiming, writer) else { return }
                #expect(answer.deliveries.count == 100)
                #expect(!answer.isWhole)
                cost.append(database.queue.steps - before)
            }
            costs.append(cost)
        }
        #expect((costs[0].max() ?? 0) * 3 <= (costs[0].min() ?? 0) * 4, "\(costs)")
        #expect(costs[0] == costs[1], "\(costs)")
    }

    @Test("a survey goes from endpoint to endpoint, not from delivery to delivery")
    func survey() throws {
        var costs: [Int] = []
        for count in [1000, 100_000] {
            let folder = try database(count)
            let (writer, database) = try writer(folder)
            var claiming = Claiming()
            claiming.addSurvey()
            let before = database.queue.steps
            guard case .surveyed(let backlogs) = run(&claiming, writer) else { return }
            #expect(Set(backlogs.map(\.endpoint)) == ["slow", "quick"])
            costs.append(database.queue.steps - before)
        }
        #expect(costs[0] == costs[1])
        #expect(costs[0] < 300)
    }

    @Test("a part of a claim reads few deliveries, so that webhooks do not wait for it")
    func parts() throws {
        let folder = try database(1000)
        let (writer, _) = try writer(folder)
        var claiming = Claiming()
        claiming.add([Claim(endpoint: "slow", limit: 1000, bytes: .max)])
        var parts = 0
        while claiming.step(writer) == nil {
            parts += 1
            #expect(writer.leases.count <= 32 * parts)
        }
        #expect(parts >= 1000 / 32)
    }

    @Test("under a flood of webhooks as many deliveries are read as webhooks are written")
    func flood() throws {
        struct Progress {
            var commits = 0
            /// Commits before the claim was answered.
            var atAnswer: Int?
        }
        let folder = try database(1000)
        let store = try SQLiteStore<SampleTicket>(
            StoreOptions(path: folder("hub.db")) { Timestamp(milliseconds: 1_800_000_000_000) })
        defer { store.close() }
        let progress = Mutex(Progress())
        let answered = DispatchSemaphore(value: 0)
        @Sendable func flood(_ round: Int) { store.admit((0..<128).map { .sample("\(round)-\($0)") }) }
        flood(0)
        store.claim([Claim(endpoint: "slow", limit: 256, bytes: .max)])
        store.start(
            StoreListener(
                committed: { _ in
                    let round = progress.withLock { progress in
                        progress.commits += 1
                        return progress.atAnswer == nil && progress.commits < 20 ? progress.commits : nil
                    }
                    // The next webhooks are there before the store looks.
                    if let round { flood(round) }
                },
                claimed: { _ in
                    progress.withLock { $0.atAnswer = $0.commits }
                    answered.signal()
                },
                surveyed: { _ in }, signal: { _ in }))
        answered.wait()
        #expect(progress.withLock { $0.atAnswer ?? .max } <= 2)
    }

    @Test("a delivery whose event is gone is told of once, and is in nobody's way")
    func orphan() throws {
        let folder = try Folder()
        do {
            let bench = try Workbench(in: folder)
            defer { bench.store.close() }
            _ = try bench.admit([.sample("lost"), .sample("good")])
        }
        try Connection(path: folder("hub.db")).execute("DELETE FROM events WHERE native_id = 'lost'")
        let bench = try Workbench(in: folder)
        defer { bench.store.close() }
        #expect(try bench.claim().deliveries.map { $0.event.event().native.id } == ["good"])
        #expect(try bench.claim().deliveries.isEmpty)
        let told = bench.signals.filter { if case .deliveryUnreadable = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test("opening, claiming, settling, pruning and listing scan no table")
    func plans() throws {
        let folder = try Folder()
        try Workbench(in: folder).store.close()
        let connection = try Connection(path: folder("hub.db"))
        for sql in [
            "SELECT max(seq) FROM webhooks",
            "SELECT endpoint FROM queue WHERE endpoint > ? ORDER BY endpoint LIMIT 1",
            "SELECT * FROM queue WHERE endpoint = ? AND (due_at, seq) > (?, ?) ORDER BY due_at, seq LIMIT ?",
            "DELETE FROM queue WHERE endpoint = ? AND due_at = ? AND seq = ? AND attempts = ?",
            "SELECT seq FROM queue WHERE \(QueueSQL.isWaiting) AND seq >= ? AND seq < ?",
            "\(QueueSQL.endpoints) SELECT 1 FROM \(QueueSQL.pending(of: "?1"))",
            "SELECT seq FROM deliveries WHERE state = 2 AND seq >= ? AND seq < ?",
            "SELECT seq FROM webhooks WHERE status > 0 AND seq < ? ORDER BY seq DESC",
            "SELECT seq FROM webhooks WHERE kind = 2 AND kind > 1 AND seq < ? ORDER BY seq DESC",
        ] {
            let plan = try connection.prepare("EXPLAIN QUERY PLAN \(sql)")
            while try plan.step() {
                let words = plan.text(3) ?? ""
                let isScan = ["queue", "webhooks", "events", "deliveries"].contains { words == "SCAN \($0)" }
                #expect(!isScan, "\(words) in \(sql)")
                #expect(!words.contains("TEMP B-TREE"), "\(words) in \(sql)")
            }
        }
    }
}
