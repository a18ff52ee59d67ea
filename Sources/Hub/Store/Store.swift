/// The durable record of everything the hub has accepted. SQLite first; another database can implement the same protocol.
///
/// Batches go in from any thread; answers come out through the listener, on the store's own thread. What was reported as
/// accepted is on disk.
package protocol Store<Ticket>: Sendable {
    associatedtype Ticket: AdmissionTicket

    /// Makes and reads the public ids of this store.
    var ids: PublicID { get }

    /// Begins to work. Nothing happens before it.
    func start(_ listener: StoreListener<Ticket>)

    /// Hands webhooks over. `committed` is called with a receipt for each, possibly together with those of others.
    func admit(_ batch: [Admission<Ticket>])

    /// Hands results of attempts over. They are written with the next commit, at most 10 ms from now; kept and tried
    /// again when the disk fails. One for a delivery that is settled already changes nothing.
    func settle(_ batch: [Settlement])

    /// Asks for leases. Each claim is answered once, through `claimed`.
    func claim(_ claims: [Claim])

    /// Returns leases unused.
    func release(_ leases: [Lease])

    /// Asks where something waits: every endpoint with deliveries that are not leased. The database is looked at anew, so
    /// what another process put back is found. Answered through `surveyed`.
    func survey()

    /// Retries or discards dead deliveries. The results are in the order of the edits.
    func edit(_ edits: [Edit]) async throws(StoreFault) -> [EditResult]

    /// Reads one consistent state, on a thread of its own.
    func view<Value: Sendable>(_ read: @escaping @Sendable (any StoreView) throws -> Value) async throws -> Value

    /// Writes everything that is waiting and ends.
    func close()
}
