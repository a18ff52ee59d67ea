import HubModel

/// Whether an endpoint may be sent to now.
///
/// A plain value that asks further plain values, each with one reason to hold back: how many requests are under way, and
/// whether the endpoint can be reached at all.
struct Gate {
    enum State: Equatable {
        case open
        /// Until one of its requests ends.
        case full
        case closed(until: Timestamp)
    }

    private(set) var underWay = 0
    var concurrency: Int
    private var reach = Reachability()

    init(concurrency: Int) { self.concurrency = concurrency }

    func state(at now: Timestamp) -> State {
        guard reach.isProbing else { return underWay < concurrency ? .open : .full }
        if underWay > 0 { return .full }
        return reach.nextProbe <= now ? .open : .closed(until: reach.nextProbe)
    }

    /// How many requests may be started, as far as can be said beforehand.
    var room: Int { reach.isProbing ? max(0, 1 - underWay) : max(0, concurrency - underWay) }

    /// Whether it is asked by one request at a time, because nothing came back for long.
    var isProbing: Bool { reach.isProbing }

    mutating func started() { underWay += 1 }

    mutating func ended(_ answer: Answer, at now: Timestamp) {
        underWay -= 1
        switch answer {
        case .response: reach.answered()
        case .noResponse: reach.wasSilent(at: now)
        case .heldBack: reach.wasHeldBack(at: now)
        case .unsendable: break
        }
    }
}

/// Spares an endpoint that cannot be reached, and the hub with it.
///
/// After a number of attempts in a row that brought no answer at all (refused, reset, timed out), one delivery at a time
/// asks whether it is back, with a pause that grows to a second. What waits meanwhile uses up no attempts. Any answer
/// ends it, so a backlog begins to move at most a second after the endpoint has come back.
struct Reachability: Equatable {
    /// Attempts in a row without an answer after which it is only probed.
    static let patience = 16
    private static let firstPause = Duration.milliseconds(125)
    private static let longestPause = Duration.seconds(1)

    private var silences = 0
    private(set) var nextProbe = Timestamp(milliseconds: 0)

    var isProbing: Bool { silences >= Self.patience }

    mutating func answered() { silences = 0 }

    /// This machine could not even try. One delivery at a time asks from now on whether it can again.
    mutating func wasHeldBack(at now: Timestamp) {
        silences = max(silences, Self.patience - 1)
        wasSilent(at: now)
    }

    mutating func wasSilent(at now: Timestamp) {
        silences += 1
        guard isProbing else { return }
        let doublings = min(3, silences - Self.patience)
        nextProbe = now + min(Self.longestPause, Self.firstPause * (1 << doublings))
    }
}
