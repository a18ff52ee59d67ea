package import AdapterKit
package import HubConfig
package import HubModel

/// An adapter as the configuration sets it up: one of its module, under a name and a path of its own.
package final class Source: Sendable {
    package let name: String
    package let spec: AdapterSpec
    package let adapter: any Adapter
    package let path: String
    package let networks: [IPNetwork]
    package let maxBody: Int
    /// Whether the provider sends again what was not accepted.
    package let retries: Bool
    /// Whether no webhook can come with a key that its proof does not cover. With a signature and a secret side by side one
    /// can: what the secret lets in may take the key of a signed webhook that is still to come.
    package let provesKeys: Bool
    /// Removes the credentials contained in its payloads.
    package let redaction: Redaction
    /// Names of the headers that carry the proof, as bytes in lower case.
    fileprivate let proofHeaders: Set<[UInt8]>
    /// A provider sends the same headers with every webhook.
    fileprivate let memo = HeaderMemo()

    /// The headers as they are kept: of those that are not known to be harmless, only the name.
    func keptHeaders(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        headers.map { name, value in (name, memo.hides(name, otherwise: hides) ? Redaction.mark : value) }
    }

    private func hides(_ header: String) -> Bool {
        let name = header.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return proofHeaders.contains(name) || !Self.harmless.contains(name)
    }

    /// Headers whose values are kept. A list of what is secret would never be whole: providers and proxies have names of
    /// their own for it.
    private static let harmless = Set(
        [
            "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "cf-ipcountry", "cf-ray",
            "connection", "content-encoding", "content-language", "content-length", "content-type", "date", "expect",
            "host", "pragma", "transfer-encoding", "traceparent", "user-agent", "via", "webhook-id",
            "webhook-timestamp", "x-amzn-trace-id", "x-cloud-trace-context", "x-correlation-id", "x-forwarded-for",
            "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip", "x-request-id",
            "x-webhook-attempt", "x-webhook-event", "x-webhook-id", "x-webhook-timestamp",
        ].map { Array($0.utf8) })

    fileprivate init(
        _ name: String, _ spec: AdapterSpec, _ adapter: any Adapter, path: String, _ common: CommonSettings
    ) {
        (self.name, self.spec, self.adapter, self.path) = (name, spec, adapter, path)
        (networks, maxBody, retries) = (common.networks, common.maxBody, common.retries ?? spec.retries)
        provesKeys = adapter.proof.alwaysProvesBody
        redaction = Redaction(spec.credentials)
        proofHeaders = Set(
            adapter.proof.carriers.map { $0.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } })
    }

    /// The event types that its webhooks can become.
    package var types: Set<EventType> { Set(spec.events.flatMap(\.types)) }
}

/// All sources of one configuration, by path.
package struct SourceTable: Sendable {
    package let sources: [Source]
    private let byPath: [String: Source]

    package init(_ sources: [Source]) {
        self.sources = sources
        byPath = Dictionary(sources.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(name name: String) -> Source? { sources.first { $0.name == name } }

    package func source(at path: Substring) -> Source? {
        if sources.count <= 8 {
            // Fewer than a hash of the path would cost.
            if let source = sources.first(where: { $0.path == path }) { return source }
        } else if let source = byPath[String(path)] {
            return source
        }
        guard path.count > 1, path.hasSuffix("/") else { return nil }
        return byPath[String(path.dropLast())]
    }

    /// Paths that the hub answers itself.
    package static let reserved = ["/healthz", "/inbox"]

    /// Reads the section `adapters:`; all mistakes are in `problems`.
    package static func compile(_ node: Node?, modules: [any Adapter.Type], _ problems: inout Diagnostics)
        -> SourceTable
    {
        guard let node else { return SourceTable([]) }
        guard let members = node.members else {
            problems.error(
                "\"adapters\" must be a mapping of names to settings, not \(node.kindInWords)", at: node.span)
            return SourceTable([])
        }
        var sources: [Source] = []
        var places: [String: Span] = [:]
        for member in members {
            guard let source = compile(member, modules: modules, &problems) else { continue }
            let place = member.value["path"]?.span ?? member.nameSpan
            if let first = places[source.path] {
                problems.error(
                    "two adapters are at the path \(source.path)", at: place, help: "Give one of them another `path`.",
                    notes: [.init("the first is here", at: first)])
            }
            if reserved.contains(where: { source.path == $0 || source.path.hasPrefix($0 + "/") }) {
                problems.error(
                    "the path \(source.path) is the hub's own", at: place,
                    help: "Choose another, such as /webhooks/\(source.name).")
            }
            places[source.path] = place
            sources.append(source)
        }
        return SourceTable(sources)
    }

    private static func compile(_ member: Node.Member, modules: [any Adapter.Type], _ problems: inout Diagnostics)
        -> Source?
    {
        let name = member.name
        if name.isEmpty || !name.utf8.allSatisfy({ ($0 | 0x20).isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F }) {
            problems.error("an adapter's name is made of letters, digits, - and _", at: member.nameSpan)
            return nil
        }
        let wanted = member.value["use"]?.scalar?.text ?? name
        guard let module = modules.first(where: { $0.spec.name == wanted }) else {
            let known = modules.map { $0.spec.name }
            let use = member.value["use"]
            let help: String
            if use?.scalar?.hasReferences != true, let guess = nearest(wanted, in: known) {
                help = "Did you mean \"\(guess)\"?"
            } else if use == nil {
                help = "Name the provider's module with `use:`; there is \(known.joined(separator: ", "))."
            } else {
                help = "There is \(known.joined(separator: ", "))."
            }
            let common = CommonSettings.fields.map(\.name)
            problems.error(
                "there is no adapter module \(use?.shownInMessages ?? "\"\(wanted)\"")",
                at: use?.span ?? member.nameSpan, help: help,
                hiding: (member.value.members ?? []).filter { !common.contains($0.name) }.map(\.value))
            return nil
        }
        let spec = module.spec
        // With a secret that could not be read, whatever the module says of it would be noise.
        let isUnread = problems.hasErrors(within: member.value.span)
        var own = Diagnostics()
        // `voqo:` with nothing after it has no settings; that is not the same as a missing section.
        let node = member.value.isNull ? Node.empty(name, at: member.nameSpan) : member.value
        let section = Section(node, of: "adapter \"\(name)\"", fields: CommonSettings.fields + spec.settings, &own)
        defer { problems.add(own) }
        do {
            let common = try CommonSettings(section)
            if isUnread { return nil }
            let adapter = try module.init(section)
            guard !own.hasErrors else { return nil }
            return Source(name, spec, adapter, path: common.path ?? "/webhooks/\(name)", common)
        } catch {
            own.add(error)
            return nil
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
