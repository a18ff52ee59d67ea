import Files
import Foundation
import HubModel
import SQLite
import Testing

@testable import HubStore

@Suite("Opening a store")
struct OpeningTests {
    private func refusal(_ folder: Folder) throws -> String {
        let error = #expect(throws: StoreError.self) { try Workbench(in: folder) }
        return try #require(error).description
    }

    @Test("creates the folders of the path")
    func folders() throws {
        let folder = try Folder()
        let bench = try Workbench(in: folder) { $0.path = folder("a/b/hub.db") }
        bench.store.close()
        #expect(FileManager.default.fileExists(atPath: folder("a/b/hub.db")))
    }

    @Test("is refused while another hub has it, and says which process")
    func locked() throws {
        let folder = try Folder()
        let bench = try Workbench(in: folder)
        let words = try refusal(folder)
        #expect(
            words.hasPrefix("another hub (process \(ProcessInfo.processInfo.processIdentifier)) is using the database"))
        #expect(StoreOwner.runningHub(path: bench.path) == ProcessInfo.processInfo.processIdentifier)
        bench.store.close()
        #expect(StoreOwner.runningHub(path: bench.path) == nil)
        try Workbench(in: folder).store.close()
    }

    @Test("is refused when a newer version wrote the database, by writers and readers, and changes nothing")
    func newer() throws {
        let folder = try Folder()
        let bench = try Workbench(in: folder)
        bench.store.close()
        try Connection(path: bench.path).execute("INSERT INTO migrations VALUES ('9999-from-the-future', '')")
        let before = FileManager.default.contents(atPath: bench.path)
        #expect(
            try refusal(folder).contains(
                "written by a newer version of the hub (it has the schema step \"9999-from-the-future\")"))
        #expect(throws: StoreError.self) { try StoreReader(path: bench.path) }
        #expect(throws: StoreError.self) { try StoreEditor(path: bench.path) }
        #expect(FileManager.default.contents(atPath: bench.path) == before)
        #expect(StoreOwner.runningHub(path: bench.path) == nil)
    }

    @Test("leaves the database of another program alone")
    func foreign() throws {
        let folder = try Folder()
        try Connection(path: folder("hub.db")).execute("CREATE TABLE customers (name)")
        #expect(try refusal(folder).contains("not one of the hub"))
        #expect(throws: StoreError.self) { try StoreReader(path: folder("hub.db")) }
    }

    @Test("is refused in one sentence when the file is no database")
    func damaged() throws {
        let folder = try Folder()
        try Data(repeating: 0x41, count: 10_000).write(to: URL(fileURLWithPath: folder("hub.db")))
        let words = try refusal(folder)
        #expect(words.contains("hub.db is damaged or not a database"))
        #expect(words.contains("restore a backup"))
    }

    @Test("is refused when the folder cannot be made or the path is a folder")
    func paths() throws {
        let folder = try Folder()
        try Data().write(to: URL(fileURLWithPath: folder("file")))
        let error = #expect(throws: StoreError.self) { try Workbench(in: folder) { $0.path = folder("file/hub.db") } }
        #expect(try #require(error).description.contains("cannot be created"))
        try FileManager.default.createDirectory(atPath: folder("hub.db"), withIntermediateDirectories: true)
        #expect(try refusal(folder).contains("check the permissions"))
    }

    @Test("does not create a database for reading or editing")
    func missing() throws {
        let folder = try Folder()
        #expect(throws: StoreError.self) { try StoreReader(path: folder("hub.db")) }
        #expect(throws: StoreError.self) { try StoreEditor(path: folder("hub.db")) }
        #expect(!FileManager.default.fileExists(atPath: folder("hub.db")))
    }
}
