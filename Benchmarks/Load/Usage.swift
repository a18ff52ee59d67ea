/// What had been used up to a moment, in nanoseconds of CPU time and bytes, by whom.
struct Usage {
    var time: Int64
    var server: Int64
    var kernel: Int64
    var threads: [String: Int64]
    var written: Int64
    var own: Int64
    /// By all programs and the kernel together; `/proc/stat` counts it in hundredths of a second.
    var all: Int64

    init(_ process: Server) {
        process.refresh()
        let tree = process.tree
        (time, server, own) = (now(), tree.processorTime, ownProcessorTime())
        (kernel, threads, written) = (tree.kernelTime, tree.threadTimes, tree.bytesWritten)
        // user, nice, system, idle, iowait, irq, softirq, steal
        let counts = Files.read("/proc/stat").prefix { $0 != "\n" }.split(separator: " ").dropFirst().prefix(8)
            .compactMap { Int64($0) }
        all = counts.enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 + $1.element } * 10_000_000
    }

    static func - (later: Usage, earlier: Usage) -> Usage {
        var difference = later
        difference.time -= earlier.time
        difference.server -= earlier.server
        difference.kernel -= earlier.kernel
        difference.threads = later.threads.merging(earlier.threads) { $0 - $1 }.filter { later.threads[$0.key] != nil }
        difference.written -= earlier.written
        difference.own -= earlier.own
        difference.all -= earlier.all
        return difference
    }

    var serverPercent: Double { Double(server) / Double(time) * 100 }

    /// When this is much, the figures say little.
    var othersPercent: Double { Double(max(0, all - server - own)) / Double(time) * 100 }
}
