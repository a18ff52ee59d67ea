/// Killed again and again under load.
extension Bench {
    func kills() throws -> Measurement {
        let load = try Load()
        load.sendsAgain = true
        return try withHub(configuration, for: load) { hub in
            let server = hub.server
            let connections = options.connections ?? 64
            var starts: [Int64] = []
            var generator = SeededGenerator(state: 20_251_009)
            try load.connect(connections, to: server.port)
            var workersOnly = 0
            for kill in 1...options.kills {
                if kill % 10 == 1 { progress("kills: \(kill) of \(options.kills)") }
                let pause = Int64(200 + generator.next(below: 400)) * 1_000_000
                try load.runOpenLoop(rate: options.rate, until: now() + pause)
                // Every tenth time the worker alone, when there is a parent that starts it again.
                if kill % 10 == 0, server.isSupervised {
                    workersOnly += 1
                    server.killWorker()
                    try load.noteKill()
                } else {
                    server.kill()
                    try load.noteKill()
                    load.disconnect()
                    try server.start()
                    starts.append(server.startTime)
                    try load.connect(connections, to: server.port)
                }
            }
            try load.runOpenLoop(rate: options.rate, until: now() + nanosecondsPerSecond)
            try load.drain(patience: 20)
            server.stop()
            let isSound = try Database(hub.database).rows("PRAGMA quick_check").first?.first == "ok"
            let ledger = load.ledger
            let duplicates = Double(ledger[.main].duplicates)
            return Measurement(
                scenario: "kills",
                summary:
                    "\(options.kills) times kill -9 at \(Self.format(options.rate)) events/s, each with a new start",
                figures: [
                    Figure("kills", "kills", Double(options.kills)),
                    Figure("worker_kills", "of them only the worker, its parent starts it again", Double(workersOnly)),
                    Figure("missing", "accepted and not arrived", Double(ledger[.main].missing), must: .atMost(0)),
                    Figure("duplicates", "arrived twice", duplicates),
                    Figure(
                        "duplicates_per_kill", "the same for each kill", duplicates / Double(options.kills), digits: 1),
                    Figure(
                        "unexplained", "twice, and not because a result was not on disk yet",
                        Double(ledger.unexplained),
                        must: .atMost(0)),
                    Figure("resent", "sent again after a connection broke", Double(load.resent)),
                    Figure("set_aside", "answered 202: kept, quarantined as suspects", Double(load.setAside)),
                    Figure(
                        "start_p50_ms", "from the start to the first answer, p50",
                        Distribution(starts).milliseconds(0.5), "ms", digits: 1),
                    Figure("start_max_ms", "the same, longest", Distribution(starts).milliseconds(1), "ms", digits: 1),
                    Figure(
                        "again_p50_ms", "from the kill to the next accepted webhook, p50",
                        ledger.recoveries().milliseconds(0.5), "ms", digits: 1),
                    Figure("again_max_ms", "the same, longest", ledger.recoveries().milliseconds(1), "ms", digits: 1),
                    Figure("sound", "the database is sound (1 is yes)", isSound ? 1 : 0, must: .atLeast(1)),
                ], account: Account(load),
                notes: [
                    "A delivery comes twice when the hub is killed after it arrived and before its result was on disk."
                ])
        }
    }
}

/// The same numbers in every run.
private struct SeededGenerator {
    var state: UInt64

    mutating func next(below limit: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % limit
    }
}
