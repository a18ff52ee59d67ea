import AdapterKit
import OpenPhone
import Testing

@Suite struct OpenPhoneTests {
    let openPhone: Workbench<OpenPhone>

    init() throws { openPhone = try Workbench("secret: whsec_c2FtcGxlIHN0YW5kYXJkIHdlYmhvb2tzIGtleSD+") }

    /// The context of the current generation, with one number on each side.
    static let context =
        #"{"conversationId": "CN1", "userId": "US9", "participants": {"workspace": ["+14155550100"], "external": ["+14155550110"], "resolution": "available"}}"#

    /// A current body; `fields` are members of the resource besides its id.
    func current(_ type: String, _ fields: String, context: String = context) -> String {
        let inner = fields.isEmpty ? "" : ", " + fields
        return
            #"{"id": "EV1", "apiVersion": "2026-03-30", "createdAt": "2026-04-13T12:00:00.000Z", "type": "\#(type)", "data": {"resource": {"id": "AC1"\#(inner)}, "context": \#(context)}}"#
    }

    /// A legacy body, or one of the oldest form when `envelope` is empty.
    func legacy(
        _ type: String, _ object: String, envelope: String = #""id": "EV2", "createdAt": "2025-10-09T09:00:01Z", "#
    ) -> String {
        #"{\#(envelope)"type": "\#(type)", "data": {"object": {\#(object)}}}"#
    }

    // MARK: How calls end

    /// Status words with what else the call says, and the end for incoming and for outgoing calls.
    static let endings: [(fields: String, incoming: (CallStatus, CallOutcome), outgoing: (CallStatus, CallOutcome))] = [
        (#""status": "answered""#, (.completed, .completed), (.completed, .completed)),
        (#""status": "answered", "answeredAt": null"#, (.completed, .completed), (.completed, .completed)),
        (#""status": "ai-handled""#, (.completed, .completed), (.completed, .completed)),
        (
            #""status": "completed", "answeredAt": "2026-04-13T11:59:05Z""#, (.completed, .completed),
            (.completed, .completed)
        ),
        (#""status": "completed""#, (.completed, .completed), (.completed, .completed)),
        (#""status": "completed", "answeredAt": null"#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (
            #""status": "completed", "answeredAt": null, "hasVoicemail": true"#, (.missed, .voicemail),
            (.noAnswer, .noAnswer)
        ),
        (
            #""status": "completed", "answeredAt": null, "voicemail": {"url": "https://a.example/v.mp3"}"#,
            (.missed, .voicemail), (.noAnswer, .noAnswer)
        ),
        (#""status": "completed", "answeredAt": null, "voicemail": null"#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (#""status": "unanswered""#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (#""status": "unanswered", "hasVoicemail": true"#, (.missed, .voicemail), (.noAnswer, .noAnswer)),
        (#""status": "unanswered", "hasVoicemail": false"#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (#""status": "no-answer""#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (#""status": "missed""#, (.missed, .missed), (.noAnswer, .noAnswer)),
        (#""status": "missed", "hasVoicemail": true"#, (.missed, .voicemail), (.noAnswer, .noAnswer)),
        (#""status": "abandoned""#, (.missed, .abandoned), (.canceled, .abandoned)),
        (#""status": "forwarded""#, (.completed, .transferred), (.completed, .transferred)),
        (#""status": "busy""#, (.busy, .busy), (.busy, .busy)),
        (#""status": "failed""#, (.failed, .failed), (.failed, .failed)),
        (#""status": "canceled""#, (.canceled, .canceled), (.canceled, .canceled)),
        (#""status": "unknown""#, (.unknown, .unknown), (.unknown, .unknown)),
        (#""status": "initiated""#, (.unknown, .unknown), (.unknown, .unknown)),
        (#""x": 1"#, (.unknown, .unknown), (.unknown, .unknown)),
    ]

    @Test("status, direction and voicemail decide how a completed call ended", arguments: endings)
    func ends(
        fields: String, incoming: (CallStatus, CallOutcome), outgoing: (CallStatus, CallOutcome)
    ) throws {
        for (direction, end) in [("incoming", incoming), ("outgoing", outgoing)] {
            let given = fields + #", "direction": "\#(direction)""#
            for body in [current("call.completed", given), legacy("call.completed", #""id": "AC1", "# + given)] {
                let event = try openPhone.event(body)
                let call = try event.call
                #expect(event.type == "call.ended")
                #expect(call.status == end.0, "\(given)")
                #expect(call.outcome == end.1, "\(given)")
                #expect(call.direction == (direction == "incoming" ? .inbound : .outbound))
            }
        }
    }

    @Test(
        "without a direction a call counts as incoming only if somebody of the workspace answered it",
        arguments: [
            (#""status": "completed", "answeredAt": null"#, CallStatus.completed, CallOutcome.completed),
            (#""status": "unanswered""#, .completed, .completed), (#""status": "abandoned""#, .completed, .completed),
            (#""status": "unanswered", "answeredBy": "US1""#, .missed, .missed),
            (#""status": "unanswered", "answeredBy": "US1", "hasVoicemail": true"#, .missed, .voicemail),
            (#""status": "abandoned", "answeredBy": "US1""#, .missed, .abandoned),
            (#""status": "busy""#, .busy, .busy), (#""status": "forwarded""#, .completed, .transferred),
        ])
    func noDirection(fields: String, status: CallStatus, outcome: CallOutcome) throws {
        let call = try openPhone.call(legacy("call.completed", #""id": "AC1", "# + fields))
        #expect(call.status == status)
        #expect(call.outcome == outcome)
        #expect(call.direction == nil)
    }

    @Test(
        "the length of a call is told, reckoned from the answer, or nothing when nobody answered",
        arguments: [
            (#""duration": "55.5""#, 55.5),
            (#""answeredAt": "2026-04-13T11:59:05", "completedAt": "2026-04-13T12:00:00.250""#, 55.25),
            (#""answeredAt": null, "completedAt": "2026-04-13T12:00:00Z""#, 0),
            (#""answeredAt": null, "duration": null"#, 0),
            (#""completedAt": "2026-04-13T12:00:00Z""#, nil),
        ] as [(String, Double?)])
    func duration(fields: String, expected: Double?) throws {
        #expect(
            try openPhone.call(legacy("call.completed", #""id": "AC1", "status": "completed", "# + fields)).duration
                == expected)
    }

    @Test("a missed call keeps the voicemail that call.completed tells of, in any order")
    func missedWithVoicemail() throws {
        let parts = [
            current("call.ringing", #""direction": "incoming", "createdAt": "2026-04-13T11:59:00Z""#),
            current("call.missed", #""createdAt": "2026-04-13T11:59:00Z""#),
            current(
                "call.completed",
                #""direction": "incoming", "status": "unanswered", "hasVoicemail": true, "answeredAt": null"#),
            current(
                "call.voicemail.completed",
                #""callId": "AC1", "voicemailId": "VM1", "duration": 12, "recordingUrl": "https://a.example/v.mp3", "from": "+1 415 555 0110", "transcript": "Call me.""#
            ).replacing(#""id": "AC1""#, with: #""id": "AC2""#),
        ]
        for order in orders(of: parts) {
            let call = try openPhone.merged(order)
            #expect(call.status == .missed)
            #expect(call.outcome == .voicemail)
            #expect(call.duration == 0)
            #expect(call.recording == Recording(url: "https://a.example/v.mp3", duration: 12))
            #expect(call.transcript == [TranscriptTurn(role: .customer, speaker: "+1 415 555 0110", text: "Call me.")])
            #expect(call.from == "+14155550110")
            #expect(call.startedAt?.description == "2026-04-13T11:59:00.000Z")
        }
    }

    @Test("a late answer or ringing does not move an ended call back")
    func lateParts() throws {
        let parts = [
            current(
                "call.completed",
                #""direction": "incoming", "status": "answered", "duration": 55, "completedAt": "2026-04-13T12:00:00Z""#
            ),
            current(
                "call.answered",
                #""direction": "incoming", "answeredAt": "2026-04-13T11:59:05Z", "answeredByUserId": "US1""#
            )
            .replacing("2026-04-13T12:00:00.000Z", with: "2026-04-13T12:30:00.000Z"),
            current("call.forwarded", #""forwardedFrom": "+14155550100", "forwardedTo": "anonymous""#),
            current("call.recording.completed", #""direction": "incoming", "recordings": []"#),
        ]
        for order in orders(of: parts) {
            let call = try openPhone.merged(order)
            #expect(call.status == .completed)
            #expect(call.outcome == .completed)
            #expect(call.answeredAt?.description == "2026-04-13T11:59:05.000Z")
            #expect(call.duration == 55)
        }
    }

    @Test("a later version of a summary replaces an earlier one, also when it comes first")
    func summaryVersions() throws {
        func summary(_ text: String, _ time: String) -> String {
            current("call.summary.completed", #""callId": "AC1", "summary": ["\#(text)"]"#).replacing(
                "2026-04-13T12:00:00.000Z", with: time)
        }
        for order in orders(of: [summary("old", "2026-04-13T12:00:00Z"), summary("new", "2026-04-13T12:05:00Z")]) {
            #expect(try openPhone.merged(order).summary == "new")
        }
    }

    // MARK: Fields

    @Test("the parties follow the direction; unresolved participants are unknown and not empty")
    func parties() throws {
        func parties(_ type: String, _ fields: String, context: String = Self.context) throws -> [String?] {
            let call = try openPhone.call(current(type, fields, context: context))
            return [call.from, call.to]
        }
        #expect(try parties("call.ringing", #""direction": "incoming""#) == ["+14155550110", "+14155550100"])
        #expect(try parties("call.ringing", #""direction": "outgoing""#) == ["+14155550100", "+14155550110"])
        // These exist for incoming calls alone.
        #expect(try parties("call.missed", "") == ["+14155550110", "+14155550100"])
        #expect(try parties("call.forwarded", "") == ["+14155550110", "+14155550100"])
        let unavailable = Self.context.replacing("\"available\"", with: "\"unavailable\"")
        #expect(try parties("call.ringing", #""direction": "incoming""#, context: unavailable) == [nil, nil])
        #expect(try openPhone.call(current("call.ringing", "", context: unavailable)).participants.isEmpty)
        #expect(try openPhone.call(current("call.ringing", "")).participants == ["+14155550110", "+14155550100"])
    }

    @Test("nobody guesses which of the legacy participants is ours")
    func legacyParties() throws {
        let call = try openPhone.call(
            legacy(
                "call.completed",
                #""id": "AC1", "direction": "incoming", "status": "completed", "participants": ["(415) 555-0110", "+14155550100"]"#
            ))
        #expect(call.from == nil)
        #expect(call.to == nil)
        #expect(call.participants == ["4155550110", "+14155550100"])
        let app = try openPhone.call(
            legacy(
                "call.completed",
                #""id": "AC1", "direction": "incoming", "status": "completed", "from": "+1 415-555-0110", "to": "12345""#
            ))
        #expect([app.from, app.to] == ["+14155550110", "12345"])
        #expect(app.participants == ["+14155550110", "12345"])
    }

    @Test(
        "who handled the call, a person or a machine",
        arguments: [
            ("call.answered", #""answeredByUserId": "US1""#, "US1", AgentKind.human),
            ("call.ringing", #""x": 1"#, "US9", .human),
            ("call.completed", #""status": "ai-handled""#, "US9", .ai),
            ("call.summary.completed", #""handledByAiAgent": true, "answeredByUserId": null"#, "US9", .ai),
            ("call.summary.completed", #""handledByAiAgent": false, "answeredByUserId": "US1""#, "US1", .human),
        ])
    func agents(type: String, fields: String, id: String, kind: AgentKind) throws {
        let call = try openPhone.call(current(type, fields))
        #expect(call.agentID == id)
        #expect(call.agentKind == kind)
    }

    @Test("a voicemail that the app's legacy webhook embeds is an event of its own")
    func embeddedVoicemail() throws {
        let event = try openPhone.event(
            legacy(
                "call.completed",
                #""id": "AC1", "direction": "incoming", "status": "completed", "answeredAt": null, "media": [], "voicemail": {"url": "https://a.example/v.mp3", "type": "audio/mpeg", "duration": 7}"#
            ))
        #expect(event.derived == ["call.voicemail_available"])
        #expect(
            try event.call.recording
                == Recording(url: "https://a.example/v.mp3", duration: 7, contentType: "audio/mpeg"))
        #expect(try event.call.outcome == .voicemail)
        let plain = try openPhone.event(
            legacy("call.completed", #""id": "AC1", "status": "completed", "voicemail": null"#))
        #expect(plain.derived.isEmpty)
    }

    @Test("the first recording that can be fetched is the call's")
    func recordings() throws {
        let call = try openPhone.call(
            current(
                "call.recording.completed",
                #""recordings": [{"id": "RE1", "url": null}, {"url": "https://a.example/2.mp3", "duration": "3", "type": "audio/mpeg"}]"#
            ))
        #expect(call.recording == Recording(url: "https://a.example/2.mp3", duration: 3, contentType: "audio/mpeg"))
        // The oldest form has an id and a duration of its own, which are not the call's.
        let own = try openPhone.call(
            legacy(
                "call.recording.completed",
                #""id": "REC1", "callId": "AC1", "url": "https://a.example/3.mp3", "duration": 9, "size": "2400000""#,
                envelope: ""))
        #expect(own.providerCallID == "AC1")
        #expect(own.duration == nil)
        #expect(own.recording == Recording(url: "https://a.example/3.mp3", size: 2_400_000, duration: 9))
    }

    // MARK: Summaries and transcripts

    @Test(
        "a summary or transcript that is not done yet is an update",
        arguments: ["call.summary.completed", "callSummary", "call.transcript.completed", "callTranscript"])
    func processing(type: String) throws {
        let done: EventType =
            type.lowercased().contains("summary") ? "call.summary_available" : "call.transcript_available"
        for (field, status, expected) in [
            ("processingStatus", "completed", done), ("processingStatus", "in-progress", "call.updated"),
            ("processingStatus", "absent", "call.updated"), ("status", "failed", "call.updated"),
            ("status", "completed", done), ("other", "x", done),
        ] as [(String, String, EventType)] {
            #expect(
                try openPhone.event(legacy(type, #""callId": "AC1", "\#(field)": "\#(status)""#)).type == expected,
                "\(field) \(status)")
        }
    }

    @Test("summaries are lists or one text, with jobs kept as the analysis")
    func summaries() throws {
        let list = try openPhone.call(
            current(
                "call.summary.completed",
                #""callId": "AC7", "summary": ["One.", "Two."], "nextSteps": null, "jobs": [{"name": "Tags"}]"#))
        #expect(list.providerCallID == "AC7")
        #expect(list.summary == "One.\nTwo.")
        #expect(list.keyPoints == ["One.", "Two."])
        #expect(list.analysis == ["jobs": [["name": "Tags"]]])
        let text = try openPhone.call(
            legacy(
                "call_summary.created",
                #""callId": "AC7", "summary": "One.", "keyPoints": ["P"], "nextSteps": ["Q"], "sentiment": "Positive""#,
                envelope: ""))
        #expect(text.summary == "One.")
        #expect(text.keyPoints == ["P"])
        #expect(text.nextSteps == ["Q"])
        #expect(text.sentiment == .positive)
    }

    @Test("a turn is the agent's when a user or one of our numbers speaks")
    func dialogue() throws {
        let call = try openPhone.call(
            current(
                "call.transcript.completed",
                #""callId": "AC1", "createdAt": "2026-04-13T12:00:00Z", "duration": 55.5, "dialogue": [{"content": "a", "userId": "US1", "start": 0.5, "end": "1.5"}, {"content": "b", "identifier": "+1 (415) 555-0100"}, {"content": "c", "identifier": "+14155550110", "userId": null}, {"content": ""}]"#
            ))
        #expect(
            call.transcript == [
                TranscriptTurn(role: .agent, text: "a", start: 0.5, end: 1.5),
                TranscriptTurn(role: .agent, speaker: "+1 (415) 555-0100", text: "b"),
                TranscriptTurn(role: .customer, speaker: "+14155550110", text: "c"),
            ])
        #expect(call.duration == 55.5)
        #expect(call.startedAt == nil)
        #expect(try openPhone.call(current("call.transcript.completed", #""dialogue": null"#)).transcript.isEmpty)
    }

    @Test(
        "times of the oldest transcripts are clock times from the start",
        arguments: [
            ("\"01:02:03\"", 3723), ("\"02:03\"", 123), ("\"7.5\"", 7.5), ("4", 4), ("\"x\"", nil),
            ("\"1:2:3:4\"", nil), ("\"-1:00\"", nil),
        ]
            as [(String, Double?)])
    func clockTimes(timestamp: String, expected: Double?) throws {
        let call = try openPhone.call(
            legacy(
                "call_transcript.created",
                #""callId": "AC1", "transcript": {"confidence": 0.9, "dialogue": [{"speaker": "Agent 1", "text": "Hi", "timestamp": \#(timestamp)}, {"speaker": "Caller", "text": "Yes"}]}"#
            ))
        #expect(call.transcript.map(\.role) == [.agent, .customer])
        #expect(call.transcript.map(\.start) == [expected, nil])
        #expect(call.analysis == ["confidence": JSON(0.9)])
    }

    // MARK: Messages

    @Test("messages of every generation, with several recipients and media as objects or plain text")
    func messages() throws {
        let group = try openPhone.message(
            current(
                "message.received",
                #""direction": "incoming", "text": null, "media": [{"url": "https://a.example/1.jpg", "type": "image/jpeg"}, "https://a.example/2.jpg", {"type": "x"}]"#,
                context: #"{"senderIdentifier": "+1 415 555 0110", "recipientIdentifiers": ["+14155550100", "short"]}"#)
        )
        #expect(group.from == "+14155550110")
        #expect(group.to == ["+14155550100", "short"])
        #expect(group.text == nil)
        #expect(group.channel == .mms)
        #expect(
            group.media == [
                .init(url: "https://a.example/1.jpg", contentType: "image/jpeg"), .init(url: "https://a.example/2.jpg"),
            ])
        let app = try openPhone.message(
            legacy("message.received", #""id": "AC3", "from": "+14155550110", "to": "+14155550100", "body": "Hello""#))
        #expect(app.to == ["+14155550100"])
        #expect(app.text == "Hello")
        #expect(app.channel == .sms)
        #expect(app.direction == .inbound)
    }

    @Test(
        "the name decides the state of a message; failures tell code and words",
        arguments: [
            ("message.received", "message.received", MessageStatus.received), ("message.sent", "message.sent", .sent),
            ("message.delivered", "message.delivered", .delivered), ("message.failed", "message.failed", .failed),
            ("message.undelivered", "message.failed", .failed),
        ] as [(String, EventType, MessageStatus)])
    func messageStates(type: String, canonical: EventType, status: MessageStatus) throws {
        let event = try openPhone.event(
            current(type, #""status": "queued", "errorCode": 30006, "errorMessage": "Blocked""#))
        #expect(event.type == canonical)
        guard let message = event.subject.record.flatMap({ Message($0) }) else {
            Issue.record("not a message")
            return
        }
        #expect(message.status == status)
        #expect(message.error == Failure(code: "30006", message: "Blocked"))
    }

    // MARK: Identity

    @Test("a delivery is named by its signed id, else by its event, else by its bytes")
    func keys() throws {
        let body = current("call.ringing", "")
        #expect(try openPhone.decode(body, [("webhook-id", "msg_1")]).key == "msg_1")
        let old = try Workbench<OpenPhone>("{secret: plain text, body_signature: true}")
        func key(_ body: String) throws -> String {
            // The oldest scheme signs last, so that only its header is there.
            let signer = try Workbench<SignsLikeTheOldest>("secret: plain text")
            let webhook = old.webhook(body, signer.adapter.proof.sign(old.webhook(body), at: old.now))
            return try old.adapter.decode(old.adapter.proof.check(webhook, at: old.now)).key
        }
        #expect(try key(body) == "EV1:call.ringing")
        let (a, b) = (
            legacy("call.started", #""id": "A""#, envelope: ""), legacy("call.started", #""id": "B""#, envelope: "")
        )
        #expect(try key(a) == key(a))
        #expect(try key(a) != key(b))
        #expect(try key(a).count == 64)
    }

    @Test("what is neither call nor message, and what names no call, is kept as a provider event with its own data")
    func providerEvents() throws {
        for body in [
            current("task.created", #""title": "x""#), current("future.event", ""),
            legacy("call.recording.completed", #""media": [{"url": "https://a.example/1.mp3"}]"#),
            #"{"type": "call.completed", "data": {}}"#, #"{"type": "call.completed", "data": {"object": "x"}}"#,
        ] {
            let event = try openPhone.event(body)
            #expect(event.type == .providerEvent)
            #expect(event.data == (try JSON(parsing: body))["data"])
        }
        #expect(try openPhone.event(#"{"type": "token.validated"}"#).data == ["type": "token.validated"])
    }

    @Test(
        "what cannot be decoded says where and what was found, and no value",
        arguments: [
            ("\"secretive\"", "the body: expected an object, found text"), ("{}", "type: expected text, found nothing"),
            (#"{"type": ["secretive"]}"#, "type: expected text, found a list"),
        ])
    func undecodable(body: String, problem: String) {
        do {
            _ = try openPhone.decode(body)
            Issue.record("it was decoded")
        } catch let error as DecodeError { #expect(error.problem == problem) } catch { Issue.record("\(error)") }
    }

    @Test("odd types in every place decode to unknown, never to a trap")
    func oddTypes() throws {
        for value in ["null", "7", "\"x\"", "[]", "{}", "true", "-1e999", "[[{}]]"] {
            let names = [
                "direction", "status", "duration", "answeredAt", "completedAt", "createdAt", "recordings", "media",
                "voicemail", "summary",
                "transcript", "dialogue", "jobs", "participants", "from", "to", "text", "errorCode", "error", "size",
                "url", "hasVoicemail",
            ]
            let fields = names.map { "\"\($0)\": \(value)" }.joined(separator: ", ")
            for type in OpenPhone.spec.events.map(\.name) {
                #expect(try openPhone.decode(current(type, fields, context: value)).events.count == 1)
            }
        }
    }

    // MARK: Proof

    static let body = "{\"a\":1,\"b\":\"é\"}"
    static let strong = [
        (name: "webhook-id", value: "msg_sample"), (name: "webhook-timestamp", value: "1760000000"),
        (name: "webhook-signature", value: "v1,0ZX/y6AtWdFdRt8vGDVJ0S1vPifakKwU68YEWl7Z2tY="),
    ]
    static let older = [
        (name: "openphone-signature", value: "hmac;1;1760000000089;z6eS2DR8w0d76WYa6wv8To6mHUBYqdVNurYHwOkdKuw=")
    ]
    static let oldest = [
        (name: "x-openphone-signature-v1", value: "d5ac96d5b5065929dd737a5f99f2cbd5183946f7357057e62d3ec14832f799e7")
    ]

    @Test("each generation's signature holds, and the keys of all may stand side by side")
    func generations() throws {
        let all = try Workbench<OpenPhone>(
            "{secrets: [whsec_c2FtcGxlIHN0YW5kYXJkIHdlYmhvb2tzIGtleSD+, c2FtcGxlIGxlZ2FjeSBrZXkggA==, sample-signing-key], body_signature: true}"
        )
        for headers in [Self.strong, Self.older, Self.oldest] {
            #expect(all.refusal(Self.body, headers) == nil)
            #expect(all.refusal(Self.body + " ", headers) == .badSignature)
        }
        #expect(all.refusal(Self.body, []) == .missingProof)
        // Rotation: any of several entries holds, other versions are passed over.
        let rotated = Self.strong.map {
            ($0.name, $0.name == "webhook-signature" ? "v1,AAAA v1a,zzzz " + $0.value : $0.value)
        }
        #expect(all.refusal(Self.body, rotated) == nil)
        var late = all
        late.now = late.now + .seconds(301)
        for headers in [Self.strong, Self.older] { #expect(late.refusal(Self.body, headers) == .staleTimestamp) }
    }

    @Test("a strong signature that does not hold is refused, though a weaker one would")
    func noFallback() throws {
        let weak = try Workbench<OpenPhone>("{secret: sample-signing-key, body_signature: true}")
        #expect(weak.refusal(Self.body, Self.oldest) == nil)
        for strong in [Self.strong, Self.older] {
            #expect(weak.refusal(Self.body, strong + Self.oldest) == .badSignature)
            #expect(weak.refusal(Self.body, Self.oldest + strong) == .badSignature)
        }
    }

    @Test("the oldest scheme is refused unless it is asked for")
    func oldestIsOff() throws {
        let strict = try Workbench<OpenPhone>("secret: c2FtcGxlIGxlZ2FjeSBrZXkggA==")
        #expect(strict.refusal(Self.body, Self.oldest) == .missingProof)
        #expect(strict.refusal(Self.body, Self.older) == nil)
    }

    @Test(
        "a wrong configuration is told what would be right",
        arguments: [
            ("{path: /x}", "needs a secret"), ("{secret: sample-signing-key}", "it is not base64"),
            ("{secret: whsec_%%}", "it is not base64"), ("{secret: c2FtcGxl, tolerance: 0s}", "must be from"),
        ])
    func wrongSettings(yaml: String, expected: String) {
        let problems = Workbench<OpenPhone>.problems(yaml)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
        #expect(!problems.contains { $0.contains("sample-signing-key") })
    }
}

/// Signs as the oldest integrations do.
private struct SignsLikeTheOldest: Adapter {
    static let spec = AdapterSpec(name: "oldest", summary: "", settings: SecretSettings.fields, events: [])
    let proof: Proof

    init(_ settings: Settings) throws(ConfigError) {
        proof = .signature(
            SignatureProof(
                header: "x-openphone-signature-v1", keys: try SecretSettings.read(settings).map { $0.revealedBytes() }))
    }

    func decode(_ webhook: VerifiedWebhook) throws(DecodeError) -> Decoded { .ignored() }
}
