import Foundation

/// A blocking TCP socket for tests that write the bytes of HTTP themselves.
// Sendable because a descriptor is a number, and each test uses its socket from one thread at a time.
final class RawSocket: @unchecked Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Connects to a port of this machine; every later wait ends after `patience`.
    init(port: Int, patience: Duration = .seconds(10)) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        setPatience(patience)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    struct Failure: Error { let what: String }

    func setPatience(_ patience: Duration) {
        var time = timeval(
            tv_sec: Int(patience.components.seconds), tv_usec: Int(patience.components.attoseconds / 1_000_000_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Writes all of it; false when the other side has gone.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            let count = bytes[at...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            at += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Tells the other side that nothing more will come.
    func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Waits until the other side has closed, without taking what it sent; false when it has not by then.
    @discardableResult
    func waitForEnd(_ patience: Duration) -> Bool {
        var events = pollfd(fd: descriptor, events: Int16(0x2000), revents: 0)  // POLLRDHUP
        return poll(&events, 1, Int32(patience.components.seconds * 1000)) > 0
    }

    enum Chunk: Equatable { case bytes([UInt8]), ended, reset, nothing }

    /// What comes next: bytes, the end, or nothing within the patience.
    func read(_ limit: Int = 65_536) -> Chunk {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        if count > 0 { return .bytes(Array(buffer[..<count])) }
        if count == 0 { return .ended }
        return errno == EAGAIN ? .nothing : .reset
    }

    /// Everything until the other side closes, and whether it did.
    func readToEnd() -> (text: String, closed: Bool) {
        var all: [UInt8] = []
        while true {
            switch read() {
            case .bytes(let bytes): all += bytes
            case .ended, .reset: return (String(decoding: all, as: UTF8.self), true)
            case .nothing: return (String(decoding: all, as: UTF8.self), false)
            }
        }
    }

    private var left: [UInt8] = []

    struct Answer {
        var status: Int
        var head: String
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// One HTTP message with a Content-Length; nil when it does not come whole.
    func readMessage() -> (head: String, body: [UInt8])? {
        while true {
            if let end = left.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: left[..<end.lowerBound], as: UTF8.self)
                let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                let length = line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if left.count >= end.upperBound + length {
                    let body = Array(left[end.upperBound..<(end.upperBound + length)])
                    left.removeFirst(end.upperBound + length)
                    return (head, body)
                }
            }
            guard case .bytes(let more) = read() else { return nil }
            left += more
        }
    }

    func readAnswer() -> Answer? {
        guard let (head, body) = readMessage() else { return nil }
        return Answer(status: Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, head: head, body: body)
    }
}
