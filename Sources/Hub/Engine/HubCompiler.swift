package import AdapterKit
package import HubConfig
package import HubDelivery
package import HubIngress
package import HubModel
package import HubPlanning
package import HubRouting
import TLS

/// A configuration compiled whole: what a hub runs by.
package struct CompiledHub: Sendable {
    package let settings: HubSettings
    package let inbound: Inbound
    package let outbound: Outbound
    package let tests: [RuleTest]
    package let configuration: Configuration
    package let warnings: Diagnostics
    /// What the hub proves itself with when it speaks TLS.
    let identity: TLSIdentity?
    /// Everything that was read, to be watched for changes.
    package let filesRead: [String]

    /// Whether the hub speaks TLS.
    package var isEncrypted: Bool { identity != nil }
    package var sources: SourceTable { inbound.sources }
    package var rules: Rules { inbound.rules }
}

/// Turns configuration files into what a hub runs by, or into everything that is wrong with them.
package struct HubCompiler: Sendable {
    package var modules: [any Adapter.Type]
    package var loader: ConfigLoader
    /// Development: private addresses may be dialled, and there is an endpoint `inbox`.
    package var isDevelopment: Bool
    package var clock: @Sendable () -> Timestamp = { Hub.systemClock() }

    package init(modules: [any Adapter.Type], loader: ConfigLoader = ConfigLoader(), isDevelopment: Bool = false) {
        (self.modules, self.loader, self.isDevelopment) = (modules, loader, isDevelopment)
    }

    static let hub = Key<Node?>("hub", "The hub itself: where it listens, where it keeps its data.")
    static let adapters = Key<Node?>("adapters", "Providers that send webhooks, by name.")
    static let endpoints = Key<Node?>("endpoints", "Receivers of deliveries, by name.")
    static let templates = Key<Node?>(
        "templates", "Bodies that several routes use, and text that templates use, by name.")
    static let vars = Key<Node?>("vars", "Values of your own, for templates and conditions.")
    static let routes = Key<Node?>("routes", "Rules: which events are delivered where, and with which body.")
    static let tests = Key<Node?>("tests", "Examples with their expected results; `hub test` runs them.")

    static let sections: [KeyField] = [
        hub.field, adapters.field, endpoints.field, templates.field, vars.field, routes.field, tests.field,
    ]

    /// Reads the file at `path` with the overlay of one environment. Throws all mistakes at once.
    package func compile(_ path: String, overlay: String? = nil) throws(Diagnostics) -> CompiledHub {
        let (configuration, found) = loader.inspect(path, overlay: overlay)
        guard let configuration else { throw found }
        let veil = Veil([configuration.root])
        do throws(Diagnostics) { return try compile(configuration, of: path, found, veil) } catch {
            throw error.covered(by: veil)
        }
    }

    private func compile(
        _ configuration: Configuration, of path: String, _ found: Diagnostics, _ veil: Veil
    ) throws(Diagnostics) -> CompiledHub {
        var problems = found
        let root = configuration.root
        let top = Section(root, of: "the configuration", fields: Self.sections, &problems)
        func node(_ key: Key<Node?>) -> Node? { (try? top[key]).flatMap(\.self) }

        let settings = HubSettings.read(node(Self.hub) ?? .empty("hub", at: top.place), of: "\"hub\"", &problems)
        // Development is plain HTTP on loopback.
        let files = isDevelopment ? nil : settings?.tls
        let identity = files.flatMap {
            ServerIdentity.load($0, of: path, loader.environment, at: clock(), &problems)
        }
        let sources = SourceTable.compile(node(Self.adapters), modules: modules, &problems)
        let templates = NamedTemplates.compile(node(Self.templates), &problems)
        let endpoints = endpoints(node(Self.endpoints), settings, templates, &problems)
        let vars = node(Self.vars)
        if let vars, vars.members == nil {
            problems.error("\"vars\" must be a mapping of names to values", at: vars.span)
        }
        let surroundings = RouteSurroundings(
            adapters: adapterNames(node(Self.adapters), sources), endpoints: endpoints.names,
            templates: templates)
        let routes = RouteTable.compile(routes: node(Self.routes), surroundings: surroundings, &problems)
        let tests = RuleTest.compile(node(Self.tests), &problems)
        if sources.sources.isEmpty, !problems.hasErrors {
            problems.warning(
                "there are no adapters, so no webhook can be received", at: top.place,
                help: "Add a section `adapters:`.")
        }
        guard let settings, !problems.hasErrors else { throw problems }
        let rules = Rules(
            routes: routes, vars: vars?.revealedJSON() ?? .object([:]), digest: configuration.digest, veil: veil)
        return CompiledHub(
            settings: settings, inbound: Inbound(sources: sources, rules: rules),
            outbound: Outbound(rules: rules, endpoints: endpoints.compiled), tests: tests,
            configuration: configuration, warnings: problems.covered(by: veil), identity: identity,
            filesRead: configuration.filesRead
                + (files.map { [$0.certificate.path, $0.key.path].map { ServerIdentity.full($0, path) } } ?? []))
    }

    /// The section `hub` of a file, whatever is wrong in its other sections. Throws what is wrong with it.
    package func settings(_ path: String, overlay: String? = nil) throws(Diagnostics) -> HubSettings {
        let (configuration, found) = loader.inspect(path, overlay: overlay)
        guard let root = configuration?.root else { throw found }
        var problems = Diagnostics()
        let node = root[Self.hub.name] ?? .empty("hub", at: root.span)
        guard let settings = HubSettings.read(node, of: "\"hub\"", &problems), !problems.hasErrors else {
            throw problems.covered(by: Veil([root]))
        }
        return settings
    }

    /// Covers the secrets of a file in messages, whatever is wrong with it.
    package func veil(_ path: String, overlay: String? = nil) -> Veil {
        loader.inspect(path, overlay: overlay).configuration.map { Veil([$0.root]) } ?? Veil()
    }

    /// The templates and `vars` of a file, whatever is wrong in its other sections. Throws what is wrong with them.
    package func templates(
        _ path: String, overlay: String? = nil
    ) throws(Diagnostics) -> (templates: NamedTemplates, vars: JSON, veil: Veil) {
        let (configuration, found) = loader.inspect(path, overlay: overlay)
        guard let root = configuration?.root else { throw found }
        var problems = Diagnostics()
        let templates = NamedTemplates.compile(root[Self.templates.name], &problems)
        let veil = Veil([root])
        if problems.hasErrors { throw problems.covered(by: veil) }
        return (templates, root[Self.vars.name]?.revealedJSON() ?? .object([:]), veil)
    }

    /// Every adapter's name, including those with mistakes: a route may refer to them without a second complaint.
    private func adapterNames(_ node: Node?, _ sources: SourceTable) -> [(name: String, types: Set<EventType>)] {
        let all = Set(EventType.catalogue.map(\.type))
        return (node?.members ?? []).map { member in (member.name, sources[name: member.name]?.types ?? all) }
    }

    private func endpoints(
        _ node: Node?, _ settings: HubSettings?, _ templates: NamedTemplates, _ problems: inout Diagnostics
    ) -> (names: [String], compiled: [Endpoint]) {
        var names: [String] = []
        var compiled: [Endpoint] = []
        if let node, node.members == nil {
            problems.error(
                "\"endpoints\" must be a mapping of names to settings, not \(node.kindInWords)", at: node.span)
        }
        // An endpoint may get events of any type.
        let checker = RuleChecker(types: EventType.catalogue.map(\.type), templates: templates)
        for member in node?.members ?? [] {
            names.append(member.name)
            let endpoint = Endpoint.compile(
                member.name, member.value, texts: templates.texts, checker: checker, allowPrivate: isDevelopment,
                &problems)
            if let endpoint { compiled.append(endpoint) }
        }
        if isDevelopment, !names.contains("inbox"), let settings {
            let place = Span(file: "the built-in inbox")
            guard settings.port != 0 else {
                problems.error(
                    "the inbox of --dev needs a port that is known before the hub runs", at: place,
                    help: "Name one in `hub.listen`, such as 127.0.0.1:8080, or an endpoint `inbox` of your own.")
                return (names + ["inbox"], compiled)
            }
            let url = Node(
                .mapping([
                    .init(
                        name: "url", nameSpan: place,
                        value: Node(
                            .scalar(Scalar("http://127.0.0.1:\(settings.port)/inbox")), span: place, name: "url"))
                ]),
                span: place)
            names.append("inbox")
            let inbox = Endpoint.compile(
                "inbox", url, texts: templates.texts, checker: checker, allowPrivate: true, &problems)
            if let inbox { compiled.append(inbox) }
        }
        return (names, compiled)
    }

    /// The reference page of the configuration language, for the modules that are built in.
    package func reference() -> String {
        var page = """
            # Configuration

            Every setting of the configuration file. This page is written by `hub reference` from the keys that the
            program declares; do not edit it.

            Values may contain `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}`: their values are text, never template
            source, and never shown: wherever one turns up in a message, an answer or a list, its reference is shown instead, and a body
            that contains it is not kept after a failed attempt but rendered again. All files together may have 16 MB and 300,000
            values. Durations have a unit (`10s`, `5m`, `2h`, `7d`, `250ms`), sizes too (`64KB`, `2MB`). YAML is
            read by the 1.2 core schema, so `no` and `on` are text. `include: [more/*.yaml]` splits the file, and
            `environments: {staging: {…}}` lays changes over it with `--env staging`. Names that begin with `x-` are yours.


            """
        page += "## Sections of the file\n\n| Section | Meaning |\n| --- | --- |\n"
        for field in Self.sections { page += "| `\(field.name)` | \(field.help) |\n" }
        var sections = [
            ReferencePage.section("hub", "The hub itself.", fields: HubSettings.fields, level: 2),
            ReferencePage.section(
                "adapters.<name>",
                "One for each provider. The name is also the module, unless `use` says otherwise. Every adapter has these settings, and those of its module.",
                fields: CommonSettings.fields, level: 2),
        ]
        for module in modules {
            sections.append(
                ReferencePage.section(
                    "use: \(module.spec.name)", module.spec.summary, fields: module.spec.settings, level: 3))
        }
        sections.append(
            ReferencePage.section("endpoints.<name>", "One for each receiver.", fields: Endpoint.fields, level: 2))
        sections.append(
            ReferencePage.section(
                "templates", "Bodies by name, and one setting, which is no template's name.",
                fields: NamedTemplates.fields, level: 2) + Self.namedTemplates)
        sections.append(
            ReferencePage.section(
                "routes[]", "One for each rule; an event takes every route that it matches.", fields: Route.fields,
                level: 2))
        sections.append(Self.bodies)
        sections.append(Self.filters)
        sections.append(
            ReferencePage.section("tests[]", "The tests that `hub test` runs.", fields: RuleTest.fields, level: 2))
        for section in sections { page += "\n" + section }
        return page
    }

    private static let namedTemplates = """

        A route uses a named body with `template:`. A named body that is text may also be used by every other template of the
        file, in bodies, URLs and headers alike: `{% include "name" %}`, `{% import "name" as m %}`,
        `{% from "name" import macro %}`, `{% extends "name" %}`. It sees the names of the event, and with `include` the variables
        of the template around it, those of `$for` too.

        ```yaml
        templates:
          macros: |
            {% macro minutes(seconds) %}{{ (seconds / 60) | round(1) }} min{% endmacro %}
          card:
            text: "{% from 'macros' import minutes %}{{ call.direction }} call, {{ minutes(call.duration_s or 0) }}"
        ```

        """

    private static let bodies = """
        ## Bodies and conditions

        A body is a tree of YAML whose leaves are templates, or one text. Templates are Jinja
        ([differences](template-differences.md)); the names in scope are \(EventView.names.map { "`\($0)`" }.joined(separator: ", ")).

        - A leaf that is exactly one `{{ expression }}` keeps the expression's own type: a number stays a number, a list a list.
          Any other leaf is text. Numbers keep every digit that came in.
        - `omit` drops the member or element that it is the value of: `"{{ raw.email | default(omit) }}"`.
        - A list is made from a list with a loop; `$if` is optional:

          ```yaml
          turns:
            $for: turn in call.transcript
            $if: turn.role == "customer"
            $do: { text: "{{ turn.text }}", at: "{{ turn.start_s }}" }
          ```
        - Fields of calls and messages always exist: unknown ones are null, unknown lists empty. In `raw`, `data` and `vars` a missing
          link is undefined at any depth: it may be tested (`is defined`) or given a `default`; using it makes the delivery dead,
          with the path in the reason, unless `templates: { undefined: lenient }` is set.
        - Paths, filters, tests and arguments are checked against the model for the event types of the route before anything runs,
          through the templates that are used by name, too. An error keeps the file from loading. A warning does not: a field that
          may be null and would print as `None`, a calculation that then fails, a condition that is always the same, text that looks
          like JSON and would break. Ask for the field first (`when`, `$if`, `if`), or write `| default("…", true)`.
        - `when` is a bare expression. A comparison with null is false, whichever way round.
        - In a URL printed values are percent-encoded, `/` included; `| safe` leaves one as it is. A value that makes a segment of
              the path empty, `.` or `..` is refused. In a header a line break is an error.

        """

    private static let filters = """
        ## Filters as data

        Each entry of `filter` has a `field_path` and an `operator`; all entries must be met.

        | operators | true when the field |
        | --- | --- |
        | `equals`, `not_equals` | is (is not) the value; numbers by value, texts by `case_sensitive` |
        | `greater_than`, `greater_or_equal`, `less_than`, `less_or_equal` | is a number beyond the value, or text (and so a time) that sorts after it |
        | `contains`, `not_contains` | is text with the value in it, a list with the value as an element, an object with a member of that name |
        | `starts_with`, `ends_with` | is text that begins or ends so |
        | `in`, `not_in` | is (is not) one of the values of a list |
        | `matches` | is text that the regular expression finds something in; it is searched in linear time |
        | `exists`, `is_empty` | is there and not null; is missing, null, or has nothing in it. `value: false` turns them round |

        There are three results: met, not met, or undecided, because the field is missing or of another kind than the
        value. Only a condition that is met lets an event through; `optional: true` lets a missing field pass. `hub explain` shows which it was.

        """
}
