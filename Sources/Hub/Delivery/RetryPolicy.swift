package import HubModel

/// What came back from one attempt, as far as judging it needs to know.
package enum Answer: Sendable, Equatable {
    /// The receiver answered; `retryAfter` is its `Retry-After` header, unparsed.
    case response(status: Int, retryAfter: String?)
    /// Nothing came back: refused, reset, timed out.
    case noResponse(reason: String)
    /// Nothing was sent, and that says nothing of the receiver: this machine had no means to. It is no attempt.
    case heldBack(reason: String)
    /// The request could not or may not be sent at all; trying again cannot help.
    case unsendable(reason: String)
}

/// What becomes of a delivery after an attempt.
package enum Verdict: Sendable, Equatable {
    case delivered
    /// Send again after this wait.
    case retry(after: Duration, reason: String)
    /// Given up: rests in the dead letters with the reason.
    case dead(reason: String)
}

/// When a failed delivery is sent again, and when it is given up.
package struct RetryPolicy: Sendable, Equatable {
    /// One entry of `retry_on`.
    package enum Condition: Sendable, Equatable {
        case status(Int)
        /// 4 for `4xx`, 5 for `5xx`.
        case statusClass(Int)
        case network

        func covers(_ status: Int) -> Bool {
            switch self {
            case .status(let code): code == status
            case .statusClass(let hundreds): status / 100 == hundreds
            case .network: false
            }
        }
    }

    /// Sends before a delivery is given up, the first one included.
    package var maxAttempts = 5
    package var initialDelay = Duration.seconds(1)
    package var multiplier = 2.0
    package var maxDelay = Duration.seconds(300)
    /// The longest `Retry-After` that is obeyed; a longer one counts as this.
    package var maxRetryAfter = Duration.seconds(3600)
    package var conditions: [Condition] = [.status(408), .status(425), .status(429), .statusClass(5), .network]

    package init() {}

    /// Judges the answer to attempt number `attempt` (from 1). `jitter` is a random number from 0 up to 1: it spreads
    /// the wait over 80 to 120 % of its length, so that receivers are not hit by everything at once.
    package func verdict(on answer: Answer, attempt: Int, jitter: Double, at now: Timestamp) -> Verdict {
        switch answer {
        case .response(200..<300, _):
            return .delivered
        case .response(let status, let retryAfter):
            let reason = Self.reason(status)
            guard conditions.contains(where: { $0.covers(status) }) else { return .dead(reason: reason) }
            let asked = retryAfter.flatMap { RetryAfter.wait($0, now: now) }
            return again(attempt, jitter, asked: asked.map { min($0, maxRetryAfter) }, reason)
        case .noResponse(let reason):
            guard conditions.contains(.network) else { return .dead(reason: reason) }
            return again(attempt, jitter, asked: nil, reason)
        case .heldBack(let reason):
            return .retry(after: .zero, reason: reason)
        case .unsendable(let reason):
            return .dead(reason: reason)
        }
    }

    private func again(_ attempt: Int, _ jitter: Double, asked: Duration?, _ reason: String) -> Verdict {
        if attempt >= maxAttempts {
            return .dead(reason: "\(reason); given up after \(attempt) attempt\(attempt == 1 ? "" : "s")")
        }
        let wait = delay(before: attempt + 1) * (0.8 + 0.4 * jitter)
        return .retry(after: asked.map { max($0, wait) } ?? wait, reason: reason)
    }

    /// The wait before attempt number `attempt`, without jitter.
    func delay(before attempt: Int) -> Duration {
        var delay = initialDelay
        for _ in 2..<max(2, attempt) {
            delay = delay * multiplier
            if delay >= maxDelay { return maxDelay }
        }
        return min(delay, maxDelay)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 300..<400: "the receiver redirects (\(status)); redirects are not followed, so correct the endpoint's url"
        case 408, 425, 429: "the receiver asks to wait (\(status))"
        case 500...: "the receiver failed (\(status))"
        case 410: "the receiver is gone for good (410)"
        default: "the receiver refused it (\(status))"
        }
    }
}
