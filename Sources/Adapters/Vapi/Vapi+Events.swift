import AdapterKit

extension Vapi {
    /// The event names that Vapi documents, and those of older integrations (`call-…`).
    enum NativeType: String, CaseIterable, ConfigChoice {
        case statusUpdate = "status-update"
        case report = "end-of-call-report"
        case assistantRequest = "assistant-request"
        case toolCalls = "tool-calls"
        case functionCall = "function-call"
        case transferRequest = "transfer-destination-request"
        case handoffRequest = "handoff-destination-request"
        case knowledgeRequest = "knowledge-base-request"
        case phoneCallControl = "phone-call-control"
        case endpointingRequest = "call.endpointing.request"
        case voiceRequest = "voice-request"
        case transferUpdate = "transfer-update"
        case transcript
        case conversationUpdate = "conversation-update"
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

        /// Sent many times a second of a live call and of little use after it: acknowledged and not kept, unless
        /// `keep` names them.
        var isHighFrequency: Bool {
            switch self {
            case .hang, .speechUpdate, .assistantSpeech, .assistantSpeechStarted, .assistantStarted, .modelOutput,
                .userInterrupted, .languageChanged, .languageChangeDetected, .voiceInput:
                true
            default: false
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

        /// Nil for what is not about a call. The name decides, and the status value of status updates, and nothing else.
        init?(_ name: String, status: String?) {
            switch NativeType(native: name) {
            case .statusUpdate: self.init(statusUpdate: status)
            case .report: self.init("call.ended", .report)
            case .callStarted: self.init("call.started", .ringing, .ringing)
            case .callConnected, .callInProgress: self.init("call.answered", .answered, .inProgress)
            case .callEnded: self.init("call.ended", .ended)
            case .transferUpdate: self.init("call.transferred", .transferring, .transferring)
            case .transcript, .conversationUpdate: self.init("call.transcript_updated", .answered)
            case .assistantRequest: self.init("call.action_requested", .ringing)
            case .toolCalls, .functionCall, .transferRequest, .handoffRequest, .knowledgeRequest, .phoneCallControl,
                .endpointingRequest, .voiceRequest:
                self.init("call.action_requested", .answered)
            case .hang, .speechUpdate, .assistantSpeech, .assistantSpeechStarted, .assistantStarted, .modelOutput,
                .userInterrupted, .languageChanged, .languageChangeDetected, .voiceInput:
                self.init("call.updated", .answered)
            case .callDeleted, .callDeleteFailed: self.init("call.updated", .planned)
            case .chatCreated, .chatDeleted, .sessionCreated, .sessionUpdated, .sessionDeleted: return nil
            case nil:
                guard name.hasPrefix("assistant.") || name.hasPrefix("language-change") else { return nil }
                self.init("call.updated", .answered)
            }
        }

        private init(statusUpdate status: String?) {
            switch status {
            case "scheduled": self.init("call.updated", .planned, .scheduled)
            case "queued": self.init("call.updated", .planned, .queued)
            case "ringing": self.init("call.started", .ringing, .ringing)
            case "in-progress": self.init("call.answered", .answered, .inProgress)
            case "forwarding": self.init("call.transferred", .transferring, .transferring)
            case "ended", "completed": self.init("call.ended", .ended)
            default: self.init("call.updated", .planned)
            }
        }
    }

    static let events: [NativeEvent] = [
        NativeEvent(
            "status-update", "call.updated", "call.started", "call.answered", "call.transferred", "call.ended"),
        NativeEvent(
            "end-of-call-report", "call.ended", "call.summary_available", "call.transcript_available",
            "call.recording_available"),
        NativeEvent("transfer-update", "call.transferred"),
        NativeEvent("transcript", "call.transcript_updated"),
        NativeEvent("transcript[transcriptType=\"final\"]", "call.transcript_updated"),
        NativeEvent("conversation-update", "call.transcript_updated"),
        NativeEvent("assistant-request", "call.action_requested"),
        NativeEvent("tool-calls", "call.action_requested"),
        NativeEvent("function-call", "call.action_requested"),
        NativeEvent("transfer-destination-request", "call.action_requested"),
        NativeEvent("handoff-destination-request", "call.action_requested"),
        NativeEvent("knowledge-base-request", "call.action_requested"),
        NativeEvent("phone-call-control", "call.action_requested"),
        NativeEvent("call.endpointing.request", "call.action_requested"),
        NativeEvent("voice-request", "call.action_requested"),
        NativeEvent("hang", "call.updated"),
        NativeEvent("speech-update", "call.updated"),
        NativeEvent("assistant-speech", "call.updated"),
        NativeEvent("assistant.speechStarted", "call.updated"),
        NativeEvent("assistant.started", "call.updated"),
        NativeEvent("model-output", "call.updated"),
        NativeEvent("user-interrupted", "call.updated"),
        NativeEvent("language-changed", "call.updated"),
        NativeEvent("language-change-detected", "call.updated"),
        NativeEvent("voice-input", "call.updated"),
        NativeEvent("call.deleted", "call.updated"),
        NativeEvent("call.delete.failed", "call.updated"),
        NativeEvent("chat.created", "provider.event"),
        NativeEvent("chat.deleted", "provider.event"),
        NativeEvent("session.created", "provider.event"),
        NativeEvent("session.updated", "provider.event"),
        NativeEvent("session.deleted", "provider.event"),
        NativeEvent("call-started", "call.started"),
        NativeEvent("call-connected", "call.answered"),
        NativeEvent("call-in-progress", "call.answered"),
        NativeEvent("call-ended", "call.ended"),
    ]
}
