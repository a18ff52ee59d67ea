import AdapterKit

extension Vapi {
    /// What Vapi's `endedReason` says about the end of a call.
    struct End: Equatable {
        var outcome: CallOutcome
        var status: CallStatus

        init(_ outcome: CallOutcome, _ status: CallStatus) { (self.outcome, self.status) = (outcome, status) }

        /// Judges a reason: exact words first, then prefixes and parts, since `call.in-progress.error-…-sip-408-…` is a
        /// call that nobody took and not a failure. The set is open (about 570 words); what no rule knows has an
        /// unknown outcome.
        init(reason: String?) {
            guard let reason else {
                self.init(.unknown, .completed)
                return
            }
            if let known = Self.exact[reason] {
                self = known
            } else if Self.failurePrefixes.contains(where: reason.hasPrefix) || reason.contains("-failed")
                || reason.contains("error")
            {
                self.init(.failed, .failed)
            } else {
                self.init(.unknown, .completed)
            }
        }

        private static let failurePrefixes = [
            "call.start.error-", "call-start-error-", "pipeline-", "call.in-progress.error-", "call.ringing.error-",
            "assistant-request-",
        ]

        private static let exact: [String: End] = {
            var ends: [String: End] = [:]
            for (end, reasons) in table {
                for reason in reasons { ends[reason] = end }
            }
            return ends
        }()

        private static let table: [(End, [String])] = [
            (
                End(.completed, .completed),
                [
                    "assistant-ended-call", "assistant-said-end-call-phrase", "assistant-ended-call-with-hangup-task",
                    "assistant-ended-call-after-message-spoken", "customer-ended-call",
                    "customer-ended-call-before-warm-transfer", "customer-ended-call-after-warm-transfer-attempt",
                    "customer-ended-call-during-transfer", "exceeded-max-duration", "silence-timed-out",
                    "vonage-completed", "call.in-progress.twilio-completed-call",
                    "call.in-progress.sip-completed-call", "call.ringing.hook-executed-say",
                    "call.ending.hook-executed-say", "completed", "hangup",
                ]
            ),
            (
                End(.transferred, .completed),
                [
                    "assistant-forwarded-call", "assistant-request-returned-forwarding-phone-number",
                    "call.ringing.hook-executed-transfer", "call.ending.hook-executed-transfer",
                ]
            ),
            (End(.voicemail, .completed), ["voicemail"]),
            (
                End(.noAnswer, .noAnswer),
                [
                    "customer-did-not-answer", "no-answer",
                    "call.in-progress.error-providerfault-outbound-sip-408-request-timeout",
                    "call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable",
                ]
            ),
            (End(.busy, .busy), ["customer-busy"]),
            (End(.abandoned, .missed), ["call.ringing.sip-inbound-caller-hungup-before-call-connect"]),
            (End(.canceled, .canceled), ["manually-canceled", "scheduled-call-deleted", "call-deleted"]),
            (
                End(.failed, .failed),
                [
                    "assistant-not-found", "assistant-not-valid", "assistant-join-timed-out",
                    "customer-did-not-give-microphone-permission", "worker-shutdown",
                    "phone-call-provider-closed-websocket",
                    "phone-call-provider-bypass-enabled-but-no-call-received", "twilio-failed-to-connect-call",
                    "twilio-reported-customer-misdialed", "vonage-disconnected", "vonage-failed-to-connect-call",
                    "vonage-rejected", "call.forwarding.operator-busy", "failed",
                ]
            ),
        ]
    }
}
