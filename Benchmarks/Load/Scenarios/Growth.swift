/// A database that has grown for a long time.
extension Bench {
    private static let endpoints = 200
    /// Webhooks of each kind that the hub writes itself; the rest are copies of them.
    private static let part = 10_000

    /// What is measured of one database.
    private struct Size {
        var cost: [Double] = []
        var accept: [Double] = []
        var arrival: [Double] = []
        var starts: [Double] = []
        var account = Account()
    }

    func growth() throws -> Measurement {
        let webhooks = options.events / StoredRows.eventsPerWebhook
        let waiting = min(options.waiting, webhooks / 2)
        let configuration = self.configuration.withApart("url: \"${env:BENCH_APART}/apart\", \(Configuration.hourly)")
            .withEndpoints(Self.endpoints)
        let seed = try Load()
        let seedHub = try Hub(options.hub, configuration: configuration.text, load: seed, in: options.folder)
        let edge = try write(seed, seedHub)
        let small = seedHub.database
        let full = seedHub.server.folder.path + "/data/full.db"
        try Database(small, isReadOnly: false).run("PRAGMA wal_checkpoint(TRUNCATE)")
        try Files.copy(small, to: full)
        progress("growth: \(Self.format(Double(webhooks))) webhooks, \(Self.format(Double(waiting))) waiting")
        let began = now()
        try StoredRows(full, rowsOf: small).fill(
            finished: webhooks - waiting, waiting: waiting, edge: edge, endpoints: Self.endpoints
        ) { progress("growth: \($0)") }
        let filled = Double(now() - began) / 1e9

        var sizes = [Size(), Size()]
        var bytes = 0
        var first = 1_000_000
        for round in 0..<2 {
            for (index, database) in [small, full].enumerated() {
                progress("growth: \(index == 0 ? "small" : "full") database, round \(round + 1)")
                let load = try Load(first: first)
                first += 10_000_000
                let hub = try Hub(
                    options.hub, configuration: Self.at(database, configuration), load: load, in: options.folder)
                if index == 1, round == 0 {
                    // What the tool wrote is taken over: the hub completes its index, which no other start does.
                    try hub.server.start(patience: 300)
                    hub.server.stop()
                    bytes = Files.size(full)
                }
                try measure(hub, load, &sizes[index])
            }
        }
        let (deleted, tidy) = try retention(full, configuration, first: first)
        let cold = try coldStart(full, configuration)
        let ratio = { (value: (Size) -> [Double]) in (median(value(sizes[1])) / median(value(sizes[0])) - 1) * 100 }
        return Measurement(
            scenario: "growth",
            summary:
                "\(Self.format(Double(webhooks * StoredRows.eventsPerWebhook))) stored events of \(Self.format(Double(webhooks))) webhooks, \(Self.format(Double(waiting))) waiting for \(Self.endpoints) endpoints",
            figures: [
                Figure("size_gb", "size of the database", Double(bytes) / 1e9, "GB", digits: 2),
                Figure("fill_s", "made in", filled, "s"),
                Figure("small_us", "CPU of the hub, small database", median(sizes[0].cost), "µs/event", digits: 1),
                Figure("full_us", "CPU of the hub, full database", median(sizes[1].cost), "µs/event", digits: 1),
                Figure("cost_more_percent", "costs more by", ratio(\.cost), "%", must: .atMost(20)),
                Figure(
                    "small_p99_ms", "due to arrived, p99, small database", median(sizes[0].arrival), "ms", digits: 2),
                Figure("full_p99_ms", "due to arrived, p99, full database", median(sizes[1].arrival), "ms", digits: 2),
                Figure("p99_more_percent", "p99 more by", ratio(\.arrival), "%", must: .atMost(20)),
                Figure(
                    "small_start_s", "start to first answer, small database", median(sizes[0].starts), "s", digits: 3),
                Figure(
                    "full_start_s", "start to first answer, full database", median(sizes[1].starts), "s", digits: 3,
                    must: .atMost(2)),
                Figure("cold_start_s", "the same, not in the system's memory", cold, "s", digits: 3, must: .atMost(2)),
                Figure("deleted_per_s", "webhooks deleted by retention", deleted, "1/s"),
                Figure(
                    "accept_p99_ms", "due to accepted, p99, nothing to delete", median(sizes[1].accept), "ms", digits: 2
                ),
                Figure(
                    "deleting_accept_p99_ms", "the same while it deletes", tidy.times.accept.milliseconds(0.99), "ms",
                    digits: 2,
                    must: .atMost(15)),
                Figure(
                    "deleting_accept_max_ms", "longest while it deletes", tidy.times.accept.milliseconds(1), "ms",
                    digits: 2),
            ], account: sizes[0].account + sizes[1].account + tidy.account)
    }

    /// Lets the hub write some webhooks that are delivered, then some that wait; the number between the two.
    private func write(_ load: Load, _ hub: Hub) throws -> Int {
        progress("growth: the first webhooks")
        try hub.server.start()
        defer { hub.server.stop() }
        try load.connect(64, to: hub.server.port)
        try load.runClosedLoop(until: now() + 60 * nanosecondsPerSecond, count: Self.part)
        try load.drain()
        let edge = try StoredRows.edge(hub.database)
        load.mix = { _ in .apart }
        try load.runClosedLoop(until: now() + 60 * nanosecondsPerSecond, count: Self.part)
        // Until all have been attempted once.
        try load.rest(until: now() + 5 * nanosecondsPerSecond)
        return edge
    }

    private static func at(_ database: String, _ configuration: Configuration) -> String {
        configuration.text.replacing("sqlite:data/hub.db", with: "sqlite:\(database)")
    }

    private func measure(_ hub: Hub, _ load: Load, _ size: inout Size) throws {
        try hub.server.start(patience: 60)
        defer { hub.server.stop() }
        size.starts.append(Double(hub.server.startTime) / 1e9)
        let calm = try steady(
            hub.server, with: load, rate: options.rate, connections: 64, seconds: options.seconds ?? 8)
        size.accept.append(calm.times.accept.milliseconds(0.99))
        size.arrival.append(calm.times.arrival.milliseconds(0.99))
        let usage = Usage(hub.server)
        let before = load.ledger[.main].accepted
        try load.runClosedLoop(until: now() + Int64((options.seconds ?? 6) * 1e9))
        try load.drain()
        size.cost.append(
            Double((Usage(hub.server) - usage).server) / 1000 / Double(max(1, load.ledger[.main].accepted - before)))
        size.account = size.account + Account(load)
    }

    /// Half of the database is older than what is kept.
    private func retention(_ database: String, _ configuration: Configuration, first: Int) throws -> (Double, Steady) {
        progress("growth: retention")
        let load = try Load(first: first)
        let hub = try Hub(
            options.hub, configuration: Self.at(database, configuration.withRetention("24h")), load: load,
            in: options.folder)
        let oldest = { try Database(database).number("SELECT min(seq) FROM webhooks") }
        // Webhooks per block, which are less than a second apart, and blocks per second tell how many are gone.
        try hub.server.start(patience: 60)
        defer { hub.server.stop() }
        let before = try oldest()
        let began = now()
        let run = try steady(
            hub.server, with: load, rate: options.rate, connections: 64, seconds: options.seconds ?? 12)
        let after = try oldest()
        let webhooks = Double(options.events / StoredRows.eventsPerWebhook)
        let span = 47 * 3_600_000.0
        let deleted = Double((after >> 20) - (before >> 20)) / span * webhooks
        return (deleted / (Double(now() - began) / 1e9), run)
    }

    /// Seconds from the start to the first answer when nothing of the database is in the system's memory.
    private func coldStart(_ database: String, _ configuration: Configuration) throws -> Double {
        let hub = try Hub(
            options.hub, configuration: Self.at(database, configuration), load: try Load(), in: options.folder)
        Files.forget(database)
        try hub.server.start(patience: 60)
        return Double(hub.server.startTime) / 1e9
    }
}
