import CLinux
import Glibc

/// TCP sockets on this machine that never block.
enum Socket {
    /// A socket that has a port, any that is free when it is not given; who connects to it is refused until it listens.
    static func bound(to port: Int = 0) throws -> (descriptor: Int32, port: Int) {
        let descriptor = try make()
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        try withLoopback(port: port) { address, length in
            guard bind(descriptor, address, length) == 0 else {
                let error = BenchError(system: "cannot take a port of 127.0.0.1")
                close(descriptor)
                throw error
            }
        }
        return (descriptor, try self.port(of: descriptor))
    }

    static func listen(_ descriptor: Int32) throws {
        guard Glibc.listen(descriptor, 4096) == 0 else { throw BenchError(system: "cannot listen on 127.0.0.1") }
    }

    /// Begins to connect; the socket becomes writable when that has worked.
    static func connecting(to port: Int) throws -> Int32 {
        let descriptor = try make()
        try withLoopback(port: port) { address, length in
            guard connect(descriptor, address, length) == 0 || errno == EINPROGRESS else {
                let error = BenchError(system: "cannot connect to the hub")
                close(descriptor)
                throw error
            }
        }
        return descriptor
    }

    /// Nil when nobody is waiting.
    static func accepted(from listener: Int32) -> Int32? {
        let descriptor = bench_accept(listener)
        guard descriptor >= 0 else { return nil }
        hurry(descriptor)
        return descriptor
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let (descriptor, port) = try bound()
        close(descriptor)
        return port
    }

    private static func make() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw BenchError(system: "cannot make a socket") }
        hurry(descriptor)
        return descriptor
    }

    private static func hurry(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func port(of descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw BenchError(system: "cannot tell the port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func withLoopback(
        port: Int, _ use: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try use($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
