package import HubModel
package import HubTemplates

/// One event with the forms that rules and templates read it in, made once and shared by every route and delivery.
package final class EventView: Sendable {
    package let event: Event
    /// The event as it is delivered by default.
    package let json: JSON
    private let record: JSON

    package init(_ event: Event) {
        self.event = event
        json = event.json
        record = event.record.flatMap { [json] in json[$0.kind.rawValue] } ?? .null
    }

    /// The names that rules and templates may use, in the order `roots` gives their values.
    package static let names = [
        "event", "call", "message", "listing", "appointment", "data", "raw", "source", "route", "endpoint", "vars",
        "event_type", "event_id", "timestamp",
    ]
    package static let scope = Scope(names)

    /// The value of a root name; nil when the event has no such thing.
    package func root(_ name: String, route: String = "", endpoint: String = "", vars: JSON = .null) -> JSON? {
        switch name {
        case "event": json
        case "call", "message", "listing", "appointment": event.record?.kind.rawValue == name ? record : nil
        case "data": event.data
        case "raw": event.raw
        case "source": .string(event.source)
        case "route": .string(route)
        case "endpoint": .string(endpoint)
        case "vars": vars
        case "event_type": .string(event.type.rawValue)
        case "event_id": .string(event.id)
        case "timestamp": .string(event.occurredAt.description)
        default: nil
        }
    }

    /// Values for `scope`.
    package func roots(route: String, endpoint: String, vars: JSON) -> [Value] {
        Self.names.map { name in root(name, route: route, endpoint: endpoint, vars: vars).map(Value.init) ?? .missing }
    }
}
