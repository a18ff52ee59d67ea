import HubModel

/// The time that the retention counts by. It goes with the machine's clock, except when that jumps ahead: then for a day of
/// running it goes on at its own pace, so that a clock set wrong makes nothing old. It is stored, so that a restart is no
/// way around it. A pause of the hub cannot be told from a jump, and is treated as one.
struct RetentionClock: Equatable {
    /// How long it does not follow a clock that has jumped ahead.
    static let patience = Duration.seconds(86_400)

    private(set) var time: Timestamp
    /// While it is behind: what it will show when it follows.
    private(set) var follows: Timestamp?
    /// How far it was behind at the last step.
    private(set) var lag = Duration.zero
    /// Time that had passed at the last step.
    private var elapsed: Duration

    /// - Parameter elapsed: time that has passed since any moment.
    init(_ time: Timestamp, elapsed: Duration, follows: Timestamp? = nil, lag: Duration = .zero) {
        (self.time, self.elapsed, self.follows, self.lag) = (time, elapsed, follows, lag)
    }

    /// Goes on to when `elapsed` has passed since that same moment, and the machine's clock shows `wall`.
    mutating func advance(to elapsed: Duration, wall: Timestamp) {
        time = time + max(.zero, elapsed - self.elapsed)
        self.elapsed = elapsed
        let lag = wall - time
        guard lag > SteadyClock.tolerance, follows.map({ time < $0 }) ?? true else {
            // A clock that was set back makes things younger, which does no harm.
            self = RetentionClock(wall, elapsed: elapsed)
            return
        }
        if follows == nil || lag - self.lag > SteadyClock.tolerance { follows = time + Self.patience }
        self.lag = lag
    }
}

/// What a run leaves of its clocks for the next one.
struct StoredClocks {
    /// By which stored due times are.
    var steady: Timestamp
    var retention: RetentionClock

    init(steady: Timestamp, retention: RetentionClock) { (self.steady, self.retention) = (steady, retention) }

    /// For the database, as whole milliseconds.
    var text: String {
        "\(steady.milliseconds) \(retention.time.milliseconds) \(retention.follows?.milliseconds ?? 0) \(retention.lag.milliseconds)"
    }

    /// - Parameter elapsed: time that has passed in this run.
    init?(text: String, elapsed: Duration) {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 4 else { return nil }
        steady = Timestamp(milliseconds: numbers[0])
        retention = RetentionClock(
            Timestamp(milliseconds: numbers[1]), elapsed: elapsed,
            follows: numbers[2] == 0 ? nil : Timestamp(milliseconds: numbers[2]), lag: .milliseconds(numbers[3]))
    }
}
