import Foundation

/// A time on the clock that also the library uses, which stands still while nobody reads it: read once a round.
struct Moment: Comparable {
    private var nanoseconds: Int64

    static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    static func - (left: Moment, right: Moment) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }

    static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        // A hundred years are as good as any longer wait.
        let bounded = min(max(0, seconds), 3_000_000_000)
        let added = bounded * 1_000_000_000 + (seconds < 0 ? 0 : attoseconds / 1_000_000_000)
        return Moment(nanoseconds: moment.nanoseconds + added)
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int {
        Int(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
