import AdapterKit

extension Vapi {
    /// The event names that Vapi documents, and those of older integrations (`call-…`).
    enum NativeType: String, CaseIterable, ConfigChoice {
        case statusUpdate = "status-update"
        case report = "end-of-call-report"
        case transferUpdate = "transfer-update"
        case transcript
        case conversationUpdate = "conversation-update"
        case assistantRequest = "assistant-request"
        case toolCalls = "tool-calls"
        case functionCall = "function-call"
        case transferRequest = "transfer-destination-request"
        case handoffRequest = "handoff-destination-request"
        case knowledgeRequest = "knowledge-base-request"
        case phoneCallControl = "phone-call-control"
        case endpointingRequest = "call.endpointing.request"
        case voiceRequest = "voice-request"
        case hang
        case speechUpdate = "speech-update"
        case assistantSpeech = "assistant-speech"
        case assistantSpeechStarted = "assistant.speechStarted"
        case assistantStarted = "assistant.started"
        case modelOutput = "model-output"
        case userInterrupted = "user-interrupted"
        case languageChanged = "language-changed"
        case languageChangeDetected = "language-change-detected"
        case voiceInput = "voice-input"
        case callDeleted = "call.deleted"
        case callDeleteFailed = "call.delete.failed"
        case chatCreated = "chat.created"
        case chatDeleted = "chat.deleted"
        case sessionCreated = "session.created"
        case sessionUpdated = "session.updated"
        case sessionDeleted = "session.deleted"
        case callStarted = "call-started"
        case callConnected = "call-connected"
        case callInProgress = "call-in-progress"
        case callEnded = "call-ended"

        /// What messages of this name mean. Everything else about a name follows from this table.
        var sense: Sense {
            switch self {
            case .statusUpdate: .byStatus
            case .report: .always(Meaning("call.ended", .report))
            case .callStarted: .always(Meaning("call.started", .ringing, .ringing))
            case .callConnected, .callInProgress: .always(Meaning("call.answered", .answered, .inProgress))
            case .callEnded: .always(Meaning("call.ended", .ended))
            case .transferUpdate: .always(Meaning("call.transferred", .transferring, .transferring))
            case .transcript, .conversationUpdate: .always(Meaning("call.transcript_updated", .answered))
            case .assistantRequest: .always(Meaning("call.action_requested", .ringing))
            case .toolCalls, .functionCall, .transferRequest, .handoffRequest, .knowledgeRequest, .phoneCallControl,
                .endpointingRequest, .voiceRequest:
                .always(Meaning("call.action_requested", .answered))
            case .hang, .speechUpdate, .assistantSpeech, .assistantSpeechStarted, .assistantStarted, .modelOutput,
                .userInterrupted, .languageChanged, .languageChangeDetected, .voiceInput:
                .chatter
            case .callDeleted, .callDeleteFailed: .always(Meaning("call.updated", .planned))
            case .chatCreated, .chatDeleted, .sessionCreated, .sessionUpdated, .sessionDeleted: .notOfACall
            }
        }

        /// Reads `message.type`; final transcripts may carry the literal selector `transcript[transcriptType="final"]`.
        init?(native name: String) {
            if let known = NativeType(rawValue: name) {
                self = known
            } else if name.hasPrefix("transcript[") {
                self = .transcript
            } else {
                return nil
            }
        }

        /// Acknowledged and not kept, unless `keep` names it.
        var isHighFrequency: Bool { sense == .chatter }
    }

    /// What the messages of one name have in common.
    enum Sense: Equatable {
        case always(Meaning)
        /// The value of `status` decides.
        case byStatus
        /// Sent many times a second during a live call and of little use after it.
        case chatter
        /// Of a chat or a session.
        case notOfACall

        /// The canonical types that messages of this kind can become.
        var types: [EventType] {
            switch self {
            case .always(let meaning): [meaning.type] + (meaning.stage == .report ? Call.allArtifacts : [])
            case .byStatus:
                Meaning.ofStatus.reduce(into: []) { types, row in
                    if !types.contains(row.meaning.type) { types.append(row.meaning.type) }
                }
            case .chatter: [Meaning.ofChatter.type]
            case .notOfACall: [.providerEvent]
            }
        }
    }

    /// What a message means for the life of its call.
    struct Meaning: Equatable {
        var type: EventType
        /// How far along the call is at least. The call's own snapshot inside a message can be older than the message,
        /// so facts of notices that say nothing about progress count as early ones.
        var stage: Record.Stage
        var status: CallStatus?

        init(_ type: EventType, _ stage: Record.Stage, _ status: CallStatus? = nil) {
            (self.type, self.stage, self.status) = (type, stage, status)
        }

        static let ofChatter = Meaning("call.updated", .answered)

        /// The values of `status` in a status update; any other says nothing about progress.
        static let ofStatus: [(status: String, meaning: Meaning)] = [
            ("scheduled", Meaning("call.updated", .planned, .scheduled)),
            ("queued", Meaning("call.updated", .planned, .queued)),
            ("ringing", Meaning("call.started", .ringing, .ringing)),
            ("in-progress", Meaning("call.answered", .answered, .inProgress)),
            ("forwarding", Meaning("call.transferred", .transferring, .transferring)),
            ("ended", Meaning("call.ended", .ended)), ("completed", Meaning("call.ended", .ended)),
        ]
    }

    /// Nil for what is not about a call. The name decides, and the status value of status updates, and nothing else.
    static func meaning(of name: String, status: String?) -> Meaning? {
        switch NativeType(native: name)?.sense {
        case .always(let meaning): meaning
        case .byStatus:
            Meaning.ofStatus.first { $0.status == status }?.meaning ?? Meaning("call.updated", .planned)
        case .chatter: .ofChatter
        case .notOfACall: nil
        case nil: name.hasPrefix("assistant.") || name.hasPrefix("language-change") ? .ofChatter : nil
        }
    }

    static let events: [NativeEvent] = NativeType.allCases.flatMap { type in
        let event = NativeEvent(type.rawValue, types: type.sense.types)
        return type == .transcript
            ? [event, NativeEvent("transcript[transcriptType=\"final\"]", types: event.types)] : [event]
    }
}
