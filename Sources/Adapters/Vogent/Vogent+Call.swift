import AdapterKit

extension Vogent {
    /// What a webhook says of its dial. Fields of the dial object are read too where a webhook carries them.
    static func call(_ payload: JSON, id: String, name: String, meaning: Meaning) -> Call {
        var call = Call()
        add(dial: payload, to: &call)
        call.providerCallID = id
        call.conversationID = payload.text("dial_session_id") ?? payload.text("dialSessionId")
        if name == "dial.inbound" {
            call.direction = .inbound
            call.channel = .phone
            call.from = payload.text("source_number")
        }
        call.agentID = payload.text("call_agent_id") ?? call.agentID
        call.agentKind = .ai
        call.status = meaning.status
        if meaning.type == "call.ended" {
            let result = payload.text("systemResultType")
            call.outcome = result.flatMap { results[$0] } ?? meaning.status.flatMap(outcome)
            call.endedReason = result ?? payload.text("status")
            if call.outcome == .failed { call.error = Failure(code: call.endedReason) }
        }
        if let url = payload.text("recording_url") { call.recording = Recording(url: url) }
        if let result = payload.at("ai_result") {
            call.summary = result["summary"]?.string
            call.analysis = result
        }
        call.transcript = payload.list("transcript").compactMap(turn)
        return call
    }

    /// Facts of the dial object, as function calls carry it.
    static func add(dial: JSON, to call: inout Call) {
        call.to = dial.text("toNumber")
        // A dial without a number may be a browser's.
        if call.to != nil { call.channel = .phone }
        call.agentID = dial.text("agent", "id")
        call.agentName = dial.text("agent", "name")
        call.startedAt = dial.time("startedAt")
        call.endedAt = dial.time("endedAt")
        call.duration = dial.number("durationSeconds")
    }

    /// What Vogent's own verdict, finer than the status, says of the end.
    static let results: [String: CallOutcome] = [
        "USER_HANGUP": .completed, "COUNTERPARTY_HANGUP": .completed, "AGENT_HANGUP": .completed,
        "TIMEOUT": .completed, "LONG_SILENCE_HANGUP": .completed, "TRANSFERRED": .transferred,
        "VOICEMAIL_DETECTED_HANGUP": .voicemail, "NO_ANSWER": .noAnswer, "BUSY": .busy, "CANCELLED": .canceled,
        "FAILED": .failed, "RATE_LIMITED": .failed,
    ]

    private static func outcome(_ status: CallStatus) -> CallOutcome? {
        switch status {
        case .completed: .completed
        case .failed: .failed
        case .canceled: .canceled
        case .busy: .busy
        case .noAnswer: .noAnswer
        default: nil
        }
    }

    /// Turns without text are dropped. Times are there only where the transcript has the form of the REST API's.
    static func turn(_ entry: JSON) -> TranscriptTurn? {
        guard let text = entry.text("text") else { return nil }
        let speaker = entry.text("speaker")
        let role: TranscriptRole =
            if entry.text("detailType") == "function" { .tool } else {
                switch speaker {
                case "HUMAN": .customer
                case "AI": .agent
                default: .unknown
                }
            }
        return TranscriptTurn(
            role: role, speaker: speaker, text: text, start: entry.number("startTimeMs").map { $0 / 1000 },
            end: entry.number("endTimeMs").map { $0 / 1000 })
    }
}
