import HubModel

/// A path through an event, such as `call.agent.id` or `raw.data.items.0`: what can be known of it when the configuration is
/// loaded is, so that looking it up makes nothing of the event that is not on the way.
package struct EventPath: Sendable, Hashable {
    /// Where the path begins.
    enum Start: Sendable, Hashable {
        /// A name, by its position among `EventView.names`.
        case root(Int)
        /// A field of the event's record.
        case field(FieldPlace)
        /// A member of the event itself.
        case member(Member)
    }

    /// Members of the event that need no JSON of it.
    enum Member: String, Sendable, Hashable, CaseIterable {
        case id, type, source, provider, subject
        case occurredAt = "occurred_at"
        case receivedAt = "received_at"
    }

    /// A name on the way; a list is gone into by position.
    struct Step: Sendable, Hashable {
        let name: String
        /// The position of an element, where the path leads into lists.
        let index: Int?
    }

    let start: Start
    let steps: [Step]

    /// Nil when the first name is not one that events have.
    ///
    /// - Parameter intoLists: Names may be positions in lists, as filters have it.
    init?(_ names: [String], intoLists: Bool = false) {
        guard let first = names.first, let root = EventView.position(of: first) else { return nil }
        let (start, length) = Self.start(names) ?? (.root(root), 1)
        self.start = start
        steps = names.dropFirst(length).map { Step(name: $0, index: intoLists ? Int($0) : nil) }
    }

    private static func start(_ names: [String]) -> (Start, length: Int)? {
        if let kind = RecordKind(rawValue: names[0]) {
            return FieldPlace(names.dropFirst(), in: kind).map { (.field($0), 1 + $0.length) }
        }
        guard names[0] == "event", names.count > 1 else { return nil }
        if let member = Member(rawValue: names[1]) { return (.member(member), 2) }
        guard let kind = RecordKind(rawValue: names[1]) else { return nil }
        return FieldPlace(names.dropFirst(2), in: kind).map { (.field($0), 2 + $0.length) }
    }
}

extension EventView {
    /// The value at a path; nil when it is not all there.
    func value(at path: EventPath, _ surroundings: Surroundings) -> JSON? {
        guard var at = value(at: path.start, surroundings) else { return nil }
        for step in path.steps {
            switch at {
            case .object(let object):
                guard let next = object[step.name] else { return nil }
                at = next
            case .array(let items):
                guard let index = step.index, items.indices.contains(index) else { return nil }
                at = items[index]
            default: return nil
            }
        }
        return at
    }

    func value(at start: EventPath.Start, _ surroundings: Surroundings) -> JSON? {
        switch start {
        case .root(let position): root(at: position, surroundings)
        case .field(let place): event.record.flatMap { place.value(in: $0) }
        case .member(let member): value(of: member)
        }
    }

    private func value(of member: EventPath.Member) -> JSON {
        switch member {
        case .id: .string(event.id)
        case .type: .string(event.type.rawValue)
        case .source: .string(event.source)
        case .provider: .string(event.provider)
        case .subject: event.subject.map(JSON.string) ?? .null
        case .occurredAt: .string(event.occurredAt.description)
        case .receivedAt: .string(event.receivedAt.description)
        }
    }
}
