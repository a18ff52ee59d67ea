import HubModel
import SQLite

/// Retries and discards dead deliveries, in parts that end soon however many there are.
final class DeadLetters {
    /// An edit and how far it has come.
    struct Work {
        var edit: Edit
        /// Dead deliveries up to here were looked at.
        fileprivate var cursor: SequenceNumber = 0
        fileprivate var count = 0
        /// Set when the edit is done.
        fileprivate(set) var result: EditResult?

        init(_ edit: Edit) { self.edit = edit }
    }

    /// Dead deliveries that are looked at in one part.
    private static let part = 200

    private let words: Words
    private let ids: PublicID
    private let find: Statement
    private let findWaiting: Statement
    private let findPending: Statement
    private let dead: Statement
    private let putBack: Statement
    private let remove: Statement
    private let discard: Statement

    init(_ connection: Connection, _ words: Words, _ ids: PublicID) throws(SQLiteError) {
        (self.words, self.ids) = (words, ids)
        find = try connection.prepare("SELECT state, endpoint FROM deliveries WHERE seq = ?")
        findWaiting = try connection.prepare(
            "SELECT 1 FROM queue WHERE seq = ? AND (attempts > 0 OR due_at <> seq >> 20)")
        findPending = try connection.prepare("\(QueueSQL.endpoints) SELECT 1 FROM \(QueueSQL.pending(of: "?1"))")
        dead = try connection.prepare(
            "SELECT seq, endpoint, route FROM deliveries WHERE state = 2 AND seq > ? ORDER BY seq LIMIT ?")
        putBack = try connection.prepare(
            """
            INSERT INTO queue SELECT endpoint, ?2, seq, event, route, send, attempts, attempts FROM deliveries WHERE seq = ?1
            """)
        remove = try connection.prepare("DELETE FROM deliveries WHERE seq = ?")
        discard = try connection.prepare("UPDATE deliveries SET state = 3, finished_at = ?2 WHERE seq = ?1")
    }

    /// Does the next part of the work, in the transaction under way. Returns where deliveries were put back.
    func step(_ work: inout Work, at now: Timestamp) throws(SQLiteError) -> [(endpoint: Int64, mark: QueueMark)] {
        switch work.edit.target {
        case .delivery(let id): return try one(&work, id, at: now)
        case .dead(let endpoint, let route): return try some(&work, endpoint, route, at: now)
        }
    }

    private func one(_ work: inout Work, _ id: String, at now: Timestamp) throws(SQLiteError) -> [(
        endpoint: Int64, mark: QueueMark
    )] {
        guard let sequence = ids.sequence(.delivery, of: id) else {
            work.result = .unknown
            return []
        }
        defer { find.reset() }
        try find.bind(1, sequence)
        guard try find.step() else {
            work.result = try isQueued(sequence) ? .notDead : .unknown
            return []
        }
        let (state, endpoint) = (DeliveryState(stored: find.integer(0)), find.integer(1))
        find.reset()
        switch (work.edit.action, state) {
        case (.retry, .dead), (.retry, .discarded):
            work.result = .done(1)
            return [try retry(sequence, endpoint, at: now)]
        case (.discard, .dead):
            work.result = .done(1)
            try discard(sequence, at: now)
        default: work.result = .notDead
        }
        return []
    }

    private func some(
        _ work: inout Work, _ endpoint: String?, _ route: String?, at now: Timestamp
    ) throws(SQLiteError) -> [(endpoint: Int64, mark: QueueMark)] {
        var found: [(sequence: SequenceNumber, endpoint: Int64)] = []
        var looked = 0
        do {
            let endpointWord = try endpoint.map { name throws(SQLiteError) in try words.find(name) ?? -1 }
            let routeWord = try route.map { name throws(SQLiteError) in try words.find(name) ?? -1 }
            defer { dead.reset() }
            try dead.bind(1, work.cursor)
            try dead.bind(2, Self.part)
            while try dead.step() {
                looked += 1
                work.cursor = dead.integer(0)
                if let endpointWord, dead.integer(1) != endpointWord { continue }
                if let routeWord, dead.integer(2) != routeWord { continue }
                found.append((dead.integer(0), dead.integer(1)))
            }
        }
        work.count += found.count
        if looked < Self.part { work.result = .done(work.count) }
        var returned: [(endpoint: Int64, mark: QueueMark)] = []
        for (sequence, endpoint) in found {
            switch work.edit.action {
            case .retry: returned.append(try retry(sequence, endpoint, at: now))
            case .discard: try discard(sequence, at: now)
            }
        }
        return returned
    }

    private func retry(_ sequence: SequenceNumber, _ endpoint: Int64, at now: Timestamp) throws(SQLiteError) -> (
        endpoint: Int64, mark: QueueMark
    ) {
        try putBack.bind(1, sequence)
        try putBack.bind(2, now.milliseconds)
        try putBack.run()
        try remove.bind(1, sequence)
        try remove.run()
        return (endpoint, QueueMark(dueAt: now.milliseconds, sequence: sequence))
    }

    private func discard(_ sequence: SequenceNumber, at now: Timestamp) throws(SQLiteError) {
        try discard.bind(1, sequence)
        try discard.bind(2, now.milliseconds)
        try discard.run()
    }

    private func isQueued(_ sequence: SequenceNumber) throws(SQLiteError) -> Bool {
        defer {
            findWaiting.reset()
            findPending.reset()
        }
        try findWaiting.bind(1, sequence)
        if try findWaiting.step() { return true }
        try findPending.bind(1, sequence)
        return try findPending.step()
    }
}
