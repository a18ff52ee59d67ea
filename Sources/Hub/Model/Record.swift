/// What one webhook says about a call or a message, or what all of them so far add up to.
///
/// One value for each field number, null when unknown. Typed access is in `Call` and `Message`.
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
    struct Mark: Sendable, Hashable, Comparable {
        var stage: Stage
        var at: Timestamp

        static func < (a: Mark, b: Mark) -> Bool { a.stage != b.stage ? a.stage < b.stage : a.at < b.at }
    }

    /// The fields that came from parts of one stage and time.
    struct Origin: Sendable, Hashable {
        var mark: Mark
        var fields: FieldSet
    }

    public let kind: RecordKind
    var values: [JSON]
    /// The fields whose values are not null.
    public private(set) var known = FieldSet()
    /// In ascending order of their marks, without a field twice and none empty, so that equal records are equal values.
    private(set) var origins: [Origin] = []

    package init(_ kind: RecordKind) {
        self.kind = kind
        values = Array(repeating: .null, count: kind.model.numbers)
    }

    /// The value of the field with this number; setting an empty one means unknown.
    public subscript(number: Int) -> JSON {
        get { values[number] }
        set {
            let value = Self.known(newValue)
            if value.isNull {
                guard known.contains(number) else { return }
                known.remove(number)
                setMark(nil, of: number)
            } else {
                known.insert(number)
            }
            values[number] = value
        }
    }

    /// Absent, null, empty text and empty lists all mean unknown.
    private static func known(_ value: JSON) -> JSON {
        switch value {
        case .string(let text) where text.isEmpty: .null
        case .array(let items) where items.isEmpty: .null
        case .object(let object) where object.isEmpty: .null
        default: value
        }
    }

    func mark(of number: Int) -> Mark? {
        for origin in origins where origin.fields.contains(number) { return origin.mark }
        return nil
    }

    /// Every field that a part said: the only ones that are merged and stored.
    var marked: FieldSet { origins.reduce(into: FieldSet()) { $0 = $0.union($1.fields) } }

    mutating func setMark(_ mark: Mark?, of number: Int) {
        if let old = origins.firstIndex(where: { $0.fields.contains(number) }) {
            if origins[old].mark == mark { return }
            origins[old].fields.remove(number)
            if origins[old].fields.isEmpty { origins.remove(at: old) }
        }
        guard let mark else { return }
        var place = 0
        while place < origins.count, origins[place].mark < mark { place += 1 }
        if place == origins.count || origins[place].mark != mark {
            origins.insert(Origin(mark: mark, fields: FieldSet()), at: place)
        }
        origins[place].fields.insert(number)
    }

    /// Sets the values and origins of the fields, which the caller knows to be in order.
    mutating func restore(_ origins: [Origin], known: FieldSet) { (self.origins, self.known) = (origins, known) }

    /// The same facts, marked as coming from a part of this stage and time: what decides when parts merge.
    public func stamped(_ stage: Stage, at time: Timestamp) -> Record {
        var part = self
        part.origins = known.isEmpty ? [] : [Origin(mark: Mark(stage: stage, at: time), fields: known)]
        return part
    }

    /// The record as events, rules and templates see it: every declared field, unknown ones empty.
    public var json: JSON {
        let model = kind.model
        var members = model.blank
        var group: (member: Int, members: [JSONObject.Member])?
        for number in known {
            let (member, inGroup) = model.places[number]
            if inGroup < 0 {
                members[member].value = values[number]
            } else {
                if let done = group, done.member != member {
                    members[done.member].value = .object(JSONObject(done.members))
                    group = nil
                }
                if group == nil { group = (member, members[member].value.object?.members ?? []) }
                group?.members[inGroup].value = values[number]
            }
        }
        if let group { members[group.member].value = .object(JSONObject(group.members)) }
        return .object(JSONObject(members))
    }
}

extension Record {
    /// A record of the same kind of which nothing is known.
    package var emptied: Record { Record(kind) }

    /// The provider's own id of the subject; without one, parts cannot find each other.
    package var providerID: String? { values[CommonField.providerID].string }

    /// Puts in what the hub itself knows of every record.
    package mutating func identify(id: String, provider: String) {
        self[CommonField.id] = .string(id)
        self[CommonField.provider] = .string(provider)
    }
}
