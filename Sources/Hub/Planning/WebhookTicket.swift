package import AdapterKit
package import HubStore

/// What a webhook brings to its commit: how to plan what follows from it, and how to answer it.
package final class WebhookTicket: AdmissionTicket {
    /// The request that is to be answered, as the server calls it.
    package let request: UInt64
    /// The answer to the provider once everything is on disk.
    package let reply: Reply
    /// Length of the body as it came.
    package let bodyBytes: Int
    package let rules: Rules
    /// Nil for a webhook that could not be decoded.
    private let planning: EventPlanning?
    private let item: UInt64
    private let journal: CrashJournal

    /// - Parameters:
    ///   - planning: Nil for a webhook that could not be decoded: it is only kept.
    ///   - item: Names the webhook in the journal of crashes.
    package init(
        request: UInt64, reply: Reply, bodyBytes: Int, rules: Rules, planning: EventPlanning?, item: UInt64,
        journal: CrashJournal
    ) {
        (self.request, self.reply, self.bodyBytes, self.rules) = (request, reply, bodyBytes, rules)
        (self.planning, self.item, self.journal) = (planning, item, journal)
    }

    package func plan(_ context: inout PlanContext) -> Plan {
        guard let planning else { return Plan(record: nil, events: []) }
        journal.enter(.plan, item)
        defer { journal.leave(.plan) }
        return planning.plan(&context, by: rules)
    }
}
