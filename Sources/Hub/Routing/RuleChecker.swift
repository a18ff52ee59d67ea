package import HubConfig
package import HubModel
import HubTemplates

/// Checks templates and conditions of the file against what events of some types carry; what it finds is reported at its
/// place in the file.
package struct RuleChecker: Sendable {
    private let checker: Checker
    /// The names in scope: those of events, and of loops around.
    private let names: [String]
    /// The nodes of the named templates that are text, by name.
    private let templates: [String: Node]
    /// The route or endpoint it checks for, as messages name it.
    private let user: String?

    /// For templates that meet events of these types.
    ///
    /// - Parameters:
    ///   - templates: Those of the file that are text may be included, imported and extended; what is wrong in them is
    ///     reported where they stand.
    ///   - user: What the check is for, such as `route "calls"`: named when the mistake is in another template.
    package init(types: [EventType], templates: NamedTemplates, user: String? = nil) {
        names = EventView.names
        let texts = templates.bodies.filter { $0.node.scalar != nil }
        self.templates = Dictionary(texts.map { ($0.name, $0.node) }, uniquingKeysWith: { $1 })
        self.user = user
        var sources = self.templates.compactMapValues { $0.scalar?.source }
        // Those with mistakes of their own have been reported; the checker passes over what does not parse.
        let known = Set(templates.bodies.lazy.map(\.name))
        for name in templates.names where !known.contains(name) { sources[name] = "{%" }
        var options = TemplateOptions.hub(scope: EventView.scope)
        options.undefined = templates.texts.undefined
        checker = Checker(
            roots: Checker.roots(for: types), options: options, templates: sources,
            trees: known.subtracting(sources.keys))
    }

    /// The same checker for another user.
    package func used(by user: String) -> RuleChecker {
        RuleChecker(checker, names: names, templates: templates, user: user)
    }

    private init(_ checker: Checker, names: [String], templates: [String: Node], user: String?) {
        (self.checker, self.names, self.templates, self.user) = (checker, names, templates, user)
    }

    private init(_ checker: Checker, names: [String], _ outer: RuleChecker) {
        (self.checker, self.names) = (checker, names)
        (templates, user) = (outer.templates, outer.user)
    }

    /// The same checker for what is only rendered where a condition is true.
    package func assuming(_ condition: Node?) -> RuleChecker {
        guard let source = condition?.scalar?.source else { return self }
        return RuleChecker(checker.assuming(source), names: names, self)
    }

    /// As `assuming(_:)`, for conditions written as data.
    package func assuming(_ rules: [FilterRule]) -> RuleChecker {
        RuleChecker(checker.assuming(paths: rules.lazy.filter { !$0.optional }.map(\.pathText)), names: names, self)
    }

    /// A route's condition, or that of a loop, which may be of any kind.
    package func condition(_ node: Node, isLoop: Bool = false, _ problems: inout Diagnostics) {
        guard let scalar = node.scalar else { return }
        var refused = Diagnostics()
        _ = TemplateText.plain.expression(node, scope: Scope(names), &refused)
        let found = isLoop ? checker.check(expression: scalar.source) : checker.check(rule: scalar.source)
        report(found, node, besides: refused, &problems)
    }

    /// A template in a scalar: of a text body, a URL, a header, a leaf of a tree.
    package func template(_ node: Node, isLeaf: Bool = false, _ problems: inout Diagnostics) {
        guard let scalar = node.scalar, scalar.source.contains("{") else { return }
        var refused = Diagnostics()
        _ = TemplateText.plain.template(node, scope: Scope(names), &refused)
        let literals = scalar.expansions.map {
            LiteralText(offset: $0.range.lowerBound, length: $0.range.count, text: "")
        }
        report(checker.check(scalar.source, literals: literals, leaf: isLeaf), node, besides: refused, &problems)
    }

    /// A body: text, or a tree with all its leaves, names and loops.
    package func body(_ node: Node, _ problems: inout Diagnostics) {
        if node.scalar != nil { template(node, &problems) } else { tree(node, &problems) }
    }

    private func tree(_ node: Node, _ problems: inout Diagnostics) {
        switch node.content {
        case .scalar(let scalar): if scalar.value == .text { template(node, isLeaf: true, &problems) }
        case .sequence(let nodes): for node in nodes { tree(node, &problems) }
        case .mapping(let members):
            if let head = node["$for"], let loop = Body.LoopHead(head) {
                report(checker.check(list: loop.list), head, &problems)
                let inner = RuleChecker(
                    checker.binding(loop.variable, elementsOf: loop.list), names: names + [loop.variable], self)
                if let condition = node["$if"] { inner.condition(condition, isLoop: true, &problems) }
                if let element = node["$do"] { inner.assuming(node["$if"]).tree(element, &problems) }
                return
            }
            for member in members {
                template(Body.name(of: member), &problems)
                tree(member.value, &problems)
            }
        }
    }

    /// - Parameter refused: What the compiler says of the same source, and will say itself.
    private func report(
        _ found: [Checker.Problem], _ node: Node, besides refused: Diagnostics = Diagnostics(),
        _ problems: inout Diagnostics
    ) {
        let said = refused.sorted.map(\.message)
        for problem in found where !said.contains(where: { $0.hasPrefix(problem.message) }) {
            let home = problem.template.map { templates[$0] ?? node } ?? node
            problems.add(
                Diagnostic(
                    problem.severity == .error ? .error : .warning, problem.message, at: Self.place(problem.span, home),
                    help: problem.help.map(Self.sentence), notes: notes(problem, node)))
        }
    }

    /// The way from the source that was checked to the template the problem is in.
    private func notes(_ problem: Checker.Problem, _ node: Node) -> [Diagnostic.Note] {
        problem.reached.enumerated().map { index, step in
            let isOuter = index == problem.reached.count - 1
            let by = step.template.map { " by \"\($0)\"" } ?? (isOuter ? user.map { " for \($0)" } ?? "" : "")
            return Diagnostic.Note(
                "\(step.how.rawValue) here\(by)",
                at: Self.place(step.span, step.template.map { templates[$0] ?? node } ?? node))
        }
    }

    private static func place(_ span: HubTemplates.Span, _ node: Node) -> HubConfig.Span {
        let end = min(span.end, node.scalar?.source.utf8.count ?? 0)
        return node.span(ofBytes: min(span.start, end)..<end)
    }

    private static func sentence(_ text: String) -> String {
        let first = text.prefix(1).uppercased() + text.dropFirst()
        return [".", "?", "!"].contains(first.suffix(1)) ? first : first + "."
    }
}
