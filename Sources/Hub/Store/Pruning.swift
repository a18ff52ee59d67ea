import HubModel
import SQLite

/// Deletes the oldest webhooks with all that belongs to them, unless something of it is unfinished or dead.
///
/// Whatever belongs to a webhook is numbered from its number to the next webhook's, so neighbours go in ranges, which
/// empties whole pages.
final class Pruning {
    private let oldest: Statement
    private let after: Statement
    private let waiting: Statement
    private let pending: Statement
    private let dead: Statement
    private let attempts: Statement
    private let bodies: Statement
    private let deliveries: Statement
    private let events: Statement
    private let webhooks: Statement
    /// Webhooks up to here were looked at by the round under way; what had to stay is not looked at again.
    private var looked: SequenceNumber = 0
    /// A webhook up to here may be gone.
    private(set) var passed: SequenceNumber = 0

    init(_ connection: Connection) throws(SQLiteError) {
        oldest = try connection.prepare("SELECT seq FROM webhooks WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?")
        after = try connection.prepare("SELECT min(seq) FROM webhooks WHERE seq > ?")
        waiting = try connection.prepare(
            "SELECT seq FROM queue WHERE \(QueueSQL.isWaiting) AND seq >= ? AND seq < ?")
        pending = try connection.prepare(
            """
            \(QueueSQL.endpoints) SELECT q.seq FROM ends CROSS JOIN queue q ON q.endpoint = ends.endpoint
            AND (q.due_at, q.seq) >= (?1 >> 20, ?1) AND (q.due_at, q.seq) < (?2 >> 20, ?2)
            AND q.due_at = q.seq >> 20
            """)
        dead = try connection.prepare("SELECT seq FROM deliveries WHERE state = 2 AND seq >= ? AND seq < ?")
        attempts = try connection.prepare("DELETE FROM attempts WHERE delivery >= ? AND delivery < ?")
        bodies = try connection.prepare("DELETE FROM bodies WHERE delivery >= ? AND delivery < ?")
        deliveries = try connection.prepare("DELETE FROM deliveries WHERE seq >= ? AND seq < ?")
        events = try connection.prepare("DELETE FROM events WHERE seq >= ? AND seq < ?")
        webhooks = try connection.prepare("DELETE FROM webhooks WHERE seq >= ? AND seq < ?")
    }

    /// Deletes up to `limit` webhooks older than `before`. True when there may be more.
    func step(before: SequenceNumber, limit: Int) throws(SQLiteError) -> Bool {
        var found: [SequenceNumber] = []
        do {
            defer { oldest.reset() }
            try oldest.bind(1, looked)
            try oldest.bind(2, before)
            try oldest.bind(3, limit)
            while try oldest.step() { found.append(oldest.integer(0)) }
        }
        guard let first = found.first, let last = found.last else {
            looked = 0
            return false
        }
        let end = try next(after: last)
        let staying = try unfinished(first, end)
        var start = 0
        while start < found.count {
            guard !Self.holds(staying, found[start], start + 1 < found.count ? found[start + 1] : end) else {
                start += 1
                continue
            }
            var stop = start + 1
            while stop < found.count,
                !Self.holds(staying, found[stop], stop + 1 < found.count ? found[stop + 1] : end)
            {
                stop += 1
            }
            try delete(from: found[start], to: stop < found.count ? found[stop] : end)
            start = stop
        }
        passed = max(passed, last)
        looked = found.count < limit ? 0 : last
        return found.count == limit
    }

    /// Whether one of the sorted numbers lies in the range.
    private static func holds(_ numbers: [SequenceNumber], _ from: SequenceNumber, _ to: SequenceNumber) -> Bool {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < from { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] < to
    }

    private func next(after last: SequenceNumber) throws(SQLiteError) -> SequenceNumber {
        defer { after.reset() }
        try after.bind(1, last)
        return try after.step() && !after.isNull(0) ? after.integer(0) : .max
    }

    /// The numbers of deliveries in the range that are unfinished or dead, sorted.
    private func unfinished(_ from: SequenceNumber, _ to: SequenceNumber) throws(SQLiteError) -> [SequenceNumber] {
        var numbers: [SequenceNumber] = []
        func collect(_ statement: borrowing Statement) throws(SQLiteError) {
            defer { statement.reset() }
            try statement.bind(1, from)
            try statement.bind(2, to)
            while try statement.step() { numbers.append(statement.integer(0)) }
        }
        try collect(waiting)
        try collect(pending)
        try collect(dead)
        return numbers.sorted()
    }

    private func delete(from: SequenceNumber, to: SequenceNumber) throws(SQLiteError) {
        func run(_ statement: borrowing Statement) throws(SQLiteError) {
            try statement.bind(1, from)
            try statement.bind(2, to)
            try statement.run()
        }
        try run(attempts)
        try run(bodies)
        try run(deliveries)
        try run(events)
        try run(webhooks)
    }

    /// Steps of SQLite's machine so far; tests bound the cost of a step by it.
    var steps: Int {
        oldest.steps + after.steps + waiting.steps + pending.steps + dead.steps + attempts.steps + bodies.steps
            + deliveries.steps + events.steps + webhooks.steps
    }
}
