import Synchronization

/// One event, with the JSON that rules and templates read from it; shared by every route and delivery.
///
/// Each JSON form is made when it is first asked for, and only once: most events are matched and rendered by a few paths
/// and never need the whole. Any thread may ask.
package final class EventView: Sendable {
    package let event: Event
    private let forms = Mutex(Forms())

    private struct Forms {
        var record: JSON?
        var whole: JSON?
    }

    package init(_ event: Event) { self.event = event }

    /// The call or message with every declared field; nil when the event has neither.
    package var record: JSON? {
        guard let record = event.record else { return nil }
        return forms.withLock { forms in
            if let made = forms.record { return made }
            let made = record.json
            forms.record = made
            return made
        }
    }

    /// The event as it is delivered by default.
    package var json: JSON {
        let record = record
        return forms.withLock { forms in
            if let made = forms.whole { return made }
            let made = event.json(record: record)
            forms.whole = made
            return made
        }
    }
}
