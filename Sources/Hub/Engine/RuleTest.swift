package import HubConfig
package import HubModel

/// An example in the configuration file: a payload, and the expected result.
package struct RuleTest: ConfigSection {
    /// The input of a test.
    package struct Given: ConfigSection {
        static let adapter = Key<String>("adapter", "The adapter that receives it.")
        static let payload = Key<Node>(
            "payload", "A file, the name of one of the adapter's samples, or the payload itself.")
        static let set = Key<Node?>("set", "Changes to the payload: paths with their new values.")
        package static var fields: [KeyField] { [adapter.field, payload.field, set.field] }

        package let adapter: String
        package let payload: Node
        package let changes: [(path: [String], value: JSON)]

        package init(_ section: Section) throws(ConfigError) {
            adapter = try section[Self.adapter]
            payload = try section[Self.payload]
            let set = try section[Self.set]
            if let set, set.members == nil {
                throw section.error("\"set\" must be a mapping of paths to values", at: Self.set)
            }
            changes = (set?.members ?? []).map {
                ($0.name.split(separator: ".").map(String.init), $0.value.revealedJSON())
            }
        }
    }

    /// The expected result.
    package struct Expected: ConfigSection {
        static let events = Key<[String]?>("events", "The canonical event types, in order.")
        static let deliveries = Key<Node?>(
            "deliveries",
            "The deliveries, in order: `to`, and optionally `route` and `body` (the members that must be there).")
        package static var fields: [KeyField] { [events.field, deliveries.field] }

        package let events: [String]?
        package let deliveries: [Delivery]?

        /// One delivery that is expected.
        package struct Delivery: ConfigSection {
            static let to = Key<String>("to", "The endpoint.")
            static let route = Key<String?>("route", "The route that makes it.")
            static let body = Key<Node?>("body", "Members that its body must have; further members are allowed.")
            package static var fields: [KeyField] { [to.field, route.field, body.field] }

            package let to: String
            package let route: String?
            package let body: JSON?

            package init(_ section: Section) throws(ConfigError) {
                to = try section[Self.to]
                route = try section[Self.route]
                body = try section[Self.body].map { $0.revealedJSON() }
            }
        }

        package init(_ section: Section) throws(ConfigError) {
            events = try section[Self.events]
            guard let node = try section[Self.deliveries] else {
                deliveries = nil
                return
            }
            var problems = Diagnostics()
            guard let elements = node.elements else {
                throw section.error("\"deliveries\" must be a list; [] for none", at: Self.deliveries)
            }
            deliveries = elements.compactMap { Delivery.read($0, of: "the delivery", &problems) }
            try problems.throwIfErrors()
        }
    }

    static let name = Key<String>("name", "The test's name.")
    static let given = Key<Given>("given", "The input.")
    static let expect = Key<Expected>("expect", "The expected result.")
    package static var fields: [KeyField] { [name.field, given.field, expect.field] }

    package let name: String
    package let given: Given
    package let expected: Expected
    package let span: Span

    package init(_ section: Section) throws(ConfigError) {
        name = try section[Self.name]
        given = try section[Self.given]
        expected = try section[Self.expect]
        span = section.place
    }

    static func compile(_ node: Node?, _ problems: inout Diagnostics) -> [RuleTest] {
        guard let node else { return [] }
        guard let elements = node.elements else {
            problems.error("\"tests\" must be a list", at: node.span, help: "Begin each test with `- name:`.")
            return []
        }
        return elements.compactMap {
            RuleTest.read($0, of: $0["name"]?.scalar.map { "test \"\($0.source)\"" } ?? "the test", &problems)
        }
    }
}
