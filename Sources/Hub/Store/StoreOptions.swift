package import HubModel

/// How a store in SQLite is set up.
package struct StoreOptions: Sendable {
    package var path: String
    /// How long finished deliveries are kept with their events; nil for ever. What is undelivered or dead stays.
    package var retention: Duration?
    package var clock: @Sendable () -> Timestamp
    /// What waits go by.
    package var steady: SteadyClock
    /// Told how far opening has come when an older database is brought up to date.
    package var progress: @Sendable (StoreSignal) -> Void = { _ in }
    /// The name of an SQLite file system layer; nil for the system's. Tests inject faults with it.
    package var vfs: String?
    /// How long a commit waits for another process that is writing.
    package var busyTimeout = Duration.seconds(2)
    /// Entries of the key index that are kept in memory.
    package var keyBlock = 32_768
    /// Size of the write-ahead log that tells of a reader which never ends; normally it is 4 MB.
    package var longestLog = 64 * 1024 * 1024

    /// - Parameter pace: time since any moment, at an even pace; nil when `clock` itself never jumps.
    package init(
        path: String, retention: Duration? = nil, clock: @escaping @Sendable () -> Timestamp,
        pace: (@Sendable () -> Duration)? = nil
    ) {
        (self.path, self.retention, self.clock) = (path, retention, clock)
        steady = SteadyClock(wall: clock, pace: pace)
    }
}
