import AdapterKit

/// Phone calls from Acme, who exist only in this walk-through.
struct Acme: Adapter {
    let proof: Proof

    static let spec = AdapterSpec(
        name: "acme", summary: "Phone calls from Acme.",
        settings: SecretSettings.fields + [SignedTime.toleranceKey.field],
        events: [
            NativeEvent("call.finished", "call.ended", "call.recording_available"),
            NativeEvent("any other", .providerEvent),
        ],
        credentials: ["call.carrier.token"], samples: samples)

    init(_ settings: Settings) throws(ConfigError) {
        let secrets = try SecretSettings.read(settings)
        proof = .signature(
            SignatureProof(
                header: "Acme-Signature", layout: .prefixed("sha256="), pieces: [.timestamp, .text("."), .body],
                timestamp: .init(
                    .header("Acme-Timestamp"), unit: .seconds, tolerance: try settings[SignedTime.toleranceKey]),
                keys: secrets.map { $0.revealedBytes() }))
    }

    func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        let body = try webhook.object()
        guard let name = body.text("event") else { throw DecodeError("event: expected text, found none") }
        let native = Event.Native(type: name, id: body.text("id"))
        let key = body.text("id") ?? webhook.bodyDigest
        guard name == "call.finished", let details = body.at("call"), let id = details.text("id") else {
            let draft = EventDraft(
                .providerEvent, native: native, subject: .none, occurredAt: body.time("sent_at"), data: body)
            return Decoded(key: key, events: [draft])
        }
        let call = Self.call(details, id: id)
        let draft = EventDraft(
            "call.ended", native: native, subject: .call(call), stage: .report,
            derived: call.artifacts,
            occurredAt: body.time("sent_at") ?? call.endedAt)
        return Decoded(key: key, events: [draft])
    }
}

extension Acme {
    static func call(_ details: JSON, id: String) -> Call {
        var call = Call()
        call.providerCallID = id
        call.channel = .phone
        call.direction = details.text("direction").flatMap { Direction(rawValue: $0) }
        call.from = details.text("caller")
        call.to = details.text("callee")
        call.startedAt = details.time("started")
        call.endedAt = details.time("ended")
        call.duration = details.number("seconds")
        call.endedReason = details.text("result")
        switch details.text("result") {
        case "answered": (call.status, call.outcome) = (.completed, .completed)
        case "busy": (call.status, call.outcome) = (.busy, .busy)
        case "unanswered": (call.status, call.outcome) = (.noAnswer, .noAnswer)
        default: (call.status, call.outcome) = (.unknown, .unknown)
        }
        call.recording = details.text("recording").map { Recording(url: $0) }
        return call
    }
}

extension Acme {
    static let samples = [
        Sample(
            "call.finished",
            #"""
            {
              "event": "call.finished",
              "id": "evt_1",
              "sent_at": 1760000060,
              "call": {
                "id": "call_1",
                "direction": "inbound",
                "caller": "+61 491 570 006",
                "callee": "+61 2 5550 0001",
                "started": "2025-10-09T08:54:00Z",
                "ended": "2025-10-09T08:54:20Z",
                "seconds": 20,
                "result": "answered",
                "recording": "https://recordings.example.com/call_1.mp3",
                "carrier": {"name": "Example Telecom", "token": "sample-carrier-token"}
              }
            }
            """#),
        Sample(
            "account.renamed",
            #"""
            {"event": "account.renamed", "id": "evt_2", "sent_at": 1760000061, "account": {"name": "Sample"}}
            """#),
    ]
}
