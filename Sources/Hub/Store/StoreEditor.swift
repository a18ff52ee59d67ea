package import HubModel
import SQLite

/// Retries and discards dead deliveries of a database whose hub is not running. A running hub would see it at its next
/// survey.
package final class StoreEditor {
    private let connection: Connection
    private let dead: DeadLetters

    package init(path: String) throws(StoreError) {
        try StoreOwner.requireOneName(path: path)
        do {
            connection = try Connection(path: path, access: .write)
            connection.setBusyTimeout(.seconds(10))
            try connection.execute("PRAGMA synchronous = FULL")
            try Schema.check(connection)
            let ids = PublicID(nonce: try Schema.nonce(connection) ?? 0)
            dead = try DeadLetters(connection, try Words(connection), ids)
        } catch { throw StoreError(error, path: path) }
    }

    /// Does an edit, whatever it takes. Doing it twice is doing it once.
    package func apply(_ edit: Edit, at now: Timestamp) throws(StoreFault) -> EditResult {
        var work = DeadLetters.Work(edit)
        while true {
            if let result = work.result { return result }
            var next = work
            do {
                _ = try connection.transaction { () throws(SQLiteError) in try dead.step(&next, at: now) }
            } catch { throw StoreFault(error) }
            work = next
        }
    }
}
