import Foundation
import HTTPClient
import HubModel
import Synchronization
import Testing

/// The real program as a process of its own, with a folder of its own.
final class HubProcess: Sendable {
    let folder: URL
    private let process = Mutex<Process?>(nil)
    private let output = Mutex("")
    private let portBox = Mutex(0)
    private let waiters = Mutex<[(text: String, continuation: CheckedContinuation<Void, Never>)]>([])

    var port: Int { portBox.withLock { $0 } }
    var log: String { output.withLock { $0 } }

    /// The program beside the tests.
    static let program: URL = {
        var folder = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent()
        if folder == nil { folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent() }
        return (folder ?? URL(fileURLWithPath: ".")).appendingPathComponent("hub")
    }()

    init(_ configuration: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(configuration)
    }

    deinit {
        // A tracer that is killed lets the hub go on, and nobody would ever end it.
        let children = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        for child in (children ?? "").split(separator: " ").compactMap({ Int32($0) }) where id > 0 {
            _ = Foundation.kill(child, SIGKILL)
        }
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    var file: URL { folder.appendingPathComponent("adapters.yaml") }

    func write(_ configuration: String) throws { try configuration.write(to: file, atomically: true, encoding: .utf8) }

    /// Starts `hub run` and returns when it serves. Without a parent, unless `isSupervised`, so that a kill kills the hub.
    ///
    /// With `mayEnd`, a process that ends before it serves is no failure. With `tracing`, every write, send and sync of
    /// the process goes to that file; `injected` makes some of the traced calls fail, in the words of strace. `descriptors`
    /// are its limits of open files; isolated, it has a network with nothing in.
    func start(
        environment: [String: String] = [:], options: [String] = [], mayEnd: Bool = false, tracing: URL? = nil,
        traced: String = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync", injected: String? = nil,
        program: String? = nil, isSupervised: Bool = false, descriptors: (soft: Int, hard: Int)? = nil,
        isIsolated: Bool = false
    ) async throws {
        let process = Process()
        let program = program.map { URL(fileURLWithPath: $0) } ?? Self.program
        process.executableURL = tracing == nil ? program : URL(fileURLWithPath: "/usr/bin/strace")
        let tracer = tracing.map {
            [
                "-f", "-y", "-s", "8192", "-e", "trace=\(traced)",
            ] + (injected.map { ["-e", "inject=\($0)"] } ?? []) + ["-o", $0.path, program.path]
        }
        process.arguments = (tracer ?? []) + ["run", file.path] + options + (isSupervised ? [] : ["--no-supervisor"])
        if let descriptors {
            process.arguments =
                ["--nofile=\(descriptors.soft):\(descriptors.hard)", program.path] + (process.arguments ?? [])
            process.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
        } else if isIsolated {
            process.arguments = ["-rn", program.path] + (process.arguments ?? [])
            process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe.ofItsOwn()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        output.withLock { $0 = "" }
        let serving = AsyncStream.makeStream(of: Bool.self)
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            guard !data.isEmpty, let self else { return serving.continuation.finish() }
            let text = self.output.withLock { output in
                output += String(decoding: data, as: UTF8.self)
                return output
            }
            self.tellWaiters()
            if let range = text.firstRange(of: /listens on [0-9.]+:/),
                let end = text[range.upperBound...].firstIndex(of: "\n")
            {
                self.portBox.withLock { $0 = Int(text[range.upperBound..<end]) ?? 0 }
                serving.continuation.yield(true)
            }
        }
        try process.run()
        self.process.withLock { $0 = process }
        for await isServing in serving.stream where isServing { return }
        if mayEnd { return }
        Issue.record("the hub did not start: \(log)")
        throw CancellationError()
    }

    /// Returns when the log holds this; a test that waits in vain is ended by its time limit.
    func logged(_ text: String) async {
        await withCheckedContinuation { continuation in
            waiters.withLock { $0.append((text, continuation)) }
            tellWaiters()
        }
    }

    private func tellWaiters() {
        let log = self.log
        let ready = waiters.withLock { waiters in
            let ready = waiters.filter { log.contains($0.text) }
            waiters.removeAll { log.contains($0.text) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// The process that was started.
    var id: Int32 { process.withLock { $0?.processIdentifier ?? 0 } }

    func signal(_ number: Int32) { process.withLock { $0.map { _ = Foundation.kill($0.processIdentifier, number) } } }

    /// Sets how many descriptors the running process may have, without touching those that it has.
    func limitDescriptors(to soft: Int) throws {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
        tool.arguments = ["--pid", "\(id)", "--nofile=\(soft):"]
        try tool.run()
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
    }

    /// Waits until the process has ended and gives its exit code, or the signal that ended it, negative.
    @discardableResult
    func ended() async -> Int32 {
        guard let process = process.withLock({ $0 }) else { return 0 }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func kill() { signal(SIGKILL) }

    /// Runs another command of the program to its end.
    static func run(_ words: [String], folder: URL? = nil, environment: [String: String] = [:], input: String? = nil)
        throws -> (code: Int32, output: String, error: String)
    {
        let process = Process()
        process.executableURL = program
        process.arguments = words
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (out, error, stdin) = (Pipe.ofItsOwn(), Pipe.ofItsOwn(), Pipe.ofItsOwn())
        process.standardOutput = out
        process.standardError = error
        process.standardInput = stdin
        try process.run()
        if let input { try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try stdin.fileHandleForWriting.close()
        let errors = Mutex(Data())
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            let data = error.fileHandleForReading.readDataToEndOfFile()
            errors.withLock { $0 = data }
            done.signal()
        }
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        done.wait()
        process.waitUntilExit()
        return (process.terminationStatus, text, String(decoding: errors.withLock { $0 }, as: UTF8.self))
    }

    func command(_ words: String..., environment: [String: String] = [:]) throws -> (
        code: Int32, output: String, error: String
    ) {
        try Self.run(words, folder: folder, environment: environment)
    }
}

/// One request on a connection of its own; the status and body of the answer.
func request(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
) async -> (status: Int, headers: [(name: String, value: String)], body: String) {
    let completion = await HTTPClient.send(
        ClientRequest(
            id: 1, method: method, url: url, headers: headers, body: body, timeout: .seconds(20),
            maxResponseBytes: 1 << 20,
            policy: .everything, wanted: ["allow", "retry-after", "content-type"]))
    switch completion.outcome {
    case .response(let status, let headers, let body): return (status, headers, String(decoding: body, as: UTF8.self))
    case .failure(_, let message): return (0, [], message)
    }
}

extension Pipe {
    /// A pipe whose ends go to no process but the one they are given to. Another that is started meanwhile would keep it
    /// open, and its reader would wait for the end of that one too.
    static func ofItsOwn() -> Pipe {
        let pipe = Pipe()
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        return pipe
    }
}
