import HubModel
import HubTemplates

/// Something that must be so for an event to take a route, in a form in which many routes are asked at once: the value at
/// a path has one of some keys.
struct Requirement: Sendable {
    /// What requirements have in common that are answered by one look-up.
    struct Subject: Sendable, Hashable {
        var path: EventPath
        /// Whether upper and lower case are the same.
        var folding: Bool
        /// Nil for sources and filters. A condition fails, instead of saying no, where it comes upon something that is
        /// missing or of a wrong kind: the look-up says something only if none of these, nor the path itself, is.
        var assumed: [Assumption]?
    }

    /// What a part of a condition takes for granted of the value at a path: that it is there and, for `<` and its like,
    /// that it can be compared.
    struct Assumption: Sendable, Hashable {
        enum Kind: Sendable, Hashable { case any, number, text }

        var path: EventPath
        var kind: Kind

        func holds(_ found: JSON?) -> Bool {
            switch (found, kind) {
            case (nil, _): false
            case (_, .any), (.null, _), (.string, .text), (.int, .number), (.number, .number): true
            default: false
            }
        }
    }

    var subject: Subject
    var keys: Set<LookUpKey>
}

extension Requirement {
    /// All requirements that a route's sources, filters and condition come down to, as far as they can.
    static func requirements(of route: Route) -> [Requirement] {
        var requirements: [Requirement] = []
        if let sources = route.sources, let path = EventPath(["source"]) {
            let subject = Subject(path: path, folding: false, assumed: nil)
            requirements.append(Requirement(subject: subject, keys: Set(sources.map(LookUpKey.text))))
        }
        requirements += route.filters.compactMap(requirement)
        // A route's filters come before its condition, which may fail: only an event that passes them gets that far. So a
        // condition stands for itself, and what it assumes is asked of its own paths.
        if let condition = route.condition { requirements += self.requirements(of: condition.syntax) }
        return requirements
    }

    private static func requirement(of filter: FilterRule) -> Requirement? {
        guard !filter.optional else { return nil }
        let operands: [FilterOperand]
        switch filter.operation {
        case .equals: operands = [filter.operand]
        case .isIn: operands = filter.choices
        default: return nil
        }
        let keys = operands.compactMap(\.key)
        guard keys.count == operands.count else { return nil }
        return Requirement(
            subject: Subject(path: filter.place, folding: !filter.caseSensitive, assumed: nil), keys: Set(keys))
    }

    /// The requirements at the beginning of a condition: its parts joined by `and`, as far as they compare a path with a constant.
    private static func requirements(of condition: Syntax.Expr) -> [Requirement] {
        var requirements: [Requirement] = []
        var assumed: [Assumption] = []
        for part in parts(of: condition) {
            guard let comparison = Comparison(part) else { break }
            if comparison.op == .equal, case .string(let text) = comparison.constant {
                let subject = Subject(path: comparison.path, folding: false, assumed: assumed)
                requirements.append(Requirement(subject: subject, keys: [.text(text)]))
            }
            guard let assumption = comparison.assumption else { break }
            if !assumed.contains(assumption) { assumed.append(assumption) }
        }
        return requirements
    }

    private static func parts(of condition: Syntax.Expr) -> [Syntax.Expr] {
        if case .and(let left, let right) = condition.kind { parts(of: left) + parts(of: right) } else { [condition] }
    }
}

/// A part of a condition that compares the value at a path with a constant, whichever way round.
private struct Comparison {
    let path: EventPath
    let op: Syntax.CompareOperator
    let constant: Value

    /// What a condition has that events do not: it is another for every route.
    private static let others: Set = ["route", "endpoint", "vars"]

    init?(_ part: Syntax.Expr) {
        guard case .compare(let first, let rest) = part.kind, rest.count == 1 else { return nil }
        let names: [String]?
        switch (first.kind, rest[0].operand.kind) {
        case (_, .constant(let value)): (names, constant) = (Expression.path(first), value)
        case (.constant(let value), _): (names, constant) = (Expression.path(rest[0].operand), value)
        default: return nil
        }
        guard let names, let first = names.first, !Self.others.contains(first), let path = EventPath(names) else {
            return nil
        }
        (self.path, op) = (path, rest[0].op)
    }

    /// What must be so for the comparison not to fail; nil when that is not known.
    var assumption: Requirement.Assumption? {
        switch (op, constant) {
        case (.equal, .string), (.equal, .int), (.equal, .bool), (.equal, .none), (.notEqual, .string),
            (.notEqual, .int),
            (.notEqual, .bool), (.notEqual, .none):
            Requirement.Assumption(path: path, kind: .any)
        case (.less, .int), (.lessOrEqual, .int), (.greater, .int), (.greaterOrEqual, .int), (.less, .float),
            (.lessOrEqual, .float), (.greater, .float), (.greaterOrEqual, .float):
            Requirement.Assumption(path: path, kind: .number)
        case (.less, .string), (.lessOrEqual, .string), (.greater, .string), (.greaterOrEqual, .string):
            Requirement.Assumption(path: path, kind: .text)
        default: nil
        }
    }
}
