import Crypto
public import HubConfig

/// How a provider proves that a webhook is its own, expressed as a value.
///
/// Adapters only configure proofs; `Proof.check` alone interprets them, and only it can make a `VerifiedWebhook`.
public indirect enum Proof: Sendable {
    /// A keyed code over the body and perhaps more.
    case signature(SignatureProof)
    /// A secret that travels in a header.
    case sharedSecret(SharedSecretProof)
    /// HTTP Basic authentication.
    case basic(user: String, password: Secret)
    /// A JSON Web Token signed with HMAC-SHA256 in a header.
    case jwt(TokenProof)
    /// The first whose header is present decides; the others do not get to see what it refuses.
    case firstPresent([Proof])
    /// Nothing is checked. No adapter's settings lead to it; tests use it.
    case nothing
}

/// A header with one or more HMACs.
public struct SignatureProof: Sendable {
    public enum Algorithm: String, CaseIterable, ConfigChoice {
        case sha1, sha256, sha512

        var digest: DigestAlgorithm {
            switch self {
            case .sha1: .sha1
            case .sha256: .sha256
            case .sha512: .sha512
            }
        }
    }

    public enum Encoding: String, CaseIterable, ConfigChoice {
        case hex, base64

        var codec: Codec { self == .hex ? .hex : .base64 }
    }

    /// How the header is laid out.
    public enum Layout: Sendable {
        /// The signature after a required prefix: `sha256=<signature>`.
        case prefixed(String)
        /// Space-separated entries, each a version and a signature: `v1,<signature> v1,<signature>`; others are ignored.
        case versioned(String)
        /// Fields separated by semicolons, `hmac;1;<timestamp>;<signature>`; several such entries are separated by commas.
        case fields(leading: [String])
    }

    /// What the code is computed over, piece by piece.
    public enum Piece: Sendable, Equatable {
        case text(String)
        case body
        /// The timestamp as sent.
        case timestamp
        case header(String)
        case method
        case url
    }

    public var header: String
    public var algorithm: Algorithm
    public var layout: Layout
    public var encoding: Encoding
    public var pieces: [Piece]
    public var timestamp: SignedTime?
    let keys: [HMACKey]

    /// - Parameter keys: the keys' bytes; any of them may have made the signature.
    public init(
        header: String, algorithm: Algorithm = .sha256, layout: Layout = .prefixed(""), encoding: Encoding = .hex,
        pieces: [Piece] = [.body], timestamp: SignedTime? = nil, keys: [[UInt8]]
    ) {
        precondition(!keys.isEmpty && !keys.contains([]), "a signature needs a key")
        precondition(pieces.contains(.body), "a signature that leaves out the body proves nothing of it")
        self.header = header
        self.algorithm = algorithm
        self.layout = layout
        self.encoding = encoding
        self.pieces = pieces
        self.timestamp = timestamp
        self.keys = keys.map { HMACKey($0, algorithm.digest) }
    }
}

/// A secret in a header, optionally after a prefix such as `Bearer `.
public struct SharedSecretProof: Sendable {
    public var header: String
    public var prefix: String
    let secrets: [Secret]

    public init(header: String, prefix: String = "", secrets: [Secret]) {
        precondition(!secrets.isEmpty && !secrets.contains { $0.isEmpty }, "a shared secret cannot be empty")
        (self.header, self.prefix, self.secrets) = (header, prefix, secrets)
    }
}

/// A JSON Web Token (RFC 7519) with the algorithm HS256 and no other.
public struct TokenProof: Sendable {
    public var header: String
    public var prefix: String
    /// How far `exp` and `nbf` may be in the past or future.
    public var leeway: Duration
    /// Whether a token without `exp`, which would be valid for ever, is refused.
    public var requiresExpiry: Bool
    /// What `iss` must be; nil for anything.
    public var issuer: String?
    /// One of these must be in `aud`. If empty, only tokens without `aud` are accepted.
    public var audience: [String]
    let keys: [HMACKey]

    public init(
        header: String = "Authorization", prefix: String = "Bearer ", leeway: Duration = .seconds(60),
        requiresExpiry: Bool = true, issuer: String? = nil, audience: [String] = [], keys: [[UInt8]]
    ) {
        precondition(!keys.isEmpty && !keys.contains([]), "a token needs a key")
        (self.header, self.prefix, self.leeway) = (header, prefix, leeway)
        (self.requiresExpiry, self.issuer, self.audience) = (requiresExpiry, issuer, audience)
        self.keys = keys.map { HMACKey($0, .sha256) }
    }
}

/// Why a webhook is refused. Carries neither secrets nor the expected signature.
public enum ProofRefusal: String, Error, Sendable, CaseIterable {
    case missingProof = "missing_proof"
    case malformedProof = "malformed_proof"
    case badSignature = "bad_signature"
    case badSecret = "bad_secret"
    case badToken = "bad_token"
    case missingExpiry = "missing_expiry"
    case wrongIssuer = "wrong_issuer"
    case wrongAudience = "wrong_audience"
    case missingTimestamp = "missing_timestamp"
    case malformedTimestamp = "malformed_timestamp"
    case staleTimestamp = "stale_timestamp"
    /// The proof holds, but what it authenticates is something else. Only an adapter can tell.
    case outOfScope = "out_of_scope"

    /// The reason in words, for the provider's log.
    public var words: String {
        switch self {
        case .missingProof: "no signature or secret was sent"
        case .malformedProof: "the signature cannot be read"
        case .badSignature: "the signature does not match"
        case .badSecret: "the secret does not match"
        case .badToken: "the token is not valid"
        case .missingExpiry: "the token never expires"
        case .wrongIssuer: "the token was not issued by the configured issuer"
        case .wrongAudience: "the token is meant for another audience"
        case .missingTimestamp: "no timestamp was sent"
        case .malformedTimestamp: "the timestamp cannot be read"
        case .staleTimestamp: "the timestamp is too far from the current time"
        case .outOfScope: "the secret does not authenticate webhooks of this kind"
        }
    }
}

extension SignatureProof {
    /// Reads a layout such as `{timestamp}.{body}`; placeholders are `{body}`, `{timestamp}`, `{method}`, `{url}` and
    /// `{name-of-a-header}`. Nil when a brace is left open or the body is not signed.
    public static func pieces(of format: String) -> [Piece]? {
        var pieces: [Piece] = []
        var rest = format[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            let name = String(rest[rest.index(after: open)..<close])
            switch name {
            case "body": pieces.append(.body)
            case "timestamp": pieces.append(.timestamp)
            case "method": pieces.append(.method)
            case "url": pieces.append(.url)
            case "": return nil
            default: pieces.append(.header(name))
            }
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces.contains(.body) ? pieces : nil
    }

    /// The key after `whsec_`, in base64; the whole text is read as base64 when it has no such prefix. Nil when the base64 is broken.
    public static func standardWebhooksKey(_ secret: Secret) -> [UInt8]? {
        let text = secret.revealed()
        guard text.hasPrefix("whsec_") else { return base64Key(secret) }
        return Codec.base64.decode(text.dropFirst(6)).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The bytes of a key written in base64; nil when it is not.
    public static func base64Key(_ secret: Secret) -> [UInt8]? {
        Codec.base64.decode(secret.revealed()).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Proof {
    /// The headers that carry a proof; their values are neither stored nor shown.
    public var carriers: [String] {
        switch self {
        case .signature(let proof): [proof.header]
        case .sharedSecret(let proof): [proof.header]
        case .basic: ["Authorization"]
        case .jwt(let proof): [proof.header]
        case .firstPresent(let proofs): proofs.flatMap(\.carriers)
        case .nothing: []
        }
    }
}
