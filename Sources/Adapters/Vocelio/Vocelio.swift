public import AdapterKit

/// Calls, leads, appointments and more from the call-centre platform Vocelio.
///
/// The body may come with its envelope, without it (the header then names the event), or reshaped by a template of the
/// stock kind; all three are understood.
public struct Vocelio: Adapter {
    /// What an endpoint's `signature_method` is set to on Vocelio's side.
    enum Method: String, CaseIterable, ConfigChoice {
        case hmacSHA256 = "hmac_sha256"
        case hmacSHA1 = "hmac_sha1"
        case apiKey = "api_key"
        case jwt
        case basic = "basic_auth"
    }

    public let proof: Proof

    static let method = Key(
        "signature_method", "The endpoint's signature method, as configured at Vocelio.", default: Method.hmacSHA256)
    static let user = Key("user", "The user name of basic_auth.", default: "vocelio")

    public static let spec = AdapterSpec(
        name: "vocelio", summary: "A call-centre platform: calls, leads, appointments, agents, campaigns.",
        settings: SecretSettings.fields + [method.field, user.field] + TokenSettings.fields,
        events: [
            NativeEvent("call.started", "call.started"), NativeEvent("call.answered", "call.answered"),
            NativeEvent("call.ended", "call.ended", "call.recording_available"),
            NativeEvent("call.missed", "call.missed"),
            NativeEvent("call.transferred", "call.transferred"),
            NativeEvent("call.recording_available", "call.recording_available"),
            NativeEvent("other call.*", "call.updated"),
        ] + families.map { NativeEvent($0.rawValue, $0) } + [NativeEvent("custom.event and any other", .providerEvent)],
        methods: ["POST", "PUT"],
        samples: Sample.files(in: "Vocelio", headers: ["endpoint-test": [("X-Webhook-Event", "call.started")]]))

    /// Events that keep their own name and data.
    static let families: [EventType] = EventType.catalogue.filter { $0.subject == .data && $0.type != .providerEvent }
        .map(\.type)

    public init(_ settings: Settings) throws(ConfigError) {
        let secrets = try SecretSettings.read(settings)
        let keys = secrets.map { $0.revealedBytes() }
        let method = try settings[Self.method]
        if method != .jwt, try TokenSettings.areGiven(settings) {
            throw settings.error(
                "\"issuer\", \"audience\" and \"require_expiry\" are about tokens", at: Self.method,
                help: "Remove them, or set signature_method: jwt.")
        }
        switch method {
        case .hmacSHA256:
            proof = .signature(SignatureProof(header: "X-Webhook-Signature", layout: .prefixed("sha256="), keys: keys))
        case .hmacSHA1:
            proof = .signature(
                SignatureProof(header: "X-Webhook-Signature", algorithm: .sha1, layout: .prefixed("sha1="), keys: keys))
        case .apiKey: proof = .sharedSecret(SharedSecretProof(header: "X-API-Key", secrets: secrets))
        case .jwt: proof = .jwt(try TokenSettings.proof(settings, keys: keys))
        case .basic:
            guard let only = secrets.first, secrets.count == 1 else {
                throw settings.error("basic_auth takes one secret", at: SecretSettings.secrets)
            }
            proof = .basic(user: try settings[Self.user], password: only)
        }
    }

    public func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded {
        let body = try webhook.object()
        let ownName = body.text("event_type") ?? body.text("event")
        guard let name = ownName ?? Self.header("X-Webhook-Event", webhook) else {
            throw DecodeError("event_type: expected text, found none; the header X-Webhook-Event is missing too")
        }
        let type = Self.canonicalName(name)
        let subject = body.at("data") ?? body
        let native = Event.Native(type: name, id: body.text("event_id"))
        let key = Self.key(body, type, isNamed: ownName != nil, webhook)
        let occurredAt = body.time("timestamp")
        let isTest = body.flag("test") == true && body.at("data") == nil && body.at("call") == nil
        let draft: EventDraft
        if type.hasPrefix("call."), !isTest, let call = Self.call(type, subject, envelope: body) {
            let primary = Self.primary[type] ?? "call.updated"
            draft = EventDraft(
                primary, native: native, subject: .call(call), derived: primary == "call.ended" ? call.artifacts : [],
                occurredAt: occurredAt ?? Self.moment(primary, call))
        } else if !isTest, Self.families.contains(EventType(rawValue: type)) {
            draft = EventDraft(
                EventType(rawValue: type), native: native, subject: .none, occurredAt: occurredAt, data: subject)
        } else {
            draft = EventDraft(.providerEvent, native: native, subject: .none, occurredAt: occurredAt, data: subject)
        }
        return Decoded(key: key, events: [draft])
    }

    private static let primary: [String: EventType] = [
        "call.started": "call.started", "call.answered": "call.answered", "call.ended": "call.ended",
        "call.missed": "call.missed", "call.transferred": "call.transferred",
        "call.recording_available": "call.recording_available",
    ]

    /// When it happened, where the envelope does not say.
    private static func moment(_ type: EventType, _ call: Call) -> Timestamp? {
        switch type {
        case "call.started": call.startedAt
        case "call.answered": call.answeredAt
        case "call.ended", "call.missed": call.endedAt
        default: nil
        }
    }

    /// `call_ended`, as the stock template says, is `call.ended`.
    private static func canonicalName(_ name: String) -> String {
        if name.contains(".") { return name }
        guard let underscore = name.firstIndex(of: "_") else { return name }
        return name[..<underscore] + "." + name[name.index(after: underscore)...]
    }

    /// What makes two webhooks the same. None of the provider's proofs covers a header, so the body decides: one captured
    /// body must not become several events because somebody changes `X-Webhook-ID`. Event ids do not decide either; they
    /// are the call's own.
    private static func key(_ body: JSON, _ type: String, isNamed: Bool, _ webhook: VerifiedWebhook) -> String {
        // The metadata counts the provider's attempts.
        var parts = [webhook.bodyDigest(without: "metadata")]
        // A body without a name may be sent for several events; made-up names do not multiply it.
        if isNamed || primary[type] != nil || families.contains(EventType(rawValue: type)) { parts.insert(type, at: 0) }
        // A body that does not say when it was made may be sent again for a later event, which only this header shows.
        if body.text("timestamp") == nil, let id = header("X-Webhook-ID", webhook) { parts.append(id) }
        return parts.joined(separator: ":")
    }

    private static func header(_ name: String, _ webhook: VerifiedWebhook) -> String? {
        webhook.headers[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
