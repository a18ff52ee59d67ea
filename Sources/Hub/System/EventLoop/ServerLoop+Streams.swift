/// Answers whose pieces come one after the other.
extension ServerLoop {
    func open(_ stream: HTTPStream, _ reply: HTTPReply) {
        guard let connection = connection(answering: stream.token), connection.phase == .answering else {
            return stream.end(.peerLeft)
        }
        guard isAccepting else {
            stream.end(.serverStopped)
            return answer(
                HTTPReply(to: stream.token, status: 503, headers: [("Retry-After", "5"), ("Connection", "close")]))
        }
        if connection.isOld || AnswerWriter.asksToClose(reply) { connection.isLast = true }
        let isChunked = !connection.isOld
        writer.makeHead(of: reply, isChunked: isChunked, connection.isLast ? .close : .keepAlive)
        connection.phase = .streaming
        connection.stream = OpenStream(stream: stream, isChunked: isChunked)
        connection.output = writer.takeBytes()
        connection.outputFrom = 0
        if connection.isToHead {
            connection.stream?.ending = .finished
            return pump(connection)
        }
        if !reply.body.isEmpty { append(reply.body, to: connection, countsBytes: false) }
        pump(connection)
        // The peer may have left while the stream was on its way here; its end was told once, and nobody listened.
        if connection.phase == .streaming, connection.mustRead { lookAfter(connection, hasClosed: false) }
    }

    func add(_ bytes: [UInt8], to stream: HTTPStream) {
        guard let connection = connection(of: stream) else { return }
        append(bytes, to: connection, countsBytes: true)
        pump(connection)
    }

    func finish(_ stream: HTTPStream) {
        guard let connection = connection(of: stream) else { return }
        finish(connection, .finished)
    }

    /// Ends the answer in an orderly way, behind what is waiting.
    func finish(_ connection: Connection, _ end: HTTPStream.End) {
        guard let open = connection.stream, open.ending == nil else { return }
        if !isAccepting { connection.isLast = true }
        if open.isChunked { connection.output += Array("0\r\n\r\n".utf8) }
        connection.stream?.ending = end
        pump(connection)
    }

    func breakOff(_ stream: HTTPStream) {
        guard let connection = connection(of: stream) else { return }
        stream.end(.tooSlow)
        end(connection)
    }

    private func connection(of stream: HTTPStream) -> Connection? {
        guard let connection = connection(answering: stream.token), connection.stream?.stream === stream,
            connection.stream?.ending == nil
        else { return nil }
        return connection
    }

    private func append(_ bytes: [UInt8], to connection: Connection, countsBytes: Bool) {
        let isChunked = connection.stream?.isChunked == true
        if isChunked { connection.output += Array("\(String(bytes.count, radix: 16))\r\n".utf8) }
        connection.output += bytes
        if isChunked { connection.output += [Byte.cr, Byte.lf] }
        if countsBytes { connection.stream?.waiting += bytes.count }
    }

    /// Sends what waits, as far as there is room.
    func pump(_ connection: Connection) {
        guard connection.phase == .streaming else { return }
        while connection.outputFrom < connection.output.count {
            let outcome = connection.output.withUnsafeBytes {
                connection.write(UnsafeRawBufferPointer(rebasing: $0[connection.outputFrom...]))
            }
            switch outcome {
            case .bytes(let count): sent(count, on: connection)
            case .wouldBlock:
                if !writing.contains(connection.slot) { writing.add(connection.slot, at: now) }
                return connection.watchForRoom(base)
            case .ended, .failed: return end(connection)
            }
        }
        connection.output.removeAll(keepingCapacity: connection.output.count <= 4096)
        connection.outputFrom = 0
        writing.remove(connection.slot)
        guard let open = connection.stream else { return }
        open.stream.sent(open.waiting)
        connection.stream?.waiting = 0
        guard let ending = open.ending else { return }
        connection.stream = nil
        connection.token = 0
        open.stream.end(ending)
        answered(connection)
    }

    private func sent(_ count: Int, on connection: Connection) {
        connection.outputFrom += count
        // Framing is sent as well, so this is early by a few bytes, and right again when all has gone.
        let bytes = min(count, connection.stream?.waiting ?? 0)
        connection.stream?.waiting -= bytes
        connection.stream?.stream.sent(bytes)
        if writing.contains(connection.slot) { writing.add(connection.slot, at: now) }
        guard connection.outputFrom >= 64 * 1024, connection.outputFrom * 2 >= connection.output.count else { return }
        connection.output.removeFirst(connection.outputFrom)
        connection.outputFrom = 0
    }

    /// Something has come from the peer of a stream: its end, or a request that must wait.
    func lookAfter(_ connection: Connection, hasClosed: Bool) {
        connection.mustRead = true
        guard !hasClosed else { return end(connection) }
        switch Socket.peek(connection.descriptor).outcome {
        case .ended, .failed: end(connection)
        case .bytes, .wouldBlock: break
        }
    }
}
