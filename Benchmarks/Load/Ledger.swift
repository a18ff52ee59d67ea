/// The webhooks of one run that have something in common: what they are and where they go.
enum Group: UInt8, CaseIterable {
    /// To the sink.
    case main
    /// From another agent, so that a route of its own sends them to another endpoint.
    case apart
    /// Through an adapter whose provider does not send again.
    case once
    /// A report of 2 MB.
    case large
}

/// What became of every webhook of one run, by its number; times are nanoseconds since the run's beginning.
struct Ledger {
    /// More than this in one run is not kept account of; it bounds the tool's memory at some 250 MB.
    static let capacity = 8_000_000
    private static let never: Int64 = -1

    /// What became of a group, in numbers.
    struct Counts {
        var offered = 0
        var accepted = 0
        /// Accepted ones that the sink has seen; an arrival may come before the answer to the provider is read.
        var arrived = 0
        var arrivedUnaccepted = 0
        var refused = 0
        var duplicates = 0

        var missing: Int { accepted - arrived }
    }

    let beginning: Int64
    /// The number of the first webhook, so that a database can be used by several runs.
    let first: Int
    private(set) var counts: [Group: Counts] = Dictionary(uniqueKeysWithValues: Group.allCases.map { ($0, Counts()) })
    private(set) var refusals: [Refusal: Int] = [:]
    private(set) var strangers = 0
    private(set) var lastArrival: Int64 = 0
    /// Moments at which the hub was killed.
    private(set) var kills: [Int64] = []
    private(set) var unexplained = 0
    private var groups: [Group] = []
    private var offered: [Int64] = []
    private var sent: [Int64] = []
    private var accepted: [Int64] = []
    private var arrived: [Int64] = []

    struct Refusal: Hashable {
        var status: Int
        var saysWhen: Bool
    }

    init(beginning: Int64, first: Int) {
        (self.beginning, self.first) = (beginning, first)
        // Memory is only used when it is written to, and nothing stops for a copy later.
        groups.reserveCapacity(Self.capacity)
        offered.reserveCapacity(Self.capacity)
        sent.reserveCapacity(Self.capacity)
        accepted.reserveCapacity(Self.capacity)
        arrived.reserveCapacity(Self.capacity)
    }

    var count: Int { offered.count }
    var isFull: Bool { offered.count >= Self.capacity }

    subscript(_ group: Group) -> Counts { counts[group] ?? Counts() }

    /// The counts of some groups together.
    func sum(_ chosen: Set<Group>) -> Counts {
        chosen.reduce(into: Counts()) { sum, group in
            let counts = self[group]
            sum.offered += counts.offered
            sum.accepted += counts.accepted
            sum.arrived += counts.arrived
            sum.arrivedUnaccepted += counts.arrivedUnaccepted
            sum.refused += counts.refused
            sum.duplicates += counts.duplicates
        }
    }

    func group(of number: Int) -> Group { groups[number - first] }
    func isAccepted(_ number: Int) -> Bool { accepted[number - first] != Self.never }
    func intended(_ number: Int) -> Int64 { offered[number - first] + beginning }

    /// Enters a webhook that is sent now and gives it its number.
    mutating func offer(_ group: Group, intended: Int64, sent time: Int64) -> Int {
        groups.append(group)
        offered.append(intended - beginning)
        sent.append(time - beginning)
        accepted.append(Self.never)
        arrived.append(Self.never)
        counts[group]?.offered += 1
        return first + offered.count - 1
    }

    mutating func accept(_ number: Int, at time: Int64) {
        let index = number - first
        guard accepted[index] == Self.never else { return }
        accepted[index] = time - beginning
        counts[groups[index]]?.accepted += 1
        guard arrived[index] != Self.never else { return }
        counts[groups[index]]?.arrived += 1
        counts[groups[index]]?.arrivedUnaccepted -= 1
    }

    mutating func refuse(_ number: Int, status: Int, saysWhen: Bool) {
        counts[group(of: number)]?.refused += 1
        refusals[Refusal(status: status, saysWhen: saysWhen), default: 0] += 1
    }

    mutating func noteKill(at time: Int64) { kills.append(time - beginning) }

    mutating func arrive(_ number: Int, at time: Int64) {
        let index = number - first
        guard arrived.indices.contains(index) else {
            strangers += 1
            return
        }
        let present = time - beginning
        guard arrived[index] == Self.never else {
            counts[groups[index]]?.duplicates += 1
            if !isExplained(first: arrived[index], second: present) { unexplained += 1 }
            return
        }
        arrived[index] = present
        lastArrival = time
        if accepted[index] != Self.never {
            counts[groups[index]]?.arrived += 1
        } else {
            counts[groups[index]]?.arrivedUnaccepted += 1
        }
    }

    /// Whether a delivery came twice because the hub was killed between its arrival and the writing of its result, which
    /// is a matter of milliseconds.
    private func isExplained(first: Int64, second: Int64) -> Bool {
        kills.contains { first <= $0 && $0 <= second && $0 - first < nanosecondsPerSecond / 4 }
    }

    // MARK: Afterwards

    /// Webhooks of some groups that were accepted, and accepted ones that arrived, in a stretch of time.
    func rates(_ chosen: Set<Group>, from start: Int64, to end: Int64) -> (accepted: Double, arrived: Double) {
        let span = (start - beginning)..<(end - beginning)
        var counts = (accepted: 0, arrived: 0)
        for index in offered.indices where accepted[index] != Self.never && chosen.contains(groups[index]) {
            if span.contains(accepted[index]) { counts.accepted += 1 }
            if span.contains(arrived[index]) { counts.arrived += 1 }
        }
        let seconds = Double(end - start) / 1e9
        return (Double(counts.accepted) / seconds, Double(counts.arrived) / seconds)
    }

    /// How long webhooks took.
    struct Latencies {
        /// From the moment each was due.
        var accept: Distribution
        var arrival: Distribution
        /// From the moment each was due to that when it left the tool.
        var lag: Distribution
        /// From the moment each left the tool.
        var answer: Distribution
    }

    /// Of all accepted webhooks of a group that were due in a stretch of time. One that has not arrived by `patience`
    /// counts as if it had arrived then, so that what is stuck is seen.
    func latencies(
        _ group: Group = .main, from start: Int64, to end: Int64 = .max, patience: Int64? = nil
    ) -> Latencies {
        var (accept, arrival, lag, answer): ([Int64], [Int64], [Int64], [Int64]) = ([], [], [], [])
        let end = end == .max ? .max : end - beginning
        for index in offered.indices where groups[index] == group && accepted[index] != Self.never {
            guard offered[index] >= start - beginning, offered[index] < end else { continue }
            accept.append(accepted[index] - offered[index])
            answer.append(accepted[index] - sent[index])
            lag.append(sent[index] - offered[index])
            if arrived[index] != Self.never {
                arrival.append(arrived[index] - offered[index])
            } else if let patience {
                arrival.append(patience - beginning - offered[index])
            }
        }
        return Latencies(
            accept: Distribution(accept), arrival: Distribution(arrival), lag: Distribution(lag),
            answer: Distribution(answer))
    }

    /// The moments at which webhooks of a group arrived after `start`, in order.
    func arrivals(_ group: Group, after start: Int64) -> [Int64] {
        offered.indices.filter { groups[$0] == group && arrived[$0] >= start - beginning }
            .map { arrived[$0] + beginning }.sorted()
    }

    /// From each kill to the first webhook that was accepted after it, in nanoseconds.
    func recoveries() -> Distribution {
        let times = accepted.filter { $0 != Self.never }.sorted()
        var next = 0
        return Distribution(
            kills.compactMap { kill in
                while next < times.count, times[next] <= kill { next += 1 }
                return next < times.count ? times[next] - kill : nil
            })
    }
}

/// Times in order of size.
struct Distribution {
    private let sorted: [Int64]

    init(_ times: [Int64]) { sorted = times.sorted() }

    var isEmpty: Bool { sorted.isEmpty }

    /// The time that this share of all does not exceed, in milliseconds.
    func milliseconds(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let index = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return Double(sorted[min(max(index, 0), sorted.count - 1)]) / 1_000_000
    }
}

/// The middle of some values, which one odd run does not move.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
