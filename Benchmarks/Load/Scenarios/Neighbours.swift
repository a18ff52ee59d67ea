/// Whether one bad endpoint slows down the others.
extension Bench {
    func hanging() throws -> Measurement {
        try neighbours(
            "hanging", summary: "an endpoint that answers, and then hangs",
            [("hangs", "while one hangs", "${env:BENCH_SINK}/apart", Sink.Answer.none)])
    }

    func failing() throws -> Measurement {
        try neighbours(
            "failing", summary: "an endpoint that answers, and then fails at once",
            [
                ("fails", "while one answers 500", "${env:BENCH_SINK}/apart", .failure),
                ("refuses", "while one refuses connections", "${env:BENCH_APART}/apart", .good),
            ])
    }

    /// The same load with all endpoints good, and with one that gets a tenth of it bad in some way. Good runs come before
    /// and after the bad ones, so that a machine that drifts does not speak for or against the hub.
    private func neighbours(
        _ name: String, summary: String,
        _ ways: [(name: String, title: String, url: String, answer: Sink.Answer)]
    ) throws -> Measurement {
        let seconds = options.seconds ?? 12
        var account = Account()
        let run = { (title: String, url: String, answer: Sink.Answer) throws -> Steady in
            progress("\(name): \(title)")
            let load = try Load()
            load.mix = { $0 % 10 == 9 ? .apart : .main }
            load.sink.apartAnswer = answer
            let run = try steady(configuration.withApart("url: \"\(url)\""), with: load, seconds: seconds)
            account = account + run.account
            return run
        }
        let good = { try run("all answer", "${env:BENCH_SINK}/apart", .good) }
        let before = try good()
        let bad = try ways.map { try run($0.title, $0.url, $0.answer) }
        let goods = [before, try good()]
        let middle = { (share: Double) in
            goods.map { $0.times.arrival.milliseconds(share) }.reduce(0, +) / Double(goods.count)
        }
        var figures = [
            Figure("answers_p50_ms", "the others, due to arrived, p50, all answer", middle(0.5), "ms", digits: 2),
            Figure("answers_p99_ms", "the same, p99", middle(0.99), "ms", digits: 2),
        ]
        for (way, run) in zip(ways, bad) {
            let p99 = run.times.arrival.milliseconds(0.99)
            figures += [
                Figure(
                    "\(way.name)_p50_ms", "p50 \(way.title)", run.times.arrival.milliseconds(0.5), "ms", digits: 2),
                Figure("\(way.name)_p99_ms", "p99 \(way.title)", p99, "ms", digits: 2),
                Figure(
                    "\(way.name)_p99_more_percent", "p99 more by, \(way.title)", (p99 / middle(0.99) - 1) * 100, "%",
                    must: .atMost(20), aim: .atMost(5)),
                Figure("\(way.name)_cpu_us", "CPU of the hub \(way.title)", run.processor, "µs/event", digits: 1),
            ]
        }
        return Measurement(
            scenario: name,
            summary:
                "\(Self.format(options.rate)) events/s, a tenth of them to \(summary), \(Self.format(seconds)) s each",
            figures: figures, account: account)
    }
}
