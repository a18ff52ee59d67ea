/// What a lane needs to know of its endpoint's configuration.
package struct LaneSettings: Sendable, Equatable {
    /// The maximum number of concurrent requests.
    package var concurrency: Int
    package var retry: RetryPolicy

    package init(concurrency: Int = 1, retry: RetryPolicy = RetryPolicy()) {
        (self.concurrency, self.retry) = (concurrency, retry)
    }
}
