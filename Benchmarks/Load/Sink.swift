import CLinux
import Glibc

/// Where deliveries arrive: one port that is always open, and one that refuses connections until it is opened.
final class Sink {
    /// How deliveries of webhooks that are apart are answered.
    enum Answer { case good, failure, none }

    /// A connection from the hub.
    final class Connection {
        var reader = MessageReader()
        /// It came in by the second port.
        let isApart: Bool

        init(isApart: Bool) { self.isApart = isApart }
    }

    private static let good = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    private static let failure = Array("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n".utf8)

    let port: Int
    let apartPort: Int
    var apartAnswer = Answer.good
    /// Deliveries to the apart endpoint that were not answered with 200.
    private(set) var failed = 0
    private(set) var listener: Int32
    private(set) var apartListener: Int32
    private(set) var isOpen = false
    private var connections: [Int32: Connection] = [:]

    init() throws {
        (listener, port) = try Socket.bound()
        try Socket.listen(listener)
        (apartListener, apartPort) = try Socket.bound()
    }

    deinit {
        for descriptor in [listener, apartListener] + Array(connections.keys) { close(descriptor) }
    }

    /// Lets the second port take connections.
    func open() throws {
        try Socket.listen(apartListener)
        isOpen = true
    }

    /// Lets it refuse them again, and ends those that there are.
    func shut() throws {
        close(apartListener)
        for (descriptor, connection) in connections where connection.isApart { end(descriptor) }
        (apartListener, _) = try Socket.bound(to: apartPort)
        isOpen = false
    }

    func accept(from listener: Int32, _ watch: (Int32) throws -> Void) throws {
        while let descriptor = Socket.accepted(from: listener) {
            connections[descriptor] = Connection(isApart: listener == apartListener)
            try watch(descriptor)
        }
    }

    /// Takes what has come in and answers it; `arrive` is told the number of each webhook that was taken.
    func handle(_ descriptor: Int32, _ arrive: (_ number: Int, _ time: Int64) -> Void) throws {
        guard let connection = connections[descriptor] else { return }
        let isWhole = try connection.reader.fill(from: descriptor)
        let time = now()
        while let delivery = try connection.reader.next({ head, body in
            (number: body.webhookNumber ?? -1, isApart: head.offset(of: "/apart ") != nil)
        }) {
            let answer = delivery.isApart ? apartAnswer : .good
            if answer == .good { arrive(delivery.number, time) } else { failed += 1 }
            if answer == .none { continue }
            let bytes = answer == .good ? Self.good : Self.failure
            // The socket is empty but for these few bytes, so it takes them.
            let sent = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard sent == bytes.count || errno == EPIPE || errno == ECONNRESET else {
                throw BenchError(system: "the sink cannot answer")
            }
        }
        if !isWhole { end(descriptor) }
    }

    private func end(_ descriptor: Int32) {
        connections[descriptor] = nil
        close(descriptor)
    }
}
