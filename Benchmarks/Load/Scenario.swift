/// One way to load the hub.
struct Scenario: Sendable {
    let name: String
    let summary: String
    let measure: @Sendable (Bench) throws -> Measurement

    static let all = [
        Scenario(name: "saturation", summary: "as many webhooks as the hub takes") { try $0.saturation() },
        Scenario(name: "rate", summary: "a fixed rate; latencies from the moment each webhook was due") {
            try $0.rate()
        },
        Scenario(name: "connections", summary: "the same over 1,000 connections") { try $0.connections() },
        Scenario(name: "routes", summary: "1,000 routes of which one matches, against one route") { try $0.routes() },
        Scenario(name: "hanging", summary: "an endpoint that hangs, with a tenth of the load") { try $0.hanging() },
        Scenario(name: "idle", summary: "nothing to do") { try $0.idle() },
    ]
}

/// Runs scenarios as the options say, each with a hub and a database of its own.
struct Bench {
    private static let warmUp = 2 * nanosecondsPerSecond

    let options: Options
    let configuration: String
    /// Tells what is going on while it takes its time.
    let progress: (String) -> Void

    /// What a run at saturation gives.
    private struct Saturation {
        var accepted: Double
        var arrived: Double
        var processor: Double
        var drain: Double
        var peak: Double
        var generator: Double
        var others: Double
        var account: Account
    }

    func saturation() throws -> Measurement {
        let seconds = options.seconds ?? 10
        let count = options.connections ?? 64
        var runs: [Saturation] = []
        for run in 1...options.runs {
            progress("saturation: run \(run) of \(options.runs)")
            runs.append(try saturate(configuration, connections: count, seconds: seconds))
        }
        let median = { (value: (Saturation) -> Double) in
            let sorted = runs.map(value).sorted()
            return sorted.count % 2 == 1
                ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
        }
        return Measurement(
            scenario: "saturation",
            summary:
                "\(count) connections, closed loop, median of \(runs.count) runs of \(Figure.format(seconds, digits: 0)) s",
            figures: [
                Figure("accepted_per_s", "accepted", median(\.accepted), "events/s"),
                Figure("arrived_per_s", "arrived, end to end", median(\.arrived), "events/s", must: "at least 12,000"),
                Figure("lowest_arrived_per_s", "arrived, worst run", runs.map(\.arrived).min() ?? .nan, "events/s"),
                Figure("hub_cpu_us", "CPU of the hub", median(\.processor), "µs/event", digits: 1, must: "at most 100"),
                Figure("drain_s", "backlog gone after the last webhook", median(\.drain), "s", digits: 2),
                Figure("peak_mb", "peak memory of the hub", median(\.peak), "MB", digits: 1),
                Figure("generator_cpu_us", "CPU of this tool", median(\.generator), "µs/event", digits: 1),
                Figure("others_percent", "CPU of other programs", median(\.others), "% of a core", digits: 0),
            ],
            account: runs.map(\.account).reduce(Account(), +))
    }

    func routes() throws -> Measurement {
        let seconds = options.seconds ?? 10
        let count = options.connections ?? 64
        progress("routes: one route")
        let one = try saturate(configuration, connections: count, seconds: seconds)
        progress("routes: 999 more for other events")
        let others = try saturate(
            configuration + Self.routes(999, on: "provider.event"), connections: count, seconds: seconds)
        progress("routes: 999 more for the same event")
        let same = try saturate(
            configuration + Self.routes(999, on: "call.ended"), connections: count, seconds: seconds)
        return Measurement(
            scenario: "routes",
            summary: "CPU of the hub per event at saturation, \(Figure.format(seconds, digits: 0)) s each",
            figures: [
                Figure("one_us", "1 route", one.processor, "µs", digits: 1),
                Figure(
                    "other_events_us", "1,000 routes, 999 of them for other events", others.processor, "µs", digits: 1),
                Figure("same_event_us", "1,000 routes, 999 filters say no", same.processor, "µs", digits: 1),
                Figure(
                    "other_events_ratio", "cost with 999 for other events", others.processor / one.processor, "×",
                    digits: 2),
                Figure(
                    "same_event_ratio", "cost with 999 for the same event", same.processor / one.processor, "×",
                    digits: 2, must: "at most 1.5"),
                Figure("one_arrived_per_s", "arrived, 1 route", one.arrived, "events/s"),
                Figure("same_event_arrived_per_s", "arrived, 999 filters say no", same.arrived, "events/s"),
            ],
            account: one.account + others.account + same.account)
    }

    func rate() throws -> Measurement {
        progress("rate")
        return try steady("rate", connections: options.connections ?? 64, seconds: options.seconds ?? 20)
    }

    func connections() throws -> Measurement {
        progress("connections")
        return try steady("connections", connections: options.connections ?? 1000, seconds: options.seconds ?? 30)
    }

    func idle() throws -> Measurement {
        let seconds = options.seconds ?? 10
        progress("idle")
        let load = try Load()
        return try withHub(configuration, for: load) { hub in
            try load.rest(until: now() + Self.warmUp)
            let (time, used) = (now(), hub.processorTime)
            try load.rest(until: time + Int64(seconds * 1e9))
            let share = Double(hub.processorTime - used) / Double(now() - time) * 100
            return Measurement(
                scenario: "idle", summary: "\(Figure.format(seconds, digits: 0)) s without a webhook",
                figures: [
                    Figure("hub_cpu_percent", "CPU of the hub", share, "% of a core", digits: 3, must: "at most 0.5"),
                    Figure("memory_mb", "memory of the hub", hub.memoryNow, "MB", digits: 1),
                ], account: nil)
        }
    }

    func hanging() throws -> Measurement {
        let seconds = options.seconds ?? 20
        let configuration =
            self.configuration.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
                line == "routes:"
                    ? [
                        "  hanging: { url: \"${env:BENCH_SINK}/hanging\", timeout: 10s, concurrency: 64, allow: [127.0.0.0/8] }",
                        "", line,
                    ] : [line]
            }.joined(separator: "\n")
            + Self.route("the tenth part", on: "call.ended", agent: "agent_apart", to: "hanging")
        var times: [Distribution] = []
        var account = Account()
        for hangs in [false, true] {
            progress(hangs ? "hanging: one endpoint hangs" : "hanging: both endpoints answer")
            let load = try Load(setsTenthApart: true, hangs: hangs)
            let run = try steady(load, configuration, connections: options.connections ?? 64, seconds: seconds)
            times.append(run.arrival)
            account = account + run.account
        }
        let more = { (share: Double) in (times[1].milliseconds(share) / times[0].milliseconds(share) - 1) * 100 }
        return Measurement(
            scenario: "hanging",
            summary:
                "\(Figure.format(options.rate, digits: 0)) events/s, a tenth of them to an endpoint that answers, and then hangs",
            figures: [
                Figure(
                    "answers_p50_ms", "the others, due to arrived, p50, all answer", times[0].milliseconds(0.5), "ms",
                    digits: 2),
                Figure("hangs_p50_ms", "the same while one hangs", times[1].milliseconds(0.5), "ms", digits: 2),
                Figure(
                    "answers_p99_ms", "the others, due to arrived, p99, all answer", times[0].milliseconds(0.99), "ms",
                    digits: 2),
                Figure("hangs_p99_ms", "the same while one hangs", times[1].milliseconds(0.99), "ms", digits: 2),
                Figure("p99_more_percent", "p99 more by", more(0.99), "%", digits: 0, must: "at most 20"),
            ], account: account)
    }

    // MARK: The two kinds of load

    private func saturate(_ configuration: String, connections: Int, seconds: Double) throws -> Saturation {
        let load = try Load()
        return try withHub(configuration, for: load) { hub in
            try load.connect(connections, to: hub.port)
            let usage = Usage(hub)
            let start = now() + Self.warmUp
            let end = start + Int64(seconds * 1e9)
            try load.runClosedLoop(until: end)
            let used = Usage(hub) - usage
            try load.drain()
            let ledger = load.ledger
            let counts = ledger.counts(from: start, to: end)
            // All that the hub did for all webhooks, warm-up and backlog included.
            let processor = Double((Usage(hub) - usage).hub) / 1000 / Double(max(1, ledger.acceptedCount))
            return Saturation(
                accepted: Double(counts.accepted) / seconds, arrived: Double(counts.arrived) / seconds,
                processor: processor,
                drain: Double(max(0, ledger.lastArrival - end)) / 1e9, peak: hub.peakMemory,
                generator: Double(used.own) / 1000 / Double(max(1, ledger.offeredCount)), others: used.othersPercent,
                account: Account(load))
        }
    }

    private func steady(_ name: String, connections: Int, seconds: Double) throws -> Measurement {
        let run = try steady(try Load(), configuration, connections: connections, seconds: seconds)
        let (rate, count) = (Figure.format(options.rate, digits: 0), Figure.format(Double(connections), digits: 0))
        return Measurement(
            scenario: name,
            summary:
                "\(rate) events/s offered over \(count) connections, \(Figure.format(seconds, digits: 0)) s after 2 s",
            figures: [
                Figure("accept_p50_ms", "due to accepted, p50", run.accept.milliseconds(0.5), "ms", digits: 2),
                Figure(
                    "accept_p99_ms", "due to accepted, p99", run.accept.milliseconds(0.99), "ms", digits: 2,
                    must: "at most 15"),
                Figure("accept_max_ms", "due to accepted, longest", run.accept.milliseconds(1), "ms", digits: 2),
                Figure(
                    "arrival_p50_ms", "due to arrived, p50", run.arrival.milliseconds(0.5), "ms", digits: 2,
                    must: "at most 4"),
                Figure(
                    "arrival_p99_ms", "due to arrived, p99", run.arrival.milliseconds(0.99), "ms", digits: 2,
                    must: "at most 20"),
                Figure("arrival_max_ms", "due to arrived, longest", run.arrival.milliseconds(1), "ms", digits: 2),
                Figure("lag_p99_ms", "of that, before it was sent, p99", run.lag.milliseconds(0.99), "ms", digits: 2),
                Figure("hub_cpu_percent", "CPU of the hub", run.processor, "% of a core", digits: 1),
                Figure("peak_mb", "peak memory of the hub", run.peak, "MB", digits: 1, must: "at most 120"),
                Figure("others_percent", "CPU of other programs", run.others, "% of a core", digits: 0),
            ], account: run.account)
    }

    /// What a run at a fixed rate gives.
    private struct Steady {
        var accept: Distribution
        var arrival: Distribution
        var lag: Distribution
        var processor: Double
        var peak: Double
        var others: Double
        var account: Account
    }

    private func steady(_ load: Load, _ configuration: String, connections: Int, seconds: Double) throws -> Steady {
        return try withHub(configuration, for: load) { hub in
            try load.connect(connections, to: hub.port)
            let usage = Usage(hub)
            let time = now()
            try load.runOpenLoop(rate: options.rate, until: time + Self.warmUp + Int64(seconds * 1e9))
            let used = Usage(hub) - usage
            try load.drain()
            let (accept, arrival, lag) = load.ledger.latencies(from: time + Self.warmUp)
            return Steady(
                accept: accept, arrival: arrival, lag: lag, processor: used.hubPercent, peak: hub.peakMemory,
                others: used.othersPercent, account: Account(load))
        }
    }

    /// Runs a hub for one measurement.
    private func withHub<Result>(_ configuration: String, for load: Load, _ measure: (HubProcess) throws -> Result)
        throws -> Result
    {
        let hub = try HubProcess(options.hub, configuration: configuration, sinkPort: load.sinkPort, in: options.folder)
        defer { hub.stop() }
        do {
            let result = try measure(hub)
            guard !hub.hasStopped else { throw BenchError("the hub did not last") }
            guard !load.ledger.isFull else {
                throw BenchError("more webhooks than this tool keeps account of; use fewer --seconds")
            }
            return result
        } catch {
            throw hub.explained(error)
        }
    }

    /// Routes that no webhook of this tool takes.
    private static func routes(_ count: Int, on type: String) -> String {
        (1...count).map { route("other \($0)", on: type, agent: "agent_\($0)", to: "sink") }.joined()
    }

    private static func route(_ name: String, on type: String, agent: String, to endpoint: String) -> String {
        """

          - name: \(name)
            on: \(type)
            filter:
              - { field_path: call.agent.id, operator: equals, value: \(agent) }
            to: \(endpoint)
        """
    }
}
