import HubModel
import HubRouting

extension Endpoint.Format {
    var contentType: String { self == .cloudevents ? "application/cloudevents+json" : "application/json" }

    /// The body of a delivery whose route has none.
    func render(_ view: EventView) -> Body.Rendered {
        let event = view.event
        switch self {
        case .event:
            return Body.Rendered(bytes: view.json.encoded(), contentType: contentType)
        case .cloudevents:
            // CloudEvents 1.0, structured mode.
            let json: JSON = [
                "specversion": "1.0", "id": .string(event.id), "type": .string(event.type.rawValue),
                "source": .string("/hub/\(event.source)"), "subject": event.subject.map(JSON.string) ?? .null,
                "time": .string(event.occurredAt.description), "datacontenttype": "application/json", "data": view.json,
            ]
            return Body.Rendered(bytes: json.encoded(), contentType: contentType)
        case .envelope:
            let json: JSON = [
                "event_type": .string(event.type.rawValue), "event_id": .string(event.id),
                "timestamp": .string(event.occurredAt.description), "data": view.json,
                "metadata": ["source": .string(event.source), "provider": .string(event.provider)],
            ]
            return Body.Rendered(bytes: json.encoded(), contentType: contentType)
        }
    }
}
