public import HubConfig
public import HubModel

/// Turns one provider's webhooks into canonical events.
///
/// An adapter holds only its settings: no clock, no socket, no state, so the same webhook always produces the same events.
/// The hub does everything else: it checks the proof before `decode` is called, redacts credentials, stores, merges,
/// routes and answers. A provider that is polled or that waits for a computed answer adds a further protocol to this one.
public protocol Adapter: Sendable {
    /// Name, settings and events: read by the configuration, the command line and the docs.
    static var spec: AdapterSpec { get }

    /// Reads the settings; no side effects.
    init(_ settings: Settings) throws(ConfigError)

    /// How the provider proves that a webhook is its own; the hub does the checking.
    var proof: Proof { get }

    /// What the webhook says. Throws only for authentic bodies it cannot make sense of, which the hub keeps as quarantined.
    func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded
}

/// What is fixed about an adapter's module.
public struct AdapterSpec: Sendable {
    /// The module's name in `use:`, lower case.
    public var name: String
    /// One sentence for `hub adapters`.
    public var summary: String
    /// The settings it declares, without those that every adapter has.
    public var settings: [KeyField]
    /// Native event names with what they become.
    public var events: [NativeEvent]
    /// HTTP methods the provider may deliver with.
    public var methods: [String]
    /// Whether the provider sends again after a failure, unless the configuration says otherwise. Those that do not are served first.
    public var retries: Bool
    /// Paths of credentials contained in payloads, such as `message.phoneNumber.twilioAuthToken`; `*` is any member or
    /// element, `**` any depth. Their values are replaced before anything is stored.
    public var credentials: [String]
    /// One payload for each native event, for `hub send`, `hub explain` and the playground.
    public var samples: [Sample]

    public init(
        name: String, summary: String, settings: [KeyField], events: [NativeEvent], methods: [String] = ["POST"],
        retries: Bool = true, credentials: [String] = [], samples: [Sample] = []
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.events = events
        self.methods = methods
        self.retries = retries
        self.credentials = credentials
        self.samples = samples
    }
}

/// A provider's event name and the canonical types it can become.
public struct NativeEvent: Sendable {
    public var name: String
    public var types: [EventType]

    public init(_ name: String, _ types: EventType...) { self.init(name, types: types) }

    public init(_ name: String, types: [EventType]) { (self.name, self.types) = (name, types) }
}
