package import HubModel
import Synchronization

/// The clock that waits go by: it never goes back, whatever is done to the machine's clock, which it follows forward.
///
/// Stored due times are by this clock. Only the store's thread sets it; anybody reads it.
package final class SteadyClock: Sendable {
    /// The machine's clock was moved by more than time has passed.
    struct Jump: Equatable {
        /// What it would have shown, and what it shows.
        var from: Timestamp
        var to: Timestamp
    }

    /// Moves of less than this are a clock that is being corrected.
    static let tolerance = Duration.seconds(60)

    /// The machine's clock.
    package let wall: @Sendable () -> Timestamp
    private let pace: (@Sendable () -> Duration)?
    /// What this clock shows when `pace` is zero, in milliseconds.
    private let origin: Atomic<Int64>
    /// How far the machine's clock was ahead at the last look; below zero when it was set back.
    private let lead = Atomic<Int64>(0)

    /// - Parameter pace: time since any moment, at an even pace; nil when `wall` itself never jumps.
    package init(wall: @escaping @Sendable () -> Timestamp, pace: (@Sendable () -> Duration)? = nil) {
        (self.wall, self.pace) = (wall, pace)
        origin = Atomic(wall().milliseconds - (pace?().milliseconds ?? 0))
    }

    package var now: Timestamp {
        guard let pace else { return wall() }
        return Timestamp(milliseconds: origin.load(ordering: .relaxed) + pace().milliseconds)
    }

    /// Time that has really passed, since any moment.
    var elapsed: Duration { pace?() ?? .milliseconds(wall().milliseconds) }

    // MARK: On the store's thread

    /// Goes on from where the last run left off, if the machine's clock is behind that and something waits for it.
    func resume(at time: Timestamp) {
        guard let pace else { return }
        let wall = wall()
        guard time - wall > Self.tolerance else { return }
        origin.store(time.milliseconds - pace().milliseconds, ordering: .relaxed)
        lead.store((wall - time).milliseconds, ordering: .relaxed)
    }

    /// Compares both clocks; what was done to the machine's since the last look, if anything.
    func look() -> Jump? {
        let (now, wall) = (now, wall())
        let (before, lead) = (lead.load(ordering: .relaxed), (wall - now).milliseconds)
        self.lead.store(lead, ordering: .relaxed)
        guard abs(lead - before) > Self.tolerance.milliseconds else { return nil }
        return Jump(from: Timestamp(milliseconds: now.milliseconds + before), to: wall)
    }

    /// Catches up with the machine's clock if that is ahead.
    func follow() {
        let lead = lead.load(ordering: .relaxed)
        guard lead > 0 else { return }
        origin.add(lead, ordering: .relaxed)
        self.lead.store(0, ordering: .relaxed)
    }
}
