/// A recording of a call.
public struct Recording: Sendable, Hashable {
    public var url: String
    /// When the URL stops working.
    public var expiresAt: Timestamp?
    /// Bytes.
    public var size: Int?
    /// Seconds.
    public var duration: Double?
    public var contentType: String?

    public init(
        url: String, expiresAt: Timestamp? = nil, size: Int? = nil, duration: Double? = nil, contentType: String? = nil
    ) {
        (self.url, self.expiresAt, self.size, self.duration, self.contentType) = (
            url, expiresAt, size, duration, contentType
        )
    }
}

extension Recording: FieldItem {
    public static func item(_ json: JSON) -> Recording? {
        guard let url = json["url"]?.string else { return nil }
        return Recording(
            url: url, expiresAt: json["expires_at"]?.string.flatMap { Timestamp(iso8601: $0) }, size: json["size"]?.int,
            duration: json["duration"]?.double, contentType: json["content_type"]?.string)
    }

    public var itemJSON: JSON {
        guard !url.isEmpty else { return .null }
        return .object(
            JSONObject([
                .init("url", .string(url)), .init("expires_at", expiresAt.map { .string($0.description) } ?? .null),
                .init("size", size.map(JSON.int) ?? .null), .init("duration", duration.map { JSON($0) } ?? .null),
                .init("content_type", contentType.map(JSON.string) ?? .null),
            ]))
    }

    /// Stored records know the members by their places: new ones go to the end, and none is ever moved.
    public static let itemShape = Shape.object([
        .init("url", .text, "Where to fetch it."), .init("expires_at", .time.orNull, "When the URL stops working."),
        .init("size", .integer.orNull, "Bytes."), .init("duration", .number.orNull, "Seconds."),
        .init("content_type", .text.orNull, "Media type."),
    ])
}

/// One turn of a conversation.
public struct TranscriptTurn: Sendable, Hashable {
    public var role: TranscriptRole
    /// The provider's name for who speaks: a number, a label.
    public var speaker: String?
    public var text: String
    /// Seconds from the start of the call.
    public var start: Double?
    public var end: Double?

    public init(role: TranscriptRole, speaker: String? = nil, text: String, start: Double? = nil, end: Double? = nil) {
        (self.role, self.speaker, self.text, self.start, self.end) = (role, speaker, text, start, end)
    }
}

extension TranscriptTurn: FieldItem {
    public static func item(_ json: JSON) -> TranscriptTurn? {
        guard let text = json["text"]?.string else { return nil }
        return TranscriptTurn(
            role: json["role"]?.string.flatMap(TranscriptRole.init(rawValue:)) ?? .unknown,
            speaker: json["speaker"]?.string, text: text, start: json["start_s"]?.double, end: json["end_s"]?.double)
    }

    public var itemJSON: JSON {
        .object(
            JSONObject([
                .init("role", .string(role.rawValue)), .init("speaker", speaker.map(JSON.string) ?? .null),
                .init("text", .string(text)), .init("start_s", start.map { JSON($0) } ?? .null),
                .init("end_s", end.map { JSON($0) } ?? .null),
            ]))
    }

    /// Stored records know the members by their places: new ones go to the end, and none is ever moved.
    public static let itemShape = Shape.object([
        .init("role", .word(TranscriptRole.self), "Who speaks."),
        .init("speaker", .text.orNull, "The provider's name for the speaker."),
        .init("text", .text, "What was said."), .init("start_s", .number.orNull, "Seconds from the start of the call."),
        .init("end_s", .number.orNull, "Seconds from the start of the call."),
    ])
}

/// What went wrong with a call or a message, in the provider's words.
public struct Failure: Sendable, Hashable {
    public var code: String?
    public var message: String?

    public init(code: String? = nil, message: String? = nil) { (self.code, self.message) = (code, message) }
}

extension Failure: FieldItem {
    public static func item(_ json: JSON) -> Failure? {
        guard case .object = json else { return nil }
        return Failure(code: json["code"]?.string, message: json["message"]?.string)
    }

    public var itemJSON: JSON {
        if (code ?? "").isEmpty, (message ?? "").isEmpty { return .null }
        return ["code": code.map(JSON.string) ?? .null, "message": message.map(JSON.string) ?? .null]
    }

    /// Stored records know the members by their places: new ones go to the end, and none is ever moved.
    public static let itemShape = Shape.object([
        .init("code", .text.orNull, "The provider's code."), .init("message", .text.orNull, "The provider's words."),
    ])
}
