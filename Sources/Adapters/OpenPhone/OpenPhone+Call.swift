import AdapterKit

extension OpenPhone {
    /// What a webhook says of its call. `subject` is `data.resource` or, in older generations, `data.object`; only the
    /// current generation has a context.
    static func call(_ subject: JSON, context: JSON, id: String, kind: Kind) -> Call {
        var call = Call()
        call.providerCallID = id
        call.conversationID = context.text("conversationId") ?? subject.text("conversationId")
        call.direction = direction(subject) ?? (comesIn(kind) ? .inbound : nil)
        call.channel = .phone
        call.participants = participants(subject, context)
        (call.from, call.to) = parties(subject, context, call.direction)
        addAgent(to: &call, subject, context)
        call.status = kind.callStatus
        call.answeredAt = subject.time("answeredAt")
        call.endedAt = subject.time("completedAt")
        switch kind {
        // These were made after the call; their `createdAt` is their own.
        case .summary, .transcript, .voicemail: break
        // So is that of a recording which has an id of its own.
        case .recording where subject.text("callId") != nil: break
        default: call.startedAt = subject.time("createdAt")
        }
        switch kind {
        case .missed:
            call.outcome = .missed
            call.endedReason = subject.text("status")
        case .completed:
            let end = End(of: subject)
            (call.status, call.outcome) = (end.status, end.outcome)
            call.endedReason = subject.text("status")
            call.duration = duration(subject)
            call.recording = recording(subject)
        case .recording:
            if subject.text("callId") == nil { call.duration = duration(subject) }
            call.recording = recording(subject)
        case .voicemail:
            call.recording = recording(subject)
            if let text = subject.text("transcript") {
                call.transcript = [TranscriptTurn(role: .customer, speaker: subject.text("from"), text: text)]
            }
        case .summary: addSummary(to: &call, subject)
        case .transcript:
            call.duration = subject.number("duration")
            call.transcript = turns(subject, context)
            if let confidence = subject.at("transcript", "confidence") { call.analysis = ["confidence": confidence] }
        default: break
        }
        return call
    }

    static func direction(_ subject: JSON) -> Direction? {
        switch subject.text("direction") {
        case "incoming", "inbound": .inbound
        case "outgoing", "outbound": .outbound
        default: nil
        }
    }

    /// Events that exist for incoming calls only, and carry no direction.
    private static func comesIn(_ kind: Kind) -> Bool { kind == .missed || kind == .forwarded || kind == .menu }

    // MARK: Parties

    /// A list that could not be resolved means unknown and not empty.
    private static func sides(_ context: JSON) -> (workspace: [String], external: [String]) {
        guard context.text("participants", "resolution") != "unavailable" else { return ([], []) }
        return (context.texts("participants", "workspace"), context.texts("participants", "external"))
    }

    private static func participants(_ subject: JSON, _ context: JSON) -> [String] {
        let (workspace, external) = sides(context)
        var numbers = external + workspace
        if numbers.isEmpty { numbers = subject.texts("participants") }
        if numbers.isEmpty { numbers = subject.texts("from") + subject.texts("to") }
        var seen: Set<String> = []
        return numbers.filter { seen.insert($0).inserted }
    }

    /// The participants of older generations do not say which one is the workspace's, so nobody guesses.
    private static func parties(
        _ subject: JSON, _ context: JSON, _ direction: Direction?
    ) -> (from: String?, to: String?) {
        let (workspace, external) = sides(context)
        let from = subject.texts("from").first ?? subject.text("fromPhoneNumber")
        let to = subject.texts("to").first
        return switch direction {
        case .inbound: (from ?? external.first, to ?? workspace.first)
        case .outbound: (from ?? workspace.first, to ?? external.first)
        case nil: (from, to)
        }
    }

    private static func addAgent(to call: inout Call, _ subject: JSON, _ context: JSON) {
        call.agentID =
            subject.text("answeredByUserId") ?? subject.text("answeredBy") ?? context.text("userId")
            ?? subject.text("userId")
        if subject.flag("handledByAiAgent") == true || subject.text("status") == "ai-handled"
            || subject.text("aiHandled") == "ai-agent"
        {
            call.agentKind = .ai
        } else if call.agentID != nil {
            call.agentKind = .human
        }
    }

    // MARK: Times and recordings

    private static func duration(_ subject: JSON) -> Double? {
        if let seconds = subject.number("duration") { return seconds }
        if let answered = subject.time("answeredAt") {
            return subject.time("completedAt").map { Double(($0 - answered).milliseconds) / 1000 }
        }
        // A key that is there and null tells that nobody answered; an absent one tells nothing.
        return subject["answeredAt"] == .null ? 0 : nil
    }

    /// The first recording that can be fetched: the current list, the legacy media or voicemail, a URL of its own.
    static func recording(_ subject: JSON) -> Recording? {
        for item in subject.list("recordings") + subject.list("media") {
            if let found = recording(item: item) { return found }
        }
        if let url = subject.text("url") {
            return Recording(
                url: url, size: size(subject), duration: subject.number("duration"), contentType: subject.text("type"))
        }
        if let url = subject.text("recordingUrl") {
            // On a voicemail the duration is the recording's; on a call it is the call's.
            let isVoicemail = subject.at("voicemailId") ?? subject.at("callId") != nil
            return Recording(url: url, duration: isVoicemail ? subject.number("duration") : nil)
        }
        return subject.at("voicemail").flatMap(recording(item:))
    }

    private static func recording(item: JSON) -> Recording? {
        if let url = item.string { return url.isEmpty ? nil : Recording(url: url) }
        guard let url = item.text("url") else { return nil }
        return Recording(
            url: url, size: size(item), duration: item.number("duration"), contentType: item.text("type"))
    }

    private static func size(_ item: JSON) -> Int? { item.number("size").flatMap { Int(exactly: $0.rounded()) } }

    // MARK: Summaries and transcripts

    private static func addSummary(to call: inout Call, _ subject: JSON) {
        let lines = subject.texts("summary")
        call.summary = lines.isEmpty ? nil : lines.joined(separator: "\n")
        let keyPoints = subject.texts("keyPoints")
        if !keyPoints.isEmpty {
            call.keyPoints = keyPoints
        } else if subject.at("summary")?.array != nil {
            call.keyPoints = lines
        }
        call.nextSteps = subject.texts("nextSteps")
        call.sentiment = subject.text("sentiment").flatMap { Sentiment(rawValue: $0.lowercased()) }
        let jobs = subject.list("jobs")
        if !jobs.isEmpty { call.analysis = ["jobs": .array(jobs)] }
    }

    static func turns(_ subject: JSON, _ context: JSON) -> [TranscriptTurn] {
        let workspace = Set(sides(context).workspace.compactMap(PhoneNumber.normalized))
        let dialogue = subject.list("dialogue")
        let entries = dialogue.isEmpty ? subject.list("transcript", "dialogue") : dialogue
        return entries.compactMap { entry in
            guard let text = entry.text("content") ?? entry.text("text") else { return nil }
            if let speaker = entry.text("speaker") {
                let isAgent = speaker.lowercased().contains("agent")
                return TranscriptTurn(
                    role: isAgent ? .agent : .customer, speaker: speaker, text: text,
                    start: seconds(entry.at("timestamp")))
            }
            let identifier = entry.text("identifier")
            let isOurs = identifier.flatMap(PhoneNumber.normalized).map(workspace.contains) ?? false
            return TranscriptTurn(
                role: entry.text("userId") != nil || isOurs ? .agent : .customer, speaker: identifier, text: text,
                start: entry.number("start"), end: entry.number("end"))
        }
    }

    /// `00:01:02`, `01:02` or a number of seconds.
    static func seconds(_ value: JSON?) -> Double? {
        guard let value else { return nil }
        guard let text = value.string else { return value.double }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...3).contains(parts.count) else { return nil }
        var total = 0.0
        for part in parts {
            guard let part, part.isFinite, part >= 0 else { return nil }
            total = total * 60 + part
        }
        return total
    }
}
