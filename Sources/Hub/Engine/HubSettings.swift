package import HubConfig
import HubModel

/// The section `hub:`.
package struct HubSettings: ConfigSection {
    /// Retention for finished deliveries.
    struct Retention: ConfigSection {
        static let events = Key(
            "events", "How long webhooks, events and finished deliveries are kept.",
            default: Duration.seconds(30 * 86_400), in: Duration.seconds(3600)...Duration.seconds(3650 * 86_400))
        static var fields: [KeyField] { [events.field] }

        var events = Retention.events.defaultValue ?? .seconds(30 * 86_400)

        init() {}
        init(_ section: Section) throws(ConfigError) { events = try section[Self.events] }
    }

    static let listen = Key("listen", "Address and port for webhooks.", default: "127.0.0.1:8080")
    static let publicURL = Key<URLText?>("public_url", "The hub's address as providers see it; only displayed.")
    static let store = Key(
        "store", "The database: `sqlite:` and a path, relative to the configuration file's folder.",
        default: "sqlite:data/hub.db")
    static let retention = Key(
        "retention", "Retention for finished deliveries; undelivered and dead ones are never pruned.",
        default: Retention())
    static let grace = Key(
        "shutdown_grace", "How long deliveries in progress may take to finish when the hub is stopped.",
        default: Duration.seconds(30), in: Duration.zero...Duration.seconds(3600))

    package static var fields: [KeyField] {
        [listen.field, publicURL.field, store.field, retention.field, grace.field]
    }

    package let host: String
    package let port: Int
    package let publicURL: String?
    /// As the file has it: what a reference in it stands for is not for showing.
    package let shownPublicURL: String?
    /// The database file as the configuration has it.
    package let database: String
    package let retention: Duration
    package let grace: Duration

    package init(_ section: Section) throws(ConfigError) {
        let listen = try section[Self.listen]
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65535).contains(port), Self.isHost(String(listen[..<colon]).trimmingBlanks())
        else {
            throw section.error(
                "\"listen\" must be an address and a port, not \(section.shown(Self.listen))", at: Self.listen,
                help: "Write 127.0.0.1:8080, or 0.0.0.0:8080 for all addresses; an IPv6 address is put in brackets.")
        }
        let host = String(listen[..<colon]).trimmingBlanks()
        // `:8080` is the same as all addresses.
        self.host = host.isEmpty ? "0.0.0.0" : host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
        publicURL = try section[Self.publicURL]?.text
        shownPublicURL = publicURL == nil ? nil : section.node[Self.publicURL.name]?.scalar?.source
        let store = try section[Self.store]
        guard store.hasPrefix("sqlite:"), store.count > 7 else {
            throw section.error(
                "\"store\" must be `sqlite:` and a path, not \(section.shown(Self.store))", at: Self.store,
                help: "Write sqlite:data/hub.db.")
        }
        database = String(store.dropFirst(7))
        retention = try section[Self.retention].events
        grace = try section[Self.grace]
    }

    /// Whether it is nothing, an IPv6 address in brackets, or something else without colons and blanks.
    private static func isHost(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("[") else { return text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x3A && $0 != 0x7F } }
        return text.hasSuffix("]") && IPNetwork.address(String(text.dropFirst().dropLast()))?.count == 16
    }

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
