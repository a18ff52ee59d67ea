/// One event with the forms that rules and templates read it in, shared by every route and delivery.
package final class EventView: Sendable {
    package let event: Event

    package init(_ event: Event) { self.event = event }
}
