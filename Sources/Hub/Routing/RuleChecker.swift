package import HubConfig
package import HubModel
import HubTemplates

/// Checks templates and conditions of the file against what events of some types carry; what it finds is reported at its
/// place in the file.
package struct RuleChecker: Sendable {
    private let checker: Checker
    /// The names in scope: those of events, and of loops around.
    private let names: [String]

    /// For templates that meet events of these types.
    package init(types: [EventType]) {
        names = EventView.names
        checker = Checker(roots: Checker.roots(for: types), options: .hub(scope: EventView.scope))
    }

    private init(_ checker: Checker, names: [String]) { (self.checker, self.names) = (checker, names) }

    /// A route's condition, or that of a loop.
    package func condition(_ node: Node, _ problems: inout Diagnostics) {
        // What does not compile is reported by the compiler.
        var ignored = Diagnostics()
        guard let scalar = node.scalar, TemplateText.plain.expression(node, scope: Scope(names), &ignored) != nil else {
            return
        }
        report(checker.check(expression: scalar.source), node, &problems)
    }

    /// A template in a scalar: of a text body, a URL, a header, a leaf of a tree.
    package func template(_ node: Node, isLeaf: Bool = false, _ problems: inout Diagnostics) {
        var ignored = Diagnostics()
        guard let scalar = node.scalar, scalar.source.contains("{"),
            TemplateText.plain.template(node, scope: Scope(names), &ignored) != nil
        else { return }
        let literals = scalar.expansions.map {
            LiteralText(offset: $0.range.lowerBound, length: $0.range.count, text: "")
        }
        report(checker.check(scalar.source, literals: literals, leaf: isLeaf), node, &problems)
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
                    checker.binding(loop.variable, elementsOf: loop.list), names: names + [loop.variable])
                if let condition = node["$if"] { inner.condition(condition, &problems) }
                if let element = node["$do"] { inner.tree(element, &problems) }
                return
            }
            for member in members {
                let name = Node(.scalar(Scalar(member.name)), span: member.nameSpan, name: member.name)
                template(name, &problems)
                tree(member.value, &problems)
            }
        }
    }

    private func report(_ found: [Checker.Problem], _ node: Node, _ problems: inout Diagnostics) {
        let length = node.scalar?.source.utf8.count ?? 0
        for problem in found {
            let end = min(problem.span.end, length)
            problems.add(
                Diagnostic(
                    problem.severity == .error ? .error : .warning, problem.message,
                    at: node.span(ofBytes: min(problem.span.start, end)..<end), help: problem.help.map(Self.sentence)))
        }
    }

    private static func sentence(_ text: String) -> String {
        let first = text.prefix(1).uppercased() + text.dropFirst()
        return [".", "?", "!"].contains(first.suffix(1)) ? first : first + "."
    }
}
