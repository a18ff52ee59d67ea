import AdapterKit
import Foundation
import HubModel
import OpenPhone
import Testing
import Vapi
import Vocelio
import Vogent
import Voqo

/// One configuration for all: every provider in, everything to one sink.
enum Setup {
    static let secret = "c2VjcmV0LW9mLXRoZS10ZXN0cw=="
    static let modules: [any Adapter.Type] = [Voqo.self, Vapi.self, OpenPhone.self, Vogent.self, Vocelio.self]

    static func configuration(sink: Int, routes: String? = nil, endpoint: String = "", extra: String = "") -> String {
        """
        hub: { listen: "127.0.0.1:0", store: "sqlite:data/hub.db", shutdown_grace: 20s }
        adapters:
        \(modules.map { "  \($0.spec.name): { secret: \"\(secret)\" }" }.joined(separator: "\n"))
        endpoints:
          sink:
            url: http://127.0.0.1:\(sink)/in/{{ event.type }}
            allow: [127.0.0.0/8]
            sign: { scheme: hmac-sha256, secret: outgoing, header: X-Signature, prefix: "sha256=" }
        \(endpoint.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        \(routes ?? "routes:\n  - { name: all, on: \"*\", to: sink }")
        \(extra)
        """
    }

    /// A sample as its provider would send it at `time`, to the adapter with the module's name unless `adapter` is
    /// another.
    static func webhook(
        _ name: String, _ body: [UInt8], headers: [(name: String, value: String)] = [], at time: Timestamp? = nil,
        settings text: String = "secret: \"\(secret)\"", to adapter: String? = nil
    ) throws -> RawWebhook {
        let path = "/webhooks/\(adapter ?? name)"
        let module = try #require(modules.first { $0.spec.name == name })
        let source = SourceFile(name: "settings.yaml", text: text)
        let node = try ConfigLoader(
            ConfigEnvironment(variable: { _ in nil }, readFile: { _, _ in source.bytes }, listFolder: { _ in [] })
        ).load("settings.yaml").root
        var problems = Diagnostics()
        let adapter = try module.init(
            Section(node, of: "adapter", fields: CommonSettings.fields + module.spec.settings, &problems))
        let now = time ?? Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        var webhook = RawWebhook(
            target: path, headers: Headers([("Content-Type", "application/json")] + headers), body: body,
            receivedAt: now)
        webhook.headers.fields += adapter.proof.sign(webhook, at: now)
        return webhook
    }

    static func send(_ webhook: RawWebhook, to hub: HubProcess) async -> (
        status: Int, headers: [(name: String, value: String)], body: String
    ) {
        await request(
            "POST", "http://127.0.0.1:\(hub.port)\(webhook.target)", headers: webhook.headers.fields, body: webhook.body
        )
    }

    static func voqo(_ number: Int, text: String = "hello") -> [UInt8] {
        Array(
            #"{"_id":"evt-\#(number)","event_type":"call_ended","timestamp":1760000060,"data":{"id":"call-\#(number)","status":"completed","direction":"inbound","from_phone":"+61491570006","to_phone":"+61255500001","duration":20,"call_summary":"\#(text)","start_time":"2025-10-09T08:54:00.000Z","end_time":"2025-10-09T08:54:20.000Z"}}"#
                .utf8)
    }
}

@Suite("From a provider's request to the receiver", .serialized, .timeLimit(.minutes(2)))
struct FlowTests {
    @Test("every sample of every provider is accepted, routed, rendered, signed and delivered")
    func everySample() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try await hub.start()
        var expected = 0
        for module in Setup.modules {
            for sample in module.spec.samples {
                let webhook = try Setup.webhook(module.spec.name, Array(sample.body.utf8), headers: sample.headers)
                let answer = await Setup.send(webhook, to: hub)
                #expect(answer.status == 200, "\(module.spec.name) \(sample.name): \(answer.body)")
            }
        }
        let listed = try hub.command("events", "list", "--limit", "10000", "--json")
        expected = try JSON(parsing: listed.output).array?.count ?? 0
        #expect(expected > 100)
        await sink.received(expected)
        let ids = Set(sink.receipts.compactMap { $0.json["id"]?.string })
        #expect(ids.count == expected)
        for receipt in sink.receipts {
            #expect(receipt.path == "/in/\(receipt.json["type"]?.string ?? "")")
            #expect(receipt.header("X-Hub-Event") == receipt.json["type"]?.string)
            #expect(receipt.header("X-Signature")?.hasPrefix("sha256=") == true)
        }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test("a kill between accept and delivery loses nothing: after a restart all of it arrives")
    func killed() async throws {
        // The sink holds every answer back, so nothing is settled when the process dies.
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(
            Setup.configuration(
                sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]", endpoint: "concurrency: 2"
            ))
        try await hub.start()
        var accepted: Set<String> = []
        for number in 0..<40 {
            let answer = await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub)
            if answer.status == 200 { accepted.insert("call-\(number)") }
        }
        #expect(accepted.count == 40)
        hub.kill()
        await hub.ended()
        let second = try Sink()
        try hub.write(
            Setup.configuration(sink: second.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        await second.received(40)
        let arrived = Set(second.receipts.compactMap { $0.json["call"]?["provider_call_id"]?.string })
        #expect(arrived == accepted)
        // What was under way when it died comes again under the same delivery id.
        let before = Set(sink.receipts.compactMap { $0.header("X-Hub-Delivery") })
        #expect(before.isSubset(of: Set(second.receipts.compactMap { $0.header("X-Hub-Delivery") })))
    }

    @Test("fifty identical requests at once are one event and fifty receipts, also after a restart")
    func identical() async throws {
        let sink = try Sink()
        let hub = try HubProcess(
            Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        let webhook = try Setup.webhook("voqo", Setup.voqo(1))
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { await Setup.send(webhook, to: hub).status } }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 50))
        hub.signal(SIGTERM)
        await hub.ended()
        try await hub.start()
        #expect(await Setup.send(webhook, to: hub).status == 200)
        let events = try JSON(parsing: try hub.command("events", "list", "--type", "call.ended", "--json").output)
        #expect(events.array?.count == 1)
        await sink.received(1)
        #expect(sink.receipts.count == 1)
    }

    @Test("the same id with another body is kept as a conflict and makes no event")
    func conflict() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try await hub.start()
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1, text: "other")), to: hub).status == 200)
        let rows = try JSON(parsing: try hub.command("events", "list", "--set-aside", "--json").output)
        #expect(rows[0]?["status"] == "conflict")
        #expect(rows.array?.count == 1)
    }

    @Test("what no proof covers neither repeats a captured webhook nor displaces a genuine one")
    func unprovenIDs() async throws {
        let sink = try Sink()
        let functions = "functions: { header: X-Function-Key, secret: \"of-the-functions\" }"
        let plain = "  vogent: { secret: \"\(Setup.secret)\" }"
        let signed = "hmac: { secret: of-the-signatures }"
        let hub = try HubProcess(
            Setup.configuration(sink: sink.port).replacing(
                plain,
                with: """
                      vogent: { secret: "\(Setup.secret)", \(functions) }
                      mixed: { use: vapi, secret: "\(Setup.secret)", \(signed) }
                    """))
        try await hub.start()
        func events(_ source: String) throws -> Int? {
            try JSON(parsing: try hub.command("events", "list", "--json", "--source", source).output).array?.count
        }

        // Vocelio signs the body and none of its headers.
        let body =
            #"{"event_type":"call.missed","event_id":"c1","timestamp":"2025-10-09T09:00:00Z","data":{"call":{"id":"c1"}}}"#
        for id in ["d1", "d2", "d3", "d4", "d5"] {
            let captured = try Setup.webhook("vocelio", Array(body.utf8), headers: [("X-Webhook-ID", id)])
            #expect(await Setup.send(captured, to: hub).status == 200)
        }
        #expect(try events("vocelio") == 1)

        // Vapi's secret says who sends and nothing about the body, so neither about the id in it.
        func update(_ text: String) -> [UInt8] {
            Array(
                #"{"message":{"type":"status-update","status":"ended","endedReason":"\#(text)","call":{"id":"v1"}}}"#
                    .utf8)
        }
        for text in ["forged", "customer-ended-call", "customer-ended-call", "forged", "customer-ended-call"] {
            #expect(await Setup.send(try Setup.webhook("vapi", update(text)), to: hub).status == 200)
        }
        #expect(try events("vapi") == 2)

        // Where a signature and a secret are both accepted, what the secret lets in cannot displace what is signed.
        #expect(await Setup.send(try Setup.webhook("vapi", update("forged"), to: "mixed"), to: hub).status == 200)
        for text in ["customer-ended-call", "customer-ended-call"] {
            let genuine = try Setup.webhook("vapi", update(text), settings: signed, to: "mixed")
            #expect(await Setup.send(genuine, to: hub).status == 200)
        }
        #expect(try events("mixed") == 2)

        // The secret of Vogent's functions is for function calls.
        var notification = try Setup.webhook(
            "vogent", Array(#"{"event":"dial.updated","payload":{"dial_id":"d1","status":"completed"}}"#.utf8))
        let genuine = notification
        notification.headers = Headers([("X-Function-Key", "of-the-functions")])
        let refused = await Setup.send(notification, to: hub)
        #expect(refused.status == 401)
        #expect(refused.body.contains("out_of_scope"))
        #expect(try events("vogent") == 0)
        #expect(await Setup.send(genuine, to: hub).status == 200)
        #expect(try events("vogent") == 1)
        #expect(try JSON(parsing: try hub.command("events", "list", "--set-aside", "--json").output).array?.count == 0)
    }

    @Test("what cannot be decoded is answered 202 and kept, what is not authentic 401, what is not there 404")
    func refusals() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try await hub.start()
        let broken = try Setup.webhook("voqo", Array("{\"event_type\":".utf8))
        #expect(await Setup.send(broken, to: hub).status == 202)
        let rows = try JSON(parsing: try hub.command("events", "list", "--set-aside", "--json").output)
        #expect(rows[0]?["status"] == "quarantined")
        #expect(rows[0]?["body"] == "{\"event_type\":")

        var forged = try Setup.webhook("voqo", Setup.voqo(2))
        forged.body.append(0x20)
        let refused = await Setup.send(forged, to: hub)
        #expect(refused.status == 401)
        #expect(!refused.body.contains(Setup.secret))
        #expect(await request("POST", "http://127.0.0.1:\(hub.port)/webhooks/nobody").status == 404)
        let get = await request("GET", "http://127.0.0.1:\(hub.port)/webhooks/voqo")
        #expect(get.status == 405)
        #expect(get.headers.contains { $0.name == "allow" && $0.value == "POST" })
        #expect(await request("GET", "http://127.0.0.1:\(hub.port)/webhooks/voqo/test").status == 200)
        #expect(await request("GET", "http://127.0.0.1:\(hub.port)/healthz").status == 200)
    }

    @Test("SIGTERM with deliveries under way finishes them and exits with 0")
    func drains() async throws {
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(
            Setup.configuration(
                sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]",
                endpoint: "concurrency: 100"))
        try await hub.start()
        for number in 0..<60 { _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub) }
        await sink.received(60)
        hub.signal(SIGTERM)
        sink.release()
        #expect(await hub.ended() == 0)
        let rows = try JSON(
            parsing: try hub.command("deliveries", "list", "--state", "delivered", "--limit", "100", "--json").output)
        #expect(rows.array?.count == 60)
    }

    @Test("a reload with a mistake changes nothing, a good one takes effect, and no event is lost between")
    func reload() async throws {
        let sink = try Sink()
        let hub = try HubProcess(
            Setup.configuration(
                sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink, body: { v: one } }]"))
        try await hub.start()
        _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub)
        await sink.received(1)
        try hub.write(Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.endet, to: sink }]"))
        hub.signal(SIGHUP)
        while !hub.log.contains("was not reloaded") { await Task.yield() }
        #expect(hub.log.contains("Did you mean \"call.ended\"?"))
        _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(2)), to: hub)
        await sink.received(2)
        #expect(sink.receipts[1].json["v"] == "one")
        try hub.write(
            Setup.configuration(
                sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink, body: { v: two } }]"))
        hub.signal(SIGHUP)
        while !hub.log.contains("was reloaded") { await Task.yield() }
        _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(3)), to: hub)
        await sink.received(3)
        #expect(sink.receipts[2].json["v"] == "two")
    }

    @Test("a delivery that crashes the program while it is rendered is dead after two crashes, and the rest goes on")
    func poisonousDelivery() async throws {
        let sink = try Sink()
        let routes = "routes: [{ name: all, on: call.ended, to: sink }]"
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: routes))
        let environment = ["HUB_FAILPOINT": "render:crash:evt-666"]
        try await hub.start(environment: environment)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(666)), to: hub).status == 200)
        #expect(await hub.ended() != 0)
        // The second crash comes by itself: what is pending is taken up at the start.
        try await hub.start(environment: environment, mayEnd: true)
        #expect(await hub.ended() != 0)
        try await hub.start(environment: environment)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(2)), to: hub).status == 200)
        await sink.received(1)
        #expect(sink.receipts[0].json["call"]?["provider_call_id"] == "call-2")
        var dead = JSON.array([])
        while dead.array?.isEmpty == true { dead = try JSON(parsing: try hub.command("dead", "list", "--json").output) }
        #expect(dead[0]?["reason"] == "it crashed the hub 2 times while its request was made")
    }

    @Test("a webhook that crashes the program is quarantined after two crashes, and the rest goes on")
    func poison() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        let environment = ["HUB_FAILPOINT": "decode:crash:poison"]
        let poison = try Setup.webhook("voqo", Setup.voqo(1, text: "poison"))
        for _ in 0..<2 {
            try await hub.start(environment: environment)
            #expect(await Setup.send(poison, to: hub).status == 0)
            #expect(await hub.ended() != 0)
        }
        try await hub.start(environment: environment)
        #expect(await Setup.send(poison, to: hub).status == 202)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(2)), to: hub).status == 200)
    }
}

@Suite("Signals and the order of syncs", .serialized, .timeLimit(.minutes(2)))
struct SignalTests {
    @Test("a second SIGTERM ends the process at once and loses nothing")
    func twice() async throws {
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(
            Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        for number in 0..<5 { _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub) }
        await sink.received(5)
        hub.signal(SIGTERM)
        while !hub.log.contains("stopping") { await Task.yield() }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 1)
        let second = try Sink()
        try hub.write(
            Setup.configuration(sink: second.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        await second.received(5)
        #expect(
            Set(second.receipts.compactMap { $0.header("X-Hub-Delivery") })
                == Set(sink.receipts.compactMap { $0.header("X-Hub-Delivery") }))
    }

    @Test("SIGHUP at any moment is queued or ignored, never deadly")
    func hangUps() async throws {
        let sink = try Sink { _, _ in nil }
        let hub = try HubProcess(
            Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]"))
        try await hub.start()
        _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub)
        await sink.received(1)
        for _ in 0..<50 { hub.signal(SIGHUP) }
        hub.signal(SIGTERM)
        while !hub.log.contains("stopping") { await Task.yield() }
        for _ in 0..<50 { hub.signal(SIGHUP) }
        sink.release()
        #expect(await hub.ended() == 0)
    }

    @Test("the sync of the log comes before the first byte of the answer")
    func syncFirst() async throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else {
            Issue.record("strace is missing; `make packages` installs it")
            return
        }
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        let trace = hub.folder.appendingPathComponent("trace")
        try await hub.start(tracing: trace)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub).status == 200)
        // The process is the tracer; the hub's own id is in its lock file.
        let holder = try String(contentsOf: hub.folder.appendingPathComponent("data/hub.db.lock"), encoding: .utf8)
        kill(try #require(Int32(holder.filter(\.isNumber))), SIGTERM)
        await hub.ended()
        let lines = try String(contentsOf: trace, encoding: .utf8).split(separator: "\n")
        let written = try #require(
            lines.firstIndex {
                $0.contains("hub.db-wal") && $0.contains("pwrite64") && $0.contains("evt-1")
                    || $0.contains("call_ended") && $0.contains("pwrite64")
            })
        let synced = try #require(lines[written...].firstIndex { $0.contains("fdatasync(") || $0.contains("fsync(") })
        let finished = try #require(
            lines[synced...].firstIndex { ($0.contains("fdatasync") || $0.contains("fsync")) && $0.contains("= 0") })
        let answered = try #require(lines.firstIndex { $0.contains("HTTP/1.1 200 OK") })
        #expect(finished < answered)
    }
}
