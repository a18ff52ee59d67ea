import Foundation
import SQLite
import Testing

@Suite("The SQLite wrapper")
struct StatementTests {
    private func memory(_ sql: String = "CREATE TABLE t (a INTEGER PRIMARY KEY, b)") throws -> Connection {
        let connection = try Connection(path: ":memory:")
        try connection.execute(sql)
        return connection
    }

    @Test("integers come back as they went in", arguments: [0, 1, -1, Int64.max, Int64.min])
    func integers(value: Int64) throws {
        let statement = try memory().prepare("SELECT ?")
        try statement.bind(1, value)
        #expect(try statement.step())
        let found = statement.integer(0)
        #expect(found == value)
    }

    @Test(
        "texts come back byte for byte",
        arguments: ["", "a", "a\u{0}b", "e\u{301}", "\u{1F4DE}", String(repeating: "x", count: 100_000)])
    func texts(value: String) throws {
        let statement = try memory().prepare("SELECT ?, typeof(?1)")
        try statement.bind(1, value)
        #expect(try statement.step())
        let found = statement.text(0).map { Array($0.utf8) }
        let kind = statement.text(1)
        #expect(found == Array(value.utf8))
        #expect(kind == "text")
    }

    @Test(
        "bytes come back as they went in; none is not null",
        arguments: [[], [0], [0xFF, 0, 0xC0], [UInt8](repeating: 7, count: 100_000)])
    func blobs(value: [UInt8]) throws {
        let statement = try memory().prepare("SELECT ?, typeof(?1)")
        try statement.bind(1, value)
        #expect(try statement.step())
        let found = statement.blob(0)
        let kind = statement.text(1)
        #expect(found == value)
        #expect(kind == "blob")
    }

    @Test("nothing is null")
    func nulls() throws {
        let statement = try memory().prepare("SELECT ?, ?, ?")
        try statement.bind(1, nil as Int64?)
        try statement.bind(2, nil as String?)
        try statement.bind(3, nil as [UInt8]?)
        #expect(try statement.step())
        for column in 0..<3 as Range<Int32> {
            let isNull = statement.isNull(column)
            #expect(isNull)
        }
        let (text, blob) = (statement.text(1), statement.blob(2))
        #expect(text == nil)
        #expect(blob == nil)
    }

    @Test("bytes that are no UTF-8 are read as replacement characters and never trap")
    func badText() throws {
        let statement = try memory().prepare("SELECT CAST(x'61ff62' AS TEXT)")
        #expect(try statement.step())
        let text = statement.text(0)
        #expect(text == "a\u{FFFD}b")
    }

    @Test("an error says what, in which statement")
    func errors() throws {
        let connection = try memory()
        let error = #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM nowhere") }
        #expect(error?.description == "no such table: nowhere (SQLite code 1) in: SELECT * FROM nowhere")
        #expect(throws: SQLiteError.self) { _ = try connection.prepare("") }
        #expect(throws: SQLiteError.self) { _ = try connection.prepare("SELEC 1") }
    }

    @Test("a statement can be used again after an error")
    func afterErrors() throws {
        let connection = try memory()
        let statement = try connection.prepare("INSERT INTO t VALUES (?, ?)")
        for (key, isGood) in [(1, true), (1, false), (1, false), (2, true)] {
            try statement.bind(1, key)
            try statement.bind(2, "x")
            do {
                try statement.run()
                #expect(isGood)
            } catch {
                #expect(!isGood)
                #expect(error.code == 1555, "the extended code of a primary key that is taken")
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
        #expect(connection.changes == 1)
    }

    @Test("binding behind the last parameter, or while rows are read, is an error")
    func misuse() throws {
        let statement = try memory().prepare("SELECT ? UNION ALL SELECT 2")
        #expect(throws: SQLiteError.self) { try statement.bind(2, 1) }
        try statement.bind(1, 1)
        #expect(try statement.step())
        let error = #expect(throws: SQLiteError.self) { try statement.bind(1, 1) }
        #expect(error?.primary == 21)
        statement.reset()
        try statement.bind(1, 5)
        #expect(try statement.step())
        let found = statement.integer(0)
        #expect(found == 5)
    }

    @Test("transactions are seen as such")
    func transactions() throws {
        let connection = try memory()
        #expect(!connection.isInTransaction)
        try connection.execute("BEGIN")
        #expect(connection.isInTransaction)
        try connection.execute("ROLLBACK")
        #expect(!connection.isInTransaction)
        #expect(try connection.integer("SELECT b FROM t") == nil)
    }

    @Test("a file that is missing, no database or locked is told apart")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.db").path
        for access in [Connection.Access.read, .write] {
            let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: path, access: access) }
            #expect(error?.isReadOnly == true)
            #expect(error?.description.contains(path) == true)
        }
        try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: path))
        let broken = try Connection(path: path)
        #expect(
            #expect(throws: SQLiteError.self) { try broken.execute("SELECT * FROM sqlite_schema") }?.isCorrupt == true)
        try FileManager.default.removeItem(atPath: path)
        let first = try Connection(path: path)
        try first.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN IMMEDIATE")
        let second = try Connection(path: path)
        second.setBusyTimeout(.zero)
        #expect(#expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }?.isBusy == true)
        try first.execute("COMMIT")
        try second.execute("BEGIN IMMEDIATE; ROLLBACK")
        let reader = try Connection(path: path, access: .read)
        #expect(
            #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }?.isReadOnly == true)
        #expect(try first.checkpoint())
        try reader.execute("BEGIN; SELECT * FROM t")
        try first.execute("INSERT INTO t VALUES (1)")
        first.setBusyTimeout(.zero)
        #expect(try !first.checkpoint())
    }
}
