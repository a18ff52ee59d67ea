/// What the hub costs and how quick it is when all is well.
extension Bench {
    func saturation() throws -> Measurement {
        let seconds = options.seconds ?? 10
        let programs = [options.hub] + (options.versus.map { [$0] } ?? [])
        var runs: [[Saturation]] = programs.map { _ in [] }
        for run in 1...options.runs {
            for (index, program) in programs.enumerated() {
                progress("saturation: run \(run) of \(options.runs)\(index > 0 ? ", \(program)" : "")")
                runs[index].append(try saturate(configuration, seconds: seconds, program: program))
            }
        }
        let middle = { (index: Int, value: (Saturation) -> Double) in median(runs[index].map(value)) }
        let own = { (value: (Saturation) -> Double) in middle(0, value) }
        var figures = [
            Figure("accepted_per_s", "accepted", own(\.accepted), "events/s"),
            Figure(
                "arrived_per_s", "arrived, end to end", own(\.arrived), "events/s", must: .atLeast(16_000),
                aim: .atLeast(25_000)),
            Figure("lowest_arrived_per_s", "arrived, worst run", runs[0].map(\.arrived).min() ?? .nan, "events/s"),
            Figure(
                "hub_cpu_us", "CPU of the hub", own(\.processor), "µs/event", digits: 1, must: .atMost(75),
                aim: .atMost(50)),
            Figure("kernel_cpu_us", "of that, in the kernel", own(\.kernel), "µs/event", digits: 1),
        ]
        for thread in Set(runs[0].flatMap { $0.threads.keys }).sorted() {
            let time = own { $0.threads[thread] ?? 0 }
            guard time >= 0.1 else { continue }
            figures.append(Figure("thread_\(thread)_us", "threads \(thread)", time, "µs/event", digits: 1))
        }
        figures += [
            Figure("growth_kb", "growth of the database", own(\.kilobytes), "KB/event", digits: 2, must: .atMost(3)),
            Figure("written_kb", "written to the disk, log included", own(\.written), "KB/event", digits: 2),
            Figure("drain_s", "backlog gone after the last webhook", own(\.drain), "s", digits: 2),
            Figure("peak_mb", "peak memory of the hub", own(\.peak), "MB", digits: 1),
            Figure("generator_cpu_us", "CPU of this tool", own(\.generator), "µs/event", digits: 1),
            Figure("others_percent", "CPU of other programs", own(\.others), "% of a core"),
        ]
        if programs.count > 1 {
            let other = { (value: (Saturation) -> Double) in middle(1, value) }
            figures += [
                Figure("versus_arrived_per_s", "the other hub: arrived, end to end", other(\.arrived), "events/s"),
                Figure("versus_cpu_us", "the other hub: CPU", other(\.processor), "µs/event", digits: 1),
                Figure(
                    "versus_growth_kb", "the other hub: growth of the database", other(\.kilobytes), "KB/event",
                    digits: 2),
                Figure("versus_peak_mb", "the other hub: peak memory", other(\.peak), "MB", digits: 1),
                Figure(
                    "versus_arrived_ratio", "arrived against the other hub", own(\.arrived) / other(\.arrived), "×",
                    digits: 2, must: .atLeast(2)),
                Figure(
                    "versus_cpu_ratio", "CPU against the other hub", own(\.processor) / other(\.processor), "×",
                    digits: 2, must: .atMost(0.5), aim: .atMost(0.33)),
            ]
        }
        return Measurement(
            scenario: "saturation",
            summary:
                "\(options.connections ?? 64) connections, closed loop, median of \(options.runs) runs of \(Self.format(seconds)) s",
            figures: figures, account: runs.joined().map(\.account).reduce(Account(), +))
    }

    func routes() throws -> Measurement {
        let seconds = options.seconds ?? 10
        progress("routes: one route")
        let one = try saturate(configuration, seconds: seconds)
        progress("routes: 999 more for other events")
        let others = try saturate(configuration.withRoutes(999, on: "provider.event"), seconds: seconds)
        progress("routes: 999 more for the same event")
        let same = try saturate(configuration.withRoutes(999, on: "call.ended"), seconds: seconds)
        return Measurement(
            scenario: "routes",
            summary: "CPU of the hub per event at saturation, \(Self.format(seconds)) s each",
            figures: [
                Figure("one_us", "1 route", one.processor, "µs", digits: 1),
                Figure(
                    "other_events_us", "1,000 routes, 999 of them for other events", others.processor, "µs", digits: 1),
                Figure("same_event_us", "1,000 routes, 999 filters say no", same.processor, "µs", digits: 1),
                Figure(
                    "other_events_ratio", "cost with 999 for other events", others.processor / one.processor, "×",
                    digits: 2, must: .atMost(1.3), aim: .atMost(1.1)),
                Figure(
                    "same_event_ratio", "cost with 999 for the same event", same.processor / one.processor, "×",
                    digits: 2, must: .atMost(1.3), aim: .atMost(1.1)),
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
        return try steady("connections", connections: options.connections ?? 1000, seconds: options.seconds ?? 20)
    }

    private func steady(_ name: String, connections: Int, seconds: Double) throws -> Measurement {
        let run = try steady(configuration, with: try Load(), connections: connections, seconds: seconds)
        let times = run.times
        return Measurement(
            scenario: name,
            summary:
                "\(Self.format(options.rate)) events/s offered over \(Self.format(Double(connections))) connections, \(Self.format(seconds)) s after 2 s",
            figures: [
                Figure("accept_p50_ms", "due to accepted, p50", times.accept.milliseconds(0.5), "ms", digits: 2),
                Figure(
                    "accept_p99_ms", "due to accepted, p99", times.accept.milliseconds(0.99), "ms", digits: 2,
                    must: .atMost(15), aim: .atMost(3)),
                Figure("accept_max_ms", "due to accepted, longest", times.accept.milliseconds(1), "ms", digits: 2),
                Figure(
                    "arrival_p50_ms", "due to arrived, p50", times.arrival.milliseconds(0.5), "ms", digits: 2,
                    must: .atMost(4), aim: .atMost(1.5)),
                Figure(
                    "arrival_p99_ms", "due to arrived, p99", times.arrival.milliseconds(0.99), "ms", digits: 2,
                    must: .atMost(name == "rate" ? 4 : 20), aim: .atMost(4)),
                Figure("arrival_max_ms", "due to arrived, longest", times.arrival.milliseconds(1), "ms", digits: 2),
                Figure("lag_p99_ms", "of that, before it was sent, p99", times.lag.milliseconds(0.99), "ms", digits: 2),
                Figure("hub_cpu_percent", "CPU of the hub", run.processorPercent, "% of a core", digits: 1),
                Figure(
                    "peak_mb", "peak memory of the hub", run.peak, "MB", digits: 1, must: .atMost(120),
                    aim: .atMost(60)),
                Figure("others_percent", "CPU of other programs", run.others, "% of a core"),
            ], account: run.account)
    }

    func idle() throws -> Measurement {
        let seconds = options.seconds ?? 10
        progress("idle")
        let load = try Load()
        return try withHub(configuration, for: load) { hub in
            let connections = options.connections ?? 1000
            try load.connect(connections, to: hub.server.port)
            // Each has sent a webhook: one that never sends anything is closed after a few seconds.
            try load.runOpenLoop(rate: Double(connections), until: now() + nanosecondsPerSecond)
            try load.drain()
            try load.rest(until: now() + Self.warmUp)
            let usage = Usage(hub.server)
            try load.rest(until: usage.time + Int64(seconds * 1e9))
            let share = (Usage(hub.server) - usage).serverPercent
            return Measurement(
                scenario: "idle", summary: "\(Self.format(seconds)) s without a webhook, 1,000 connections open",
                figures: [
                    Figure(
                        "hub_cpu_percent", "CPU of the hub", share, "% of a core", digits: 3, must: .atMost(0.5),
                        aim: .atMost(0.1)),
                    Figure(
                        "memory_mb", "memory of the hub and its parent", hub.server.tree.sharedMemory, "MB", digits: 1,
                        must: .atMost(60)),
                ], account: nil)
        }
    }
}
