import CLinux
import Glibc

/// Load generator and sink: both ends of the hub in one thread, so that one clock times a webhook's whole way.
final class Load {
    private enum Role: UInt64 { case signals, listener, sender, receiver }

    /// A connection to the hub; one webhook at a time is on it.
    private final class Sender {
        let descriptor: Int32
        var reader = MessageReader()
        var isConnected = false
        /// The webhook whose answer is waited for.
        var number: Int?
        /// What the socket did not take yet, and how much of it it has taken since.
        var unsent: [UInt8] = []
        var start = 0

        init(_ descriptor: Int32) { self.descriptor = descriptor }
    }

    /// In a closed loop refusals pause the generator, so that a hub that is full is not also flooded.
    private static let pauseAfterRefusal = nanosecondsPerSecond / 100
    /// How long after a connection broke a new one is opened.
    private static let pauseAfterBreak = nanosecondsPerSecond / 100

    let sink: Sink
    private(set) var ledger: Ledger
    private(set) var brokenConnections = 0
    /// Webhooks that were due and not sent, since no connection was free for a second.
    private(set) var unsent = 0
    /// Webhooks that were sent again, since the hub had not answered.
    private(set) var resent = 0
    /// Answers 202: kept, but quarantined.
    private(set) var setAside = 0
    /// Which group each webhook belongs to, by its place in the order.
    var mix: (Int) -> Group = { _ in .main }
    /// Whether a webhook whose connection broke is sent again, as providers do.
    var sendsAgain = false
    /// Called about every tenth of a second, to look at the hub meanwhile.
    var watch: () -> Void = {}
    private var nextWatch: Int64 = 0
    private var maker = WebhookMaker()
    private let poller: Poller
    private let signals: Int32
    private var hubPort = 0
    private var senders: [Int32: Sender] = [:]
    private var idle = Queue<Sender>()
    private var again = Queue<Int>()
    private var waiting = 0
    private var toOpen = 0
    private var openAt: Int64 = 0
    /// In a closed loop every answer is followed by the next webhook.
    private var isClosedLoop = false
    private var closedLoopEnd = Int.max
    private var pausedUntil: Int64 = 0

    /// `first` is the number of the first webhook.
    init(first: Int = 0) throws {
        ledger = Ledger(beginning: now(), first: first)
        sink = try Sink()
        poller = try Poller()
        _ = bench_sharp_timers()
        signals = bench_signals()
        guard signals >= 0 else { throw BenchError(system: "cannot catch signals") }
        try poller.add(signals, .read, tag: Self.tag(.signals, signals))
        try poller.add(sink.listener, .read, tag: Self.tag(.listener, sink.listener))
    }

    deinit { for descriptor in [signals] + Array(senders.keys) { close(descriptor) } }

    /// Where the hub's endpoints are, for its configuration.
    var sinkEnvironment: [String] {
        [
            "BENCH_SINK=http://127.0.0.1:\(sink.port)/deliveries",
            "BENCH_APART=http://127.0.0.1:\(sink.apartPort)/deliveries",
        ]
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

    /// Ends all connections; webhooks on them are sent again if `sendsAgain`.
    func disconnect() {
        for sender in senders.values {
            takeBack(sender)
            close(sender.descriptor)
        }
        senders = [:]
        idle = Queue()
        toOpen = 0
    }

    /// Opens the port that refused connections.
    func openApart() throws {
        try sink.open()
        try poller.add(sink.apartListener, .read, tag: Self.tag(.listener, sink.apartListener))
    }

    /// Lets everything happen that happens by itself.
    func rest(until end: Int64) throws { while now() < end { try turn(until: end) } }

    /// Lets things happen until `isDone`, at most until `end`.
    func rest(until end: Int64, or isDone: () -> Bool) throws {
        while now() < end, !isDone() { try turn(until: min(end, now() + nanosecondsPerSecond / 100)) }
    }

    /// Sends the next webhook as soon as the last is answered, on every connection, at most `count`.
    func runClosedLoop(until end: Int64, count: Int = .max) throws {
        isClosedLoop = true
        closedLoopEnd = count == .max ? .max : ledger.count + count
        defer { isClosedLoop = false }
        while now() < end, ledger.count < closedLoopEnd {
            let time = now()
            if time >= pausedUntil { while canSend, let sender = idle.pop() { try sendNext(on: sender, at: time) } }
            try turn(until: min(end, time < pausedUntil ? pausedUntil : time + nanosecondsPerSecond / 10))
        }
    }

    private var canSend: Bool { !ledger.isFull && ledger.count < closedLoopEnd }

    /// Sends at fixed times, whether or not the hub keeps up; one that has to wait for a connection keeps its time.
    ///
    /// With `connections` more are opened as long as none is free, up to so many, and what could not be sent for a second
    /// is given up; without, a hub that is 30 s behind ends the measurement.
    func runOpenLoop(rate: Double, until end: Int64, connections limit: Int? = nil) throws {
        let start = now()
        let step = Double(nanosecondsPerSecond) / rate
        var sent = 0
        while true {
            var time = now()
            while let number = again.first, let sender = idle.pop() {
                again.removeFirst()
                resent += 1
                try send(number, on: sender)
            }
            var due = start + Int64(Double(sent) * step)
            while due <= time, due < end, !ledger.isFull {
                if let sender = idle.pop() {
                    try sendNext(on: sender, intended: due, at: time)
                } else if limit != nil, time - due > nanosecondsPerSecond {
                    unsent += 1
                } else {
                    break
                }
                sent += 1
                due = start + Int64(Double(sent) * step)
                time = now()
            }
            if due >= end, again.isEmpty { return }
            if let limit, idle.isEmpty, senders.count < limit, due <= time {
                for _ in 0..<min(32, limit - senders.count) { try open() }
            }
            guard time < end + 30 * nanosecondsPerSecond else {
                throw BenchError("the hub was 30 s behind the rate; measure with a lower --rate or more --connections")
            }
            try turn(until: idle.isEmpty ? time + nanosecondsPerSecond / 100 : due)
        }
    }

    /// Waits for all answers and arrivals of these groups, as long as some still come in; then a little for what should
    /// not come.
    func drain(_ groups: Set<Group> = [.main], patience seconds: Int64 = 10) throws {
        let state = { [self] in
            let sum = ledger.sum(groups)
            return (sum.accepted + sum.refused, sum.arrived)
        }
        var progress = state()
        var since = now()
        while waiting > 0 || ledger.sum(groups).missing > 0 {
            try turn(until: now() + nanosecondsPerSecond / 10)
            let current = state()
            if current != progress { (progress, since) = (current, now()) }
            if now() - since > seconds * nanosecondsPerSecond { break }
        }
        try rest(until: now() + nanosecondsPerSecond / 2)
    }

    /// Notes that the hub was killed just now, after what it had sent until then has been read.
    func noteKill() throws {
        try rest(until: now() + nanosecondsPerSecond / 200)
        ledger.noteKill(at: now())
    }

    // MARK: One turn

    private func turn(until deadline: Int64) throws {
        let time = now()
        if time >= nextWatch {
            nextWatch = time + nanosecondsPerSecond / 10
            watch()
        }
        if toOpen > 0, time >= openAt {
            let count = toOpen
            toOpen = 0
            for _ in 0..<count { try open() }
        }
        let end = toOpen > 0 ? min(deadline, openAt) : deadline
        try poller.wait(until: min(end, max(nextWatch, time))) { tag, interest in
            let descriptor = Int32(tag & 0xFFFF_FFFF)
            switch Role(rawValue: tag >> 32) {
            case .signals: throw BenchError.stopped
            case .listener:
                try sink.accept(from: descriptor) { try poller.add($0, .read, tag: Self.tag(.receiver, $0)) }
            case .sender: if let sender = senders[descriptor] { try handle(sender, interest) }
            case .receiver: try sink.handle(descriptor) { ledger.arrive($0, at: $1) }
            case nil: break
            }
        }
    }

    // MARK: Sending

    private func open() throws {
        let descriptor = try Socket.connecting(to: hubPort)
        senders[descriptor] = Sender(descriptor)
        try poller.add(descriptor, [.read, .write], tag: Self.tag(.sender, descriptor))
    }

    /// Sends a new webhook.
    private func sendNext(on sender: Sender, intended: Int64? = nil, at time: Int64) throws {
        try send(ledger.offer(mix(ledger.count), intended: intended ?? time, sent: time), on: sender)
    }

    private func send(_ number: Int, on sender: Sender) throws {
        sender.number = number
        waiting += 1
        maker.withRequest(number, ledger.group(of: number)) { bytes in
            let sent = max(0, Glibc.send(sender.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)))
            guard sent < bytes.count else { return }
            // A broken connection is noticed when it is read from.
            (sender.unsent, sender.start) = (Array(bytes[sent...]), 0)
            poller.change(sender.descriptor, [.read, .write], tag: Self.tag(.sender, sender.descriptor))
        }
    }

    private func handle(_ sender: Sender, _ interest: Poller.Interest) throws {
        if interest.contains(.write), !interest.contains(.broken) { writable(sender) }
        guard !interest.isDisjoint(with: [.read, .broken]) else { return }
        let open = try sender.reader.fill(from: sender.descriptor)
        if let answer = try sender.reader.next({ head, _ in (head.status, head.hasHeader("retry-after:")) }) {
            try take(answer.0, saysWhen: answer.1, on: sender, isOpen: open)
        }
        if !open { replace(sender) }
    }

    private func take(_ status: Int, saysWhen: Bool, on sender: Sender, isOpen: Bool) throws {
        let time = now()
        guard let number = sender.number else { throw BenchError("the hub answered what was not asked (\(status))") }
        sender.number = nil
        sender.unsent = []
        waiting -= 1
        if status == 202 { setAside += 1 }
        if (200..<300).contains(status), status != 202 {
            ledger.accept(number, at: time)
        } else {
            ledger.refuse(number, status: status, saysWhen: saysWhen)
            if isClosedLoop { pausedUntil = time + Self.pauseAfterRefusal }
        }
        guard isOpen else { return }
        if isClosedLoop, canSend, time >= pausedUntil {
            try sendNext(on: sender, at: time)
        } else {
            idle.push(sender)
        }
    }

    private func writable(_ sender: Sender) {
        if !sender.isConnected {
            sender.isConnected = true
            idle.push(sender)
        } else if !sender.unsent.isEmpty {
            let sent = sender.unsent.withUnsafeBytes { bytes in
                Glibc.send(
                    sender.descriptor, bytes.baseAddress.map { $0 + sender.start }, bytes.count - sender.start,
                    Int32(MSG_NOSIGNAL))
            }
            if sent > 0 { sender.start += sent }
            if sender.start == sender.unsent.count { sender.unsent = [] }
        }
        if sender.unsent.isEmpty { poller.change(sender.descriptor, .read, tag: Self.tag(.sender, sender.descriptor)) }
    }

    /// Opens a new connection for one that the hub closed; a webhook that was on it is neither accepted nor refused.
    private func replace(_ sender: Sender) {
        brokenConnections += 1
        takeBack(sender)
        idle.remove { $0 === sender }
        senders[sender.descriptor] = nil
        close(sender.descriptor)
        if toOpen == 0 { openAt = now() + Self.pauseAfterBreak }
        toOpen += 1
    }

    private func takeBack(_ sender: Sender) {
        guard let number = sender.number else { return }
        sender.number = nil
        waiting -= 1
        if sendsAgain { again.push(number) }
    }
}

/// First in, first out, so that all connections take their turn.
private struct Queue<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func push(_ element: Element) { elements.append(element) }

    mutating func removeFirst() { _ = pop() }

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
