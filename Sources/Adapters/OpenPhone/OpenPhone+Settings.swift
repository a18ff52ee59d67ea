import AdapterKit

extension OpenPhone {
    static let bodySignature = Key(
        "body_signature",
        "Whether x-openphone-signature-v1 is accepted too: hex HMAC-SHA256 of the body under the key as text. It has no timestamp.",
        default: false)

    static let settings = SecretSettings.fields + [bodySignature.field, SignedTime.toleranceKey.field]

    /// Three generations of signatures, distinguished by their headers. The stronger decides where its header is present,
    /// so that adding a weak signature to a request never helps.
    static func proof(_ settings: Settings) throws(ConfigError) -> Proof {
        let keys = try SecretSettings.read(settings)
        let (bodySignature, tolerance) = try settings.read(bodySignature, SignedTime.toleranceKey)
        if !bodySignature, keys.contains(where: { SignatureProof.standardWebhooksKey($0) == nil }) {
            throw settings.error(
                "a secret of \(settings.subject) is no key of OpenPhone: it is not base64",
                help: "Copy it whole, with whsec_ if it has that.")
        }
        // A key that is not base64 can only serve the oldest scheme. In the others it is used as it is, where nothing
        // that OpenPhone sends can match it: their headers must be refused and not passed over.
        let current = keys.map { SignatureProof.standardWebhooksKey($0) ?? $0.revealedBytes() }
        let legacy = keys.map { SignatureProof.base64Key($0) ?? $0.revealedBytes() }
        var proofs: [Proof] = [
            .signature(
                SignatureProof(
                    header: "webhook-signature", layout: .versioned("v1"), encoding: .base64,
                    pieces: [.header("webhook-id"), .text("."), .timestamp, .text("."), .body],
                    timestamp: .init(.header("webhook-timestamp"), unit: .seconds, tolerance: tolerance),
                    keys: current)),
            .signature(
                SignatureProof(
                    header: "openphone-signature", layout: .fields(leading: ["hmac", "1"]), encoding: .base64,
                    pieces: [.timestamp, .text("."), .body],
                    timestamp: .init(.layout, unit: .byMagnitude, tolerance: tolerance), keys: legacy)),
        ]
        if bodySignature {
            proofs.append(
                .signature(
                    SignatureProof(header: "x-openphone-signature-v1", keys: keys.map { $0.revealedBytes() })))
        }
        return .firstPresent(proofs)
    }
}
