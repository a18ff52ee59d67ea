/// A phone or web call: what one webhook says of it, or everything known so far.
public struct Call: TypedRecord {
    public var record = Record(.call)

    public init() {}

    /// The fields in the order in which JSON and docs show them.
    public final class Fields: Sendable {
        public let id = Field<String?>(0, "id", "The hub's id of the call, derived from source and provider id.")
        public let provider = Field<String?>(1, "provider", "The provider's module, such as `vapi`.")
        public let providerCallID = Field<String?>(2, "provider_call_id", "The provider's id of the call.")
        public let externalID = Field<String?>(
            3, "external_id", "The customer's own reference, where the provider carries one.")
        public let direction = Field<Direction?>(4, "direction", "Seen from the agency.")
        public let channel = Field<Channel?>(5, "channel", "How the parties were connected.")
        public let status = Field<CallStatus?>(
            6, "status", merge: .forward, "Where in its life the call is; only moves forward.")
        public let outcome = Field<CallOutcome?>(
            7, "outcome", merge: .latestKnown, "How it ended; null before that.")
        public let endedReason = Field<String?>(
            8, "ended_reason", "The provider's own word for the end, never translated.")
        /// Set through `PhoneNumber.normalized`, like `to` and `participants`.
        public let from = Field<String?>(
            9, "from", visibility: .personal, "The caller: E.164 if possible, otherwise as received.",
            normalized: { $0.flatMap(PhoneNumber.normalized) })
        public let to = Field<String?>(
            10, "to", visibility: .personal, "Who was called.", normalized: { $0.flatMap(PhoneNumber.normalized) })
        public let participants = Field<[String]>(
            11, "participants", merge: .longest, visibility: .personal, "Every number on the call.",
            normalized: { $0.compactMap(PhoneNumber.normalized) })
        public let agentID = Field<String?>(12, "agent.id", "The provider's id of the agent.")
        public let agentName = Field<String?>(13, "agent.name", visibility: .personal, "The agent's name.")
        public let agentKind = Field<AgentKind?>(14, "agent.kind", "Machine or person.")
        public let startedAt = Field<Timestamp?>(15, "started_at", "When it began to ring or was placed.")
        public let answeredAt = Field<Timestamp?>(16, "answered_at", "When it was answered.")
        public let endedAt = Field<Timestamp?>(17, "ended_at", "When it ended.")
        /// Negative ones are refused as unknown.
        public let duration = Field<Double?>(
            18, "duration_s", "Length in seconds.", normalized: { $0.flatMap { $0 >= 0 ? $0 : nil } })
        public let recording = Field<Recording?>(
            19, "recording", visibility: .content, "The recording; its members are null when there is none.")
        public let summary = Field<String?>(20, "summary", visibility: .content, "A short summary of the call.")
        public let keyPoints = Field<[String]>(
            21, "key_points", merge: .longest, visibility: .content, "The main points.")
        public let nextSteps = Field<[String]>(
            22, "next_steps", merge: .longest, visibility: .content, "What is to be done next.")
        public let sentiment = Field<Sentiment?>(23, "sentiment", visibility: .content, "How the caller felt.")
        public let transcript = Field<[TranscriptTurn]>(
            24, "transcript", visibility: .content, "The transcript, turn by turn.")
        /// Digit for digit as the provider wrote it.
        public let cost = Field<JSON?>(
            25, "cost", shape: .number, visibility: .commercial, "What the provider charged, in US dollars.",
            normalized: { $0?.double == nil ? nil : $0 })
        public let analysis = Field<JSON?>(
            26, "analysis", visibility: .content, "The provider's own analysis, in its own form.")
        public let error = Field<Failure?>(
            27, "error", "What went wrong; its members are null when nothing did.")
        public let conversationID = Field<String?>(
            28, "conversation_id", "The provider's id of the conversation the call belongs to.")
    }

    public static let fields = Fields()
    public static let kind = RecordKind.call
}

extension RecordKind {
    public static let call = RecordKind(
        "call", number: 1, idPrefix: "call_", meaning: "A call as known so far, merged from every webhook about it.",
        fields: Call.fields)
}
