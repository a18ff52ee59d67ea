import Foundation

/// A raw connection to a server under test: sends exactly the bytes it is told.
final class Wire {
    struct Answer: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Reading gives up after ten seconds, so that a broken server fails a test instead of hanging it.
    ///
    /// `host` is the last part of the address of this machine that it comes from.
    init(port: Int, from host: UInt32 = 1) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (UInt32(0x7F00_0000) + host).bigEndian
        let bound =
            host == 1
            ? 0
            : withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        guard bound == 0 else { throw WireError.refused }
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw WireError.refused }
    }

    deinit { hangUp() }

    enum WireError: Error { case refused, closed }

    private var isOpen = true

    func hangUp() {
        if isOpen { close(descriptor) }
        isOpen = false
    }

    /// Ends the connection with a reset, which drops what is on the way.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        hangUp()
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Whether all of it could be sent.
    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + at }, bytes.count - at, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            at += sent
        }
        return true
    }

    /// False when the peer has closed the connection, or reset it.
    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// The next answer; 100 Continue counts as one.
    func answer(toHead: Bool = false) throws -> Answer {
        let end: [UInt8] = [13, 10, 13, 10]
        var found = buffer.firstRange(of: end)
        while found == nil, fill() { found = buffer.firstRange(of: end) }
        guard let head = found else { throw WireError.closed }
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeSubrange(..<head.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = toHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        while buffer.count < length { guard fill() else { throw WireError.closed } }
        let body = String(decoding: buffer[..<length], as: UTF8.self)
        buffer.removeSubrange(..<length)
        return Answer(status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: headers, body: body)
    }

    /// The next chunk of an answer in pieces; empty for the last.
    func chunk() throws -> String {
        let line: [UInt8] = [13, 10]
        while buffer.firstRange(of: line) == nil { guard fill() else { throw WireError.closed } }
        guard let end = buffer.firstRange(of: line),
            let size = Int(String(decoding: buffer[..<end.lowerBound], as: UTF8.self), radix: 16)
        else { throw WireError.closed }
        let whole = end.upperBound + size + 2
        while buffer.count < whole { guard fill() else { throw WireError.closed } }
        defer { buffer.removeFirst(whole) }
        return String(decoding: buffer[end.upperBound..<(whole - 2)], as: UTF8.self)
    }

    /// What comes until the peer closes.
    func rest() -> String {
        while fill() {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }
}
