package import HubModel
import SQLite

/// Puts dead deliveries back or discards them, from any process; a hub that is running hears of it by a signal or at its
/// next look.
package final class StoreEditor {
    private let connection: Connection
    private let ids: RecordID

    package init(path: String) throws(StoreError) {
        do {
            connection = try Connection(path: path, access: .write)
            connection.setBusyTimeout(.seconds(10))
            try connection.execute("PRAGMA synchronous = FULL")
            _ = try Schema.check(connection)
            ids = RecordID(nonce: try Schema.nonce(connection) ?? 0)
        } catch { throw SQLiteStore.explain(error, path) }
    }

    /// What became of a request to change a delivery.
    package enum Change: Sendable, Equatable { case done, notDead, unknown }

    /// Makes a dead or discarded delivery pending again, due at once, with as many attempts as a new one. Doing it twice
    /// is doing it once.
    package func retry(_ id: String, at now: Timestamp) throws -> Change {
        try change(id) { sequence, state in
            guard state == .dead || state == .discarded else { return false }
            try run(
                """
                INSERT INTO waiting SELECT seq, event, route, send, endpoint, attempts, attempts, ?2, body
                FROM deliveries WHERE seq = ?1
                """, sequence, now.milliseconds)
            try run("DELETE FROM deliveries WHERE seq = ?1", sequence, nil)
            return true
        }
    }

    /// Marks a dead delivery as discarded by a person.
    package func discard(_ id: String, at now: Timestamp) throws -> Change {
        try change(id) { sequence, state in
            guard state == .dead else { return false }
            try run("UPDATE deliveries SET state = 3, finished_at = ?2 WHERE seq = ?1", sequence, now.milliseconds)
            return true
        }
    }

    private func change(_ id: String, _ body: (SequenceNumber, DeliveryState) throws -> Bool) throws -> Change {
        guard let sequence = ids.sequence(.delivery, of: id) else { return .unknown }
        try connection.execute("BEGIN IMMEDIATE")
        do {
            let state = try connection.integer("SELECT state FROM deliveries WHERE seq = \(sequence)")
            let isOpen = try connection.integer(
                """
                SELECT 1 FROM pending WHERE seq = \(sequence) UNION ALL SELECT 1 FROM waiting WHERE seq = \(sequence)
                """)
            let done = try state.map { try body(sequence, DeliveryState(stored: $0)) } ?? false
            try connection.execute("COMMIT")
            return done ? .done : state == nil && isOpen == nil ? .unknown : .notDead
        } catch {
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    private func run(_ sql: String, _ sequence: SequenceNumber, _ number: Int64?) throws(SQLiteError) {
        let statement = try connection.prepare(sql)
        try statement.bind(1, sequence)
        if let number { try statement.bind(2, number) }
        try statement.run()
    }
}
