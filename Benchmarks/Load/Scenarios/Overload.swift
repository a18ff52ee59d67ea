/// More webhooks than the hub takes.
extension Bench {
    func overload() throws -> Measurement {
        let seconds = options.seconds ?? 120
        let load = try Load()
        return try withHub(configuration, for: load) { hub in
            let server = hub.server
            progress("overload: how much the hub takes")
            try load.connect(options.connections ?? 64, to: server.port)
            let first = now()
            try load.runClosedLoop(until: first + Self.warmUp * 3)
            let capacity = load.ledger.rates([.main], from: first + Self.warmUp, to: now()).accepted
            try load.drain()

            progress("overload: a quarter of it")
            let calm = now()
            try load.runOpenLoop(rate: capacity / 4, until: calm + 5 * nanosecondsPerSecond)
            let normal = load.ledger.latencies(from: calm + nanosecondsPerSecond).accept.milliseconds(0.99)
            try load.drain()

            progress("overload: twice as much for \(Self.format(seconds)) s")
            // A fifth comes from a provider that does not send again.
            load.mix = { $0 % 5 == 4 ? .once : .main }
            let before = load.ledger
            let start = now()
            let end = start + Int64(seconds * 1e9)
            try load.runOpenLoop(rate: capacity * 2, until: end, connections: 4000)
            let during = load.ledger
            load.mix = { _ in .main }
            try load.runOpenLoop(rate: capacity / 4, until: end + 10 * nanosecondsPerSecond)
            try load.drain([.main, .once])
            let ledger = load.ledger
            let times = ledger.latencies(from: start, to: end)
            let rates = ledger.rates([.main, .once], from: start, to: end)
            let refused = { (group: Group) in
                Double(during[group].refused - before[group].refused)
                    / Double(max(1, during[group].offered - before[group].offered)) * 100
            }
            let wrong = ledger.refusals.filter { $0.key.status != 503 || !$0.key.saysWhen }.values.reduce(0, +)
            return Measurement(
                scenario: "overload",
                summary:
                    "twice what the hub takes for \(Self.format(seconds)) s, a fifth of it from a provider that does not send again",
                figures: [
                    Figure("capacity_per_s", "the hub takes", capacity, "events/s"),
                    Figure("offered_per_s", "offered", Double(during.count - before.count) / seconds, "events/s"),
                    Figure("accepted_per_s", "accepted", rates.accepted, "events/s"),
                    Figure("arrived_per_s", "arrived", rates.arrived, "events/s"),
                    Figure(
                        "answer_p50_ms", "accepted ones, sent to accepted, p50", times.answer.milliseconds(0.5), "ms",
                        digits: 1),
                    Figure(
                        "answer_p99_ms", "the same, p99", times.answer.milliseconds(0.99), "ms", digits: 1,
                        must: .atMost(1000)),
                    Figure("accept_p99_ms", "due to accepted, p99", times.accept.milliseconds(0.99), "ms", digits: 1),
                    Figure("arrival_p99_ms", "due to arrived, p99", times.arrival.milliseconds(0.99), "ms", digits: 1),
                    Figure("refused_percent", "refused, providers that send again", refused(.main), "%", digits: 1),
                    Figure(
                        "once_refused_percent", "refused, the provider that does not", refused(.once), "%", digits: 1),
                    Figure(
                        "once_share", "its refusals against the others'", refused(.once) / max(0.001, refused(.main)),
                        "×",
                        digits: 2, must: .atMost(1)),
                    Figure(
                        "wrong_refusals", "refusals that are not 503 with Retry-After", Double(wrong), must: .atMost(0)),
                    Figure("not_sent", "due and not sent, no connection was free for 1 s", Double(load.unsent)),
                    Figure(
                        "recovery_s", "the load is over, accepting is normal again after",
                        Self.recovery(ledger, after: end, normal: normal), "s", digits: 2, must: .atMost(1)),
                    Figure("peak_mb", "peak memory of the hub", server.tree.peakMemory, "MB", digits: 1),
                ], account: Account(load, [.main, .once]))
        }
    }

    /// Seconds until the accept times of every following quarter of a second have a 99th percentile of twice the normal
    /// one, or 15 ms, at most.
    private static func recovery(_ ledger: Ledger, after end: Int64, normal: Double) -> Double {
        let limit = max(15, normal * 2)
        let window = nanosecondsPerSecond / 4
        var slow = 0
        for number in 0..<40 {
            let from = end + Int64(number) * window
            let times = ledger.latencies(from: from, to: from + window).accept
            if !times.isEmpty, times.milliseconds(0.99) > limit { slow = number + 1 }
        }
        return Double(slow) / 4
    }
}
