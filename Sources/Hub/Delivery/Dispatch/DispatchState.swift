package import HubModel
package import HubStore

/// Decides what is sent when: a pure state, changed by inputs, answering with actions. No clock, no thread, no socket.
///
/// Each endpoint has a lane of its own: a share of the memory, a gate, and what is known of the store's rest. Lanes take
/// turns, and what a lane has no room for goes back to the store and is claimed when there is room, in order, so nothing
/// that one endpoint does delays another.
package struct DispatchState {
    package struct Limits: Sendable {
        /// Memory of the deliveries that wait to be sent, in all. Lanes share it equally; every one may hold one delivery.
        package var bytes = 24 * 1024 * 1024
        /// Deliveries of a lane that wait to be sent.
        package var perLane = 1024
        /// Requests under way, in all, and the memory of their deliveries. Half of it is for whoever comes first, the rest
        /// is shared out equally; every lane may have a few.
        package var underWay = 1024
        package var underWayBytes = 48 * 1024 * 1024
        package var underWayAnyway = 4
        /// Requests started in one turn, so that answers are never far behind.
        package var perTurn = 128
        /// How long after the store could not be read it is asked again.
        package var pauseAfterFault = Duration.seconds(1)

        package init() {}
    }

    package enum Input: Sendable {
        /// Leased deliveries of events that have just been committed.
        case committed([Work])
        case claimed(endpoint: String, [Work], isWhole: Bool, nextDue: Timestamp?)
        case claimFailed(endpoint: String)
        /// Endpoints for which the store has something.
        case surveyed([Backlog])
        /// What came of a flight; `jitter` is a random number from 0 up to 1.
        case ended(flight: UInt64, Answer, Observation, jitter: Double)
        /// The endpoints of the configuration that is now in force.
        case configured([String: LaneSettings])
        case stop
    }

    /// What is to be done, in this order.
    package struct Actions {
        package var send: [Flight] = []
        package var settle: [Settlement] = []
        package var release: [Lease] = []
        package var claim: [Claim] = []
        package var signals = DeliveryTally()

        package init() {}
    }

    /// How far the clock that people see is ahead of the one that waits go by.
    package var lead = Duration.zero
    private let limits: Limits
    private var settings: [String: LaneSettings] = [:]
    private var lanes: [EndpointLane] = []
    private var numbers: [String: Int] = [:]
    /// Lanes that have something ready and may send it, in the order of their turns.
    private var turns = ArraySlice<Int>()
    /// When a lane wants to be looked at again.
    private var timers = DueHeap<Int>()
    private var flights: [UInt64: Flight] = [:]
    private var lastFlight: UInt64 = 0
    private var flightBytes = 0
    /// Memory of what waits in memory to be sent.
    package private(set) var readyBytes = 0
    /// Lanes that hold something ready.
    private var holders = 0
    /// Lanes that have something under way.
    private var senders = 0
    private var isStopping = false
    /// Whether the last turn ended before everybody had one.
    package private(set) var hasMore = false

    package init(_ limits: Limits = Limits()) { self.limits = limits }

    /// When `advance` has something to do without an input; nil when only an input can change anything.
    package var nextTime: Timestamp? { timers.next }
    package var underWay: Int { flights.count }
    /// What waits in memory to be sent.
    package var readyCount: Int { lanes.reduce(0) { $0 + $1.ready.count + $1.late.count } }

    package mutating func handle(_ input: Input, at now: Timestamp, _ actions: inout Actions) {
        switch input {
        case .committed(let works):
            for work in works { take(work, at: now, &actions) }
        case .claimed(let endpoint, let works, let isWhole, let nextDue):
            let lane = number(of: endpoint)
            lanes[lane].rest.answered(isWhole: isWhole, nextDue: nextDue)
            for work in works {
                if isStopping { actions.release.append(work.lease) } else { hold(work, lane, &actions) }
            }
            rejoin(lane, &actions)
            look(at: lane, now, &actions)
        case .claimFailed(let endpoint):
            let lane = number(of: endpoint)
            lanes[lane].rest.failed(tryAgain: now + limits.pauseAfterFault)
            rejoin(lane, &actions)
            look(at: lane, now, &actions)
        case .surveyed(let backlogs):
            for backlog in backlogs {
                let lane = number(of: backlog.endpoint)
                lanes[lane].rest.waits(until: backlog.nextDue)
                look(at: lane, now, &actions)
            }
        case .ended(let flight, let answer, let observation, let jitter):
            end(flight, answer, observation, jitter, at: now, &actions)
        case .configured(let settings):
            self.settings = settings
            for lane in lanes.indices {
                let own = settings[lanes[lane].endpoint] ?? LaneSettings()
                (lanes[lane].retry, lanes[lane].gate.concurrency) = (own.retry, own.concurrency)
                look(at: lane, now, &actions)
            }
        case .stop:
            isStopping = true
            turns = []
            for lane in lanes.indices { giveBack(lane, &actions) }
        }
    }

    /// Starts what may be started now.
    package mutating func advance(at now: Timestamp, _ actions: inout Actions) {
        while let lane = timers.take(at: now) {
            lanes[lane].alarm = nil
            look(at: lane, now, &actions)
        }
        var started = 0
        var blocked: [Int] = []
        while started < limits.perTurn, let lane = turns.popFirst() {
            lanes[lane].isListed = false
            guard lanes[lane].gate.state(at: now) == .open, !lanes[lane].ready.isEmpty else {
                look(at: lane, now, &actions)
                continue
            }
            guard hasRoomForFlight(lane) else {
                blocked.append(lane)
                continue
            }
            guard let work = drop(lane) else { continue }
            started += 1
            start(work, lane, now, &actions)
            look(at: lane, now, &actions)
        }
        hasMore = !turns.isEmpty
        // These go on when any flight ends.
        for lane in blocked { list(lane) }
    }

    // MARK: Work comes

    private mutating func take(_ work: Work, at now: Timestamp, _ actions: inout Actions) {
        let lane = number(of: work.endpoint)
        let rest = lanes[lane].rest
        if !isStopping, !lanes[lane].gate.isProbing, hasRoom(for: work, lane) {
            if rest.isAsked {
                // Behind what is being claimed; its answer says whether there is more in between.
                return lanes[lane].late.append(work)
            }
            if !rest.isDue {
                hold(work, lane, &actions)
                return look(at: lane, now, &actions)
            }
        }
        actions.release.append(work.lease)
        lanes[lane].rest.gaveBack()
        look(at: lane, now, &actions)
    }

    /// After a claim: what was committed meanwhile follows what was claimed, if nothing is left in between.
    private mutating func rejoin(_ lane: Int, _ actions: inout Actions) {
        guard !lanes[lane].late.isEmpty else { return }
        let late = lanes[lane].late.removeAll()
        if lanes[lane].rest.isDue || isStopping {
            actions.release += late.map(\.lease)
            lanes[lane].rest.gaveBack()
        } else {
            for work in late { hold(work, lane, &actions) }
        }
    }

    private func hasRoom(for work: Work, _ lane: Int) -> Bool {
        let (ready, late) = (lanes[lane].ready, lanes[lane].late)
        if ready.isEmpty, late.isEmpty { return true }
        return ready.count + late.count < limits.perLane
            && ready.bytes + late.bytes + work.bytes <= share(lane)
    }

    /// The memory that a lane may hold: an equal share, among those that hold any.
    private func share(_ lane: Int) -> Int {
        limits.bytes / max(1, holders + (lanes[lane].ready.isEmpty ? 1 : 0))
    }

    private mutating func hold(_ work: Work, _ lane: Int, _ actions: inout Actions) {
        if lanes[lane].ready.isEmpty { holders += 1 }
        lanes[lane].ready.append(work)
        readyBytes += work.bytes
        while readyBytes > limits.bytes, holders > 1 || lanes[lane].ready.count > 1 { shedLargest(&actions) }
    }

    /// Returns the last of whoever holds most: lanes that came first held more than their share is now.
    private mutating func shedLargest(_ actions: inout Actions) {
        guard let fattest = lanes.indices.max(by: { lanes[$0].ready.bytes < lanes[$1].ready.bytes }),
            let work = lanes[fattest].ready.popLast()
        else { return }
        readyBytes -= work.bytes
        if lanes[fattest].ready.isEmpty { holders -= 1 }
        actions.release.append(work.lease)
        lanes[fattest].rest.gaveBack()
    }

    private mutating func drop(_ lane: Int) -> Work? {
        guard let work = lanes[lane].ready.popFirst() else { return nil }
        readyBytes -= work.bytes
        if lanes[lane].ready.isEmpty { holders -= 1 }
        return work
    }

    /// Returns what is ready to the store.
    private mutating func giveBack(_ lane: Int, _ actions: inout Actions) {
        readyBytes -= lanes[lane].ready.bytes
        let works = lanes[lane].ready.removeAll()
        let late = lanes[lane].late.removeAll()
        guard !works.isEmpty || !late.isEmpty else { return }
        if !works.isEmpty { holders -= 1 }
        actions.release += works.map(\.lease)
        actions.release += late.map(\.lease)
        lanes[lane].rest.gaveBack()
    }

    // MARK: What a lane wants

    /// Lists a lane that can send, has the store asked for one that has room, and sets a timer for one that must wait.
    private mutating func look(at lane: Int, _ now: Timestamp, _ actions: inout Actions) {
        guard !isStopping else { return }
        let state = lanes[lane].gate.state(at: now)
        if !lanes[lane].ready.isEmpty {
            switch state {
            case .open: list(lane)
            case .full: break
            case .closed(let until): wake(lane, at: until)
            }
        }
        let room = self.room(lane)
        guard room > 0 else { return }
        if case .closed(let until) = state {
            if lanes[lane].rest.isDue || lanes[lane].rest.nextDue != nil { wake(lane, at: until) }
            return
        }
        if lanes[lane].rest.isWorthAsking(at: now) {
            lanes[lane].rest.asked()
            let memory = max(1, share(lane) - lanes[lane].ready.bytes)
            actions.claim.append(Claim(endpoint: lanes[lane].endpoint, limit: room, bytes: memory))
        } else if !lanes[lane].rest.isAsked {
            let rest = lanes[lane].rest
            if let time = rest.isDue ? rest.notBefore : rest.nextDue { wake(lane, at: time) }
        }
    }

    /// How many deliveries are worth claiming for a lane: none before half of what it holds at most has gone.
    private func room(_ lane: Int) -> Int {
        let gate = lanes[lane].gate
        let ready = lanes[lane].ready
        if gate.isProbing { return ready.isEmpty ? gate.room : 0 }
        let most = min(limits.perLane, max(64, gate.concurrency * 4))
        guard ready.count <= most / 2, ready.isEmpty || ready.bytes * 2 < share(lane) else { return 0 }
        return most - ready.count
    }

    private mutating func wake(_ lane: Int, at time: Timestamp) {
        if let alarm = lanes[lane].alarm, alarm <= time { return }
        lanes[lane].alarm = time
        timers.add(lane, due: time)
    }

    private mutating func list(_ lane: Int) {
        guard !lanes[lane].isListed else { return }
        lanes[lane].isListed = true
        turns.append(lane)
    }

    private mutating func number(of endpoint: String) -> Int {
        if let number = numbers[endpoint] { return number }
        numbers[endpoint] = lanes.count
        lanes.append(EndpointLane(endpoint, settings[endpoint] ?? LaneSettings()))
        return lanes.count - 1
    }

    // MARK: Flights

    private func hasRoomForFlight(_ lane: Int) -> Bool {
        if flights.count < limits.underWay / 2, flightBytes < limits.underWayBytes / 2 { return true }
        let own = lanes[lane].gate.underWay
        if own == 0 { return true }
        let sharers = max(1, senders)
        guard lanes[lane].flightBytes < limits.underWayBytes / 2 / sharers else { return false }
        return own < limits.underWayAnyway || (own < limits.underWay / 2 / sharers && flights.count < limits.underWay)
    }

    private mutating func start(_ work: Work, _ lane: Int, _ now: Timestamp, _ actions: inout Actions) {
        if lanes[lane].gate.underWay == 0 { senders += 1 }
        lanes[lane].gate.started()
        lanes[lane].flightBytes += work.bytes
        flightBytes += work.bytes
        lastFlight += 1
        let flight = Flight(number: lastFlight, work: work, lane: lane, startedAt: now + lead)
        flights[lastFlight] = flight
        actions.send.append(flight)
    }

    private mutating func end(
        _ number: UInt64, _ answer: Answer, _ observation: Observation, _ jitter: Double, at now: Timestamp,
        _ actions: inout Actions
    ) {
        guard let flight = flights.removeValue(forKey: number) else { return }
        let lane = flight.lane
        lanes[lane].gate.ended(answer, at: now)
        lanes[lane].flightBytes -= flight.work.bytes
        flightBytes -= flight.work.bytes
        if lanes[lane].gate.underWay == 0 { senders -= 1 }
        let lease = flight.work.lease
        if case .heldBack(let reason) = answer {
            // Back to the store as it was: no attempt was made.
            actions.release.append(lease)
            lanes[lane].rest.gaveBack()
            actions.signals.heldBack(lanes[lane].endpoint, reason)
            giveBack(lane, &actions)
            return look(at: lane, now, &actions)
        }
        let attempts = lease.attempts + 1
        let verdict = lanes[lane].retry.verdict(
            on: answer, attempt: attempts - lease.forgiven, jitter: jitter, at: now + lead)
        var attempt = Attempt(
            number: attempts, at: flight.startedAt, duration: observation.duration, status: observation.status,
            error: nil, excerpt: observation.excerpt, reusedConnection: observation.reusedConnection)
        let endpoint = lanes[lane].endpoint
        switch verdict {
        case .delivered:
            actions.settle.append(Settlement(lease: lease, attempt: attempt, result: .delivered, body: nil))
            actions.signals.add(.delivered, endpoint)
        case .dead(let reason):
            attempt.error = reason
            actions.settle.append(
                Settlement(lease: lease, attempt: attempt, result: .dead(reason: reason), body: observation.sent))
            actions.signals.add(.dead, endpoint)
            actions.signals.buried(lease.key, reason)
        case .retry(let wait, let reason):
            attempt.error = reason
            let due = now + wait
            actions.settle.append(
                Settlement(lease: lease, attempt: attempt, result: .retry(at: due), body: observation.sent))
            actions.signals.add(.retried, endpoint)
            lanes[lane].rest.waits(until: due)
        }
        // What is ready in memory would wait behind the probes; others can use the room.
        if lanes[lane].gate.isProbing { giveBack(lane, &actions) }
        look(at: lane, now, &actions)
    }
}
