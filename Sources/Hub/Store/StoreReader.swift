import HubModel
import SQLite

/// Reads a database on a connection of its own, including one that a running hub is writing to. One thread at a time.
package final class StoreReader: StoreView {
    let connection: Connection
    let words: Words
    let events: EventTable
    package let ids: PublicID
    let seed: UInt64
    /// A read failed in a way that a new connection may not.
    private(set) var isBroken = false

    /// Opens the database at `path` for reading.
    package init(path: String) throws(StoreError) {
        try StoreOwner.requireOneName(path: path)
        do {
            connection = try Connection(path: path, access: .read)
            connection.setBusyTimeout(.seconds(2))
            try Schema.check(connection)
            seed = try Schema.nonce(connection) ?? 0
            ids = PublicID(nonce: seed)
            words = try Words(connection)
            events = try EventTable(connection, words, ids)
        } catch { throw StoreError(error, path: path) }
    }

    /// Runs `read` on one state of the database, whatever is written meanwhile.
    func consistently<Value>(_ read: () throws -> Value) throws -> Value {
        do {
            try connection.execute("BEGIN")
            let value = try read()
            try connection.execute("COMMIT")
            return value
        } catch {
            // A read that stays open would keep the write-ahead log from being emptied.
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            if connection.isInTransaction { isBroken = true }
            if let error = error as? SQLiteError, error.isIOError || error.isCorrupt { isBroken = true }
            throw error
        }
    }
}
