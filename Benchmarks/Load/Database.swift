import CSQLite

/// A hub's database, as far as it can be looked at from outside.
final class Database {
    private var handle: OpaquePointer?

    init(_ path: String, isReadOnly: Bool = true) throws {
        let flags = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        guard sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK else { throw failure("cannot open \(path)") }
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { sqlite3_close(handle) }

    func run(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// The rows that a query gives, as texts; nil where there is none.
    func rows(_ sql: String) throws -> [[String?]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure(sql) }
        defer { sqlite3_finalize(statement) }
        var rows: [[String?]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return rows
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        sqlite3_column_text(statement, column).map { String(cString: $0) }
                    })
            default: throw failure(sql)
            }
        }
    }

    func number(_ sql: String) throws -> Int { try rows(sql).first?.first?.flatMap { Int($0) } ?? 0 }

    private func failure(_ action: String) -> BenchError {
        BenchError("\(action): \(String(cString: sqlite3_errmsg(handle)))")
    }

    /// Pages times page size, with what is still in the log.
    static func size(_ path: String) -> Int {
        guard let database = try? Database(path), let pages = try? database.number("PRAGMA page_count"),
            let page = try? database.number("PRAGMA page_size")
        else { return 0 }
        return pages * page
    }
}
