package import HubModel

/// One attempt to send a delivery.
package struct Attempt: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var at: Timestamp
    package var duration: Duration
    /// HTTP status; nil when nothing came back.
    package var status: Int?
    /// Why it failed; nil for success.
    package var error: String?
    /// The beginning of the answer's body.
    package var excerpt: String?
    package var reusedConnection: Bool

    package init(
        number: Int, at: Timestamp, duration: Duration, status: Int?, error: String?, excerpt: String?,
        reusedConnection: Bool
    ) {
        self.number = number
        self.at = at
        self.duration = duration
        self.status = status
        self.error = error
        self.excerpt = excerpt
        self.reusedConnection = reusedConnection
    }
}
