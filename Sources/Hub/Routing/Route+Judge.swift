package import HubModel
import HubTemplates

extension Route {
    /// Whether an event takes this route, and why or why not, part by part: for people, not for the hot path.
    package func judge(_ view: EventView, vars: JSON) -> (isMatch: Bool, reasons: [String]) {
        let event = view.event
        guard types.contains(event.type) else {
            return (
                false, ["it is for \(types.map(\.rawValue).joined(separator: ", ")), not for \(event.type.rawValue)"]
            )
        }
        if let sources, !sources.contains(event.source) {
            return (
                false, ["it is for events from \(sources.sorted().joined(separator: ", ")), not from \(event.source)"]
            )
        }
        var reasons: [String] = []
        var isMatch = true
        for filter in filters {
            let (truth, found) = filter.truth(for: view)
            let shown = found.map { Self.short($0.text) } ?? "missing"
            switch truth {
            case .holds: reasons.append("✓ \(filter.text) (\(filter.pathText) is \(shown))")
            case .fails:
                isMatch = false
                reasons.append("✗ \(filter.text): \(filter.pathText) is \(shown)")
            case .unknown(let why):
                isMatch = false
                reasons.append("✗ \(filter.text): cannot be decided, because \(why)")
            }
        }
        if let condition {
            let roots = view.roots(Surroundings(route: name, vars: vars))
            do throws(TemplateError) {
                let explanation = try condition.explain(roots)
                if !explanation.holds { isMatch = false }
                for part in explanation.parts {
                    let values = part.operands.map { "\($0.source) is \(Self.short($0.value))" }.joined(separator: ", ")
                    reasons.append("\(part.holds ? "✓" : "✗") \(part.source)\(values.isEmpty ? "" : ": \(values)")")
                }
            } catch {
                isMatch = false
                reasons.append("✗ the condition cannot be decided: \(error.description)")
            }
        }
        return (isMatch, reasons)
    }

    private static func short(_ text: String) -> String {
        text.count > 60 ? text.prefix(57) + "…" : text
    }
}
