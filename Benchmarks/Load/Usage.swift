/// CPU time that was used up to a moment, in nanoseconds, by whom.
struct Usage {
    var time: Int64
    var hub: Int64
    var own: Int64
    /// By all programs and the kernel together; `/proc/stat` counts it in hundredths of a second.
    var all: Int64

    init(_ process: HubProcess) {
        (time, hub, own) = (now(), process.processorTime, ownProcessorTime())
        // user, nice, system, idle, iowait, irq, softirq, steal
        let counts = HubProcess.read("/proc/stat").prefix { $0 != "\n" }.split(separator: " ").dropFirst().prefix(8)
            .compactMap { Int64($0) }
        all = counts.enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 + $1.element } * 10_000_000
    }

    static func - (later: Usage, earlier: Usage) -> Usage {
        var difference = later
        difference.time -= earlier.time
        difference.hub -= earlier.hub
        difference.own -= earlier.own
        difference.all -= earlier.all
        return difference
    }

    var hubPercent: Double { Double(hub) / Double(time) * 100 }

    /// When this is much, the figures say little.
    var othersPercent: Double { Double(max(0, all - hub - own)) / Double(time) * 100 }
}
