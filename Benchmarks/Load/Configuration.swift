/// The configuration of a measured hub: the file, with what a scenario adds to it.
struct Configuration {
    private(set) var text: String
    /// What the first route sends, so that others can send the same.
    private let body: String

    init(_ text: String) {
        self.text = text
        body = text.firstRange(of: "\n    body:").map { String(text[$0.lowerBound...]) } ?? ""
    }

    /// Adds an endpoint, with its settings in YAML's flow style, and a route that sends it the webhooks that are apart.
    func withApart(_ settings: String) -> Configuration {
        var changed = self
        changed.insert(
            "  apart: { \(settings), timeout: 10s, concurrency: 64, allow: [127.0.0.0/8], \(Self.signature) }",
            before: "routes:")
        changed.text += Self.route("the tenth part", on: "call.ended", agent: "agent_apart", to: "apart") + body
        return changed
    }

    /// Adds endpoints that nothing is sent to.
    func withEndpoints(_ count: Int) -> Configuration {
        var changed = self
        let lines = (0..<count).map {
            "  waiting-\($0): { url: \"${env:BENCH_APART}/apart\", allow: [127.0.0.0/8], \(Self.hourly) }"
        }
        changed.insert(lines.joined(separator: "\n"), before: "routes:")
        return changed
    }

    /// Adds routes that no webhook of this tool takes.
    func withRoutes(_ count: Int, on type: String) -> Configuration {
        var changed = self
        for number in 1...count {
            changed.text += Self.route("other \(number)", on: type, agent: "agent_\(number)", to: "sink")
        }
        return changed
    }

    /// Adds a route that sends reports of Vapi on as they are.
    func withLargeReports() -> Configuration {
        var changed = self
        changed.text += """

              - name: long reports as they are
                on: call.ended
                from: [vapi]
                to: sink

            """
        return changed
    }

    func withRetention(_ age: String) -> Configuration {
        var changed = self
        changed.insert("  retention: { events: \(age) }", before: "adapters:")
        return changed
    }

    /// A retry policy by which deliveries wait a second each time, and live for a long time.
    static let everySecond = "retry: { max_attempts: 100, initial_delay: 1s, backoff_multiplier: 1, max_delay: 1s }"
    static let hourly = "retry: { max_attempts: 100, initial_delay: 3h, backoff_multiplier: 1, max_delay: 3h }"
    private static let signature =
        "sign: { scheme: hmac-sha256, secret: bench-sink-secret, header: X-Signature, prefix: \"sha256=\" }"

    private mutating func insert(_ lines: String, before heading: String) {
        text = text.replacing("\n\(heading)\n", with: "\n\(lines)\n\n\(heading)\n", maxReplacements: 1)
    }

    private static func route(_ name: String, on type: String, agent: String, to endpoint: String) -> String {
        """

          - name: \(name)
            on: \(type)
            filter:
              - { field_path: call.agent.id, operator: equals, value: \(agent) }
            to: \(endpoint)
        """
    }
}
