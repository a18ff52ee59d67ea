public import AdapterKit

/// Voice-AI calls from Vapi's Server URL.
///
/// Every message is `{"message": {"type": …}}`. The public names and those of older integrations (`call-started`, …)
/// are both understood. Messages that block the live call get a safe answer at once, since they cannot wait for a rule.
public struct Vapi: Adapter {
    public let proof: Proof
    /// Acknowledged and not kept.
    private let dropped: Set<NativeType>
    private let apology: String

    public static let spec = AdapterSpec(
        name: "vapi", summary: "Calls of voice-AI assistants from Vapi's Server URL.", settings: settings,
        events: events, retries: false, credentials: credentials, samples: Sample.files(in: "Vapi"))

    public init(_ settings: Settings) throws(ConfigError) {
        proof = try Self.proof(settings)
        dropped = try Self.dropped(settings)
        apology = try settings[Self.apologyKey]
    }

    public func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        try decode(webhook.json(), digest: webhook.bodyDigest)
    }

    /// The same for a body that is parsed already; `digest` names its bytes.
    func decode(_ body: JSON, digest: @autoclosure () -> String) throws(DecodeError) -> Decoded {
        guard case .object = body else { throw .mismatch("the body", wanted: "an object", body) }
        guard let message = body["message"], case .object = message else {
            throw .mismatch("message", wanted: "an object", body["message"])
        }
        guard let name = message["type"]?.string, !name.isEmpty else {
            throw .mismatch("message.type", wanted: "text", message["type"])
        }
        let type = NativeType(native: name)
        let reply = Self.reply(to: type, message, apology: apology)
        if let type, dropped.contains(type) { return .ignored(reply: reply) }
        return Decoded(
            key: Self.key(message, name, digest: digest), events: [Self.event(message, name, type)], reply: reply)
    }

    private static func event(_ message: JSON, _ name: String, _ type: NativeType?) -> EventDraft {
        let native = Event.Native(type: name)
        guard let meaning = meaning(of: name, status: message.text("status")), let id = callID(of: message) else {
            return EventDraft(
                .providerEvent, native: native, subject: .none, occurredAt: message.time("timestamp"), data: message)
        }
        let call = call(message, id: id, name: name, meaning: meaning)
        var occurredAt = message.time("timestamp")
        if meaning.type == "call.ended" { occurredAt = occurredAt ?? call.endedAt }
        return EventDraft(
            meaning.type, native: native, subject: .call(call), stage: meaning.stage,
            derived: type == .report ? call.artifacts : [], occurredAt: occurredAt,
            data: data(message, type, meaning))
    }

    private static func data(_ message: JSON, _ type: NativeType?, _ meaning: Meaning) -> JSON {
        switch (meaning.type, type) {
        case ("call.action_requested", let type?): return action(type, message)
        case ("call.transferred", _): return destination(of: message).map { ["destination": $0] } ?? .null
        case (_, .transcript):
            // One turn is poorer than the conversation so far, so it stays out of the call's transcript.
            let isFinal = message.text("transcriptType").map { $0 == "final" } ?? (message.text("type") != "transcript")
            return [
                "role": .string(role(message.text("role") ?? "").rawValue),
                "text": message.at("transcript") ?? .null, "final": .bool(isFinal),
            ]
        default: return .null
        }
    }

    /// What makes two webhooks the same: Vapi has no delivery id, so the subject, the name and what tells two messages
    /// of that name apart. What has none of these is identified by its bytes.
    private static func key(_ message: JSON, _ name: String, digest: () -> String) -> String {
        func moment() -> String { message.text("timestamp") ?? digest() }
        let type = NativeType(native: name)
        for thing in ["chat", "session"] where name.hasPrefix(thing + ".") {
            guard let id = message.text(thing, "id") else { break }
            return [id, name, message.text(thing, "updatedAt") ?? moment()].joined(separator: ":")
        }
        guard let id = callID(of: message) else { return [name, digest()].joined(separator: ":") }
        switch type {
        case .statusUpdate: return [id, name, message.text("status") ?? moment()].joined(separator: ":")
        case .transcript, .speechUpdate:
            // Both parties are heard in the same millisecond.
            let details = [message.text("role"), message.text("transcriptType"), message.text("status")]
            return ([id, name, moment()] + details.compactMap(\.self)).joined(separator: ":")
        case .report, .callStarted, .callConnected, .callInProgress, .callEnded:
            return [id, name].joined(separator: ":")
        case .toolCalls:
            let ids = toolCalls(of: message).compactMap(\.id)
            return [id, name, ids.isEmpty ? moment() : ids.joined(separator: ",")].joined(separator: ":")
        default: return [id, name, moment()].joined(separator: ":")
        }
    }
}
