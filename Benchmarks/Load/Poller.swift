import CLinux
import Glibc

/// Why a measurement could not be made.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    /// Somebody wants the tool to end.
    var isStop = false

    init(_ description: String) { self.description = description }

    static var stopped: BenchError {
        var error = BenchError("stopped by a signal")
        error.isStop = true
        return error
    }

    /// With the system's word on what went wrong last.
    init(system action: String) {
        let number = errno
        description = "\(action): \(String(cString: strerror(number)))"
    }
}

/// Waits for descriptors.
struct Poller: ~Copyable {
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let read = Interest(rawValue: 0x1)
        static let write = Interest(rawValue: 0x4)
        /// Never asked for, always told: the other side is gone.
        static let broken = Interest(rawValue: 0x8 | 0x10)
    }

    private static let capacity = 256
    private let epoll: Int32
    private let ready = UnsafeMutablePointer<bench_ready>.allocate(capacity: capacity)

    init() throws {
        epoll = bench_poller()
        guard epoll >= 0 else { throw BenchError(system: "cannot wait for sockets") }
    }

    deinit {
        close(epoll)
        ready.deallocate()
    }

    func add(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws {
        guard bench_watch(epoll, Int32(BENCH_ADD.rawValue), descriptor, interest.rawValue, tag) == 0 else {
            throw BenchError(system: "cannot watch a socket")
        }
    }

    func change(_ descriptor: Int32, _ interest: Interest, tag: UInt64) {
        _ = bench_watch(epoll, Int32(BENCH_CHANGE.rawValue), descriptor, interest.rawValue, tag)
    }

    /// Calls `handle` for what is ready, after waiting until `deadline` at most.
    func wait(until deadline: Int64, _ handle: (_ tag: UInt64, _ interest: Interest) throws -> Void) throws {
        let count = bench_wait(epoll, ready, Int32(Self.capacity), max(0, deadline - now()))
        guard count >= 0 else {
            if errno == EINTR { return }
            throw BenchError(system: "cannot wait for sockets")
        }
        for index in 0..<Int(count) { try handle(ready[index].tag, Interest(rawValue: ready[index].events)) }
    }
}
