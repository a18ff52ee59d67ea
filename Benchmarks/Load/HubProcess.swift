import CLinux
import Glibc

/// The hub as a process of its own, with an empty database in a folder of its own.
final class HubProcess {
    let port: Int
    private let identifier: pid_t
    private let folder: String
    private var isReaped = false
    private var status: Int32 = 0
    private var clock: ProcessorClock?

    /// Starts the hub and returns once it answers.
    init(_ program: String, configuration: String, sinkPort: Int, in parent: String) throws {
        port = try Socket.freePort()
        folder = try Self.makeFolder(in: parent)
        let file = folder + "/bench.yaml"
        let log = Glibc.open(folder + "/hub.log", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard log >= 0, Self.write(configuration, to: file), mkdir(folder + "/data", 0o700) == 0 else {
            let error = BenchError(system: "cannot write in \(folder)")
            Self.remove(folder)
            throw error
        }
        let environment = ["BENCH_LISTEN=127.0.0.1:\(port)", "BENCH_SINK=http://127.0.0.1:\(sinkPort)/deliveries"]
        identifier = Self.withArguments([program, "run", file]) { arguments in
            Self.withArguments(environment) { bench_spawn(arguments, $0, log) }
        }
        close(log)
        guard identifier > 0 else {
            Self.remove(folder)
            throw BenchError(system: "cannot start \(program)")
        }
        do {
            try waitUntilHealthy()
            clock = try ProcessorClock(of: identifier)
        } catch {
            defer { stop() }
            throw explained(error)
        }
    }

    deinit { stop() }

    /// Ends the hub and removes its folder; it is killed when it does not end by itself.
    func stop() {
        if !hasStopped { kill(identifier, SIGTERM) }
        let deadline = now() + 15 * nanosecondsPerSecond
        while !hasStopped {
            if now() > deadline { kill(identifier, SIGKILL) }
            usleep(10_000)
        }
        Self.remove(folder)
    }

    /// CPU time that the hub has used so far, in nanoseconds.
    var processorTime: Int64 { clock?.time ?? 0 }

    /// The most memory it has had, in MB.
    var peakMemory: Double { memory("VmHWM:") }
    var memoryNow: Double { memory("VmRSS:") }

    /// Whether it has ended; its number may belong to another process from then on.
    var hasStopped: Bool {
        if !isReaped { isReaped = waitpid(identifier, &status, WNOHANG) != 0 }
        return isReaped
    }

    private func memory(_ name: String) -> Double {
        for line in Self.read("/proc/\(identifier)/status").split(separator: "\n") where line.hasPrefix(name) {
            let words = line.split { $0 == " " || $0 == "\t" }
            return words.count > 1 ? (Double(words[1]) ?? .nan) / 1024 : .nan
        }
        return .nan
    }

    private func waitUntilHealthy() throws {
        let deadline = now() + 15 * nanosecondsPerSecond
        while now() < deadline {
            if hasStopped { throw BenchError("the hub does not run") }
            if try answersHealth() { return }
            usleep(20_000)
        }
        throw BenchError("the hub did not answer GET /healthz with 200 in 15 s")
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

    /// An error with what the hub has to do with it: how it ended, when it did, and what it said.
    func explained(_ error: any Error) -> BenchError {
        var text = "\(error)"
        if hasStopped {
            let signal = status & 0x7F
            text += "; the hub ended " + (signal == 0 ? "with exit code \(status >> 8 & 0xFF)" : "by signal \(signal)")
        }
        let said = Self.read(folder + "/hub.log")
        return BenchError(
            said.isEmpty
                ? text
                : "\(text)\nThe hub said:\n\(said.count > 3000 ? said.prefix(1500) + "\n...\n" + said.suffix(1500) : said[...])"
        )
    }

    // MARK: Files

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

    private static func makeFolder(in parent: String) throws -> String {
        var name = Array((parent + "/bench-XXXXXX").utf8CString)
        guard mkdtemp(&name) != nil else { throw BenchError(system: "cannot make a folder in \(parent)") }
        return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "we") else { return false }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        return fclose(file) == 0 && written == bytes.count
    }

    /// A file's text, of which at most 1 MB is read; empty when it cannot be.
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Removes a folder of this tool, which holds files and one level of folders with files.
    private static func remove(_ folder: String) {
        guard let listing = opendir(folder) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                remove(folder + "/" + name)
            } else {
                unlink(folder + "/" + name)
            }
        }
        closedir(listing)
        rmdir(folder)
    }
}
