import HubConfig
import HubModel
import HubRouting

/// The root of a file with this text.
func node(_ text: String) throws -> Node { try ConfigLoader().load(text: text).root }

/// The table of a file's `routes`.
func makeTable(_ text: String) throws -> RouteTable {
    var problems = Diagnostics()
    let types = Set(EventType.catalogue.map(\.type))
    let table = RouteTable.compile(
        routes: try node(text)["routes"],
        surroundings: RouteSurroundings(
            adapters: [("voqo", types), ("vapi", types), ("other", types)], endpoints: ["e"],
            templates: NamedTemplates.compile(nil, &problems)), &problems)
    try problems.throwIfErrors()
    return table
}

func makeEvent(
    _ type: EventType = "call.ended", source: String = "voqo", record: Record?, data: JSON = .null, raw: JSON = .null
) -> Event {
    let time = Timestamp(milliseconds: 1_760_000_000_000)
    return Event(
        id: "evt_1", type: type, source: source, provider: "voqo", occurredAt: time, receivedAt: time,
        subject: record == nil ? nil : "call_1", native: .init(type: "x"), record: record, data: data, raw: raw)
}
