/// An absolute `http` or `https` URL, checked for its shape and kept as it was written.
public struct URLText: ConfigValue, Hashable {
    public let text: String
    /// `http` or `https`.
    public let scheme: String
    /// A name or an address, lower case, IPv6 with its brackets.
    public let host: String
    /// As written; nil when the scheme's own is meant.
    public let port: Int?
    /// From the first slash after the host, with the query; empty when there is none.
    public let path: String

    /// Nil unless `text` is an absolute URL without user information, blanks or control characters.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }),
            let colon = text.firstRange(of: "://")
        else { return nil }
        let scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return nil }
        let host: Substring
        let behind: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[...close]
            behind = authority[authority.index(after: close)...]
            guard IPNetwork(String(host.dropFirst().dropLast()))?.address.count == 16 else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            behind = authority[host.endIndex...]
        }
        // A host is never percent-encoded; libraries that decode one would dial something else than was read.
        guard !host.isEmpty, !host.contains("%") else { return nil }
        var port: Int?
        if !behind.isEmpty {
            let digits = behind.dropFirst()
            guard behind.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
        }
        (self.text, self.scheme, self.host, self.port) = (text, scheme, host.lowercased(), port)
        path = String(rest[authority.endIndex...])
    }

    public static var typeInWords: String { "URL" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> URLText? {
        guard let scalar = node.scalar, scalar.value != .null else { return refuse(node, &problems) }
        return URLText(scalar.text)
            ?? refuse(
                node, &problems, wanted: "an absolute URL",
                help: "It begins with https:// or http:// and has a host, without a user name or spaces.")
    }

    public var configText: String { text }
}
