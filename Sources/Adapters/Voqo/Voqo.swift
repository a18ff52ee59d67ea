public import AdapterKit

/// Phone calls from Voqo AI: one webhook after each call.
public struct Voqo: Adapter {
    public let proof: Proof

    public static let spec = AdapterSpec(
        name: "voqo", summary: "Phone agents for real estate; one webhook when a call is over.",
        settings: SecretSettings.fields + [SignedTime.toleranceKey.field],
        events: [
            NativeEvent("call_ended", types: ["call.ended"] + Call.allArtifacts),
            NativeEvent("any other", .providerEvent),
        ], samples: Sample.files(in: "Voqo"))

    public init(_ settings: Settings) throws(ConfigError) {
        let secrets = try SecretSettings.read(settings)
        // The timestamp is checked for freshness but not signed: the body alone is.
        proof = .signature(
            SignatureProof(
                header: "X-Webhook-Signature",
                timestamp: .init(
                    .header("X-Webhook-Timestamp"), unit: .seconds, tolerance: try settings[SignedTime.toleranceKey]),
                keys: secrets.map { $0.revealedBytes() }))
    }

    public func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        let body = try webhook.object()
        guard let type = body.text("event_type") else { throw DecodeError("event_type: expected text, found none") }
        let eventID = body.text("_id")
        let native = Event.Native(type: type, id: eventID)
        let key = eventID ?? "\(type):\(webhook.bodyDigest)"
        let occurredAt = body.time("timestamp")
        guard type == "call_ended", let data = body.at("data"), data.text("id") != nil else {
            return Decoded(
                key: key,
                events: [
                    EventDraft(
                        .providerEvent, native: native, subject: .none, occurredAt: occurredAt,
                        data: body.at("data") ?? .null)
                ])
        }
        let call = Self.call(data, envelope: body)
        return Decoded(
            key: key,
            events: [
                EventDraft(
                    "call.ended", native: native, subject: .call(call), stage: .report, derived: call.artifacts,
                    occurredAt: occurredAt ?? call.endedAt)
            ])
    }
}
