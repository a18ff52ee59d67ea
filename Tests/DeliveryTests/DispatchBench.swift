import HubModel
import HubPlanning
import HubRouting
import HubStore

@testable import HubDelivery

/// A dispatcher's state with a clock set by hand and a store that is a list: what the real driver and the real store do,
/// without threads.
struct DispatchBench {
    var state: DispatchState
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    /// What the store has unleased, by endpoint, in its order.
    var stored: [String: [(due: Timestamp, sequence: SequenceNumber)]] = [:]
    /// Under way, oldest first.
    var flights: [Flight] = []
    var settled: [Settlement] = []
    var claims: [Claim] = []
    private(set) var bytesOfWork = 1000
    private var last: SequenceNumber = 0

    init(_ endpoints: [String: LaneSettings], limits: DispatchState.Limits = .init()) {
        state = DispatchState(limits)
        send(.configured(endpoints))
    }

    static func lease(_ endpoint: String, _ sequence: SequenceNumber, due: Timestamp, attempts: Int = 0) -> Lease {
        Lease(
            key: DeliveryKey(sequence: sequence, event: sequence, route: "r", send: 0, endpoint: endpoint), dueAt: due,
            attempts: attempts, forgiven: 0)
    }

    func work(_ endpoint: String, _ sequence: SequenceNumber, due: Timestamp? = nil) -> Work {
        let event = EventView(
            Event(
                id: "evt_\(sequence)", type: "call.ended", source: "s", provider: "p", occurredAt: now, receivedAt: now,
                subject: nil, native: Event.Native(type: "t"), record: nil))
        return Work(
            Self.lease(endpoint, sequence, due: due ?? now),
            .committed(event, routedBy: Rules(routes: .init([]), vars: .null, digest: "d")), bytes: bytesOfWork)
    }

    mutating func next() -> SequenceNumber {
        last += 1
        return last
    }

    /// Commits `count` deliveries for an endpoint, as a receipt would bring them.
    mutating func commit(_ count: Int, to endpoint: String, bytes: Int = 1000) {
        bytesOfWork = bytes
        var works: [Work] = []
        for _ in 0..<count { works.append(work(endpoint, next())) }
        send(.committed(works))
    }

    /// Puts deliveries into the store, as an earlier run left them.
    mutating func store(_ count: Int, for endpoint: String, due: Timestamp? = nil) {
        for _ in 0..<count { stored[endpoint, default: []].append((due ?? now, next())) }
    }

    mutating func survey() {
        let found = stored.compactMap { endpoint, rows in
            rows.first.map { Backlog(endpoint: endpoint, nextDue: $0.due) }
        }
        send(.surveyed(found.sorted { $0.endpoint < $1.endpoint }))
    }

    mutating func send(_ input: DispatchState.Input) {
        var actions = DispatchState.Actions()
        state.handle(input, at: now, &actions)
        state.advance(at: now, &actions)
        perform(actions)
    }

    mutating func turn() {
        var actions = DispatchState.Actions()
        state.advance(at: now, &actions)
        perform(actions)
    }

    /// Lets time pass and the state look at what has become due.
    mutating func pass(_ duration: Duration) {
        now = now + duration
        turn()
    }

    private mutating func perform(_ actions: DispatchState.Actions) {
        flights += actions.send
        settled += actions.settle
        for settlement in actions.settle {
            if case .retry(let due) = settlement.result { put(settlement.lease, due: due) }
        }
        for lease in actions.release { put(lease, due: lease.dueAt) }
        claims += actions.claim
    }

    private mutating func put(_ lease: Lease, due: Timestamp) {
        let rows = stored[lease.key.endpoint] ?? []
        let at = rows.firstIndex { ($0.due, $0.sequence) > (due, lease.key.sequence) } ?? rows.count
        stored[lease.key.endpoint, default: []].insert((due, lease.key.sequence), at: at)
    }

    /// Answers every claim that was made, as the store would.
    mutating func answerClaims() {
        while !claims.isEmpty {
            let claim = claims.removeFirst()
            var rows = stored[claim.endpoint] ?? []
            var works: [Work] = []
            while works.count < claim.limit, works.count * bytesOfWork < claim.bytes, let row = rows.first,
                row.due <= now
            {
                rows.removeFirst()
                works.append(work(claim.endpoint, row.sequence, due: row.due))
            }
            stored[claim.endpoint] = rows
            let isWhole = rows.first.map { $0.due > now } ?? true
            send(
                .claimed(
                    endpoint: claim.endpoint, works, isWhole: isWhole, nextDue: isWhole ? rows.first?.due : nil))
        }
    }

    /// Ends the oldest flight of an endpoint.
    mutating func end(_ endpoint: String, _ answer: Answer = .response(status: 200, retryAfter: nil)) {
        guard let at = flights.firstIndex(where: { $0.work.endpoint == endpoint }) else { return }
        let flight = flights.remove(at: at)
        send(.ended(flight: flight.number, answer, Observation(sent: [1]), jitter: 0.5))
    }

    func underWay(_ endpoint: String) -> Int { flights.count { $0.work.endpoint == endpoint } }

    /// The sequences of an endpoint's settlements, in order.
    func delivered(_ endpoint: String) -> [SequenceNumber] {
        settled.filter { $0.lease.key.endpoint == endpoint }.map(\.lease.key.sequence)
    }
}

extension Answer {
    static let refused = Answer.noResponse(reason: "connection refused")
    static let broken = Answer.response(status: 500, retryAfter: nil)
}
