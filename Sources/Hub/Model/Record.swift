/// What one webhook says about a call or a message, or what all of them so far add up to.
///
/// One slot a declared field, null when unknown. Typed access is in `Call` and `Message`.
public struct Record: Sendable, Hashable {
    /// How far along its life the subject was when a part was made. Facts of a later stage win over earlier ones,
    /// whatever order the parts arrive in.
    public enum Stage: UInt8, Sendable, Comparable, CaseIterable {
        case planned = 1
        case ringing, answered, transferring, ended, report
        /// Made after the end from its recording: summary, transcript, voicemail.
        case artifact

        public static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
    }

    /// Where a field's value came from: decides what replaces it.
    struct Mark: Sendable, Hashable {
        var stage: Stage
        var at: Timestamp
    }

    public let kind: RecordKind
    var values: [JSON]
    var marks: [Mark?]

    init(_ kind: RecordKind) {
        self.kind = kind
        values = Array(repeating: .null, count: kind.model.fields.count)
        marks = Array(repeating: nil, count: values.count)
    }

    /// Absent, null, empty text and empty lists all mean unknown.
    static func known(_ value: JSON) -> JSON {
        switch value {
        case .string(let text) where text.isEmpty: .null
        case .array(let items) where items.isEmpty: .null
        case .object(let object) where object.isEmpty: .null
        default: value
        }
    }

    /// The same facts, marked as coming from a part of this stage and time: what decides when parts merge.
    public func stamped(_ stage: Stage, at time: Timestamp) -> Record {
        var part = self
        let mark = Mark(stage: stage, at: time)
        for slot in values.indices { part.marks[slot] = values[slot].isNull ? nil : mark }
        return part
    }

    /// The record as events, rules and templates see it: every declared field, unknown ones empty.
    public var json: JSON {
        let fields = kind.model.fields
        func shown(_ slot: Int) -> JSON { values[slot].isNull ? fields[slot].unknown : values[slot] }
        var members: [JSONObject.Member] = []
        members.reserveCapacity(fields.count)
        var slot = 0
        while slot < fields.count {
            let path = fields[slot].path
            if path.count == 1 {
                members.append(JSONObject.Member(path[0], shown(slot)))
                slot += 1
            } else {
                var group: [JSONObject.Member] = []
                while slot < fields.count, fields[slot].path.count == 2, fields[slot].path[0] == path[0] {
                    group.append(JSONObject.Member(fields[slot].path[1], shown(slot)))
                    slot += 1
                }
                members.append(JSONObject.Member(path[0], .object(JSONObject(group))))
            }
        }
        return .object(JSONObject(members))
    }
}

/// The two kinds of record that webhooks build up part by part.
public enum RecordKind: String, Sendable, CaseIterable {
    case call, message

    public var model: RecordModel {
        switch self {
        case .call: Call.model
        case .message: Message.model
        }
    }
}

extension Record {
    /// A record of the same kind of which nothing is known.
    package var emptied: Record { Record(kind) }
}
