public import HubConfig

/// What an adapter asks of the tokens that prove its webhooks, apart from their signature.
///
/// A token proves who sends and nothing about the body, so it must at least end and be meant for the hub: whoever sees
/// one could otherwise use it for ever, or use one that another service received.
public enum TokenSettings {
    public static let issuer = Key<String?>("issuer", "The `iss` claim that a token must have (default: any).")
    public static let audience = Key<[String]>(
        "audience",
        "Accepted values of a token's `aud` claim. A token that has one is refused unless it is listed here.",
        default: [])
    public static let requireExpiry = Key(
        "require_expiry", "Whether a token must have an `exp` claim.", default: true)

    public static let fields = [issuer.field, audience.field, requireExpiry.field]

    /// Whether any of the settings differs from its default.
    public static func areGiven(_ settings: Section) throws(ConfigError) -> Bool {
        let (issuer, audience, requireExpiry) = try settings.read(issuer, audience, requireExpiry)
        return issuer != nil || !audience.isEmpty || !requireExpiry
    }

    /// The proof by a token in a header, with these settings.
    public static func proof(
        _ settings: Section, header: String = "Authorization", prefix: String = "Bearer ", keys: [[UInt8]]
    ) throws(ConfigError) -> TokenProof {
        let (issuer, audience, requireExpiry) = try settings.read(issuer, audience, requireExpiry)
        return TokenProof(
            header: header, prefix: prefix, requiresExpiry: requireExpiry, issuer: issuer, audience: audience,
            keys: keys)
    }
}
