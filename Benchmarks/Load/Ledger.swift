/// What became of every webhook of one run, by its number; times are nanoseconds since the run's beginning.
struct Ledger {
    /// More than this in one run is not kept account of; it bounds the tool's memory at some 100 MB.
    static let capacity = 4_000_000
    private static let never: Int64 = -1

    let beginning: Int64
    /// Whether every tenth webhook is for an endpoint that hangs, and so is neither missed nor timed.
    let setsTenthApart: Bool
    private var offered: [Int64] = []
    private var accepted: [Int64] = []
    private var arrived: [Int64] = []
    private(set) var acceptedCount = 0
    /// Accepted ones that the sink has seen; an arrival may come before the answer to the provider is read.
    private(set) var arrivedCount = 0
    private(set) var arrivedUnaccepted = 0
    private(set) var refusedCount = 0
    private(set) var duplicates = 0
    private(set) var strangers = 0
    private(set) var lastArrival: Int64 = 0
    /// How much later than intended webhooks left the generator.
    private(set) var lags: [Int64] = []

    /// Without those that are apart.
    var offeredCount: Int { setsTenthApart ? offered.count - offered.count / 10 : offered.count }
    var isFull: Bool { offered.count >= Self.capacity }
    var missing: Int { acceptedCount - arrivedCount }

    init(beginning: Int64, setsTenthApart: Bool) {
        (self.beginning, self.setsTenthApart) = (beginning, setsTenthApart)
    }

    func isApart(_ number: Int) -> Bool { setsTenthApart && number % 10 == 9 }

    /// Enters a webhook that is sent now and gives it its number.
    mutating func offer(intended: Int64, sent: Int64) -> Int {
        offered.append(intended - beginning)
        accepted.append(Self.never)
        arrived.append(Self.never)
        lags.append(sent - intended)
        return offered.count - 1
    }

    mutating func accept(_ number: Int, at time: Int64) {
        guard !isApart(number) else { return }
        accepted[number] = time - beginning
        acceptedCount += 1
        if arrived[number] != Self.never {
            arrivedCount += 1
            arrivedUnaccepted -= 1
        }
    }

    mutating func refuse(_ number: Int) { if !isApart(number) { refusedCount += 1 } }

    mutating func arrive(_ number: Int, at time: Int64) {
        guard arrived.indices.contains(number) else {
            strangers += 1
            return
        }
        guard !isApart(number) else { return }
        guard arrived[number] == Self.never else {
            duplicates += 1
            return
        }
        arrived[number] = time - beginning
        lastArrival = time
        if accepted[number] != Self.never { arrivedCount += 1 } else { arrivedUnaccepted += 1 }
    }

    /// Webhooks accepted, and accepted ones that arrived, in a stretch of time.
    func counts(from start: Int64, to end: Int64) -> (accepted: Int, arrived: Int) {
        let span = (start - beginning)..<(end - beginning)
        var counts = (accepted: 0, arrived: 0)
        for number in offered.indices where accepted[number] != Self.never {
            if span.contains(accepted[number]) { counts.accepted += 1 }
            if span.contains(arrived[number]) { counts.arrived += 1 }
        }
        return counts
    }

    /// Times from the moment a webhook should have been sent, for all that should have been from `start` on.
    func latencies(from start: Int64) -> (accept: Distribution, arrival: Distribution, lag: Distribution) {
        var accept: [Int64] = []
        var arrival: [Int64] = []
        var lag: [Int64] = []
        for number in offered.indices where offered[number] >= start - beginning && accepted[number] != Self.never {
            accept.append(accepted[number] - offered[number])
            if arrived[number] != Self.never { arrival.append(arrived[number] - offered[number]) }
            lag.append(lags[number])
        }
        return (Distribution(accept), Distribution(arrival), Distribution(lag))
    }
}

/// Times in order of size.
struct Distribution {
    private let sorted: [Int64]

    init(_ times: [Int64]) { sorted = times.sorted() }

    /// The time that this share of all does not exceed, in milliseconds.
    func milliseconds(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let index = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return Double(sorted[min(max(index, 0), sorted.count - 1)]) / 1_000_000
    }
}
