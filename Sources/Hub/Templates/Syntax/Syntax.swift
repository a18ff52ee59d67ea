/// A stretch of a source, in bytes.
package struct Span: Sendable, Hashable {
    package var start: Int
    package var end: Int

    package init(_ start: Int, _ end: Int) { (self.start, self.end) = (start, end) }

    package func to(_ other: Span) -> Span { Span(start, other.end) }
}

/// The syntax tree of templates. Every node knows the bytes it came from and its line.
package enum Syntax {
    package struct Expr: Sendable {
        package var span: Span
        /// The line Jinja reports for the node.
        package var line: Int
        package var kind: Kind
        /// Expressions inside each other, this one counted: what bounds every walk over the tree.
        package let height: Int

        package init(_ kind: Kind, _ span: Span, line: Int) {
            (self.kind, self.span, self.line) = (kind, span, line)
            height = 1 + kind.tallestChild
        }

        package indirect enum Kind: Sendable {
            /// A constant: string, number, true, false, none.
            case constant(Value)
            case name(String)
            case list([Expr])
            case tuple([Expr])
            case dict([(key: Expr, value: Expr)])
            /// `base.name`
            case attribute(Expr, String)
            /// `base[index]`
            case item(Expr, Expr)
            /// `base[start:stop:step]`
            case slice(Expr, Expr?, Expr?, Expr?)
            case call(Expr, [Argument])
            /// `base|name(arguments)`; the base is nil only directly inside `{% filter %}` and `{% set x | f %}`.
            case filter(Expr?, String, [Argument])
            /// `base is name(arguments)`
            case test(Expr, String, [Argument])
            case unary(UnaryOperator, Expr)
            case binary(BinaryOperator, Expr, Expr)
            /// `a ~ b ~ c`
            case concat([Expr])
            /// `a < b <= c`
            case compare(Expr, [(op: CompareOperator, operand: Expr)])
            case and(Expr, Expr)
            case or(Expr, Expr)
            case not(Expr)
            /// `then if condition else otherwise`
            case conditional(condition: Expr, then: Expr, otherwise: Expr?)
            /// `namespace.name` as the target of `set`.
            case namespaceTarget(String, String)
        }
    }

    package struct Argument: Sendable {
        package enum Kind: Sendable, Hashable { case positional, named(String), spread, spreadNamed }

        package var kind: Kind
        package var value: Expr

        package init(_ kind: Kind, _ value: Expr) { (self.kind, self.value) = (kind, value) }
    }

    package enum UnaryOperator: String, Sendable { case minus = "-", plus = "+" }

    package enum BinaryOperator: String, Sendable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", floorDivide = "//", modulo = "%", power = "**"
    }

    package enum CompareOperator: String, Sendable {
        case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        case isIn = "in", notIn = "not in"
    }

    package struct Statement: Sendable {
        package var span: Span
        package var line: Int
        package var kind: Kind

        package init(_ kind: Kind, _ span: Span, line: Int) { (self.kind, self.span, self.line) = (kind, span, line) }

        package indirect enum Kind: Sendable {
            /// Text between tags, after whitespace control.
            case text([UInt8])
            case output(Expr)
            case `if`([(condition: Expr, body: [Statement])], otherwise: [Statement])
            case `for`(For)
            /// The target is a name, a tuple of targets or a namespace's member.
            case set(target: Expr, value: Expr)
            /// The filter chain, if any, has a nil base at its innermost end.
            case setBlock(target: Expr, filter: Expr?, body: [Statement])
            case with([(target: Expr, value: Expr)], body: [Statement])
            case macro(Macro)
            /// `call(parameters) callee(...)`; the macro has no name.
            case callBlock(call: Expr, caller: Macro)
            case filterBlock(filter: Expr, body: [Statement])
            case autoescape(Expr, body: [Statement])
            case block(Block)
            case extends(Expr)
            case include(Expr, ignoreMissing: Bool, withContext: Bool)
            case importAs(Expr, name: String, withContext: Bool)
            case fromImport(Expr, names: [(name: String, alias: String)], withContext: Bool)
            case `do`(Expr)
            case `break`
            case `continue`
        }
    }

    package struct For: Sendable {
        package var target: Expr
        package var iterable: Expr
        package var filter: Expr?
        package var recursive: Bool
        package var body: [Statement]
        package var otherwise: [Statement]
    }

    package struct Macro: Sendable {
        package var name: String
        package var parameters: [(name: String, standard: Expr?)]
        package var body: [Statement]
        package var span: Span
        package var line: Int
    }

    package struct Block: Sendable {
        package var name: String
        package var scoped: Bool
        package var required: Bool
        package var body: [Statement]
    }
}

extension Syntax.Expr.Kind {
    fileprivate var tallestChild: Int {
        func tallest(_ arguments: [Syntax.Argument]) -> Int { arguments.reduce(0) { max($0, $1.value.height) } }
        return switch self {
        case .constant, .name, .namespaceTarget: 0
        case .list(let items), .tuple(let items), .concat(let items): items.reduce(0) { max($0, $1.height) }
        case .dict(let items): items.reduce(0) { max($0, $1.key.height, $1.value.height) }
        case .attribute(let base, _), .unary(_, let base), .not(let base): base.height
        case .item(let a, let b), .binary(_, let a, let b), .and(let a, let b), .or(let a, let b):
            max(a.height, b.height)
        case .slice(let base, let start, let stop, let step):
            max(base.height, start?.height ?? 0, stop?.height ?? 0, step?.height ?? 0)
        case .call(let base, let arguments), .test(let base, _, let arguments): max(base.height, tallest(arguments))
        case .filter(let base, _, let arguments): max(base?.height ?? 0, tallest(arguments))
        case .compare(let first, let rest): rest.reduce(first.height) { max($0, $1.operand.height) }
        case .conditional(let condition, let then, let otherwise):
            max(condition.height, then.height, otherwise?.height ?? 0)
        }
    }
}
