import HubConfig
import HubModel

/// Whether a request's `Host` names this machine: a web page can have its own name lead here, but not change the name under
/// which a browser asks.
enum LoopbackName {
    static func isMeant(_ host: String?, listening own: String) -> Bool {
        guard let host, let name = Self.name(host) else { return false }
        if name == own.lowercased() && !["0.0.0.0", "::"].contains(name) { return true }
        if name == "localhost" || name == "localhost." || name == "::1" { return true }
        // All four numbers: what is shorter is a name to some resolvers.
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { UInt8($0).map { "\($0)" } == String($0) }
    }

    /// The name without a port, in lower case; nil when it is none.
    private static func name(_ host: String) -> String? {
        let host = host.lowercased()
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            return isPort(host[host.index(after: end)...])
                ? String(host[host.index(after: host.startIndex)..<end]) : nil
        }
        let end = host.firstIndex(of: ":") ?? host.endIndex
        return isPort(host[end...]) ? String(host[..<end]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) })
    }
}
