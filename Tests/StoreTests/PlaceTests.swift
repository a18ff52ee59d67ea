import Files
import Foundation
import HubModel
import Testing

@testable import HubStore

@Suite("Files that are taken away")
struct PlaceTests {
    @Test("a change is noticed by the next look, however soon it comes after the one before")
    func soon() throws {
        let folder = try Folder()
        let path = folder("a")
        for _ in 0..<300 {
            try Data().write(to: URL(fileURLWithPath: path))
            var places = FilePlaces(path, endings: ["-wal"])
            #expect(places.lost() == nil)
            #expect(places.lost() == nil)
            unlink(path)
            #expect(places.lost() == URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        }
    }

    @Test("one that is back is well again, one that is replaced is not, and neither is a folder that is")
    func kinds() throws {
        let folder = try Folder()
        let path = folder("in/a")
        try OwnFile.makeFolder(folder("in"))
        for name in ["a", "a-wal", "other"] { try Data().write(to: URL(fileURLWithPath: folder("in/\(name)"))) }
        var places = FilePlaces(path, endings: ["-wal", "-shm"])
        // What was not there at first is not missed, and others may come and go.
        #expect(places.lost() == nil)
        try Data().write(to: URL(fileURLWithPath: folder("in/a-shm")))
        unlink(folder("in/other"))
        #expect(places.lost() == nil)
        rename(folder("in/a-wal"), folder("in/b"))
        #expect(places.lost()?.hasSuffix("/in/a-wal") == true)
        #expect(places.lost()?.hasSuffix("/in/a-wal") == true)
        rename(folder("in/b"), folder("in/a-wal"))
        #expect(places.lost() == nil)
        rename(folder("in"), folder("out"))
        #expect(places.lost()?.hasSuffix("/in/a") == true)
        try OwnFile.makeFolder(folder("in"))
        for name in ["a", "a-wal"] { try Data().write(to: URL(fileURLWithPath: folder("in/\(name)"))) }
        #expect(places.lost()?.hasSuffix("/in/a") == true)
    }

    @Test("a lock that is let go is free, even while a copy of its descriptor is open")
    func copiedLocks() throws {
        let folder = try Folder()
        let path = folder("a")
        var (first, second) = (try FileLock(path: path) as FileLock?, try WholeFileLock(path: path) as WholeFileLock?)
        // As a process has them that is being started by another thread.
        let copies = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
            .filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path }
            .map { dup($0) }
        #expect(copies.count == 2)
        defer { for copy in copies { close(copy) } }
        (first, second) = (nil, nil)
        #expect(first == nil && second == nil)
        _ = try FileLock(path: path)
        _ = try WholeFileLock(path: path)
    }

    @Test(
        "what is committed to a removed file is not acknowledged, and what was refused is there once when the file is back"
    )
    func refused() async throws {
        let folder = try Folder()
        let bench = try Workbench(in: folder)
        defer { bench.store.close() }
        #expect(try bench.admit([.sample("k1")]).map(\.word) == ["accepted"])
        // The store has also looked for its files after that, as it does now and then, before it answers this.
        #expect(try bench.claim().deliveries.isEmpty)
        rename(bench.path, folder("elsewhere"))
        #expect(try bench.admit([.sample("k2"), .sample("k3")]).map(\.word) == ["refused", "refused"])
        #expect(try bench.admit([.sample("k4")]).map(\.word) == ["refused"])
        let real = URL(fileURLWithPath: folder("")).resolvingSymlinksInPath().appendingPathComponent("hub.db").path
        #expect(bench.signals.contains(.commitFailed(.misplaced(path: real))), "\(bench.signals)")
        #expect(!FileManager.default.fileExists(atPath: bench.path))
        rename(folder("elsewhere"), bench.path)
        let again = try bench.admit(["k2", "k3", "k4"].map { .sample($0) }).map(\.word)
        // The first two were written before it was noticed; nobody was told, and their deliveries wait.
        #expect(again == ["duplicate", "duplicate", "accepted"])
        #expect(try bench.claim().deliveries.map { $0.event.event().native.id } == ["k2", "k3"])
        #expect(bench.signals.last == .wellAgain)
    }
}
