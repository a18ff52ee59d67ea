import HubModel

/// What fields that are null while they are not known do to a template.
enum CheckerNulls {
    /// Filters that make text of null: `None`.
    static let printing: Set<String> = [
        "upper", "lower", "title", "capitalize", "trim", "string", "replace", "truncate", "wordwrap", "indent",
        "center",
        "urlencode", "escape", "e", "forceescape",
    ]

    /// The paths an expression asks about, whatever it asks.
    static func paths(in expr: Syntax.Expr) -> Set<String> {
        var found: Set<String> = []
        collect(expr, &found)
        return found
    }

    private static func collect(_ expr: Syntax.Expr, _ found: inout Set<String>) {
        if let path = CheckerGuards.path(expr) { found.insert(path) }
        func all(_ arguments: [Syntax.Argument]) { for argument in arguments { collect(argument.value, &found) } }
        switch expr.kind {
        case .constant, .name, .namespaceTarget: break
        case .list(let items), .tuple(let items), .concat(let items): for item in items { collect(item, &found) }
        case .dict(let items):
            for item in items {
                collect(item.key, &found)
                collect(item.value, &found)
            }
        // Of `a.b.c` only the whole was asked about: `a.b` has other members.
        case .attribute(let base, _): if CheckerGuards.path(expr) == nil { collect(base, &found) }
        case .item(let base, let index):
            if CheckerGuards.path(expr) == nil {
                collect(base, &found)
                collect(index, &found)
            }
        case .slice(let base, _, _, _), .unary(_, let base), .not(let base): collect(base, &found)
        case .call(let base, let arguments), .test(let base, _, let arguments):
            collect(base, &found)
            all(arguments)
        case .filter(let base, _, let arguments):
            if let base { collect(base, &found) }
            all(arguments)
        case .binary(_, let a, let b), .and(let a, let b), .or(let a, let b):
            collect(a, &found)
            collect(b, &found)
        case .compare(let first, let rest):
            collect(first, &found)
            for item in rest { collect(item.operand, &found) }
        case .conditional(let condition, let then, let otherwise):
            collect(condition, &found)
            collect(then, &found)
            if let otherwise { collect(otherwise, &found) }
        }
    }
}

extension CheckerWalk {
    /// From here on the author has thought of what a condition asks about.
    mutating func ask(_ condition: Syntax.Expr) { asked.formUnion(CheckerNulls.paths(in: condition)) }

    /// What is known of a value that a condition around has asked about: it is not taken for null.
    func settled(_ info: CheckerInfo, _ expr: Syntax.Expr) -> CheckerInfo {
        guard info.isNullable, info.path.map(isAsked) ?? false || CheckerGuards.path(expr).map(isAsked) ?? false else {
            return info
        }
        return info.known
    }

    private func isAsked(_ path: String) -> Bool { asked.contains(path) || guarded.contains(path) }

    /// Reports a value that becomes part of a text although it may be null.
    mutating func printed(_ expr: Syntax.Expr, _ info: CheckerInfo, by filter: String? = nil) {
        guard info.isNullable, let path = info.path else { return }
        let inside = filter.map { " before `| \($0)`" } ?? ""
        report(
            expr.span, .warning,
            "\(CheckerGuards.path(expr) ?? CheckerInfo.phrase(path)) may be unknown (null) and would print as \"None\"",
            "write `| default(\"…\", true)` or `| ifnull(\"…\")`\(inside)")
    }

    /// Reports a calculation that fails where a value is null.
    mutating func calculated(_ op: Syntax.BinaryOperator, _ expr: Syntax.Expr, _ info: CheckerInfo) {
        guard info.isNullable, info.all({ $0.isNumber }), let path = info.path else { return }
        report(
            expr.span, .warning,
            "\(CheckerGuards.path(expr) ?? CheckerInfo.phrase(path)) may be unknown (null), and then \"\(op.rawValue)\" fails",
            "write `(\(CheckerGuards.path(expr) ?? path) | ifnull(0))`, or ask first whether it is none")
    }
}
