import HubModel
import TestRandom
import Testing

@Suite("Records as bytes")
struct StorageTests {
    private static func stamped(_ record: Record, _ stage: Record.Stage = .report, at ms: Int64 = 1_760_000_060_000)
        -> Record
    {
        record.stamped(stage, at: Timestamp(milliseconds: ms))
    }

    /// What Voqo says of the call of `make bench`.
    static var benchmark: Record {
        var call = Call()
        call.id = "call_0123456789abcdef0123456789abcdef"
        call.provider = "voqo"
        call.providerCallID = "bench-000000001"
        (call.direction, call.channel, call.status, call.outcome) = (.inbound, .phone, .completed, .completed)
        call.endedReason = "completed"
        (call.from, call.to) = ("+61491570006", "+61255500001")
        call.participants = ["+61491570006", "+61255500001"]
        (call.agentID, call.agentKind) = ("agent_bench", .ai)
        call.startedAt = Timestamp(iso8601: "2025-10-09T08:54:00.000Z")
        call.endedAt = Timestamp(iso8601: "2025-10-09T08:55:35.000Z")
        call.duration = 95
        call.recording = Recording(
            url: "https://storage.example.com/recordings/bench.mp3",
            expiresAt: Timestamp(iso8601: "2025-10-10T08:54:20.000Z"))
        call.summary = "The caller asked for an inspection on Saturday and left an address."
        call.transcript = [
            TranscriptTurn(role: .agent, text: "Hello, how can I help?", start: 1.5),
            TranscriptTurn(role: .customer, text: "I would like an inspection.", start: 4.25),
        ]
        return stamped(call.record)
    }

    /// Values that some short form might lose.
    static let extremes: [JSON] = [
        .bool(true), .bool(false), .int(0), .int(-1), .int(.min), .int(.max),
        .number(JSONNumber(0.1) ?? JSONNumber(validated: "1")),
        .number(JSONNumber(validated: "123456789012345678901234567890.10")), .number(JSONNumber(validated: "-0")),
        .string("a"),
        .string(String(repeating: "x", count: 14)), .string(String(repeating: "é😀", count: 200)), .string("\0"),
        .string("call_0123456789abcdef0123456789abcdef"), .string("call_0123456789ABCDEF0123456789abcdef"),
        .string("call_0123456789abcdef0123456789abcde"), .string("call_"), .string("call_é123456789abcdef01234"),
        .string("2025-10-09T08:54:20.000Z"), .string("2025-10-09T08:54:60.000Z"), .string("2025-02-30T08:54:20.000Z"),
        .string("0000-10-09T08:54:20.000Z"), .string("0001-01-01T00:00:00.000Z"), .string("9999-12-31T23:59:59.999Z"),
        .string("2025-10-09t08:54:20.000Z"), .string("2025-10-09T08:54:20,000Z"),
        .array([.null]), .array([[], [:], .null, [[.int(1)]]]), ["a": .null], ["a": 1, "a": 2],
        ["url": .null, "expires_at": .null, "size": .null, "duration": .null, "content_type": .null],
        [
            "url": "u", "expires_at": "2025-10-09T08:54:20.000Z", "size": 1, "duration": .null,
            "content_type": ["x": .null],
        ],
        ["expires_at": .null, "url": "u", "size": .null, "duration": .null, "content_type": .null],
        ["url": "u"], .array([["code": "x", "message": .null], ["code": .null], "x"]),
    ]

    @Test("every field keeps every value exactly", arguments: RecordKind.allCases)
    func everyField(kind: RecordKind) throws {
        for field in kind.model.fields {
            for value in Self.extremes {
                for ms in [Int64.min, -1, 0, 1_760_000_060_000, .max] {
                    var record = Record(kind)
                    record[field.number] = value
                    record = Self.stamped(record, .ringing, at: ms)
                    let read = Record(stored: record.storedBytes(), kind: kind)
                    if read != record { Issue.record("\(field.name) lost \(value.text) stamped \(ms)") }
                }
            }
        }
    }

    @Test("origins of many parts are kept, and the bytes alone say the kind")
    func origins() throws {
        var record = Record(.call)
        for (place, field) in RecordKind.call.model.fields.enumerated() {
            var part = Record(.call)
            part[field.number] = .string("\(place)")
            let stage = Record.Stage.allCases[place % Record.Stage.allCases.count]
            record = record.merging(Self.stamped(part, stage, at: Int64(place % 5) * 1000)).record
        }
        let read = try #require(Record(stored: record.storedBytes()))
        #expect(read == record)
        #expect(read.kind == .call)
        #expect(Record(stored: record.storedBytes(), kind: .message) == nil)
        #expect(Record(stored: Record(.message).storedBytes()) == Record(.message))
    }

    @Test("the call of the benchmarks takes less than 650 bytes")
    func size() {
        #expect(Self.benchmark.storedBytes().count < 650)
    }

    @Test("what no part has said is not stored, as it is not merged")
    func unstamped() {
        var call = Call()
        call.summary = "x"
        #expect(Record(stored: call.record.storedBytes()) == Record(.call))
    }

    // MARK: Databases outlive versions

    @Test("the bytes of a record are what this form has always been")
    func pinned() {
        var call = Call()
        call.id = "call_0123456789abcdef0123456789abcdef"
        call.status = .completed
        call.startedAt = Timestamp(milliseconds: 1_760_000_059_000)
        call.recording = Recording(url: "u", size: 300)
        call.transcript = [TranscriptTurn(role: .agent, text: "Hi", start: 0.5)]
        let expected: [UInt8] =
            [1, 1, 1, 6] + [0xC0, 0xA9, 0xED, 0x82, 0xB9, 0x66] + [0xC1, 0x80, 0xA2, 0x08]
            + [0x7F, 1, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]
            + [0x39] + Array("completed".utf8) + [0x6F, 0xC0, 0x0F] + [0x85, 0x31] + Array("u".utf8) + [
                0x1F, 0xC9, 0x04,
            ]
            + [0x41, 0x8D, 0x35] + Array("agent".utf8) + [0x32] + Array("Hi".utf8) + [0x23] + Array("0.5".utf8)
        #expect(Self.stamped(call.record).storedBytes() == expected)
        #expect(Record(stored: expected, kind: .call) == Self.stamped(call.record))
    }

    @Test(
        "numbers of fields and places of members never change",
        arguments: [
            (
                RecordKind.call,
                "0 id, 1 provider, 2 provider_call_id, 3 external_id, 4 direction, 5 channel, 6 status, 7 outcome, 8 ended_reason, 9 from, 10 to, 11 participants, 12 agent.id, 13 agent.name, 14 agent.kind, 15 started_at, 16 answered_at, 17 ended_at, 18 duration_s, 19 recording(url expires_at size duration content_type), 20 summary, 21 key_points, 22 next_steps, 23 sentiment, 24 transcript(role speaker text start_s end_s), 25 cost, 26 analysis, 27 error(code message), 28 conversation_id"
            ),
            (
                .message,
                "0 id, 1 provider, 2 provider_message_id, 3 conversation_id, 4 direction, 5 channel, 6 status, 7 from, 8 to, 9 text, 10 media(url content_type), 11 error(code message), 12 created_at, 13 agent.id, 14 agent.name, 15 agent.kind"
            ),
        ])
    func numbers(kind: RecordKind, expected: String) {
        let found = kind.model.fields.sorted { $0.number < $1.number }.map { field in
            var shape = field.shape
            if case .list(let element) = shape.kind { shape = element }
            guard case .object(let members, _) = shape.kind else { return "\(field.number) \(field.name)" }
            return "\(field.number) \(field.name)(\(members.map(\.name).joined(separator: " ")))"
        }
        #expect(found.joined(separator: ", ") == expected)
    }

    @Test("kinds keep their numbers")
    func kinds() {
        #expect(RecordKind.allCases.map(\.number) == [1, 2])
    }

    @Test("what version 0.1.0 stored is read")
    func version010() throws {
        let call = #"""
            {"call":{"id":"call_0123456789abcdef0123456789abcdef","provider":"voqo","provider_call_id":"bench-000000001","direction":"inbound","channel":"phone","status":"completed","outcome":"completed","ended_reason":"completed","from":"+61491570006","to":"+61255500001","participants":["+61491570006","+61255500001"],"agent.id":"agent_bench","agent.kind":"ai","started_at":"2025-10-09T08:54:00.000Z","ended_at":"2025-10-09T08:55:35.000Z","duration_s":95,"recording":{"url":"https://storage.example.com/recordings/bench.mp3","expires_at":"2025-10-10T08:54:20.000Z","size":null,"duration":null,"content_type":null},"summary":"The caller asked for an inspection on Saturday and left an address.","transcript":[{"role":"agent","speaker":null,"text":"Hello, how can I help?","start_s":1.5,"end_s":null},{"role":"customer","speaker":null,"text":"I would like an inspection.","start_s":4.25,"end_s":null}]},"origins":[[6,1760000060000,["id","provider","provider_call_id","direction","channel","status","outcome","ended_reason","from","to","participants","agent.id","agent.kind","started_at","ended_at","duration_s","recording","summary","transcript"]]]}
            """#
        for kind in [nil, RecordKind.call] {
            #expect(Record(stored: Array(call.utf8), kind: kind) == Self.benchmark)
        }
        #expect(Record(stored: Array(call.utf8), kind: .message) == nil)

        let message = #"""
            {"message":{"provider_message_id":"m1","status":"delivered","to":["+1555","anonymous"],"text":"a\"b\n😀","media":[{"url":"https://e.x/1","content_type":null},{"url":"u","content_type":"image/png"}],"error":{"code":"x","message":null},"created_at":"1970-01-01T00:00:00.001Z","agent.name":"Bob"},"origins":[[7,1760000000000,["provider_message_id","agent.name"]],[5,-5,["status","to","text","media","error","created_at"]]]}
            """#
        var first = Message()
        first.providerMessageID = "m1"
        first.status = .delivered
        first.to = ["+1555", "anonymous"]
        first.text = "a\"b\n😀"
        first.media = [.init(url: "https://e.x/1"), .init(url: "u", contentType: "image/png")]
        first.error = Failure(code: "x")
        first.createdAt = Timestamp(milliseconds: 1)
        first.agentName = "Ada"
        var second = Message()
        (second.agentName, second.providerMessageID) = ("Bob", "m1")
        let both = Self.stamped(first.record, .ended, at: -5).merging(
            Self.stamped(second.record, .artifact, at: 1_760_000_000_000))
        #expect(Record(stored: Array(message.utf8)) == both.record)
    }

    @Test("fields and members that are no longer declared are dropped", arguments: [0, 1, 2])
    func unknown(round: Int) throws {
        let newer = RecordKind(
            "call", number: 1, idPrefix: "call_", meaning: "A call of a later version.", fields: NewerFields())
        var record = Record(newer)
        record[2] = "c1"
        record[40] = [["url": "u", "size": .null], "x", ["any": "2025-10-09T08:54:20.000Z"]]
        record[63] = ["url": "u", "size": .null]
        record = Self.stamped(record)
        let read = try #require(Record(stored: record.storedBytes(), kind: .call))
        var expected = Call()
        expected.providerCallID = "c1"
        #expect(read == Self.stamped(expected.record))
        // In the other direction, members that are declared since are null.
        var call = Call()
        call.error = Failure(code: "x")
        let kept = try #require(Record(stored: Self.stamped(call.record).storedBytes(), kind: newer))
        #expect(kept[27] == ["code": "x", "message": .null, "more": .null])
    }

    private final class NewerFields: Sendable {
        let id = Field<String?>(0, "id", "")
        let provider = Field<String?>(1, "provider", "")
        let providerID = Field<String?>(2, "provider_call_id", "")
        let error = Field<JSON?>(
            27, "error", shape: .object([.init("code", .text), .init("message", .text), .init("more", .text)]), "")
        let files = Field<JSON?>(
            40, "files", shape: .list(.object([.init("url", .text), .init("size", .integer)])), "")
        let file = Field<JSON?>(63, "file", shape: .object([.init("url", .text), .init("size", .integer)]), "")
    }

    @Test("cut and damaged bytes are read as nothing or as something, and never trap", arguments: UInt64(1)...8)
    func damaged(seed: UInt64) {
        var random = SeededRandom(seed)
        let good = Self.benchmark.storedBytes()
        for length in good.indices {
            #expect(Record(stored: Array(good[..<length]), kind: .call) == nil)
        }
        #expect(Record(stored: good + [0]) == nil)
        var readable = 0
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            guard let record = Record(stored: bytes) else { continue }
            readable += 1
            #expect(Record(stored: record.storedBytes()) == record)
            _ = record.json.encoded()
        }
        #expect(readable > 0)
        for _ in 0..<3000 {
            let noise = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = Record(stored: [1, 1] + noise)
        }
        // Deep nesting and lengths that nothing can hold.
        #expect(Record(stored: [1, 1, 1, 6, 0, 4] + [UInt8](repeating: 0x41, count: 100_000)) == nil)
        for tag in UInt8(0)...15 {
            #expect(
                Record(stored: [1, 1, 1, 6, 0, 4, tag << 4 | 15] + [UInt8](repeating: 0xFF, count: 9) + [1]) == nil)
        }
    }
}
