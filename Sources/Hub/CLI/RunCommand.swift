import AdapterKit
import Dispatch
import Foundation
import HubConfig
import HubEngine
import HubIngress
import HubModel
import HubPlanning
import Synchronization

extension Command {
    static let run = Command(
        name: "run", summary: "Run the hub.", arguments: "[FILE]",
        options: [
            .dev, Option.flag("watch", "Reload when a file of the configuration changes."), .env,
            Option.flag("no-supervisor", "Do not keep a parent process that starts the hub again after a crash."),
        ],
        details: """
            Listens for webhooks and delivers until it is told to stop. SIGTERM or Ctrl-C: takes nothing new, finishes what is
            under way, and ends; a second one ends at once. SIGHUP: reloads the configuration; a wrong file changes nothing.

            A small parent process keeps the listening socket and starts the hub again, after 100 ms to 10 s, when it has
            crashed. With --no-supervisor, and with a socket from systemd, there is none.

            Examples:
              hub run --dev                   try it out: no secrets needed, an inbox shows what is delivered
              hub run /etc/hub/adapters.yaml  for real; FILE is adapters.yaml when not given
            """
    ) { arguments in
        // From the first moment, so that no signal can end the program half-way through its start.
        let inheritance = Supervisor.Inheritance()
        // A supervised hub leaves counting to its parent: a service manager may tell both, which is one order.
        let signals = Signals(endsAtSecondStop: inheritance == nil)
        let workspace = Workspace(arguments, file: arguments[0])
        if inheritance == nil, Supervisor.isWanted(arguments),
            let settings = try? workspace.compiler.settings(workspace.path, overlay: workspace.overlay)
        {
            // A file whose section `hub` is wrong is told about by the hub itself.
            return await Supervisor(host: settings.host, port: settings.port).run(signals)
        }
        let compiled: CompiledHub
        do throws(Diagnostics) { compiled = try workspace.compile() } catch {
            Console.error(error.rendered())
            return 1
        }
        if !compiled.warnings.isEmpty { Console.error(compiled.warnings.rendered()) }
        let hub: Hub
        do {
            var options = Hub.Options(
                path: workspace.path, overlay: workspace.overlay, compiler: workspace.compiler,
                log: { Console.log($0) })
            options.inherited = inheritance?.listener ?? Supervisor.activated
            hub = try Hub(options, compiled)
        } catch {
            Console.error(compiled.rules.veil.cover("hub run: \(error)"))
            return 1
        }
        inheritance?.hasServed()
        Console.error(banner(hub, compiled, workspace))
        let watcher = arguments.has("watch") ? Watcher(compiled.filesRead) : nil
        let reloads = Reloads(hub, watcher)
        for await event in signals.events(watching: watcher) {
            switch event {
            case .reload: reloads.ask()
            case .poll: hub.poll()
            case .stop:
                Console.log("stopping: finishing what is under way")
                hub.stop()
                Console.log("stopped: \(hub.summary)")
                return 0
            case .child, .wake: continue
            }
        }
        return 0
    }

    private static func banner(_ hub: Hub, _ compiled: CompiledHub, _ workspace: Workspace) -> String {
        let host = ["0.0.0.0", "::"].contains(compiled.settings.host) ? "127.0.0.1" : compiled.settings.host
        let base =
            compiled.settings.shownPublicURL ?? "\(compiled.isEncrypted ? "https" : "http")://\(host):\(hub.port)"
        let veil = compiled.rules.veil
        var lines = ["hub \(Version.text) listens on \(compiled.settings.host):\(hub.port)", "", "Webhooks:"]
        let width = (compiled.sources.sources.map(\.name.count).max() ?? 0) + 2
        for source in compiled.sources.sources {
            let name = source.name + String(repeating: " ", count: width - source.name.count)
            lines.append(veil.cover("  \(name)\(base)\(source.path)"))
        }
        if workspace.isDevelopment {
            let generated = compiled.configuration.generated
            if !generated.isEmpty {
                lines += ["", "Secrets made up for development:"]
                lines += generated.map { "  \($0.reference) = \($0.value.revealed())" }
            }
            lines += ["", "Deliveries to the inbox: http://\(host):\(hub.port)/inbox"]
            if let source = compiled.sources.sources.first,
                let sample = source.spec.samples.min(by: { $0.name.count < $1.name.count })
            {
                let file = workspace.path == "adapters.yaml" ? "" : " --config \(workspace.path)"
                lines.append("Try: \(CommandLine.arguments[0]) send \(source.name) \(sample.name) --dev\(file)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Reloads beside whatever else is asked of the hub, so that it can be stopped while files are read.
private final class Reloads: Sendable {
    private let hub: Hub
    private let watcher: Watcher?
    private let queue = DispatchQueue(label: "hub-reload")
    /// Whether one is asked for that has not begun.
    private let isAsked = Mutex(false)

    init(_ hub: Hub, _ watcher: Watcher?) { (self.hub, self.watcher) = (hub, watcher) }

    func ask() {
        let isNews = isAsked.withLock { isAsked in
            defer { isAsked = true }
            return !isAsked
        }
        guard isNews else { return }
        queue.async { [self] in
            isAsked.withLock { $0 = false }
            hub.reload()
            watcher?.watch(hub.compiled.filesRead)
        }
    }
}

/// Signals as events. They are ignored by the process and seen by their own sources, so nothing runs in a handler.
final class Signals: Sendable {
    enum Event: Sendable {
        case reload, poll, stop
        /// A child process ended.
        case child
        /// Somebody's own reminder.
        case wake
    }

    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(endsAtSecondStop: Bool = true) {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        (self.stream, self.continuation) = (stream, continuation)
        let stops = Mutex(0)
        var made: [any DispatchSourceSignal] = []
        let known = [(SIGHUP, Event.reload), (SIGUSR1, .poll), (SIGTERM, .stop), (SIGINT, .stop), (SIGCHLD, .child)]
        for (number, event) in known {
            // Ended children of who ignores SIGCHLD would never be told of.
            if number != SIGCHLD { signal(number, SIG_IGN) }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if event == .stop, endsAtSecondStop,
                    stops.withLock({ count in
                        count += 1
                        return count > 1
                    })
                {
                    Program.end(1)
                }
                continuation.yield(event)
            }
            source.activate()
            made.append(source)
        }
        // A limit of the size of files is an error of the write that it forbids, and of nothing else.
        signal(SIGXFSZ, SIG_IGN)
        sources = Mutex(made)
    }

    func send(_ event: Event) { continuation.yield(event) }

    func events(watching watcher: Watcher?) -> AsyncStream<Event> {
        watcher?.start { [continuation] in continuation.yield(.reload) }
        return stream
    }
}

/// Notices changes of files by looking at them once a second.
final class Watcher: Sendable {
    private let files: Mutex<[String: String]>

    init(_ paths: [String]) { files = Mutex(Self.states(paths)) }

    func watch(_ paths: [String]) { files.withLock { $0 = Self.states(paths) } }

    func start(_ changed: @escaping @Sendable () -> Void) {
        Task { [self] in
            while true {
                try await Task.sleep(for: .seconds(1))
                let isNews = files.withLock { files in
                    let now = Self.states(Array(files.keys))
                    defer { files = now }
                    return now != files
                }
                if isNews { changed() }
            }
        }
    }

    private static func states(_ paths: [String]) -> [String: String] {
        Dictionary(
            paths.map { path in
                let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                return (path, "\(date) \(attributes?[.size] ?? 0)")
            }, uniquingKeysWith: { first, _ in first })
    }
}
