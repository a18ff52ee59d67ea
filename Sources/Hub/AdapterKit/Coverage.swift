/// How much of a webhook its proof covers.
enum Coverage: Sendable {
    /// A signature in `header` over these pieces, the body among them.
    case signature(header: String, pieces: [SignatureProof.Piece])
    /// A credential in a header. It proves who sent the webhook, and nothing about what it says.
    case credential(header: String)
    /// Nothing was asked for.
    case nothing
}

extension Proof {
    /// Whether every webhook that this proof lets in has its body proven.
    public var alwaysProvesBody: Bool {
        switch self {
        case .signature: true
        case .firstPresent(let proofs): proofs.allSatisfy(\.alwaysProvesBody)
        case .sharedSecret, .basic, .jwt, .nothing: false
        }
    }
}

extension VerifiedWebhook {
    /// Whether the proof covers the body. If not, whoever has the credential can write whatever they like.
    public var isBodyProven: Bool {
        switch coverage {
        case .signature: true
        case .credential, .nothing: false
        }
    }

    /// The header with the signature or credential that proved the webhook.
    public var carrier: String? {
        switch coverage {
        case .signature(let header, _), .credential(let header): header
        case .nothing: nil
        }
    }

    /// The value of a header that is part of what was signed; nil for every other header, which anybody on the way can change.
    public func provenHeader(_ name: String) -> String? {
        guard case .signature(_, let pieces) = coverage else { return nil }
        let isSigned = pieces.contains {
            if case .header(let signed) = $0 { Headers.same(signed, name) } else { false }
        }
        return isSigned ? headers[name] : nil
    }
}
