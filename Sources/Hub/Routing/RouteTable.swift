package import HubConfig
package import HubModel
import HubTemplates

/// All routes of one configuration, found by event type.
package struct RouteTable: Sendable {
    package let routes: [Route]
    private let byType: [EventType: RouteIndex]
    private let byName: [String: Int]
    /// The paths that filters and indexes ask about.
    private let paths: Int
    /// The numbers of the paths of each route's filters.
    private let filterPaths: [[Int]]

    package init(_ routes: [Route]) {
        self.routes = routes
        var positions: [EventType: [Int]] = [:]
        for (position, route) in routes.enumerated() {
            for type in route.types { positions[type, default: []].append(position) }
        }
        var paths = PathNumbers()
        filterPaths = routes.map { route in route.filters.map { paths.number(of: $0.place) } }
        var subjects: [Requirement.Subject: Int] = [:]
        let requirements = routes.map { route in
            Requirement.requirements(of: route).map { requirement in
                let number = subjects[requirement.subject] ?? subjects.count
                subjects[requirement.subject] = number
                return (subject: number, requirement: requirement)
            }
        }
        byType = positions.mapValues { RouteIndex($0, requirements: requirements, paths: &paths) }
        self.paths = paths.count
        byName = Dictionary(routes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether any route is for events of that type.
    package func hasRoutes(for type: EventType) -> Bool { byType[type] != nil }

    package subscript(name: String) -> Route? { byName[name].map { routes[$0] } }

    /// A route that an event takes.
    package struct Match: Sendable {
        package let route: Route
        /// Why the condition could not be decided; the deliveries are then dead from the start, for a person to see.
        package let failure: String?
    }

    /// What a condition has, however much those before it have used: most take a few dozen.
    private static let leastSteps = 2_000

    /// The routes for an event, in the order of the file.
    package func matches(_ view: EventView, vars: JSON) -> [Match] {
        guard let index = byType[view.event.type] else { return [] }
        var found: [Match] = []
        // All conditions about one event share their steps: they are decided where every webhook waits for its commit.
        var steps = Limits().steps
        var lookups = Lookups(view, paths: paths)
        for position in index.candidates(&lookups) {
            let route = routes[position]
            if let sources = route.sources, !sources.contains(view.event.source) { continue }
            guard passes(position, &lookups) else { continue }
            guard let condition = route.condition else {
                found.append(Match(route: route, failure: nil))
                continue
            }
            var own = max(steps, Self.leastSteps)
            let before = own
            defer { steps -= before - own }
            do throws(TemplateError) {
                if try condition.holds(view.roots(Surroundings(route: route.name, vars: vars)), steps: &own) {
                    found.append(Match(route: route, failure: nil))
                }
            } catch {
                found.append(
                    Match(route: route, failure: "the condition of the route cannot be decided: \(error.description)"))
            }
        }
        return found
    }

    private func passes(_ position: Int, _ lookups: inout Lookups) -> Bool {
        let filters = routes[position].filters
        for n in filters.indices
        where !filters[n].holds(lookups.value(filterPaths[position][n], filters[n].place)) { return false }
        return true
    }

    /// Reads `routes:`, with all mistakes in `problems`.
    package static func compile(
        routes: Node?, surroundings: RouteSurroundings, _ problems: inout Diagnostics
    ) -> RouteTable {
        guard let routes else { return RouteTable([]) }
        guard let nodes = routes.elements else {
            problems.error(
                "\"routes\" must be a list, not \(routes.kindInWords)", at: routes.span,
                help: "Begin each route with `- name:`.")
            return RouteTable([])
        }
        var compiled: [Route] = []
        var places: [String: HubConfig.Span] = [:]
        for node in nodes {
            guard let route = Route.compile(node, surroundings, &problems) else { continue }
            if let twin = places[route.name] {
                problems.error(
                    "two routes are called \"\(route.name)\"", at: route.span,
                    notes: [.init("the first is here", at: twin)])
            } else {
                places[route.name] = route.span
            }
            compiled.append(route)
        }
        return RouteTable(compiled)
    }
}
