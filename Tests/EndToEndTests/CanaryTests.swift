import AdapterKit
import Foundation
import HubModel
import Testing

/// Forty secrets and more, each in another place where one may stand, and everything that the program prints or keeps.
@Suite("Secrets that are nowhere to be found", .serialized, .timeLimit(.minutes(3)))
struct CanaryTests {
    private static let names = [
        "vapi", "var", "header", "path", "query", "host", "body", "base64", "condition", "filter", "text", "sign",
        "public", "hookpath", "store", "include", "echoed", "number", "refused", "dead", "urlvar", "joined",
    ]

    /// A secret of its own for every place, such as that no word of the program holds.
    private static func canary(_ place: String) -> String { "kanarie-\(place)-9f31c7" }

    private static let literals = [
        "voqo", "vocelio1", "vocelio2", "apitoken", "bearerheader", "ownheader", "signature", "bodykey", "varpassword",
        "smtppass",
    ]
    private static let files = ["openphone", "vogent", "pem1", "pem2", "fileheader"]
    private static let headers = [
        "X-Auth", "X-Pass", "X-JWT", "Authorization", "Cookie", "X-Whatever", "X-Session", "Proxy-Authorization",
    ]
    private static let members = [
        "accessToken", "token", "privateKey", "webhookSecret", "client_secret", "password", "x-api-key", "jwt",
    ]
    private static let others = ["twilio", "quarantined", "target", "nowhere", "misspelt", "flow"]

    private static var all: [String] {
        (names + literals + files + headers + members + others).map { canary($0.lowercased()) }
    }

    private static var environment: [String: String] {
        Dictionary(names.map { ("C_\($0.uppercased())", canary($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func configuration(sink: Int) -> String {
        """
        hub:
          listen: "127.0.0.1:0"
          store: "sqlite:${env:C_STORE}/hub.db"
          public_url: "https://${env:C_PUBLIC}.example.com"
        include: "${env:C_INCLUDE}/*.yaml"
        adapters:
          voqo: { secret: "\(canary("voqo"))", path: "/hooks/${env:C_HOOKPATH}" }
          vapi: { secret: "${env:C_VAPI}" }
          openphone: { secret: "${file:secrets/openphone}" }
          vogent: { secret: "${file:secrets/vogent}" }
          vocelio: { secrets: ["\(canary("vocelio1"))", "\(canary("vocelio2"))"] }
        vars:
          region: "${env:C_VAR}"
          api_token: "\(canary("apitoken"))"
          nested: { password: "\(canary("varpassword"))", smtp_pass: "\(canary("smtppass"))" }
          pem: "${file:secrets/pem}"
          url: "${env:C_URLVAR}"
          n: "${env:C_NUMBER}"
          key: "${env:C_BASE64}"
          joined: "${env:C_JOINED}"
          dead: "${env:C_DEAD}"
          type: "${env:C_CONDITION}"
        endpoints:
          sink:
            url: "http://127.0.0.1:\(sink)/in/${env:C_PATH}/{{ event.type }}/{{ vars.url }}?key=${env:C_QUERY}"
            allow: [127.0.0.0/8]
            timeout: 5s
            retry: { max_attempts: 3, initial_delay: 3600s, max_delay: 3600s }
            headers:
              Authorization: "Bearer \(canary("bearerheader"))"
              X-Auth: "\(canary("ownheader"))"
              X-Env: "${env:C_HEADER}"
              X-File: "${file:secrets/fileheader}"
            sign: { scheme: hmac-sha256, secret: "\(canary("signature"))" }
          echo:
            url: "http://127.0.0.1:\(sink)/echo"
            allow: [127.0.0.0/8]
            retry: { max_attempts: 1 }
            headers: { X-Echo: "${env:C_ECHOED}" }
            sign: { scheme: hmac-sha256, secret: "${env:C_SIGN}" }
          lost: { url: "http://${env:C_HOST}.invalid:81/", retry: { max_attempts: 1 } }
          refused: { url: "http://127.0.0.9:81/${env:C_REFUSED}", retry: { max_attempts: 1 } }
        templates:
          told: "${env:C_TEXT} for {{ call.id }}"
        routes:
          - name: bodies
            on: call.*
            to: [sink, echo, lost, refused]
            body:
              a: "${env:C_BODY}"
              b: "{{ vars.region }}"
              c: "{{ ('user:' ~ vars.nested.password) | base64 }}"
              d: "{{ vars.key | base64 }}"
              e: "{% include 'told' %}"
              f: "{{ vars.pem }}"
              api_key: "\(canary("bodykey"))"
              g: "{{ vars.api_token | upper }}{{ vars.nested.smtp_pass | urlencode }}"
              h: "{{ [vars.region, vars.joined] | join('-') }}"
          - { name: number, on: call.*, to: sink, body: "{{ vars.n | fromjson + 1 }}" }
          - { name: wrong, on: call.*, to: sink, body: "{{ call[vars.dead] }}" }
          - { name: judged, on: call.*, to: sink, when: "raw.event_type == vars.type or vars.region > 5" }
          - { name: filtered, on: call.*, to: sink, filter: [{ field_path: raw.event_type, operator: equals, value: "${env:C_FILTER}" }] }
        tests:
          - name: compares
            given: { adapter: voqo, payload: call_ended }
            expect: { deliveries: [{ to: sink, route: bodies, body: { a: x, b: y } }] }
        """
    }

    /// A configuration whose mistakes stand beside secrets.
    private static let broken = """
        hub: { listen: "${env:C_VAR}", store: "${env:C_PATH}" }
        adapters:
          voqo: { secert: "\(canary("misspelt"))", tolerence: 5 }
          vapi: { use: "${env:C_VAPI}", unknown: "\(canary("flow"))", path: 7 }
        endpoints: { a: { url: "ftp://${env:C_HOST}", headers: "${env:C_HEADER}", method: "${env:C_BODY}" } }
        routes:
          - { name: x, on: "${env:C_CONDITION}", to: "${env:C_FILTER}", when: "${env:C_TEXT}(" }
        include: "${env:C_INCLUDE}/none.yaml"
        """

    private func write(_ text: String, _ path: String, in hub: HubProcess) throws {
        let file = hub.folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// The secrets that stand in `bytes`, as they are, in base64 or turned into capitals.
    private func found(in bytes: Data, _ place: String) {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        for secret in Self.all {
            let base64 = Data(secret.utf8).base64EncodedString().lowercased().dropLast(4)
            #expect(!text.contains(secret), "\(secret) is in \(place)")
            #expect(!text.contains(base64), "\(secret) in base64 is in \(place)")
        }
    }

    private func check(_ shown: (code: Int32, output: String, error: String), _ place: String) {
        found(in: Data((shown.output + shown.error).utf8), place)
    }

    private func webhook(_ name: String, _ secret: String, _ body: String) throws -> RawWebhook {
        let module = try #require(Setup.modules.first { $0.spec.name == name })
        let source = SourceFile(name: "settings.yaml", text: "secret: \"\(secret)\"")
        let node = try ConfigLoader(
            ConfigEnvironment(variable: { _ in nil }, readFile: { _, _ in source.bytes }, listFolder: { _ in [] })
        ).load("settings.yaml").root
        var problems = Diagnostics()
        let adapter = try module.init(
            Section(node, of: "adapter", fields: CommonSettings.fields + module.spec.settings, &problems))
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        var webhook = RawWebhook(
            target: "/webhooks/\(name)", headers: Headers([("Content-Type", "application/json")]),
            body: Array(body.utf8), receivedAt: now)
        webhook.headers.fields += adapter.proof.sign(webhook, at: now)
        return webhook
    }

    @Test("none of forty secrets is in any output, in the log, in the database or in a report of a crash")
    func nowhere() async throws {
        #expect(Set(Self.all).count == Self.all.count && Self.all.count >= 40)
        let sink = try Sink { receipt, _ in
            // A receiver that repeats the token it does not believe, in its answer's body.
            receipt.path == "/echo" ? (401, [("X-Body", "")]) : (500, [])
        }
        let hub = try HubProcess(Self.configuration(sink: sink.port))
        try write(
            "whsec_" + Data(Self.canary("openphone").utf8).base64EncodedString() + "\n", "secrets/openphone", in: hub)
        try write(Self.canary("vogent") + "\n", "secrets/vogent", in: hub)
        try write("-----BEGIN-----\n\(Self.canary("pem1"))\n\(Self.canary("pem2"))\n", "secrets/pem", in: hub)
        try write(Self.canary("fileheader"), "secrets/fileheader", in: hub)
        try write("vars: { more: 1 }\n", "\(Self.canary("include"))/more.yaml", in: hub)
        try write(Self.broken, "broken.yaml", in: hub)
        let environment = Self.environment

        for words in [
            ["check"], ["check", "--json"], ["check", "--show"], ["check", "broken.yaml"],
            ["check", "broken.yaml", "--json"],
            ["run", "broken.yaml"], ["events", "list"], ["test"], ["test", "--json"],
        ] { check(try HubProcess.run(words, folder: hub.folder, environment: environment), "\(words)") }
        #expect(try HubProcess.run(["check"], folder: hub.folder, environment: environment).code == 0)

        try await hub.start(environment: environment.merging(["HUB_FAILPOINT": "decode:crash:poison"]) { $1 })
        // Vapi's payload with credentials by name and by path, under headers that carry more of them.
        let members = Self.members.map { "\"\($0)\":\"\(Self.canary($0.lowercased()))\"" }.joined(separator: ",")
        let report = """
            {"message":{"type":"end-of-call-report","timestamp":1760000000000,"endedReason":"customer-ended-call",
            "call":{"id":"c-1","type":"inboundPhoneCall","more":{\(members)}},
            "phoneNumber":{"number":"+15550001111","twilioAuthToken":"\(Self.canary("twilio"))"},
            "artifact":{"transcript":"hello"},"deep":[[{\(members)}]]}}
            """
        var vapi = try webhook("vapi", Self.canary("vapi"), report)
        vapi.headers.fields += Self.headers.map { ($0, Self.canary($0.lowercased())) }
        vapi.target += "?token=\(Self.canary("target"))"
        #expect(await Setup.send(vapi, to: hub).status == 200)
        var quarantined = try webhook(
            "vapi", Self.canary("vapi"), "{\"a\":{\"password\":\"\(Self.canary("quarantined"))\",")
        quarantined.headers.fields += Self.headers.map { ($0, Self.canary($0.lowercased())) }
        #expect(await Setup.send(quarantined, to: hub).status == 202)
        var ended = try webhook("voqo", Self.canary("voqo"), String(decoding: Setup.voqo(1), as: UTF8.self))
        ended.target = "/hooks/\(Self.canary("hookpath"))"
        #expect(await Setup.send(ended, to: hub).status == 200)
        let lost = await request("POST", "http://127.0.0.1:\(hub.port)/webhooks/\(Self.canary("nowhere"))")
        #expect(lost.status == 404)

        var deliveries: [JSON] = []
        func listed(_ words: String...) throws -> [JSON] {
            let shown = try HubProcess.run(
                words + ["--limit", "1000", "--json"], folder: hub.folder, environment: environment)
            return (try JSON(parsing: shown.output)).array ?? []
        }
        repeat {
            deliveries = try listed("deliveries", "list")
        } while deliveries.isEmpty
            || deliveries.contains { $0["state"] == "pending" && $0["endpoint"] != "lost" }
            || deliveries.contains { $0["endpoint"] == "lost" && $0["state"] != "dead" }
        #expect(deliveries.contains { $0["route"] == "bodies" && $0["endpoint"] == "echo" })

        try write(Self.broken, "adapters.yaml", in: hub)
        hub.signal(SIGHUP)
        while !hub.log.contains("was not reloaded") { await Task.yield() }
        try write(Self.configuration(sink: sink.port), "adapters.yaml", in: hub)

        let payload = hub.folder.appendingPathComponent("payload.json")
        try Data(report.utf8).write(to: payload)
        var words: [[String]] = [
            ["events", "list"], ["events", "list", "--set-aside"], ["calls", "list"], ["messages", "list"],
            ["deliveries", "list"], ["dead", "list"], ["explain", "voqo", "call_ended"],
            ["explain", "vapi", payload.path],
            ["send", "voqo", "call_ended", "--to", "http://127.0.0.1:\(hub.port)/hooks/\(Self.canary("hookpath"))"],
            ["send", "vapi", payload.path, "--to", "http://127.0.0.1:1/\(Self.canary("hookpath"))"],
            [
                "template", "{{ vars.region }} {{ vars.n | int }}", "--config", "adapters.yaml", "--sample",
                "voqo/call_ended",
            ],
            ["adapters"], ["adapters", "vapi"], ["model"], ["version"], ["reference"],
        ]
        for row in try listed("events", "list") { words.append(["events", "show", row["id"]?.string ?? "", "--raw"]) }
        for row in try listed("calls", "list") { words.append(["calls", "show", row["id"]?.string ?? ""]) }
        for row in deliveries { words.append(["deliveries", "show", row["id"]?.string ?? ""]) }
        for row in try listed("dead", "list") { words.append(["dead", "retry", row["id"]?.string ?? ""]) }
        #expect(words.count > 30)
        for line in words {
            check(try HubProcess.run(line, folder: hub.folder, environment: environment), "\(line)")
            check(try HubProcess.run(line + ["--json"], folder: hub.folder, environment: environment), "\(line) --json")
        }

        var poison = try webhook("voqo", Self.canary("voqo"), #"{"poison":1,"event_type":"call_ended","data":{}}"#)
        poison.target = "/hooks/\(Self.canary("hookpath"))"
        _ = await Setup.send(poison, to: hub)
        #expect(await hub.ended() != 0)
        found(in: Data(hub.log.utf8), "the log and the report of the crash")
        #expect(hub.log.contains("failpoint decode was hit"))

        let enumerator = FileManager.default.enumerator(at: hub.folder, includingPropertiesForKeys: nil)
        var databases = 0
        while let file = enumerator?.nextObject() as? URL {
            let name = file.lastPathComponent
            guard name.hasPrefix("hub.db"), let data = FileManager.default.contents(atPath: file.path) else { continue }
            databases += 1
            found(in: data, name)
        }
        #expect(databases >= 2)
    }
}
