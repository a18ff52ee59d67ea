import HubModel
import SQLite

/// What the writer reads for others between commits, in parts that end soon: claims, one after the other, and surveys.
struct Claiming {
    /// A claim or a survey, and how far it has come.
    private enum Job {
        case claim(Claim, ClaimAnswer, bytes: Int)
        case survey([Backlog], after: Int64)
    }

    private var jobs: [Job] = []
    private var isSurveying = false
    /// The event that was read last: deliveries of one event to one endpoint stand together.
    private var lastEvent: (sequence: SequenceNumber, event: StoredEvent)?

    /// Rows of the queue in a part, and deliveries whose events are read in one.
    private static let rows = 512
    static let deliveries = 32

    var isEmpty: Bool { jobs.isEmpty }

    mutating func add(_ claims: [Claim]) {
        jobs += claims.map { .claim($0, ClaimAnswer(endpoint: $0.endpoint), bytes: 0) }
    }

    /// A survey that is asked for while one waits to begin is the same one.
    mutating func addSurvey() {
        for case .survey(_, after: .min) in jobs { return }
        jobs.append(.survey([], after: .min))
    }

    enum Answer {
        case claimed(ClaimAnswer)
        case surveyed([Backlog])
    }

    /// Does a part of the first job. Returns its answer when it is done.
    mutating func step(_ writer: StoreWriter) -> Answer? {
        guard let job = jobs.first else { return nil }
        lastEvent = nil
        switch job {
        case .claim(let claim, var answer, var bytes):
            do {
                let database = try writer.current()
                let isDone = try step(claim, &answer, &bytes, database, writer)
                jobs[0] = .claim(claim, answer, bytes: bytes)
                guard isDone else { return nil }
            } catch {
                let fault = StoreFault(error)
                writer.noteFailure(fault)
                writer.release(answer.deliveries.map(\.lease))
                answer = ClaimAnswer(endpoint: claim.endpoint, fault: fault)
            }
            jobs.removeFirst()
            return .claimed(answer)
        case .survey(var found, var after):
            do {
                let database = try writer.current()
                let isDone = try step(&found, &after, database, writer)
                jobs[0] = .survey(found, after: after)
                guard isDone else { return nil }
            } catch {
                writer.noteFailure(StoreFault(error))
            }
            jobs.removeFirst()
            return .surveyed(found)
        }
    }

    private mutating func step(
        _ claim: Claim, _ answer: inout ClaimAnswer, _ bytes: inout Int, _ database: Database, _ writer: StoreWriter
    ) throws(SQLiteError) -> Bool {
        guard let endpoint = try database.words.find(claim.endpoint) else {
            answer.isWhole = true
            return true
        }
        let now = writer.options.steady.now.milliseconds
        var read = 0
        var isDone = false
        let (seen, isStopped) = try database.queue.walk(
            endpoint, after: writer.leases.cursor(of: endpoint), limit: Self.rows
        ) { row throws(SQLiteError) in
            let sequence = row.mark.sequence
            if writer.leases.isLeased(sequence) {
                writer.leases.pass(row.mark, of: endpoint)
                return true
            }
            isDone = true
            if !row.isDue(at: now) {
                answer.isWhole = true
                answer.nextDue = Timestamp(milliseconds: row.mark.dueAt)
                return false
            }
            if answer.deliveries.count >= claim.limit || (!answer.deliveries.isEmpty && bytes >= claim.bytes) {
                return false
            }
            isDone = false
            if read == Self.deliveries { return false }
            read += 1
            let key = DeliveryKey(
                sequence: sequence, event: row.event, route: try database.words.text(row.route), send: row.send,
                endpoint: claim.endpoint)
            let event = try event(row.event, database)
            let body = try database.queue.body(of: sequence)
            writer.leases.lease(sequence, attempts: row.attempts)
            writer.leases.pass(row.mark, of: endpoint)
            guard let event else {
                // Leased to nobody, so that it does not come up at each claim.
                writer.signal(.deliveryUnreadable(delivery: database.ids.text(.delivery, sequence)))
                return true
            }
            bytes += event.bytes + (body?.count ?? 0)
            let lease = Lease(
                key: key, dueAt: Timestamp(milliseconds: row.mark.dueAt), attempts: row.attempts,
                forgiven: row.forgiven)
            answer.deliveries.append(Claimed(lease: lease, event: event, body: body))
            return true
        }
        if !isStopped, seen < Self.rows {
            answer.isWhole = true
            return true
        }
        return isDone
    }

    private mutating func event(_ sequence: SequenceNumber, _ database: Database) throws(SQLiteError) -> StoredEvent? {
        if let lastEvent, lastEvent.sequence == sequence { return lastEvent.event }
        guard let event = try database.events.event(sequence) else { return nil }
        lastEvent = (sequence, event)
        return event
    }

    /// Looks for the first delivery of an endpoint that is not leased, then goes on to the next endpoint.
    private func step(
        _ found: inout [Backlog], _ after: inout Int64, _ database: Database, _ writer: StoreWriter
    ) throws(SQLiteError) -> Bool {
        if after == .min { writer.leases.forgetCursors() }
        let now = writer.options.steady.now.milliseconds
        var rows = Self.rows
        while rows > 0 {
            guard let endpoint = try database.queue.endpoint(after: after) else { return true }
            rows -= 1
            var first: Timestamp?
            let (seen, isStopped) = try database.queue.walk(
                endpoint, after: writer.leases.cursor(of: endpoint), limit: rows
            ) { row throws(SQLiteError) in
                guard writer.leases.isLeased(row.mark.sequence) else {
                    first = row.due(from: now)
                    return false
                }
                writer.leases.pass(row.mark, of: endpoint)
                return true
            }
            if let first {
                found.append(Backlog(endpoint: try database.words.text(endpoint), nextDue: first))
            }
            // Some of its rows are still to be looked at in the next part.
            if !isStopped, seen == rows {
                if after == .min { after = .min + 1 }
                return false
            }
            rows -= seen
            after = endpoint
        }
        return false
    }
}
