import HubModel
import SQLite

/// Reads events: those with rows, and the derived ones that their primary's row stands for.
final class EventTable {
    /// A row of the table, which stands for one primary event and those derived from it.
    struct Row {
        var sequence: SequenceNumber
        var webhook: SequenceNumber
        var source: Int64
        /// The primary's type and those of the derived ones, as words.
        var types: [Int64]
        var flags: Int64
        var occurredAt: Timestamp
        var native: Event.Native
        var changed: FieldSet
        var data: [UInt8]?

        func contains(_ event: SequenceNumber) -> Bool {
            event >= sequence && event - sequence < SequenceNumber(types.count)
        }

        var showsRecord: Bool { flags & EventFlags.showsRecord != 0 }

        func isDerived(_ event: SequenceNumber) -> Bool { event > sequence || flags & EventFlags.derived != 0 }
    }

    static let columns =
        "seq, webhook, source, type, derived, flags, occurred_at, native_type, native_id, changed, data"

    private let words: Words
    private let ids: PublicID
    private let find: Statement
    private let webhook: Statement

    init(_ connection: Connection, _ words: Words, _ ids: PublicID) throws(SQLiteError) {
        (self.words, self.ids) = (words, ids)
        find = try connection.prepare("SELECT \(Self.columns) FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT 1")
        webhook = try connection.prepare(
            "SELECT source, provider, received_at, kind, record_id, record, body FROM webhooks WHERE seq = ?")
    }

    static func types(_ statement: borrowing Statement) -> [Int64] {
        [statement.integer(3)] + (statement.blob(4).map(WordList.decode) ?? [])
    }

    /// The row that `statement` is at, which selects `columns` first.
    static func row(_ statement: borrowing Statement, _ types: [Int64]) -> Row {
        Row(
            sequence: statement.integer(0), webhook: statement.integer(0) - statement.integer(1),
            source: statement.integer(2), types: types, flags: statement.integer(5),
            occurredAt: Timestamp(milliseconds: statement.integer(6)),
            native: Event.Native(type: statement.text(7) ?? "", id: statement.text(8)),
            changed: FieldSet(bits: UInt64(bitPattern: statement.integer(9))), data: statement.blob(10))
    }

    /// The row of the event with that number.
    func row(of event: SequenceNumber) throws(SQLiteError) -> Row? {
        defer { find.reset() }
        try find.bind(1, event)
        guard try find.step() else { return nil }
        let row = Self.row(find, Self.types(find))
        return row.contains(event) ? row : nil
    }

    /// An event with its webhook, to be parsed where it is needed.
    func event(_ sequence: SequenceNumber) throws(SQLiteError) -> StoredEvent? {
        guard let row = try row(of: sequence) else { return nil }
        return try event(sequence, in: row)
    }

    func event(_ sequence: SequenceNumber, in row: Row) throws(SQLiteError) -> StoredEvent? {
        defer { webhook.reset() }
        try webhook.bind(1, row.webhook)
        guard row.contains(sequence), try webhook.step() else { return nil }
        let kind = webhook.isNull(3) ? nil : RecordKind(rawValue: try words.text(webhook.integer(3)))
        return StoredEvent(
            id: ids.text(.event, sequence),
            type: EventType(rawValue: try words.text(row.types[Int(sequence - row.sequence)])),
            source: try words.text(webhook.integer(0)), provider: try words.text(webhook.integer(1)),
            occurredAt: row.occurredAt, receivedAt: Timestamp(milliseconds: webhook.integer(2)),
            subject: row.showsRecord ? webhook.blob(4).map(PackedID.decode) : nil, changed: row.changed,
            native: row.native, kind: kind, record: row.showsRecord ? webhook.blob(5) : nil, data: row.data,
            raw: webhook.blob(6) ?? [], derived: row.isDerived(sequence))
    }
}
