import AdapterKit

extension Voqo {
    static func call(_ data: JSON, envelope: JSON) -> Call {
        var call = Call()
        call.providerCallID = data.text("id")
        call.direction = data.text("direction").flatMap { Direction(rawValue: $0.lowercased()) }
        call.channel = .phone
        let status = data.text("status")
        switch status {
        case "completed": (call.status, call.outcome) = (.completed, .completed)
        case "failed": (call.status, call.outcome) = (.failed, .failed)
        default: (call.status, call.outcome) = (.unknown, .unknown)
        }
        call.endedReason = status
        let (from, to) = (data.text("from_phone"), data.text("to_phone"))
        (call.from, call.to) = (from, to)
        call.participants = [from, to].compactMap(\.self)
        call.agentID = data.text("agent_id")
        call.agentKind = .ai
        call.startedAt = data.time("start_time") ?? data.time("created_at")
        call.endedAt = data.time("end_time") ?? envelope.time("timestamp")
        call.duration = data.number("duration")
        if let url = data.text("recording_url") {
            call.recording = Recording(url: url, expiresAt: data.time("recording_url_expires_at"))
        }
        call.summary = data.text("call_summary")
        call.transcript = transcript(data)
        call.error = data.text("error").map { Failure(message: $0) }
        let results = data.list("post_call_action_results")
        if !results.isEmpty { call.analysis = ["post_call_action_results": .array(results)] }
        return call
    }

    /// The turns of the timeline; its times are absolute, so the start is taken off. Without turns, the whole text.
    private static func transcript(_ data: JSON) -> [TranscriptTurn] {
        let timeline = data.list("timestamps")
        let start = data.time("start_time")?.unixSeconds ?? timeline.first?.number("timestamp")
        var turns: [TranscriptTurn] = []
        var hasMessage = false
        for item in timeline {
            guard let text = item.text("text") else { continue }
            let role: TranscriptRole
            switch item.text("event_type") {
            case "message":
                hasMessage = true
                switch item.text("message_type") {
                case "bot": role = .agent
                case "human": role = .customer
                default: role = .unknown
                }
            case "action_start", "action_end": role = .tool
            default: continue
            }
            turns.append(TranscriptTurn(role: role, text: text, start: offset(item.number("timestamp"), from: start)))
        }
        if hasMessage { return turns }
        guard let text = data.text("transcript") else { return [] }
        return [TranscriptTurn(role: .unknown, text: text)]
    }

    /// Seconds since the start, to the millisecond that the sum of two binary fractions still knows.
    private static func offset(_ time: Double?, from start: Double?) -> Double? {
        guard let time, let start else { return nil }
        return ((time - start) * 1000).rounded() / 1000
    }
}
