import HubConfig
import HubModel
import HubRouting

/// A generator whose numbers are the same at every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick<Element>(_ items: [Element]) -> Element {
        items[Int(next() % UInt64(items.count))]
    }

    mutating func chance(_ one: UInt64, in many: UInt64) -> Bool { next() % many < one }
}

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
