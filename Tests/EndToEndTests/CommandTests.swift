import Foundation
import HubModel
import Testing

@Suite("The command line", .serialized, .timeLimit(.minutes(2)))
struct CommandTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(
        "the reference pages are what the program prints; `hub reference` writes them anew",
        arguments: ["configuration", "model", "filters"])
    func reference(topic: String) throws {
        let page = try String(contentsOf: Self.root.appendingPathComponent("docs/\(topic).md"), encoding: .utf8)
        let printed = try HubProcess.run(["reference", topic])
        #expect(printed.code == 0)
        #expect(page == printed.output, "docs/\(topic).md is stale: hub reference \(topic) > docs/\(topic).md")
    }

    @Test("the example configuration is good, and its own tests pass")
    func example() throws {
        let check = try HubProcess.run(["check", "adapters.yaml", "--dev"], folder: Self.root)
        #expect(check.code == 0, "\(check.error)")
        #expect(check.output.hasPrefix("adapters.yaml is good: 5 adapters"))
        let tests = try HubProcess.run(["test", "adapters.yaml"], folder: Self.root)
        #expect(tests.code == 0, "\(tests.output)")
    }

    @Test("without its secrets the example does not start, and each missing one is named")
    func missingSecrets() throws {
        let run = try HubProcess.run(["run", "adapters.yaml"], folder: Self.root)
        #expect(run.code == 1)
        for name in [
            "VOQO_WEBHOOK_SECRET", "VAPI_WEBHOOK_SECRET", "OPENPHONE_SIGNING_KEY", "VOGENT_WEBHOOK_SECRET",
            "VOCELIO_WEBHOOK_SECRET", "CRM_SECRET",
        ] {
            #expect(run.error.contains("the environment variable \(name) is not set"))
        }
    }

    @Test("explain shows the events, the part of a condition that failed, and the request")
    func explain() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-explain-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try """
        adapters: { voqo: { secret: s3cr3t } }
        endpoints: { crm: { url: "https://crm.example.com/{{ event.type }}", headers: { Authorization: "Bearer ${env:TOKEN}" } } }
        routes:
          - { name: long, on: call.ended, when: call.direction == "inbound" and call.duration_s >= 60, to: crm }
          - { name: any, on: call.ended, to: crm, body: { seconds: "{{ call.duration_s }}" } }
        """.write(to: folder.appendingPathComponent("adapters.yaml"), atomically: true, encoding: .utf8)
        let shown = try HubProcess.run(
            ["explain", "voqo", "call_ended"], folder: folder, environment: ["TOKEN": "t0p-s3cret"])
        #expect(shown.code == 0, "\(shown.error)")
        #expect(shown.output.contains("✗ call.duration_s >= 60: call.duration_s is 20"))
        #expect(shown.output.contains("→ crm: POST https://crm.example.com/call.ended"))
        #expect(shown.output.contains("\"seconds\": 20"))
        #expect(!shown.output.contains("t0p-s3cret"))
        let json = try JSON(
            parsing: try HubProcess.run(
                ["explain", "voqo", "call_ended", "--json"], folder: folder, environment: ["TOKEN": "t"]
            ).output)
        #expect(json["events"]?[0]?["routes"]?[1]?["requests"]?[0]?["body"] == ["seconds": 20])
    }

    @Test(
        "usage mistakes exit with 2 and say what to do",
        arguments: [
            (["chek"], "Did you mean \"check\"?"), (["run", "a", "b"], "unexpected \"b\""),
            (["events"], "missing ACTION"),
            (["events", "lst"], "is not one of list, show"), (["check", "--josn"], "unknown option --josn"),
            (["send", "voqo"], "missing PAYLOAD"),
            (["events", "list", "--limit", "0"], "--limit takes a whole number from 1"),
        ])
    func usage(words: [String], message: String) throws {
        let run = try HubProcess.run(words)
        #expect(run.code == 2)
        #expect(run.error.contains(message), "\(run.error)")
    }

    @Test("every command explains itself")
    func help() throws {
        let all = try HubProcess.run(["help"])
        for command in [
            "run", "check", "test", "explain", "send", "events", "calls", "messages", "deliveries", "dead", "template",
            "adapters", "model", "reference", "version",
        ] {
            #expect(all.output.contains("\n  \(command) "))
            let help = try HubProcess.run([command, "--help"])
            #expect(help.code == 0)
            #expect(help.output.contains("Usage: hub \(command)"))
        }
    }

    @Test("template renders a sample, keeps types as JSON, points at mistakes, and answers cases")
    func template() throws {
        let text = try HubProcess.run([
            "template", "{{ call.direction | title }} for {{ call.duration_s }} s", "--sample", "voqo/call_ended",
        ])
        #expect(text.output == "Inbound for 20 s\n")
        #expect(
            try HubProcess.run(["template", "{{ call.duration_s }}", "--event", "call.ended", "--json"]).output
                .trimmingCharacters(in: .whitespacesAndNewlines).allSatisfy(\.isNumber))
        let wrong = try HubProcess.run(["template", "a {{ b | }}"])
        #expect(wrong.code == 1)
        #expect(wrong.error.contains("line 1") && wrong.error.contains("^"))
        let file = FileManager.default.temporaryDirectory.appending(path: "hub-\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(
            """
            vars: { team: sales }
            adapters: { voqo: { secret: "${env:NOT_SET}" } }
            templates:
              who: "{{ call.direction }} for {{ vars.team }}"
              card: { text: "{% include 'who' %}", seconds: "{{ call.duration_s }}" }
            """.utf8
        ).write(to: file)
        let place = ["--config", file.path, "--sample", "voqo/call_ended"]
        #expect(try HubProcess.run(["template", "<{% include 'who' %}>"] + place).output == "<inbound for sales>\n")
        #expect(
            try HubProcess.run(["template", "--body", "card", "--json"] + place).output
                == #"{"text":"inbound for sales","seconds":20}"# + "\n")
        let unknown = try HubProcess.run(["template", "--body", "cart"] + place)
        #expect(unknown.code == 1 && unknown.error.contains("there is who, card"))
        let cases = try HubProcess.run(
            ["template", "--cases"],
            input: #"{"id":"1","template":"{{ x + 1 }}","context":{"x":2}}"# + "\n"
                + #"{"id":"2","template":"{{ nope() }}","context":{}}"# + "\n")
        #expect(cases.output.split(separator: "\n").first == #"{"id":"1","output":"3"}"#)
        #expect(cases.output.contains(#""id":"2","error":"#))
    }

    @Test("dead deliveries are listed with their reason; retry sends them by the corrected file, once")
    func deadLetters() async throws {
        let sink = try Sink()
        let wrong = "routes: [{ name: r, on: call.ended, to: sink, body: { v: \"{{ raw.data.nope }}\" } }]"
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: wrong))
        try await hub.start()
        _ = await Setup.send(try Setup.webhook("voqo", Setup.voqo(1)), to: hub)
        var dead = JSON.array([])
        while dead.array?.isEmpty == true { dead = try JSON(parsing: try hub.command("dead", "list", "--json").output) }
        #expect(dead[0]?["reason"]?.string?.contains("raw.data.nope") == true)
        let id = try #require(dead[0]?["id"]?.string)
        // Whoever corrects the file may look into the database while the file is wrong.
        try hub.write(
            Setup.configuration(sink: sink.port, routes: "routes: [{ name: r, on: call.endet, to: nobody }]"))
        #expect(try hub.command("dead", "list", "--json").output.contains(id))
        try hub.write(
            Setup.configuration(
                sink: sink.port, routes: wrong.replacingOccurrences(of: "raw.data.nope", with: "raw.data.id")))
        hub.signal(SIGHUP)
        while !hub.log.contains("was reloaded") { await Task.yield() }
        #expect(try hub.command("dead", "retry", id).code == 0)
        #expect(try hub.command("dead", "retry", id).code == 1)
        await sink.received(1)
        #expect(sink.receipts[0].json == ["v": "call-1"])
        #expect(sink.receipts[0].header("X-Hub-Delivery") == id)
        #expect(try hub.command("dead", "discard", "dlv_0").code == 1)
    }

    @Test("a port in use, a folder that cannot be written, a file that is not there: one clear line each")
    func startFailures() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try hub.write("hub: { listen: \"127.0.0.1:\(sink.port)\" }\nadapters: { voqo: { secret: s3cr3t } }")
        let port = try HubProcess.run(["run", hub.file.path])
        #expect(port.code == 1)
        #expect(port.error.contains("cannot listen on 127.0.0.1:\(sink.port)"))
        try hub.write(
            "hub: { listen: \"127.0.0.1:0\", store: \"sqlite:/proc/nowhere/hub.db\" }\nadapters: { voqo: { secret: s3cr3t } }"
        )
        let folder = try HubProcess.run(["run", hub.file.path])
        #expect(folder.code == 1)
        #expect(folder.error.contains("/proc/nowhere"))
        let file = try HubProcess.run(["run", "/nowhere/adapters.yaml"])
        #expect(file.code == 1)
        #expect(file.error.contains("cannot be read: it does not exist"))
    }

    @Test("two hubs cannot share a database")
    func lock() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port))
        try await hub.start()
        let second = try HubProcess.run(["run", hub.file.path])
        #expect(second.code == 1)
        #expect(second.error.contains("another hub (process"))
    }
}
