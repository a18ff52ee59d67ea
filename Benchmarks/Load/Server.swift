import CLinux
import Glibc

/// A server as a process of its own, in a folder of its own: a hub, or what it is compared with.
final class Server {
    /// The exit code by which a script says that what it needs is not installed.
    static let missing: Int32 = 77

    let name: String
    let folder: Folder
    /// Stays the same when it is started again.
    let port: Int
    var command: [String]
    let environment: [String]
    private(set) var tree = ProcessTree(root: 0)
    /// From the start of the process to its first good answer, in nanoseconds.
    private(set) var startTime: Int64 = 0
    private var process: pid_t = 0
    private var isReaped = true
    private var status: Int32 = 0

    /// Prepares a server; `start` starts it. The words of `command` and `environment` may name `{port}` and `{folder}`.
    init(_ name: String, command: [String], environment: [String], in parent: String) throws {
        (self.name, folder, port) = (name, try Folder(in: parent), try Socket.freePort())
        let (port, path) = ("\(port)", folder.path)
        let fill = { (text: String) in text.replacing("{port}", with: port).replacing("{folder}", with: path) }
        (self.command, self.environment) = (command.map(fill), environment.map(fill))
    }

    deinit { stop() }

    /// Starts it and returns once it answers.
    func start(patience: Int64 = 15) throws {
        let log = open(folder.path + "/log", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw BenchError(system: "cannot write in \(folder.path)") }
        let began = now()
        process = Self.withArguments(command) { arguments in
            Self.withArguments(environment) { bench_spawn(arguments, $0, log) }
        }
        close(log)
        guard process > 0 else { throw BenchError(system: "cannot start \(command[0])") }
        isReaped = false
        do {
            try waitUntilHealthy(until: began + patience * nanosecondsPerSecond)
            startTime = now() - began
            tree = ProcessTree(root: process)
        } catch {
            defer { stop() }
            throw explained(error)
        }
    }

    /// Ends it; it is killed when it does not end by itself.
    func stop() {
        guard process > 0 else { return }
        if !hasStopped { Glibc.kill(process, SIGTERM) }
        let deadline = now() + 15 * nanosecondsPerSecond
        while !hasStopped {
            if now() > deadline { Glibc.kill(process, SIGKILL) }
            usleep(5_000)
        }
        // Whatever it left in its group of processes.
        Glibc.kill(-process, SIGKILL)
        process = 0
    }

    /// Kills all of it at once, without a warning.
    func kill() {
        guard process > 0 else { return }
        tree.refresh()
        let processes = tree.processes
        Glibc.kill(-process, SIGKILL)
        for member in processes { Glibc.kill(member, SIGKILL) }
        while !hasStopped { usleep(200) }
        process = 0
    }

    /// Kills the worker only, when somebody stands by to start it again.
    func killWorker() {
        tree.refresh()
        if tree.worker != process { Glibc.kill(tree.worker, SIGKILL) }
    }

    /// Whether a parent stands by that would start the worker again.
    var isSupervised: Bool { tree.worker != process }

    /// Whether it has ended; its number may belong to another process from then on.
    var hasStopped: Bool {
        if !isReaped { isReaped = waitpid(process, &status, WNOHANG) != 0 }
        return isReaped
    }

    /// Whether it has ended although nobody ended it.
    var hasDied: Bool { process > 0 && hasStopped }

    var exitCode: Int32? { hasStopped && status & 0x7F == 0 ? status >> 8 & 0xFF : nil }

    /// What it has said.
    var words: String { Files.read(folder.path + "/log", limit: 1 << 20) }

    /// Looks again which processes belong to it.
    func refresh() { tree.refresh() }

    private func waitUntilHealthy(until deadline: Int64) throws {
        while now() < deadline {
            if hasStopped { throw BenchError("\(name) does not run") }
            if try answersHealth() { return }
            usleep(2_000)
        }
        throw BenchError("\(name) did not answer GET /healthz with 200 in time")
    }

    private func answersHealth() throws -> Bool {
        let descriptor = try Socket.connecting(to: port)
        defer { close(descriptor) }
        let request = Array("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&state, 1, 1000) == 1, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) > 0 else {
            return false
        }
        state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 256)
        guard poll(&state, 1, 1000) == 1, case let count = recv(descriptor, &bytes, bytes.count, 0), count > 0 else {
            return false
        }
        return bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<count]).status } == 200
    }

    /// An error with what the server has to do with it: how it ended, when it did, and what it said.
    func explained(_ error: any Error) -> BenchError {
        var text = "\(error)"
        if hasDied {
            let signal = status & 0x7F
            text += "; \(name) ended " + (signal == 0 ? "with exit code \(status >> 8 & 0xFF)" : "by signal \(signal)")
        }
        let said = words
        if said.isEmpty { return BenchError(text) }
        let part = said.count > 1500 ? "...\n" + said.suffix(1500) : said[...]
        return BenchError("\(text)\n\(name) said last:\n\(part)")
    }

    private static func withArguments<Result>(
        _ texts: [String], _ use: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
            return use(base)
        }
    }
}

/// A hub with its configuration and its database.
struct Hub {
    let server: Server
    var database: String { server.folder.path + "/data/hub.db" }

    init(_ program: String, configuration: String, load: Load, in parent: String) throws {
        server = try Server(
            "the hub", command: [program, "run", "{folder}/bench.yaml"],
            environment: ["BENCH_LISTEN=127.0.0.1:{port}"] + load.sinkEnvironment, in: parent)
        guard mkdir(server.folder.path + "/data", 0o700) == 0 else {
            throw BenchError(system: "cannot write in \(server.folder.path)")
        }
        try configure(configuration)
    }

    func configure(_ text: String) throws { try Files.write(text, to: server.folder.path + "/bench.yaml") }
}
