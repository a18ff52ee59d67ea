import CLinux
import Glibc

let nanosecondsPerSecond: Int64 = 1_000_000_000

/// The monotonic clock that everything is measured with, in nanoseconds.
func now() -> Int64 { read(CLOCK_MONOTONIC) }

/// CPU time that this program has used so far, in nanoseconds.
func ownProcessorTime() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

/// Seconds since 1970.
func unixSeconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return time.tv_sec
}

/// The CPU time of another process, as precise as the scheduler keeps it; `/proc` has hundredths of a second.
struct ProcessorClock {
    private let clock: clockid_t

    init(of process: pid_t) throws {
        var clock = clockid_t()
        guard clock_getcpuclockid(process, &clock) == 0 else { throw BenchError("cannot read the hub's CPU time") }
        self.clock = clock
    }

    var time: Int64 { read(clock) }
}

private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * nanosecondsPerSecond + Int64(time.tv_nsec)
}
