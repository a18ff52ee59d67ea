import Dispatch
import EventLoop
import Files
import Foundation
import HTTPClient
import HubConfig
import HubDelivery
import HubIngress
package import HubModel
import HubPlanning
import HubStore
import Processes
import Synchronization

/// A running hub: the rooms put together, in the order in which webhooks pass through them.
package final class Hub: Sendable {
    package struct Options: Sendable {
        package var path: String
        package var overlay: String?
        package var compiler: HubCompiler
        /// A listening socket that another process has opened; nil to open one.
        package var inherited: Int32?
        package var clock: @Sendable () -> Timestamp = { Hub.systemClock() }
        /// Time since any moment, at an even pace, whatever is done to the clock.
        package var pace: @Sendable () -> Duration = { Hub.systemPace() }
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
    private let current: CurrentHub
    private let server: HTTPServer
    private let store: SQLiteStore<WebhookTicket>
    private let receiver: Receiver
    private let dispatcher: Dispatcher
    private let board: SignalBoard
    private let reloading = Mutex(())

    /// The configuration in force; swapped whole by a reload.
    private final class CurrentHub: Sendable {
        private let box: Mutex<CompiledHub>

        init(_ compiled: CompiledHub) { box = Mutex(compiled) }

        var compiled: CompiledHub {
            get { box.withLock { $0 } }
            set { box.withLock { $0 = newValue } }
        }

        var inbound: Inbound { box.withLock { $0.inbound } }
        var outbound: Outbound { box.withLock { $0.outbound } }
    }

    package static func systemClock() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))) + Failpoint.clockShift
    }

    private static let firstInstant = ContinuousClock.now

    package static func systemPace() -> Duration { firstInstant.duration(to: .now) }

    /// Opens everything and begins to serve: first what is waited in, then who works, from the end of a webhook's way to
    /// its beginning, so that nobody calls into a room that is not there yet.
    package init(_ options: Options, _ compiled: CompiledHub) throws(StartError) {
        self.options = options
        let settings = compiled.settings
        let isDevelopment = options.compiler.isDevelopment
        if isDevelopment, !settings.isLoopback {
            throw StartError(description: "--dev listens on loopback only, and hub.listen is \(settings.host)")
        }
        let current = CurrentHub(compiled)
        // Whatever is logged was made from text of others: of payloads, receivers, libraries.
        let board = SignalBoard(
            clock: options.clock, log: { options.log(current.outbound.rules.veil.cover($0)) })
        let database = Self.database(settings, path: options.path)
        let shares = DescriptorShares(of: DescriptorLimit.raise(), connections: settings.connections.most)
        var limits = HTTPLimits()
        limits.bodyBytes = 64 * 1024 * 1024
        limits.connections = shares.connections
        limits.connectionsPerAddress = settings.connections.perAddress ?? max(1, shares.connections / 4)
        do {
            // The port first: of two hubs on one machine the second says so before it touches the database.
            server = try HTTPServer(
                host: settings.host, port: settings.port, inherited: options.inherited, limits: limits,
                identity: compiled.identity)
        } catch { throw StartError(description: error.description) }
        let steady: SteadyClock
        do {
            var storing = StoreOptions(
                path: database, retention: settings.retention, clock: options.clock, pace: options.pace)
            storing.progress = { board.take(.store($0)) }
            steady = storing.steady
            store = try SQLiteStore(storing)
        } catch { throw StartError(description: error.description) }
        // The journal only now: the database's lock says that it is nobody else's.
        let journal: CrashJournal
        do { journal = try Self.journal(database + ".crashes", options.log) } catch {
            store.close()
            throw error
        }
        let client = HTTPClient(maxIdleConnections: shares.deliveries)
        var delivering = Dispatcher.Options(steady)
        delivering.limits.underWay = min(delivering.limits.underWay, shares.deliveries)
        delivering.signal = { board.take(.delivery($0)) }
        let dispatcher = Dispatcher(
            delivering, store: store, client: client, journal: journal, outbound: { current.outbound })
        var receiving = Receiver.Options(clock: options.clock)
        receiving.signal = { board.take(.ingress($0)) }
        let inbox = isDevelopment ? Inbox(clock: options.clock, host: settings.host) : nil
        let receiver = Receiver(
            receiving, store: store, inbound: { current.inbound }, journal: journal,
            reply: { [server] replies in server.reply(replies) },
            other: { [condition = store.condition] request in
                if request.path == "/healthz", request.method == "GET" || request.method == "HEAD" {
                    let health = Health(
                        fault: condition.fault, busySince: condition.busySince, lastTurn: dispatcher.lastTurn,
                        now: steady.now)
                    return .json(to: request, health.isGood ? 200 : 503, health.json)
                }
                return inbox?.answer(request)
            })
        (self.current, self.board, self.dispatcher, self.receiver) = (current, board, dispatcher, receiver)
        store.start(
            StoreListener(
                committed: { receipts in
                    dispatcher.committed(receipts)
                    receiver.committed(receipts)
                },
                claimed: { dispatcher.claimed($0) }, surveyed: { dispatcher.surveyed($0) },
                signal: { board.take(.store($0)) }))
        dispatcher.start()
        client.start()
        server.start(
            HTTPServer.Handlers(
                // A request to a path of no adapter is small: at most a delivery to the inbox.
                bodyLimit: { _, path in
                    BodyAllowance(bytes: current.inbound.sources.source(at: path)?.maxBody ?? 1024 * 1024)
                },
                screen: { receiver.screen($0) },
                trusts: { current.compiled.settings.trusts($0) },
                refused: { status, _ in board.take(.ingress(.refusedRequest(status: status))) },
                trouble: { board.take(.ingress(.trouble($0))) },
                receive: { receiver.receive($0) }, turnEnded: { receiver.turnEnded() }))
    }

    /// The database file: relative to the configuration's folder.
    package static func database(_ settings: HubSettings, path: String) -> String {
        if settings.database.hasPrefix("/") { return settings.database }
        return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(settings.database).path
    }

    /// The crash journal; one that remembers nothing where there is no room for it.
    private static func journal(
        _ path: String, _ log: @Sendable (String) -> Void
    ) throws(StartError) -> CrashJournal {
        do { return try CrashJournal(path: path) } catch {
            switch error {
            case .link, .notRegular: throw StartError(description: error.description)
            case .system:
                log(
                    "\(error); until the next start nothing is remembered of crashes, so a webhook that crashes the hub is not quarantined"
                )
                return CrashJournal()
            }
        }
    }

    /// The port that is listened on.
    package var port: Int { server.port }

    package var compiled: CompiledHub { current.compiled }

    /// Compiles the file again and swaps at once; a wrong file changes nothing. Deliveries under way go on.
    package func reload() {
        reloading.withLock { _ in
            Failpoint.wait("reload")
            do throws(Diagnostics) {
                let compiled = try options.compiler.compile(options.path, overlay: options.overlay)
                let (before, after) = (current.compiled.settings, compiled.settings)
                if (before.host, before.port, before.database) != (after.host, after.port, after.database) {
                    board.take(.configuration(.needsRestart))
                }
                current.compiled = compiled
                server.use(compiled.identity)
                board.take(.configuration(.reloaded(digest: compiled.rules.digest)))
            } catch {
                board.take(.configuration(.refused(mistakes: error.rendered())))
            }
        }
    }

    /// Looks for deliveries that another process put back.
    package func poll() { dispatcher.look() }

    /// Takes nothing new, finishes what is under way, and closes. Everything accepted is on disk.
    package func stop() {
        receiver.stop()
        server.stopAccepting()
        receiver.waitUntilCommitted(limit: .seconds(10))
        dispatcher.stop(grace: compiled.settings.grace)
        store.close()
        server.stop()
    }

    /// What happened since the start, in one line.
    package var summary: String {
        let counters = board.counters
        let accepted = counters.webhooks.values.reduce(0) { $0 + ($1["accepted"] ?? 0) }
        func ended(_ fate: DeliverySignal.Fate) -> Int {
            counters.deliveries.values.reduce(0) { $0 + ($1[fate] ?? 0) }
        }
        return
            "accepted \(accepted), delivered \(ended(.delivered)), retried \(ended(.retried)), dead \(ended(.dead))"
    }
}
