import Glibc

/// Other servers with the same load in the same minutes.
extension Bench {
    /// One that is compared; its start and its promise.
    private struct Peer {
        var name: String
        var title: String
        /// What a provider may believe once it has a 2xx.
        var promise: String
        var start: (Load) throws -> Started
    }

    private enum Started {
        case hub(Hub)
        case server(Server)
        case missing(String)

        var server: Server? {
            switch self {
            case .hub(let hub): hub.server
            case .server(let server): server
            case .missing: nil
            }
        }
    }

    func peers() throws -> Measurement {
        let folder = try options.peersFolder()
        let durable = "on disk, will be delivered at least once"
        var peers = [hub("hub", "hub", options.hub)]
        if let versus = options.versus { peers.append(hub("versus", "the other hub", versus)) }
        peers += [
            script("nginx", "nginx as a bare proxy", "the receiver has it; nothing is kept", folder),
            script("fastapi", "FastAPI, SQLite, httpx by hand", durable, folder),
            script("postgres", "procrastinate on PostgreSQL", durable, folder),
        ]
        let seconds = options.seconds ?? 6
        var results: [String: [Saturation]] = [:]
        var notes: [String] = []
        for run in 1...options.runs {
            for peer in peers where run == 1 || results[peer.name] != nil {
                progress("peers: \(peer.title), run \(run) of \(options.runs)")
                let load = try Load()
                let started = try peer.start(load)
                guard let server = started.server else {
                    if case .missing(let reason) = started { notes.append("\(peer.title): skipped, \(reason)") }
                    continue
                }
                defer { server.stop() }
                do {
                    let result = try saturate(
                        server, with: load, connections: options.connections ?? 64, seconds: seconds)
                    results[peer.name, default: []].append(result)
                } catch { throw (error as? BenchError)?.isStop == true ? error : server.explained(error) }
            }
        }
        let middle = { (peer: Peer, value: (Saturation) -> Double) in median((results[peer.name] ?? []).map(value)) }
        let measured = peers.filter { results[$0.name] != nil }
        var figures: [Figure] = []
        for peer in measured {
            figures += [
                Figure(
                    "\(peer.name)_sustained_per_s", "\(peer.title): in and out", middle(peer, \.sustained), "events/s"),
                Figure(
                    "\(peer.name)_cpu_us", "CPU of all its processes", middle(peer, \.processor), "µs/event", digits: 1),
                Figure("\(peer.name)_memory_mb", "memory at the end", middle(peer, \.memory), "MB", digits: 1),
            ]
            notes.append("\(peer.title): a 2xx says \(peer.promise)")
        }
        let own = middle(peers[0], \.sustained)
        for peer in measured.dropFirst() {
            let isCeiling = peer.name == "nginx"
            figures.append(
                Figure(
                    "hub_to_\(peer.name)", "hub against \(peer.title)", own / middle(peer, \.sustained), "×", digits: 2,
                    must: isCeiling ? .atLeast(0.35) : peer.name == "versus" ? .atLeast(2) : nil,
                    aim: isCeiling ? .atLeast(0.5) : nil))
        }
        // A server that loses something is not the hub: its losses are told, and do not decide the exit code.
        for peer in measured.dropFirst() {
            let account = (results[peer.name] ?? []).map(\.account).reduce(Account(), +)
            if account.missing > 0 { notes.append("\(peer.title): \(account.text)") }
        }
        return Measurement(
            scenario: "peers",
            summary:
                "\(options.connections ?? 64) connections, closed loop, in turn, medians of \(options.runs) runs of \(Self.format(seconds)) s",
            figures: figures, account: (results["hub"] ?? []).map(\.account).reduce(Account(), +), notes: notes)
    }

    private func hub(_ name: String, _ title: String, _ program: String) -> Peer {
        Peer(name: name, title: title, promise: "on disk, will be delivered at least once") { load in
            let hub = try Hub(program, configuration: configuration.text, load: load, in: options.folder)
            try hub.server.start()
            return .hub(hub)
        }
    }

    private func script(_ name: String, _ title: String, _ promise: String, _ folder: String) -> Peer {
        Peer(name: name, title: title, promise: promise) { load in
            let python = ["/.build/python/bin/python", "/../.build/python/bin/python"]
                .map { folder + "/.." + $0 }.first { access($0, X_OK) == 0 }
            let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
            let server = try Server(
                title, command: ["/bin/sh", "\(folder)/\(name).sh"],
                environment: [
                    "PATH=\(search):/usr/sbin", "PORT={port}", "FOLDER={folder}", "PEERS=\(folder)",
                    "PYTHON=\(python ?? "python3")", "PYTHONDONTWRITEBYTECODE=1",
                    "SINK=http://127.0.0.1:\(load.sink.port)/deliveries", "SINK_ADDRESS=127.0.0.1:\(load.sink.port)",
                ], in: options.folder)
            do {
                try server.start(patience: 60)
                return .server(server)
            } catch {
                guard server.exitCode == Server.missing else { throw error }
                return .missing(server.words.split(separator: "\n").last.map(String.init) ?? "it is missing")
            }
        }
    }
}
