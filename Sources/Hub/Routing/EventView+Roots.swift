package import HubModel
package import HubTemplates

extension EventView {
    /// The names that rules and templates may use, in the order of `scope`.
    package static let names = [
        "event", "call", "message", "listing", "appointment", "data", "raw", "source", "route", "endpoint", "vars",
        "event_type", "event_id", "timestamp",
    ]
    package static let scope = Scope(names)

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

    /// Values for `scope`, each asked for only where a template uses it; `further` are those of loop variables.
    package func roots(_ surroundings: Surroundings, further: [JSON] = []) -> Roots {
        .lazy { [self] position in
            position < Self.names.count ? root(at: position, surroundings) : further[position - Self.names.count]
        }
    }
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
