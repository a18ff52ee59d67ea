import HubModel
import HubStore
import TestRandom
import Testing

@testable import HubDelivery

@Suite("Deciding what is sent when")
struct DispatchStateTests {
    private static func settings(_ concurrency: Int, attempts: Int = 100) -> LaneSettings {
        var retry = RetryPolicy()
        (retry.maxAttempts, retry.initialDelay, retry.multiplier) = (attempts, .seconds(1), 1)
        return LaneSettings(concurrency: concurrency, retry: retry)
    }

    @Test("what is committed is sent at once, up to the endpoint's concurrency, in order")
    func concurrency() {
        var bench = DispatchBench(["a": Self.settings(2)])
        bench.commit(5, to: "a")
        #expect(bench.flights.map(\.work.sequence) == [1, 2])
        bench.end("a")
        #expect(bench.flights.map(\.work.sequence) == [2, 3])
        for _ in 0..<4 { bench.end("a") }
        #expect(bench.delivered("a") == [1, 2, 3, 4, 5])
        #expect(bench.state.underWay == 0)
    }

    @Test(
        "what this machine cannot send goes back as it was, one at a time asks whether it can, and then all of it goes")
    func heldBack() {
        var bench = DispatchBench(["a": Self.settings(4, attempts: 1)])
        bench.commit(6, to: "a")
        #expect(bench.underWay("a") == 4)
        for _ in 0..<4 { bench.end("a", .heldBack(reason: "no descriptors")) }
        // No attempt was made: nothing is settled, and all six are in the store.
        #expect(bench.settled.isEmpty)
        #expect(bench.stored["a"]?.map(\.sequence) == Array(1...6).map(SequenceNumber.init))
        for _ in 0..<20 {
            bench.pass(.seconds(1))
            bench.answerClaims()
            #expect(bench.underWay("a") == 1)
            bench.end("a", .heldBack(reason: "no descriptors"))
        }
        #expect(bench.settled.isEmpty)
        bench.pass(.seconds(1))
        bench.answerClaims()
        bench.end("a")
        bench.answerClaims()
        #expect(bench.underWay("a") == 4)
        for _ in 0..<5 { bench.end("a") }
        #expect(bench.delivered("a") == Array(1...6).map(SequenceNumber.init))
        #expect(bench.settled.allSatisfy { $0.attempt.number == 1 })
    }

    @Test("lanes take turns, so that a long queue does not hold up a short one")
    func turns() {
        var limits = DispatchState.Limits()
        limits.perTurn = 4
        var bench = DispatchBench(["a": Self.settings(100), "b": Self.settings(100)], limits: limits)
        bench.commit(50, to: "a")
        #expect(bench.state.hasMore)
        bench.commit(2, to: "b")
        // Four of `a` went in its own turn; of the next four, `b` has every second one.
        #expect(bench.underWay("a") == 6)
        #expect(bench.underWay("b") == 2)
    }

    @Test("what finds no room in memory goes back to the store and is claimed in order when there is room")
    func overflow() {
        var limits = DispatchState.Limits()
        limits.perLane = 8
        var bench = DispatchBench(["a": Self.settings(1)], limits: limits)
        bench.commit(30, to: "a")
        #expect(bench.stored["a"]?.count ?? 0 >= 20)
        for _ in 0..<30 {
            bench.answerClaims()
            bench.end("a")
        }
        #expect(bench.delivered("a") == Array(1...30).map(SequenceNumber.init))
        #expect(bench.stored["a"]?.isEmpty ?? true)
    }

    @Test("new deliveries stay behind what waits in the store")
    func order() {
        var bench = DispatchBench(["a": Self.settings(1)])
        bench.store(3, for: "a")
        bench.survey()
        bench.commit(1, to: "a")
        bench.answerClaims()
        for _ in 0..<4 {
            bench.end("a")
            bench.answerClaims()
        }
        #expect(bench.delivered("a") == [1, 2, 3, 4])
    }

    @Test("memory is shared out by bytes: many lanes with large deliveries stay below the bound")
    func bytes() {
        var limits = DispatchState.Limits()
        limits.bytes = 1_000_000
        let names = (0..<10).map { "e\($0)" }
        var bench = DispatchBench(
            Dictionary(uniqueKeysWithValues: names.map { ($0, Self.settings(1)) }), limits: limits)
        for name in names { bench.commit(100, to: name, bytes: 50_000) }
        #expect(bench.state.readyBytes <= 1_000_000)
        // Nothing is lost: what is not in memory is in the store.
        let elsewhere = bench.stored.values.reduce(0) { $0 + $1.count }
        #expect(elsewhere + bench.flights.count + bench.state.readyCount == 1000)
    }

    @Test("an endpoint that cannot be reached is probed by one delivery at a time, and holds no memory")
    func unreachable() {
        var bench = DispatchBench(["dead": Self.settings(8), "good": Self.settings(8)])
        bench.commit(500, to: "dead")
        var attempts = 0
        // A second of refusals as fast as they come.
        for _ in 0..<1000 {
            if bench.underWay("dead") > 0 {
                attempts += 1
                bench.end("dead", .refused)
            }
            bench.answerClaims()
            bench.pass(.milliseconds(1))
        }
        #expect(attempts < 40)
        #expect(bench.state.readyCount <= 1)
        bench.commit(1, to: "good")
        #expect(bench.underWay("good") == 1)
    }

    @Test("when it answers again, its backlog drains at the full concurrency")
    func recovery() {
        var bench = DispatchBench(["a": Self.settings(8)])
        bench.commit(500, to: "a")
        for _ in 0..<2000 {
            if bench.underWay("a") > 0 { bench.end("a", .refused) }
            bench.answerClaims()
            bench.pass(.milliseconds(5))
        }
        // At most a second until the next probe.
        bench.pass(.seconds(1))
        bench.answerClaims()
        #expect(bench.underWay("a") == 1)
        bench.end("a")
        bench.answerClaims()
        #expect(bench.underWay("a") == 8)
        for _ in 0..<3000 where bench.underWay("a") > 0 || bench.stored["a"]?.isEmpty == false {
            bench.end("a")
            bench.answerClaims()
            if bench.underWay("a") == 0 { bench.pass(.milliseconds(500)) }
        }
        #expect(Set(bench.settled.filter { $0.result == .delivered }.map(\.lease.key.sequence)).count == 500)
    }

    @Test("endpoints that hang cannot take every request that may be under way")
    func hanging() {
        var limits = DispatchState.Limits()
        limits.underWay = 64
        var settings = Dictionary(uniqueKeysWithValues: (0..<10).map { ("h\($0)", Self.settings(64)) })
        settings["good"] = Self.settings(64)
        var bench = DispatchBench(settings, limits: limits)
        for index in 0..<10 { bench.commit(100, to: "h\(index)") }
        bench.commit(5, to: "good")
        #expect(bench.underWay("good") >= 1)
        #expect(bench.flights.count <= 64 + 11 * 4)
        for _ in 0..<5 { bench.end("good") }
        #expect(bench.delivered("good").count == 5)
    }

    @Test("a failed attempt is settled with its due time, and claimed when that has come")
    func retry() {
        var bench = DispatchBench(["a": Self.settings(4)])
        bench.commit(1, to: "a")
        bench.end("a", .broken)
        guard case .retry(let due)? = bench.settled.last?.result else {
            Issue.record("it was not settled for another attempt")
            return
        }
        #expect(due == bench.now + .seconds(1))
        #expect(bench.settled.last?.body == [1])
        #expect(bench.state.nextTime == due)
        bench.pass(.milliseconds(999))
        #expect(bench.claims.isEmpty)
        bench.pass(.milliseconds(1))
        #expect(bench.claims.count == 1)
        bench.answerClaims()
        #expect(bench.underWay("a") == 1)
    }

    @Test("a retry that falls due while a claim is being answered is not forgotten")
    func retryDuringClaim() {
        var bench = DispatchBench(["a": Self.settings(4)])
        bench.commit(1, to: "a")
        bench.store(1, for: "a")
        bench.survey()
        #expect(bench.claims.count == 1)
        bench.end("a", .broken)
        // The answer was made before the settlement was written, so it knows nothing of the retry.
        bench.claims.removeAll()
        bench.send(.claimed(endpoint: "a", [], isWhole: true, nextDue: nil))
        bench.pass(.seconds(1))
        #expect(bench.claims.count == 1)
    }

    @Test("what is committed during a claim follows what the claim brings")
    func committedDuringClaim() {
        var bench = DispatchBench(["a": Self.settings(1)])
        bench.store(2, for: "a")
        bench.survey()
        bench.commit(3, to: "a")
        #expect(bench.stored["a"]?.count == 2)
        bench.answerClaims()
        for _ in 0..<5 { bench.end("a") }
        #expect(bench.delivered("a") == [1, 2, 3, 4, 5])
        // And the lane is back to working from memory alone.
        #expect(bench.claims.isEmpty)
        bench.commit(1, to: "a")
        #expect(bench.underWay("a") == 1)
    }

    @Test("a store that cannot be read is asked again after a pause")
    func claimFails() {
        var bench = DispatchBench(["a": Self.settings(1)])
        bench.store(1, for: "a")
        bench.survey()
        bench.claims.removeAll()
        bench.send(.claimFailed(endpoint: "a"))
        #expect(bench.claims.isEmpty)
        bench.pass(.seconds(1))
        #expect(bench.claims.count == 1)
    }

    @Test("a lost wake-up is found by the survey")
    func lostWakeUp() {
        var bench = DispatchBench(["a": Self.settings(1)])
        // Put back by another process that told nobody.
        bench.store(1, for: "a")
        bench.pass(.seconds(4))
        #expect(bench.flights.isEmpty)
        bench.survey()
        bench.answerClaims()
        #expect(bench.underWay("a") == 1)
    }

    @Test("stopping returns what is ready, and starts nothing more")
    func stop() {
        var bench = DispatchBench(["a": Self.settings(1)])
        bench.commit(3, to: "a")
        bench.send(.stop)
        bench.end("a")
        bench.commit(1, to: "a")
        #expect(bench.flights.isEmpty)
        #expect(bench.stored["a"]?.map(\.sequence) == [2, 3, 4])
        #expect(bench.state.underWay == 0)
    }

    @Test("a delivery that cannot be made is dead at once and makes room for the next")
    func unsendable() {
        var bench = DispatchBench(["a": Self.settings(1)])
        bench.commit(2, to: "a")
        bench.end("a", .unsendable(reason: "no such field"))
        #expect(bench.settled.first?.result == .dead(reason: "no such field"))
        #expect(bench.underWay("a") == 1)
    }

    @Test("any history ends with every delivery settled once, and never two attempts at once", arguments: 0..<40)
    func histories(seed: UInt64) {
        var random = SeededRandom(seed)
        var limits = DispatchState.Limits()
        (limits.perLane, limits.bytes, limits.underWay, limits.perTurn) = (6, 20_000, 12, 3)
        let names = ["a", "b", "c", "d"]
        var bench = DispatchBench(
            Dictionary(uniqueKeysWithValues: names.map { ($0, Self.settings(Int.random(in: 1...5, using: &random))) }),
            limits: limits)
        var committed = 0
        for _ in 0..<250 {
            let name = names.randomElement(using: &random) ?? "a"
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let count = Int.random(in: 1...4, using: &random)
                committed += count
                bench.commit(count, to: name)
            case 3...5: bench.end(name)
            case 6: bench.end(name, Bool.random(using: &random) ? .refused : .broken)
            case 7: bench.answerClaims()
            case 8: bench.pass(.milliseconds(Int.random(in: 0...1500, using: &random)))
            default: bench.survey()
            }
            #expect(Set(bench.flights.map(\.work.sequence)).count == bench.flights.count, "two attempts at once")
        }
        for _ in 0..<5000 where bench.settled.count(where: { $0.result == .delivered }) < committed {
            bench.answerClaims()
            for name in names { bench.end(name) }
            bench.pass(.milliseconds(100))
        }
        let delivered = bench.settled.filter { $0.result == .delivered }.map(\.lease.key.sequence)
        #expect(delivered.count == committed)
        #expect(Set(delivered).count == committed)
    }

    @Test("waits go by one clock, what people and receivers see by the other")
    func twoClocks() throws {
        var bench = DispatchBench(["a": Self.settings(1)])
        // The machine's clock was set back by an hour.
        bench.state.lead = .seconds(-3600)
        bench.commit(2, to: "a")
        bench.end("a", .response(status: 503, retryAfter: nil))
        let first = try #require(bench.settled.first)
        #expect(first.attempt.at == bench.now + .seconds(-3600))
        guard case .retry(let due) = first.result else { throw CancellationError() }
        #expect(due > bench.now && due < bench.now + .seconds(2))
        // A date in an answer is meant by the clock that everybody has: two minutes from then.
        bench.end("a", .response(status: 503, retryAfter: "Tue, 14 Nov 2023 21:15:20 GMT"))
        guard case .retry(let asked) = bench.settled.last?.result else { throw CancellationError() }
        #expect(asked == bench.now + .seconds(120))
    }
}
