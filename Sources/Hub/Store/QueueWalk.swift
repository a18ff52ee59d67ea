import HubModel
import SQLite

/// Reads the queue: its endpoints, and the deliveries of one from any place on.
final class QueueWalk {
    struct Row {
        var mark: QueueMark
        var event: SequenceNumber
        var route: Int64
        var send: Int
        var attempts: Int
        var forgiven: Int

        /// Whether it may be attempted now. One that never was is always due: its number may lie ahead of a clock that
        /// was set back.
        func isDue(at now: Int64) -> Bool { mark.dueAt <= now || isNew }

        /// When it may be attempted.
        func due(from now: Int64) -> Timestamp { Timestamp(milliseconds: isNew ? min(mark.dueAt, now) : mark.dueAt) }

        private var isNew: Bool { attempts == 0 && mark.dueAt == mark.sequence >> 20 }
    }

    private let next: Statement
    private let rows: Statement
    private let body: Statement
    private let waiting: Statement
    private let moving: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        next = try connection.prepare("SELECT endpoint FROM queue WHERE endpoint > ? ORDER BY endpoint LIMIT 1")
        rows = try connection.prepare(
            """
            SELECT due_at, seq, event, route, send, attempts, forgiven FROM queue
            WHERE endpoint = ? AND (due_at, seq) > (?, ?) ORDER BY due_at, seq LIMIT ?
            """)
        body = try connection.prepare("SELECT body FROM bodies WHERE delivery = ?")
        waiting = try connection.prepare("SELECT 1 FROM queue WHERE \(QueueSQL.isWaiting) LIMIT 1")
        moving = try connection.prepare(
            """
            UPDATE queue SET due_at = due_at + ?2 WHERE \(QueueSQL.isWaiting) AND seq IN (
            SELECT seq FROM queue WHERE \(QueueSQL.isWaiting) AND attempts > forgiven AND due_at > ?1 LIMIT 10000)
            """)
    }

    /// The next endpoint with a queue. Goes from one to the next without looking at what is between.
    func endpoint(after endpoint: Int64) throws(SQLiteError) -> Int64? {
        defer { next.reset() }
        try next.bind(1, endpoint)
        return try next.step() ? next.integer(0) : nil
    }

    /// Up to `limit` rows after `mark`, for as long as `look` wants more. False when it wants no more.
    func walk(
        _ endpoint: Int64, after mark: QueueMark, limit: Int, _ look: (Row) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) -> (seen: Int, isStopped: Bool) {
        defer { rows.reset() }
        try rows.bind(1, endpoint)
        try rows.bind(2, mark.dueAt)
        try rows.bind(3, mark.sequence)
        try rows.bind(4, limit)
        var seen = 0
        while try rows.step() {
            seen += 1
            let sequence = rows.integer(1)
            let row = Row(
                mark: QueueMark(dueAt: rows.integer(0), sequence: sequence), event: sequence - rows.integer(2),
                route: rows.integer(3), send: Int(rows.integer(4)), attempts: Int(rows.integer(5)),
                forgiven: Int(rows.integer(6)))
            if try !look(row) { return (seen, true) }
        }
        return (seen, false)
    }

    /// What an earlier attempt has sent.
    func body(of delivery: SequenceNumber) throws(SQLiteError) -> [UInt8]? {
        defer { body.reset() }
        try body.bind(1, delivery)
        return try body.step() ? body.blob(0) : nil
    }

    /// Whether anything is to be attempted again.
    func hasWaiting() throws(SQLiteError) -> Bool {
        defer { waiting.reset() }
        return try waiting.step()
    }

    /// Makes retries that are due after `time` due later by `distance`; those beyond ten thousand will be early.
    func move(after time: Int64, by distance: Int64) throws(SQLiteError) {
        try moving.bind(1, time)
        try moving.bind(2, distance)
        try moving.run()
    }

    /// Steps of SQLite's machine that reading the queue has taken so far; tests bound the cost of a claim by it.
    var steps: Int { rows.steps + next.steps + body.steps }
}
