import Dispatch
import EventLoop
import Foundation
import HTTPClient
import HubConfig
import HubDelivery
import HubIngress
package import HubModel
import HubStore
import Synchronization

/// A running hub: the rooms put together, in the order in which webhooks pass through them.
package final class Hub: Sendable {
    package struct Options: Sendable {
        package var path: String
        package var overlay: String?
        package var compiler: HubCompiler
        package var clock: @Sendable () -> Timestamp = { Hub.systemClock() }
        package var log: @Sendable (String) -> Void

        package init(
            path: String, overlay: String? = nil, compiler: HubCompiler, log: @escaping @Sendable (String) -> Void
        ) {
            (self.path, self.overlay, self.compiler, self.log) = (path, overlay, compiler, log)
        }
    }

    /// Why a hub cannot start, in one line.
    package struct StartError: Error, CustomStringConvertible { package let description: String }

    private let options: Options
    private let current: Mutex<CompiledHub>
    private let receiver: Receiver
    private let server: HTTPServer
    private let store: SQLiteStore
    private let dispatcher: Dispatcher
    private let reloading = Mutex(())
    /// Built while starting, since the parts refer to each other.
    private let parts: Parts

    /// What the parts call each other through; filled before the first request.
    private final class Parts: Sendable {
        let receiver = Mutex<Receiver?>(nil)
        let dispatcher = Mutex<Dispatcher?>(nil)
    }

    package static func systemClock() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// Opens everything and begins to serve.
    package init(_ options: Options, _ compiled: CompiledHub) throws(StartError) {
        self.options = options
        let settings = compiled.settings
        let isDevelopment = options.compiler.isDevelopment
        if isDevelopment, !settings.isLoopback {
            throw StartError(description: "--dev listens on loopback only, and hub.listen is \(settings.host)")
        }
        let current = CurrentPlan(compiled.plan)
        self.plan = current
        self.current = Mutex(compiled)
        let parts = Parts()
        self.parts = parts
        let database = Self.database(settings, path: options.path)
        var limits = HTTPLimits()
        limits.bodyBytes = 64 * 1024 * 1024
        do {
            // The port first: of two hubs on one machine the second says so before it touches the database.
            server = try HTTPServer(
                host: settings.host, port: settings.port, limits: limits,
                // What comes in on no adapter's path is small: an inbox's delivery at most.
                bodyLimit: { _, path in
                    BodyAllowance(bytes: current.plan.sources.source(at: path)?.maxBody ?? 1024 * 1024)
                },
                refused: { status, _ in parts.receiver.withLock { $0 }?.counters.count("", "http_\(status)") },
                receive: { request in parts.receiver.withLock { $0 }?.receive(request) },
                turnEnded: { parts.receiver.withLock { $0 }?.turnEnded() })
        } catch { throw StartError(description: error.description) }
        do {
            let storing = SQLiteStore.Options(
                path: database, retention: settings.retention, clock: options.clock, log: options.log)
            store = try SQLiteStore(storing) { outcomes, settled in
                parts.dispatcher.withLock { $0 }?.settled(settled)
                parts.receiver.withLock { $0 }?.committed(outcomes)
            }
        } catch { throw StartError(description: error.description) }
        var receiving = Receiver.Options(clock: options.clock)
        receiving.log = options.log
        let inbox = isDevelopment ? Inbox(clock: options.clock) : nil
        // The journal only now: the database's lock says that it is nobody else's.
        let journal = CrashJournal(path: database + ".crashes")
        receiver = Receiver(
            receiving, store: store, plan: { current.plan }, journal: journal,
            reply: { [server] replies in server.reply(replies) },
            enqueue: { work in parts.dispatcher.withLock { $0 }?.enqueue(work) },
            other: { request in Self.own(request, inbox) })
        parts.receiver.withLock { [receiver] in $0 = receiver }
        var delivering = Dispatcher.Options(clock: options.clock)
        delivering.log = options.log
        let dispatcher = Dispatcher(
            delivering, store: store, client: HTTPClient(), journal: journal, plan: { current.plan.delivery })
        self.dispatcher = dispatcher
        parts.dispatcher.withLock { $0 = dispatcher }
        dispatcher.start()
        server.start()
    }

    private let plan: CurrentPlan

    /// The plan in force; swapped whole by a reload.
    private final class CurrentPlan: Sendable {
        private let box: Mutex<HubPlan>

        init(_ plan: HubPlan) { box = Mutex(plan) }

        var plan: HubPlan {
            get { box.withLock { $0 } }
            set { box.withLock { $0 = newValue } }
        }
    }

    /// The database file: relative to the configuration's folder.
    package static func database(_ settings: HubSettings, path: String) -> String {
        if settings.database.hasPrefix("/") { return settings.database }
        return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(settings.database).path
    }

    private static func own(_ request: HTTPRequest, _ inbox: Inbox?) -> HTTPReply? {
        if request.path == "/healthz", request.method == "GET" || request.method == "HEAD" {
            return .json(to: request, 200, ["status": "ok", "version": .string(Version.text)])
        }
        return inbox?.answer(request)
    }

    /// The port that is listened on.
    package var port: Int { server.port }

    package var compiled: CompiledHub { current.withLock { $0 } }

    /// Compiles the file again and swaps at once; a wrong file changes nothing. Deliveries under way go on.
    package func reload() {
        reloading.withLock { _ in
            do throws(Diagnostics) {
                let compiled = try options.compiler.compile(options.path, overlay: options.overlay)
                let before = self.compiled.settings
                let after = compiled.settings
                if (before.host, before.port, before.database) != (after.host, after.port, after.database) {
                    options.log("hub.listen and hub.store take effect at the next start")
                }
                current.withLock { $0 = compiled }
                plan.plan = compiled.plan
                options.log("the configuration was reloaded (\(compiled.plan.digest.prefix(12)))")
            } catch {
                options.log("the configuration was not reloaded; the one in force goes on:\n\(error.rendered())")
            }
        }
    }

    /// Looks for deliveries that another process put back.
    package func poll() { dispatcher.poll() }

    /// Takes nothing new, finishes what is under way, and closes. Everything accepted is on disk.
    package func stop() {
        receiver.stop()
        server.stopAccepting()
        let patience = ContinuousClock.now + .seconds(10)
        while receiver.waiting > 0, ContinuousClock.now < patience { Thread.sleep(forTimeInterval: 0.005) }
        dispatcher.stop(grace: compiled.settings.grace)
        store.close()
        server.stop()
    }

    /// What happened since the start, in one line.
    package var summary: String {
        let fates = receiver.counters.all.values.reduce(into: [String: Int]()) { sum, counts in
            for (fate, count) in counts { sum[fate, default: 0] += count }
        }
        let delivered = dispatcher.statistics
        return
            "accepted \(fates["accepted"] ?? 0), delivered \(delivered.delivered), retried \(delivered.retried), dead \(delivered.dead)"
    }
}
