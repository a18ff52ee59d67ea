import Foundation
import HubModel
import Testing

@Suite("Deadly signals", .serialized, .timeLimit(.minutes(2)))
struct CrashTests {
    private static let routes = "routes: [{ name: all, on: call.ended, to: sink }]"

    private func expectOneLine(_ log: String, _ signal: Int32) {
        #expect(log.components(separatedBy: "hub: ended by signal \(signal)").count == 2, "\(log)")
        for word in ["Backtrac", "crashed:", "Registers", "rax", "rip"] { #expect(!log.contains(word), "\(word)") }
    }

    @Test("end the hub at once, with one line", arguments: [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS])
    func fromOutside(signal: Int32) async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        try await hub.start()
        hub.signal(signal)
        #expect(await hub.ended() == -signal)
        while !hub.log.contains("hub: ended by signal \(signal)\n") { await Task.yield() }
        expectOneLine(hub.log, signal)
    }

    @Test("in the supervised hub start it again, and nothing of a webhook is in the log")
    func whileWorking() async throws {
        let sink = try Sink()
        let hub = try HubProcess(Setup.configuration(sink: sink.port, routes: Self.routes))
        // Also where somebody has asked the runtime for its own reports.
        try await hub.start(
            environment: ["HUB_FAILPOINT": "decode:crash:poison", "SWIFT_BACKTRACE": "enable=yes,registers=all"],
            isSupervised: true)
        let poison = try Setup.webhook("voqo", Setup.voqo(1, text: "poison and +61491570006"))
        #expect(await Setup.send(poison, to: hub).status == 0)
        #expect(await Setup.send(try Setup.webhook("voqo", Setup.voqo(2)), to: hub).status == 200)
        while !hub.log.contains("while a webhook was decoded\n") { await Task.yield() }
        #expect(!hub.log.contains("61491570006"))
        for word in ["Backtrac", "Registers", "rax"] { #expect(!hub.log.contains(word), "\(word)") }
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }
}
