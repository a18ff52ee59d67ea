import Foundation

/// Reading: from bytes on a socket to a request handed over, or refused.
extension ServerLoop {
    /// As much is read from one connection in a turn, so that a busy one does not keep the others waiting.
    private static var readsInTurn: Int { 16 }
    /// What a refused peer may still send before the connection is closed over it.
    private static var mostDrained: Int { 8 * 1024 * 1024 }

    /// Something has come, or the peer has finished sending.
    func isReadable(_ connection: Connection, hasClosed: Bool) {
        if !connection.hasSpoken { hasSpoken(connection) }
        switch connection.phase {
        case .greeting: greet(connection)
        case .streaming: lookAfter(connection, hasClosed: hasClosed)
        // What was kept came first.
        case .reading where connection.kept.isEmpty: read(connection, toTheEnd: hasClosed)
        case .reading, .answering, .writing: connection.mustRead = true
        case .draining: drain(connection)
        case .closed: break
        }
    }

    /// Goes on where the last turn stopped: with kept bytes first, then with what was not read.
    func goOn(_ connection: Connection) {
        switch connection.phase {
        case .reading: break
        case .draining: return drain(connection)
        case .greeting, .answering, .streaming, .writing, .closed: return
        }
        if !connection.kept.isEmpty {
            // Out of the connection while it is read.
            var bytes = connection.kept
            connection.kept = []
            let used = bytes.withUnsafeMutableBytes { process(connection, $0, from: connection.keptFrom) }
            if used < bytes.count {
                (connection.kept, connection.keptFrom) = (bytes, used)
                return
            }
            if connection.charged > 0 { charge(connection) }
        }
        if connection.phase == .reading, connection.mustRead {
            read(connection, toTheEnd: true)
        } else if connection.phase == .reading {
            endIfIdle(connection)
        }
    }

    /// Reads until nothing is left, a whole request has come, or it is the others' turn. A read that gives less than it
    /// could was the last one, unless the peer's end is known to lie behind it.
    private func read(_ connection: Connection, toTheEnd: Bool) {
        connection.mustRead = false
        for _ in 0..<Self.readsInTurn {
            switch connection.read(buffer) {
            case .bytes(let count):
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                let used = process(connection, bytes, from: 0)
                if used < count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
                    (connection.kept, connection.keptFrom) = (Array(rest), 0)
                    charge(connection)
                }
                // A record of TLS is shorter than the buffer, and there may be another behind it.
                let mayBeMore = toTheEnd || count == buffer.count || connection.tls != nil
                guard connection.phase == .reading else {
                    connection.mustRead = mayBeMore
                    return
                }
                // Behind the last bytes of a peer that has reset the connection is an error, and no event tells of that
                // alone. With a request half there it is asked for; the end of a whole one shows when it is answered.
                if !mayBeMore, connection.reader.isBetweenRequests { return endIfIdle(connection) }
            case .wouldBlock: return endIfIdle(connection)
            // Half a request, if any; there is nothing to answer.
            case .ended, .failed: return end(connection)
            }
        }
        connection.mustRead = true
        goOnSoon(connection)
    }

    /// Reads requests out of `bytes` until one is handed over or refused; gives the place behind what was used.
    private func process(_ connection: Connection, _ bytes: UnsafeMutableRawBufferPointer, from start: Int) -> Int {
        var at = start
        let isFirst = connection.reader.isBetweenRequests
        switch connection.reader.read(bytes, from: &at, tools) {
        case .needsMore:
            if isFirst {
                idle.remove(connection.slot)
                heads.add(connection.slot, at: now)
                requests.add(connection.slot, at: now)
            }
            guard connection.reader.hasHead else {
                charge(connection)
                break
            }
            heads.remove(connection.slot)
            guard screen(connection), charge(connection) else { return bytes.count }
            if connection.reader.takeContinue() { tellToGoOn(connection) }
        case .request(let head, let body, let allowance):
            leaveReadingLists(connection)
            handOver(connection, head, body, allowance)
        case .refused(let refusal):
            at = bytes.count
            refuse(connection, refusal)
        }
        return at
    }

    /// Shows the owner a request whose body is still to come, once; false when it was answered without it.
    private func screen(_ connection: Connection) -> Bool {
        guard !connection.isScreened else { return true }
        connection.isScreened = true
        guard let screen = handlers?.screen, let (head, allowance) = connection.reader.pending else { return true }
        let request = HTTPRequest(
            token: 0, head, body: [], context: allowance.context, peer: connection.peer)
        guard let reply = screen(request) else { return true }
        refuse(connection, reply)
        return false
    }

    /// The peer need not hurry any more.
    func leaveReadingLists(_ connection: Connection) {
        idle.remove(connection.slot)
        heads.remove(connection.slot)
        requests.remove(connection.slot)
    }

    private func handOver(_ connection: Connection, _ head: RequestHead, _ body: [UInt8], _ allowance: BodyAllowance) {
        connection.phase = .answering
        connection.token = nextToken(connection)
        connection.isToHead = head.method == "HEAD"
        connection.isOld = head.isOld
        // Chunks are what readers differ about most, so nothing behind them may pass for a request.
        connection.isLast = !head.keepsAlive || head.isChunked
        connection.isScreened = false
        if connection.charged > 0 { charge(connection) }
        receivedThisTurn = true
        handlers?.receive(
            HTTPRequest(
                token: connection.token, head, body: body, context: allowance.context, peer: connection.peer))
    }

    /// Closes a connection that waits for a request when no more are taken.
    func endIfIdle(_ connection: Connection) {
        guard !isAccepting, connection.reader.isBetweenRequests, connection.kept.isEmpty, !connection.mustRead else {
            return
        }
        end(connection)
    }

    /// Throws away what comes in, until the peer has closed or has sent too much.
    func drain(_ connection: Connection) {
        while connection.drained < Self.mostDrained {
            switch Socket.read(connection.descriptor, buffer) {
            case .bytes(let count): connection.drained += count
            case .wouldBlock: return
            case .ended, .failed: return end(connection)
            }
        }
        end(connection)
    }
}
