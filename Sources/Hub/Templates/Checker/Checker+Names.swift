/// Which names a template assigns values to, anywhere in it.
enum CheckerNames {
    static func assigned(in statements: [Syntax.Statement]) -> Set<String> {
        var found: Set<String> = []
        add(statements, to: &found)
        return found
    }

    private static func add(_ target: Syntax.Expr, to found: inout Set<String>) {
        var names: [String] = []
        Survey.names(of: target, into: &names)
        found.formUnion(names)
    }

    private static func add(_ statements: [Syntax.Statement], to found: inout Set<String>) {
        for statement in statements {
            switch statement.kind {
            case .set(let target, _): add(target, to: &found)
            case .setBlock(let target, _, let body):
                add(target, to: &found)
                add(body, to: &found)
            case .if(let branches, let otherwise):
                for branch in branches { add(branch.body, to: &found) }
                add(otherwise, to: &found)
            case .for(let loop):
                add(loop.target, to: &found)
                add(loop.body, to: &found)
                add(loop.otherwise, to: &found)
            case .with(let pairs, let body):
                for pair in pairs { add(pair.target, to: &found) }
                add(body, to: &found)
            case .macro(let macro), .callBlock(_, let macro):
                found.insert(macro.name)
                found.formUnion(macro.parameters.map(\.name))
                add(macro.body, to: &found)
            case .filterBlock(_, let body), .autoescape(_, let body): add(body, to: &found)
            case .block(let block): add(block.body, to: &found)
            case .importAs(_, let name, _): found.insert(name)
            case .fromImport(_, let names, _): found.formUnion(names.map(\.alias))
            case .text, .output, .extends, .include, .do, .break, .continue: break
            }
        }
    }
}

/// What a condition says about paths: those that were tested are not reported where the test is true.
struct CheckerGuards {
    var whenTrue: Set<String> = []
    var whenFalse: Set<String> = []

    /// Stands for every path: the event's type was asked for, so whatever follows is meant for some types only.
    static let everything = "*"

    static func of(_ condition: Syntax.Expr) -> CheckerGuards {
        switch condition.kind {
        case .name, .attribute, .item: return CheckerGuards(whenTrue: path(condition).map { [$0] } ?? [])
        case .not(let inside):
            let inner = of(inside)
            return CheckerGuards(whenTrue: inner.whenFalse, whenFalse: inner.whenTrue)
        case .and(let a, let b):
            return CheckerGuards(whenTrue: of(a).whenTrue.union(of(b).whenTrue))
        case .or(let a, let b):
            return CheckerGuards(whenFalse: of(a).whenFalse.union(of(b).whenFalse))
        case .test(let base, let name, _):
            if isType(base) { return CheckerGuards(whenTrue: [everything], whenFalse: [everything]) }
            guard let path = path(base) else { return CheckerGuards() }
            return name == "undefined" || name == "none"
                ? CheckerGuards(whenFalse: [path]) : CheckerGuards(whenTrue: [path])
        case .compare(let first, let rest):
            if isType(first) || rest.contains(where: { isType($0.operand) }) {
                return CheckerGuards(whenTrue: [everything], whenFalse: [everything])
            }
            return CheckerGuards()
        case .filter(let base?, _, _), .call(let base, _): return of(base)
        default: return CheckerGuards()
        }
    }

    /// Whether an expression is made of the event's type.
    private static func isType(_ expr: Syntax.Expr) -> Bool {
        switch expr.kind {
        case .name("event_type"): return true
        case .attribute(let base, "type"), .attribute(let base, "native"), .attribute(let base, "provider"):
            if case .name("event") = base.kind { return true }
            return isType(base)
        case .attribute(let base, _), .item(let base, _), .slice(let base, _, _, _), .filter(let base?, _, _),
            .call(let base, _):
            return isType(base)
        default: return false
        }
    }

    /// `a.b["c"]` as one text; nil for what is not a plain path.
    static func path(_ expr: Syntax.Expr) -> String? {
        switch expr.kind {
        case .name(let name): return name
        case .attribute(let base, let name): return path(base).map { "\($0).\(name)" }
        case .item(let base, let index):
            guard case .constant(.string(let name)) = index.kind else { return nil }
            return path(base).map { "\($0).\(name)" }
        default: return nil
        }
    }
}
