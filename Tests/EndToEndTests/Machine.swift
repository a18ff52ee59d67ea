import Foundation
import HubModel
import Synchronization
import Testing

/// What tests do to the machine below the hub.
enum Machine {
    /// Whether file systems can be made and mounted here: it takes root and a loop device.
    static let mounts: Bool = {
        guard geteuid() == 0 else { return false }
        return (try? SmallDisk()) != nil
    }()

    /// Whether another process can be traced here.
    static let traces: Bool = {
        guard let result = try? run("/usr/bin/strace", ["-qq", "-o", "/dev/null", "/bin/true"]) else { return false }
        return result.code == 0
    }()

    @discardableResult
    static func run(_ program: String, _ words: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        let pipe = Pipe.ofItsOwn()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    static func mode(_ path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
}

/// A real file system of a few megabytes.
final class SmallDisk: Sendable {
    let folder: String
    private let image: String

    struct CannotMount: Error { let words: String }

    init(megabytes: Int = 4) throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("hub-disk-\(UUID().uuidString)").path
        (folder, image) = (base, base + ".img")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (program, words) in [
            ("/usr/bin/truncate", ["-s", "\(megabytes)M", image]),
            ("/usr/sbin/mkfs.ext4", ["-q", "-m", "0", "-O", "^has_journal", image]),
            ("/usr/bin/mount", ["-o", "loop", image, folder]),
        ] {
            let result = try Machine.run(program, words)
            guard result.code == 0 else {
                try? FileManager.default.removeItem(atPath: folder)
                try? FileManager.default.removeItem(atPath: image)
                throw CannotMount(words: result.output)
            }
        }
    }

    deinit {
        _ = try? Machine.run("/usr/bin/umount", ["-l", folder])
        try? FileManager.default.removeItem(atPath: folder)
        try? FileManager.default.removeItem(atPath: image)
    }

    private var filler: String { folder + "/filler" }

    /// Takes all room but `left` bytes.
    func fill(leaving left: Int = 0) {
        let file = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(file) }
        for size in [65_536, 4096] {
            let block = [UInt8](repeating: 0x55, count: size)
            while write(file, block, size) == size {}
        }
        if left > 0 {
            var state = stat()
            fstat(file, &state)
            ftruncate(file, state.st_size - off_t(left))
        }
        fsync(file)
    }

    func clear() { unlink(filler) }
}

/// Makes system calls of a running process fail, until it is told to stop.
final class CallFaults: Sendable {
    private let tracer: Process

    /// `fault` in the words of strace: `fdatasync:error=EIO`.
    init(_ fault: String, in process: Int32) async throws {
        tracer = Process()
        tracer.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
        let calls = String(fault.prefix { $0 != ":" })
        tracer.arguments = [
            "-f", "-p", "\(process)", "-e", "trace=\(calls)", "-e", "inject=\(fault)", "-o", "/dev/null",
        ]
        let pipe = Pipe.ofItsOwn()
        tracer.standardError = pipe
        tracer.standardOutput = FileHandle.nullDevice
        try tracer.run()
        // It says so once it is in.
        let words = AsyncStream.makeStream(of: String.self)
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                words.continuation.finish()
            } else {
                words.continuation.yield(String(decoding: data, as: UTF8.self))
            }
        }
        var said = ""
        for await part in words.stream {
            said += part
            if said.contains("attached") { return }
        }
        throw SmallDisk.CannotMount(words: "strace did not attach: \(said)")
    }

    func heal() {
        // Others may be blocked in it, as they are in the thread that started it. What it traced goes on.
        kill(tracer.processIdentifier, SIGKILL)
        tracer.waitUntilExit()
    }

    deinit { if tracer.isRunning { heal() } }
}
