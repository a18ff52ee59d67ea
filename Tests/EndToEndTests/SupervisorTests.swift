import Foundation
import HubModel
import Testing

@Suite("The process that comes back by itself", .serialized, .timeLimit(.minutes(3)))
struct SupervisorTests {
    private static let routes = "routes: [{ name: all, on: call.ended, to: sink }]"

    @Test("a hub that is killed under load is back at once: nothing accepted is lost, nobody is refused")
    func killedUnderLoad() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start(isSupervised: true)
        let parent = hub.id
        var accepted: Set<String> = []
        for number in 0..<60 {
            if number % 20 == 10 { kill(try #require(Self.child(of: parent)), SIGKILL) }
            let answer = await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub)
            // A request that was in the dying process has no answer; one that comes later waits for the next.
            #expect(answer.status == 200 || answer.status == 0)
            if answer.status == 200 { accepted.insert("call-\(number)") }
        }
        #expect(accepted.count >= 57)
        while !accepted.isSubset(of: Self.arrived(sink)) { await Task.yield() }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
        #expect(hub.log.contains("the hub crashed (signal 9) and is started again"))
        #expect(hub.log.contains("crash 3 in a row"))
    }

    private static func arrived(_ sink: Sink) -> Set<String> {
        Set(sink.receipts.compactMap { $0.json["call"]?["provider_call_id"]?.string })
    }

    @Test("a webhook that crashes the hub is quarantined after the second crash, and nobody had to start it again")
    func poison() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try await hub.start(environment: ["HUB_FAILPOINT": "decode:crash:poison"], isSupervised: true)
        let poison = try Setup.webhook("voqo", Setup.voqo(1, text: "poison"))
        #expect(await Setup.send(poison, to: hub).status == 0)
        #expect(await Setup.send(poison, to: hub).status == 0)
        #expect(await Setup.send(poison, to: hub).status == 202)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(2)), to: hub).status == 200)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test("SIGTERM ends both, SIGHUP reaches the hub")
    func signals() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start(isSupervised: true)
        let child = try #require(Self.child(of: hub.id))
        try hub.write(Setup.configuration(sink: sink.port, routes: Self.routes) + "\nvars: { changed: yes }")
        hub.signal(SIGHUP)
        while !hub.log.contains("the configuration was reloaded") { await Task.yield() }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
        #expect(kill(child, 0) != 0, "the hub outlived its parent")
        #expect(hub.log.contains("stopped: "))
    }

    @Test("a service manager that tells parent and hub gets an orderly end all the same")
    func bothAreTold() async throws {
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start(isSupervised: true)
        let child = try #require(Self.child(of: hub.id))
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        await sink.received(1)
        kill(child, SIGTERM)
        hub.signal(SIGTERM)
        while !hub.log.contains("stopping") { await Task.yield() }
        sink.release()
        #expect(await hub.ended() == 0)
        #expect(hub.log.contains("delivered 1"))
    }

    @Test("a second SIGTERM ends both at once")
    func twice() async throws {
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start(isSupervised: true)
        let child = try #require(Self.child(of: hub.id))
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        await sink.received(1)
        hub.signal(SIGTERM)
        while !hub.log.contains("stopping") { await Task.yield() }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 1)
        while kill(child, 0) == 0 { await Task.yield() }
    }

    @Test("a hub whose parent is killed ends as well, and the next one finds port and database free")
    func parentKilled() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start(isSupervised: true)
        let child = try #require(Self.child(of: hub.id))
        hub.kill()
        await hub.ended()
        while kill(child, 0) == 0 { await Task.yield() }
        try await hub.start(isSupervised: true)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test("what keeps a hub from starting is told once, and is no crash")
    func cannotStart() async throws {
        let sink = try Sink()
        let first = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await first.start(isSupervised: true)
        let text = Setup.configuration(sink: sink.port, routes: Self.routes)
        let second = try HubProcess(
            text.replacingOccurrences(of: "sqlite:data/hub.db", with: "sqlite:\(first.folder.path)/data/hub.db"))
        try await second.start(mayEnd: true, isSupervised: true)
        #expect(await second.ended() == 1)
        #expect(second.log.components(separatedBy: "is using the database").count == 2, "\(second.log)")
        #expect(!second.log.contains("crashed"))
        try second.write("adapters: { voqo: { secrt: x } }")
        try await second.start(mayEnd: true, isSupervised: true)
        #expect(await second.ended() == 1)
        #expect(second.log.components(separatedBy: "unknown setting \"secrt\"").count == 2, "\(second.log)")
    }

    /// The process that a parent has started.
    static func child(of parent: Int32) -> Int32? {
        let path = "/proc/\(parent)/task/\(parent)/children"
        // The thread that started it is not always the first one.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
        for thread in threads {
            let file = path.replacingOccurrences(of: "/task/\(parent)/", with: "/task/\(thread)/")
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { continue }
            if let id = text.split(separator: " ").last.flatMap({ Int32($0) }) { return id }
        }
        return nil
    }
}
