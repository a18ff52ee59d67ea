import CLinux
import Glibc

/// A process and those that it started: a hub under its supervisor, or a database with its workers.
struct ProcessTree {
    let root: pid_t
    private var members: [pid_t: ProcessorClock?] = [:]

    init(root: pid_t) {
        self.root = root
        refresh()
    }

    /// Looks again which processes belong to it.
    mutating func refresh() {
        var children: [pid_t: [pid_t]] = [:]
        for entry in Files.entries(of: "/proc") {
            guard let process = pid_t(entry.name), let parent = Self.parent(of: process) else { continue }
            children[parent, default: []].append(process)
        }
        var found: [pid_t] = []
        var queue = [root]
        while let process = queue.popLast() {
            found.append(process)
            queue += children[process] ?? []
        }
        members = Dictionary(
            uniqueKeysWithValues: found.map { ($0, members[$0] ?? (try? ProcessorClock(of: $0))) })
    }

    var processes: [pid_t] { members.keys.sorted() }

    /// The process that does the work: the one with the most threads.
    var worker: pid_t { members.keys.max { (Self.threadCount($0), $1) < (Self.threadCount($1), $0) } ?? root }

    /// CPU time used so far by all of them, in nanoseconds.
    var processorTime: Int64 { members.values.reduce(0) { $0 + ($1?.time ?? 0) } }

    /// The part of it that the kernel used for them, to hundredths of a second.
    var kernelTime: Int64 {
        processes.reduce(0) { sum, process in
            sum + (Int64(Self.fields(of: process).dropFirst(12).first ?? "") ?? 0) * 10_000_000
        }
    }

    /// CPU time of the worker's threads, by their names.
    var threadTimes: [String: Int64] {
        let folder = "/proc/\(worker)/task"
        var times: [String: Int64] = [:]
        for entry in Files.entries(of: folder) {
            let name = Files.read("\(folder)/\(entry.name)/comm").filter { $0 != "\n" }
            let time = Files.read("\(folder)/\(entry.name)/schedstat").split(separator: " ").first.flatMap { Int64($0) }
            times[name, default: 0] += time ?? 0
        }
        return times
    }

    /// Bytes that they had the system write to disks so far.
    var bytesWritten: Int64 {
        processes.reduce(0) { $0 + Self.value("write_bytes:", in: "/proc/\($1)/io") }
    }

    /// Memory in use now, and the most that each has had, in MB.
    var memory: Double { kilobytes("VmRSS:") / 1024 }
    var peakMemory: Double { kilobytes("VmHWM:") / 1024 }

    /// Memory in use now, what several share counted once, in MB.
    var sharedMemory: Double {
        processes.reduce(0) { $0 + Double(Self.value("Pss:", in: "/proc/\($1)/smaps_rollup")) } / 1024
    }

    private func kilobytes(_ name: String) -> Double {
        processes.reduce(0) { $0 + Double(Self.value(name, in: "/proc/\($1)/status")) }
    }

    private static func value(_ name: String, in path: String) -> Int64 {
        for line in Files.read(path).split(separator: "\n") where line.hasPrefix(name) {
            let words = line.split { $0 == " " || $0 == "\t" }
            return words.count > 1 ? Int64(words[1]) ?? 0 : 0
        }
        return 0
    }

    /// What `/proc/PID/stat` says after the name, which may hold anything.
    private static func fields(of process: pid_t) -> [Substring] {
        let text = Files.read("/proc/\(process)/stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func parent(of process: pid_t) -> pid_t? {
        fields(of: process).dropFirst().first.flatMap { pid_t($0) }
    }

    private static func threadCount(_ process: pid_t) -> Int {
        fields(of: process).dropFirst(17).first.flatMap { Int($0) } ?? 0
    }
}
