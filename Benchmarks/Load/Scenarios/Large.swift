/// Large webhooks among small ones.
extension Bench {
    func large() throws -> Measurement {
        let seconds = options.seconds ?? 12
        let perSecond = 4.0
        let configuration = self.configuration.withLargeReports()
        progress("large: small ones only")
        let small = try steady(configuration, with: try Load(), seconds: seconds)
        progress("large: \(Self.format(perSecond)) of 2 MB a second among them")
        let load = try Load()
        let every = max(2, Int(options.rate / perSecond))
        load.mix = { $0 % every == every - 1 ? .large : .main }
        let (run, reports): (Steady, Ledger.Latencies) = try withHub(configuration, for: load) { hub in
            let begin = now()
            let run = try steady(
                hub.server, with: load, rate: options.rate, connections: options.connections ?? 64, seconds: seconds)
            try load.drain([.main, .large])
            return (run, load.ledger.latencies(.large, from: begin, patience: now()))
        }
        let times = run.times
        return Measurement(
            scenario: "large",
            summary:
                "\(Self.format(options.rate)) events/s, \(Self.format(perSecond)) of them reports of 2 MB that are passed on whole, \(Self.format(seconds)) s",
            figures: [
                Figure(
                    "alone_accept_p99_ms", "small ones alone, due to accepted, p99",
                    small.times.accept.milliseconds(0.99), "ms", digits: 2),
                Figure(
                    "alone_arrival_p99_ms", "small ones alone, due to arrived, p99",
                    small.times.arrival.milliseconds(0.99), "ms", digits: 2),
                Figure(
                    "accept_p50_ms", "among large ones, due to accepted, p50", times.accept.milliseconds(0.5), "ms",
                    digits: 2),
                Figure("accept_p99_ms", "the same, p99", times.accept.milliseconds(0.99), "ms", digits: 2),
                Figure(
                    "arrival_p50_ms", "among large ones, due to arrived, p50", times.arrival.milliseconds(0.5), "ms",
                    digits: 2),
                Figure("arrival_p99_ms", "the same, p99", times.arrival.milliseconds(0.99), "ms", digits: 2),
                Figure(
                    "large_accept_p50_ms", "large ones, due to accepted, p50", reports.accept.milliseconds(0.5), "ms",
                    digits: 1),
                Figure(
                    "large_arrival_p50_ms", "large ones, due to arrived, p50", reports.arrival.milliseconds(0.5), "ms",
                    digits: 1),
                Figure("large_arrival_p99_ms", "the same, p99", reports.arrival.milliseconds(0.99), "ms", digits: 1),
                Figure("alone_peak_mb", "peak memory of the hub, small ones alone", small.peak, "MB", digits: 1),
                Figure("peak_mb", "peak memory of the hub, with large ones", run.peak, "MB", digits: 1),
                Figure("others_percent", "CPU of other programs", run.others, "% of a core"),
            ], account: small.account + Account(load, [.main, .large]))
    }
}
