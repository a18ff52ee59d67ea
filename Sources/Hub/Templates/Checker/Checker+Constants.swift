import HubModel

extension CheckerWalk {
    /// Reports a condition, or a part of one, whose answer no event changes.
    mutating func constant(condition expr: Syntax.Expr) {
        switch expr.kind {
        case .not(let inside): return constant(condition: inside)
        case .and(let a, let b), .or(let a, let b):
            constant(condition: a)
            constant(condition: b)
            return
        default: break
        }
        guard let truth = answer(expr) else { return }
        let help =
            switch expr.kind {
            case .test(let base, "defined", _), .test(let base, "undefined", _):
                CheckerGuards.path(base).map { "a field that is not known is null: ask `\($0) is not none`" }
            default: "leave it out, or compare a field of the event"
            }
        report(expr.span, .warning, "this is always \(truth ? "true" : "false")", help)
    }

    /// The answer of a condition that has the same for every event.
    private func answer(_ expr: Syntax.Expr) -> Bool? {
        switch expr.kind {
        case .constant(let value): return Self.truth(value)
        case .compare(let first, let rest):
            guard rest.count == 1, case .constant(let left) = first.kind,
                case .constant(let right) = rest[0].operand.kind
            else { return nil }
            return Self.compare(left, rest[0].op, right)
        case .test(let base, "defined", _): return isAlways(base) ? true : nil
        case .test(let base, "undefined", _): return isAlways(base) ? false : nil
        default: return nil
        }
    }

    private static func truth(_ value: Value) -> Bool? {
        switch value {
        case .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        default: nil
        }
    }

    private static func compare(_ a: Value, _ op: Syntax.CompareOperator, _ b: Value) -> Bool? {
        func ordered<T: Comparable>(_ a: T, _ b: T) -> Bool? {
            switch op {
            case .equal: a == b
            case .notEqual: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            case .isIn, .notIn: nil
            }
        }
        switch (a, b) {
        case (.int(let a), .int(let b)): return ordered(a, b)
        case (.float(let a), .float(let b)): return ordered(a, b)
        case (.string(let a), .string(let b)):
            return op == .equal ? same(a, b) : op == .notEqual ? !same(a, b) : nil
        default: return nil
        }
    }

    /// Whether every event the template meets has the path, be it null.
    private func isAlways(_ expr: Syntax.Expr) -> Bool {
        guard let path = CheckerGuards.path(expr) else { return false }
        var steps = path.split(separator: ".").map(String.init)[...]
        guard let name = steps.popFirst(), !isBare, let root = checker.roots[name], let info = known(name),
            info.path == name, !root.alternatives.isEmpty
        else { return false }
        return root.alternatives.allSatisfy { item in
            guard var shape = item.shape else { return false }
            for step in steps {
                guard case .object(let members, _) = shape.kind, !shape.nullable,
                    let member = members.last(where: { same($0.name, step) })
                else { return false }
                shape = member.shape
            }
            return shape.kind != .any
        }
    }

    /// Reports a rule's condition that is surely not a boolean.
    mutating func truth(of expr: Syntax.Expr) {
        guard let path = CheckerGuards.path(expr) else { return }
        let info = infer(expr, tested: true)
        guard info.isFromModel, info.all({ $0 != .bool }) else { return }
        report(
            expr.span, .warning,
            "\(CheckerInfo.phrase(info.path)) is \(info.kindName), and a condition asks for true or false",
            "write `\(path) is not none`, or `\(path) | truthy` for what is neither empty nor zero")
    }
}
