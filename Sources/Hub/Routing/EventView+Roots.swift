package import HubModel
package import HubTemplates

extension EventView {
    /// The names that rules and templates may use, in the order of `scope`.
    package static let names = [
        "event", "call", "message", "listing", "appointment", "data", "raw", "source", "route", "endpoint", "vars",
        "event_type", "event_id", "timestamp",
    ]
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
        switch position {
        case 0: json
        case 1: event.record?.kind == .call ? record : nil
        case 2: event.record?.kind == .message ? record : nil
        case 5: event.data
        case 6: event.raw
        case 7: .string(event.source)
        case 8: .string(surroundings.route)
        case 9: .string(surroundings.endpoint)
        case 10: surroundings.vars
        case 11: .string(event.type.rawValue)
        case 12: .string(event.id)
        case 13: .string(event.occurredAt.description)
        default: nil
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
