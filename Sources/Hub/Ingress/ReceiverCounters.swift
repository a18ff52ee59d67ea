import Synchronization

/// How many webhooks met which fate, by source and fate.
package final class ReceiverCounters: Sendable {
    private let counts = Mutex<[String: [String: Int]]>([:])

    package func count(_ source: String, _ fate: String) {
        counts.withLock { $0[source, default: [:]][fate, default: 0] += 1 }
    }

    package var all: [String: [String: Int]] { counts.withLock { $0 } }
}
