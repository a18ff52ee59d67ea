public import HubModel

/// What an adapter reads from one webhook.
public struct Decoded: Sendable {
    /// Two webhooks of one source with the same key are the same webhook; the second changes nothing.
    public var key: String
    /// Usually one, since a webhook has one primary type. Empty if the webhook is of no interest and not kept.
    public var events: [EventDraft]
    /// The answer to the provider once everything is on disk.
    public var reply: Reply

    public init(key: String, events: [EventDraft], reply: Reply = .ok) {
        (self.key, self.events, self.reply) = (key, events, reply)
    }

    /// Understood and dropped: acknowledged and counted, but not kept.
    public static func ignored(reply: Reply = .ok) -> Decoded { Decoded(key: "", events: [], reply: reply) }
}

/// A canonical event before the hub has given it an id and merged it into its record.
public struct EventDraft: Sendable {
    public enum Subject: Sendable {
        /// What this webhook says about a record of any kind; the provider's id must be set.
        case record(Record)
        /// About no record: everything is in `data`.
        case none

        /// What this webhook says about a call; `providerCallID` must be set.
        public static func call(_ call: Call) -> Subject { .record(call.record) }
        /// What this webhook says about a message; `providerMessageID` must be set.
        public static func message(_ message: Message) -> Subject { .record(message.record) }

        public var record: Record? { if case .record(let record) = self { record } else { nil } }
    }

    /// The primary type, decided by the native name (and the status value of status events) alone.
    public var type: EventType
    /// What else the same webhook says, such as `call.summary_available`; each becomes an event of its own.
    public var derived: [EventType]
    public var native: Event.Native
    /// Nil when the provider does not say; the time of receipt is used instead.
    public var occurredAt: Timestamp?
    public var subject: Subject
    /// How far along the call's life this was made: decides what replaces what when parts merge.
    public var stage: Record.Stage
    /// Family data, action details; null where there is none.
    public var data: JSON

    public init(
        _ type: EventType, native: Event.Native, subject: Subject, stage: Record.Stage? = nil,
        derived: [EventType] = [], occurredAt: Timestamp? = nil, data: JSON = .null
    ) {
        self.type = type
        self.native = native
        self.subject = subject
        self.stage = stage ?? Self.stage(of: type)
        self.derived = derived
        self.occurredAt = occurredAt
        self.data = data
    }

    /// The usual stage of a type; adapters that know better say so.
    static func stage(of type: EventType) -> Record.Stage {
        switch type {
        case "call.started": .ringing
        case "call.answered", "call.transcript_updated", "call.action_requested": .answered
        case "call.transferred": .transferring
        case "call.ended", "call.missed": .ended
        case "call.recording_available", "call.summary_available", "call.transcript_available",
            "call.voicemail_available":
            .artifact
        case "message.delivered", "message.failed", "message.received": .ended
        default: .planned
        }
    }
}

/// An answer to a provider.
public struct Reply: Sendable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int = 200, json: JSON) {
        (self.status, contentType, body) = (status, "application/json", json.encoded())
    }

    public init(status: Int, text: String) {
        (self.status, contentType, body) = (status, "text/plain; charset=utf-8", Array(text.utf8))
    }

    public static let ok = Reply(json: ["status": "ok"])
}
