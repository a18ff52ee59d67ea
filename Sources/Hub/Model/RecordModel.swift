/// Who may read a field: the operator's view and the docs group fields by it.
public enum Visibility: String, Sendable, CaseIterable {
    /// Ids, states, times.
    case operational
    /// Numbers and names of people.
    case personal
    /// What was said or written.
    case content
    /// What it cost.
    case commercial
}

/// How two parts that both know a field are reconciled. Every rule is the maximum of a total order, so merging is
/// commutative, associative and idempotent whatever order the parts arrive in.
public enum MergeRule: Sendable {
    /// The later stage wins, then the later time, then the greater text.
    case latest
    /// Like `latest`, but `unknown` loses against everything else.
    case latestKnown
    /// The further along its life wins; among equals as `latest`.
    case forward
    /// The longer list wins; among equals as `latest`.
    case longest
}

/// One field of a canonical record, declared once for JSON, templates, rules, docs and merging.
public struct FieldSpec: Sendable {
    /// The path's elements apart by dots.
    public let name: String
    /// `["summary"]`, or `["agent", "name"]` for a member of a group.
    public let path: [String]
    public let shape: Shape
    public let merge: MergeRule
    public let visibility: Visibility
    /// One sentence for the docs.
    public let meaning: String
    /// What JSON shows while the field is unknown: null, an empty list, or an object of nulls, so that
    /// `call.recording.url` and `call.transcript | length` always mean something.
    let unknown: JSON

    init(
        _ path: String..., shape: Shape, merge: MergeRule = .latest,
        visibility: Visibility = .operational, _ meaning: String
    ) {
        (self.path, self.merge, self.visibility, self.meaning) = (path, merge, visibility, meaning)
        name = path.joined(separator: ".")
        switch shape.kind {
        case .list: (self.shape, unknown) = (shape, .array([]))
        case .object(let members, _):
            (self.shape, unknown) = (
                .object(members.map { .init($0.name, $0.shape.orNull, $0.meaning) }),
                .object(JSONObject(members.map { JSONObject.Member($0.name, .null) }))
            )
        default: (self.shape, unknown) = (shape.orNull, .null)
        }
    }

}

/// The declared fields of one kind of record, in the order in which JSON shows them.
public struct RecordModel: Sendable {
    /// `call` or `message`.
    public let name: String
    public let meaning: String
    public let fields: [FieldSpec]

    /// The shape of the record's JSON; fields that share a first path element form one nested object.
    public var shape: Shape {
        var members: [Shape.Member] = []
        for field in fields {
            let shape = field.shape
            if field.path.count == 1 {
                members.append(Shape.Member(field.name, shape, field.meaning))
            } else {
                var group: [Shape.Member] = []
                if let last = members.last, last.name == field.path[0], case .object(let inner, _) = last.shape.kind {
                    group = inner
                    members.removeLast()
                }
                group.append(Shape.Member(field.path[1], shape, field.meaning))
                members.append(Shape.Member(field.path[0], .object(group)))
            }
        }
        return .object(members)
    }
}
