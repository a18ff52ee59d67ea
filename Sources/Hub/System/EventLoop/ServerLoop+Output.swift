import Foundation

/// Writing: from a reply to bytes on a socket, and what becomes of the connection after it.
extension ServerLoop {
    /// Sends the answer to a request, if its peer is still there.
    func answer(_ reply: HTTPReply) {
        guard let connection = connection(answering: reply.token), connection.phase == .answering else { return }
        connection.token = 0
        if !isAccepting || AnswerWriter.asksToClose(reply) { connection.isLast = true }
        writer.make(
            reply, toHead: connection.isToHead,
            connection.isLast ? .close : connection.isOld ? .keepAliveAloud : .keepAlive)
        connection.phase = .writing
        send(connection)
    }

    /// Sends what the writer has made, and what is left of it when there is room again.
    private func send(_ connection: Connection) {
        switch writer.bytes.withUnsafeBytes({ connection.write($0) }) {
        case .bytes(let count) where count == writer.bytes.count: answered(connection)
        // A session of TLS takes a record at a time.
        case .bytes(let count) where connection.tls != nil:
            wait(connection, behind: count)
            flush(connection)
        case .bytes(let count): wait(connection, behind: count)
        case .wouldBlock: wait(connection, behind: 0)
        case .ended, .failed: end(connection)
        }
    }

    private func wait(_ connection: Connection, behind count: Int) {
        (connection.output, connection.outputFrom) = (writer.takeBytes(), count)
        writing.add(connection.slot, at: now)
        connection.watchForRoom(base)
    }

    /// There is room to send, or what TLS needs before it can read.
    func hasRoom(_ connection: Connection) {
        switch connection.phase {
        case .greeting: greet(connection)
        case .writing: flush(connection)
        case .streaming: pump(connection)
        case .reading where connection.tls != nil: isReadable(connection, hasClosed: true)
        case .reading, .draining, .answering, .closed: break
        }
    }

    /// Sends what is left of an answer.
    func flush(_ connection: Connection) {
        guard connection.phase == .writing, !connection.output.isEmpty else { return }
        while connection.outputFrom < connection.output.count {
            let outcome = connection.output.withUnsafeBytes {
                connection.write(UnsafeRawBufferPointer(rebasing: $0[connection.outputFrom...]))
            }
            switch outcome {
            case .bytes(let count):
                connection.outputFrom += count
                writing.add(connection.slot, at: now)
            case .wouldBlock: return
            case .ended, .failed: return end(connection)
            }
        }
        connection.output = []
        writing.remove(connection.slot)
        answered(connection)
    }

    /// An answer has been sent.
    func answered(_ connection: Connection) {
        if connection.isLast {
            // With nothing unread, closing takes nothing away from the peer.
            guard connection.mustRead || !connection.kept.isEmpty else { return end(connection) }
            return startDraining(connection)
        }
        connection.phase = .reading
        if connection.kept.isEmpty { idle.add(connection.slot, at: now) }
        if connection.mustRead || !connection.kept.isEmpty { goOnSoon(connection) }
    }

    /// Answers without asking the owner, then reads nothing more as a request.
    func refuse(_ connection: Connection, _ refusal: Refusal) {
        handlers?.refused?(refusal.status, refusal.reason)
        var headers = [(name: "Content-Type", value: "application/json")]
        if refusal.status == 503 { headers.append(("Retry-After", "5")) }
        refuse(
            connection,
            HTTPReply(
                to: 0, status: refusal.status, headers: headers,
                body: Array("{\"error\":\"\(refusal.reason)\"}\n".utf8)))
    }

    /// Gives an answer that is the connection's last, though the request has not come whole.
    func refuse(_ connection: Connection, _ reply: HTTPReply) {
        leaveReadingLists(connection)
        writer.make(reply, toHead: false, .close)
        // A peer that does not even take this much is not waited for.
        _ = writer.bytes.withUnsafeBytes { connection.write($0) }
        startDraining(connection)
    }

    func startDraining(_ connection: Connection) {
        connection.phase = .draining
        letGo(connection)
        connection.finishWriting()
        draining.add(connection.slot, at: now)
        drain(connection)
    }

    /// Tells a peer that waits for it to send its body.
    func tellToGoOn(_ connection: Connection) {
        let line = UnsafeRawBufferPointer(
            start: AnswerWriter.goOn.utf8Start, count: AnswerWriter.goOn.utf8CodeUnitCount)
        guard connection.write(line) == .bytes(line.count) else { return end(connection) }
    }
}
