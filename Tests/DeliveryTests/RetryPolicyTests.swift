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
