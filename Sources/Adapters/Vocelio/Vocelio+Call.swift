import AdapterKit

extension Vocelio {
    /// Nil when the event names no call.
    static func call(_ type: String, _ subject: JSON, envelope: JSON) -> Call? {
        let native = subject.at("call")
        guard let id = native?.text("id") ?? (native == nil ? envelope.text("event_id") : nil) else { return nil }
        let details = native ?? .null
        var call = Call()
        call.providerCallID = id
        call.channel = .phone
        call.direction = details.text("direction").flatMap { Direction(rawValue: $0.lowercased()) }
        numbers(details, subject, &call)
        call.agentID = subject.text("agent", "id")
        call.agentName = subject.text("agent", "name")
        if subject.at("agent") != nil { call.agentKind = .human }
        call.startedAt = details.time("started_at")
        call.answeredAt = details.time("answered_at")
        call.endedAt = details.time("ended_at")
        let time = envelope.time("timestamp")
        switch type {
        case "call.started":
            call.status = .ringing
            call.startedAt = call.startedAt ?? time
        case "call.answered":
            call.status = .inProgress
            call.answeredAt = call.answeredAt ?? time
        case "call.transferred": call.status = .transferring
        case "call.missed":
            call.status = .missed
            call.outcome = .missed
            call.endedAt = call.endedAt ?? time
        case "call.ended":
            call.endedAt = call.endedAt ?? time
            (call.status, call.outcome) = outcome(details.text("outcome"))
        default: break
        }
        if type == "call.missed", let text = details.text("outcome") {
            let known = outcome(text).outcome
            if known != .unknown { call.outcome = known }
        }
        call.endedReason = details.text("outcome")
        call.duration = details.number("duration") ?? difference(details)
        call.recording = details.text("recording_url").map { Recording(url: $0) }
        return call
    }

    private static func difference(_ call: JSON) -> Double? {
        guard let end = call.time("ended_at"), let start = call.time("answered_at") ?? call.time("started_at"),
            end >= start
        else { return nil }
        return Double((end - start).milliseconds) / 1000
    }

    /// Which side the customer is on needs a direction; without one the numbers are only participants.
    private static func numbers(_ native: JSON, _ subject: JSON, _ call: inout Call) {
        let customer = subject.text("customer", "phone")
        let agent = subject.text("agent", "phone")
        call.from = native.text("from")
        call.to = native.text("to")
        switch call.direction {
        case .inbound:
            call.from = call.from ?? customer
            call.to = call.to ?? agent
        case .outbound:
            call.from = call.from ?? agent
            call.to = call.to ?? customer
        case nil: break
        }
        var participants: [String] = []
        for number in [customer, agent, native.text("from"), native.text("to")].compactMap({
            $0.flatMap(PhoneNumber.normalized)
        })
        where !participants.contains(number) { participants.append(number) }
        call.participants = participants
    }

    private static func outcome(_ text: String?) -> (status: CallStatus, outcome: CallOutcome) {
        guard let text else { return (.completed, .completed) }
        switch text.lowercased().replacing("-", with: "_").replacing(" ", with: "_") {
        case "completed", "success", "answered": return (.completed, .completed)
        case "no_answer", "unanswered": return (.noAnswer, .noAnswer)
        case "missed": return (.missed, .missed)
        case "abandoned": return (.missed, .abandoned)
        case "busy": return (.busy, .busy)
        case "voicemail": return (.completed, .voicemail)
        case "transferred": return (.completed, .transferred)
        case "failed", "error": return (.failed, .failed)
        case "cancelled", "canceled": return (.canceled, .canceled)
        default: return (.completed, .unknown)
        }
    }
}
