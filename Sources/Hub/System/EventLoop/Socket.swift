internal import CEvent
import Foundation

/// The calls that the server makes on sockets that never block.
enum Socket {
    enum Outcome: Equatable {
        case bytes(Int)
        /// The peer will send nothing more.
        case ended
        case wouldBlock
        case failed
    }

    static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed
            }
        }
    }

    /// The first byte that waits to be read, which stays there.
    static func peek(_ descriptor: Int32) -> (outcome: Outcome, byte: UInt8) {
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK))
            if count > 0 { return (.bytes(1), byte) }
            if count == 0 { return (.ended, 0) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return (.wouldBlock, 0)
            default: return (.failed, 0)
            }
        }
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Outcome {
        while true {
            let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed
            }
        }
    }

    static func finishWriting(_ descriptor: Int32) {
        // The peer may have gone already; the next read will tell.
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    enum Arrival {
        case peer(descriptor: Int32, address: sockaddr_storage)
        case nobody
        /// Out of descriptors or memory.
        case noRoom
    }

    static func accept(_ listener: Int32) -> Arrival {
        while true {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(listener, $0, &length, Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue))
                }
            }
            if descriptor >= 0 { return .peer(descriptor: descriptor, address: address) }
            switch errno {
            case EAGAIN: return .nobody
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .noRoom
            // The one in front has gone while it waited.
            case EINTR, ECONNABORTED, EPROTO: continue
            default: return .noRoom
            }
        }
    }
}

/// Those who count as one peer: an IPv4 address, or a network of IPv6 as one customer gets it.
struct Neighbourhood: Hashable {
    private let high: UInt64
    private let low: UInt64

    init(_ address: sockaddr_storage) {
        var address = address
        let isSix = Int32(address.ss_family) == AF_INET6
        (high, low) = withUnsafeBytes(of: &address) { bytes in
            guard isSix, let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) else {
                let offset = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 4
                return (0, UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
            let high = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let middle = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
            // IPv4 within IPv6 (::ffff:0:0/96) is told apart by its last four bytes.
            guard high == 0, middle == 0xFFFF else { return (high, 0) }
            return (0, UInt64(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)))
        }
    }
}

/// Where a peer is.
struct Peer: Sendable {
    /// Without port; an IPv4 address inside IPv6 is written as IPv4.
    let host: String
    let port: Int

    init(_ address: sockaddr_storage) {
        var address = address
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isSix = Int32(address.ss_family) == AF_INET6
        let offset =
            isSix
            ? MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) : MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)
        port = withUnsafeBytes(of: &address) { bytes in
            inet_ntop(
                isSix ? AF_INET6 : AF_INET, bytes.baseAddress?.advanced(by: offset ?? 0), &text, socklen_t(text.count))
            // The port stands at the same place in both families.
            return Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
        let host = text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self.host = host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
    }
}
