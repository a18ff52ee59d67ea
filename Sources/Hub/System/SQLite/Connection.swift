// Thread rule: a connection and its statements belong to one thread at a time. Oldest SQLite accepted: 3.40.
internal import CSQLite
import Glibc

/// What SQLite said, in its own words, and about which statement.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// The extended result code.
    package var code: Int32
    package var message: String
    package var sql: String
    /// What the system said, when a file could not be opened; 0 otherwise.
    package var systemCode: Int32

    package init(code: Int32, message: String, sql: String, systemCode: Int32 = 0) {
        (self.code, self.message, self.sql, self.systemCode) = (code, message, sql, systemCode)
    }

    /// The primary result code.
    package var primary: Int32 { code & 0xFF }
    /// Another process holds the file; later it may work.
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    package var isFull: Bool { primary == SQLITE_FULL }
    /// The disk failed; whether earlier writes are safe is unknown.
    package var isIOError: Bool { primary == SQLITE_IOERR }
    /// The file is not a database, or a damaged one.
    package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// A file could not be opened, because the process or the machine has too many open already.
    package var isOutOfDescriptors: Bool {
        primary == SQLITE_CANTOPEN && (systemCode == EMFILE || systemCode == ENFILE)
    }
    package var isReadOnly: Bool { primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN || primary == SQLITE_PERM }

    package var isOutOfMemory: Bool { primary == SQLITE_NOMEM }

    package var description: String {
        "\(message) (SQLite code \(code))" + (sql.isEmpty ? "" : " in: \(sql.prefix(120))")
    }
}

/// An open database.
package final class Connection {
    fileprivate let handle: OpaquePointer

    /// Set up once a process; it does not matter when it was too late for that.
    private static let library = hub_sqlite_without_statistics()

    /// What may be done with the file.
    package enum Access: Sendable { case read, write, create }

    /// Opens the file at `path`; `:memory:` for none. `vfs` names a file system layer; nil is the system's.
    package init(path: String, access: Access = .create, vfs: String? = nil) throws(SQLiteError) {
        _ = Self.library
        var opened: OpaquePointer?
        let flags =
            switch access {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, vfs)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            let extended = opened.map { sqlite3_extended_errcode($0) } ?? code
            let system = opened.map { sqlite3_system_errno($0) } ?? 0
            sqlite3_close_v2(opened)
            throw SQLiteError(code: extended, message: "cannot open \(path): \(message)", sql: "", systemCode: system)
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Waits this long for a lock that another connection holds.
    package func setBusyTimeout(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        sqlite3_busy_timeout(handle, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Runs statements that give no rows.
    package func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), sql)
    }

    package func prepare(_ sql: String) throws(SQLiteError) -> Statement { try Statement(sql, on: self) }

    /// The single integer that `sql` asks for; nil for no row or NULL.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() && !statement.isNull(0) ? statement.integer(0) : nil
    }

    /// Copies the whole write-ahead log into the database and empties it. False when another connection was in the way.
    package func checkpoint() throws(SQLiteError) -> Bool {
        try integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0
    }

    /// Closes without copying the log into the database and removing it.
    package func leaveLog() { hub_sqlite_leave_log(handle) }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
    /// Rows changed by the last statement.
    package var changes: Int { Int(sqlite3_changes(handle)) }

    func check(_ code: Int32, _ sql: String) throws(SQLiteError) {
        if code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE { return }
        // A misuse is not recorded on the connection, which would say "not an error".
        let extended = sqlite3_extended_errcode(handle)
        let isRecorded = extended & 0xFF == code & 0xFF
        throw SQLiteError(
            code: isRecorded ? extended : code,
            message: String(cString: isRecorded ? sqlite3_errmsg(handle) : sqlite3_errstr(code)), sql: sql,
            systemCode: isRecorded ? sqlite3_system_errno(handle) : 0)
    }
}

/// A prepared statement: freed once, when it goes out of scope, and never copied.
package struct Statement: ~Copyable {
    let handle: OpaquePointer
    let connection: Connection
    let sql: String

    fileprivate init(_ sql: String, on connection: Connection) throws(SQLiteError) {
        var prepared: OpaquePointer?
        try connection.check(
            sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil), sql)
        guard let prepared else { throw SQLiteError(code: SQLITE_MISUSE, message: "an empty statement", sql: sql) }
        (handle, self.connection, self.sql) = (prepared, connection, sql)
    }

    deinit { sqlite3_finalize(handle) }

    /// Binds parameter `index`, from 1.
    package func bind(_ index: Int32, _ value: Int64?) throws(SQLiteError) {
        try connection.check(
            value.map { sqlite3_bind_int64(handle, index, $0) } ?? sqlite3_bind_null(handle, index), sql)
    }

    package func bind(_ index: Int32, _ value: Int) throws(SQLiteError) { try bind(index, Int64(value)) }

    package func bind(_ index: Int32, _ value: String?) throws(SQLiteError) {
        guard var text = value else { return try connection.check(sqlite3_bind_null(handle, index), sql) }
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                guard let base = $0.baseAddress else { return hub_sqlite_bind_text(handle, index, "", 0) }
                return hub_sqlite_bind_text(handle, index, base, Int32(clamping: $0.count))
            }
        }
        try connection.check(code, sql)
    }

    package func bind(_ index: Int32, _ value: [UInt8]?) throws(SQLiteError) {
        guard let value else { return try connection.check(sqlite3_bind_null(handle, index), sql) }
        try connection.check(
            value.withUnsafeBytes { hub_sqlite_bind_blob(handle, index, $0.baseAddress, Int32(clamping: $0.count)) },
            sql)
    }

    /// True when there is a row. After an error the statement is ready for the next binding.
    package func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        do {
            try connection.check(code, sql)
        } catch {
            sqlite3_reset(handle)
            throw error
        }
        return code == SQLITE_ROW
    }

    /// Runs a statement without rows and makes it ready for the next binding.
    package func run() throws(SQLiteError) {
        _ = try step()
        sqlite3_reset(handle)
    }

    package func reset() { sqlite3_reset(handle) }

    /// Steps of SQLite's machine that running it has taken so far: what it costs, whatever the machine is doing besides.
    package var steps: Int { Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 0)) }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    package func text(_ column: Int32) -> String? {
        guard let bytes = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    package func blob(_ column: Int32) -> [UInt8]? {
        if isNull(column) { return nil }
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
