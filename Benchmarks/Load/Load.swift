import CLinux
import Glibc

/// Load generator and sink: both ends of the hub in one thread, so that one clock times a webhook's whole way.
final class Load {
    private enum Role: UInt64 { case signals, listener, sender, receiver }

    /// A connection to the hub; one webhook at a time is on it.
    private final class Sender {
        let descriptor: Int32
        var reader = MessageReader()
        /// The webhook whose answer is waited for.
        var number: Int?
        /// What the socket did not take yet.
        var unsent: [UInt8] = []

        init(_ descriptor: Int32) { self.descriptor = descriptor }
    }

    /// A connection from the hub to the sink.
    private final class Receiver {
        var reader = MessageReader()
    }

    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    /// Refusals pause the generator, so that a hub that is full is not also flooded.
    private static let pauseAfterRefusal = nanosecondsPerSecond / 100

    let sinkPort: Int
    private(set) var ledger: Ledger
    private(set) var brokenConnections = 0
    private var maker: WebhookMaker
    private let poller: Poller
    private let listener: Int32
    private let signals: Int32
    private let hangs: Bool
    private var hubPort = 0
    private var senders: [Int32: Sender] = [:]
    private var receivers: [Int32: Receiver] = [:]
    private var idle = Queue<Sender>()
    private var waiting = 0
    /// In a closed loop every answer is followed by the next webhook.
    private var isClosedLoop = false
    private var pausedUntil: Int64 = 0

    /// With `setsTenthApart`, every tenth webhook is of an agent of its own; with `hangs`, deliveries to `/hanging` are not answered.
    init(setsTenthApart: Bool = false, hangs: Bool = false) throws {
        ledger = Ledger(beginning: now(), setsTenthApart: setsTenthApart)
        self.hangs = hangs
        maker = try WebhookMaker()
        poller = try Poller()
        _ = bench_sharp_timers()
        signals = bench_signals()
        guard signals >= 0 else { throw BenchError(system: "cannot catch signals") }
        (listener, sinkPort) = try Socket.listening()
        try poller.add(signals, .read, tag: Self.tag(.signals, signals))
        try poller.add(listener, .read, tag: Self.tag(.listener, listener))
    }

    deinit {
        for descriptor in [listener, signals] + Array(senders.keys) + Array(receivers.keys) { close(descriptor) }
    }

    private static func tag(_ role: Role, _ descriptor: Int32) -> UInt64 { role.rawValue << 32 | UInt64(descriptor) }

    // MARK: What a scenario does

    /// Opens connections to the hub, a few at a time, and waits until all stand.
    func connect(_ count: Int, to port: Int) throws {
        hubPort = port
        let deadline = now() + 20 * nanosecondsPerSecond
        while senders.count < count {
            for _ in 0..<min(64, count - senders.count) { try open() }
            while idle.count < senders.count {
                guard now() < deadline else { throw BenchError("the hub did not take \(count) connections in 20 s") }
                try turn(until: now() + nanosecondsPerSecond / 10)
            }
        }
    }

    /// Lets everything happen that happens by itself.
    func rest(until end: Int64) throws { while now() < end { try turn(until: end) } }

    /// Sends the next webhook as soon as the last is answered, on every connection.
    func runClosedLoop(until end: Int64) throws {
        isClosedLoop = true
        defer { isClosedLoop = false }
        while now() < end {
            let time = now()
            if time >= pausedUntil {
                while !ledger.isFull, let sender = idle.pop() { try send(on: sender, intended: time, at: time) }
            }
            try turn(until: min(end, time < pausedUntil ? pausedUntil : time + nanosecondsPerSecond / 10))
        }
    }

    /// Sends at fixed times, whether or not the hub keeps up; one that has to wait for a connection keeps its time.
    func runOpenLoop(rate: Double, until end: Int64) throws {
        let start = now()
        let step = Double(nanosecondsPerSecond) / rate
        var sent = 0
        while true {
            var due = start + Int64(Double(sent) * step)
            var time = now()
            while due <= time, due < end, !ledger.isFull, let sender = idle.pop() {
                try send(on: sender, intended: due, at: time)
                sent += 1
                due = start + Int64(Double(sent) * step)
                time = now()
            }
            if due >= end { return }
            guard time < end + 30 * nanosecondsPerSecond else {
                throw BenchError("the hub was 30 s behind the rate; measure with a lower --rate or more --connections")
            }
            try turn(until: idle.isEmpty ? time + nanosecondsPerSecond / 10 : due)
        }
    }

    /// Waits for all answers and arrivals, as long as some still come in; then a little for what should not come.
    func drain() throws {
        let patience = 10 * nanosecondsPerSecond
        var progress = (ledger.acceptedCount + ledger.refusedCount, ledger.arrivedCount)
        var since = now()
        while waiting > 0 || ledger.missing > 0 {
            try turn(until: now() + nanosecondsPerSecond / 10)
            let current = (ledger.acceptedCount + ledger.refusedCount, ledger.arrivedCount)
            if current != progress { (progress, since) = (current, now()) }
            if now() - since > patience { break }
        }
        try rest(until: now() + nanosecondsPerSecond / 2)
    }

    // MARK: One turn

    private func turn(until deadline: Int64) throws {
        try poller.wait(until: deadline) { tag, interest in
            let descriptor = Int32(tag & 0xFFFF_FFFF)
            switch Role(rawValue: tag >> 32) {
            case .signals: throw BenchError("stopped by a signal")
            case .listener: try acceptAll()
            case .sender: if let sender = senders[descriptor] { try handle(sender, interest) }
            case .receiver: if let receiver = receivers[descriptor] { try handle(receiver, descriptor) }
            case nil: break
            }
        }
    }

    private func acceptAll() throws {
        while let descriptor = Socket.accepted(from: listener) {
            receivers[descriptor] = Receiver()
            try poller.add(descriptor, .read, tag: Self.tag(.receiver, descriptor))
        }
    }

    private func handle(_ receiver: Receiver, _ descriptor: Int32) throws {
        let open = try receiver.reader.fill(from: descriptor)
        let time = now()
        while let delivery = try receiver.reader.next({ ($1.webhookNumber ?? -1, $0.offset(of: " /hanging ") != nil) })
        {
            ledger.arrive(delivery.0, at: time)
            if hangs, delivery.1 { continue }
            // The socket is empty but for these few bytes, so it takes them.
            let sent = Glibc.send(descriptor, Self.answer, Self.answer.count, Int32(MSG_NOSIGNAL))
            guard sent == Self.answer.count || errno == EPIPE || errno == ECONNRESET else {
                throw BenchError(system: "the sink cannot answer")
            }
        }
        if !open {
            receivers[descriptor] = nil
            close(descriptor)
        }
    }

    // MARK: Sending

    private func open() throws {
        let descriptor = try Socket.connecting(to: hubPort)
        senders[descriptor] = Sender(descriptor)
        try poller.add(descriptor, [.read, .write], tag: Self.tag(.sender, descriptor))
    }

    private func send(on sender: Sender, intended: Int64, at time: Int64) throws {
        let number = ledger.offer(intended: intended, sent: time)
        sender.number = number
        waiting += 1
        maker.withRequest(number, apart: ledger.isApart(number)) { bytes in
            let sent = max(0, Glibc.send(sender.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)))
            guard sent < bytes.count else { return }
            // A broken connection is noticed when it is read from.
            sender.unsent = Array(bytes[sent...])
            poller.change(sender.descriptor, [.read, .write], tag: Self.tag(.sender, sender.descriptor))
        }
    }

    private func handle(_ sender: Sender, _ interest: Poller.Interest) throws {
        if interest.contains(.write) { writable(sender) }
        guard !interest.isDisjoint(with: [.read, .broken]) else { return }
        let open = try sender.reader.fill(from: sender.descriptor)
        let status = try sender.reader.next { head, _ in head.status }
        if let status {
            let time = now()
            guard let number = sender.number else { throw BenchError("the hub answered what was not asked") }
            sender.number = nil
            waiting -= 1
            if (200..<300).contains(status) {
                ledger.accept(number, at: time)
            } else {
                ledger.refuse(number)
                pausedUntil = time + Self.pauseAfterRefusal
            }
            if open {
                if isClosedLoop, !ledger.isFull, time >= pausedUntil {
                    try send(on: sender, intended: time, at: time)
                } else {
                    idle.push(sender)
                }
            }
        }
        if !open { try replace(sender) }
    }

    private func writable(_ sender: Sender) {
        if sender.number == nil {
            // Only a connection that has just come to stand is watched for this without anything to send.
            idle.push(sender)
        } else if !sender.unsent.isEmpty {
            let sent = Glibc.send(sender.descriptor, sender.unsent, sender.unsent.count, Int32(MSG_NOSIGNAL))
            if sent > 0 { sender.unsent.removeFirst(sent) }
        }
        if sender.unsent.isEmpty { poller.change(sender.descriptor, .read, tag: Self.tag(.sender, sender.descriptor)) }
    }

    /// Opens a new connection for one that the hub closed; a webhook that was on it is neither accepted nor refused.
    private func replace(_ sender: Sender) throws {
        brokenConnections += 1
        guard brokenConnections < 10_000 else { throw BenchError("the hub closes every connection") }
        if sender.number != nil { waiting -= 1 }
        idle.remove { $0 === sender }
        senders[sender.descriptor] = nil
        close(sender.descriptor)
        try open()
    }
}

/// First in, first out, so that all connections take their turn.
private struct Queue<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func push(_ element: Element) { elements.append(element) }

    mutating func pop() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            head += 1
            if head > 1024, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    mutating func remove(where isUnwanted: (Element) -> Bool) {
        elements.removeFirst(head)
        head = 0
        elements.removeAll(where: isUnwanted)
    }
}
