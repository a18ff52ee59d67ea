import AdapterKit

extension OpenPhone {
    /// How a completed call ended.
    struct End: Equatable {
        var status: CallStatus
        var outcome: CallOutcome

        init(_ status: CallStatus, _ outcome: CallOutcome) { (self.status, self.outcome) = (status, outcome) }

        /// Judges the `status` of `call.completed`, a word that says `completed` for missed calls too in the legacy
        /// generation, where an `answeredAt` of null is the only sign.
        init(of subject: JSON) {
            let direction = OpenPhone.direction(subject)
            // Without a direction only an answer by a member of the workspace shows that the call was inbound.
            let isIncoming: Bool? =
                switch direction {
                case .inbound: true
                case .outbound: false
                case nil: subject.text("answeredBy") ?? subject.text("answeredByUserId") != nil ? true : nil
                }
            switch subject.text("status") {
            case "answered", "ai-handled": self.init(.completed, .completed)
            case "completed" where subject["answeredAt"] == nil || subject.text("answeredAt") != nil:
                self.init(.completed, .completed)
            case "completed", "unanswered", "no-answer", "missed":
                switch isIncoming {
                case true?: self.init(.missed, OpenPhone.hasVoicemail(subject) ? .voicemail : .missed)
                case false?: self.init(.noAnswer, .noAnswer)
                case nil: self.init(.completed, .completed)
                }
            case "abandoned":
                switch isIncoming {
                case true?: self.init(.missed, .abandoned)
                case false?: self.init(.canceled, .abandoned)
                case nil: self.init(.completed, .completed)
                }
            case "forwarded": self.init(.completed, .transferred)
            case "busy": self.init(.busy, .busy)
            case "failed": self.init(.failed, .failed)
            case "canceled": self.init(.canceled, .canceled)
            default: self.init(.unknown, .unknown)
            }
        }
    }

    /// The flag of the current generation, or the voicemail that the legacy one embeds.
    static func hasVoicemail(_ subject: JSON) -> Bool {
        if let flag = subject.flag("hasVoicemail") { return flag }
        switch subject.at("voicemail") {
        case .object(let voicemail): return !voicemail.isEmpty
        case .string(let text): return !text.isEmpty
        case .array(let items): return !items.isEmpty
        case .bool(let flag): return flag
        default: return false
        }
    }
}
