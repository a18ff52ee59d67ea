internal import CCurl
import Foundation

extension Transfer {
    /// Why a request failed, when that is this machine's fault and says nothing of the receiver.
    func ownFault(_ result: CURLcode) -> String? {
        switch result {
        case CURLE_COULDNT_CONNECT:
            if let words = Self.shortage(socketError) { return words }
            var code = 0
            hub_curl_get_long(easy, CURLINFO_OS_ERRNO, &code)
            if let words = Self.shortage(Int32(clamping: code)) { return words }
            // A router far away may say the same of a network. What this machine knows no way to, it says by itself.
            let isUnreachable = code == Int(ENETUNREACH) || code == Int(EHOSTUNREACH)
            guard isUnreachable, !dialled.isEmpty, !dialled.contains(where: Self.hasRoute) else { return nil }
            return "this machine has no route to the address"
        case CURLE_OPERATION_TIMEDOUT:
            var lookedUp: curl_off_t = 0
            hub_curl_get_size(easy, CURLINFO_NAMELOOKUP_TIME_T, &lookedUp)
            let isResolving = lookedUp == 0 && dialled.isEmpty && !hasAnswers
            return isResolving ? "the resolver of this machine does not answer" : nil
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: return "this machine has no memory left for it"
        case CURLE_SSL_CACERT_BADFILE: return "this machine's list of certificate authorities cannot be read"
        default: return nil
        }
    }

    private static func shortage(_ code: Int32) -> String? {
        let words = String(cString: strerror(code))
        switch code {
        case EMFILE: return "this process has no descriptors left (EMFILE: \(words))"
        case ENFILE: return "this machine has no descriptors left (ENFILE: \(words))"
        case ENOMEM, ENOBUFS: return "this machine has no memory left for a connection (\(words))"
        case EADDRNOTAVAIL: return "this machine has no port left for a connection (\(words))"
        default: return nil
        }
    }

    /// Whether the routing table knows a way. Connecting a datagram socket looks it up and sends nothing.
    private static func hasRoute(to address: sockaddr_storage) -> Bool {
        var address = address
        let probe = socket(Int32(address.ss_family), Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        let length =
            Int32(address.ss_family) == AF_INET6
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(probe, $0, socklen_t(length)) }
        }
        return code == 0 || (errno != ENETUNREACH && errno != EHOSTUNREACH)
    }
}
