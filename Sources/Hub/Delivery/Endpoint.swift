package import HTTPClient
import HTTPSyntax
package import HubConfig
import HubModel
package import HubRouting
package import HubTemplates

/// A receiver: where deliveries go and how they are sent.
package struct Endpoint: Sendable {
    package enum Method: String, CaseIterable, ConfigChoice {
        case get = "GET", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    /// What a delivery without a body of its own says.
    package enum Format: String, CaseIterable, ConfigChoice { case event, cloudevents, envelope }

    package let name: String
    package let url: Template
    /// What printed values must leave as it is; nil when there are none.
    let urlShape: URLShape?
    package let method: Method
    package let headers: [(name: String, value: Template)]
    package let format: Format
    package let signer: Signer?
    package let timeout: Duration
    package let connectTimeout: Duration
    package let retry: RetryPolicy
    package let concurrency: Int
    package let policy: AddressPolicy
    /// The URL as the file has it, where it holds a secret; headers whose value holds one.
    package let shownURL: String?
    private let hiddenHeaders: Set<String>

    /// Whether a header's value is not for showing.
    package func hidesHeader(_ name: String) -> Bool { hiddenHeaders.contains(name.lowercased()) }

    static let url = Key<Node>("url", "Where to send; a template whose printed values are percent-encoded.")
    static let method = Key("method", "HTTP method.", default: Method.post)
    static let headers = Key<Node?>("headers", "Further headers; their values are templates.")
    static let format = Key(
        "format", "What is sent when the route has no body: the event, CloudEvents 1.0, or an envelope.",
        default: Format.event)
    static let sign = Key<Signer?>("sign", "How the receiver can verify that a request comes from the hub.")
    static let timeout = Key(
        "timeout", "From the start of a request to the end of its answer.", default: Duration.seconds(10),
        in: .milliseconds(100)...Duration.seconds(300))
    static let connectTimeout = Key(
        "connect_timeout", "How long connecting may take.", default: Duration.seconds(5),
        in: .milliseconds(100)...Duration.seconds(60))
    static let retry = Key("retry", "When a failed delivery is sent again.", default: RetryPolicy())
    static let concurrency = Key("concurrency", "The maximum number of concurrent requests.", default: 16, in: 1...1000)
    static let allow = Key<[IPNetwork]>(
        "allow", "Non-public address ranges that may be connected to, such as 10.0.0.0/8.", default: [])

    package static var fields: [KeyField] {
        [
            url.field, method.field, headers.field, format.field, sign.field, timeout.field, connectTimeout.field,
            retry.field,
            concurrency.field, allow.field,
        ]
    }

    /// Reads an endpoint; nil when something is wrong with it, which is in `problems`.
    package static func compile(
        _ name: String, _ node: Node, texts: TemplateText, checker: RuleChecker, allowPrivate: Bool,
        _ problems: inout Diagnostics
    ) -> Endpoint? {
        let checker = checker.used(by: "endpoint \"\(name)\"")
        var own = Diagnostics()
        let section = Section(node, of: "endpoint \"\(name)\"", fields: fields, &own)
        defer { problems.add(own) }
        guard !own.hasErrors else {
            // What can still be looked at is, so that one run shows all mistakes.
            if let url = node["url"] { _ = Self.url(url, texts, checker, &own) }
            return nil
        }
        do {
            let urlNode = try section[Self.url]
            let url = Self.url(urlNode, texts, checker, &own)
            let headersNode = try section[Self.headers]
            let headers = headers(headersNode, texts, checker, &own)
            let hidden = (headersNode?.members ?? []).filter { $0.value.scalar?.hasReferences == true }.map {
                $0.name.lowercased()
            }
            let networks = try section[Self.allow].map { IPRange(prefix: $0.address, length: $0.prefix) }
            let policy = allowPrivate ? AddressPolicy.everything : .publicAnd(networks)
            Self.checkAddress(urlNode, policy, &own)
            guard let url, !own.hasErrors else { return nil }
            return Endpoint(
                name: name, url: url, urlShape: urlNode.scalar.flatMap { URLShape(template: $0.source) },
                method: try section[Self.method], headers: headers,
                format: try section[Self.format],
                signer: try section[Self.sign], timeout: try section[Self.timeout],
                connectTimeout: try section[Self.connectTimeout], retry: try section[Self.retry],
                concurrency: try section[Self.concurrency], policy: policy,
                shownURL: urlNode.scalar.flatMap { $0.hasReferences ? $0.source : nil }, hiddenHeaders: Set(hidden))
        } catch {
            own.add(error)
            return nil
        }
    }

    private static func url(
        _ node: Node, _ texts: TemplateText, _ checker: RuleChecker, _ problems: inout Diagnostics
    ) -> Template? {
        if let text = node.scalar?.text, !text.hasPrefix("{") {
            if !text.hasPrefix("http://"), !text.hasPrefix("https://") {
                problems.error("the url must begin with http:// or https://", at: node.span)
            } else if let wrong = URLShape.problem(inFixedPartOf: text) {
                problems.error(wrong, at: node.span, help: "Write it like https://example.com/path.")
            }
        }
        checker.template(node, &problems)
        return texts.template(node, output: .url, &problems)
    }

    /// An address that can never be dialled is better known before the first delivery.
    private static func checkAddress(_ node: Node, _ policy: AddressPolicy, _ problems: inout Diagnostics) {
        guard let text = node.scalar?.text, let host = URLShape.fixedHost(of: text),
            let address = IPAddress(host: host),
            let kind = policy.refusal(of: address)
        else { return }
        if AddressPolicy.isMetadata(address) {
            problems.error(
                "the url leads to \(kind.prefix { $0 != "," }), where credentials are handed out", at: node.span,
                help: "Whoever can choose what is sent there can take over the machine's account.")
        } else {
            problems.warning(
                "no delivery will be made to this address: it is \(kind)", at: node.span,
                help: "Name it in the endpoint's `allow` if it is meant.")
        }
    }

    private static func headers(
        _ node: Node?, _ texts: TemplateText, _ checker: RuleChecker, _ problems: inout Diagnostics
    ) -> [(name: String, value: Template)] {
        guard let node else { return [] }
        guard let members = node.members else {
            problems.error("\"headers\" must be a mapping of names to values", at: node.span)
            return []
        }
        return members.compactMap { member in
            switch HeaderName.refusal(of: member.name) {
            case .malformed:
                problems.error("\"\(member.name)\" is not a valid header name", at: member.nameSpan)
            case .reserved:
                problems.error(
                    "the hub sets the header \(member.name) itself", at: member.nameSpan, help: "Leave it out.")
            case nil: break
            }
            checker.template(member.value, &problems)
            return texts.template(member.value, output: .header, &problems).map { (member.name, $0) }
        }
    }
}

extension RetryPolicy: ConfigSection {
    static let maxAttempts = Key(
        "max_attempts", "The maximum number of attempts before a delivery is dead.", default: RetryPolicy().maxAttempts,
        in: 1...100)
    static let initialDelay = Key(
        "initial_delay", "The wait before the second attempt.", default: RetryPolicy().initialDelay,
        in: .milliseconds(10)...Duration.seconds(86_400))
    static let multiplier = Key(
        "backoff_multiplier", "The factor by which each further wait grows.", default: RetryPolicy().multiplier,
        in: 1...10)
    static let maxDelay = Key(
        "max_delay", "The longest wait.", default: RetryPolicy().maxDelay,
        in: .milliseconds(10)...Duration.seconds(604_800))
    static let maxRetryAfter = Key(
        "max_retry_after", "The longest `Retry-After` that is honoured.", default: RetryPolicy().maxRetryAfter,
        in: Duration.zero...Duration.seconds(604_800))
    static let retryOn = Key(
        "retry_on", "Results that are retried: a status, `4xx`, `5xx`, or `network`.",
        default: RetryPolicy().conditions)

    package static var fields: [KeyField] {
        [maxAttempts.field, initialDelay.field, multiplier.field, maxDelay.field, maxRetryAfter.field, retryOn.field]
    }

    package init(_ section: Section) throws(ConfigError) {
        self.init()
        maxAttempts = try section[Self.maxAttempts]
        initialDelay = try section[Self.initialDelay]
        multiplier = try section[Self.multiplier]
        maxDelay = try section[Self.maxDelay]
        maxRetryAfter = try section[Self.maxRetryAfter]
        conditions = try section[Self.retryOn]
        if maxDelay < initialDelay {
            throw section.error("\"max_delay\" is shorter than \"initial_delay\"", at: Self.maxDelay)
        }
    }
}

extension RetryPolicy.Condition: ConfigValue {
    package static var typeInWords: String { "status such as 429, 4xx, 5xx or network" }

    package var configText: String {
        switch self {
        case .status(let code): String(code)
        case .statusClass(let hundreds): "\(hundreds)xx"
        case .network: "network"
        }
    }

    package static func read(_ node: Node, _ problems: inout Diagnostics) -> Self? {
        let text = node.scalar?.text ?? ""
        if text == "network" { return .network }
        if text.count == 3, text.hasSuffix("xx"), let hundreds = Int(text.prefix(1)), (3...5).contains(hundreds) {
            return .statusClass(hundreds)
        }
        if let code = Int(text), (300...599).contains(code) { return .status(code) }
        return refuse(node, &problems)
    }
}
