import Foundation
import HubModel
import Testing

@Suite("Text from outside on a terminal", .serialized, .timeLimit(.minutes(2)))
struct TerminalTests {
    /// Colours, a title, a cleared screen, an 8-bit control sequence, a forged log line, letters from right to left.
    private static let hostile =
        "\u{1B}[31m\u{1B}]0;owned\u{07}\u{1B}[2J\u{9B}8m\r\n2026-01-01T00:00:00Z forged\u{202E}olleh\u{7F}"

    private static func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || ($0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0.value != 0x202E)
        }
    }

    @Test("payloads and receivers cannot reach the terminal: not in any listing, and not in the log")
    func clean() async throws {
        // The receiver refuses and says why, in its own way.
        let sink = try Sink { _, _ in (400, []) }
        let hub = try HubProcess(
            Setup.configuration(
                sink: sink.port,
                routes: """
                    routes:
                      - { name: all, on: "*", to: sink }
                      - { name: dead, on: call.ended, to: sink, body: { v: "{{ raw.data.call_summary | int }}" } }
                      - { name: text, on: call.ended, to: sink, body: "{{ raw.data.call_summary }}" }
                    """))
        try await hub.start()
        let quoted = JSON.string(Self.hostile).text.dropFirst().dropLast()
        let body = String(decoding: Setup.voqo(1, text: "TEXT"), as: UTF8.self).replacing("TEXT", with: quoted)
            .replacing("\"completed\"", with: "\"\(quoted)\"")
        #expect(await Setup.send(try Setup.webhook("voqo", Array(body.utf8)), to: hub).status == 200)
        let unknown = #"{"_id":"evt-2","event_type":"\#(quoted)","timestamp":1760000060,"data":{"id":"\#(quoted)"}}"#
        _ = await Setup.send(try Setup.webhook("voqo", Array(unknown.utf8)), to: hub)
        _ = await Setup.send(try Setup.webhook("voqo", Array("\(Self.hostile){".utf8)), to: hub)
        var dead: [JSON] = []
        while dead.count < 3 { dead = try JSON(parsing: try hub.command("dead", "list", "--json").output).array ?? [] }
        let events = try JSON(parsing: try hub.command("events", "list", "--json").output).array ?? []
        let calls = try JSON(parsing: try hub.command("calls", "list", "--json").output).array ?? []
        let payload = hub.folder.appendingPathComponent("payload.json")
        try Data(body.utf8).write(to: payload)
        var words: [[String]] = [
            ["events", "list"], ["events", "list", "--set-aside"], ["calls", "list"], ["messages", "list"],
            ["deliveries", "list"], ["dead", "list"], ["explain", "voqo", payload.path],
            ["template", Self.hostile], ["template", "{{ '\(Self.hostile.replacing("\r\n", with: " "))' | int }}"],
            [Self.hostile], ["events", Self.hostile], ["calls", "show", Self.hostile],
        ]
        for row in events { words += [["events", "show", row["id"]?.string ?? "", "--raw"]] }
        for row in calls { words += [["calls", "show", row["id"]?.string ?? ""]] }
        for row in dead { words += [["dead", "show", row["id"]?.string ?? ""]] }
        #expect(words.count > 16)
        for line in words {
            for options in [[], ["--json"]] where options.isEmpty || !line.contains(Self.hostile) {
                let shown = try HubProcess.run(line + options, folder: hub.folder)
                #expect(Self.isClean(shown.output), "\(line): \(shown.output.debugDescription)")
                #expect(Self.isClean(shown.error), "\(line): \(shown.error.debugDescription)")
                if !options.isEmpty { #expect((try? JSON(parsing: shown.output)) != nil, "\(line): \(shown.output)") }
            }
        }
        #expect(Self.isClean(hub.log), "\(hub.log.debugDescription)")
        #expect(!hub.log.contains("\n2026-01-01T00:00:00Z forged"))
        // The text itself is still there to be read.
        let first = try #require(calls.first?["id"]?.string)
        #expect(try hub.command("calls", "show", first).output.contains("\\x1b[31m"))
        #expect(try hub.command("calls", "show", first, "--json").output.contains("\\u001b[31m"))
    }
}
