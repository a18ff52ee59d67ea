/// Whom the store tells. The functions run on the store's thread and must not wait.
package struct StoreListener<Ticket: AdmissionTicket>: Sendable {
    /// Everything in it is on disk or refused.
    package var committed: @Sendable ([Receipt<Ticket>]) -> Void
    package var claimed: @Sendable ([ClaimAnswer]) -> Void
    /// After `survey`, every endpoint with deliveries that nobody has leased; after an edit, those that it put something
    /// back for.
    package var surveyed: @Sendable ([Backlog]) -> Void
    package var signal: @Sendable (StoreSignal) -> Void

    package init(
        committed: @escaping @Sendable ([Receipt<Ticket>]) -> Void,
        claimed: @escaping @Sendable ([ClaimAnswer]) -> Void,
        surveyed: @escaping @Sendable ([Backlog]) -> Void,
        signal: @escaping @Sendable (StoreSignal) -> Void
    ) {
        (self.committed, self.claimed, self.surveyed, self.signal) = (committed, claimed, surveyed, signal)
    }
}
