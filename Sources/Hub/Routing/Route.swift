package import HubConfig
package import HubModel
package import HubTemplates

/// A rule: which events go where, and what is said.
package struct Route: Sendable {
    package let name: String
    /// The event types it is for.
    package let types: [EventType]
    /// The sources it is for; nil for all.
    package let sources: Set<String>?
    package let condition: Expression?
    package let filters: [FilterRule]
    package let sends: [Send]
    let span: HubConfig.Span

    /// One delivery that the route makes.
    package struct Send: Sendable {
        package let endpoint: String
        /// Nil: the endpoint's default body.
        package let body: Body?
    }

    static let name = Key<String>("name", "The route's unique name, as shown in listings and logs.")
    static let on = Key<[String]>("on", "Event types, or patterns such as `call.*`.")
    static let from = Key<[String]>("from", "Adapters whose events the route accepts (default: all).", default: [])
    static let when = Key<Node?>("when", "An expression that must be true, such as `call.duration_s >= 30`.")
    static let filter = Key<[FilterRule]>("filter", "Conditions written as data; all must be met.", default: [])
    static let to = Key<[String]>("to", "One endpoint or several.", default: [])
    static let body = Key<Node?>(
        "body", "What is sent: a tree whose leaves are templates, or text. Without it, the event.")
    static let template = Key<String?>("template", "A body from `templates`, by name.")
    static let send = Key<[SendSection]>(
        "send", "Instead of `to`: several deliveries with bodies of their own.", default: [])

    package static var fields: [KeyField] {
        [name.field, on.field, from.field, when.field, filter.field, to.field, body.field, template.field, send.field]
    }

    /// One element of `send`.
    struct SendSection: ConfigSection {
        static let to = Key<[String]>("to", "One endpoint or several.")
        static var fields: [KeyField] { [to.field, Route.body.field, Route.template.field] }

        let section: Section

        init(_ section: Section) throws(ConfigError) { self.section = section }
    }
}

/// Every name that routes may refer to.
package struct RouteSurroundings: Sendable {
    /// Adapter names with the event types each can produce.
    package var adapters: [(name: String, types: Set<EventType>)]
    package var endpoints: [String]
    package var templates: NamedTemplates

    package init(
        adapters: [(name: String, types: Set<EventType>)], endpoints: [String], templates: NamedTemplates
    ) {
        (self.adapters, self.endpoints, self.templates) = (adapters, endpoints, templates)
    }
}

extension Route {
    /// Reads a route; nil when something is wrong with it, which is in `problems`.
    static func compile(_ node: Node, _ known: RouteSurroundings, _ problems: inout Diagnostics) -> Route? {
        var own = Diagnostics()
        let title = node["name"]?.scalar?.source
        let section = Section(node, of: title.map { "route \"\($0)\"" } ?? "the route", fields: fields, &own)
        let name = read(section, Self.name, &own)
        let patterns = read(section, on, &own)
        let from = read(section, from, &own) ?? []
        let filters = read(section, filter, &own)
        var types: [EventType] = []
        for pattern in patterns ?? [] {
            let matching = EventType.catalogue.map(\.type).filter { matches($0.rawValue, pattern) }
            if matching.isEmpty {
                let written = element(pattern, of: section, on)
                let guess =
                    written.isHidden ? nil : nearest(pattern, in: EventType.catalogue.map(\.type.rawValue))
                own.error(
                    "no event is called \(written.shown)", at: written.span,
                    help: guess.map { "Did you mean \"\($0)\"?" } ?? "`hub model` lists the event types.")
            }
            for type in matching where !types.contains(type) { types.append(type) }
        }
        for source in from where !known.adapters.contains(where: { $0.name == source }) {
            let written = element(source, of: section, Self.from)
            own.error(
                "there is no adapter \(written.shown)", at: written.span,
                help: suggestion(written.isHidden ? "" : source, known.adapters.map(\.name), "adapters"))
        }
        let producing = known.adapters.filter { from.isEmpty || from.contains($0.name) }
        if !types.isEmpty, !producing.isEmpty, !own.hasErrors,
            !types.contains(where: { type in producing.contains { $0.types.contains(type) } })
        {
            own.error(
                "the route can never match: no event it is for comes from \(from.isEmpty ? "any adapter" : from.joined(separator: ", "))",
                at: section.span(of: on), help: "`hub adapters` lists what each adapter sends.")
        }
        // Without types there is nothing to check against, and a second complaint would not help.
        let checker =
            types.isEmpty
            ? nil
            : RuleChecker(types: types, templates: known.templates, user: title.map { "route \"\($0)\"" })
        let condition = read(section, when, &own)?.map { node in
            checker?.condition(node, &own)
            return known.templates.texts.expression(node, &own)
        }
        // What the conditions ask about, the bodies need not ask again.
        let inside = checker?.assuming(section.node[when.name]).assuming(filters ?? [])
        let sends = sends(section, known, inside, &own)
        problems.add(own)
        guard let name, let filters, let sends, !own.hasErrors else { return nil }
        return Route(
            name: name, types: types, sources: from.isEmpty ? nil : Set(from), condition: condition ?? nil,
            filters: filters,
            sends: sends, span: section.place)
    }

    private static func sends(
        _ section: Section, _ known: RouteSurroundings, _ checker: RuleChecker?, _ problems: inout Diagnostics
    ) -> [Send]? {
        guard let list = read(section, send, &problems), let to = read(section, to, &problems) else { return nil }
        if !list.isEmpty, !to.isEmpty {
            problems.error(
                "give either \"to\" or \"send\"", at: section.span(of: Self.to),
                help: "Put the endpoints of \"to\" into \"send\".")
        }
        if list.isEmpty, to.isEmpty {
            problems.error("\(section.subject) sends to nobody", at: section.place, help: "Give \"to\" an endpoint.")
        }
        if !list.isEmpty, section.isGiven(body) || section.isGiven(template) {
            problems.error(
                "a body beside \"send\" would not be used",
                at: section.isGiven(body) ? section.span(of: body) : section.span(of: template),
                help: "Put it into the elements of \"send\".")
        }
        var sends: [Send] = []
        if list.isEmpty {
            let body = body(section, known, checker, &problems)
            for name in to {
                sends +=
                    endpoint(name, section, Self.to, known, &problems).map { [Send(endpoint: $0, body: body)] } ?? []
            }
        }
        for element in list {
            let body = body(element.section, known, checker, &problems)
            for name in read(element.section, SendSection.to, &problems) ?? [] {
                sends +=
                    endpoint(name, element.section, SendSection.to, known, &problems).map {
                        [Send(endpoint: $0, body: body)]
                    } ?? []
            }
        }
        return sends
    }

    private static func endpoint(
        _ name: String, _ section: Section, _ key: Key<[String]>, _ known: RouteSurroundings,
        _ problems: inout Diagnostics
    ) -> String? {
        if known.endpoints.contains(name) { return name }
        let written = element(name, of: section, key)
        problems.error(
            "there is no endpoint \(written.shown)", at: written.span,
            help: suggestion(written.isHidden ? "" : name, known.endpoints, "endpoints"))
        return nil
    }

    private static func body(
        _ section: Section, _ known: RouteSurroundings, _ checker: RuleChecker?, _ problems: inout Diagnostics
    ) -> Body? {
        let node = read(section, body, &problems) ?? nil
        let name = read(section, template, &problems) ?? nil
        if node != nil, name != nil {
            problems.error("give either \"body\" or \"template\"", at: section.span(of: template))
        }
        if let node {
            checker?.body(node, &problems)
            return Body.compile(node, known.templates.texts, &problems)
        }
        guard let name else { return nil }
        if let found = known.templates.bodies.first(where: { $0.name == name }) {
            // A template may be right for one route and wrong for another: each use is checked.
            checker?.body(found.node, &problems)
            return found.body
        }
        if known.templates.names.contains(name) { return nil }
        problems.error(
            "there is no template \(section.shown(template))", at: section.span(of: template),
            help: suggestion(
                section.node[template.name]?.scalar?.hasReferences == true ? "" : name, known.templates.names,
                "templates"))
        return nil
    }

    private static func read<Value>(_ section: Section, _ key: Key<Value>, _ problems: inout Diagnostics) -> Value? {
        do { return try section[key] } catch {
            problems.add(error)
            return nil
        }
    }

    /// The place of one element of a list, and how messages quote it: never what a reference in it stands for.
    private static func element(
        _ text: String, of section: Section, _ key: Key<[String]>
    ) -> (span: HubConfig.Span, shown: String, isHidden: Bool) {
        let given = section.node[key.name]
        let node = given?.elements?.first { $0.scalar?.text == text } ?? given
        return (
            node?.span ?? section.span(of: key), node?.shownInMessages ?? "\"\(text)\"",
            node?.scalar?.hasReferences == true
        )
    }

    private static let mostListed = 20

    private static func suggestion(_ word: String, _ known: [String], _ section: String) -> String {
        if let guess = nearest(word, in: known) { return "Did you mean \"\(guess)\"?" }
        guard !known.isEmpty else { return "The file has no \(section)." }
        let listed = known.prefix(mostListed).map { "\"\($0)\"" }.joined(separator: ", ")
        return "There is \(listed)\(known.count > mostListed ? " and \(known.count - mostListed) more" : "")."
    }

    /// `*` is any run of characters.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return name == pattern }
        var rest = name[...]
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else {
                guard let range = rest.firstRange(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return true
    }
}
