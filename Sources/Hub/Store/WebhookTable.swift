import HubModel
import SQLite

/// Writes webhooks with their events.
final class WebhookTable {
    private let words: Words
    private let insertWebhook: Statement
    private let insertEvent: Statement
    private let findKey: Statement
    private let findRecord: Statement

    init(_ connection: Connection, _ words: Words) throws(SQLiteError) {
        self.words = words
        insertWebhook = try connection.prepare(
            "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertEvent = try connection.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        findKey = try connection.prepare("SELECT source, key FROM webhooks WHERE seq = ?")
        findRecord = try connection.prepare("SELECT record_id, record FROM webhooks WHERE seq = ?")
    }

    /// The record of a webhook: what it added to, and the whole of it.
    struct Kept {
        var previous: SequenceNumber?
        var bytes: [UInt8]
    }

    func insert(
        _ webhook: NewWebhook, _ sequence: SequenceNumber, status: WebhookStatus, reason: String? = nil,
        record: Kept? = nil
    ) throws(SQLiteError) {
        try insertWebhook.bind(1, sequence)
        try insertWebhook.bind(2, try words.id(webhook.source))
        try insertWebhook.bind(3, try words.id(webhook.provider))
        try insertWebhook.bind(4, webhook.receivedAt.milliseconds)
        try insertWebhook.bind(5, status.stored)
        try insertWebhook.bind(6, reason)
        try insertWebhook.bind(7, webhook.key)
        try insertWebhook.bind(8, try words.id(webhook.digest))
        try insertWebhook.bind(9, HeaderLines.encode(webhook.headers))
        if let record, let id = webhook.recordID, let kind = webhook.kind {
            try insertWebhook.bind(10, try words.id(kind.rawValue))
            try insertWebhook.bind(11, PackedID.encode(id))
            try insertWebhook.bind(12, record.previous)
            try insertWebhook.bind(13, record.bytes)
        } else {
            for column in 10...13 as ClosedRange<Int32> { try insertWebhook.bind(column, nil as Int64?) }
        }
        try insertWebhook.bind(14, webhook.body)
        try insertWebhook.run()
    }

    /// Writes the primary event at `position` with the events derived from it.
    func insert(
        _ events: [PlannedEvent], at position: Int, _ details: EventDetails, webhook: SequenceNumber, source: String
    ) throws(SQLiteError) {
        let event = events[position]
        var derived: [UInt8]?
        var next = position + 1
        while next < events.count, events[next].primary == event.sequence {
            WordList.append(try words.id(events[next].type.rawValue), to: &derived.list)
            next += 1
        }
        try insertEvent.bind(1, event.sequence)
        try insertEvent.bind(2, event.sequence - webhook)
        try insertEvent.bind(3, try words.id(source))
        try insertEvent.bind(4, try words.id(event.type.rawValue))
        try insertEvent.bind(5, derived)
        try insertEvent.bind(6, details.hasRecord ? EventFlags.showsRecord : 0)
        try insertEvent.bind(7, details.occurredAt.milliseconds)
        try insertEvent.bind(8, details.native.type)
        try insertEvent.bind(9, details.native.id)
        try insertEvent.bind(10, Int64(bitPattern: details.changed.bits))
        try insertEvent.bind(11, details.data.isNull ? nil : details.data.encoded())
        try insertEvent.run()
    }

    /// Whether the webhook there has that very key.
    func holds(_ webhook: NewWebhook, at sequence: SequenceNumber) throws(SQLiteError) -> Bool {
        defer { findKey.reset() }
        try findKey.bind(1, sequence)
        guard try findKey.step() else { return false }
        return try findKey.integer(0) == words.find(webhook.source) && findKey.text(1) == webhook.key
    }

    /// The record as it was after the webhook there; nil when that was about another.
    func record(at webhook: SequenceNumber, id: String, kind: RecordKind?) throws(SQLiteError) -> (
        record: Record, size: Int
    )? {
        defer { findRecord.reset() }
        try findRecord.bind(1, webhook)
        guard try findRecord.step(), findRecord.blob(0) == PackedID.encode(id), let bytes = findRecord.blob(1) else {
            return nil
        }
        return StoredRecord.decode(bytes, kind: kind).map { ($0, bytes.count) }
    }
}

extension Optional<[UInt8]> {
    /// Empty until something is appended.
    fileprivate var list: [UInt8] {
        get { self ?? [] }
        set { self = newValue }
    }
}
