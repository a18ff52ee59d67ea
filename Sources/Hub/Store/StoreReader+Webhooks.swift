package import HubModel
import SQLite

extension StoreReader {
    private static let webhookColumns = """
        seq, source, provider, received_at, status, reason, key, digest, headers, body, kind, record_id, record FROM webhooks
        """

    package func webhook(_ sequence: SequenceNumber) throws -> WebhookRow? {
        let statement = try connection.prepare("SELECT \(Self.webhookColumns) WHERE seq = ?")
        try statement.bind(1, sequence)
        return try webhooks(statement).first
    }

    package func webhook(id: String) throws -> WebhookRow? {
        try ids.sequence(.webhook, of: id).flatMap { try webhook($0) }
    }

    package func setAside(before: SequenceNumber?, limit: Int) throws -> [WebhookRow] {
        let statement = try connection.prepare(
            "SELECT \(Self.webhookColumns) WHERE status > 0 AND seq < ? ORDER BY seq DESC LIMIT ?")
        try statement.bind(1, before ?? .max)
        try statement.bind(2, max(0, limit))
        return try webhooks(statement)
    }

    private func webhooks(_ statement: borrowing Statement) throws -> [WebhookRow] {
        var found: [WebhookRow] = []
        while try statement.step() {
            let kind = try kind(statement, 10)
            found.append(
                WebhookRow(
                    id: ids.text(.webhook, statement.integer(0)), sequence: statement.integer(0),
                    source: try words.text(statement.integer(1)), provider: try words.text(statement.integer(2)),
                    receivedAt: Timestamp(milliseconds: statement.integer(3)),
                    status: WebhookStatus(stored: statement.integer(4)), reason: statement.text(5),
                    key: statement.text(6) ?? "", digest: try words.text(statement.integer(7)),
                    headers: HeaderLines.decode(statement.blob(8) ?? []), body: statement.blob(9) ?? [],
                    recordID: statement.blob(11).map(PackedID.decode),
                    record: statement.blob(12).flatMap { StoredRecord.decode($0, kind: kind) }))
        }
        return found
    }

    private func kind(_ statement: borrowing Statement, _ column: Int32) throws(SQLiteError) -> RecordKind? {
        statement.isNull(column) ? nil : RecordKind(rawValue: try words.text(statement.integer(column)))
    }

    // MARK: Records

    private static let recordColumns = "seq, record_id, source, received_at, kind, record FROM webhooks"

    private func record(_ statement: borrowing Statement) throws -> RecordRow? {
        let kind = try kind(statement, 4)
        guard let id = statement.blob(1),
            let record = statement.blob(5).flatMap({ StoredRecord.decode($0, kind: kind) })
        else { return nil }
        return RecordRow(
            id: PackedID.decode(id), source: try words.text(statement.integer(2)),
            at: Timestamp(milliseconds: statement.integer(3)), record: record, webhook: statement.integer(0))
    }

    /// Which webhooks have a record of that kind. The commonest kind is in nearly every row and has no index.
    private func condition(_ kind: RecordKind) throws -> String? {
        guard let word = try words.find(kind.rawValue) else { return nil }
        return word > 1 ? "kind = \(word) AND kind > 1" : "kind = \(word)"
    }

    package func records(_ kind: RecordKind, before: SequenceNumber?, limit: Int) throws -> [RecordRow] {
        guard let condition = try condition(kind) else { return [] }
        let statement = try connection.prepare(
            "SELECT \(Self.recordColumns) WHERE \(condition) AND seq < ? ORDER BY seq DESC")
        try statement.bind(1, before ?? .max)
        var found: [RecordRow] = []
        var seen: Set<[UInt8]> = []
        // A record's newest webhook comes first and holds its whole state.
        while found.count < limit, try statement.step() {
            guard let id = statement.blob(1), seen.insert(id).inserted else { continue }
            let newest = try KeyIndex.find(
                .record, stableHash(PackedID.decode(id), seed: seed), in: connection)
            // On a later page, a record that was heard of since is on an earlier one.
            if before != nil, let newest, newest > statement.integer(0) { continue }
            if let row = try record(statement) { found.append(row) }
        }
        return found
    }

    package func record(_ kind: RecordKind, id: String) throws -> RecordRow? {
        if let newest = try KeyIndex.find(.record, stableHash(id, seed: seed), in: connection) {
            let statement = try connection.prepare("SELECT \(Self.recordColumns) WHERE seq = ? AND record_id = ?")
            try statement.bind(1, newest)
            try statement.bind(2, PackedID.encode(id))
            if try statement.step(), let row = try record(statement), row.record.kind == kind { return row }
        }
        // A whole id of the hub's own is no provider's.
        if PackedID.encode(id).first == 1 { return nil }
        guard let condition = try condition(kind) else { return nil }
        let statement = try connection.prepare(
            "SELECT \(Self.recordColumns) WHERE \(condition) ORDER BY seq DESC")
        while try statement.step() {
            guard let row = try record(statement), row.record.providerID == id else { continue }
            return row
        }
        return nil
    }
}
