/// What became of an admission.
package enum AdmissionFate: Sendable {
    /// On disk. The deliveries that are not dead are leased to whoever receives the receipt: see `PlannedEvent.leases`.
    case accepted([PlannedEvent])
    case quarantined
    /// Seen before, byte for byte; nothing was written.
    case duplicate
    /// The same key as an earlier webhook with another body; kept, without events.
    case conflict
    /// Not kept; the provider must send it again.
    case refused(StoreFault)
}

/// Says what became of an admission, and returns its ticket.
package struct Receipt<Ticket: AdmissionTicket>: Sendable {
    package typealias Fate = AdmissionFate

    package var source: String
    package var fate: Fate
    package var ticket: Ticket

    package init(ticket: Ticket, source: String, fate: Fate) {
        (self.ticket, self.source, self.fate) = (ticket, source, fate)
    }
}
