/// A phone or web call: what one webhook says of it, or everything known so far.
///
/// Unknown fields are nil; setting an empty text or list means unknown. JSON form and meanings: `Call.model`.
public struct Call: Sendable, Hashable {
    public private(set) var record = Record(.call)

    public init() {}

    public init?(_ record: Record) {
        guard record.kind == .call else { return nil }
        self.record = record
    }

    /// Slots in the order of `Call.model.fields`.
    private enum Slot: Int, CaseIterable {
        case id, provider, providerCallID, externalID, direction, channel, status, outcome, endedReason, from, to
        case participants, agentID, agentName, agentKind, startedAt, answeredAt, endedAt, duration, recording, summary
        case keyPoints, nextSteps, sentiment, transcript, cost, analysis, error, conversationID
    }

    private subscript(slot: Slot) -> JSON {
        get { record.values[slot.rawValue] }
        set { record.values[slot.rawValue] = Record.known(newValue) }
    }

    private subscript(text slot: Slot) -> String? {
        get { self[slot].string }
        set { self[slot] = newValue.map(JSON.string) ?? .null }
    }

    private subscript(texts slot: Slot) -> [String] {
        get { self[slot].array?.compactMap(\.string) ?? [] }
        set { self[slot] = .array(newValue.map(JSON.string)) }
    }

    private subscript(time slot: Slot) -> Timestamp? {
        get { self[slot].string.flatMap { Timestamp(iso8601: $0) } }
        set { self[slot] = newValue.map { .string($0.description) } ?? .null }
    }

    private func known(_ slot: Slot) -> JSON? { self[slot].isNull ? nil : self[slot] }

    private func word<W: Word>(_ slot: Slot) -> W? { self[slot].string.flatMap(W.init(rawValue:)) }

    public var id: String? {
        get { self[text: .id] }
        set { self[text: .id] = newValue }
    }
    public var provider: String? {
        get { self[text: .provider] }
        set { self[text: .provider] = newValue }
    }
    public var providerCallID: String? {
        get { self[text: .providerCallID] }
        set { self[text: .providerCallID] = newValue }
    }
    public var externalID: String? {
        get { self[text: .externalID] }
        set { self[text: .externalID] = newValue }
    }
    public var direction: Direction? {
        get { word(.direction) }
        set { self[text: .direction] = newValue?.rawValue }
    }
    public var channel: Channel? {
        get { word(.channel) }
        set { self[text: .channel] = newValue?.rawValue }
    }
    public var status: CallStatus? {
        get { word(.status) }
        set { self[text: .status] = newValue?.rawValue }
    }
    public var outcome: CallOutcome? {
        get { word(.outcome) }
        set { self[text: .outcome] = newValue?.rawValue }
    }
    public var endedReason: String? {
        get { self[text: .endedReason] }
        set { self[text: .endedReason] = newValue }
    }
    /// Set through `PhoneNumber.normalized`, like `to` and `participants`.
    public var from: String? {
        get { self[text: .from] }
        set { self[text: .from] = newValue.flatMap(PhoneNumber.normalized) }
    }
    public var to: String? {
        get { self[text: .to] }
        set { self[text: .to] = newValue.flatMap(PhoneNumber.normalized) }
    }
    public var participants: [String] {
        get { self[texts: .participants] }
        set { self[texts: .participants] = newValue.compactMap(PhoneNumber.normalized) }
    }
    public var agentID: String? {
        get { self[text: .agentID] }
        set { self[text: .agentID] = newValue }
    }
    public var agentName: String? {
        get { self[text: .agentName] }
        set { self[text: .agentName] = newValue }
    }
    public var agentKind: AgentKind? {
        get { word(.agentKind) }
        set { self[text: .agentKind] = newValue?.rawValue }
    }
    public var startedAt: Timestamp? {
        get { self[time: .startedAt] }
        set { self[time: .startedAt] = newValue }
    }
    public var answeredAt: Timestamp? {
        get { self[time: .answeredAt] }
        set { self[time: .answeredAt] = newValue }
    }
    public var endedAt: Timestamp? {
        get { self[time: .endedAt] }
        set { self[time: .endedAt] = newValue }
    }
    /// Seconds; negative ones are refused as unknown.
    public var duration: Double? {
        get { self[.duration].double }
        set { self[.duration] = newValue.flatMap { $0 >= 0 ? JSON($0) : nil } ?? .null }
    }
    public var summary: String? {
        get { self[text: .summary] }
        set { self[text: .summary] = newValue }
    }
    public var keyPoints: [String] {
        get { self[texts: .keyPoints] }
        set { self[texts: .keyPoints] = newValue }
    }
    public var nextSteps: [String] {
        get { self[texts: .nextSteps] }
        set { self[texts: .nextSteps] = newValue }
    }
    public var sentiment: Sentiment? {
        get { word(.sentiment) }
        set { self[text: .sentiment] = newValue?.rawValue }
    }
    /// US dollars, digit for digit as the provider wrote it.
    public var cost: JSON? {
        get { known(.cost) }
        set { self[.cost] = newValue?.double == nil ? .null : newValue ?? .null }
    }
    /// The provider's own analysis, in its own form.
    public var analysis: JSON? {
        get { known(.analysis) }
        set { self[.analysis] = newValue ?? .null }
    }
    public var conversationID: String? {
        get { self[text: .conversationID] }
        set { self[text: .conversationID] = newValue }
    }

    public var recording: Recording? {
        get { Recording(self[.recording]) }
        set { self[.recording] = newValue?.json ?? .null }
    }

    public var transcript: [TranscriptTurn] {
        get { self[.transcript].array?.compactMap(TranscriptTurn.init) ?? [] }
        set { self[.transcript] = .array(newValue.map(\.json)) }
    }

    public var error: Failure? {
        get { Failure(self[.error]) }
        set { self[.error] = newValue?.json ?? .null }
    }

    public static let model = RecordModel(
        name: "call", meaning: "A call as known so far, merged from every webhook about it.",
        fields: [
            FieldSpec("id", shape: .text, "The hub's id of the call, derived from source and provider id."),
            FieldSpec("provider", shape: .text, "The provider's module, such as `vapi`."),
            FieldSpec("provider_call_id", shape: .text, "The provider's id of the call."),
            FieldSpec("external_id", shape: .text, "The customer's own reference, where the provider carries one."),
            FieldSpec("direction", shape: .word(Direction.self), "Seen from the agency."),
            FieldSpec("channel", shape: .word(Channel.self), "How the parties were connected."),
            FieldSpec(
                "status", shape: .word(CallStatus.self), merge: .forward,
                "Where in its life the call is; only moves forward."),
            FieldSpec(
                "outcome", shape: .word(CallOutcome.self), merge: .latestKnown, "How it ended; null before that."),
            FieldSpec("ended_reason", shape: .text, "The provider's own word for the end, never translated."),
            FieldSpec(
                "from", shape: .text, visibility: .personal, "Who called: E.164 where it can be, else as it came."),
            FieldSpec("to", shape: .text, visibility: .personal, "Who was called."),
            FieldSpec(
                "participants", shape: .list(.text), merge: .longest, visibility: .personal, "Every number on the call."
            ),
            FieldSpec("agent", "id", shape: .text, "The provider's id of the agent."),
            FieldSpec("agent", "name", shape: .text, visibility: .personal, "The agent's name."),
            FieldSpec("agent", "kind", shape: .word(AgentKind.self), "Machine or person."),
            FieldSpec("started_at", shape: .time, "When it began to ring or was placed."),
            FieldSpec("answered_at", shape: .time, "When it was answered."),
            FieldSpec("ended_at", shape: .time, "When it ended."),
            FieldSpec("duration_s", shape: .number, "Length in seconds."),
            FieldSpec(
                "recording", shape: Recording.shape, visibility: .content,
                "The recording; its members are null when there is none."),
            FieldSpec("summary", shape: .text, visibility: .content, "What was said, in short."),
            FieldSpec("key_points", shape: .list(.text), merge: .longest, visibility: .content, "The main points."),
            FieldSpec(
                "next_steps", shape: .list(.text), merge: .longest, visibility: .content, "What is to be done next."),
            FieldSpec("sentiment", shape: .word(Sentiment.self), visibility: .content, "How the caller felt."),
            FieldSpec(
                "transcript", shape: .list(TranscriptTurn.shape), visibility: .content, "What was said, turn by turn."),
            FieldSpec("cost", shape: .number, visibility: .commercial, "What the provider charged, in US dollars."),
            FieldSpec("analysis", shape: .any, visibility: .content, "The provider's own analysis, in its own form."),
            FieldSpec("error", shape: Failure.shape, "What went wrong; its members are null when nothing did."),
            FieldSpec("conversation_id", shape: .text, "The provider's id of the conversation the call belongs to."),
        ])
}
