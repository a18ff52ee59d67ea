/// A dead endpoint with a million waiting deliveries, and its return.
extension Bench {
    /// How many wait in the small case, and how often that is measured.
    private static let few = 1000
    private static let rounds = 8
    /// How many deliveries tell what one costs.
    private static let sample = 20_000

    func backlog() throws -> Measurement {
        let wanted = options.waiting
        let configuration = self.configuration.withApart(
            "url: \"${env:BENCH_APART}/apart\", \(Configuration.everySecond)")
        let load = try Load()
        var (highest, notes): (Double, [String]) = (0, [])
        return try withHub(configuration, for: load) { hub in
            let server = hub.server
            load.watch = { highest = max(highest, server.tree.memory) }
            try load.connect(options.connections ?? 64, to: server.port)

            progress("backlog: the normal rate")
            let begin = now()
            try load.runClosedLoop(until: begin + Self.warmUp * 3)
            let normal = load.ledger.rates([.main], from: begin + Self.warmUp, to: now()).arrived
            try load.drain()

            progress("backlog: the cost with \(Self.few) waiting")
            load.mix = { _ in .apart }
            let costs = try (0..<Self.rounds).map { _ in try cost(of: Self.few, draining: Self.few, load, server) }
            progress("backlog: the cost with \(Self.sample) waiting")
            let middle = try cost(of: Self.sample, draining: Self.sample, load, server)

            progress("backlog: \(Self.format(Double(wanted))) webhooks for a dead endpoint")
            highest = 0
            let accepted = load.ledger[.apart].accepted
            let filling = Usage(server)
            try load.runClosedLoop(until: now() + 240 * nanosecondsPerSecond, count: wanted)
            let filled = load.ledger[.apart].accepted - accepted
            let fillRate = Double(filled) / (Double(now() - filling.time) / 1e9)
            let fillCost = Double((Usage(server) - filling).server) / 1000 / Double(max(1, filled))
            if filled < wanted * 99 / 100 { notes.append("only \(Self.format(Double(filled))) were accepted in 240 s") }

            progress("backlog: 300 events/s for another endpoint")
            load.mix = { _ in .main }
            let start = now()
            try load.runOpenLoop(rate: 300, until: start + Int64((options.seconds ?? 15) * 1e9))
            try load.rest(until: now() + 2 * nanosecondsPerSecond)
            let times = load.ledger.latencies(.main, from: start, patience: now())
            let late = load.ledger[.main].missing
            if late > 0 { notes.append("\(late) of the others had not arrived 2 s after the last was due") }

            progress("backlog: the endpoint is back")
            let usage = Usage(server)
            let open = now()
            let before = load.ledger[.apart].arrived
            try load.openApart()
            let sample = min(Self.sample, filled)
            try load.rest(until: open + 30 * nanosecondsPerSecond) { load.ledger[.apart].arrived - before >= sample }
            let drained = load.ledger[.apart].arrived - before
            let bigCost = Double((Usage(server) - usage).server) / 1000 / Double(max(1, drained))
            try load.drain([.main, .apart], patience: 20)
            let arrivals = load.ledger.arrivals(.apart, after: open)
            let tenths = Self.tenths(arrivals)

            var figures = [
                Figure("normal_per_s", "normal rate: in and out, no backlog", normal, "events/s"),
                Figure("fill_per_s", "accepted while the backlog grew", fillRate, "events/s"),
                Figure("fill_cpu_us", "CPU of the hub meanwhile, attempts included", fillCost, "µs/event", digits: 1),
                Figure("waiting", "waiting deliveries", Double(filled)),
                Figure(
                    "arrival_p50_ms", "the others at 300/s, due to arrived, p50", times.arrival.milliseconds(0.5), "ms",
                    digits: 2),
                Figure(
                    "arrival_p99_ms", "the same, p99", times.arrival.milliseconds(0.99), "ms", digits: 2,
                    must: .atMost(50)),
                Figure(
                    "accept_p99_ms", "the same, due to accepted, p99", times.accept.milliseconds(0.99), "ms", digits: 2),
                Figure(
                    "highest_mb", "highest resident memory since the backlog began", highest, "MB", digits: 1,
                    must: .atMost(150)),
                Figure(
                    "first_s", "back again, first delivery after (the next attempt is due within 1 s)",
                    Double((arrivals.first ?? now()) - open) / 1e9, "s", digits: 2, must: .atMost(2)),
            ]
            figures += tenths.enumerated().map { index, rate in
                Figure("tenth_\(index + 1)_per_s", "drain, tenth \(index + 1)", rate, "events/s")
            }
            figures += [
                Figure(
                    "slowest_tenth_percent", "slowest tenth against the normal rate",
                    (tenths.min() ?? 0) / normal * 100, "%", must: .atLeast(80)),
                Figure("few_us", "CPU per delivery, \(Self.few) waiting", median(costs), "µs", digits: 1),
                Figure(
                    "some_us", "CPU per delivery, \(Self.format(Double(Self.sample))) waiting", middle, "µs", digits: 1),
                Figure(
                    "many_us",
                    "CPU per delivery, first \(Self.format(Double(sample))) of \(Self.format(Double(filled)))",
                    bigCost, "µs", digits: 1),
                Figure(
                    "cost_more_percent", "cost with many against few", (bigCost / median(costs) - 1) * 100, "%",
                    must: .atMost(20)),
            ]
            return Measurement(
                scenario: "backlog",
                summary: "\(Self.format(Double(filled))) deliveries wait for a dead endpoint, while another gets 300/s",
                figures: figures, account: Account(load, [.main, .apart]), notes: notes)
        }
    }

    /// Lets some deliveries fail once, brings the endpoint back and drains them; CPU of the hub for each, in µs.
    private func cost(of count: Int, draining wanted: Int, _ load: Load, _ server: Server) throws -> Double {
        let before = load.ledger[.apart].arrived
        try load.runClosedLoop(until: now() + 60 * nanosecondsPerSecond, count: count)
        try load.rest(until: now() + nanosecondsPerSecond / 2)
        let usage = Usage(server)
        try load.openApart()
        try load.rest(until: now() + 20 * nanosecondsPerSecond) { load.ledger[.apart].arrived - before >= wanted }
        try load.rest(until: now() + nanosecondsPerSecond / 20)
        let used = Usage(server) - usage
        let drained = load.ledger[.apart].arrived - before
        try load.sink.shut()
        return Double(used.server) / 1000 / Double(max(1, drained))
    }

    /// The rate of each tenth of the arrivals.
    private static func tenths(_ arrivals: [Int64]) -> [Double] {
        guard arrivals.count >= 20 else { return [] }
        return (0..<10).map { tenth in
            let (first, last) = (tenth * (arrivals.count - 1) / 10, (tenth + 1) * (arrivals.count - 1) / 10)
            return Double(last - first) / (Double(max(1, arrivals[last] - arrivals[first])) / 1e9)
        }
    }
}
