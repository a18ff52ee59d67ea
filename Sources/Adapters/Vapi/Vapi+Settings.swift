import AdapterKit

extension Vapi {
    static let secret = Key<Secret?>("secret", "The server's secret, which Vapi sends in X-Vapi-Secret.")
    static let bearer = Key<Bearer?>("bearer", "A Bearer credential of the server.")
    static let hmac = Key<Signature?>("hmac", "An HMAC credential of the server, with the settings it has at Vapi.")
    static let jwt = Key<Token?>(
        "jwt", "An OAuth 2.0 credential of the server, where your token endpoint issues tokens signed with HS256.")
    static let keep = Key<[NativeType]>(
        "keep",
        "High-frequency events to keep, such as speech-update; they are acknowledged and dropped otherwise.",
        default: [],
        check: { types in
            types.first { !$0.isHighFrequency }.map {
                "names \"\($0.rawValue)\", which is kept anyway; leave it out"
            }
        })
    static let drop = Key<[NativeType]>(
        "drop", "Further events to acknowledge and drop, such as conversation-update; requests are still answered.",
        default: [])
    static let apologyKey = Key(
        "apology",
        "The text returned to the model, and spoken to the caller, when Vapi waits for an answer and the hub has none.",
        default: "Sorry, that is not possible right now.",
        check: { $0.isEmpty ? "must not be empty" : nil })

    static let settings = [
        secret.field, SecretSettings.secrets.field, bearer.field, hmac.field, jwt.field, keep.field, drop.field,
        apologyKey.field,
    ]

    static func dropped(_ settings: Settings) throws(ConfigError) -> Set<NativeType> {
        let (keep, drop) = try settings.read(keep, drop)
        if let both = keep.first(where: drop.contains) {
            throw settings.error(
                "\"\(both.rawValue)\" is both in \"keep\" and in \"drop\"", at: Self.drop, help: "Take it out of one.")
        }
        return Set(NativeType.allCases.filter(\.isHighFrequency)).subtracting(keep).union(drop)
    }

    /// The credentials that are configured; of two in one webhook, the stronger decides.
    static func proof(_ settings: Settings) throws(ConfigError) -> Proof {
        let (bearer, hmac, jwt) = try settings.read(bearer, hmac, jwt)
        let secrets = try SecretSettings.readIfGiven(settings)
        var proofs: [(header: String, proof: Proof)] = []
        if let hmac { proofs.append((hmac.header, hmac.proof)) }
        if let jwt { proofs.append((jwt.header, jwt.proof)) }
        if let bearer { proofs.append((bearer.header, bearer.proof)) }
        if !secrets.isEmpty {
            let header = "X-Vapi-Secret"
            proofs.append((header, .sharedSecret(SharedSecretProof(header: header, secrets: secrets))))
        }
        guard let first = proofs.first else {
            throw settings.error(
                "\(settings.subject) needs \"secret\", \"bearer\", \"hmac\" or \"jwt\"",
                help: "Use the value of the server's credential at Vapi, such as secret: \"${env:VAPI_SECRET}\".")
        }
        for (index, one) in proofs.enumerated() {
            if proofs[..<index].contains(where: { $0.header.lowercased() == one.header.lowercased() }) {
                throw settings.error(
                    "two credentials use the header \(one.header)",
                    help: "Only one of them could ever be accepted; remove the other, or give it its own header.")
            }
        }
        return proofs.count == 1 ? first.proof : .firstPresent(proofs.map(\.proof))
    }

    /// Paths of credentials in Vapi's bodies. Assistants, their tools and phone numbers come along whole, wherever a
    /// call, a squad or a transfer mentions them. Prompts are no credentials and stay.
    static let credentials = [
        "**.twilioAccountSid", "**.twilioAuthToken", "**.twilioApiKey", "**.twilioApiSecret", "**.vonageApiKey",
        "**.vonageApiSecret", "**.vonageApplicationPrivateKey", "**.telnyxApiKey", "**.serverUrlSecret",
        "**.server.secret", "**.server.headers.*", "**.tools.*.headers.*", "**.tool.headers.*",
        "**.backoffPlan.headers.*", "**.credentials", "**.authentication.password", "**.authenticationPlan.*",
        "**.sipPassword", "**.apiKey", "**.clientSecret", "**.secretKey",
    ]
}

/// A secret in a header of one's choice.
struct Bearer: ConfigSection {
    static let token = Key<[Secret]>("token", "The token, or a list of tokens, any of which is accepted.")
    static let headerKey = Key(
        "header", "The header that carries it.", default: "Authorization", check: { Headers.problem(withName: $0) })
    static let prefix = Key("prefix", "The prefix before it; empty for none.", default: "Bearer ")
    static let fields = [token.field, headerKey.field, prefix.field]

    let header: String
    let proof: Proof

    init(_ section: Section) throws(ConfigError) {
        let (tokens, header, prefix) = try section.read(Self.token, Self.headerKey, Self.prefix)
        guard !tokens.isEmpty else { throw section.error("the list has no token", at: Self.token) }
        self.header = header
        proof = .sharedSecret(SharedSecretProof(header: header, prefix: prefix, secrets: tokens))
    }
}

/// A JSON Web Token in a header of one's choice.
struct Token: ConfigSection {
    static let secret = Key<[Secret]>(
        "secret", "The key that signs the tokens, or a list of keys, any of which is accepted.")
    static let headerKey = Key(
        "header", "The header that carries it.", default: "Authorization", check: { Headers.problem(withName: $0) })
    static let prefix = Key("prefix", "The prefix before it; empty for none.", default: "Bearer ")
    static let fields = [secret.field, headerKey.field, prefix.field] + TokenSettings.fields

    let header: String
    let proof: Proof

    init(_ section: Section) throws(ConfigError) {
        let (secrets, header, prefix) = try section.read(Self.secret, Self.headerKey, Self.prefix)
        guard !secrets.isEmpty else { throw section.error("the list has no secret", at: Self.secret) }
        self.header = header
        proof = .jwt(
            try TokenSettings.proof(
                section, header: header, prefix: prefix, keys: secrets.map { $0.revealedBytes() }))
    }
}

/// Vapi's HMAC credential, setting by setting.
struct Signature: ConfigSection {
    static let secret = Key<[Secret]>("secret", "The secret key, or a list of keys, any of which is accepted.")
    static let isBase64 = Key("secret_is_base64", "Whether the key is written in base64.", default: false)
    static let algorithm = Key("algorithm", "The hash function.", default: SignatureProof.Algorithm.sha256)
    static let headerKey = Key(
        "signature_header", "The header of the signature.", default: "x-signature",
        check: { Headers.problem(withName: $0) })
    static let timestampHeader = Key(
        "timestamp_header", "The header of the timestamp.", default: "x-timestamp",
        check: { Headers.problem(withName: $0) })
    static let messageIDHeader = Key(
        "message_id_header", "The header that {svix-id} stands for.", default: "svix-id",
        check: { Headers.problem(withName: $0) })
    static let prefix = Key("signature_prefix", "The prefix before the signature, such as sha256=.", default: "")
    static let includeTimestamp = Key("include_timestamp", "Whether a timestamp is sent and signed.", default: true)
    static let format = Key<String?>(
        "payload_format",
        "What is signed, made of {body}, {timestamp}, {method}, {url} and {svix-id} (default: {timestamp}.{body}).")
    static let encoding = Key(
        "signature_encoding", "The encoding of the signature.", default: SignatureProof.Encoding.hex)

    static let fields = [
        secret.field, isBase64.field, algorithm.field, headerKey.field, timestampHeader.field, messageIDHeader.field,
        prefix.field, includeTimestamp.field, format.field, encoding.field, SignedTime.toleranceKey.field,
    ]

    let header: String
    let proof: Proof

    init(_ section: Section) throws(ConfigError) {
        let (secrets, isBase64, algorithm, header, prefix, encoding) = try section.read(
            Self.secret, Self.isBase64, Self.algorithm, Self.headerKey, Self.prefix, Self.encoding)
        let (timestampHeader, tolerance) = try section.read(Self.timestampHeader, SignedTime.toleranceKey)
        var keys: [[UInt8]] = []
        for secret in secrets {
            guard let key = isBase64 ? SignatureProof.standardWebhooksKey(secret) : secret.revealedBytes() else {
                throw section.error(
                    "\"secret\" is not base64", at: Self.secret,
                    help: "Copy the key whole, or leave out secret_is_base64 if it is plain text.")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw section.error("the list has no secret", at: Self.secret) }
        let pieces = try Self.pieces(section)
        // A timestamp that is not signed proves nothing about the age.
        let isTimed = pieces.contains(.timestamp)
        self.header = header
        proof = .signature(
            SignatureProof(
                header: header, algorithm: algorithm, layout: .prefixed(prefix), encoding: encoding, pieces: pieces,
                timestamp: isTimed
                    ? SignedTime(.header(timestampHeader), unit: .byMagnitude, tolerance: tolerance)
                    : nil,
                keys: keys))
    }

    private static func pieces(_ section: Section) throws(ConfigError) -> [SignatureProof.Piece] {
        let (includeTimestamp, given, messageIDHeader) = try section.read(
            Self.includeTimestamp, Self.format, Self.messageIDHeader)
        let format = given ?? (includeTimestamp ? "{timestamp}.{body}" : "{body}")
        let help = "It is made of {body}, {timestamp}, {method}, {url}, {svix-id} and plain text, and {body} is needed."
        guard let pieces = SignatureProof.pieces(of: format) else {
            throw section.error("\"payload_format\" cannot be read", at: Self.format, help: help)
        }
        if !includeTimestamp, pieces.contains(.timestamp) {
            throw section.error(
                "\"payload_format\" signs a timestamp, but include_timestamp is false", at: Self.format,
                help: "Take {timestamp} out, or include_timestamp.")
        }
        var mapped: [SignatureProof.Piece] = []
        for piece in pieces {
            guard case .header(let name) = piece else {
                mapped.append(piece)
                continue
            }
            guard name == "svix-id" else {
                throw section.error("\"payload_format\" has an unknown {\(name)}", at: Self.format, help: help)
            }
            mapped.append(.header(messageIDHeader))
        }
        return mapped
    }
}
