import AdapterKit
import Testing
import Vapi

@Suite struct VapiTests {
    let vapi: Workbench<Vapi>

    init() throws { vapi = try Workbench("secret: sample-vapi-secret") }

    /// A message about one call; `fields` are further members of the message.
    func body(_ type: String, _ fields: String = "", call: String = #""id": "c1""#) -> String {
        #"{"message": {"type": "\#(type)", "timestamp": 1760000400000, "call": {\#(call)}\#(fields.isEmpty ? "" : ", " + fields)}}"#
    }

    // MARK: How calls end

    static let endings: [(CallOutcome, CallStatus, [String])] = [
        (
            .completed, .completed,
            [
                "assistant-ended-call", "assistant-said-end-call-phrase", "assistant-ended-call-with-hangup-task",
                "assistant-ended-call-after-message-spoken", "customer-ended-call",
                "customer-ended-call-before-warm-transfer", "customer-ended-call-after-warm-transfer-attempt",
                "customer-ended-call-during-transfer", "exceeded-max-duration", "silence-timed-out",
                "vonage-completed", "call.in-progress.twilio-completed-call", "call.in-progress.sip-completed-call",
                "call.ringing.hook-executed-say", "call.ending.hook-executed-say", "completed", "hangup",
            ]
        ),
        (
            .transferred, .completed,
            [
                "assistant-forwarded-call", "assistant-request-returned-forwarding-phone-number",
                "call.ringing.hook-executed-transfer", "call.ending.hook-executed-transfer",
            ]
        ),
        (.voicemail, .completed, ["voicemail"]),
        (
            .noAnswer, .noAnswer,
            [
                "customer-did-not-answer", "no-answer",
                "call.in-progress.error-providerfault-outbound-sip-408-request-timeout",
                "call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable",
            ]
        ),
        (.busy, .busy, ["customer-busy"]),
        (.abandoned, .missed, ["call.ringing.sip-inbound-caller-hungup-before-call-connect"]),
        (.canceled, .canceled, ["manually-canceled", "scheduled-call-deleted", "call-deleted"]),
        (
            .failed, .failed,
            [
                "call.start.error-get-org", "call-start-error-neither-assistant-nor-server-set",
                "pipeline-no-available-llm-model", "call.in-progress.error-vapifault-worker-died",
                "call.in-progress.error-providerfault-outbound-sip-503-service-unavailable",
                "call.ringing.error-sip-inbound-call-failed-to-connect", "call.forwarding.transfer-failed-to-start",
                "unknown-error", "assistant-not-found", "assistant-not-valid", "assistant-request-failed",
                "assistant-request-returned-error", "assistant-request-returned-no-assistant",
                "assistant-join-timed-out", "customer-did-not-give-microphone-permission", "worker-shutdown",
                "phone-call-provider-closed-websocket", "phone-call-provider-bypass-enabled-but-no-call-received",
                "twilio-failed-to-connect-call", "twilio-reported-customer-misdialed", "vonage-disconnected",
                "vonage-failed-to-connect-call", "vonage-rejected", "call.forwarding.operator-busy", "failed",
            ]
        ),
        (.unknown, .completed, ["something-new", "call.forwarding.operator", "voicemail-left"]),
    ]

    @Test("an ended reason decides outcome and status, in status updates and in reports", arguments: endings)
    func ends(outcome: CallOutcome, status: CallStatus, reasons: [String]) throws {
        for reason in reasons {
            let ending = #""endedReason": "\#(reason)""#
            for body in [
                body("end-of-call-report", ending), body("status-update", #""status": "ended", "# + ending),
                body("call-ended", ending), body("end-of-call-report", call: #""id": "c1", "# + ending),
            ] {
                let call = try vapi.call(body)
                #expect(call.outcome == outcome, "\(reason)")
                #expect(call.status == status, "\(reason)")
                #expect(call.endedReason == reason)
                #expect((call.error?.code == reason) == (outcome == .failed), "\(reason)")
            }
        }
    }

    @Test("a failed call tells the provider's code and words")
    func failure() throws {
        let call = try vapi.call(
            body(
                "end-of-call-report", #""endedReason": "vonage-rejected""#,
                call: #""id": "c1", "endedMessage": "The carrier refused.""#))
        #expect(call.error == Failure(code: "vonage-rejected", message: "The carrier refused."))
    }

    @Test("the report wins over the provisional end, whichever comes first")
    func reportWins() throws {
        let parts = [
            body("status-update", #""status": "in-progress""#),
            body(
                "status-update", #""status": "ended", "endedReason": "customer-ended-call", "timestamp": 1760000490000"#
            ),
            body(
                "end-of-call-report",
                #""endedReason": "customer-busy", "durationSeconds": "61.5", "endedAt": "2025-10-09T09:01:01.500Z", "#
                    + #""analysis": {"summary": "Busy."}"#),
            body("transfer-update", #""destination": {"type": "number", "number": "+14155550102"}"#),
        ]
        let expected = try vapi.merged(parts)
        #expect(expected.outcome == .busy)
        #expect(expected.status == .busy)
        #expect(expected.endedReason == "customer-busy")
        #expect(expected.duration == 61.5)
        #expect(expected.endedAt?.description == "2025-10-09T09:01:01.500Z")
        for order in orders(of: parts) { #expect(try vapi.merged(order + order) == expected) }
    }

    @Test("a stale snapshot of the call does not win over what the report itself says")
    func staleSnapshot() throws {
        let stale =
            #""id": "c1", "status": "ringing", "startedAt": null, "endedAt": "2020-01-01T00:00:00Z", "endedReason": "x", "cost": 0"#
        let call = try vapi.call(
            body(
                "end-of-call-report",
                #""startedAt": "2025-10-09T09:00:00Z", "endedAt": "2025-10-09T09:01:00Z", "endedReason": "hangup", "cost": 0.30"#,
                call: stale))
        #expect(call.status == .completed)
        #expect(call.startedAt?.description == "2025-10-09T09:00:00.000Z")
        #expect(call.endedAt?.description == "2025-10-09T09:01:00.000Z")
        #expect(call.duration == 60)
        #expect(call.cost == (try JSON(parsing: "0.30")))
        // A notice that the record was deleted comes last and knows least.
        let deleted = body("call.deleted", #""timestamp": 1760009999000"#, call: stale + #", "type": "webCall""#)
        let merged = try vapi.merged([
            body("end-of-call-report", #""endedAt": "2025-10-09T09:01:00Z", "endedReason": "hangup""#), deleted,
        ])
        #expect(merged.endedAt?.description == "2025-10-09T09:01:00.000Z")
        #expect(merged.endedReason == "hangup")
        #expect(merged.status == .completed)
    }

    @Test("an early empty artifact leaves what a later report brings")
    func emptyArtifact() throws {
        let report = body(
            "end-of-call-report",
            #""endedReason": "hangup", "artifact": {"transcript": "AI: Hi", "recordingUrl": "https://a.example/r.wav"}"#
        )
        let empty = body(
            "status-update",
            #""status": "ended", "timestamp": 1760000999000, "artifact": {"messages": [], "transcript": "", "recordingUrl": null}"#
        )
        for order in orders(of: [report, empty]) {
            let call = try vapi.merged(order)
            #expect(call.transcript.map(\.text) == ["Hi"])
            #expect(call.recording?.url == "https://a.example/r.wav")
        }
    }

    // MARK: Fields

    @Test("the parties follow the direction, formatted numbers are made E.164 where they can be")
    func parties() throws {
        func parties(_ type: String, _ fields: String) throws -> [String?] {
            let call = try vapi.call(
                body("status-update", #""status": "ringing", "# + fields, call: #""id": "c1", "type": "\#(type)""#))
            return [call.direction?.rawValue, call.channel?.rawValue, call.from, call.to]
        }
        let both = #""customer": {"number": "+1 (415) 555-0101"}, "phoneNumber": {"number": "+1.415.555.0100"}"#
        #expect(try parties("inboundPhoneCall", both) == ["inbound", "phone", "+14155550101", "+14155550100"])
        #expect(try parties("outboundPhoneCall", both) == ["outbound", "phone", "+14155550100", "+14155550101"])
        #expect(try parties("webCall", both) == [nil, "web", nil, nil])
        #expect(try parties("vapi.websocketCall", "\"x\": 1") == [nil, "web", nil, nil])
        let others =
            #""customer": {"sipUri": "sip:a@example.com"}, "phoneNumber": {"twilioPhoneNumber": "+14155550100"}"#
        #expect(try parties("inboundPhoneCall", others) == ["inbound", "phone", "sip:a@example.com", "+14155550100"])
        let call = try vapi.call(
            body(
                "status-update", #""status": "queued""#,
                call:
                    #""id": "c1", "type": "outboundPhoneCall", "phoneCallTransport": "sip", "customer": {"number": "anonymous"}, "phoneNumber": {"number": "0412 345 678"}"#
            ))
        #expect([call.channel?.rawValue, call.from, call.to] == ["sip", "0412345678", "anonymous"])
    }

    @Test(
        "the customer's own reference is looked for in this order",
        arguments: [
            (
                #""assistantOverrides": {"variableValues": {"call_id": 42}}, "analysis": {"structuredData": {"call_id": 7}}"#,
                "42"
            ),
            (#""analysis": {"structuredData": {"call_id": "7"}, "structuredDataMulti": [{"call_id": 8}]}"#, "7"),
            (#""analysis": {"structuredDataMulti": [{"x": 1}, {"call_id": 8}]}"#, "8"),
            (#""analysis": {}"#, nil),
        ] as [(String, String?)])
    func externalID(fields: String, expected: String?) throws {
        let call = try vapi.call(body("end-of-call-report", fields))
        #expect(call.externalID == expected)
        #expect(call.providerCallID == "c1")
    }

    @Test(
        "the duration is read in seconds or milliseconds, as numbers or text, or reckoned from naive times",
        arguments: [
            (#""durationSeconds": "90.5", "durationMs": 1"#, 90.5), (#""durationMs": 1500"#, 1.5),
            (#""startedAt": "2025-10-09T09:00:00", "endedAt": "2025-10-09 09:00:02.25""#, 2.25),
            (#""startedAt": 1760000400, "endedAt": 1760000430000"#, 30), (#""createdAt": 1"#, nil),
        ] as [(String, Double?)])
    func duration(fields: String, expected: Double?) throws {
        #expect(try vapi.call(body("end-of-call-report", fields)).duration == expected)
    }

    @Test("the analysis keeps what the customer's schemas made, without what is empty")
    func analysis() throws {
        let call = try vapi.call(
            body(
                "end-of-call-report",
                #""analysis": {"summary": "S", "structuredData": {}, "successEvaluation": false}, "artifact": {"structuredOutputs": {"o": {"result": 1}}, "scorecards": {}}"#
            ))
        #expect(call.analysis == ["successEvaluation": false, "structuredOutputs": ["o": ["result": 1]]])
        #expect(try (vapi.call(body("end-of-call-report", #""analysis": {}"#)).analysis ?? .null).isNull)
    }

    @Test(
        "a recording is found wherever Vapi has put it, the newest place first",
        arguments: [
            (
                #""artifact": {"recording": {"mono": {"combinedUrl": "u1"}}, "recordingUrl": "u2"}, "recordingUrl": "u3""#,
                "u1"
            ),
            (#""artifact": {"recordingUrl": "u2", "recordingPath": "u4"}, "recordingUrl": "u3""#, "u2"),
            (#""artifact": {"recordingPath": "u4"}, "recordingUrl": "u3""#, "u3"),
            (#""artifact": {"recordingPath": "u4", "recordingUrl": null}"#, "u4"),
        ])
    func recording(fields: String, expected: String) throws {
        let event = try vapi.event(body("end-of-call-report", fields))
        #expect(try event.call.recording?.url == expected)
        #expect(event.derived == ["call.recording_available"])
    }

    // MARK: Transcripts

    @Test(
        "a transcript is read in every shape it has had",
        arguments: [
            // Epoch milliseconds, fractions included; the documented duration is not trusted.
            (
                #""artifact": {"messages": [{"role": "bot", "message": "Hi", "time": 1760000401000.5, "endTime": 1760000403000.5, "secondsFromStart": 1.25, "duration": 2000}]}"#,
                [TranscriptTurn(role: .agent, text: "Hi", start: 1.25, end: 3.25)]
            ),
            // Small times are seconds from the start.
            (
                #""messages": [{"role": "user", "message": "Yes", "time": "2", "endTime": 3.5}]"#,
                [TranscriptTurn(role: .customer, text: "Yes", start: 2, end: 3.5)]
            ),
            // Epoch times without an offset say nothing about the start of the call.
            (
                #""messages": [{"role": "assistant", "message": "Hi", "time": 1760000401000}]"#,
                [TranscriptTurn(role: .agent, text: "Hi")]
            ),
            // Entries without role or text are dropped; results of tools carry theirs as `result`.
            (
                #""messages": [{"role": "user"}, {"message": "x"}, {"role": "user", "message": ""}, {"role": "tool_calls", "toolCalls": []}, {"role": "tool_call_result", "name": "lookup", "result": "3"}, {"role": "function_result", "result": "4"}, {"role": "system", "message": "Be kind."}]"#,
                [
                    TranscriptTurn(role: .tool, speaker: "lookup", text: "3"), TranscriptTurn(role: .tool, text: "4"),
                    TranscriptTurn(role: .system, text: "Be kind."),
                ]
            ),
            // Empty lists lead on to the next place, at last to the text.
            (
                #""artifact": {"messages": [], "transcript": "AI: Hello.\nHow are you?\n\nUser:  Fine, he said AI: no\n"}, "messages": []"#,
                [
                    TranscriptTurn(role: .agent, text: "Hello.\nHow are you?"),
                    TranscriptTurn(role: .customer, text: "Fine, he said AI: no"),
                ]
            ),
            (#""transcript": "User: Hi""#, [TranscriptTurn(role: .customer, text: "Hi")]),
            (
                #""transcript": "noise\nAI: Hi""#,
                [TranscriptTurn(role: .unknown, text: "noise"), TranscriptTurn(role: .agent, text: "Hi")]
            ),
            (#""transcript": "", "artifact": {"messages": "none"}"#, []),
        ] as [(String, [TranscriptTurn])])
    func transcripts(fields: String, expected: [TranscriptTurn]) throws {
        let event = try vapi.event(body("end-of-call-report", fields))
        #expect(try event.call.transcript == expected)
        #expect(event.derived == (expected.isEmpty ? [] : ["call.transcript_available"]))
    }

    @Test("older reports keep their transcript in the call")
    func transcriptInCall() throws {
        let call = try vapi.call(
            body(
                "end-of-call-report",
                call: #""id": "c1", "artifact": {"messages": [{"role": "user", "message": "Hi"}]}"#))
        #expect(call.transcript.map(\.text) == ["Hi"])
    }

    @Test("a live turn never replaces the conversation so far")
    func liveTurn() throws {
        let turn = try vapi.event(
            body("transcript", #""role": "user", "transcriptType": "partial", "transcript": "I ne""#))
        #expect(try turn.call.transcript.isEmpty)
        #expect(turn.type == "call.transcript_updated")
        #expect(turn.data == ["role": "customer", "text": "I ne", "final": false])
        let final = try vapi.event(
            body(#"transcript[transcriptType=\"final\"]"#, #""role": "assistant", "transcript": "Sure.""#))
        #expect(final.type == "call.transcript_updated")
        #expect(final.native.type == "transcript[transcriptType=\"final\"]")
        #expect(final.data == ["role": "agent", "text": "Sure.", "final": true])
    }

    // MARK: Requests that wait

    @Test(
        "tool calls are read in every shape, and each is told that there is no answer",
        arguments: [
            #""toolCallList": [{"id": "t1", "type": "function", "function": {"name": "lookup", "arguments": "{\"id\":1}"}}]"#,
            #""toolCallList": [{"id": "t1", "type": "function", "function": {"name": "lookup", "arguments": {"id": 1}}}]"#,
            #""toolCallList": [{"id": "t1", "name": "lookup", "arguments": {"id": 1}}]"#,
            #""toolCallList": [{"id": "t1", "name": "lookup", "parameters": {"id": 1}}]"#,
            #""toolCallList": [], "toolWithToolCallList": [{"type": "function", "toolCall": {"id": "t1", "function": {"name": "lookup", "parameters": {"id": 1}}}}]"#,
            #""toolCalls": [{"id": "t1", "function": {"name": "lookup", "arguments": {"id": 1}}}]"#,
        ])
    func toolCalls(fields: String) throws {
        let decoded = try vapi.decode(body("tool-calls", fields))
        #expect(decoded.events.first?.type == "call.action_requested")
        #expect(
            decoded.events.first?.data
                == [
                    "action": [
                        "kind": "tool-calls", "calls": [["id": "t1", "name": "lookup", "arguments": ["id": 1]]],
                    ]
                ])
        #expect(
            decoded.reply.json
                == [
                    "results": [
                        ["toolCallId": "t1", "name": "lookup", "error": "Sorry, that is not possible right now."]
                    ]
                ])
        #expect(decoded.key == "c1:tool-calls:t1")
    }

    @Test(
        "what blocks a live call gets a safe answer",
        arguments: [
            ("assistant-request", ["error": "No."]), ("transfer-destination-request", ["error": "No."]),
            ("handoff-destination-request", ["error": "No."]), ("function-call", ["result": "No."]),
            ("knowledge-base-request", ["documents": []]), ("tool-calls", ["error": "No."]),
            ("phone-call-control", ["status": "ok"]), ("status-update", ["status": "ok"]),
            ("never-heard-of", ["status": "ok"]),
        ] as [(String, JSON)])
    func answers(type: String, expected: JSON) throws {
        // Also when the event itself is dropped, and when it names no call.
        let plain = try Workbench<Vapi>("{secret: s3cr3t, apology: No.}")
        #expect(try plain.decode(body(type)).reply.json == expected)
        #expect(try plain.decode(#"{"message": {"type": "\#(type)"}}"#).reply.json == expected)
        if type.hasSuffix("request") {
            let dropping = try Workbench<Vapi>("{secret: s3cr3t, apology: No., drop: [\(type)]}")
            let decoded = try dropping.decode(body(type))
            #expect(decoded.reply.json == expected)
            #expect(decoded.events.isEmpty)
        }
    }

    @Test("the endpointing and voice servers of a call are answered in their own forms")
    func ownServers() throws {
        #expect(try vapi.decode(body("call.endpointing.request")).reply.json?["timeoutSeconds"]?.double == 0.5)
        let voice = try vapi.decode(body("voice-request", #""text": "Hello", "sampleRate": 24000"#))
        #expect(voice.reply.contentType == "application/octet-stream")
        #expect(voice.reply.body.isEmpty)
        #expect(
            voice.events.first?.data == ["action": ["kind": "voice-request", "text": "Hello", "sampleRate": 24000]])
    }

    @Test("where a call is handed to is told without the assistants that are described there whole")
    func destinations() throws {
        let destination =
            #""destination": {"type": "assistant", "assistantName": "Sales", "assistant": {"server": {"secret": "S"}}, "message": null}"#
        let plain: JSON = ["type": "assistant", "assistantName": "Sales"]
        #expect(try vapi.event(body("transfer-update", destination)).data == ["destination": plain])
        #expect(
            try vapi.event(body("phone-call-control", #""request": "forward", "# + destination)).data
                == ["action": ["kind": "phone-call-control", "request": "forward", "destination": plain]])
    }

    // MARK: What is kept

    static let highFrequency = [
        "hang", "speech-update", "assistant-speech", "assistant.speechStarted", "assistant.started", "model-output",
        "user-interrupted", "language-changed", "language-change-detected", "voice-input",
    ]

    @Test("high-frequency events are acknowledged and dropped, unless they are asked for", arguments: highFrequency)
    func dropped(type: String) throws {
        let decoded = try vapi.decode(body(type))
        #expect(decoded.events.isEmpty)
        #expect(decoded.reply.json == ["status": "ok"])
        let keeping = try Workbench<Vapi>("{secret: s3cr3t, keep: [\(type)]}")
        #expect(try keeping.event(body(type)).type == "call.updated")
        #expect(try keeping.event(body("end-of-call-report")).type == "call.ended")
    }

    @Test("other events can be dropped")
    func drop() throws {
        let dropping = try Workbench<Vapi>("{secret: s3cr3t, drop: [transcript, conversation-update]}")
        for type in ["transcript", #"transcript[transcriptType=\"final\"]"#, "conversation-update"] {
            #expect(try dropping.decode(body(type)).events.isEmpty)
            #expect(try vapi.event(body(type)).type == "call.transcript_updated")
        }
    }

    @Test(
        "a wrong configuration is told what would be right",
        arguments: [
            ("{path: /x}", "needs \"secret\", \"bearer\", \"hmac\" or \"jwt\""),
            ("{secret: s3cr3t, keep: [speech-updat]}", "Did you mean \"speech-update\"?"),
            ("{secret: s3cr3t, keep: [end-of-call-report]}", "names \"end-of-call-report\", which is kept anyway"),
            ("{secret: s3cr3t, keep: [hang], drop: [hang]}", "both in \"keep\" and in \"drop\""),
            ("{secret: s3cr3t, bearer: {token: t0ken, header: x-vapi-secret}}", "two credentials use the header"),
            ("{hmac: {secret: s3cr3t-k, payload_format: \"{timestamp}\"}}", "{body} is needed"),
            ("{hmac: {secret: s3cr3t-k, payload_format: \"{nonce}.{body}\"}}", "unknown {nonce}"),
            (
                "{hmac: {secret: s3cr3t-k, include_timestamp: false, payload_format: \"{timestamp}.{body}\"}}",
                "include_timestamp is false"
            ),
            ("{hmac: {secret: \"%%%%\", secret_is_base64: true}}", "is not base64"),
            ("{hmac: {secret: s3cr3t-k, signature_header: \"a b\"}}", "must be a valid header name"),
            ("{bearer: {token: []}}", "no token"),
        ])
    func wrongSettings(yaml: String, expected: String) {
        let problems = Workbench<Vapi>.problems(yaml)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    // MARK: Identity

    @Test(
        "the key is the call, the name, and what tells two of that name apart",
        arguments: [
            ("status-update", #""status": "ended""#, "c1:status-update:ended"),
            ("end-of-call-report", "", "c1:end-of-call-report"), ("call-ended", "", "c1:call-ended"),
            ("conversation-update", "", "c1:conversation-update:1760000400000"),
            ("transcript", #""role": "user", "transcriptType": "final""#, "c1:transcript:1760000400000:user:final"),
            ("transfer-update", "", "c1:transfer-update:1760000400000"),
            ("tool-calls", #""toolCallList": [{"id": "a"}, {"id": "b"}]"#, "c1:tool-calls:a,b"),
            (
                "session.updated", #""session": {"id": "s1", "updatedAt": "2025-10-09T09:00:01.000Z"}"#,
                "s1:session.updated:2025-10-09T09:00:01.000Z"
            ),
            (
                "chat.created", #""chat": {"id": "h1", "updatedAt": "2025-10-09T09:00:01.000Z"}"#,
                "h1:chat.created:2025-10-09T09:00:01.000Z"
            ),
        ])
    func keys(type: String, fields: String, expected: String) throws {
        #expect(try vapi.decode(body(type, fields)).key == expected)
        #expect(try vapi.decode(body(type, fields)).key == expected)
    }

    @Test("webhooks that name nothing are told apart by their bytes")
    func namelessKeys() throws {
        let (a, b) = (#"{"message": {"type": "x", "a": 1}}"#, #"{"message": {"type": "x", "a": 2}}"#)
        #expect(try vapi.decode(a).key == vapi.decode(a).key)
        #expect(try vapi.decode(a).key != vapi.decode(b).key)
    }

    @Test("an event about a call without any id, and unknown ones, become provider events with their own data")
    func providerEvents() throws {
        for body in [
            #"{"message": {"type": "status-update", "status": "ended"}}"#,
            #"{"message": {"type": "future.thing", "call": {"id": "c1"}}}"#,
            #"{"message": {"type": "tool-calls", "toolCallList": []}}"#,
        ] {
            let event = try vapi.event(body)
            #expect(event.type == .providerEvent)
            #expect(event.isAboutNothing)
            #expect(event.data == (try JSON(parsing: body))["message"])
        }
        #expect(try vapi.event(body("status-update", #""status": "future""#)).type == "call.updated")
        #expect(try vapi.event(body("assistant.future")).type == "call.updated")
    }

    @Test(
        "what cannot be decoded says where and what was found, and no value",
        arguments: [
            ("[1]", "the body: expected an object, found a list"),
            (#"{"type": "secretive"}"#, "message: expected an object, found nothing"),
            (#"{"message": "secretive"}"#, "message: expected an object, found text"),
            (#"{"message": {"type": 7}}"#, "message.type: expected text, found a number"),
            (#"{"message": {"type": ""}}"#, "message.type: expected text, found empty text"),
        ])
    func undecodable(body: String, problem: String) {
        #expect(throws: DecodeError.self) { try vapi.decode(body) }
        do { _ = try vapi.decode(body) } catch let error as DecodeError { #expect(error.problem == problem) } catch {
            Issue.record("\(error)")
        }
    }

    @Test("odd types in every place decode to unknown, never to a trap")
    func oddTypes() throws {
        for value in ["null", "7", "\"x\"", "[]", "{}", "true", "-1e999", "[[{}]]"] {
            let names = [
                "call", "phoneNumber", "customer", "artifact", "analysis", "messages", "toolCallList", "timestamp",
                "startedAt", "endedAt", "durationMs", "cost", "endedReason", "status", "assistant", "functionCall",
            ]
            for type in ["end-of-call-report", "status-update", "tool-calls", "transcript", "chat.created"] {
                let fields = names.map { "\"\($0)\": \(value)" }.joined(separator: ", ")
                let decoded = try vapi.decode(#"{"message": {"type": "\#(type)", \#(fields)}}"#)
                #expect(decoded.events.count == 1)
            }
        }
    }

    // MARK: Proof and credentials

    static let vectors: [(yaml: String, headers: [(name: String, value: String)], loose: Bool)] = [
        ("secret: sample-vapi-secret", [("X-Vapi-Secret", "sample-vapi-secret")], true),
        ("secrets: [other, sample-vapi-secret]", [("x-vapi-secret", "sample-vapi-secret")], true),
        ("bearer: {token: sample-vapi-token}", [("Authorization", "Bearer sample-vapi-token")], true),
        ("bearer: {token: t0k1, header: X-Vapi-Secret, prefix: \"\"}", [("X-Vapi-Secret", "t0k1")], true),
        (
            "hmac: {secret: sample-vapi-hmac}",
            [
                ("x-signature", "77760b87e7ff1d5c07a044b1c63ba87a3daa87af57e7d0170e63781b9ba24f39"),
                ("x-timestamp", "1760000000"),
            ], false
        ),
        (
            "hmac: {secret: sample-vapi-hmac, signature_header: x-vapi-signature, payload_format: \"{body}\", include_timestamp: false}",
            [("x-vapi-signature", "67cc4fd47e7f3150654bc8649aa8b03b1a1bb4e6612e694d4bdf8efa436c1507")], false
        ),
        (
            "hmac: {secret: AP8gc2FtcGxl, algorithm: sha1, signature_prefix: sha1=, signature_encoding: base64, secret_is_base64: true}",
            [("x-signature", "sha1=K7azPKXZ2zUU0Ym0M7LACwoe3Eg="), ("x-timestamp", "1760000000")], false
        ),
        (
            "hmac: {secret: whsec_c2FtcGxlIHN0YW5kYXJkIHdlYmhvb2tzIGtleSD+, secret_is_base64: true, signature_header: webhook-signature, timestamp_header: webhook-timestamp, message_id_header: webhook-id, signature_prefix: \"v1,\", signature_encoding: base64, payload_format: \"{svix-id}.{timestamp}.{body}\"}",
            [
                ("webhook-id", "msg_sample"), ("webhook-timestamp", "1760000000"),
                ("webhook-signature", "v1,0ZX/y6AtWdFdRt8vGDVJ0S1vPifakKwU68YEWl7Z2tY="),
            ], false
        ),
    ]

    @Test("every credential that a server of Vapi can have is checked", arguments: vectors)
    func proofs(yaml: String, headers: [(name: String, value: String)], loose: Bool) throws {
        let bench = try Workbench<Vapi>(yaml)
        let body = "{\"a\":1,\"b\":\"é\"}"
        #expect(bench.refusal(body, headers) == nil)
        #expect(bench.refusal(body, []) == .missingProof)
        let broken = headers.map { ($0.name, String($0.value.dropLast(4)) + "AAA=") }
        #expect(bench.refusal(body, broken) != nil)
        // A secret in a header proves nothing about the body; a signature does.
        #expect((bench.refusal(body + " ", headers) == nil) == loose)
        if headers.contains(where: { $0.value == "1760000000" }) {
            var late = bench
            late.now = late.now + .seconds(301)
            #expect(late.refusal(body, headers) == .staleTimestamp)
        }
    }

    @Test("carrier tokens, server secrets and headers are replaced wherever they ride; prompts stay")
    func credentials() throws {
        let body = #"""
            {"message": {"type": "status-update", "phoneNumber": {"number": "+1", "twilioAccountSid": "S1", "twilioAuthToken": "S2"},
            "call": {"id": "c1", "phoneNumber": {"twilioAuthToken": "S3", "server": {"url": "u", "secret": "S4"}},
              "squad": {"members": [{"assistant": {"model": {"messages": [{"content": "prompt stays"}], "tools": [{"type": "function", "server": {"url": "u", "headers": {"X-Key": "S5"}}}]}}}]}},
            "assistant": {"server": {"secret": "S6", "headers": {"Authorization": "S7"}}, "serverUrlSecret": "S8", "credentials": [{"apiKey": "S9"}]}}}
            """#
        let redacted = Redaction(Vapi.spec.credentials).apply(Array(body.utf8))
        #expect(redacted.changed)
        let text = String(decoding: redacted.bytes, as: UTF8.self)
        for number in 1...9 { #expect(!text.contains("\"S\(number)\""), "S\(number)") }
        #expect(text.contains("prompt stays"))
        #expect(text.contains("\"number\": \"+1\""))
    }

    @Test("Vapi does not send again by itself, so its webhooks are served first")
    func retries() { #expect(!Vapi.spec.retries) }
}
