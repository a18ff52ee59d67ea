import Dispatch
package import HTTPClient
import HubConfig
package import HubModel
package import HubPlanning
package import HubStore
import Synchronization

/// Makes deliveries: a thin driver that feeds `DispatchState` with what happens and does what it answers.
///
/// Everything happens in turns of the HTTP client's thread; other threads leave what they bring and wake it.
package final class Dispatcher: Sendable {
    package struct Options: Sendable {
        /// What people and receivers are shown.
        package var clock: @Sendable () -> Timestamp
        /// What waits go by.
        package var steady: SteadyClock
        /// A number from 0 up to 1.
        package var random: @Sendable () -> Double = { .random(in: 0..<1) }
        package var limits = DispatchState.Limits()
        /// How often the store is asked where something waits, though nothing says so: a lost wake-up costs this much.
        package var safetyLook = Duration.seconds(5)
        package var signal: @Sendable (DeliverySignal) -> Void = { _ in }

        package init(_ steady: SteadyClock) { (clock, self.steady) = (steady.wall, steady) }
    }

    /// What other threads bring.
    private enum Arrival: Sendable {
        case committed([Work])
        case claimed([ClaimAnswer])
        case surveyed([Backlog])
        case look
        case stop
    }

    private struct Arrivals {
        var items: [Arrival] = []
        /// Whether the client's thread was told.
        var isAnnounced = false
    }

    private struct State {
        var dispatch: DispatchState
        /// The configuration that the lanes are set up by.
        var outbound: Outbound?
        /// The bodies of what is under way, for the attempts that fail.
        var sent: [UInt64: [UInt8]] = [:]
        var nextLook: Timestamp
        var isStopping = false
    }

    private let options: Options
    private let store: any Store<WebhookTicket>
    private let client: HTTPClient
    private let journal: CrashJournal
    private let outbound: @Sendable () -> Outbound
    private let arrivals = Mutex(Arrivals())
    private let state: Mutex<State>
    private let channel = Mutex<ClientChannel?>(nil)
    private let drained = DispatchSemaphore(value: 0)
    /// When the client's thread was last seen at work, in milliseconds of the steady clock.
    private let seen: Atomic<Int64>

    /// - Parameter outbound: the configuration in force.
    package init(
        _ options: Options, store: any Store<WebhookTicket>, client: HTTPClient, journal: CrashJournal,
        outbound: @escaping @Sendable () -> Outbound
    ) {
        (self.options, self.store, self.client, self.outbound) = (options, store, client, outbound)
        self.journal = journal
        state = Mutex(State(dispatch: DispatchState(options.limits), nextLook: options.steady.now))
        seen = Atomic(options.steady.now.milliseconds)
    }

    // MARK: From any thread

    package func start() {
        let opened = client.open("delivery") { [self] in turn($0) }
        channel.withLock { $0 = opened }
        opened.wake()
    }

    /// Takes the deliveries that come of webhooks which have just been committed.
    package func committed(_ receipts: [Receipt<WebhookTicket>]) {
        let works = receipts.flatMap(Work.of)
        if !works.isEmpty { post(.committed(works)) }
    }

    package func claimed(_ answers: [ClaimAnswer]) { if !answers.isEmpty { post(.claimed(answers)) } }

    package func surveyed(_ backlogs: [Backlog]) { if !backlogs.isEmpty { post(.surveyed(backlogs)) } }

    /// Looks at the store now: another process may have put deliveries back.
    package func look() { post(.look) }

    /// Starts nothing more, waits for what is under way up to `grace`, and ends.
    package func stop(grace: Duration) {
        post(.stop)
        _ = drained.wait(timeout: .now() + .milliseconds(Int(grace.milliseconds)))
        client.stop()
    }

    /// When its thread last had a turn, which is at least as often as it looks at the store.
    package var lastTurn: Timestamp { Timestamp(milliseconds: seen.load(ordering: .relaxed)) }

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
            let now = options.steady.now
            seen.store(now.milliseconds, ordering: .relaxed)
            state.dispatch.lead = options.clock() - now
            let outbound = self.outbound()
            var actions = DispatchState.Actions()
            if state.outbound !== outbound {
                state.outbound = outbound
                state.dispatch.handle(.configured(outbound.lanes), at: now, &actions)
            }
            for completion in completions { end(completion, outbound.rules.veil, &state, &actions, now) }
            let arrived = arrivals.withLock { box in
                defer { box = Arrivals() }
                return box.items
            }
            for arrival in arrived { take(arrival, &state, &actions, now) }
            state.dispatch.advance(at: now, &actions)
            let requests = requests(outbound, &state, &actions, now)
            perform(actions)
            if !state.isStopping, now >= state.nextLook {
                state.nextLook = now + options.safetyLook
                store.survey()
            }
            if state.isStopping, state.dispatch.underWay == 0 { drained.signal() }
            if state.dispatch.hasMore { return ClientTurn(start: requests, wait: .zero) }
            let next = state.dispatch.nextTime.map { min($0, state.nextLook) } ?? state.nextLook
            return ClientTurn(start: requests, wait: max(.zero, next - now))
        }
    }

    private func take(
        _ arrival: Arrival, _ state: inout State, _ actions: inout DispatchState.Actions, _ now: Timestamp
    ) {
        switch arrival {
        case .committed(let works): state.dispatch.handle(.committed(works), at: now, &actions)
        case .claimed(let answers):
            for answer in answers {
                if let fault = answer.fault {
                    options.signal(.claimFailed(endpoint: answer.endpoint, fault))
                    state.dispatch.handle(.claimFailed(endpoint: answer.endpoint), at: now, &actions)
                } else {
                    state.dispatch.handle(
                        .claimed(
                            endpoint: answer.endpoint, answer.deliveries.map(Work.init), isWhole: answer.isWhole,
                            nextDue: answer.nextDue), at: now, &actions)
                }
            }
        case .surveyed(let backlogs): state.dispatch.handle(.surveyed(backlogs), at: now, &actions)
        case .look: state.nextLook = now
        case .stop:
            state.isStopping = true
            state.dispatch.handle(.stop, at: now, &actions)
        }
    }

    /// The requests of the flights that begin; one that cannot be made is judged at once.
    private func requests(
        _ outbound: Outbound, _ state: inout State, _ actions: inout DispatchState.Actions, _ now: Timestamp
    ) -> [ClientRequest] {
        var requests: [ClientRequest] = []
        requests.reserveCapacity(actions.send.count)
        for flight in actions.send {
            do throws(Unsendable) {
                let (request, body) = try request(flight, outbound, now + state.dispatch.lead)
                if flight.work.body == nil { state.sent[flight.number] = body }
                requests.append(request)
            } catch {
                let reason = outbound.rules.veil.cover(error.reason)
                state.dispatch.handle(
                    .ended(flight: flight.number, .unsendable(reason: reason), Observation(), jitter: 0), at: now,
                    &actions)
            }
        }
        return requests
    }

    /// The request for a flight; a delivery that has brought the program down twice while it was made is not tried again.
    private func request(
        _ flight: Flight, _ outbound: Outbound, _ now: Timestamp
    ) throws(Unsendable) -> (request: ClientRequest, body: [UInt8]) {
        // Spread over all bits, since the journal takes the lowest for itself.
        let item = UInt64(bitPattern: flight.work.sequence) &* 0x9E37_79B9_7F4A_7C15
        guard !journal.isSuspect(item) else {
            throw Unsendable(reason: "it crashed the hub \(CrashJournal.limit) times while its request was made")
        }
        journal.enter(.render, item)
        defer { journal.leave(.render) }
        return try flight.work.request(number: flight.number, outbound, ids: store.ids, at: now)
    }

    private func end(
        _ completion: Completion, _ veil: Veil, _ state: inout State, _ actions: inout DispatchState.Actions,
        _ now: Timestamp
    ) {
        var observation = Observation(
            duration: completion.duration, reusedConnection: completion.reusedConnection,
            sent: state.sent.removeValue(forKey: completion.id))
        let answer: Answer
        switch completion.outcome {
        case .response(let status, let headers, let body):
            observation.status = status
            answer = .response(status: status, retryAfter: headers.first { $0.name == "retry-after" }?.value)
            if !(200..<300).contains(status) {
                // Receivers like to repeat the token that they do not believe. What is cut is cut from what is covered.
                let covered = veil.cover(Array(body.prefix(1024)))
                observation.excerpt = String(decoding: covered.prefix(512), as: UTF8.self)
            }
        case .failure(.invalidRequest, let message), .failure(.refusedAddress, let message):
            answer = .unsendable(reason: veil.cover(message))
        case .failure(.thisMachine, let message):
            answer = .heldBack(reason: veil.cover(message))
        case .failure(_, let message):
            answer = .noResponse(reason: veil.cover(message))
        }
        // A body with a secret in it is not kept but made again.
        let isDelivered = observation.status.map { (200..<300).contains($0) } == true
        if !isDelivered, let sent = observation.sent, veil.isIn(sent) { observation.sent = nil }
        // Randomness costs a call of the system, and only a wait needs it.
        let jitter = isDelivered ? 0 : options.random()
        state.dispatch.handle(.ended(flight: completion.id, answer, observation, jitter: jitter), at: now, &actions)
    }

    private func perform(_ actions: DispatchState.Actions) {
        if !actions.settle.isEmpty { store.settle(actions.settle) }
        if !actions.release.isEmpty { store.release(actions.release) }
        if !actions.claim.isEmpty { store.claim(actions.claim) }
        for (fate, endpoint, count) in actions.signals.counts {
            options.signal(.ended(fate, endpoint: endpoint, count: count))
        }
        for (endpoint, reason) in actions.signals.heldBack {
            options.signal(.heldBack(endpoint: endpoint, reason: reason))
        }
        for (key, reason) in actions.signals.burials {
            options.signal(
                .buried(id: store.ids.text(.delivery, key.sequence), endpoint: key.endpoint, reason: reason))
        }
    }
}
