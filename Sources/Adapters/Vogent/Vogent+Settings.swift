import AdapterKit

extension Vogent {
    static let functions = Key<Functions?>(
        "functions",
        "The header and secret that API functions send instead of a signature; they authenticate function calls only.")

    static let settings = SecretSettings.fields + [functions.field]

    /// The signature is in `X-Elto-Signature`, in older integrations in `Vogent-Signature`; of two the former decides.
    /// Vogent signs no time, so a replay is caught by the key of the webhook alone.
    static func proof(_ settings: Settings) throws(ConfigError) -> Proof {
        let keys = try SecretSettings.read(settings).map { $0.revealedBytes() }
        let functions = try settings[functions]
        var proofs = ["X-Elto-Signature", "Vogent-Signature"].map {
            Proof.signature(SignatureProof(header: $0, keys: keys))
        }
        if let functions { proofs.append(functions.proof) }
        return .firstPresent(proofs)
    }
}

/// The header that the API functions of an agent send.
struct Functions: ConfigSection {
    static let header = Key<String>("header", "The header's name, as configured at the function.") {
        Headers.problem(withName: $0)
    }
    static let secret = Key<[Secret]>("secret", "The header's value, or a list of values, any of which is accepted.")
    static let fields = [header.field, secret.field]

    let proof: Proof

    init(_ section: Section) throws(ConfigError) {
        let (header, secrets) = try section.read(Self.header, Self.secret)
        guard !secrets.isEmpty else { throw section.error("the list has no secret", at: Self.secret) }
        proof = .sharedSecret(SharedSecretProof(header: header, secrets: secrets))
    }
}
