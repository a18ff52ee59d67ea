import Crypto
import HTTPSyntax
package import HubConfig
package import HubModel

/// How an endpoint's requests are signed.
package struct Signer: Sendable {
    package enum Scheme: String, CaseIterable, ConfigChoice {
        case hmacSHA256 = "hmac-sha256"
        case hmacSHA1 = "hmac-sha1"
        /// standardwebhooks.com: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
        case standardWebhooks = "standard-webhooks"
    }

    package enum Encoding: String, CaseIterable, ConfigChoice { case hex, base64 }

    private let scheme: Scheme
    private let keys: [HMACKey]
    private let header: String
    private let prefix: String
    private let codec: Codec
    private let timestampHeader: String?

    static let scheme = Key<Scheme>("scheme", "The signature scheme.")
    static let secret = Key<[Secret]>(
        "secret",
        "The shared secret; several while one is being replaced (standard-webhooks sends a signature for each).")
    static let header = Key(
        "header", "The header that carries the signature.", default: "X-Signature", check: { problem(withHeader: $0) })
    static let prefix = Key("prefix", "The prefix before the signature, such as `sha256=`.", default: "")
    static let encoding = Key("encoding", "The encoding of the signature.", default: Encoding.hex)
    static let timestampHeader = Key<String?>(
        "timestamp_header", "Sends the time in this header, and signs `<time>.<body>` instead of the body alone.",
        check: { $0.flatMap { problem(withHeader: $0) } })

    private static func problem(withHeader name: String) -> String? {
        switch HeaderName.refusal(of: name) {
        case .malformed: "must be a valid header name"
        case .reserved: "must not name a header that the hub sets itself"
        case nil: nil
        }
    }

    /// The headers that prove `body`; `id` names the delivery.
    package func headers(id: String, at time: Timestamp, body: [UInt8]) -> [(name: String, value: String)] {
        let seconds = String(time.milliseconds / 1000)
        switch scheme {
        case .standardWebhooks:
            let signed = Array("\(id).\(seconds).".utf8)
            let signatures = keys.map { "v1,\(Codec.base64.encode($0.code(signed, body)))" }
            return [
                ("webhook-id", id), ("webhook-timestamp", seconds),
                ("webhook-signature", signatures.joined(separator: " ")),
            ]
        case .hmacSHA256, .hmacSHA1:
            guard let key = keys.first else { return [] }
            guard let timestampHeader else { return [(header, prefix + codec.encode(key.code(body)))] }
            return [
                (header, prefix + codec.encode(key.code(Array("\(seconds).".utf8), body))), (timestampHeader, seconds),
            ]
        }
    }
}

extension Signer: ConfigSection {
    package static var fields: [KeyField] {
        [scheme.field, secret.field, header.field, prefix.field, encoding.field, timestampHeader.field]
    }

    package init(_ section: Section) throws(ConfigError) {
        let scheme = try section[Self.scheme]
        let secrets = try section[Self.secret]
        self.scheme = scheme
        header = try section[Self.header]
        prefix = try section[Self.prefix]
        codec = try section[Self.encoding] == .hex ? .hex : .base64
        timestampHeader = try section[Self.timestampHeader]
        guard let first = secrets.first else { throw section.error("\"secret\" is an empty list", at: Self.secret) }
        switch scheme {
        case .standardWebhooks:
            var keys: [HMACKey] = []
            for secret in secrets {
                // `whsec_` and base64 is the standard's form; anything else is the key itself.
                let text = secret.revealed()
                let bytes = text.hasPrefix("whsec_") ? Codec.base64.decode(text.dropFirst(6)) : Array(text.utf8)
                guard let bytes, !bytes.isEmpty else {
                    throw section.error("a secret that begins with whsec_ must go on in base64", at: Self.secret)
                }
                keys.append(HMACKey(bytes, .sha256))
            }
            self.keys = keys
        case .hmacSHA256, .hmacSHA1:
            if secrets.count > 1 {
                throw section.error(
                    "\"\(scheme.rawValue)\" carries one signature, so it takes one secret", at: Self.secret)
            }
            keys = [HMACKey(first.revealedBytes(), scheme == .hmacSHA1 ? .sha1 : .sha256)]
        }
    }
}
