import AdapterKit

extension Vapi {
    /// Where Vapi puts the results of a call, newest place first.
    static func places(in message: JSON) -> [JSON] {
        [message.at("artifact"), message, message.at("call", "artifact"), message.at("call")].compactMap(\.self)
    }

    /// Vapi's id of the call; without one, the customer's own reference, which is all that older integrations send.
    static func callID(of message: JSON) -> String? { message.text("call", "id") ?? externalID(of: message) }

    /// The customer's own reference: `call_id` in the variables of the call, else in what the analysis extracted.
    static func externalID(of message: JSON) -> String? {
        if let id = message.text("assistantOverrides", "variableValues", "call_id")
            ?? message.text("call", "assistantOverrides", "variableValues", "call_id")
            ?? message.text("artifact", "variableValues", "call_id")
        {
            return id
        }
        let analyses = [message.at("analysis"), message.at("call", "analysis")].compactMap(\.self)
        return analyses.lazy.compactMap { $0.text("structuredData", "call_id") }.first
            ?? analyses.lazy.compactMap { analysis in
                analysis.list("structuredDataMulti").lazy.compactMap { $0.text("call_id") }.first
            }.first
    }

    /// What a message says of its call. Facts of the message itself come before those of `message.call`, which is a
    /// snapshot that may be as old as the call.
    static func call(_ message: JSON, id: String, name: String, meaning: Meaning) -> Call {
        var call = Call()
        call.providerCallID = id
        call.externalID = externalID(of: message)
        call.direction = direction(message.text("call", "type"))
        call.channel = channel(message.at("call"))
        (call.from, call.to) = parties(of: message, call.direction)
        call.agentID = message.text("call", "assistantId") ?? message.text("assistant", "id")
        call.agentName = message.text("assistant", "name") ?? message.text("call", "assistant", "name")
        call.agentKind = .ai
        call.status = meaning.status
        call.startedAt =
            message.time("startedAt") ?? message.time("call", "startedAt") ?? message.time("call", "createdAt")
        if meaning.type == "call.answered" { call.answeredAt = message.time("timestamp") }
        call.endedAt = message.time("endedAt") ?? message.time("call", "endedAt")
        call.endedReason = message.text("endedReason") ?? message.text("call", "endedReason")
        if meaning.type == "call.ended" {
            addEnd(to: &call, from: message, isStatusUpdate: name == NativeType.statusUpdate.rawValue)
        }
        if meaning.type == "call.ended" || name == NativeType.statusUpdate.rawValue {
            call.summary = summary(of: message)
            call.transcript = transcript(of: message)
        } else if name == NativeType.conversationUpdate.rawValue {
            call.transcript = transcript(of: message)
        }
        return call
    }

    private static func addEnd(to call: inout Call, from message: JSON, isStatusUpdate: Bool) {
        let end = End(reason: call.endedReason)
        call.outcome = end.outcome
        call.status = end.status
        if end.outcome == .failed {
            call.error = Failure(
                code: call.endedReason, message: message.text("endedMessage") ?? message.text("call", "endedMessage"))
        }
        if call.endedAt == nil, isStatusUpdate { call.endedAt = message.time("timestamp") }
        call.duration = duration(of: message, endedAt: call.endedAt)
        call.cost =
            message.exactNumber("cost") ?? message.exactNumber("call", "cost")
            ?? message.exactNumber("costBreakdown", "total") ?? message.exactNumber("call", "costBreakdown", "total")
        call.recording = recordingURL(of: message).map { Recording(url: $0) }
        call.analysis = analysis(of: message)
    }

    /// Never reckoned from `createdAt`: a scheduled call may be hours older than its first second.
    private static func duration(of message: JSON, endedAt: Timestamp?) -> Double? {
        if let seconds = message.number("durationSeconds") { return seconds }
        if let milliseconds = message.number("durationMs") { return milliseconds / 1000 }
        guard let start = message.time("startedAt") ?? message.time("call", "startedAt"), let endedAt else {
            return nil
        }
        return Double((endedAt - start).milliseconds) / 1000
    }

    private static func direction(_ type: String?) -> Direction? {
        switch type {
        case "inboundPhoneCall": .inbound
        case "outboundPhoneCall": .outbound
        default: nil
        }
    }

    /// A call object that tells neither its type nor its transport says nothing about the channel.
    private static func channel(_ call: JSON?) -> Channel? {
        switch (call?.text("type"), call?.text("phoneCallTransport")) {
        case ("webCall", _), ("vapi.websocketCall", _): .web
        case (_, "sip"): .sip
        case (nil, nil): call == nil ? .phone : nil
        default: .phone
        }
    }

    private static func parties(of message: JSON, _ direction: Direction?) -> (from: String?, to: String?) {
        let customer =
            message.text("customer", "number") ?? message.text("call", "customer", "number")
            ?? message.text("customer", "sipUri") ?? message.text("call", "customer", "sipUri")
        let own =
            message.text("phoneNumber", "number") ?? message.text("phoneNumber", "twilioPhoneNumber")
            ?? message.text("call", "phoneNumber", "number") ?? message.text("call", "phoneNumber", "twilioPhoneNumber")
        return switch direction {
        case .inbound: (customer, own)
        case .outbound: (own, customer)
        case nil: (nil, nil)
        }
    }

    static func summary(of message: JSON) -> String? {
        message.text("analysis", "summary") ?? message.text("summary") ?? message.text("call", "analysis", "summary")
            ?? message.text("call", "summary")
    }

    static func recordingURL(of message: JSON) -> String? {
        for place in places(in: message) {
            if let url = place.text("recording", "mono", "combinedUrl") ?? place.text("recordingUrl") { return url }
        }
        return places(in: message).lazy.compactMap { $0.text("recordingPath") }.first
    }

    /// What the customer's own schemas made of the call, without what is empty.
    static func analysis(of message: JSON) -> JSON? {
        let sources = [
            message.at("analysis"), message.at("artifact"), message.at("call", "analysis"),
            message.at("call", "artifact"),
        ].compactMap(\.self)
        var parts = JSONObject()
        for name in ["structuredData", "structuredDataMulti", "successEvaluation", "structuredOutputs", "scorecards"] {
            parts[name] = sources.lazy.compactMap { $0[name] }.first { !isEmpty($0) }
        }
        return parts.isEmpty ? Optional.none : .object(parts)
    }

    private static func isEmpty(_ value: JSON) -> Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
