/// A text message: what one webhook says of it, or everything known so far.
public struct Message: Sendable, Hashable {
    public struct Media: Sendable, Hashable {
        public var url: String
        public var contentType: String?

        public init(url: String, contentType: String? = nil) { (self.url, self.contentType) = (url, contentType) }
    }

    public private(set) var record = Record(.message)

    public init() {}

    public init?(_ record: Record) {
        guard record.kind == .message else { return nil }
        self.record = record
    }

    /// Slots in the order of `Message.model.fields`.
    private enum Slot: Int {
        case id, provider, providerMessageID, conversationID, direction, channel, status, from, to, text, media, error
        case createdAt, agentID, agentName, agentKind
    }

    private subscript(slot: Slot) -> JSON {
        get { record.values[slot.rawValue] }
        set { record.values[slot.rawValue] = Record.known(newValue) }
    }

    private subscript(text slot: Slot) -> String? {
        get { self[slot].string }
        set { self[slot] = newValue.map(JSON.string) ?? .null }
    }

    private func word<W: Word>(_ slot: Slot) -> W? { self[slot].string.flatMap(W.init(rawValue:)) }

    public var id: String? {
        get { self[text: .id] }
        set { self[text: .id] = newValue }
    }
    public var provider: String? {
        get { self[text: .provider] }
        set { self[text: .provider] = newValue }
    }
    public var providerMessageID: String? {
        get { self[text: .providerMessageID] }
        set { self[text: .providerMessageID] = newValue }
    }
    public var conversationID: String? {
        get { self[text: .conversationID] }
        set { self[text: .conversationID] = newValue }
    }
    public var direction: Direction? {
        get { word(.direction) }
        set { self[text: .direction] = newValue?.rawValue }
    }
    public var channel: Channel? {
        get { word(.channel) }
        set { self[text: .channel] = newValue?.rawValue }
    }
    public var status: MessageStatus? {
        get { word(.status) }
        set { self[text: .status] = newValue?.rawValue }
    }
    /// Set through `PhoneNumber.normalized`, like `to`.
    public var from: String? {
        get { self[text: .from] }
        set { self[text: .from] = newValue.flatMap(PhoneNumber.normalized) }
    }
    public var to: [String] {
        get { self[.to].array?.compactMap(\.string) ?? [] }
        set { self[.to] = .array(newValue.compactMap(PhoneNumber.normalized).map(JSON.string)) }
    }
    public var text: String? {
        get { self[text: .text] }
        set { self[text: .text] = newValue }
    }
    public var media: [Media] {
        get {
            self[.media].array?.compactMap { item in
                item["url"]?.string.map { Media(url: $0, contentType: item["content_type"]?.string) }
            } ?? []
        }
        set {
            self[.media] = .array(
                newValue.map { ["url": .string($0.url), "content_type": $0.contentType.map(JSON.string) ?? .null] })
        }
    }
    public var error: Failure? {
        get { Failure(self[.error]) }
        set { self[.error] = newValue?.json ?? .null }
    }
    public var createdAt: Timestamp? {
        get { self[text: .createdAt].flatMap { Timestamp(iso8601: $0) } }
        set { self[text: .createdAt] = newValue?.description }
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

    public static let model = RecordModel(
        name: "message", meaning: "A text message as known so far.",
        fields: [
            FieldSpec("id", shape: .text, "The hub's id of the message, derived from source and provider id."),
            FieldSpec("provider", shape: .text, "The provider's module."),
            FieldSpec("provider_message_id", shape: .text, "The provider's id of the message."),
            FieldSpec("conversation_id", shape: .text, "The provider's id of the conversation."),
            FieldSpec("direction", shape: .word(Direction.self), "Seen from the agency."),
            FieldSpec("channel", shape: .word(Channel.self), "How it travelled."),
            FieldSpec(
                "status", shape: .word(MessageStatus.self), merge: .forward,
                "Where in its life it is; only moves forward."),
            FieldSpec("from", shape: .text, visibility: .personal, "Who sent it."),
            FieldSpec("to", shape: .list(.text), merge: .longest, visibility: .personal, "Who it was sent to."),
            FieldSpec("text", shape: .text, visibility: .content, "What it says."),
            FieldSpec(
                "media",
                shape: .list(
                    .object([
                        .init("url", .text, "Where to fetch it."), .init("content_type", .text.orNull, "Media type."),
                    ])),
                merge: .longest, visibility: .content, "What is attached."),
            FieldSpec("error", shape: Failure.shape, "What went wrong; its members are null when nothing did."),
            FieldSpec("created_at", shape: .time, "When it was written."),
            FieldSpec("agent", "id", shape: .text, "The provider's id of the agent."),
            FieldSpec("agent", "name", shape: .text, visibility: .personal, "The agent's name."),
            FieldSpec("agent", "kind", shape: .word(AgentKind.self), "Machine or person."),
        ])
}
