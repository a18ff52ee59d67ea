/// Questions about statements that the compiler asks before it compiles them.
enum Survey {
    /// The names that statements set in their own scope, in order of appearance.
    static func stores(_ statements: [Syntax.Statement], into found: inout [String]) {
        for statement in statements {
            switch statement.kind {
            case .set(let target, _), .setBlock(let target, _, _): names(of: target, into: &found)
            case .macro(let macro): found.append(macro.name)
            case .importAs(_, let name, _): found.append(name)
            case .fromImport(_, let names, _): found.append(contentsOf: names.map(\.alias))
            case .if(let branches, let otherwise):
                for branch in branches { stores(branch.body, into: &found) }
                stores(otherwise, into: &found)
            default: break
            }
        }
    }

    static func names(of target: Syntax.Expr, into found: inout [String]) {
        switch target.kind {
        case .name(let name): found.append(name)
        case .tuple(let items): for item in items { names(of: item, into: &found) }
        default: break
        }
    }

    /// The bodies of a statement, with those of nested macros and blocks.
    private static func bodies(_ statement: Syntax.Statement) -> [[Syntax.Statement]] {
        switch statement.kind {
        case .if(let branches, let otherwise): branches.map(\.body) + [otherwise]
        case .for(let loop): [loop.body, loop.otherwise]
        case .setBlock(_, _, let body), .with(_, let body), .filterBlock(_, let body), .autoescape(_, let body): [body]
        case .macro(let macro), .callBlock(_, let macro): [macro.body]
        case .block(let block): [block.body]
        default: []
        }
    }

    static func hasExtends(_ statements: [Syntax.Statement]) -> Bool {
        statements.contains { statement in
            if case .extends = statement.kind { return true }
            return bodies(statement).contains { hasExtends($0) }
        }
    }

    static func blocks(_ statements: [Syntax.Statement], into found: inout [(Syntax.Block, Span, Int)]) {
        for statement in statements {
            if case .block(let block) = statement.kind { found.append((block, statement.span, statement.line)) }
            for body in bodies(statement) { blocks(body, into: &found) }
        }
    }

    /// Whether a loop's body uses `loop`: itself, in a macro or inner loop's head, or through a scoped block.
    static func usesLoop(_ loop: Syntax.For) -> Bool {
        uses("loop", in: loop.body) || hasScopedBlock(loop.body) || hasScopedBlock(loop.otherwise)
    }

    private static func hasScopedBlock(_ statements: [Syntax.Statement]) -> Bool {
        statements.contains { statement in
            if case .block(let block) = statement.kind, block.scoped { return true }
            return bodies(statement).contains { hasScopedBlock($0) }
        }
    }

    /// Where a loop assigns to the name `loop`.
    static func storesLoop(_ loop: Syntax.For) -> Syntax.Expr? {
        func find(_ target: Syntax.Expr) -> Syntax.Expr? {
            switch target.kind {
            case .name("loop"): return target
            case .tuple(let items):
                for item in items { if let found = find(item) { return found } }
                return nil
            default: return nil
            }
        }
        func find(in statements: [Syntax.Statement]) -> Syntax.Expr? {
            for statement in statements {
                switch statement.kind {
                case .set(let target, _), .setBlock(let target, _, _): if let found = find(target) { return found }
                case .for(let inner): if let found = find(inner.target) { return found }
                case .with(let pairs, _): for pair in pairs { if let found = find(pair.target) { return found } }
                default: break
                }
                if case .block = statement.kind { continue }
                for body in bodies(statement) { if let found = find(in: body) { return found } }
            }
            return nil
        }
        return find(loop.target) ?? find(in: loop.body) ?? find(in: loop.otherwise)
    }

    /// Whether a name occurs in any expression of the statements.
    static func uses(_ name: String, in statements: [Syntax.Statement]) -> Bool {
        statements.contains { statement in
            let own: [Syntax.Expr?]
            switch statement.kind {
            case .output(let expr), .extends(let expr), .include(let expr, _, _), .importAs(let expr, _, _),
                .fromImport(let expr, _, _), .do(let expr), .autoescape(let expr, _), .filterBlock(let expr, _):
                own = [expr]
            case .if(let branches, _): own = branches.map(\.condition)
            case .for(let loop): own = [loop.iterable, loop.filter]
            case .set(_, let value): own = [value]
            case .setBlock(_, let filter, _): own = [filter]
            case .with(let pairs, _): own = pairs.map(\.value)
            case .macro(let macro): own = macro.parameters.map(\.standard)
            case .callBlock(let call, let macro): own = [call] + macro.parameters.map(\.standard)
            default: own = []
            }
            if own.contains(where: { $0.map { uses(name, in: $0) } ?? false }) { return true }
            if case .block = statement.kind { return false }
            return bodies(statement).contains { uses(name, in: $0) }
        }
    }

    static func uses(_ name: String, in expr: Syntax.Expr) -> Bool {
        func any(_ arguments: [Syntax.Argument]) -> Bool { arguments.contains { uses(name, in: $0.value) } }
        func any(_ exprs: [Syntax.Expr?]) -> Bool { exprs.contains { $0.map { uses(name, in: $0) } ?? false } }
        return switch expr.kind {
        case .constant: false
        case .name(let found): found == name
        case .namespaceTarget(let owner, _): owner == name
        case .list(let items), .tuple(let items), .concat(let items): any(items)
        case .dict(let items): items.contains { uses(name, in: $0.key) || uses(name, in: $0.value) }
        case .attribute(let base, _), .unary(_, let base), .not(let base): uses(name, in: base)
        case .item(let a, let b), .binary(_, let a, let b), .and(let a, let b), .or(let a, let b): any([a, b])
        case .slice(let base, let start, let stop, let step): any([base, start, stop, step])
        case .call(let base, let arguments), .test(let base, _, let arguments): uses(name, in: base) || any(arguments)
        case .filter(let base, _, let arguments): any([base]) || any(arguments)
        case .compare(let first, let rest): uses(name, in: first) || any(rest.map(\.operand))
        case .conditional(let condition, let then, let otherwise): any([condition, then, otherwise])
        }
    }
}
