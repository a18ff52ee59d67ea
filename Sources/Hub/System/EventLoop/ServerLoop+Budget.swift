/// The memory of requests that have not come whole. Nobody knows yet who sends them, so all of them together have so much
/// and no more; a few kilobytes of each connection are free, which is what most webhooks need.
extension ServerLoop {
    /// Counts what a connection holds now. False when that is too much: then it has been refused.
    @discardableResult
    func charge(_ connection: Connection) -> Bool {
        let held = connection.reader.heldBytes + connection.kept.count
        guard
            held > limits.unfinishedBytesFree || connection.charged > 0
                || connection.reader.missingBytes > limits.unfinishedBytesFree
        else { return true }
        let before = connection.charged
        connection.charged = max(0, held - limits.unfinishedBytesFree)
        unfinishedBytes += connection.charged - before
        // What is said to come is not kept free, or a claim would take the place of what others really send.
        guard unfinishedBytes + connection.reader.missingBytes > limits.unfinishedBytes else { return true }
        guard connection.phase == .reading else { return false }
        handlers?.trouble?(.unfinished(bytes: limits.unfinishedBytes))
        refuse(connection, Refusal(503, "the hub has too many unfinished requests"))
        return false
    }

    /// Frees what a connection holds, none of which will become a request.
    func letGo(_ connection: Connection) {
        unfinishedBytes -= connection.charged
        connection.charged = 0
        connection.reader = RequestReader()
        connection.kept = []
    }

    /// Counts the requests that wait behind one that is being answered. Where there is no room for them, the connection
    /// ends with that answer, and its peer sends them again on another.
    func chargeKept(_ connection: Connection) {
        guard connection.kept.count > limits.unfinishedBytesFree, !charge(connection) else { return }
        connection.kept = []
        connection.isLast = true
        connection.mustRead = true
        charge(connection)
    }
}
