import HubModel

/// What the store's thread does: takes messages, commits, and reads for claims in between.
enum StoreLoop<Ticket: AdmissionTicket> {
    enum Message: Sendable {
        case start(StoreListener<Ticket>)
        case admit([Admission<Ticket>])
        case settle([Settlement])
        case claim([Claim])
        case release([Lease])
        case survey
        case edit([Edit], @Sendable (Result<[EditResult], StoreFault>) -> Void)
        case close
    }

    /// Webhooks in one transaction at most.
    private static var largestCommit: Int { 512 }
    /// How long settlements may wait for company, and how long after a failure.
    private static var settlementWait: Duration { .milliseconds(10) }
    private static var settlementRest: Duration { .milliseconds(500) }

    static func run(
        _ options: StoreOptions, _ database: Database, _ mailbox: Mailbox<Message>, _ condition: StoreCondition,
        _ retention: RetentionClock,
        count: (StoreStatistics) -> Void
    ) {
        var early: [Message] = []
        guard let listener = listener(mailbox, &early) else {
            return end(mailbox, early.compactMap { if case .edit(_, let answer) = $0 { answer } else { nil } })
        }
        let writer = StoreWriter(options, database, condition, retention, signal: listener.signal)
        var turn = Turn(writer: writer, listener: listener)
        turn.take(early)
        while true {
            if !turn.isClosing { turn.take(mailbox.take(timeout: turn.timeout)) }
            condition.begins(at: options.steady.now)
            turn.work()
            condition.waits()
            count(writer.statistics)
            if turn.isClosing { break }
        }
        writer.end()
        end(mailbox, turn.edits.map(\.answer))
    }

    /// Waits for the start. What comes before it is done after it; nil when the store is closed without one.
    private static func listener(_ mailbox: Mailbox<Message>, _ early: inout [Message]) -> StoreListener<Ticket>? {
        while true {
            var listener: StoreListener<Ticket>?
            var isClosing = false
            for message in mailbox.take(timeout: .seconds(30)) {
                if case .start(let found) = message { listener = found }
                if case .close = message { isClosing = true }
                early.append(message)
            }
            if listener != nil || isClosing { return listener }
        }
    }

    private static func end(
        _ mailbox: Mailbox<Message>, _ answers: [@Sendable (Result<[EditResult], StoreFault>) -> Void]
    ) {
        for answer in answers { answer(.failure(.closed)) }
        for case .edit(_, let answer) in mailbox.close() { answer(.failure(.closed)) }
    }

    /// What waits on the store's thread.
    private struct Turn {
        struct Editing {
            var work: [DeadLetters.Work]
            var returned: [Int64: QueueMark] = [:]
            var answer: @Sendable (Result<[EditResult], StoreFault>) -> Void
        }

        let writer: StoreWriter
        let listener: StoreListener<Ticket>
        var admissions: [Admission<Ticket>] = []
        var settlements: [Settlement] = []
        /// When the oldest of the settlements came; later than now after a failure.
        var since: ContinuousClock.Instant?
        var claiming = Claiming()
        var edits: [Editing] = []
        var rest = Duration.zero
        var isClosing = false

        /// How long the thread may sleep.
        var timeout: Duration {
            if !admissions.isEmpty || !claiming.isEmpty || !edits.isEmpty { return .zero }
            let tidying = min(rest, .seconds(30))
            return since.map { min(tidying, max(.zero, settlementWait - $0.duration(to: .now))) } ?? tidying
        }

        mutating func take(_ messages: [Message]) {
            for message in messages {
                switch message {
                case .start: break
                case .admit(let batch): admissions += batch
                case .settle(let batch):
                    settlements += batch
                    if since == nil { since = .now }
                case .claim(let claims): claiming.add(claims)
                case .release(let leases): writer.release(leases)
                case .survey: claiming.addSurvey()
                case .edit(let wanted, let answer):
                    edits.append(Editing(work: wanted.map(DeadLetters.Work.init), answer: answer))
                case .close: isClosing = true
                }
            }
        }

        mutating func work() {
            var committed = 0
            let overdue = since.map { $0.duration(to: .now) >= settlementWait } ?? false
            // An edit comes after what was handed over before it.
            let isWanted = !edits.isEmpty && (since.map { $0 <= .now } ?? false)
            if !admissions.isEmpty || overdue || isClosing || isWanted {
                repeat { committed = commit() } while isClosing && !admissions.isEmpty
                rest = writer.tidy()
            } else if claiming.isEmpty, edits.isEmpty, since == nil {
                rest = writer.tidy()
            }
            edit()
            // As many deliveries are read as webhooks were written: however many come in, what is waiting goes out too.
            for _ in 0...committed / Claiming.deliveries where !claiming.isEmpty {
                if let answer = claiming.step(writer) { tell(answer) }
            }
        }

        /// Commits as many as one transaction takes, oldest first; how many they were.
        private mutating func commit() -> Int {
            let count = min(admissions.count, largestCommit)
            let part = count == admissions.count ? admissions : Array(admissions[..<count])
            let (receipts, left) = writer.commit(part, settlements)
            settlements = left
            if !receipts.isEmpty { listener.committed(receipts) }
            if count == admissions.count {
                admissions.removeAll(keepingCapacity: true)
            } else {
                admissions.removeFirst(count)
            }
            // Settlements that could not be written are tried again, at leisure.
            since = settlements.isEmpty ? nil : .now + settlementRest
            return count
        }

        private mutating func edit() {
            guard !edits.isEmpty else { return }
            if let at = edits[0].work.firstIndex(where: { $0.result == nil }) {
                do {
                    for (endpoint, mark) in try writer.edit(&edits[0].work[at]) {
                        edits[0].returned[endpoint] = min(mark, edits[0].returned[endpoint] ?? mark)
                    }
                } catch {
                    writer.noteFailure(error)
                    edits.removeFirst().answer(.failure(error))
                }
                return
            }
            let done = edits.removeFirst()
            done.answer(.success(done.work.compactMap(\.result)))
            let backlogs = done.returned.compactMap { endpoint, mark in
                (try? writer.opened?.words.text(endpoint)).map {
                    Backlog(endpoint: $0, nextDue: Timestamp(milliseconds: mark.dueAt))
                }
            }
            if !backlogs.isEmpty { listener.surveyed(backlogs) }
        }

        private func tell(_ answer: Claiming.Answer) {
            switch answer {
            case .claimed(var answer):
                if answer.isWhole { mind(&answer) }
                listener.claimed([answer])
            case .surveyed(let backlogs): listener.surveyed(backlogs)
            }
        }

        /// A retry that is settled but not written yet waits too.
        private func mind(_ answer: inout ClaimAnswer) {
            let now = writer.options.steady.now
            for settlement in settlements where settlement.lease.key.endpoint == answer.endpoint {
                guard case .retry(let due) = settlement.result else { continue }
                let next = max(due, now)
                answer.nextDue = min(next, answer.nextDue ?? next)
            }
        }
    }
}
