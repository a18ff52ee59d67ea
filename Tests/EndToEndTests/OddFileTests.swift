import Foundation
import Testing

@Suite("What is no file", .serialized, .timeLimit(.minutes(2)))
struct OddFileTests {
    private static let routes = "routes: [{ name: all, on: call.ended, to: sink }]"

    enum Role: String, CaseIterable { case secret, include, main }
    enum Kind: String, CaseIterable { case pipe, device, socket, folder }

    @Test(
        "in the place of a secret, an included or the main file is a mistake, and nothing waits for it",
        arguments: Role.allCases, Kind.allCases)
    func refused(role: Role, kind: Kind) async throws {
        let sink = try Sink()
        let text = Setup.configuration(sink: sink.port, routes: Self.routes)
        let hub = try HubProcess(text)
        let odd = hub.folder.appendingPathComponent("odd").path
        try make(kind, at: odd)
        switch role {
        case .secret: try hub.write(text.replacingOccurrences(of: "secret: outgoing", with: "secret: \"${file:odd}\""))
        case .include: try hub.write("include: [odd]\n" + text)
        case .main: break
        }
        let checked = try hub.command("check", role == .main ? odd : hub.file.path)
        #expect(checked.code == 1)
        #expect(
            (checked.error + checked.output).contains(kind == .folder ? "it is a folder" : "it is not a regular file"),
            "\(checked)")
    }

    private func make(_ kind: Kind, at path: String) throws {
        switch kind {
        case .pipe: #expect(mkfifo(path, 0o600) == 0)
        case .device: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
        case .socket: #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
        case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    @Test("at a reload leaves the configuration in force, and the hub goes on")
    func reloaded() async throws {
        let sink = try Sink()
        let text = Setup.configuration(sink: sink.port, routes: Self.routes)
        let hub = try HubProcess(text)
        try await hub.start()
        #expect(mkfifo(hub.folder.appendingPathComponent("odd").path, 0o600) == 0)
        try hub.write("include: [odd]\n" + text)
        hub.signal(SIGHUP)
        while !hub.log.contains("the configuration was not reloaded") { await Task.yield() }
        #expect(hub.log.contains("it is not a regular file"))
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test("SIGTERM is obeyed while a reload goes on")
    func stoppedWhileReloading() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        let gate = hub.folder.appendingPathComponent("gate").path
        #expect(mkfifo(gate, 0o600) == 0)
        try await hub.start(environment: ["HUB_FAILPOINT": "reload:wait:\(gate)"])
        // It can be opened when the reload has come as far as reading from it, which it then does for ever. A signal that
        // comes before the hub looks out for signals is none.
        var end: Int32 = -1
        while end < 0 {
            hub.signal(SIGHUP)
            await Task.yield()
            end = open(gate, O_WRONLY | O_NONBLOCK)
        }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
        close(end)
    }
}

@Suite("The inbox of development", .serialized, .timeLimit(.minutes(1)))
struct InboxTests {
    @Test("answers only under names of this machine, so that no web page can read it by a name of its own")
    func names() async throws {
        let hub = try HubProcess(
            """
            hub: { listen: "127.0.0.1:0", store: "sqlite:data/hub.db" }
            adapters: { voqo: { secret: "\(Setup.secret)" } }
            endpoints: { inbox: { url: "http://127.0.0.1:9/inbox" } }
            """)
        try await hub.start(options: ["--dev"])
        let port = hub.port
        /// The hub's own client sends no other name than that of the URL.
        func answer(_ method: String, _ query: String, as name: String) throws -> String {
            let peer = try Peer(port: port)
            peer.send(
                "\(method) /inbox\(query) HTTP/1.1\r\nHost: \(name)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return peer.readAll()
        }
        for name in ["127.0.0.1:\(port)", "localhost", "LOCALHOST:\(port)", "[::1]:\(port)", "127.8.9.1", "localhost."]
        {
            let answer = try answer("GET", "", as: name)
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(name): \(answer)")
            #expect(answer.contains("The inbox is empty"))
        }
        for name in [
            "evil.example:\(port)", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0",
            "127.0.0.1@evil.example", "2130706433",
        ] {
            for (method, query) in [("GET", ""), ("GET", "?json"), ("POST", ""), ("DELETE", "")] {
                let answer = try answer(method, query, as: name)
                let isRefused = answer.hasPrefix("HTTP/1.1 403 ") || answer.hasPrefix("HTTP/1.1 400 ")
                #expect(isRefused, "\(method) as \(name): \(answer)")
                #expect(!answer.contains("The inbox is empty"))
            }
        }
    }
}
