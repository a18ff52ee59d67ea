/// A canonical event type such as `call.ended`.
public struct EventType: RawRepresentable, Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    public var description: String { rawValue }

    /// Which of the event's members describes its subject.
    public enum Subject: String, Sendable, CaseIterable {
        case call, message, listing, appointment, data

        /// The kind of record that it is, where the hub has declared one.
        public var kind: RecordKind? { RecordKind(rawValue: rawValue) }
    }

    public struct Spec: Sendable {
        public let type: EventType
        public let subject: Subject
        public let meaning: String
    }

    /// Authentic, understood as far as its name, but neither a call nor a message nor one of the known families.
    public static let providerEvent: EventType = "provider.event"

    /// Every event type that a route can name, in the order in which docs show them.
    public static let catalogue: [Spec] =
        calls.map { Spec(type: $0, subject: .call, meaning: $1) }
        + messages.map { Spec(type: $0, subject: .message, meaning: $1) }
        + families.flatMap { family, names in
            names.map {
                Spec(type: EventType(rawValue: "\(family).\($0)"), subject: .data, meaning: familyMeaning(family))
            }
        }
        + [
            Spec(
                type: providerEvent, subject: .data,
                meaning: "Any other authentic event; its own name is `native.type`.")
        ]

    private static let byName = Dictionary(uniqueKeysWithValues: catalogue.map { ($0.type, $0) })

    /// Nil for a type that no adapter produces.
    public var spec: Spec? { Self.byName[self] }

    private static let calls: [(EventType, String)] = [
        ("call.started", "A call was placed or began to ring."),
        ("call.answered", "Somebody or some machine took the call."),
        ("call.transferred", "The call is being handed to somebody else."),
        ("call.ended", "The call is over; `call.outcome` says how."),
        ("call.missed", "An inbound call ended unanswered."),
        ("call.updated", "Something else about the call changed."),
        ("call.recording_available", "A recording can be fetched."),
        ("call.summary_available", "The summary is available."),
        ("call.transcript_available", "The final transcript is available."),
        ("call.transcript_updated", "Live text of a call that still runs."),
        ("call.voicemail_available", "A voicemail was left."),
        ("call.action_requested", "The provider waits for an answer; `data.action` says which."),
    ]

    private static let messages: [(EventType, String)] = [
        ("message.received", "A message was received."),
        ("message.sent", "A message went out."),
        ("message.delivered", "The carrier confirmed delivery."),
        ("message.failed", "A message could not be delivered."),
    ]

    private static let families: [(String, [String])] = [
        ("lead", ["created", "updated", "converted", "lost", "assigned"]),
        ("appointment", ["scheduled", "confirmed", "cancelled", "completed", "rescheduled", "reminder_sent"]),
        ("agent", ["online", "offline", "busy", "available", "performance_updated"]),
        ("campaign", ["started", "completed", "paused", "performance_updated"]),
        ("notification", ["sent", "delivered", "clicked", "failed"]),
        ("system", ["health_alert", "maintenance", "error", "backup_completed"]),
        ("crm", ["sync_completed", "sync_failed"]),
        ("api", ["rate_limit_exceeded", "error"]),
    ]

    private static func familyMeaning(_ family: String) -> String {
        "The provider's own \(family) event; its data is in `data`."
    }
}
