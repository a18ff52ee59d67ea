import EventLoop
import Foundation
import Processes

/// The small parent of `hub run`: keeps the listening socket, and starts the hub again when it has crashed.
///
/// It opens nothing else, so there is little that could bring it down. While the hub is away, connections wait in the
/// socket's queue instead of being refused.
struct Supervisor {
    /// How the parent tells its child apart from a hub that somebody runs.
    static let marker = "HUB_SUPERVISED"

    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(10)
    /// A hub that ran so long was well; the next crash is a first one again.
    private static let longRun = Duration.seconds(60)

    let host: String
    let port: Int

    /// Runs hubs until one has ended in an orderly way, or could not start. Returns the exit code.
    func run(_ signals: Signals) async -> Int32 {
        let listener: (descriptor: Int32, port: Int)
        do { listener = try Listener.open(host: host, port: port) } catch {
            Console.error("hub run: \(error)")
            return 1
        }
        var crashes = 0
        var isStopping = false
        var events = signals.events(watching: nil).makeAsyncIterator()
        while true {
            let started = ContinuousClock.now
            let hub: Worker
            do { hub = try Worker(listener.descriptor) } catch {
                Console.error("hub run: \(error)")
                return 1
            }
            let end = await hub.ended(&events) {
                // Nobody waits in the queue for a hub that does not come back.
                if !isStopping { Inherited.close(listener.descriptor) }
                isStopping = true
            }
            switch end {
            case .exited(let code) where isStopping || code == 0 || !hub.hasServed: return code
            case .killed(let signal) where isStopping: return 128 + signal
            default: break
            }
            if started.duration(to: .now) >= Self.longRun { crashes = 0 }
            let pause = min(Self.longestPause, Self.firstPause * (1 << min(crashes, 10)))
            crashes += 1
            Console.log(
                "the hub crashed (\(Self.words(end))) and is started again\(crashes > 1 ? ", crash \(crashes) in a row" : "")"
            )
            guard await Self.pause(pause, signals, &events) else { return 0 }
        }
    }

    private static func words(_ end: ChildProcess.End) -> String {
        switch end {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        }
    }

    /// Waits before the next start; false when the hub was told to stop meanwhile.
    private static func pause(
        _ pause: Duration, _ signals: Signals, _ events: inout AsyncStream<Signals.Event>.Iterator
    ) async -> Bool {
        let alarm = Task {
            try await Task.sleep(for: pause)
            signals.send(.wake)
        }
        defer { alarm.cancel() }
        while let event = await events.next() {
            switch event {
            case .wake: return true
            case .stop: return false
            case .reload, .poll, .child: continue
            }
        }
        return false
    }

    /// The hub that really runs.
    private struct Worker {
        private let process: ChildProcess
        /// Closed by this process's end, however it comes: then the worker ends too.
        private let life: PipeEnds
        private let served: PipeEnds

        init(_ listener: Int32) throws(ChildProcess.Failure) {
            life = try PipeEnds()
            served = try PipeEnds()
            var environment = ProcessInfo.processInfo.environment
            environment[Supervisor.marker] = "1"
            process = try ChildProcess(
                program: "/proc/self/exe", arguments: CommandLine.arguments, environment: environment,
                descriptors: [listener, life.reading, served.writing])
            life.closeReading()
            served.closeWriting()
        }

        /// Whether it came as far as serving: a hub that ends before has a reason that it has told, and would have it again.
        var hasServed: Bool { served.hasBytes }

        /// Passes signals on until the process has ended.
        func ended(
            _ events: inout AsyncStream<Signals.Event>.Iterator, stopping: () -> Void
        ) async -> ChildProcess.End {
            defer {
                life.closeWriting()
                served.closeReading()
            }
            while let event = await events.next() {
                switch event {
                case .reload: process.signal(SIGHUP)
                case .poll: process.signal(SIGUSR1)
                case .stop:
                    stopping()
                    process.signal(SIGTERM)
                case .child: break
                case .wake: continue
                }
                // After any signal, since several ends may be told by one.
                if let end = ChildProcess.reap(process.id) { return end }
            }
            return .exited(0)
        }
    }

    /// What a worker was given by its parent; nil in a hub that somebody runs.
    struct Inheritance {
        let listener: Int32 = 3

        init?() {
            guard ProcessInfo.processInfo.environment[Supervisor.marker] != nil else { return nil }
            for descriptor in 3...5 as ClosedRange<Int32> { Inherited.keep(descriptor) }
            // Without its parent it would hold the database that the next parent's hub wants. Nothing is lost by an end at
            // any moment.
            Thread.detachNewThread {
                Inherited.waitForEnd(4)
                Console.log("the supervising parent is gone; this hub ends as well")
                Program.end(70)
            }
        }

        func hasServed() { Inherited.tell(5) }
    }

    /// A listening socket from systemd (`sd_listen_fds`); nil when there is none for this process.
    static var activated: Int32? {
        let environment = ProcessInfo.processInfo.environment
        guard environment["LISTEN_PID"] == String(ProcessInfo.processInfo.processIdentifier),
            environment["LISTEN_FDS"] == "1"
        else { return nil }
        return 3
    }

    /// Whether this process is to be a parent: not where something else already starts the hub again.
    static func isWanted(_ arguments: Arguments) -> Bool {
        !arguments.has("no-supervisor") && activated == nil
    }
}
