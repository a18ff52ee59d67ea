import AdapterKit

extension OpenPhone {
    /// What a webhook of this name is about.
    enum Kind: Equatable {
        case ringing, answered, menu, forwarded, missed, completed, recording, summary, transcript, voicemail
        case message(EventType, MessageStatus)

        /// Nil for contacts, tasks and all that is neither call nor message. The names are matched whole: a loose
        /// match on `call…completed` would take recordings and summaries for ended calls.
        init?(_ name: String) {
            switch name {
            case "call.ringing", "call.started": self = .ringing
            case "call.answered": self = .answered
            case "call.menu.selected": self = .menu
            case "call.forwarded": self = .forwarded
            case "call.missed": self = .missed
            case "call.completed": self = .completed
            case "call.recording.completed": self = .recording
            case "call.summary.completed", "callSummary", "call_summary.created", "call_summary.updated":
                self = .summary
            case "call.transcript.completed", "callTranscript", "call_transcript.created", "call_transcript.updated":
                self = .transcript
            case "call.voicemail.completed": self = .voicemail
            case "message.received": self = .message("message.received", .received)
            case "message.sent": self = .message("message.sent", .sent)
            case "message.delivered": self = .message("message.delivered", .delivered)
            case "message.failed", "message.undelivered": self = .message("message.failed", .failed)
            default: return nil
            }
        }

        /// `processing` is the state of a summary or transcript, where the webhook tells one.
        func type(processing: String?) -> EventType {
            switch self {
            case .ringing: "call.started"
            case .answered: "call.answered"
            case .menu: "call.updated"
            case .forwarded: "call.transferred"
            case .missed: "call.missed"
            case .completed: "call.ended"
            case .recording: "call.recording_available"
            case .summary: Self.isDone(processing) ? "call.summary_available" : "call.updated"
            case .transcript: Self.isDone(processing) ? "call.transcript_available" : "call.updated"
            case .voicemail: "call.voicemail_available"
            case .message(let type, _): type
            }
        }

        static func isDone(_ processing: String?) -> Bool { processing == nil || processing == "completed" }

        /// `call.missed` and `call.completed` both end a missed call; the latter knows more (a voicemail was left), so
        /// it counts as the report whichever comes first. Parts of one stage compare by the time of the event.
        func stage(processing: String?) -> Record.Stage {
            switch self {
            case .ringing: .ringing
            case .answered, .menu: .answered
            case .forwarded: .transferring
            case .missed: .ended
            case .completed: .report
            case .recording, .voicemail: .artifact
            case .summary, .transcript: Self.isDone(processing) ? .artifact : .planned
            case .message(_, .sent): .ringing
            case .message: .ended
            }
        }

        var callStatus: CallStatus? {
            switch self {
            case .ringing: .ringing
            case .answered: .inProgress
            case .forwarded: .transferring
            case .missed: .missed
            default: nil
            }
        }
    }

    static let events: [NativeEvent] =
        [
            NativeEvent("call.ringing", "call.started"),
            NativeEvent("call.started", "call.started"),
            NativeEvent("call.answered", "call.answered"),
            NativeEvent("call.menu.selected", "call.updated"),
            NativeEvent("call.forwarded", "call.transferred"),
            NativeEvent("call.missed", "call.missed"),
            NativeEvent("call.completed", "call.ended", "call.voicemail_available"),
            NativeEvent("call.recording.completed", "call.recording_available"),
            NativeEvent("call.summary.completed", "call.summary_available", "call.updated"),
            NativeEvent("callSummary", "call.summary_available", "call.updated"),
            NativeEvent("call_summary.created", "call.summary_available"),
            NativeEvent("call_summary.updated", "call.summary_available"),
            NativeEvent("call.transcript.completed", "call.transcript_available", "call.updated"),
            NativeEvent("callTranscript", "call.transcript_available", "call.updated"),
            NativeEvent("call_transcript.created", "call.transcript_available"),
            NativeEvent("call_transcript.updated", "call.transcript_available"),
            NativeEvent("call.voicemail.completed", "call.voicemail_available"),
            NativeEvent("message.received", "message.received"),
            NativeEvent("message.sent", "message.sent"),
            NativeEvent("message.delivered", "message.delivered"),
            NativeEvent("message.failed", "message.failed"),
            NativeEvent("message.undelivered", "message.failed"),
        ] + others.map { NativeEvent($0, .providerEvent) }

    private static let others = [
        "contact.updated", "contact.deleted", "task.created", "task.updated", "task.deleted", "task.completed",
        "task.reopened", "task.assigned", "task.unassigned", "task.overdue", "task.linked", "task.unlinked",
        "task.duedate.updated", "task.duedate.removed", "task.due_date_changed", "task.due_date_removed",
        "integration.created", "integration.updated", "integration.deleted", "token.validated",
    ]
}
