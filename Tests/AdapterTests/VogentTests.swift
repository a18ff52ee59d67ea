import AdapterKit
import Testing
import Vogent

@Suite struct VogentTests {
    let vogent: Workbench<Vogent>

    init() throws { vogent = try Workbench("secret: sample-vogent-secret") }

    /// A body of the public form, and the same in the words of older integrations.
    func bodies(_ name: String, _ fields: String = "") -> [String] {
        let inner = fields.isEmpty ? "" : ", " + fields
        return [
            #"{"event": "\#(name)", "payload": {"dial_id": "d1", "dial_session_id": "s1"\#(inner)}}"#,
            #"{"type": "\#(name)", "data": {"dialId": "d1", "dialSessionId": "s1"\#(inner)}}"#,
        ]
    }

    @Test(
        "the name and the status of an update decide",
        arguments: [
            ("dial.created", "", "call.started", CallStatus.queued, nil),
            ("dial.started", "", "call.started", .inProgress, nil),
            ("dial.inbound", "", "call.started", .ringing, nil),
            ("dial.ended", "", "call.ended", .completed, .completed),
            ("dial.failed", "", "call.ended", .failed, .failed),
            ("dial.updated", #""status": "queued""#, "call.updated", .queued, nil),
            ("dial.updated", #""status": "ringing""#, "call.updated", .ringing, nil),
            ("dial.updated", #""status": "in-progress""#, "call.answered", .inProgress, nil),
            ("dial.updated", #""status": "completed""#, "call.ended", .completed, .completed),
            ("dial.updated", #""status": "failed""#, "call.ended", .failed, .failed),
            ("dial.updated", #""status": "canceled""#, "call.ended", .canceled, .canceled),
            ("dial.updated", #""status": "busy""#, "call.ended", .busy, .busy),
            ("dial.updated", #""status": "no-answer""#, "call.ended", .noAnswer, .noAnswer),
            ("dial.updated", #""status": "future""#, "call.updated", .unknown, nil),
            ("dial.updated", #""status": null"#, "call.updated", .unknown, nil),
            ("dial.transcript", "", "call.transcript_available", nil, nil),
            ("dial.recording_created", "", "call.recording_available", nil, nil),
            ("dial.extractor", #""ai_result": {"summary": "S"}"#, "call.summary_available", nil, nil),
            ("dial.extractor", #""ai_result": {"summary": ""}"#, "call.updated", nil, nil),
            ("dial.extractor", #""ai_result": {"summary": 7, "score": 3}"#, "call.updated", nil, nil),
        ] as [(String, String, EventType, CallStatus?, CallOutcome?)])
    func mapping(name: String, fields: String, type: EventType, status: CallStatus?, outcome: CallOutcome?) throws {
        for body in bodies(name, fields) {
            let event = try vogent.event(body)
            let call = try event.call
            #expect(event.type == type)
            #expect(event.native == Event.Native(type: name))
            #expect(call.status == status)
            #expect(call.outcome == outcome)
            #expect(call.providerCallID == "d1")
            #expect(call.conversationID == "s1")
            #expect(call.agentKind == .ai)
        }
    }

    @Test(
        "the result type refines how a dial ended",
        arguments: [
            ("USER_HANGUP", CallOutcome.completed), ("COUNTERPARTY_HANGUP", .completed), ("AGENT_HANGUP", .completed),
            ("TIMEOUT", .completed), ("LONG_SILENCE_HANGUP", .completed), ("TRANSFERRED", .transferred),
            ("VOICEMAIL_DETECTED_HANGUP", .voicemail), ("NO_ANSWER", .noAnswer), ("BUSY", .busy),
            ("CANCELLED", .canceled),
            ("FAILED", .failed), ("RATE_LIMITED", .failed), ("FUTURE", .completed),
        ])
    func results(result: String, outcome: CallOutcome) throws {
        let call = try vogent.call(
            bodies("dial.updated", #""status": "completed", "systemResultType": "\#(result)""#)[0])
        #expect(call.outcome == outcome)
        #expect(call.endedReason == result)
        #expect((call.error?.code == result) == (outcome == .failed))
        #expect(try vogent.call(bodies("dial.updated", #""status": "no-answer""#)[0]).endedReason == "no-answer")
    }

    @Test("an inbound dial tells the caller and the agent, and its number id is no phone number")
    func inbound() throws {
        let call = try vogent.call(
            bodies(
                "dial.inbound", #""dest_number_id": "n1", "call_agent_id": "a1", "source_number": "+1 (415) 555-0130""#)[
                    0])
        #expect(call.direction == .inbound)
        #expect(call.from == "+14155550130")
        #expect(call.to == nil)
        #expect(call.agentID == "a1")
        #expect(try vogent.call(bodies("dial.created")[0]).direction == nil)
    }

    @Test("turns keep who spoke and, where they have them, their times; those without text are dropped")
    func transcript() throws {
        let call = try vogent.call(
            bodies(
                "dial.transcript",
                #""transcript": [{"text": "Hello?", "speaker": "HUMAN", "startTimeMs": 1500, "endTimeMs": "2250"}, {"text": "Hi", "speaker": "AI"}, {"text": "{}", "speaker": "AI", "detailType": "function"}, {"text": "", "speaker": "AI"}, {"text": "?", "speaker": "DOG"}]"#
            )[0])
        #expect(
            call.transcript == [
                TranscriptTurn(role: .customer, speaker: "HUMAN", text: "Hello?", start: 1.5, end: 2.25),
                TranscriptTurn(role: .agent, speaker: "AI", text: "Hi"),
                TranscriptTurn(role: .tool, speaker: "AI", text: "{}"),
                TranscriptTurn(role: .unknown, speaker: "DOG", text: "?"),
            ])
    }

    @Test(
        "the whole result of the extractor is the analysis, whatever its shape",
        arguments: [#"{"a": [1, 2.50], "summary": "S"}"#, "7", "[true]"])
    func extractor(result: String) throws {
        let call = try vogent.call(bodies("dial.extractor", #""ai_result": \#(result)"#)[0])
        #expect(call.analysis == (try JSON(parsing: result)))
    }

    @Test("parts add up to one call in any order, and nothing late moves it back")
    func merging() throws {
        let parts = [
            bodies("dial.created")[0], bodies("dial.updated", #""status": "completed""#)[0],
            bodies("dial.updated", #""status": "future""#)[0], bodies("dial.transcript", #""transcript": []"#)[0],
            bodies("dial.transcript", #""transcript": [{"text": "Hi", "speaker": "AI"}]"#)[0],
        ]
        for order in orders(of: parts) {
            let call = try vogent.merged(order)
            #expect(call.status == .completed)
            #expect(call.outcome == .completed)
            #expect(call.transcript.count == 1)
        }
    }

    // MARK: Function calls

    static let functionBody =
        #"{"dial_id": "d1", "params": {"name": "Ada"}, "dial": {"id": "d1", "toNumber": "+1 415 555 0131", "agent": {"id": "a1", "name": "Sam"}, "startedAt": "2025-10-09T09:00:00", "durationSeconds": "12"}}"#

    @Test("a function call asks for an answer, and gets one that says there is none")
    func functionCall() throws {
        let decoded = try vogent.decode(Self.functionBody)
        let event = try #require(decoded.events.first)
        #expect(event.type == "call.action_requested")
        #expect(event.data == ["action": ["kind": "function-call", "parameters": ["name": "Ada"]]])
        let call = try event.call
        #expect([call.providerCallID, call.to, call.agentID, call.agentName] == ["d1", "+14155550131", "a1", "Sam"])
        #expect(call.startedAt?.description == "2025-10-09T09:00:00.000Z")
        #expect(call.duration == 12)
        #expect(decoded.reply.json?["error"]?.string != nil)
    }

    @Test("a function call is believed by either proof, a notification by its signature")
    func functionProof() throws {
        let bench = try Workbench<Vogent>("{secret: s3cr3t, functions: {header: X-Function-Key, secret: [key1, key2]}}")
        let signed = bench.adapter.proof.sign(bench.webhook(Self.functionBody), at: bench.now)
        #expect(signed.map(\.name) == ["X-Elto-Signature"])
        #expect(bench.refusal(Self.functionBody, signed) == nil)
        #expect(bench.refusal(Self.functionBody, [("x-function-key", "key2")]) == nil)
        #expect(bench.refusal(Self.functionBody, [("x-function-key", "k3")]) == .badSecret)
        // A signature that is there decides.
        #expect(bench.refusal(Self.functionBody + " ", signed + [("x-function-key", "key2")]) == .badSignature)
        #expect(vogent.refusal(Self.functionBody, [("x-function-key", "key2")]) == .missingProof)
    }

    // MARK: Identity and proof

    @Test("a key is the event, the dial and the bytes; of updates the status")
    func keys() throws {
        #expect(try vogent.decode(bodies("dial.updated", #""status": "busy""#)[0]).key == "dial.updated:d1:busy")
        #expect(
            try vogent.decode(bodies("dial.updated", #""status": "busy", "x": 1"#)[0]).key == "dial.updated:d1:busy")
        let first = try vogent.decode(bodies("dial.recording_created", #""recording_url": "https://a.example/1""#)[0])
            .key
        let second = try vogent.decode(bodies("dial.recording_created", #""recording_url": "https://a.example/2""#)[0])
            .key
        #expect(first.hasPrefix("dial.recording_created:d1:"))
        #expect(first != second)
        #expect(first.split(separator: ":").last?.count == 64)
    }

    @Test("unknown events and those that name no dial are kept as provider events")
    func providerEvents() throws {
        for body in [
            #"{"event": "dial.future", "payload": {"dial_id": "d1"}}"#,
            #"{"event": "dial.updated", "payload": {"status": "busy"}}"#,
        ] {
            let event = try vogent.event(body)
            #expect(event.type == .providerEvent)
            #expect(event.data == (try JSON(parsing: body))["payload"])
        }
        #expect(try vogent.event(#"{"event": "x"}"#).data == ["event": "x"])
    }

    @Test(
        "what cannot be decoded says where and what was found, and no value",
        arguments: [
            ("[]", "the body: expected an object, found a list"), ("{}", "event: expected text, found nothing"),
            (#"{"event": {"secretive": 1}}"#, "event: expected text, found an object"),
            (#"{"params": {"secretive": 1}}"#, "event: expected text, found nothing"),
        ])
    func undecodable(body: String, problem: String) {
        do {
            _ = try vogent.decode(body)
            Issue.record("it was decoded")
        } catch let error as DecodeError { #expect(error.problem == problem) } catch { Issue.record("\(error)") }
    }

    @Test("odd types in every place decode to unknown, never to a trap")
    func oddTypes() throws {
        for value in ["null", "7", "\"x\"", "[]", "{}", "true", "-1e999", "[[{}]]"] {
            let names = [
                "status", "transcript", "recording_url", "ai_result", "systemResultType", "source_number",
                "durationSeconds", "agent",
            ]
            let fields = names.map { "\"\($0)\": \(value)" }.joined(separator: ", ")
            for name in Vogent.spec.events.map(\.name) {
                for body in bodies(name, fields) { #expect(try vogent.decode(body).events.count == 1) }
            }
            #expect(try vogent.decode(#"{"dial_id": "d1", "params": {}, "dial": \#(value)}"#).events.count == 1)
        }
    }

    @Test("the public signature header decides; the older one holds where that is not sent")
    func signatures() throws {
        let body = "{\"a\":1,\"b\":\"é\"}"
        let good = "2c24215a5e4b2db7f6a29cf03d02217f7c87c1dcfadead1330731675db8670c9"
        let bad = String(repeating: "0", count: 64)
        #expect(vogent.refusal(body, [("X-Elto-Signature", good)]) == nil)
        #expect(vogent.refusal(body, [("Vogent-Signature", good)]) == nil)
        #expect(vogent.refusal(body, [("X-Elto-Signature", good), ("Vogent-Signature", bad)]) == nil)
        #expect(vogent.refusal(body, [("Vogent-Signature", good), ("x-elto-signature", bad)]) == .badSignature)
        #expect(vogent.refusal(body + " ", [("X-Elto-Signature", good)]) == .badSignature)
        #expect(vogent.refusal(body, []) == .missingProof)
        let rotating = try Workbench<Vogent>("secrets: [newer, sample-vogent-secret]")
        #expect(rotating.refusal(body, [("X-Elto-Signature", good)]) == nil)
    }

    @Test("the functions' secret is believed for function calls and for nothing else")
    func functionsSecret() throws {
        let bench = try Workbench<Vogent>(
            "{secret: sample-vogent-secret, functions: {header: X-Function-Key, secret: sample-function-key}}")
        func decode(_ body: String, _ headers: [(String, String)]) throws -> Decoded {
            let verified = try bench.adapter.proof.check(bench.webhook(body, headers), at: bench.now)
            return try bench.adapter.decode(verified)
        }
        let call = #"{"params": {"x": 1}, "dial_id": "d1"}"#
        #expect(
            try decode(call, [("X-Function-Key", "sample-function-key")]).events.first?.type == "call.action_requested")
        for body in [
            #"{"event": "dial.updated", "payload": {"dial_id": "d1", "status": "completed"}}"#,
            #"{"type": "dial.updated", "data": {"dial_id": "d1", "status": "completed"}, "params": {}}"#,
            #"{"event": "anything", "payload": {}}"#, #"{"event": null, "params": {}, "dial_id": "d1"}"#,
        ] {
            let error = #expect(throws: DecodeError.self) {
                try decode(body, [("X-Function-Key", "sample-function-key")])
            }
            #expect(error?.refusal == .outOfScope, "\(body)")
        }
        // What may be a function call in another form is kept for a person to see.
        for body in ["{}", #"{"params": {}}"#, #"{"dial_id": "d1"}"#] {
            let error = #expect(throws: DecodeError.self) {
                try decode(body, [("X-Function-Key", "sample-function-key")])
            }
            #expect(error != nil && error?.refusal == nil, "\(body)")
        }
        // Beside a signature the secret is not what proves the webhook.
        let update = #"{"event": "dial.updated", "payload": {"dial_id": "d1", "status": "completed"}}"#
        #expect(try bench.decode(update, [("X-Function-Key", "sample-function-key")]).events.count == 1)
        let isForged: ProofRefusal? = bench.refusal(
            update,
            [("X-Elto-Signature", String(repeating: "0", count: 64)), ("X-Function-Key", "sample-function-key")])
        #expect(isForged == .badSignature)
    }

    @Test("a missing secret refuses to start")
    func wrongSettings() {
        #expect(Workbench<Vogent>.problems("{path: /x}").contains { $0.contains("needs a secret") })
        #expect(
            Workbench<Vogent>.problems("{secret: s3cr3t, functions: {header: \"a b\", secret: s3cr3t-k}}").contains {
                $0.contains("valid header name")
            })
    }
}
