import Dispatch
package import HTTPClient
package import HubModel
import HubRouting
package import HubStore
import Synchronization

/// Makes deliveries: takes them from memory after the commit, or from the store, sends them and hands their results to
/// the store.
///
/// Everything happens in turns of the HTTP client's thread. Memory is bounded: what does not fit stays in the store and
/// is read again when there is room.
package final class Dispatcher: Sendable {
    package struct Options: Sendable {
        package var clock: @Sendable () -> Timestamp
        /// A number from 0 up to 1.
        package var random: @Sendable () -> Double = { .random(in: 0..<1) }
        /// Deliveries held in memory, in all and for one endpoint.
        package var memory = 20_000
        package var memoryPerEndpoint = 5_000
        /// Requests under way, in all.
        package var underWay = 512
        /// How often the store is looked at although nothing says that there is something.
        package var poll = Duration.seconds(5)
        package var log: @Sendable (String) -> Void = { _ in }

        package init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }
    }

    /// What has been done since the start.
    package struct Statistics: Sendable {
        package var delivered = 0
        package var retried = 0
        package var dead = 0
    }

    private struct UnderWay {
        var work: Work
        var lane: Int
        var body: [UInt8]
        var startedAt: Timestamp
        var policy: RetryPolicy
    }

    private struct State {
        var queue = DeliveryQueue<Work>()
        var underWay: [SequenceNumber: UnderWay] = [:]
        /// In memory, under way, or done and not yet on disk: not to be taken from the store again.
        var known: Set<SequenceNumber> = []
        /// In memory, waiting for another attempt.
        var waitingAgain: Set<SequenceNumber> = []
        /// Settled on disk while a page was being read, which may still show them.
        var settledDuringLoad: Set<SequenceNumber> = []
        var isLoading = false
        /// Read deliveries that were never attempted from behind here; nil: all are in memory.
        var freshFrom: SequenceNumber? = 0
        /// By lane: the first delivery that found no room.
        var dropped: [Int: SequenceNumber] = [:]
        var nextPoll: Timestamp
        /// Read deliveries that are due behind this one first; nil: from the longest due.
        var dueAfter: DueMark?
        var isStopping = false
    }

    /// What came in since the last turn, and whether the client's thread was told of it.
    private struct Arrivals {
        var items: [Arrival] = []
        var isAnnounced = false
    }

    private enum Arrival: Sendable {
        case work([Work])
        case settled([SequenceNumber])
        case page(fresh: [PendingDelivery]?, due: [PendingDelivery], wasWhole: Bool)
        case loadFailed
        case poll
        case stop
    }

    private let options: Options
    private let store: any Store
    private let client: HTTPClient
    private let journal: CrashJournal
    private let plan: @Sendable () -> DeliveryPlan
    /// Opened by `start`.
    private let channel = Mutex<ClientChannel?>(nil)
    private let arrivals = Mutex(Arrivals())
    private let state: Mutex<State>
    private let statisticsBox = Mutex(Statistics())
    private let drained = DispatchSemaphore(value: 0)
    private static let page = 500

    package init(
        _ options: Options, store: any Store, client: HTTPClient, journal: CrashJournal,
        plan: @escaping @Sendable () -> DeliveryPlan
    ) {
        (self.options, self.store, self.client, self.plan) = (options, store, client, plan)
        self.journal = journal
        state = Mutex(State(nextPoll: options.clock()))
    }

    package func start() {
        channel.withLock { $0 = client.open("delivery") { [self] in turn($0) } }
        client.start()
    }

    /// Takes deliveries that have just been committed.
    package func enqueue(_ work: [Work]) { if !work.isEmpty { post(.work(work)) } }

    /// Hears that the results of these are on disk.
    package func settled(_ deliveries: [SequenceNumber]) {
        // Nothing need happen for it, so nobody is woken.
        if !deliveries.isEmpty { arrivals.withLock { $0.items.append(.settled(deliveries)) } }
    }

    /// Looks at the store now: another process may have put deliveries back.
    package func poll() { post(.poll) }

    /// Starts nothing more, waits for what is under way up to `grace`, and ends.
    package func stop(grace: Duration) {
        post(.stop)
        _ = drained.wait(timeout: .now() + .milliseconds(Int(grace.milliseconds)))
        client.stop()
    }

    package var statistics: Statistics { statisticsBox.withLock { $0 } }

    private func post(_ arrival: Arrival) {
        let isNews = arrivals.withLock { box in
            box.items.append(arrival)
            defer { box.isAnnounced = true }
            return !box.isAnnounced
        }
        if isNews { channel.withLock { $0 }?.wake() }
    }

    // MARK: On the client's thread

    private func turn(_ completions: [Completion]) -> ClientTurn {
        state.withLock { state in
            let now = options.clock()
            let plan = self.plan()
            var settlements: [Settlement] = []
            for completion in completions { finish(completion, &state, &settlements, now) }
            let arrived = arrivals.withLock { box in
                defer { box = Arrivals() }
                return box.items
            }
            for arrival in arrived { take(arrival, plan, &state) }
            state.queue.wake(at: now)
            let requests = state.isStopping ? [] : begin(plan, &state, &settlements, now)
            store.settle(settlements)
            load(&state, now)
            if state.isStopping, state.underWay.isEmpty { drained.signal() }
            let due = state.queue.nextDue.map { min($0, state.nextPoll) } ?? state.nextPoll
            return ClientTurn(start: requests, wait: max(.zero, due - now))
        }
    }

    private func take(_ arrival: Arrival, _ plan: DeliveryPlan, _ state: inout State) {
        switch arrival {
        case .work(let work): for item in work { add(item, plan, &state) }
        case .settled(let sequences):
            for sequence in sequences {
                if state.isLoading { state.settledDuringLoad.insert(sequence) }
                // One that is to be attempted again is still in memory.
                if state.underWay[sequence] == nil, !state.waitingAgain.contains(sequence) {
                    state.known.remove(sequence)
                }
            }
        case .page(let fresh, let due, let wasWhole):
            state.isLoading = false
            if let fresh {
                state.freshFrom = wasWhole ? nil : fresh.last?.sequence
                for delivery in fresh { add(Work(delivery), plan, &state) }
            }
            for delivery in due { add(Work(delivery), plan, &state) }
            state.settledDuringLoad.removeAll()
            // A full page is followed by the next one, so that a page of one endpoint's never hides the others'.
            state.dueAfter = due.count == Self.page ? due.last.map(DueMark.init) : nil
            if state.dueAfter != nil { state.nextPoll = options.clock() }
        case .loadFailed:
            state.isLoading = false
            state.dueAfter = nil
            state.settledDuringLoad.removeAll()
            state.nextPoll = options.clock() + .seconds(1)
        case .poll:
            // What a person puts back is due at once.
            state.dueAfter = nil
            state.nextPoll = options.clock()
        case .stop: state.isStopping = true
        }
    }

    private func add(_ work: Work, _ plan: DeliveryPlan, _ state: inout State) {
        guard !state.known.contains(work.sequence), !state.settledDuringLoad.contains(work.sequence) else { return }
        let lane = state.queue.lane(of: work.endpoint, limit: plan.endpoints[work.endpoint]?.concurrency ?? 1)
        guard state.queue.count < options.memory, state.queue.load(of: lane) < options.memoryPerEndpoint else {
            state.dropped[lane] = min(state.dropped[lane] ?? work.sequence, work.sequence)
            return
        }
        state.known.insert(work.sequence)
        state.queue.add(work, to: lane)
    }

    private func begin(
        _ plan: DeliveryPlan, _ state: inout State, _ settlements: inout [Settlement], _ now: Timestamp
    ) -> [ClientRequest] {
        var requests: [ClientRequest] = []
        while state.queue.underWay < options.underWay, let (work, lane) = state.queue.next() {
            state.waitingAgain.remove(work.sequence)
            do throws(Unsendable) {
                let (request, body) = try prepared(work, plan, now)
                let policy = plan.endpoints[work.endpoint]?.retry ?? RetryPolicy()
                state.underWay[work.sequence] = UnderWay(
                    work: work, lane: lane, body: body, startedAt: now, policy: policy)
                requests.append(request)
            } catch {
                state.queue.finished(lane)
                statisticsBox.withLock { $0.dead += 1 }
                let attempt = Attempt(
                    number: work.attempts + 1, at: now, duration: .zero, status: nil, error: error.reason, excerpt: nil,
                    reusedConnection: false)
                settlements.append(
                    Settlement(
                        delivery: work.sequence, attempt: attempt, result: .dead(reason: error.reason), body: nil))
            }
        }
        return requests
    }

    /// The request for an item; one that has brought the program down twice while it was made is not tried again.
    private func prepared(
        _ work: Work, _ plan: DeliveryPlan, _ now: Timestamp
    ) throws(Unsendable) -> (request: ClientRequest, body: [UInt8]) {
        // Spread over all bits, since the journal takes the lowest for itself.
        let item = UInt64(bitPattern: work.sequence) &* 0x9E37_79B9_7F4A_7C15
        guard !journal.isSuspect(item) else {
            throw Unsendable(reason: "it crashed the hub \(CrashJournal.limit) times while its request was made")
        }
        journal.enter(.render, item)
        defer { journal.leave(.render) }
        Failpoint.hit("render", work.view.event.native.id ?? "")
        return try work.request(plan, at: now)
    }

    private func finish(
        _ completion: Completion, _ state: inout State, _ settlements: inout [Settlement], _ now: Timestamp
    ) {
        let sequence = SequenceNumber(bitPattern: completion.id)
        guard let item = state.underWay.removeValue(forKey: sequence) else { return }
        state.queue.finished(item.lane)
        let number = item.work.attempts + 1
        let answer: Answer
        var attempt = Attempt(
            number: number, at: item.startedAt, duration: completion.duration, status: nil, error: nil, excerpt: nil,
            reusedConnection: completion.reusedConnection)
        switch completion.outcome {
        case .response(let status, let headers, let body):
            attempt.status = status
            answer = .response(status: status, retryAfter: headers.first { $0.name == "retry-after" }?.value)
            if !(200..<300).contains(status) { attempt.excerpt = String(decoding: body.prefix(512), as: UTF8.self) }
        case .failure(.invalidRequest, let message), .failure(.refusedAddress, let message):
            answer = .unsendable(reason: message)
        case .failure(_, let message):
            answer = .noResponse(reason: message)
        }
        switch item.policy.verdict(on: answer, attempt: number - item.work.forgiven, jitter: options.random(), at: now)
        {
        case .delivered:
            statisticsBox.withLock { $0.delivered += 1 }
            settlements.append(Settlement(delivery: sequence, attempt: attempt, result: .delivered, body: nil))
        case .dead(let reason):
            statisticsBox.withLock { $0.dead += 1 }
            attempt.error = reason
            settlements.append(
                Settlement(delivery: sequence, attempt: attempt, result: .dead(reason: reason), body: item.body))
            options.log("delivery \(item.work.id) to \(item.work.endpoint) is dead: \(reason)")
        case .retry(let wait, let reason):
            statisticsBox.withLock { $0.retried += 1 }
            attempt.error = reason
            let due = now + wait
            settlements.append(
                Settlement(delivery: sequence, attempt: attempt, result: .retry(at: due), body: item.body))
            // Soon due: it stays in memory. Otherwise the store brings it back.
            if wait < .seconds(60), state.queue.count < options.memory {
                var work = item.work
                work.attempts = number
                work.body = item.body
                state.waitingAgain.insert(sequence)
                state.queue.add(work, to: item.lane, due: due)
            } else {
                state.nextPoll = min(state.nextPoll, due)
            }
        }
    }

    /// Has a page read from the store when there is room and reason.
    private func load(_ state: inout State, _ now: Timestamp) {
        guard !state.isLoading, !state.isStopping else { return }
        for (lane, sequence) in state.dropped
        where state.queue.load(of: lane) < options.memoryPerEndpoint / 2 && state.queue.count < options.memory / 2 {
            state.freshFrom = min(state.freshFrom ?? sequence - 1, sequence - 1)
            state.dropped[lane] = nil
        }
        let wantsFresh = state.freshFrom != nil && state.queue.count < options.memory / 2
        guard wantsFresh || now >= state.nextPoll else { return }
        state.isLoading = true
        state.nextPoll = now + options.poll
        let from = wantsFresh ? state.freshFrom : nil
        let (store, limit, after) = (store, Self.page, state.dueAfter)
        DispatchQueue.global().async { [self] in
            do {
                let fresh = try from.map { try store.fresh(after: $0, limit: limit) }
                let due = try store.due(by: now, after: after, limit: limit)
                post(.page(fresh: fresh, due: due, wasWhole: (fresh?.count ?? 0) < limit))
            } catch {
                options.log("cannot read waiting deliveries: \(error)")
                post(.loadFailed)
            }
        }
    }
}
