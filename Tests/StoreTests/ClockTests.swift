import HubModel
import SQLite
import Synchronization
import Testing

@testable import HubStore

@Suite("Clocks")
struct ClockTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)
    private static let day = Duration.seconds(86_400)

    /// A clock that can be set, and time that passes.
    private final class Machine: Sendable {
        let clock = ManualClock()
        private let passed = Mutex(Duration.zero)

        func pass(_ time: Duration) {
            clock.now = clock.now + time
            passed.withLock { $0 += time }
        }

        func set(by distance: Duration) { clock.now = clock.now + distance }

        var steady: SteadyClock {
            SteadyClock(wall: { [clock] in clock.now }, pace: { [self] in passed.withLock { $0 } })
        }

        func open(in folder: Folder, retention: Duration? = nil) throws -> Workbench {
            try Workbench(in: folder, clock: clock) {
                $0.steady = steady
                $0.retention = retention
            }
        }
    }

    /// Lets the store tidy up as long as it has something to do.
    private func tidy(_ bench: Workbench, _ machine: Machine, rounds: Int = 8) throws {
        for _ in 0..<rounds {
            machine.pass(.seconds(61))
            let now = machine.clock.now
            _ = try bench.admit([.sample("tick \(now.milliseconds)", deliveries: 0, at: now)])
        }
    }

    private func webhooks(_ bench: Workbench) throws -> Int64? {
        try Connection(path: bench.path, access: .read).integer("SELECT count(*) FROM webhooks WHERE key LIKE 'k%'")
    }

    // MARK: Waits

    @Test("a clock that is set back holds no retry up, also after a restart")
    func back() async throws {
        let (folder, machine) = (try Folder(), Machine())
        var bench = try machine.open(in: folder)
        let leases = try bench.admit([.sample("k1"), .sample("k2")]).flatMap(\.leases)
        let now = machine.clock.now
        try await bench.settle([
            .sample(leases[0], .retry(at: now + .seconds(10))), .sample(leases[1], .retry(at: now + .seconds(600))),
        ])
        machine.set(by: .seconds(-3600))
        machine.pass(.seconds(11))
        _ = try bench.admit([.sample("k3", deliveries: 0, at: machine.clock.now)])
        #expect(try bench.claim().deliveries.map(\.lease.key) == [leases[0].key])
        #expect(bench.signals.contains(.clockJumped(from: now + .seconds(11), to: machine.clock.now)))
        bench.store.close()
        machine.pass(.seconds(5))
        bench = try machine.open(in: folder)
        machine.pass(.seconds(600))
        #expect(Set(try bench.claim().deliveries.map(\.lease.key)) == Set(leases.map(\.key)))
        bench.store.close()
    }

    @Test("a clock that is set forward leaves waits as long as they were, and what is due now stays due")
    func forward() async throws {
        let (folder, machine) = (try Folder(), Machine())
        let bench = try machine.open(in: folder)
        defer { bench.store.close() }
        let leases = try bench.admit((1...3).map { .sample("k\($0)") }).flatMap(\.leases)
        let now = machine.clock.now
        try await bench.settle([
            .sample(leases[0], .retry(at: now + .seconds(600))), .sample(leases[1], .retry(at: now)),
        ])
        machine.set(by: Self.day)
        machine.pass(.seconds(61))
        _ = try bench.admit([.sample("k4", at: machine.clock.now)])
        let early = try bench.claim()
        #expect(early.deliveries.map(\.lease.key) == [leases[1].key])
        #expect(early.nextDue == now + Self.day + .seconds(600))
        machine.pass(.seconds(540))
        #expect(try bench.claim().deliveries.map(\.lease.key) == [leases[0].key])
        #expect(bench.signals.contains(.clockJumped(from: now + .seconds(61), to: now + .seconds(61) + Self.day)))
    }

    @Test(
        "the steady clock passes time, follows forward, never goes back, and tells of moves above a minute",
        arguments: [
            (0, false, 0), (30, false, 30), (-30, false, 0), (90, true, 90), (-90, true, 0), (86_400, true, 86_400),
            (-86_400, true, 0),
        ])
    func steady(moved: Int64, isTold: Bool, ahead: Int64) {
        let machine = Machine()
        let steady = machine.steady
        #expect(steady.now == Self.start)
        machine.pass(.seconds(5))
        #expect(steady.look() == nil)
        machine.set(by: .seconds(moved))
        let jump = steady.look()
        #expect(jump == (isTold ? .init(from: Self.start + .seconds(5), to: Self.start + .seconds(5 + moved)) : nil))
        // Not before it is told to, since what waits must be moved first.
        #expect(steady.now == Self.start + .seconds(5))
        steady.follow()
        #expect(steady.now == Self.start + .seconds(5 + ahead))
        #expect(steady.look() == nil)
        machine.pass(.seconds(7))
        #expect(steady.now == Self.start + .seconds(12 + ahead))
    }

    // MARK: Retention

    @Test("a clock that is set a month ahead makes nothing old for a day, whatever is started again meanwhile")
    func retention() throws {
        let (folder, machine) = (try Folder(), Machine())
        var bench = try machine.open(in: folder, retention: Self.day * 30)
        _ = try bench.admit((1...5).map { .sample("k\($0)", deliveries: 0) })
        try tidy(bench, machine)
        machine.set(by: Self.day * 31)
        for _ in 0..<3 {
            try tidy(bench, machine)
            #expect(try webhooks(bench) == 5)
            let again = try bench.admit((1...5).map { .sample("k\($0)", deliveries: 0, at: machine.clock.now) })
            #expect(again.map(\.word) == Array(repeating: "duplicate", count: 5))
            bench.store.close()
            bench = try machine.open(in: folder, retention: Self.day * 30)
        }
        machine.pass(Self.day)
        try tidy(bench, machine)
        #expect(try webhooks(bench) == 0)
        bench.store.close()
    }

    @Test("a clock that is a month ahead at the start makes nothing old for a day either")
    func retentionWhileAway() throws {
        let (folder, machine) = (try Folder(), Machine())
        var bench = try machine.open(in: folder, retention: Self.day * 30)
        _ = try bench.admit((1...5).map { .sample("k\($0)", deliveries: 0) })
        let last = machine.clock.now
        bench.store.close()
        machine.set(by: Self.day * 31)
        bench = try machine.open(in: folder, retention: Self.day * 30)
        try tidy(bench, machine)
        #expect(try webhooks(bench) == 5)
        #expect(bench.signals.contains(.clockAhead(last: last, now: last + Self.day * 31)), "\(bench.signals)")
        machine.pass(Self.day)
        try tidy(bench, machine)
        #expect(try webhooks(bench) == 0)
        bench.store.close()
    }

    @Test("the retention's clock goes with the other one, and lags behind jumps for a day of running")
    func retentionClock() {
        var clock = RetentionClock(Self.start, elapsed: .seconds(100))
        var passed = Duration.seconds(100)
        func pass(_ time: Duration, to wall: Timestamp) {
            passed += time
            clock.advance(to: passed, wall: wall)
        }
        pass(.seconds(10), to: Self.start + .seconds(11))
        #expect(clock.time == Self.start + .seconds(11))
        // A month ahead: only what has really passed counts.
        let jumped = Self.start + Self.day * 31
        pass(.seconds(9), to: jumped + .seconds(20))
        #expect(clock.time == Self.start + .seconds(20))
        pass(Self.day - .seconds(1), to: jumped + Self.day + .seconds(19))
        #expect(clock.time == Self.start + Self.day + .seconds(19))
        // A second jump begins a new day.
        let again = jumped + Self.day * 8
        pass(.zero, to: again)
        pass(.seconds(2), to: again + .seconds(2))
        #expect(clock.time == Self.start + Self.day + .seconds(21))
        let stored = StoredClocks(steady: again, retention: clock)
        #expect(StoredClocks(text: stored.text, elapsed: passed)?.retention == clock)
        #expect(StoredClocks(text: stored.text, elapsed: passed)?.steady == again)
        pass(Self.day, to: again + Self.day + .seconds(2))
        #expect(clock.time == again + Self.day + .seconds(2))
        // Back: things are younger at once.
        pass(.seconds(1), to: Self.start)
        #expect(clock.time == Self.start)
        for text in ["", "1 2 3", "a b c d"] { #expect(StoredClocks(text: text, elapsed: .zero) == nil) }
    }
}
