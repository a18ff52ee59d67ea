public import HubConfig

/// Settings that the hub itself reads for every adapter; adapters declare only what is their own.
public struct CommonSettings: Sendable {
    enum Keys {
        static let path = Key<String?>("path", "The path that receives webhooks (default `/webhooks/<name>`).")
        static let networks = Key<[IPNetwork]>(
            "networks", "Allowed source networks (default: any).", default: [])
        static let maxBody = Key(
            "max_body", "The largest accepted body.", default: ByteSize.megabytes(8),
            in: ByteSize(bytes: 1)...ByteSize.megabytes(64))
        static let retries = Key<Bool?>(
            "retries", "Whether the provider sends again after a failure; those that do not are served first.")
    }

    /// The provider's module, when the adapter's name is another.
    public static let use = Key<String?>("use", "The provider's module, when the name is another.")

    public static let fields: [KeyField] = [
        use.field, Keys.path.field, Keys.networks.field, Keys.maxBody.field, Keys.retries.field,
    ]

    public let path: String?
    public let networks: [IPNetwork]
    public let maxBody: Int
    public let retries: Bool?

    public init(_ settings: Settings) throws(ConfigError) {
        path = try settings[Keys.path]
        if let path,
            !path.hasPrefix("/") || !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 })
        {
            throw settings.error("\"path\" must begin with a slash and contain no spaces, ? or #", at: Keys.path)
        }
        networks = try settings[Keys.networks]
        maxBody = try settings[Keys.maxBody].bytes
        retries = try settings[Keys.retries]
    }
}

/// The secrets of an adapter: `secret: x`, or `secrets: [new, old]` during a rotation, when any of them is accepted.
public enum SecretSettings {
    public static let secret = Key<Secret?>("secret", "The secret shared with the provider.")
    public static let secrets = Key<[Secret]>(
        "secrets", "Several secrets during a rotation; any of them is accepted.", default: [])

    public static let fields: [KeyField] = [secret.field, secrets.field]

    /// The secrets that are given, perhaps none: for adapters that accept another proof instead.
    public static func readIfGiven(_ settings: Settings) throws(ConfigError) -> [Secret] {
        let (one, several) = try settings.read(secret, secrets)
        if one != nil, !several.isEmpty { throw settings.error("give either \"secret\" or \"secrets\"", at: secrets) }
        return one.map { [$0] } ?? several
    }

    /// The secrets that are given; at least one is required.
    public static func read(_ settings: Settings) throws(ConfigError) -> [Secret] {
        let all = try readIfGiven(settings)
        if all.isEmpty {
            throw settings.error(
                "\(settings.subject) needs a secret; without one the hub would believe anybody",
                help: "Write `secret: \"${env:NAME}\"`.")
        }
        return all
    }
}
