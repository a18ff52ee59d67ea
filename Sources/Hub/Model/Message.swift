/// A text message: what one webhook says of it, or everything known so far.
public struct Message: TypedRecord {
    public struct Media: Sendable, Hashable {
        public var url: String
        public var contentType: String?

        public init(url: String, contentType: String? = nil) { (self.url, self.contentType) = (url, contentType) }
    }

    public var record = Record(.message)

    public init() {}

    /// The fields in the order in which JSON and docs show them.
    public final class Fields: Sendable {
        public let id = Field<String?>(0, "id", "The hub's id of the message, derived from source and provider id.")
        public let provider = Field<String?>(1, "provider", "The provider's module.")
        public let providerMessageID = Field<String?>(2, "provider_message_id", "The provider's id of the message.")
        public let conversationID = Field<String?>(3, "conversation_id", "The provider's id of the conversation.")
        public let direction = Field<Direction?>(4, "direction", "Seen from the agency.")
        public let channel = Field<Channel?>(5, "channel", "How it travelled.")
        public let status = Field<MessageStatus?>(
            6, "status", merge: .forward, "Where in its life it is; only moves forward.")
        /// Set through `PhoneNumber.normalized`, like `to`.
        public let from = Field<String?>(
            7, "from", visibility: .personal, "Who sent it.", normalized: { $0.flatMap(PhoneNumber.normalized) })
        public let to = Field<[String]>(
            8, "to", merge: .longest, visibility: .personal, "Who it was sent to.",
            normalized: { $0.compactMap(PhoneNumber.normalized) })
        public let text = Field<String?>(9, "text", visibility: .content, "What it says.")
        public let media = Field<[Media]>(
            10, "media", merge: .longest, visibility: .content, "What is attached.")
        public let error = Field<Failure?>(
            11, "error", "What went wrong; its members are null when nothing did.")
        public let createdAt = Field<Timestamp?>(12, "created_at", "When it was written.")
        public let agentID = Field<String?>(13, "agent.id", "The provider's id of the agent.")
        public let agentName = Field<String?>(14, "agent.name", visibility: .personal, "The agent's name.")
        public let agentKind = Field<AgentKind?>(15, "agent.kind", "Machine or person.")
    }

    public static let fields = Fields()
    public static let kind = RecordKind.message
}

extension RecordKind {
    public static let message = RecordKind(
        "message", number: 2, idPrefix: "msg_", meaning: "A text message as known so far.", fields: Message.fields)
}

extension Message.Media: FieldItem {
    /// Stored records know the members by their places: new ones go to the end, and none is ever moved.
    public static let itemShape = Shape.object([
        .init("url", .text, "Where to fetch it."), .init("content_type", .text.orNull, "Media type."),
    ])

    public static func item(_ value: JSON) -> Message.Media? {
        value["url"]?.string.map { Message.Media(url: $0, contentType: value["content_type"]?.string) }
    }

    public var itemJSON: JSON {
        ["url": .string(url), "content_type": contentType.map(JSON.string) ?? .null]
    }
}
