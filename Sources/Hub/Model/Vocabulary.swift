// The closed vocabularies of the canonical model. Their raw values are what JSON, rules and templates see.

public protocol Word: RawRepresentable, CaseIterable, FieldItem, Hashable where RawValue == String {}

/// A status, which only moves forward.
public protocol RankedWord: Word {
    /// How far along its life whatever has this status is; a merge never moves to a lower rank.
    var rank: Int { get }
}

extension Word {
    public static var words: [String] { allCases.map(\.rawValue) }
}

public enum Direction: String, Word { case inbound, outbound }

public enum Channel: String, Word { case phone, web, sip, sms, mms, chat }

public enum CallStatus: String, RankedWord {
    case scheduled, queued, ringing
    case inProgress = "in_progress"
    case transferring, completed, missed
    case noAnswer = "no_answer"
    case busy, failed, canceled, unknown

    public var rank: Int {
        switch self {
        case .unknown: 0
        case .scheduled: 1
        case .queued: 2
        case .ringing: 3
        case .inProgress: 4
        case .transferring: 5
        case .completed, .missed, .noAnswer, .busy, .failed, .canceled: 6
        }
    }
}

public enum CallOutcome: String, Word {
    case completed, transferred, voicemail, missed
    case noAnswer = "no_answer"
    case busy, abandoned, canceled, failed, unknown
}

public enum MessageStatus: String, RankedWord {
    case queued, sent, delivered, failed, received, canceled, unknown

    public var rank: Int {
        switch self {
        case .unknown: 0
        case .queued: 1
        case .sent: 2
        case .received, .delivered, .failed, .canceled: 3
        }
    }
}

public enum Sentiment: String, Word { case positive, neutral, negative, mixed }

public enum AgentKind: String, Word { case ai, human }

public enum TranscriptRole: String, Word { case agent, customer, system, tool, unknown }
