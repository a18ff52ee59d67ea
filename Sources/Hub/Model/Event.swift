/// One thing that happened, in the hub's words: what rules decide on and templates write about.
public struct Event: Sendable {
    /// `evt_…`, sortable by time of receipt.
    public var id: String
    public var type: EventType
    /// The adapter's name in the configuration.
    public var source: String
    /// The adapter's module.
    public var provider: String
    public var occurredAt: Timestamp
    public var receivedAt: Timestamp
    /// The canonical id of the call or message; null for others.
    public var subject: String?
    /// Fields of the subject that this event changed, such as `status` or `agent.name`.
    public var changed: [String] { record.map { changedFields.names(in: $0.kind) } ?? [] }
    public var changedFields: FieldSet
    /// The provider's own name and id of the event.
    public var native: Native
    /// The whole call or message as known so far.
    public var record: Record?
    /// What the event carries besides: the family's own data, or `{action, …}` of a request that waits for an answer.
    public var data: JSON
    /// The provider's own JSON.
    public var raw: JSON
    /// True for a derived type: the same webhook also says this.
    public var derived: Bool

    public struct Native: Sendable, Hashable {
        public var type: String
        public var id: String?

        public init(type: String, id: String? = nil) { (self.type, self.id) = (type, id) }
    }

    public init(
        id: String, type: EventType, source: String, provider: String, occurredAt: Timestamp, receivedAt: Timestamp,
        subject: String?, changed: FieldSet = FieldSet(), native: Native, record: Record?, data: JSON = .null,
        raw: JSON = .null,
        derived: Bool = false
    ) {
        self.id = id
        self.type = type
        self.source = source
        self.provider = provider
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.subject = subject
        changedFields = changed
        self.native = native
        self.record = record
        self.data = data
        self.raw = raw
        self.derived = derived
    }

    /// The event as it is delivered by default: everything but `raw`.
    public var json: JSON { json(record: record?.json) }

    /// The same, with the JSON of `record` when that was made already.
    package func json(record shown: JSON?) -> JSON {
        var members: [JSONObject.Member] = [
            .init("id", .string(id)),
            .init("type", .string(type.rawValue)),
            .init("source", .string(source)),
            .init("provider", .string(provider)),
            .init("occurred_at", .string(occurredAt.description)),
            .init("received_at", .string(receivedAt.description)),
            .init("subject", subject.map(JSON.string) ?? .null),
            .init("changed", .array(changed.map(JSON.string))),
            .init("native", ["type": .string(native.type), "id": native.id.map(JSON.string) ?? .null]),
        ]
        if let record { members.append(.init(record.kind.name, shown ?? record.json)) }
        if !data.isNull || record == nil { members.append(.init("data", data)) }
        return .object(JSONObject(members))
    }

    /// The shape of `json` for an event of `type`. The provider's own JSON is not part of it; it is `raw`.
    public static func shape(of type: EventType) -> Shape {
        var members: [Shape.Member] = [
            .init("id", .text, "Unique; the same at every delivery and attempt."),
            .init("type", .text, "The canonical event type."),
            .init("source", .text, "The adapter's name in the configuration."),
            .init("provider", .text, "The adapter's module."),
            .init("occurred_at", .time, "When it happened, as far as the provider says."),
            .init("received_at", .time, "When the hub received it."),
            .init("subject", .text.orNull, "The canonical id of the call or message."),
            .init("changed", .list(.text), "Fields of the subject that this event changed."),
            .init(
                "native",
                .object([
                    .init("type", .text, "The provider's name of the event."),
                    .init("id", .text.orNull, "The provider's id of the event."),
                ]), "The provider's own words."),
        ]
        if let kind = type.spec?.subject.kind {
            members.append(.init(kind.name, kind.model.shape, kind.model.meaning))
        }
        members.append(.init("data", .any, "What the event carries besides, in the provider's form."))
        return .object(members)
    }
}
