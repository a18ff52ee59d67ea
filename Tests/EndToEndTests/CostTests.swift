import AdapterKit
import Foundation
import HTTPClient
import HubModel
import Testing

/// What the hub uses for one event, counted and never timed: in a process of its own, with the same webhooks each time.
///
/// `make test` builds the program as it is released and names it in `HUB_COUNTED`, with the library that counts in
/// `HUB_COUNTING` (Tests/CCounting). Without them there is nothing to count.
@Suite("What an event costs", .serialized, .timeLimit(.minutes(3)))
struct CostTests {
    static let program = ProcessInfo.processInfo.environment["HUB_COUNTED"]
    static let library = ProcessInfo.processInfo.environment["HUB_COUNTING"]

    /// The counts of `counting.h`, in its order.
    struct Counts {
        var allocations, allocated, steps, prepares, written, writes, syncs: Double

        init(file: String) throws {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
            var words: [Double] = []
            for start in stride(from: 0, to: bytes.count - 7, by: 8) {
                // The least significant byte comes first.
                words.append(bytes[start..<(start + 8)].reversed().reduce(0.0) { $0 * 256 + Double($1) })
            }
            (allocations, allocated, steps, prepares) = (words[0], words[1], words[2], words[3])
            (written, writes, syncs) = (words[4], words[5], words[6])
        }
    }

    /// The configuration and the webhook of `make bench`.
    private static func configuration(_ sink: Int) throws -> String {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Benchmarks/bench.yaml")
        return try String(contentsOf: file, encoding: .utf8)
            .replacingOccurrences(of: "${env:BENCH_LISTEN}", with: "127.0.0.1:0")
            .replacingOccurrences(of: "${env:BENCH_SINK}", with: "http://127.0.0.1:\(sink)/")
            .replacingOccurrences(of: "bench-voqo-secret", with: Setup.secret)
    }

    private static func body(_ number: Int) -> [UInt8] {
        let talk = String(repeating: "Bot: Hello, how can I help? Human: I would like to see the house. ", count: 10)
        return Array(
            """
            {"_id":"event-\(number)","event_type":"call_ended","timestamp":1760000060,"data":{"id":"bench-\(number)",\
            "agent_id":"agent_bench","status":"completed","from_phone":"+61491570006","to_phone":"+61255500001",\
            "direction":"inbound","call_summary":"The caller asked for an inspection on Saturday and left an address.",\
            "transcript":"\(talk)","duration":95,"error":null,"created_at":"2025-10-09T08:53:58.000Z",\
            "start_time":"2025-10-09T08:54:00.000Z","end_time":"2025-10-09T08:55:35.000Z",\
            "recording_url":"https://storage.example.com/recordings/bench.mp3",\
            "recording_url_expires_at":"2025-10-10T08:54:20.000Z","post_call_action_results":[],"timestamps":[\
            {"timestamp":1760000041.5,"event_type":"message","message_type":"bot","text":"Hello, how can I help?"},\
            {"timestamp":1760000044.25,"event_type":"message","message_type":"human","text":"I would like an inspection."}]}}
            """.utf8)
    }

    /// Sends one webhook after the other over one connection, and waits until all have arrived and are recorded.
    private static func send(_ numbers: Range<Int>, to hub: HubProcess, _ sink: Sink, _ client: HTTPClient) async throws
    {
        for number in numbers {
            let webhook = try Setup.webhook("voqo", body(number))
            let completion = await client.send(
                ClientRequest(
                    id: 1, url: "http://127.0.0.1:\(hub.port)\(webhook.target)", headers: webhook.headers.fields,
                    body: webhook.body, policy: .everything))
            guard case .response(200, _, _) = completion.outcome else {
                throw Unaccepted(outcome: "\(completion.outcome)")
            }
        }
        await sink.received(numbers.upperBound)
    }

    private struct Unaccepted: Error { let outcome: String }

    @Test("allocations, statements, syncs and bytes written stay below their bounds", .enabled(if: library != nil))
    func counted() async throws {
        let sink = try Sink()
        let hub = try HubProcess(try Self.configuration(sink.port))
        let file = hub.folder.appendingPathComponent("counts").path
        try await hub.start(
            environment: ["LD_PRELOAD": try #require(Self.library), "COUNTING_FILE": file],
            program: Self.program)
        let client = HTTPClient()
        client.start()
        defer { client.stop() }
        let (warm, counted) = (200, 1000)
        try await Self.send(0..<warm, to: hub, sink, client)
        let before = try Counts(file: file)
        try await Self.send(warm..<(warm + counted), to: hub, sink, client)
        let after = try Counts(file: file)
        func each(_ count: KeyPath<Counts, Double>) -> Double {
            (after[keyPath: count] - before[keyPath: count]) / Double(counted)
        }
        // One webhook at a time, so each has a commit of its own, and its result rides with the next one's.
        print(
            """
            an event costs \(each(\.allocations)) allocations of \(each(\.allocated)) bytes, \(each(\.steps)) steps of statements, \
            \(each(\.syncs)) syncs, \(each(\.writes)) writes of \(each(\.written)) bytes
            """)
        #expect(each(\.allocations) <= Bound.allocations)
        #expect(each(\.allocated) <= Bound.allocated)
        #expect(each(\.steps) <= Bound.steps)
        // Pruning, which may fall into the time, prepares a few; an event prepares none.
        #expect(each(\.prepares) <= 0.05, "statements are prepared anew")
        #expect(each(\.syncs) <= Bound.syncs)
        #expect(each(\.written) <= Bound.written)
    }

    @Test("system calls stay below their bound", .enabled(if: program != nil))
    func systemCalls() async throws {
        let sink = try Sink()
        let hub = try HubProcess(try Self.configuration(sink.port))
        let trace = hub.folder.appendingPathComponent("trace")
        try await hub.start(
            tracing: trace, traced: "all", program: Self.program)
        let client = HTTPClient()
        client.start()
        defer { client.stop() }
        func calls() throws -> Int { try Data(contentsOf: trace).count { $0 == UInt8(ascii: "\n") } }
        let (warm, counted) = (50, 200)
        try await Self.send(0..<warm, to: hub, sink, client)
        let before = try calls()
        try await Self.send(warm..<(warm + counted), to: hub, sink, client)
        let each = Double(try calls() - before) / Double(counted)
        print("an event costs \(each) system calls")
        #expect(each <= Bound.systemCalls)
    }

    /// What an event may cost: about a sixth more than it did when the bound was set.
    private enum Bound {
        static let allocations = 240.0
        static let allocated = 50_000.0
        static let steps = 9.0
        static let syncs = 1.2
        static let written = 58_000.0
        static let systemCalls = 52.0
    }
}
