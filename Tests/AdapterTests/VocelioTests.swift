import AdapterKit
import Testing
import Vocelio

@Suite struct VocelioTests {
    let vocelio: Workbench<Vocelio>

    init() throws { vocelio = try Workbench("secret: sample-vocelio-secret") }

    func body(_ type: String, call: String = #""id": "c1""#, _ more: String = "") -> String {
        #"{"event_type": "\#(type)", "event_id": "c1", "timestamp": "2025-10-09T09:00:00Z", "data": {"call": {\#(call)}\#(more)}}"#
    }

    // MARK: How calls end

    static let outcomes: [(CallOutcome, CallStatus, [String])] = [
        (.completed, .completed, ["completed", "success", "answered", "Completed", "SUCCESS"]),
        (.noAnswer, .noAnswer, ["no_answer", "no-answer", "No Answer", "unanswered"]),
        (.missed, .missed, ["missed"]),
        (.abandoned, .missed, ["abandoned"]),
        (.busy, .busy, ["busy"]),
        (.voicemail, .completed, ["voicemail"]),
        (.transferred, .completed, ["transferred"]),
        (.failed, .failed, ["failed", "error"]),
        (.canceled, .canceled, ["cancelled", "canceled"]),
        (.unknown, .completed, ["dropped", "?", "rückruf"]),
    ]

    @Test("an outcome, however it is spelt, decides outcome and status", arguments: outcomes)
    func outcome(outcome: CallOutcome, status: CallStatus, texts: [String]) throws {
        for text in texts {
            let call = try vocelio.call(body("call.ended", call: #""id": "c1", "outcome": "\#(text)""#))
            #expect(call.outcome == outcome, "\(text)")
            #expect(call.status == status, "\(text)")
            #expect(call.endedReason == text)
        }
    }

    @Test("without an outcome a call that ended was completed")
    func noOutcome() throws {
        for outcome in ["", #", "outcome": null"#, #", "outcome": """#] {
            let call = try vocelio.call(body("call.ended", call: #""id": "c1""# + outcome))
            #expect(call.outcome == .completed)
            #expect(call.status == .completed)
            #expect(call.endedReason == nil)
        }
    }

    @Test("a missed call is missed, and abandoned where it says so")
    func missed() throws {
        for (text, outcome) in [
            ("", CallOutcome.missed), (#", "outcome": "abandoned""#, .abandoned), (#", "outcome": "odd""#, .missed),
        ] {
            let call = try vocelio.call(body("call.missed", call: #""id": "c1""# + text))
            #expect(call.outcome == outcome)
            #expect(call.status == .missed)
            #expect(call.endedAt?.description == "2025-10-09T09:00:00.000Z")
        }
    }

    // MARK: Types

    static let types: [(String, EventType, CallStatus?)] = [
        ("call.started", "call.started", .ringing), ("call.answered", "call.answered", .inProgress),
        ("call.ended", "call.ended", .completed), ("call_ended", "call.ended", .completed),
        ("call.missed", "call.missed", .missed), ("call.transferred", "call.transferred", .transferring),
        ("call.recording_available", "call.recording_available", nil),
        ("call_recording_available", "call.recording_available", nil), ("call.on_hold", "call.updated", nil),
    ]

    @Test("a name decides the type and the status, with dots or underscores", arguments: types)
    func names(name: String, type: EventType, status: CallStatus?) throws {
        let event = try vocelio.event(body(name))
        #expect(event.type == type)
        #expect(event.native.type == name)
        #expect(try event.call.record.json["status"]?.string == status?.rawValue)
    }

    @Test("the time of the envelope stands in for the time that the event is about")
    func times() throws {
        let moment = "2025-10-09T09:00:00.000Z"
        #expect(try vocelio.call(body("call.started")).startedAt?.description == moment)
        #expect(try vocelio.call(body("call.answered")).answeredAt?.description == moment)
        #expect(try vocelio.call(body("call.ended")).endedAt?.description == moment)
        let ended = try vocelio.call(
            body(
                "call.ended",
                call: #""id": "c1", "started_at": "2025-10-09T08:00:00Z", "ended_at": "2025-10-09T08:01:00.5Z""#))
        #expect(ended.endedAt?.description == "2025-10-09T08:01:00.500Z")
        #expect(ended.duration == 60.5)
        // The platform's own time has no zone and is UTC.
        let naive = body("call.ended").replacing("09:00:00Z", with: "09:00:00.123456")
        #expect(try vocelio.event(naive).occurredAt?.description == "2025-10-09T09:00:00.123Z")
        let timeless =
            #"{"event_type": "call.started", "data": {"call": {"id": "c1", "started_at": "2025-10-09T08:00:00Z"}}}"#
        #expect(try vocelio.event(timeless).occurredAt?.description == "2025-10-09T08:00:00.000Z")
    }

    @Test("a duration of nought is one")
    func zero() throws {
        let call = try vocelio.call(
            body(
                "call.ended",
                call:
                    #""id": "c1", "duration": 0, "started_at": "2025-10-09T08:00:00Z", "ended_at": "2025-10-09T08:01:00Z""#
            ))
        #expect(call.duration == 0)
    }

    @Test("a duration that is not given runs from the answer, and a call that ends before it began has none")
    func computedDuration() throws {
        func duration(_ start: String, _ answer: String?) throws -> Double? {
            let answered = answer.map { #", "answered_at": "2025-10-09T\#($0)Z""# } ?? ""
            let times = #""started_at": "2025-10-09T\#(start)Z"\#(answered), "ended_at": "2025-10-09T09:00:00Z""#
            return try vocelio.call(body("call.ended", call: #""id": "c1", "# + times)).duration
        }
        #expect(try duration("08:59:00", "08:59:10") == 50)
        #expect(try duration("08:59:00", nil) == 60)
        #expect(try duration("09:00:01", nil) == nil)
        #expect(try duration("08:59:00", "09:00:01") == nil)
    }

    @Test("a recording with the end of the call is an event of its own, and so without one")
    func recording() throws {
        let recorded = #""id": "c1", "recording_url": "https://r.example/1.mp3""#
        #expect(try vocelio.event(body("call.ended", call: recorded)).derived == ["call.recording_available"])
        #expect(try vocelio.event(body("call.ended")).derived == [])
        #expect(try vocelio.event(body("call.answered", call: recorded)).derived == [])
        #expect(
            try vocelio.call(body("call.recording_available", call: recorded)).recording?.url
                == "https://r.example/1.mp3")
    }

    // MARK: Numbers

    static let people =
        #", "customer": {"phone": "+1-415-555-0140"}, "agent": {"id": "a1", "name": "Grace", "phone": "+1 (415) 555-0199"}"#

    @Test("with a direction the customer is on the customer's side; without one on neither")
    func sides() throws {
        let inbound = try vocelio.call(body("call.ended", call: #""id": "c1", "direction": "inbound""#, Self.people))
            .record.json
        #expect(inbound["from"] == "+14155550140")
        #expect(inbound["to"] == "+14155550199")
        let outbound = try vocelio.call(body("call.ended", call: #""id": "c1", "direction": "Outbound""#, Self.people))
            .record.json
        #expect(outbound["from"] == "+14155550199")
        #expect(outbound["to"] == "+14155550140")
        let unknown = try vocelio.call(body("call.ended", Self.people))
        #expect(unknown.from == nil)
        #expect(unknown.to == nil)
        #expect(unknown.direction == nil)
        #expect(unknown.participants == ["+14155550140", "+14155550199"])
        #expect(unknown.agentKind == .human)
        #expect(unknown.agentName == "Grace")
        let named = try vocelio.call(
            body(
                "call.ended", call: #""id": "c1", "direction": "inbound", "from": "+1-415-555-0101", "to": "102""#,
                Self.people))
        #expect(named.record.json["from"] == "+14155550101")
        #expect(named.record.json["to"] == "102")
        #expect(named.participants == ["+14155550140", "+14155550199", "+14155550101", "102"])
        #expect(try vocelio.call(body("call.ended")).agentKind == nil)
    }

    // MARK: The three forms of a body

    @Test("the envelope, the bare body with a header, and the stock template say the same")
    func forms() throws {
        let call = #""id": "c1", "duration": 30, "outcome": "busy", "ended_at": "2025-10-09T09:00:00Z""#
        let customer = #""customer": {"phone": "+1-415-555-0140"}"#
        let enveloped = try vocelio.decode(body("call.ended", call: call, ", " + customer))
        let bare = try vocelio.decode(#"{"call": {\#(call)}, \#(customer)}"#, [("X-Webhook-Event", "call.ended")])
        let data = try vocelio.decode(
            #"{"data": {"call": {\#(call)}, \#(customer)}}"#, [("x-webhook-event", "call.ended")])
        let template = try vocelio.decode(
            #"{"event": "call_ended", "timestamp": "2025-10-09T09:00:00Z", "call": {\#(call)}, \#(customer), "agent": {}}"#
        )
        for decoded in [enveloped, bare, data, template] {
            let event = try #require(decoded.events.first)
            #expect(event.type == "call.ended")
            #expect(event.occurredAt?.description == "2025-10-09T09:00:00.000Z")
            let made = try event.call
            #expect(made.providerCallID == "c1")
            #expect(made.outcome == .busy)
            #expect(made.duration == 30)
            #expect(made.endedAt?.description == "2025-10-09T09:00:00.000Z")
            #expect(made.participants == ["+14155550140"])
        }
        #expect(enveloped.events.first?.native.type == "call.ended")
        #expect(template.events.first?.native.type == "call_ended")
    }

    @Test("the body's own name goes before the header's")
    func bodyFirst() throws {
        let decoded = try vocelio.decode(body("call.ended"), [("X-Webhook-Event", "call.started")])
        #expect(decoded.events.first?.type == "call.ended")
    }

    @Test("a body without a name is refused in words, and a header without a value is no name")
    func nameless() throws {
        for headers in [[], [("X-Webhook-Event", "")]] {
            let error = #expect(throws: DecodeError.self) { try vocelio.decode(#"{"call": {"id": "c1"}}"#, headers) }
            #expect(error?.problem.contains("event_type") == true)
        }
    }

    @Test("the test of an endpoint is no call, whatever its header says")
    func ping() throws {
        for event in ["call.started", "lead.created", "custom.event"] {
            let decoded = try vocelio.decode(
                #"{"test": true, "timestamp": "2025-10-09T09:00:00.000000"}"#, [("X-Webhook-Event", event)])
            #expect(decoded.events.map(\.type) == [.providerEvent])
            #expect(decoded.events.first?.isAboutNothing == true)
            #expect(decoded.events.first?.native.type == event)
            #expect(decoded.reply.status == 200)
        }
        // A call that somebody marked as a test is a call.
        let marked = body("call.ended").replacing(#""event_id""#, with: #""test": true, "event_id""#)
        #expect(try vocelio.event(marked).type == "call.ended")
    }

    @Test("the event's id names the call only where the body has no call, and without either it is no call")
    func identity() throws {
        #expect(try vocelio.call(#"{"event_type": "call.ended", "event_id": "c9", "data": {}}"#).providerCallID == "c9")
        #expect(
            try vocelio.call(#"{"event_type": "call.ended", "event_id": "e", "data": {"call": {"id": 42}}}"#)
                .providerCallID == "42")
        for body in [
            #"{"event_type": "call.ended", "event_id": "c9", "data": {"call": {"duration": 3}}}"#,
            #"{"event_type": "call.ended", "data": {}}"#,
        ] {
            let event = try vocelio.event(body)
            #expect(event.type == .providerEvent)
            #expect(event.isAboutNothing)
        }
    }

    // MARK: Other families, keys, methods

    @Test("other families keep their name and data; what no family knows becomes a provider event")
    func families() throws {
        let lead = try vocelio.event(
            #"{"event_type": "lead.created", "event_id": "e", "data": {"lead": {"id": "l1", "score": 90}}}"#)
        #expect(lead.type == "lead.created")
        #expect(lead.data["lead"]?["score"] == 90)
        #expect(try vocelio.event(#"{"event": "lead_created", "lead": {"id": "l1"}}"#).type == "lead.created")
        for name in [
            "custom.event", "lead.exploded", "notification", "", "listing.created", "message.received",
            "provider.event",
        ] where !name.isEmpty {
            #expect(
                try vocelio.event(#"{"event_type": "\#(name)", "event_id": "e", "data": {"x": 1}}"#).type
                    == .providerEvent, "\(name)")
        }
    }

    @Test("a repeat is recognised by its body and never by an unsigned header or the event's id alone")
    func keys() throws {
        let keys = try ["call.started", "call.answered", "call.ended"].map { try vocelio.decode(body($0)).key }
        #expect(Set(keys).count == 3)
        let retried = body("call.ended").replacing(#""data""#, with: #""metadata": {"retry_count": 1}, "data""#)
        #expect(try vocelio.decode(retried).key == keys[2])
        let again = body("call.ended").replacing(#""data""#, with: #""metadata": {"retry_count": 2}, "data""#)
        #expect(try vocelio.decode(again).key == keys[2])
        let later = body("call.ended").replacing("09:00:00Z", with: "09:00:01Z")
        #expect(try vocelio.decode(later).key != keys[2])
        let other = body("call.ended", call: #""id": "c2""#)
        #expect(try vocelio.decode(other).key != keys[2])
        let bare = [#"{"event": "call_ended", "call": {"id": "1"}}"#, #"{"event": "call_ended", "call": {"id": "2"}}"#]
        #expect(try vocelio.decode(bare[0]).key != (try vocelio.decode(bare[1]).key))
    }

    @Test("one captured body is one webhook, whatever X-Webhook-ID and X-Webhook-Event say")
    func captured() throws {
        let genuine = try vocelio.decode(body("call.ended")).key
        for id in ["d1", "d2", "", "forged", String(repeating: "x", count: 300)] {
            let headers = [("X-Webhook-ID", id), ("X-Webhook-Event", "call.\(id)"), ("X-Webhook-Timestamp", id)]
            #expect(try vocelio.decode(body("call.ended"), headers).key == genuine)
        }
        // A forged body under the genuine one's id leaves the genuine one its own key.
        let forged = body("call.ended", call: #""id": "c1", "outcome": "forged""#)
        #expect(try vocelio.decode(forged, [("X-Webhook-ID", "d1")]).key != genuine)
    }

    @Test("a body that does not say when it was made may be sent again for another event, under another X-Webhook-ID")
    func timeless() throws {
        let online = #"{"event_type": "agent.online", "data": {"agent": {"id": "a1"}}}"#
        func key(_ id: String) throws -> String { try vocelio.decode(online, [("X-Webhook-ID", id)]).key }
        #expect(try key("monday") != (try key("tuesday")))
        #expect(try key("monday") == (try key("monday")))
        // The same id does not make two different bodies one.
        let offline = online.replacing("online", with: "offline")
        #expect(try vocelio.decode(offline, [("X-Webhook-ID", "monday")]).key != (try key("monday")))
    }

    @Test(
        "a body without a name is known by the header's name, but a captured one cannot be repeated under made-up names"
    )
    func unnamed() throws {
        let bare = #"{"call": {"id": "c1"}, "timestamp": "2025-10-09T09:00:00Z"}"#
        func key(_ name: String) throws -> String { try vocelio.decode(bare, [("X-Webhook-Event", name)]).key }
        #expect(try key("call.started") != (try key("call.ended")))
        #expect(try key("call_ended") == (try key("call.ended")))
        #expect(Set(try ["call.x1", "call.x2", "lead.y", "zzz", "custom.event"].map(key)).count == 1)
    }

    @Test("webhooks come with POST or PUT, and the code covers the body alone")
    func methods() throws {
        #expect(Vocelio.spec.methods == ["POST", "PUT"])
        var webhook = vocelio.webhook(body("call.ended"))
        webhook.headers.fields += vocelio.adapter.proof.sign(webhook, at: vocelio.now)
        webhook.method = "PUT"
        webhook.target = "/elsewhere?x=1"
        let verified = try vocelio.adapter.proof.check(webhook, at: vocelio.now + .seconds(86_400 * 30))
        #expect(try vocelio.adapter.decode(verified).events.first?.type == "call.ended")
    }

    @Test("a Unix or ISO time in X-Webhook-Timestamp is not looked at, however old")
    func timestampHeader() throws {
        for text in ["2001-01-01T00:00:00", "978307200", "nonsense"] {
            #expect(try vocelio.decode(body("call.ended"), [("X-Webhook-Timestamp", text)]).events.count == 1)
        }
    }

    // MARK: Configuration

    @Test(
        "a token must expire and be meant for the hub",
        arguments: [
            ("", #"{"exp": 1760000100}"#, nil), ("", "{}", .missingExpiry), (", require_expiry: false", "{}", nil),
            ("", #"{"exp": 1760000100, "aud": "crm"}"#, .wrongAudience),
            (", audience: hub", #"{"exp": 1760000100, "aud": ["crm", "hub"]}"#, nil),
            (", audience: hub", #"{"exp": 1760000100}"#, .wrongAudience),
            (", issuer: vocelio", #"{"exp": 1760000100, "iss": "vocelio"}"#, nil),
            (", issuer: vocelio", #"{"exp": 1760000100}"#, .wrongIssuer),
        ] as [(String, String, ProofRefusal?)])
    func tokens(settings: String, claims: String, expected: ProofRefusal?) throws {
        let bench = try Workbench<Vocelio>("{secret: key-of-the-tests, signature_method: jwt\(settings)}")
        let token = try Tokens.signed(claims, key: "key-of-the-tests")
        #expect(bench.refusal(body("call.ended"), [("Authorization", "Bearer \(token)")]) == expected)
    }

    @Test("SHA-1 is only taken where it was asked for, and then nothing else")
    func sha1() throws {
        let weak = try Workbench<Vocelio>("{secret: sample-vocelio-secret, signature_method: hmac_sha1}")
        let body = body("call.ended")
        let (sha1, sha256) = (
            weak.adapter.proof.sign(weak.webhook(body), at: weak.now),
            vocelio.adapter.proof.sign(vocelio.webhook(body), at: vocelio.now)
        )
        #expect(sha1.first?.value.hasPrefix("sha1=") == true)
        #expect(vocelio.refusal(body, sha1) == .malformedProof)
        #expect(weak.refusal(body, sha256) == .malformedProof)
        #expect(weak.refusal(body, sha1) == nil)
    }

    @Test("basic_auth takes one secret, and a name of the user's choice")
    func basic() throws {
        #expect(Workbench<Vocelio>.problems("{secrets: [one-secret, two-secret], signature_method: basic_auth}") != [])
        let basic = try Workbench<Vocelio>("{secret: \"pass:word\", signature_method: basic_auth, user: ada}")
        #expect(basic.refusal("{}", [("Authorization", "Basic YWRhOnBhc3M6d29yZA==")]) == nil)
        #expect(basic.refusal("{}", [("authorization", "basic YWRhOnBhc3M6d29yZA==")]) == nil)
        #expect(basic.refusal("{}", [("Authorization", "Basic YWRhOnBhc3M=")]) == .badSecret)
        #expect(basic.refusal("{}", [("Authorization", "Basic YWRhOnBhc3M6d29yZA")]) == .malformedProof)
        #expect(basic.refusal("{}", [("Authorization", "Bearer YWRhOnBhc3M6d29yZA==")]) == .malformedProof)
        #expect(Workbench<Vocelio>.problems("{secret: s3cr3t, signature_method: md5}") != [])
    }
}
