package import HubModel
package import HubTemplates

/// One event with the forms that rules and templates read it in, shared by every route and delivery.
package final class EventView: Sendable {
    package let event: Event
    private let record: JSON?

    package init(_ event: Event) {
        self.event = event
        record = event.record?.json
    }

    /// The event as it is delivered by default.
    package var json: JSON { event.json(record: record) }

    /// The names that rules and templates may use, in the order of `scope`.
    package static let names = [
        "event", "call", "message", "listing", "appointment", "data", "raw", "source", "route", "endpoint", "vars",
        "event_type", "event_id", "timestamp",
    ]
    package static let scope = Scope(names)

    /// The value of a root name; nil when the event has no such thing.
    package func root(_ name: String, _ surroundings: Surroundings = Surroundings()) -> JSON? {
        switch name {
        case "event": json
        case "call", "message", "listing", "appointment": event.record?.kind.rawValue == name ? record : nil
        case "data": event.data
        case "raw": event.raw
        case "source": .string(event.source)
        case "route": .string(surroundings.route)
        case "endpoint": .string(surroundings.endpoint)
        case "vars": surroundings.vars
        case "event_type": .string(event.type.rawValue)
        case "event_id": .string(event.id)
        case "timestamp": .string(event.occurredAt.description)
        default: nil
        }
    }

    /// Values for `scope`, each asked for only where a template uses it; `further` are those of loop variables.
    package func roots(_ surroundings: Surroundings, further: [JSON] = []) -> Roots {
        .lazy { [self] position in
            position < Self.names.count ? root(Self.names[position], surroundings) : further[position - Self.names.count]
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
