package import HubModel
package import HubTemplates

extension Checker {
    /// The event's shape by the kind of its subject: types with the same subject look the same.
    private static let shapes: [EventType.Subject: Shape] = {
        let words = Shape(.string(words: EventType.catalogue.map(\.type.rawValue)))
        var result: [EventType.Subject: Shape] = [:]
        for spec in EventType.catalogue where result[spec.subject] == nil {
            var shape = Event.shape(of: spec.type)
            if case .object(var members, let open) = shape.kind {
                for n in members.indices {
                    if members[n].name == "type" { members[n].shape = words }
                    if RecordKind(rawValue: members[n].name) != nil { members[n].shape = named(members[n].shape) }
                }
                shape.kind = .object(members, open: open)
            }
            result[spec.subject] = shape
        }
        return result
    }()

    /// A record's shape in an event: the hub itself gives it the id and the provider, so these are never null.
    private static func named(_ record: Shape) -> Shape {
        guard case .object(var members, let open) = record.kind else { return record }
        for n in members.indices where ["id", "provider"].contains(members[n].name) {
            members[n].shape.nullable = false
        }
        return Shape(.object(members, open: open), nullable: record.nullable)
    }

    /// The roots of the hub's templates for events of the given types.
    package static func roots(for types: [EventType]) -> [Root] {
        typealias Alternative = Root.Alternative
        func events(_ types: [EventType]) -> [Alternative] {
            var result: [Alternative] = []
            for subject in EventType.Subject.allCases {
                let names = types.filter { ($0.spec?.subject ?? .data) == subject }.map(\.rawValue)
                if !names.isEmpty, let shape = shapes[subject] { result.append(Alternative(names, shape)) }
            }
            return result
        }
        func member(_ name: String, _ list: [Alternative]) -> [Alternative] {
            list.map { item in
                guard case .object(let members, _) = item.shape?.kind else { return Alternative(item.types, nil) }
                return Alternative(item.types, members.first { $0.name == name }?.shape)
            }
        }
        let own = events(types)
        let others = events(EventType.catalogue.map(\.type).filter { !types.contains($0) })
        var result = [Root("event", alternatives: own, elsewhere: others)]
        for name in RecordKind.allCases.map(\.name) {
            result.append(Root(name, alternatives: member(name, own), elsewhere: member(name, others)))
        }
        for name in ["listing", "appointment", "data", "raw", "vars"] where RecordKind(rawValue: name) == nil {
            result.append(Root(name))
        }
        for name in ["source", "route", "endpoint", "event_id"] { result.append(Root(name, .text)) }
        result.append(Root("event_type", Shape(.string(words: EventType.catalogue.map(\.type.rawValue)))))
        return result + [Root("timestamp", .time)]
    }
}
