import AdapterKit

extension Vogent {
    /// What a webhook means for the life of its dial.
    struct Meaning: Equatable {
        var type: EventType
        var stage: Record.Stage
        var status: CallStatus?

        init(_ type: EventType, _ stage: Record.Stage, _ status: CallStatus? = nil) {
            (self.type, self.stage, self.status) = (type, stage, status)
        }

        /// Nil for names that nobody knows.
        init?(_ name: String, _ payload: JSON) {
            switch name {
            case "dial.created": self.init("call.started", .planned, .queued)
            case "dial.started": self.init("call.started", .answered, .inProgress)
            case "dial.inbound": self.init("call.started", .ringing, .ringing)
            case "dial.ended": self.init("call.ended", .ended, .completed)
            case "dial.failed": self.init("call.ended", .ended, .failed)
            case "dial.updated": self.init(status: payload.text("status"))
            case "dial.transcript": self.init("call.transcript_available", .artifact)
            case "dial.recording_created": self.init("call.recording_available", .artifact)
            case "dial.extractor":
                let hasSummary = payload.at("ai_result", "summary")?.string.map { !$0.isEmpty } ?? false
                self.init(hasSummary ? "call.summary_available" : "call.updated", .artifact)
            default: return nil
            }
        }

        private init(status: String?) {
            switch status {
            case "queued": self.init("call.updated", .planned, .queued)
            case "ringing": self.init("call.updated", .ringing, .ringing)
            case "in-progress": self.init("call.answered", .answered, .inProgress)
            case "completed": self.init("call.ended", .ended, .completed)
            case "failed": self.init("call.ended", .ended, .failed)
            case "canceled": self.init("call.ended", .ended, .canceled)
            case "busy": self.init("call.ended", .ended, .busy)
            case "no-answer": self.init("call.ended", .ended, .noAnswer)
            default: self.init("call.updated", .planned, .unknown)
            }
        }
    }

    static let events: [NativeEvent] = [
        NativeEvent("dial.created", "call.started"),
        NativeEvent("dial.inbound", "call.started"),
        NativeEvent("dial.updated", "call.updated", "call.answered", "call.ended"),
        NativeEvent("dial.transcript", "call.transcript_available"),
        NativeEvent("dial.recording_created", "call.recording_available"),
        NativeEvent("dial.extractor", "call.summary_available", "call.updated"),
        NativeEvent(functionCall, "call.action_requested"),
        NativeEvent("dial.started", "call.started"),
        NativeEvent("dial.ended", "call.ended"),
        NativeEvent("dial.failed", "call.ended"),
    ]
}
