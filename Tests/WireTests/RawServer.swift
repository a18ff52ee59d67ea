import Foundation

/// A listening socket whose connections a test handles byte by byte, each on a thread of its own.
final class RawServer: Sendable {
    private let descriptor: Int32
    let port: Int

    init(backlog: Int32 = 64, _ handle: (@Sendable (RawSocket) -> Void)?) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound, listen(descriptor, backlog) == 0 else { throw RawSocket.Failure(what: "listen") }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        guard let handle else { return }
        Thread {
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0 { return }
                Thread {
                    let socket = RawSocket(descriptor: client)
                    socket.setPatience(.seconds(10))
                    handle(socket)
                }.start()
            }
        }.start()
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
