/// The memory of requests that have not come whole. Nobody knows yet who sends them, so all of them together have so much
/// and no more; a few kilobytes of each connection are free, which is what most webhooks need.
///
/// What is too much goes at the cost of whoever has been sending the longest: an honest sender is done in a moment.
extension ServerLoop {
    /// Counts what a connection holds now. False when it was refused for that.
    @discardableResult
    func charge(_ connection: Connection) -> Bool {
        let held = connection.reader.heldBytes + connection.kept.count
        guard held > limits.unfinishedBytesFree || connection.charged > 0 else {
            guard connection.reader.missingBytes > limits.unfinishedBytes else { return true }
            turnAway(connection)
            return false
        }
        let before = connection.charged
        connection.charged = max(0, held - limits.unfinishedBytesFree)
        unfinishedBytes += connection.charged - before
        if before == 0, connection.charged > 0 { large.add(connection.slot, at: now) }
        if connection.charged == 0 { large.remove(connection.slot) }
        while unfinishedBytes > limits.unfinishedBytes, let slot = large.oldest, let oldest = connections[slot] {
            turnAway(oldest)
        }
        return connection.phase == .reading
    }

    private func turnAway(_ connection: Connection) {
        handlers?.trouble?(.unfinished(bytes: limits.unfinishedBytes))
        if connection.phase == .reading {
            return refuse(connection, Refusal(503, "the hub has too many unfinished requests"))
        }
        // It is being answered, and what it sent behind that request is not kept: the connection ends with the answer,
        // and its peer sends the rest again on another.
        unfinishedBytes -= connection.charged
        connection.charged = 0
        large.remove(connection.slot)
        connection.kept = []
        connection.isLast = true
        connection.mustRead = true
    }

    /// Frees what a connection holds, none of which will become a request.
    func letGo(_ connection: Connection) {
        unfinishedBytes -= connection.charged
        connection.charged = 0
        large.remove(connection.slot)
        connection.reader = RequestReader()
        connection.kept = []
    }
}
