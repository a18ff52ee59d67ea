import HubModel
import SQLite

/// Writes deliveries: into the queue, out of it, and what became of them.
final class DeliveryTables {
    private let connection: Connection
    private let words: Words
    private let insertQueued: Statement
    private let deleteQueued: Statement
    private let insertDelivery: Statement
    private let insertAttempt: Statement
    private let insertBody: Statement
    private let deleteBody: Statement

    init(_ connection: Connection, _ words: Words) throws(SQLiteError) {
        (self.connection, self.words) = (connection, words)
        insertQueued = try connection.prepare("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        deleteQueued = try connection.prepare(
            "DELETE FROM queue WHERE endpoint = ? AND due_at = ? AND seq = ? AND attempts = ?")
        insertDelivery = try connection.prepare(
            "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertAttempt = try connection.prepare("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        insertBody = try connection.prepare("INSERT OR REPLACE INTO bodies VALUES (?, ?)")
        deleteBody = try connection.prepare("DELETE FROM bodies WHERE delivery = ?")
    }

    /// Puts a delivery into its endpoint's queue. The result says where.
    @discardableResult
    func enqueue(_ key: DeliveryKey, dueAt: Int64, attempts: Int, forgiven: Int) throws(SQLiteError) -> (
        endpoint: Int64, mark: QueueMark
    ) {
        let endpoint = try words.id(key.endpoint)
        try insertQueued.bind(1, endpoint)
        try insertQueued.bind(2, dueAt)
        try insertQueued.bind(3, key.sequence)
        try insertQueued.bind(4, key.sequence - key.event)
        try insertQueued.bind(5, try words.id(key.route))
        try insertQueued.bind(6, key.send)
        try insertQueued.bind(7, attempts)
        try insertQueued.bind(8, forgiven)
        try insertQueued.run()
        return (endpoint, QueueMark(dueAt: dueAt, sequence: key.sequence))
    }

    /// A delivery that is dead from the start.
    func bury(_ key: DeliveryKey, at time: Timestamp, reason: String) throws(SQLiteError) {
        try insert(key, state: .dead, attempts: 0, forgiven: 0, at: time, attempt: nil, reason: reason)
    }

    /// Writes the result of an attempt. False when the delivery is not waiting for it: then nothing is written.
    func settle(_ settlement: Settlement, at now: Timestamp) throws(SQLiteError) -> Bool {
        let (lease, attempt, key) = (settlement.lease, settlement.attempt, settlement.lease.key)
        guard let endpoint = try words.find(key.endpoint) else { return false }
        try deleteQueued.bind(1, endpoint)
        try deleteQueued.bind(2, lease.dueAt.milliseconds)
        try deleteQueued.bind(3, key.sequence)
        try deleteQueued.bind(4, lease.attempts)
        try deleteQueued.run()
        guard connection.changes > 0 else { return false }
        if attempt.error != nil { try insert(attempt, of: key.sequence) }
        switch settlement.result {
        case .retry(let due):
            try enqueue(key, dueAt: due.milliseconds, attempts: attempt.number, forgiven: lease.forgiven)
            try keep(settlement.body, of: key.sequence)
        case .delivered:
            try insert(
                key, state: .delivered, attempts: attempt.number, forgiven: lease.forgiven, at: now, attempt: attempt,
                reason: nil)
            if lease.attempts > 0 {
                try deleteBody.bind(1, key.sequence)
                try deleteBody.run()
            }
        case .dead(let reason):
            try insert(
                key, state: .dead, attempts: attempt.number, forgiven: lease.forgiven, at: now, attempt: attempt,
                reason: reason)
            try keep(settlement.body, of: key.sequence)
        }
        return true
    }

    private func keep(_ body: [UInt8]?, of delivery: SequenceNumber) throws(SQLiteError) {
        guard let body else { return }
        try insertBody.bind(1, delivery)
        try insertBody.bind(2, body)
        try insertBody.run()
    }

    private func insert(_ attempt: Attempt, of delivery: SequenceNumber) throws(SQLiteError) {
        try insertAttempt.bind(1, delivery)
        try insertAttempt.bind(2, attempt.number)
        try insertAttempt.bind(3, attempt.at.milliseconds)
        try insertAttempt.bind(4, attempt.duration.milliseconds)
        try insertAttempt.bind(5, attempt.status.map(Int64.init))
        try insertAttempt.bind(6, attempt.error)
        try insertAttempt.bind(7, attempt.excerpt)
        try insertAttempt.bind(8, attempt.reusedConnection ? 1 : 0)
        try insertAttempt.run()
    }

    private func insert(
        _ key: DeliveryKey, state: DeliveryState, attempts: Int, forgiven: Int, at time: Timestamp, attempt: Attempt?,
        reason: String?
    ) throws(SQLiteError) {
        try insertDelivery.bind(1, key.sequence)
        try insertDelivery.bind(2, key.sequence - key.event)
        try insertDelivery.bind(3, try words.id(key.endpoint))
        try insertDelivery.bind(4, try words.id(key.route))
        try insertDelivery.bind(5, key.send)
        try insertDelivery.bind(6, state.stored)
        try insertDelivery.bind(7, attempts)
        try insertDelivery.bind(8, forgiven)
        try insertDelivery.bind(9, time.milliseconds)
        try insertDelivery.bind(10, attempt?.status.map(Int64.init))
        try insertDelivery.bind(11, attempt.map { $0.duration.milliseconds })
        try insertDelivery.bind(12, attempt.map { $0.reusedConnection ? 1 : 0 } as Int64?)
        try insertDelivery.bind(13, reason)
        try insertDelivery.run()
    }
}
