import AdapterKit
import Testing
import Voqo

@Suite struct VoqoTests {
    let voqo: Workbench<Voqo>

    init() throws { voqo = try Workbench("secret: sample-voqo-secret") }

    /// A notice about one call; `fields` are further members of the call.
    func body(_ fields: String = "", type: String = "call_ended", timestamp: String = "1760000060") -> String {
        #"{"_id": "e1", "event_type": "\#(type)", "timestamp": \#(timestamp), "data": {"id": "c1"\#(fields.isEmpty ? "" : ", " + fields)}}"#
    }

    // MARK: How calls end

    @Test(
        "a status decides outcome and status; one that nobody knows is unknown",
        arguments: [
            ("completed", CallStatus.completed, CallOutcome.completed), ("failed", .failed, .failed),
            ("no-answer", .unknown, .unknown), ("Completed", .unknown, .unknown), ("inprogress", .unknown, .unknown),
        ])
    func statuses(text: String, status: CallStatus, outcome: CallOutcome) throws {
        let call = try voqo.call(body(#""status": "\#(text)""#))
        #expect(call.status == status)
        #expect(call.outcome == outcome)
        #expect(call.endedReason == text)
    }

    @Test("a failed call has an error, and neither text nor recording, and says so in its types")
    func failed() throws {
        let event = try voqo.event(
            body(
                #""status": "failed", "duration": 0, "error": "No route", "call_summary": "", "transcript": null, "recording_url": null, "#
                    + #""start_time": null, "end_time": "2025-10-09T08:55:00Z", "created_at": "2025-10-09T08:54:00Z", "timestamps": [], "#
                    + #""post_call_action_results": []"#))
        let call = try event.call
        #expect(event.type == "call.ended")
        #expect(event.derived == [])
        #expect(event.stage == .report)
        #expect(call.error == Failure(message: "No route"))
        #expect(call.duration == 0)
        #expect(call.summary == nil)
        #expect(call.transcript.isEmpty)
        #expect(call.recording == nil)
        #expect(call.startedAt?.description == "2025-10-09T08:54:00.000Z")
        #expect(call.answeredAt == nil)
        #expect(call.analysis == nil)
    }

    @Test("a call that never began may end before it starts; its duration is believed and not computed")
    func backwards() throws {
        let call = try voqo.call(
            body(#""start_time": "2025-10-09T08:55:05Z", "end_time": "2025-10-09T08:55:00Z", "duration": 0"#))
        #expect(call.duration == 0)
        let longer = try voqo.call(
            body(#""start_time": "2025-10-09T08:55:00Z", "end_time": "2025-10-09T08:55:10Z", "duration": 12"#))
        #expect(longer.duration == 12)
    }

    @Test("without an end time the call ends when the notice says")
    func noEnd() throws {
        let call = try voqo.call(body(#""end_time": null"#))
        #expect(call.endedAt?.description == "2025-10-09T08:54:20.000Z")
    }

    // MARK: Transcripts

    static let turns = #"""
        "start_time": "2025-10-09T08:54:00.000Z", "transcript": "Bot: Hi\nHuman: Yes", "timestamps": [
          {"timestamp": 1760000041.5, "event_type": "message", "message_type": "bot", "text": "Hi"},
          {"timestamp": 1760000042.123, "event_type": "action_start", "message_type": null, "text": "Looks up the calendar"},
          {"timestamp": 1760000043, "event_type": "action_end", "text": "Found"},
          {"timestamp": 1760000044.25, "event_type": "message", "message_type": "human", "text": "Yes"},
          {"timestamp": 1760000045, "event_type": "message", "message_type": "manager", "text": "Hello"},
          {"timestamp": 1760000046, "event_type": "message", "message_type": "bot", "text": ""},
          {"timestamp": 1760000047, "event_type": "beep", "text": "Beep"},
          {"event_type": "message", "message_type": "bot", "text": "Bye"}
        ]
        """#

    @Test("turns come from the timeline, in seconds from the start, and actions are turns of a tool")
    func timeline() throws {
        let event = try voqo.event(body(Self.turns))
        let transcript = try event.call.transcript
        #expect(transcript.map(\.text) == ["Hi", "Looks up the calendar", "Found", "Yes", "Hello", "Bye"])
        #expect(transcript.map(\.role) == [.agent, .tool, .tool, .customer, .unknown, .agent])
        #expect(transcript.map(\.start) == [1.5, 2.123, 3, 4.25, 5, nil])
        #expect(event.derived == ["call.transcript_available"])
    }

    @Test("without a start the first item of the timeline is the start")
    func noStart() throws {
        let turns = Self.turns.replacing(#""2025-10-09T08:54:00.000Z""#, with: "null")
        #expect(try voqo.call(body(turns)).transcript.map(\.start) == [0, 0.623, 1.5, 2.75, 3.5, nil])
    }

    @Test("without any message the whole text is one turn of nobody in particular")
    func textOnly() throws {
        for timeline in [
            "[]", "null", #"[{"timestamp": 1760000042, "event_type": "action_start", "text": "Looks"}]"#, #""none""#,
        ] {
            let call = try voqo.call(body(#""transcript": "Bot: Hi\nHuman: Yes", "timestamps": \#(timeline)"#))
            #expect(call.transcript == [TranscriptTurn(role: .unknown, text: "Bot: Hi\nHuman: Yes")])
        }
    }

    // MARK: The rest

    @Test("summary, transcript and recording become types of their own when they are there")
    func derived() throws {
        let event = try voqo.event(
            body(
                #""call_summary": "Booked.", "transcript": "Hi", "recording_url": "https://r.example/1.mp3", "#
                    + #""recording_url_expires_at": "2025-10-10T08:54:20Z""#))
        #expect(event.derived == ["call.summary_available", "call.transcript_available", "call.recording_available"])
        let call = try event.call
        #expect(call.recording?.expiresAt?.description == "2025-10-10T08:54:20.000Z")
        #expect(call.summary == "Booked.")
    }

    @Test("a withheld number is no participant, and results of actions are the analysis")
    func withheld() throws {
        let call = try voqo.call(
            body(
                #""from_phone": null, "to_phone": "+61 2 5550 0001", "direction": "INBOUND", "post_call_action_results": [{"sent": true}]"#
            ))
        let record = call.record.json
        #expect(record["from"]?.string == nil)
        #expect(record["participants"] == ["+61255500001"])
        #expect(call.direction == .inbound)
        #expect(call.analysis?["post_call_action_results"] == [["sent": true]])
    }

    @Test("an unknown event, and a call without an id, are kept with their data")
    func unknown() throws {
        let other = try voqo.event(
            #"{"_id": "e9", "event_type": "sms_received", "timestamp": 1760000060, "data": {"id": "m1", "text": "Hi"}}"#
        )
        #expect(other.type == .providerEvent)
        #expect(other.isAboutNothing)
        #expect(other.native.type == "sms_received")
        #expect(other.native.id == "e9")
        #expect(other.data["text"] == "Hi")
        #expect(other.occurredAt?.description == "2025-10-09T08:54:20.000Z")
        for data in ["null", "{}", "[]", #"{"id": null}"#, #""c1""#] {
            let event = try voqo.event(
                #"{"_id": "e9", "event_type": "call_ended", "timestamp": 1760000060, "data": \#(data)}"#)
            #expect(event.type == .providerEvent)
            #expect(event.isAboutNothing)
        }
    }

    @Test("the webhook's own id makes two the same; without one its bytes do")
    func keys() throws {
        #expect(try voqo.decode(body(#""duration": 1"#)).key == (try voqo.decode(body(#""duration": 2"#)).key))
        let nameless = body(#""duration": 1"#).replacing(#""_id": "e1", "#, with: "")
        #expect(try voqo.decode(nameless).key == (try voqo.decode(nameless).key))
        #expect(try voqo.decode(nameless).key != (try voqo.decode(nameless.replacing("1}", with: "2}")).key))
    }

    @Test("without a name for the event the body is refused, and says where")
    func noName() throws {
        for body in ["{}", #"{"event_type": null}"#, #"{"event_type": ""}"#, #"{"event_type": {}}"#] {
            let error = #expect(throws: DecodeError.self) { try voqo.decode(body) }
            #expect(error?.problem.hasPrefix("event_type: ") == true)
        }
    }

    @Test("a Vocelio signature on the same header is not taken for Voqo's")
    func otherProvider() throws {
        let body = body()
        let signed = voqo.adapter.proof.sign(voqo.webhook(body), at: voqo.now)
        let prefixed = signed.map { ($0.name, $0.name == "X-Webhook-Signature" ? "sha256=" + $0.value : $0.value) }
        #expect(voqo.refusal(body, prefixed) == .malformedProof)
        let iso = signed.map { ($0.name, $0.name == "X-Webhook-Timestamp" ? "2025-10-09T08:53:20Z" : $0.value) }
        #expect(voqo.refusal(body, iso) == .malformedTimestamp)
    }
}
