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

/// What a `Field` says of itself apart from its Swift type: for JSON, templates, rules, docs, storage and merging.
public struct FieldSpec: Sendable {
    /// Permanent within its kind: what databases know the field by.
    public let number: Int
    /// The elements of the path, separated by dots.
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
    /// How far along its life a status is, for `MergeRule.forward`.
    let rank: @Sendable (JSON) -> Int
    /// The names of the members of the object, or of each object in the list, that the field holds; in permanent order.
    let memberNames: [String]

    init(
        number: Int, name: String, shape: Shape, merge: MergeRule, rank: @escaping @Sendable (JSON) -> Int,
        visibility: Visibility, meaning: String
    ) {
        (self.number, self.name, self.merge, self.rank) = (number, name, merge, rank)
        (self.visibility, self.meaning) = (visibility, meaning)
        path = name.split(separator: ".").map(String.init)
        switch shape.kind {
        case .list(let element):
            (self.shape, unknown, memberNames) = (shape, .array([]), Self.memberNames(element))
        case .object(let members, _):
            (self.shape, unknown, memberNames) = (
                .object(members.map { .init($0.name, $0.shape.orNull, $0.meaning) }),
                .object(JSONObject(members.map { JSONObject.Member($0.name, .null) })), Self.memberNames(shape)
            )
        default: (self.shape, unknown, memberNames) = (shape.orNull, .null, [])
        }
        precondition(memberNames.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }, "names of members are ASCII")
    }

    private static func memberNames(_ shape: Shape) -> [String] {
        if case .object(let members, open: false) = shape.kind { members.map(\.name) } else { [] }
    }

    /// The fields that `fields` has as stored properties, in the order in which they are written there.
    static func declared(in fields: some Any) -> [FieldSpec] {
        let found = Mirror(reflecting: fields).children.compactMap { ($0.value as? any DeclaredField)?.spec }
        precondition(
            found.allSatisfy { (0..<64).contains($0.number) } && Set(found.map(\.number)).count == found.count
                && Set(found.map(\.name)).count == found.count,
            "fields need different names and different numbers from 0 to 63")
        return found
    }
}

/// A field of any type: how the list of fields is gathered from their declarations.
private protocol DeclaredField {
    var spec: FieldSpec { get }
}

extension Field: DeclaredField {}

/// The declared fields of one kind of record, in the order in which JSON shows them.
public struct RecordModel: Sendable {
    /// `call` or `message`.
    public let name: String
    public let meaning: String
    public let fields: [FieldSpec]
    /// One more than the highest number.
    let numbers: Int
    /// Every declared number.
    let all: FieldSet
    /// Fields by number; nil where a field is gone.
    let byNumber: [FieldSpec?]
    /// For each field number, the names of the members of the declared object that it holds.
    let memberNames: [[String]]
    /// The JSON of a record of which nothing is known.
    let blank: [JSONObject.Member]
    /// For each field number, its place in `blank`, and within the group there when it is a member of one.
    let places: [(member: Int, inGroup: Int)]

    init(name: String, meaning: String, fields: [FieldSpec]) {
        (self.name, self.meaning, self.fields) = (name, meaning, fields)
        numbers = (fields.map(\.number).max() ?? -1) + 1
        var byNumber = [FieldSpec?](repeating: nil, count: numbers)
        var places = Array(repeating: (member: -1, inGroup: -1), count: numbers)
        var all = FieldSet()
        var blank: [JSONObject.Member] = []
        for field in fields {
            byNumber[field.number] = field
            all.insert(field.number)
            if field.path.count == 1 {
                places[field.number] = (blank.count, -1)
                blank.append(JSONObject.Member(field.path[0], field.unknown))
            } else {
                var group = JSONObject()
                if let last = blank.last, last.name == field.path[0], case .object(let started) = last.value {
                    group = started
                    blank.removeLast()
                }
                places[field.number] = (blank.count, group.count)
                group.members.append(JSONObject.Member(field.path[1], field.unknown))
                blank.append(JSONObject.Member(field.path[0], .object(group)))
            }
        }
        memberNames = byNumber.map { $0?.memberNames ?? [] }
        (self.byNumber, self.places, self.all, self.blank) = (byNumber, places, all, blank)
    }

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
