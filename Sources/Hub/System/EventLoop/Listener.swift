internal import CEvent
import Foundation

/// Opening of listening sockets, with errors an operator understands.
package enum Listener {
    /// A socket bound without SO_REUSEPORT, which would let a second process take half of the connections unnoticed;
    /// and its port. The caller closes it, or gives it to a server. It is closed on exec: a parent that hands it on to
    /// another program must say so.
    package static func open(host: String, port: Int) throws(HTTPServerError) -> (descriptor: Int32, port: Int) {
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        guard (0...65535).contains(port) else {
            throw HTTPServerError(description: "cannot listen on \(place): \(port) is not a port; ports are 0 to 65535")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let address = found?.pointee else {
            throw HTTPServerError(
                description: "cannot listen on \(place): \"\(host)\" is not an address of this machine "
                    + "(\(String(cString: gai_strerror(code)))); 127.0.0.1 is this machine only, 0.0.0.0 everywhere")
        }
        let descriptor = socket(
            address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        // Accepted sockets inherit it: a reply to a pipelined request must not wait for an acknowledgement.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        guard descriptor >= 0, bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, 1024) == 0
        else {
            let reason =
                switch errno {
                case EADDRINUSE: "another process listens there; stop it or choose another port"
                case EACCES: "not permitted; ports below 1024 need a privilege"
                case EADDRNOTAVAIL: "this machine has no such address"
                default: String(cString: strerror(errno))
                }
            if descriptor >= 0 { close(descriptor) }
            throw HTTPServerError(description: "cannot listen on \(place): \(reason)")
        }
        return (descriptor, boundPort(descriptor))
    }

    /// A listening socket that another process has opened, made fit for the loop; and its port.
    static func adopt(_ descriptor: Int32) throws(HTTPServerError) -> (descriptor: Int32, port: Int) {
        var (isListening, one): (Int32, Int32) = (0, 1)
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
            throw HTTPServerError(
                description: "cannot listen on the inherited descriptor \(descriptor): it is not a listening socket")
        }
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else {
            throw HTTPServerError(
                description: "cannot listen on the inherited descriptor \(descriptor): "
                    + String(cString: strerror(errno)))
        }
        return (descriptor, boundPort(descriptor))
    }

    private static func boundPort(_ descriptor: Int32) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        // The port stands at the same place in both families.
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
        }
    }
}
