public import AdapterKit

/// Calls and text messages from OpenPhone, which is now called Quo.
///
/// Webhooks of three generations come to one path: the current one (`data.resource` and `data.context`), the legacy one
/// (`data.object` in an envelope with ids) and the oldest form (`type` and `data.object` only).
public struct OpenPhone: Adapter {
    public let proof: Proof

    public static let spec = AdapterSpec(
        name: "openphone", summary: "Calls and text messages from OpenPhone (Quo).", settings: settings,
        events: events, samples: Sample.files(in: "OpenPhone"))

    public init(_ settings: Settings) throws(ConfigError) { proof = try Self.proof(settings) }

    public func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        try Self.decode(
            webhook.json(), deliveryID: webhook.provenHeader("webhook-id"), digest: webhook.bodyDigest)
    }

    /// The same for a body that is parsed already. `deliveryID` is the signed id of the current generation, `digest`
    /// names the bytes of the body.
    static func decode(
        _ body: JSON, deliveryID: String?, digest: @autoclosure () -> String
    ) throws(DecodeError) -> Decoded {
        guard case .object = body else { throw .mismatch("the body", wanted: "an object", body) }
        guard let name = body["type"]?.string, !name.isEmpty else {
            throw .mismatch("type", wanted: "text", body["type"])
        }
        let key = deliveryID ?? body.text("id").map { "\($0):\(name)" } ?? digest()
        return Decoded(key: key, events: [event(body, name)])
    }

    private static func event(_ body: JSON, _ name: String) -> EventDraft {
        let native = Event.Native(type: name, id: body.text("id"))
        let subject = body.at("data", "resource") ?? body.at("data", "object") ?? .null
        let context = body.at("data", "context") ?? .null
        guard let kind = Kind(name), let id = subject.text("callId") ?? subject.text("id") else {
            return EventDraft(
                .providerEvent, native: native, subject: .none, occurredAt: body.time("createdAt"),
                data: body.at("data") ?? body)
        }
        if case .message(let type, let status) = kind {
            let message = message(subject, context: context, id: id, status: status)
            return EventDraft(
                type, native: native, subject: .message(message), stage: kind.stage(processing: nil),
                occurredAt: body.time("createdAt") ?? subject.time("updatedAt") ?? message.createdAt)
        }
        let processing: String? =
            switch kind {
            case .summary, .transcript: subject.text("processingStatus") ?? subject.text("status")
            default: nil
            }
        let call = call(subject, context: context, id: id, kind: kind)
        // Only the app's legacy webhooks embed the voicemail; the others send it as an event of its own.
        let embedsVoicemail = kind == .completed && subject.at("voicemail").map { recordingURL($0) != nil } ?? false
        return EventDraft(
            kind.type(processing: processing), native: native, subject: .call(call),
            stage: kind.stage(processing: processing), derived: embedsVoicemail ? ["call.voicemail_available"] : [],
            occurredAt: body.time("createdAt") ?? subject.time("updatedAt") ?? moment(of: kind, call),
            data: data(kind, subject))
    }

    private static func recordingURL(_ voicemail: JSON) -> String? { voicemail.text("url") ?? voicemail.string }

    /// When it happened, where the envelope does not say.
    private static func moment(of kind: Kind, _ call: Call) -> Timestamp? {
        switch kind {
        case .ringing: call.startedAt
        case .answered: call.answeredAt
        case .completed: call.endedAt
        default: nil
        }
    }

    /// Facts of single events that the call has no fields for.
    private static func data(_ kind: Kind, _ subject: JSON) -> JSON {
        let names =
            switch kind {
            case .menu: ["phoneMenuSelection", "phoneMenuSelectionName", "statusReason"]
            case .forwarded: ["forwardedFrom", "forwardedTo"]
            default: [String]()
            }
        var data = JSONObject()
        for name in names { data[name] = subject.at(name) }
        return data.isEmpty ? .null : .object(data)
    }
}
