package import HubModel
import SQLite

extension StoreReader {
    package func events(_ query: EventQuery) throws -> [EventRow] {
        guard query.limit > 0 else { return [] }
        let types = try query.type.map { try numbers(of: $0) }
        var source: Int64?
        if let name = query.source {
            guard let word = try words.find(name) else { return [] }
            source = word
        }
        let since = query.since.map(SequenceGenerator.first(at:)) ?? 0
        let before = query.before ?? .max
        var found: [EventRow] = []
        /// Takes what is wanted of a row's events, newest first. False when there are enough.
        func take(_ statement: borrowing Statement) throws -> Bool {
            if let source, statement.integer(2) != source { return true }
            let all = EventTable.types(statement)
            var row: EventTable.Row?
            var subject: String?
            for index in all.indices.reversed() {
                let sequence = statement.integer(0) + SequenceNumber(index)
                guard sequence >= since, sequence < before, types?.contains(all[index]) ?? true else { continue }
                if row == nil {
                    let full = EventTable.row(statement, all)
                    row = full
                    if full.showsRecord { subject = try self.subject(of: full.webhook)?.id }
                    if let wanted = query.subject, subject != wanted { return true }
                }
                guard let row else { continue }
                found.append(try shown(sequence, row))
                if found.count == query.limit { return false }
            }
            return true
        }
        if let subject = query.subject {
            // The webhooks of a record are a chain, newest first; their events are numbered after them.
            var webhook = try KeyIndex.find(.record, stableHash(subject, seed: seed), in: connection)
            let range = try connection.prepare(
                """
                SELECT \(EventTable.columns) FROM events WHERE seq > ?1
                AND seq < ifnull((SELECT min(seq) FROM webhooks WHERE seq > ?1), 9223372036854775807) ORDER BY seq DESC
                """)
            while let at = webhook {
                if at < before {
                    defer { range.reset() }
                    try range.bind(1, at)
                    while try range.step() { if try !take(range) { return found } }
                }
                guard let link = try self.subject(of: at), link.id == subject else { break }
                webhook = link.previous
            }
            return found
        }
        // A row may stand for events that are numbered after it.
        let statement = try connection.prepare(
            "SELECT \(EventTable.columns) FROM events WHERE seq < ? AND seq >= ? ORDER BY seq DESC")
        try statement.bind(1, before)
        try statement.bind(2, max(0, since - 4096))
        while try statement.step() { if try !take(statement) { break } }
        return found
    }

    package func event(_ id: String) throws -> EventRow? {
        guard let sequence = ids.sequence(.event, of: id), let row = try events.row(of: sequence) else { return nil }
        return try shown(sequence, row)
    }

    package func whole(_ row: EventRow) throws -> Event? { try events.event(row.sequence)?.event() }

    private func shown(_ sequence: SequenceNumber, _ row: EventTable.Row) throws -> EventRow {
        let link = row.showsRecord ? try subject(of: row.webhook) : nil
        return EventRow(
            id: ids.text(.event, sequence), sequence: sequence,
            type: try words.text(row.types[Int(sequence - row.sequence)]), source: try words.text(row.source),
            subject: link?.id, occurredAt: row.occurredAt, nativeType: row.native.type, nativeID: row.native.id,
            changed: link?.kind.map(row.changed.names) ?? [], derived: row.isDerived(sequence), webhook: row.webhook,
            data: row.data.flatMap { try? JSON(parsing: $0) } ?? .null)
    }

    /// The words that match a pattern.
    private func numbers(of pattern: String) throws -> Set<Int64> {
        let statement = try connection.prepare("SELECT id FROM words WHERE text GLOB ?")
        try statement.bind(1, pattern)
        var numbers: Set<Int64> = []
        while try statement.step() { numbers.insert(statement.integer(0)) }
        return numbers
    }

    private struct Link {
        var id: String
        var kind: RecordKind?
        var previous: SequenceNumber?
    }

    /// Which record a webhook is about, and the webhook before it that is about the same.
    private func subject(of webhook: SequenceNumber) throws -> Link? {
        let statement = try connection.prepare("SELECT record_id, kind, previous FROM webhooks WHERE seq = ?")
        try statement.bind(1, webhook)
        guard try statement.step(), let id = statement.blob(0) else { return nil }
        return Link(
            id: PackedID.decode(id),
            kind: statement.isNull(1) ? nil : RecordKind(rawValue: try words.text(statement.integer(1))),
            previous: statement.isNull(2) ? nil : statement.integer(2))
    }
}
