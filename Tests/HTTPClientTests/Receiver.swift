import Foundation
import Synchronization

/// A raw server: each connection is given to `serve` on a thread of its own, which reads and writes bytes as it likes.
final class Receiver: Sendable {
    let port: Int
    private let descriptor: Int32
    private let count = Mutex(0)

    /// How many connections were accepted.
    var connections: Int { count.withLock { $0 } }

    init(serve: @escaping @Sendable (Line) -> Void) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length)
                listen(descriptor, 1024)
                getsockname(descriptor, $0, &length)
            }
            return Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
        Thread.detachNewThread { [weak self] in
            while true {
                let line = accept(descriptor, nil, nil)
                guard line >= 0 else { return }
                self?.count.withLock { $0 += 1 }
                Thread.detachNewThread {
                    serve(Line(line))
                    close(line)
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// One accepted connection.
    struct Line: Sendable {
        private let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// One whole request; nil when the client closed.
        func request() -> String? {
            var text = ""
            while true {
                if let end = text.range(of: "\r\n\r\n") {
                    let length =
                        text[..<end.lowerBound].components(separatedBy: "Content-Length: ").dropFirst().first
                        .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
                    if text[end.upperBound...].utf8.count >= length { return text }
                }
                var chunk = [UInt8](repeating: 0, count: 65536)
                let count = recv(descriptor, &chunk, chunk.count, 0)
                guard count > 0 else { return nil }
                text += String(decoding: chunk[..<count], as: UTF8.self)
            }
        }

        /// Waits until the client has closed.
        func wait() { while request() != nil {} }
    }

    static let fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
}
