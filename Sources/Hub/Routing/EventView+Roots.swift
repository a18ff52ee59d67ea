package import HubModel
package import HubTemplates

extension EventView {
    /// The names that rules and templates may use, in the order of `scope`.
    package static let names = ["event"] + kinds.map(\.name) + others.map(\.rawValue)

    /// The kinds of record, whose names stand for the event's record when it is of that kind.
    private static let kinds = RecordKind.allCases

    /// The other names, in their order. A kind of record of the same name comes before.
    private enum Other: String, CaseIterable {
        case listing, appointment, data, raw, source, route, endpoint, vars
        case eventType = "event_type"
        case eventID = "event_id"
        case timestamp
    }

    private static let others = Other.allCases
    package static let scope = scope([])

    /// The names in scope inside of loops with these variables, and the paths that need no JSON of the whole record.
    static func scope(_ variables: [String]) -> Scope { Scope(names + variables, paths: paths.numbers) }

    /// Paths with a number: every field of every kind of record and the event's own members.
    static let paths: (numbers: [[String]: Int], starts: [EventPath.Start]) = {
        let fields = RecordKind.allCases.flatMap { kind in kind.model.fields.map { [kind.rawValue] + $0.path } }
        let all = fields + fields.map { ["event"] + $0 } + EventPath.Member.allCases.map { ["event", $0.rawValue] }
        let known = all.compactMap { path in EventPath(path).map { (path, $0.start) } }
        return (
            Dictionary(known.enumerated().map { ($1.0, $0) }, uniquingKeysWith: { first, _ in first }), known.map(\.1)
        )
    }()

    /// The position of a root name in `names`.
    static func position(of name: String) -> Int? { names.firstIndex(of: name) }

    /// The value of a root name, by its position in `names`; nil when the event has no such thing.
    func root(at position: Int, _ surroundings: Surroundings) -> JSON? {
        if position == 0 { return json }
        if position <= Self.kinds.count { return event.record?.kind == Self.kinds[position - 1] ? record : nil }
        switch Self.others[position - 1 - Self.kinds.count] {
        case .listing, .appointment: return nil
        case .data: return event.data
        case .raw: return event.raw
        case .source: return .string(event.source)
        case .route: return .string(surroundings.route)
        case .endpoint: return .string(surroundings.endpoint)
        case .vars: return surroundings.vars
        case .eventType: return .string(event.type.rawValue)
        case .eventID: return .string(event.id)
        case .timestamp: return .string(event.occurredAt.description)
        }
    }

    /// Values for `scope`, each made only where a template uses it.
    package func roots(_ surroundings: Surroundings) -> Roots {
        .source(EventRoots(view: self, surroundings: surroundings))
    }
}

/// An event as the source of the names in `EventView.scope`.
private struct EventRoots: RootSource {
    let view: EventView
    let surroundings: Surroundings

    func value(at position: Int) -> JSON? { view.root(at: position, surroundings) }

    func value(ofPath number: Int) -> JSON? { view.value(at: EventView.paths.starts[number], surroundings) }
}

/// What a template knows besides the event.
package struct Surroundings: Sendable {
    package var route: String
    package var endpoint: String
    package var vars: JSON

    package init(route: String = "", endpoint: String = "", vars: JSON = .null) {
        (self.route, self.endpoint, self.vars) = (route, endpoint, vars)
    }
}
