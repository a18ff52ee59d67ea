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
        Scenario(name: "failing", summary: "an endpoint that fails at once, with a tenth of the load") {
            try $0.failing()
        },
        Scenario(name: "backlog", summary: "a million deliveries that wait for a dead endpoint, and its return") {
            try $0.backlog()
        },
        Scenario(name: "growth", summary: "ten million stored events: cost, start-up, retention") { try $0.growth() },
        Scenario(name: "overload", summary: "twice as many webhooks as the hub takes") { try $0.overload() },
        Scenario(name: "large", summary: "reports of 2 MB among small webhooks") { try $0.large() },
        Scenario(name: "kills", summary: "killed a hundred times under load") { try $0.kills() },
        Scenario(name: "idle", summary: "nothing to do") { try $0.idle() },
        Scenario(name: "peers", summary: "other servers with the same load, in turn") { try $0.peers() },
    ]
}

/// Runs scenarios as the options say, each with a hub and a database of its own.
struct Bench {
    static let warmUp = 2 * nanosecondsPerSecond

    let options: Options
    let configuration: Configuration
    /// Tells what is going on while it takes its time.
    let progress: (String) -> Void

    /// What a run at saturation gives; `kilobytes` are those that the database grew by for each event.
    struct Saturation {
        var accepted: Double
        var arrived: Double
        /// Accepted webhooks by the time until the last of them had arrived: a server that puts work off does not gain by it.
        var sustained: Double
        var processor: Double
        var kernel: Double
        var threads: [String: Double]
        var written: Double
        var kilobytes: Double
        var drain: Double
        var peak: Double
        /// At the end, what several processes share counted once.
        var memory: Double
        var generator: Double
        var others: Double
        var account: Account
    }

    /// What a run at a fixed rate gives.
    struct Steady {
        var times: Ledger.Latencies
        var processor: Double
        var processorPercent: Double
        var peak: Double
        var others: Double
        var account: Account
    }

    /// Runs a hub for one measurement.
    func withHub<Result>(
        _ configuration: Configuration, for load: Load, program: String? = nil, _ measure: (Hub) throws -> Result
    ) throws -> Result {
        let hub = try Hub(
            program ?? options.hub, configuration: configuration.text, load: load, in: options.folder)
        try hub.server.start()
        defer { hub.server.stop() }
        do {
            let result = try measure(hub)
            guard !hub.server.hasDied else { throw BenchError("the hub did not last") }
            guard !load.ledger.isFull else {
                throw BenchError("more webhooks than this tool keeps account of; use fewer --seconds")
            }
            return result
        } catch {
            throw (error as? BenchError)?.isStop == true ? error : hub.server.explained(error)
        }
    }

    /// Sends as many webhooks as the server takes.
    func saturate(
        _ server: Server, with load: Load, connections: Int, seconds: Double, database: String? = nil
    ) throws -> Saturation {
        try load.connect(connections, to: server.port)
        let size = database.map(Database.size) ?? 0
        let usage = Usage(server)
        let start = now() + Self.warmUp
        let end = start + Int64(seconds * 1e9)
        try load.runClosedLoop(until: end)
        let used = Usage(server) - usage
        try load.drain()
        let ledger = load.ledger
        let rates = ledger.rates([.main], from: start, to: end)
        // All that the hub did for all webhooks, warm-up and backlog included.
        let all = Usage(server) - usage
        let count = Double(max(1, ledger[.main].accepted))
        return Saturation(
            accepted: rates.accepted, arrived: rates.arrived,
            sustained: Double(ledger[.main].arrived)
                / (Double(max(1, max(end, ledger.lastArrival) - usage.time)) / 1e9),
            processor: Double(all.server) / 1000 / count,
            kernel: Double(all.kernel) / 1000 / count,
            threads: all.threads.mapValues { Double($0) / 1000 / count },
            written: Double(all.written) / 1000 / count,
            kilobytes: Double((database.map(Database.size) ?? 0) - size) / 1000 / count,
            drain: Double(max(0, ledger.lastArrival - end)) / 1e9, peak: server.tree.peakMemory,
            memory: server.tree.sharedMemory,
            generator: Double(used.own) / 1000 / Double(max(1, ledger[.main].offered)), others: used.othersPercent,
            account: Account(load))
    }

    func saturate(_ configuration: Configuration, seconds: Double, program: String? = nil) throws -> Saturation {
        let load = try Load()
        return try withHub(configuration, for: load, program: program) {
            try saturate(
                $0.server, with: load, connections: options.connections ?? 64, seconds: seconds, database: $0.database)
        }
    }

    /// Sends at a fixed rate.
    func steady(_ server: Server, with load: Load, rate: Double, connections: Int, seconds: Double) throws -> Steady {
        try load.connect(connections, to: server.port)
        let usage = Usage(server)
        let time = now()
        try load.runOpenLoop(rate: rate, until: time + Self.warmUp + Int64(seconds * 1e9))
        let used = Usage(server) - usage
        try load.drain()
        return Steady(
            times: load.ledger.latencies(from: time + Self.warmUp, patience: now()),
            processor: Double(used.server) / 1000 / Double(max(1, load.ledger[.main].accepted)),
            processorPercent: used.serverPercent, peak: server.tree.peakMemory, others: used.othersPercent,
            account: Account(load))
    }

    func steady(_ configuration: Configuration, with load: Load, connections: Int? = nil, seconds: Double) throws
        -> Steady
    {
        try withHub(configuration, for: load) {
            try steady(
                $0.server, with: load, rate: options.rate, connections: connections ?? options.connections ?? 64,
                seconds: seconds)
        }
    }

    static func format(_ value: Double) -> String { Figure.format(value, digits: 0) }
}
