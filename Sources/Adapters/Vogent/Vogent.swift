public import AdapterKit

/// Calls of AI phone agents from Vogent, formerly Elto.
///
/// Webhooks are `{"event": …, "payload": …}`, in older integrations `{"type": …, "data": …}`. The call of an agent's API
/// function comes without an envelope. Most webhooks name nothing but the dial; times and numbers are known to its REST
/// API only.
public struct Vogent: Adapter {
    public let proof: Proof

    public static let spec = AdapterSpec(
        name: "vogent", summary: "Calls of AI phone agents from Vogent.", settings: settings, events: events,
        samples: Sample.files(in: "Vogent"))

    public init(_ settings: Settings) throws(ConfigError) { proof = try Self.proof(settings) }

    public func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        let body = try webhook.json()
        // The only proof here that does not cover the body is the functions' secret.
        guard webhook.isBodyProven || webhook.carrier == nil || !Self.isNotification(body) else {
            throw .unproven(.outOfScope)
        }
        return try Self.decode(body, digest: webhook.bodyDigest)
    }

    /// Function calls have no envelope, so they name no event.
    private static func isNotification(_ body: JSON) -> Bool { body["event"] != nil || body["type"] != nil }

    /// The same for a body that is parsed already; `digest` names its bytes.
    static func decode(_ body: JSON, digest: @autoclosure () -> String) throws(DecodeError) -> Decoded {
        guard case .object = body else { throw .mismatch("the body", wanted: "an object", body) }
        if !isNotification(body), body["params"] != nil, let id = dialID(body) {
            let reply = Reply(json: ["error": "No answer is configured for this function."])
            return Decoded(
                key: [functionCall, id, digest()].joined(separator: ":"), events: [functionCallEvent(body, id)],
                reply: reply)
        }
        guard let name = body.text("event") ?? body.text("type") else {
            throw .mismatch("event", wanted: "text", body["event"] ?? body["type"])
        }
        let payload = body.at("payload") ?? body.at("data") ?? .null
        let status = payload.text("status")
        let native = Event.Native(type: name)
        guard let meaning = Meaning(name, payload), let id = dialID(payload) else {
            return Decoded(
                key: [name, dialID(payload) ?? "", digest()].joined(separator: ":"),
                events: [
                    EventDraft(
                        .providerEvent, native: native, subject: .none,
                        data: payload.isNull ? body : payload)
                ])
        }
        let key = name == "dial.updated" ? [name, id, status ?? digest()] : [name, id, digest()]
        let call = call(payload, id: id, name: name, meaning: meaning)
        return Decoded(
            key: key.joined(separator: ":"),
            events: [EventDraft(meaning.type, native: native, subject: .call(call), stage: meaning.stage)])
    }

    static func dialID(_ payload: JSON) -> String? { payload.text("dial_id") ?? payload.text("dialId") }

    /// The name in the hub of the webhook that has none.
    static let functionCall = "function-call"

    private static func functionCallEvent(_ body: JSON, _ id: String) -> EventDraft {
        var call = Call()
        call.providerCallID = id
        add(dial: body.at("dial") ?? .null, to: &call)
        call.agentKind = .ai
        var action: JSONObject = ["kind": .string(functionCall)]
        action["parameters"] = body.at("params") ?? .object([:])
        return EventDraft(
            "call.action_requested", native: Event.Native(type: functionCall), subject: .call(call), stage: .answered,
            data: ["action": .object(action)])
    }
}
