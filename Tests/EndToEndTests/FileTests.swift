import Foundation
import HubModel
import Testing

@Suite("The hub's own files", .serialized, .timeLimit(.minutes(2)))
struct FileTests {
    private static let routes = "routes: [{ name: all, on: call.ended, to: sink }]"

    private func configuration(_ sink: Sink, store: String? = nil) -> String {
        let text = Setup.configuration(sink: sink.port, routes: Self.routes)
        return store.map { text.replacingOccurrences(of: "sqlite:data/hub.db", with: "sqlite:\($0)") } ?? text
    }

    private func send(_ number: Int, to hub: HubProcess) async throws -> Int {
        await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub).status
    }

    private func health(_ hub: HubProcess) async -> (status: Int, json: JSON) {
        let answer = await request("GET", "http://127.0.0.1:\(hub.port)/healthz")
        return (answer.status, (try? JSON(parsing: answer.body)) ?? .null)
    }

    @Test(
        "files are for the hub's user alone, whatever the umask, and so are folders that it makes",
        arguments: [
            "000", "022", "077", "777",
        ])
    func modes(umask: String) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink, store: "made/by/hub.db"))
        let wrapper = hub.folder.appendingPathComponent("run.sh")
        try "#!/bin/sh\numask \(umask)\nexec \(HubProcess.program.path) \"$@\"\n".write(
            to: wrapper, atomically: true, encoding: .utf8)
        chmod(wrapper.path, 0o755)
        try await hub.start(program: wrapper.path)
        #expect(try await send(1, to: hub) == 200)
        let base = hub.folder.path
        #expect(Machine.mode("\(base)/made") == 0o700)
        #expect(Machine.mode("\(base)/made/by") == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(base)/made/by")
        #expect(Set(names).isSuperset(of: ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db.lock", "hub.db.crashes"]))
        for name in names { #expect(Machine.mode("\(base)/made/by/\(name)") == 0o600, "\(name)") }
    }

    @Test("files of an earlier version that others could read are closed to them")
    func oldModes() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        #expect(try await send(1, to: hub) == 200)
        hub.kill()
        await hub.ended()
        let folder = hub.folder.appendingPathComponent("data").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.contains("hub.db-wal"))
        for name in names { chmod("\(folder)/\(name)", 0o644) }
        try await hub.start()
        for name in names { #expect(Machine.mode("\(folder)/\(name)") == 0o600, "\(name)") }
    }

    @Test(
        "what is no file of the hub's in the place of the lock or the crash journal is refused, and nothing is touched",
        arguments: ["lock", "crashes"], ["link", "pipe"])
    func links(name: String, kind: String) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        let data = hub.folder.appendingPathComponent("data")
        let victim = hub.folder.appendingPathComponent("victim")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try "precious".write(to: victim, atomically: true, encoding: .utf8)
        let path = data.appendingPathComponent("hub.db.\(name)").path
        if kind == "link" {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim.path)
        } else {
            #expect(mkfifo(path, 0o644) == 0)
        }
        try await hub.start(mayEnd: true)
        #expect(await hub.ended() == 1)
        #expect(
            hub.log.contains("\(path) is \(kind == "link" ? "a symbolic link" : "not a regular file")"), "\(hub.log)")
        #expect(hub.log.contains("remove it"))
        #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
        #expect(kind == "link" || Machine.mode(path) == 0o644)
    }

    @Test("two hubs cannot share a database by two names for it", arguments: ["hard link", "symbolic link", "folder"])
    func twoNames(kind: String) async throws {
        let sink = try Sink()
        let first = try HubProcess(configuration(sink))
        try await first.start()
        let data = first.folder.appendingPathComponent("data").path
        let other = first.folder.appendingPathComponent("other").path
        switch kind {
        case "hard link", "symbolic link":
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            if kind == "hard link" {
                try FileManager.default.linkItem(atPath: "\(data)/hub.db", toPath: "\(other)/hub.db")
            } else {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(other)/hub.db", withDestinationPath: "\(data)/hub.db")
            }
        default: try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: data)
        }
        let second = try HubProcess(configuration(sink, store: "\(other)/hub.db"))
        try await second.start(mayEnd: true)
        #expect(await second.ended() == 1)
        #expect(second.log.contains("another hub"), "\(second.log)")
        #expect(second.log.contains("using the database"), "\(second.log)")
        if kind == "hard link" {
            for words in [["dead", "retry", "dlv_1"], ["events", "list"]] {
                let result = try HubProcess.run(words + ["--config", second.file.path])
                #expect(result.code == 1)
                #expect(result.error.contains("by another name"), "\(result)")
            }
        }
        // Whoever was refused has not taken the first one's locks away with it.
        #expect(try await send(1, to: first) == 200)
        let third = try HubProcess(configuration(sink, store: "\(other)/hub.db"))
        try await third.start(mayEnd: true)
        #expect(await third.ended() == 1)
    }

    @Test(
        "without its files under their names nothing is acknowledged; with them again all is well",
        arguments: [
            "hub.db", "hub.db-wal", "hub.db-shm",
        ])
    func moved(name: String) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        #expect(try await send(1, to: hub) == 200)
        let data = hub.folder.appendingPathComponent("data").path
        rename("\(data)/\(name)", "\(data)/elsewhere")
        #expect(try await send(2, to: hub) == 503)
        #expect(try await send(3, to: hub) == 503)
        let bad = await health(hub)
        #expect(bad.status == 503)
        #expect(bad.json["parts"]?["disk"]?["status"] == "failing")
        #expect(bad.json["parts"]?["disk"]?["reason"]?.string?.contains("removed or replaced") == true)
        while !hub.log.contains("\(data)/\(name) was removed or replaced") { await Task.yield() }
        rename("\(data)/elsewhere", "\(data)/\(name)")
        while await health(hub).status != 200 {}
        // It is also noticed when no webhook comes.
        rename("\(data)/\(name)", "\(data)/elsewhere")
        while await health(hub).status != 503 {}
        rename("\(data)/elsewhere", "\(data)/\(name)")
        while await health(hub).status != 200 {}
        for number in 2...4 { #expect(try await send(number, to: hub) == 200) }
        hub.kill()
        await hub.ended()
        try await hub.start()
        while Set(sink.receipts.compactMap { $0.json["call"]?["provider_call_id"]?.string }).count < 4 {
            await Task.yield()
        }
    }

    @Test("a database that is deleted or replaced is noticed before the next answer", arguments: [true, false])
    func replaced(isReplaced: Bool) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        #expect(try await send(1, to: hub) == 200)
        let data = hub.folder.appendingPathComponent("data").path
        if isReplaced {
            try FileManager.default.copyItem(atPath: "\(data)/hub.db", toPath: "\(data)/copy")
            rename("\(data)/copy", "\(data)/hub.db")
        } else {
            for name in ["hub.db", "hub.db-wal", "hub.db-shm"] { unlink("\(data)/\(name)") }
        }
        for number in 2..<6 { #expect(try await send(number, to: hub) == 503) }
        #expect(await health(hub).status == 503)
        while !hub.log.contains("removed or replaced") { await Task.yield() }
        // Nothing is made in its place: a new, empty database would look as if all were well.
        #expect(FileManager.default.fileExists(atPath: "\(data)/hub.db") == isReplaced)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test(
        "a full disk refuses webhooks and does not end the hub",
        .enabled(if: Machine.mounts, "needs root and a loop device"))
    func fullDisk() async throws {
        let disk = try SmallDisk()
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink, store: "\(disk.folder)/hub.db"))
        try await hub.start()
        disk.fill()
        var statuses: Set<Int> = []
        var number = 0
        // Until the log has used up what room it had of its own.
        while !statuses.contains(503) {
            number += 1
            let status = try await send(number, to: hub)
            statuses.insert(status)
            guard status != 0 else { break }
        }
        #expect(statuses.isSubset(of: [200, 503]), "\(hub.log)")
        let bad = await health(hub)
        #expect(bad.status == 503)
        #expect(bad.json["parts"]?["disk"]?["reason"] == "the disk is full")
        disk.clear()
        while await health(hub).status != 200 {}
        #expect(try await send(number, to: hub) == 200)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test(
        "however little room there is at the start, the hub serves or says why, and is never ended by a signal",
        .enabled(if: Machine.mounts, "needs root and a loop device"))
    func littleRoom() async throws {
        let disk = try SmallDisk()
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink, store: "\(disk.folder)/hub.db"))
        try await hub.start()
        hub.signal(SIGTERM)
        await hub.ended()
        var served = 0
        for blocks in stride(from: 0, through: 96, by: 8) {
            unlink("\(disk.folder)/hub.db.crashes")
            disk.fill(leaving: blocks * 1024)
            try await hub.start(mayEnd: true)
            if hub.log.contains("listens on") {
                served += 1
                #expect([200, 503].contains(try await send(blocks, to: hub)), "\(blocks) KB: \(hub.log)")
                hub.signal(SIGTERM)
                #expect(await hub.ended() == 0, "\(blocks) KB: \(hub.log)")
            } else {
                #expect(await hub.ended() == 1, "\(blocks) KB: \(hub.log)")
                #expect(hub.log.contains("disk"), "\(blocks) KB: \(hub.log)")
            }
            disk.clear()
        }
        #expect(served > 0)
    }

    @Test(
        "a crash journal for which there is no room is done without, and that is told once",
        .enabled(if: Machine.traces, "needs strace"))
    func noJournal() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        let trace = hub.folder.appendingPathComponent("trace")
        try await hub.start(tracing: trace, traced: "fallocate", injected: "fallocate:error=ENOSPC")
        for number in 0..<3 { #expect(try await send(number, to: hub) == 200) }
        await sink.received(3)
        #expect(hub.log.components(separatedBy: "hub.db.crashes").count == 2, "\(hub.log)")
        if let child = SupervisorTests.child(of: hub.id) { kill(child, SIGKILL) }
        await hub.ended()
    }

    @Test(
        "whatever the disk answers, health tells it, and is well again by itself",
        .enabled(if: Machine.traces, "needs strace"),
        arguments: [
            ("fdatasync:error=EIO", "the disk failed"), ("pwrite64:error=EIO", "the disk failed"),
            ("pwrite64:error=EROFS", "the disk failed"), ("pwrite64:error=ENOSPC", "the disk is full"),
        ])
    func disk(fault: String, reason: String) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        #expect(try await send(1, to: hub) == 200)
        #expect(await health(hub).status == 200)
        let faults = try await CallFaults(fault, in: hub.id)
        #expect(try await send(2, to: hub) == 503)
        let bad = await health(hub)
        #expect(bad.status == 503)
        #expect(bad.json["status"] == "failing")
        #expect(bad.json["parts"]?["disk"]?["status"] == "failing")
        #expect(bad.json["parts"]?["disk"]?["reason"]?.string?.hasPrefix(reason) == true, "\(bad.json)")
        #expect(bad.json["parts"]?["sender"]?["status"] == "ok")
        faults.heal()
        // Nobody sends anything: the hub finds out by itself.
        while await health(hub).status != 200 {}
        #expect(try await send(2, to: hub) == 200)
    }

    @Test("a file-size limit refuses webhooks and does not end the hub")
    func fileSizeLimit() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        try Machine.run("/usr/bin/prlimit", ["--pid", "\(hub.id)", "--fsize=1:unlimited"])
        #expect(try await send(1, to: hub) == 503)
        #expect(await health(hub).status == 503)
        try Machine.run("/usr/bin/prlimit", ["--pid", "\(hub.id)", "--fsize=unlimited"])
        while await health(hub).status != 200 {}
        #expect(try await send(1, to: hub) == 200)
    }
}
