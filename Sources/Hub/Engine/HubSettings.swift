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

    /// Who may have how many connections to the hub.
    struct Connections: ConfigSection {
        static let most = Key(
            "most", "Connections at once; fewer where the limit of open files is low.", default: 4096, in: 8...60_000)
        static let perAddress = Key<Int?>(
            "per_address",
            "Connections at once from one address, or one /64 network of IPv6 (default: a quarter of `most`).",
            in: 1...60_000)
        static let trusted = Key<[IPNetwork]>(
            "trusted", "Addresses that may have any number: proxies in front. Those of this machine always may.",
            default: [])
        static var fields: [KeyField] { [most.field, perAddress.field, trusted.field] }

        var most = Connections.most.defaultValue ?? 4096
        var perAddress: Int?
        var trusted: [IPNetwork] = []

        init() {}
        init(_ section: Section) throws(ConfigError) {
            (most, perAddress, trusted) = try section.read(Self.most, Self.perAddress, Self.trusted)
        }
    }

    /// Files with which the hub speaks TLS itself.
    struct TLSFiles: ConfigSection {
        static let certificate = Key<String>(
            "certificate",
            "A file in PEM form: the certificate, then those that lead to an authority. Relative to the configuration file's folder."
        )
        static let key = Key<String>("key", "A file in PEM form: the private key, without a password.")
        static var fields: [KeyField] { [certificate.field, key.field] }

        let certificate: (path: String, place: Span)
        let key: (path: String, place: Span)

        init(_ section: Section) throws(ConfigError) {
            let (certificate, key) = try section.read(Self.certificate, Self.key)
            self.certificate = (certificate, section.span(of: Self.certificate))
            self.key = (key, section.span(of: Self.key))
        }
    }

    static let listen = Key("listen", "Address and port for webhooks.", default: "127.0.0.1:8080")
    static let tls = Key<TLSFiles?>(
        "tls", "Speak TLS (1.2 and 1.3) on `listen`. The files are read again with each reload. Not used with --dev.")
    static let connections = Key(
        "connections", "Connections of those who send webhooks.", default: Connections())
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
        [listen.field, tls.field, connections.field, publicURL.field, store.field, retention.field, grace.field]
    }

    package let host: String
    package let port: Int
    let tls: TLSFiles?
    let connections: Connections
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
        tls = try section[Self.tls]
        connections = try section[Self.connections]
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

    /// Whether an address may have any number of connections.
    func trusts(_ address: String) -> Bool {
        if address == "::1" || address.hasPrefix("127.") { return true }
        guard let bytes = IPNetwork.address(address) else { return false }
        return connections.trusted.contains { $0.contains(bytes) }
    }

    /// Whether it is nothing, an IPv6 address in brackets, or something else without colons and blanks.
    private static func isHost(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("[") else { return text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x3A && $0 != 0x7F } }
        return text.hasSuffix("]") && IPNetwork.address(String(text.dropFirst().dropLast()))?.count == 16
    }

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
