import HubDelivery
import HubModel
import Testing

@Suite("Judging answers")
struct RetryPolicyTests {
    private static let now = Timestamp(milliseconds: 784_111_770_000)  // Sun, 06 Nov 1994 08:49:30 GMT

    private func verdict(_ status: Int, retryAfter: String? = nil, attempt: Int = 1, jitter: Double = 0.5) -> Verdict {
        RetryPolicy().verdict(
            on: .response(status: status, retryAfter: retryAfter), attempt: attempt, jitter: jitter, at: Self.now)
    }

    @Test("any 2xx is delivered", arguments: [200, 201, 202, 204, 299])
    func delivered(status: Int) {
        #expect(verdict(status) == .delivered)
    }

    @Test("busy and broken receivers are tried again", arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func again(status: Int) {
        guard case .retry(let wait, _) = verdict(status) else {
            Issue.record("\(status) was given up")
            return
        }
        #expect(wait == .seconds(1))
    }

    @Test(
        "refusals and redirects are dead at once, with the status in the reason",
        arguments: [301, 302, 307, 308, 400, 401, 404, 410, 422])
    func dead(status: Int) {
        guard case .dead(let reason) = verdict(status) else {
            Issue.record("\(status) was not given up")
            return
        }
        #expect(reason.contains("\(status)"))
    }

    @Test("waits double up to the longest, spread by the jitter")
    func backoff() {
        var policy = RetryPolicy()
        policy.maxAttempts = 20
        policy.maxDelay = .seconds(60)
        func wait(_ attempt: Int, _ jitter: Double) -> Duration? {
            let answer = Answer.response(status: 500, retryAfter: nil)
            guard case .retry(let wait, _) = policy.verdict(on: answer, attempt: attempt, jitter: jitter, at: Self.now)
            else { return nil }
            return wait
        }
        #expect((1...8).map { wait($0, 0.5) } == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(wait(1, 0) == .milliseconds(800))
        #expect(wait(3, 0.25) == .milliseconds(3600))
    }

    @Test("the last failed attempt is dead, with the number of attempts")
    func lastAttempt() {
        #expect(verdict(503, attempt: 5) == .dead(reason: "the receiver failed (503); given up after 5 attempts"))
        let silent = RetryPolicy().verdict(on: .noResponse(reason: "timed out"), attempt: 5, jitter: 0, at: Self.now)
        #expect(silent == .dead(reason: "timed out; given up after 5 attempts"))
    }

    @Test("a request that may not be sent is never tried again")
    func unsendable() {
        #expect(
            RetryPolicy().verdict(on: .unsendable(reason: "private"), attempt: 1, jitter: 0, at: Self.now)
                == .dead(reason: "private"))
    }

    @Test(
        "Retry-After is obeyed within bounds, in both its forms",
        arguments: [
            ("7", 7), ("0", 1), ("99999999999999999999", 3600), ("Sun, 06 Nov 1994 08:49:37 GMT", 7),
            ("Sat, 05 Nov 1994 08:49:37 GMT", 1), ("Sun, 06 Nov 2004 08:49:37 GMT", 3600), ("-5", 1), ("soon", 1),
            ("", 1),
            (" 7 ", 7), ("Sun, 32 Nov 1994 08:49:37 GMT", 1), ("7.5", 1),
        ])
    func retryAfter(header: String, seconds: Int) {
        guard case .retry(let wait, _) = verdict(429, retryAfter: header) else {
            Issue.record("given up")
            return
        }
        #expect(wait == .seconds(seconds))
    }
}

@Suite("The queue of deliveries")
struct DeliveryQueueTests {
    @Test("endpoints take turns, and none has more under way than its limit")
    func turns() {
        var queue = DeliveryQueue<Int>()
        let slow = queue.lane(of: "slow", limit: 2)
        let fast = queue.lane(of: "fast", limit: 10)
        for n in 0..<1000 { queue.add(n, to: slow) }
        for n in 5000..<5004 { queue.add(n, to: fast) }
        var taken: [Int] = []
        while let (work, _) = queue.next() { taken.append(work) }
        #expect(taken.filter { $0 < 1000 } == [0, 1])
        #expect(taken.filter { $0 >= 5000 } == [5000, 5001, 5002, 5003])
        queue.finished(slow)
        #expect(queue.next()?.work == 2)
        #expect(queue.next() == nil)
        #expect(queue.underWay == 6)
        #expect(queue.count == 997)
    }

    @Test("what waits comes out in the order of its time, then of its arrival")
    func waiting() {
        var queue = DeliveryQueue<Int>()
        let lane = queue.lane(of: "a", limit: 100)
        let times: [Int64] = [50, 10, 30, 10, 20, 40]
        for (n, time) in times.enumerated() { queue.add(n, to: lane, due: Timestamp(milliseconds: time)) }
        #expect(queue.nextDue == Timestamp(milliseconds: 10))
        queue.wake(at: Timestamp(milliseconds: 9))
        #expect(queue.next() == nil)
        queue.wake(at: Timestamp(milliseconds: 30))
        var taken: [Int] = []
        while let (work, _) = queue.next() { taken.append(work) }
        #expect(taken == [1, 3, 4, 2])
        #expect(queue.nextDue == Timestamp(milliseconds: 40))
    }

    @Test("a long queue is taken in order without growing")
    func long() {
        var queue = DeliveryQueue<Int>()
        let lane = queue.lane(of: "a", limit: 1)
        for n in 0..<20_000 { queue.add(n, to: lane) }
        for n in 0..<20_000 {
            #expect(queue.next()?.work == n)
            queue.finished(lane)
        }
        #expect(queue.count == 0)
    }
}
