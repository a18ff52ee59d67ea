import HubModel
import HubStore

/// Everything that the dispatcher knows of one endpoint: what is in memory, what the store still has, and whether it may
/// be sent to.
struct EndpointLane {
    let endpoint: String
    var retry: RetryPolicy
    var gate: Gate
    /// Leased and ready to be sent, in the order of the store.
    var ready = WorkQueue()
    /// Committed while a claim was under way: behind what that brings.
    var late = WorkQueue()
    var rest = Rest()
    /// Memory of what is under way.
    var flightBytes = 0
    /// When it is looked at again by itself.
    var alarm: Timestamp?
    /// Whether it is in the list of lanes that take turns.
    var isListed = false

    init(_ endpoint: String, _ settings: LaneSettings) {
        self.endpoint = endpoint
        retry = settings.retry
        gate = Gate(concurrency: settings.concurrency)
    }

    /// What the store has for the endpoint besides what is in memory.
    struct Rest {
        /// Something may be due there.
        var isDue = false
        /// When the first one that is not due yet will be.
        var nextDue: Timestamp?
        /// A claim is under way.
        private(set) var isAsked = false
        /// Something went back to the store since the claim was made, so its answer may not tell of it.
        private var cameBack = false
        /// The earliest retry since the claim was made.
        private var laterDue: Timestamp?
        /// After a failure to read: not before this.
        var notBefore: Timestamp?

        mutating func asked() {
            (isAsked, cameBack, laterDue, notBefore) = (true, false, nil, nil)
        }

        mutating func gaveBack() {
            isDue = true
            cameBack = true
        }

        mutating func waits(until due: Timestamp) {
            nextDue = nextDue.map { min($0, due) } ?? due
            laterDue = laterDue.map { min($0, due) } ?? due
        }

        mutating func answered(isWhole: Bool, nextDue found: Timestamp?) {
            isAsked = false
            isDue = !isWhole || cameBack
            nextDue = [isWhole ? found : nil, laterDue].compactMap(\.self).min()
        }

        mutating func failed(tryAgain: Timestamp) {
            isAsked = false
            isDue = true
            notBefore = tryAgain
        }

        /// Whether a claim can bring something now; what has become due counts from here on.
        mutating func isWorthAsking(at now: Timestamp) -> Bool {
            if let nextDue, nextDue <= now {
                isDue = true
                self.nextDue = nil
            }
            return isDue && !isAsked && (notBefore ?? now) <= now
        }
    }
}
