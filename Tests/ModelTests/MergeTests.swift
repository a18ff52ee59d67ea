import HubModel
import TestRandom
import Testing

@Suite("Merging the parts of a call")
struct MergeTests {
    private static func part(_ stage: Record.Stage, at ms: Int64, _ fill: (inout Call) -> Void) -> Record {
        var call = Call()
        call.providerCallID = "c1"
        fill(&call)
        return call.record.stamped(stage, at: Timestamp(milliseconds: ms))
    }

    private static func merged(_ parts: [Record]) throws -> Call {
        let first = try #require(parts.first)
        return try #require(Call(parts.dropFirst().reduce(first) { $0.merging($1).record }))
    }

    @Test("an end that arrives before the start is not undone by it")
    func endedBeforeStarted() throws {
        let ended = Self.part(.ended, at: 20) {
            $0.status = .completed; $0.outcome = .completed; $0.duration = 30
        }
        let started = Self.part(.ringing, at: 10) {
            $0.status = .ringing; $0.from = "+61491570006"
        }
        let call = try Self.merged([ended, started])
        #expect(call.status == .completed)
        #expect(call.duration == 30)
        #expect(call.from == "+61491570006")
    }

    @Test("a late empty transcript keeps the better one")
    func emptyTranscript() throws {
        let full = Self.part(.report, at: 10) { $0.transcript = [TranscriptTurn(role: .agent, text: "Hello.")] }
        let empty = Self.part(.artifact, at: 20) { $0.transcript = [] }
        #expect(try Self.merged([full, empty]).transcript.count == 1)
        #expect(full.merging(empty).changed.isEmpty)
    }

    @Test("unknown never replaces what is known")
    func unknownOutcome() throws {
        let known = Self.part(.ended, at: 10) { $0.outcome = .voicemail }
        let unknown = Self.part(.report, at: 20) {
            $0.outcome = .unknown; $0.status = .unknown
        }
        #expect(try Self.merged([known, unknown]).outcome == .voicemail)
    }

    @Test("the report wins over the provisional end")
    func report() throws {
        let report = Self.part(.report, at: 10) {
            $0.endedReason = "customer-ended-call"; $0.status = .completed
        }
        let provisional = Self.part(.ended, at: 20) {
            $0.endedReason = "silence-timed-out"; $0.status = .failed
        }
        let call = try Self.merged([report, provisional])
        #expect(call.endedReason == "customer-ended-call")
        #expect(call.status == .completed)
    }

    @Test("changed names exactly the fields that changed")
    func changed() {
        let started = Self.part(.ringing, at: 10) {
            $0.status = .ringing; $0.from = "+1555"
        }
        let ended = Self.part(.ended, at: 20) {
            $0.status = .completed; $0.from = "+1555"; $0.agentName = "Ada"
        }
        #expect(started.merging(ended).changed.names(in: .call) == ["status", "agent.name"])
        #expect(started.merging(started).changed.isEmpty)
    }

    @Test("any subset of parts in any order with repeats gives the same record", arguments: UInt64(1)...40)
    func anyOrder(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let parts = (0..<8).map { _ in Self.randomPart(&random) }
        let subset = parts.filter { _ in Bool.random(using: &random) } + [parts[0]]
        let reference = try Self.merged(subset)
        for _ in 0..<20 {
            let repeats = subset + (0..<3).compactMap { _ in subset.randomElement(using: &random) }
            #expect(try Self.merged(repeats.shuffled(using: &random)) == reference)
        }
        // Grouping does not matter either, and neither does a trip through the store.
        let half = subset.count / 2
        if half > 0 {
            let left = try Self.merged(Array(subset[..<half])).record
            let right = try Self.merged(Array(subset[half...])).record
            #expect(Call(left.merging(right).record) == reference)
            #expect(Record(stored: left.storedBytes(), kind: .call) == left)
        }
    }

    private static func randomPart(_ random: inout SeededRandom) -> Record {
        func maybe<T>(_ values: [T]) -> T? { Bool.random(using: &random) ? values.randomElement(using: &random) : nil }
        let stage = Record.Stage.allCases.randomElement(using: &random) ?? .ended
        return part(stage, at: Int64.random(in: 0..<3, using: &random)) { call in
            call.status = maybe(CallStatus.allCases)
            call.outcome = maybe(CallOutcome.allCases)
            call.direction = maybe(Direction.allCases)
            call.summary = maybe(["a", "b", ""])
            call.from = maybe(["+1", "+2", "anonymous"])
            call.participants = maybe([["+1"], ["+1", "+2"], ["+3", "+4"], []]) ?? []
            call.agentID = maybe(["a1", "a2"])
            call.agentName = maybe(["Ada", "Bob"])
            call.duration = maybe([0, 5, 5.5])
            call.cost = maybe([JSON.int(1), .null])
            call.recording = maybe([Recording(url: "u1"), Recording(url: "u2", size: 3)])
            call.transcript = maybe([[TranscriptTurn(role: .agent, text: "x")], []]) ?? []
            call.analysis = maybe([["score": 1], ["score": 2]])
            call.startedAt = maybe([Timestamp(milliseconds: 5), Timestamp(milliseconds: 6)])
        }
    }

    @Test("the JSON of a call shows every declared field, also the unknown ones")
    func json() throws {
        let json = Call().record.json
        #expect(json["agent"] == ["id": .null, "name": .null, "kind": .null])
        #expect(json["transcript"] == [])
        #expect(json["recording"]?["url"] == .null)
        #expect(json["status"] == .null)
        #expect(json.object?.members.map(\.name).count == 27)
    }
}
