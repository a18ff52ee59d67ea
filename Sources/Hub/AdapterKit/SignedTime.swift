public import HubConfig

/// The timestamp that a provider sends with a signature, and how much it may differ from the current time.
public struct SignedTime: Sendable {
    public enum Source: Sendable {
        case header(String)
        /// A field of the signature's own header.
        case layout
    }

    public enum Unit: Sendable { case seconds, milliseconds, byMagnitude }

    /// The setting of every adapter whose provider sends a timestamp.
    public static let toleranceKey = Key(
        "tolerance", "The largest accepted difference between a webhook's timestamp and the current time.",
        default: Duration.seconds(300), in: .seconds(1) ... .seconds(86_400))

    public var source: Source
    public var unit: Unit
    /// The largest difference from the current time, in either direction.
    public var tolerance: Duration

    public init(_ source: Source, unit: Unit, tolerance: Duration) {
        (self.source, self.unit, self.tolerance) = (source, unit, tolerance)
    }
}
