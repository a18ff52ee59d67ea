package import HubModel
import HubTemplates

extension Route {
    /// Whether an event takes this route, and why or why not, part by part: for people, not for the hot path.
    package func judge(_ view: EventView, vars: JSON) -> (isMatch: Bool, reasons: [String]) {
        let event = view.event
        guard types.contains(event.type) else {
            return (false, ["it is for \(types.map(\.rawValue).joined(separator: ", ")), not for \(event.type.rawValue)"])
        }
        if let sources, !sources.contains(event.source) {
            return (false, ["it is for events from \(sources.sorted().joined(separator: ", ")), not from \(event.source)"])
        }
        var reasons: [String] = []
        var isMatch = true
        for filter in filters {
            let (answer, found) = filter.answer(for: view)
            let shown = found.map { Self.short($0) } ?? "missing"
            switch answer {
            case .holds: reasons.append("✓ \(filter.text) (\(filter.pathText) is \(shown))")
            case .fails:
                isMatch = false
                reasons.append("✗ \(filter.text): \(filter.pathText) is \(shown)")
            case .unknown(let why):
                isMatch = false
                reasons.append("✗ \(filter.text): cannot be said, since \(why)")
            }
        }
        if let condition {
            let roots = view.roots(Surroundings(route: name, vars: vars))
            let explanation = condition.explain(roots)
            reasons += explanation.reasons
            if !explanation.holds { isMatch = false }
        }
        return (isMatch, reasons)
    }

    private static func short(_ value: JSON) -> String {
        let text = value.text
        return text.count > 60 ? text.prefix(57) + "…" : text
    }
}

extension Expression {
    /// The outcome, with the parts that decided it.
    func explain(_ roots: Roots) -> (holds: Bool, reasons: [String]) {
        do throws(TemplateError) {
            let holds = try holds(roots)
            let parts = explainParts(syntax, roots)
            return (holds, parts.map { "\($0.holds ? "✓" : "✗") \($0.text)" })
        } catch {
            return (false, ["✗ the condition cannot be decided: \(error.description)"])
        }
    }

    /// The comparisons and tests that the value hangs on: of `and` those that failed, or all when it holds.
    private func explainParts(_ expression: Syntax.Expr, _ roots: Roots) -> [(holds: Bool, text: String)] {
        switch expression.kind {
        case .and(let left, let right):
            let first = explainParts(left, roots)
            guard truth(left, roots) else { return first }
            return truth(right, roots) ? first + explainParts(right, roots) : explainParts(right, roots)
        case .or(let left, let right):
            if truth(left, roots) { return explainParts(left, roots) }
            return truth(right, roots) ? explainParts(right, roots) : explainParts(left, roots) + explainParts(right, roots)
        default:
            let values = operands(expression).compactMap { operand -> String? in
                if case .constant = operand.kind { return nil }
                guard let part = part(operand), let value = try? part.json(roots) else { return nil }
                let text = value.text
                return "\(part.source.trimmingBlanks()) is \(text.count > 60 ? text.prefix(57) + "…" : text)"
            }
            let source = text(expression)
            return [(truth(expression, roots), values.isEmpty ? source : "\(source): \(values.joined(separator: ", "))")]
        }
    }

    private func operands(_ expression: Syntax.Expr) -> [Syntax.Expr] {
        switch expression.kind {
        case .compare(let first, let rest): [first] + rest.map(\.operand)
        case .not(let inner): operands(inner)
        case .test(let base, _, _): [base]
        case .filter(let base?, _, _): [base]
        case .name, .attribute, .item: [expression]
        default: []
        }
    }

    private func text(_ expression: Syntax.Expr) -> String {
        let bytes = Array(source.utf8)
        let (start, end) = (max(0, expression.span.start), min(bytes.count, expression.span.end))
        return start < end ? String(decoding: bytes[start..<end], as: UTF8.self) : source
    }

    private func part(_ expression: Syntax.Expr) -> Expression? {
        try? Expression.compile(text(expression), options: .hub(scope: EventView.scope))
    }

    private func truth(_ expression: Syntax.Expr, _ roots: Roots) -> Bool {
        guard let part = part(expression) else { return false }
        return (try? part.holds(roots)) ?? false
    }
}
