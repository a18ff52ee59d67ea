import HubModel

extension CheckerWalk {
    // MARK: Filters

    mutating func filter(
        _ base: Syntax.Expr?, _ name: String, _ arguments: [Syntax.Argument], _ expr: Syntax.Expr
    ) -> CheckerInfo {
        let standsIn = ["default", "d", "coalesce", "ifnull", "required", "truthy"].contains(name)
        let input = base.map { infer($0, tested: standsIn) } ?? .unknown
        let infos = arguments.map { infer($0.value, tested: standsIn) }
        guard let filter = checker.library.filters[name] else {
            let near = nearest(name, in: checker.library.filters.keys.sorted())
            report(
                nameSpan(name, expr, base), .error, "there is no filter \"\(name)\"",
                near.map { "did you mean \"\($0)\"?" })
            return .unknown
        }
        let before = problems.count
        check(arguments, infos, filter.signature, "the filter \"\(name)\"", nameSpan(name, expr, base))
        guard let bound = Bound(arguments, infos, filter.signature) else { return .unknown }
        let rule = FilterRule.all[name]
        checkKinds(name, rule, bound)
        if let base, input.isFromModel { checkInput(name, rule, input, base) }
        if let base, problems.count == before, CheckerNulls.printing.contains(name) { printed(base, input, by: name) }
        return result(of: name, rule, input, bound, expr)
    }

    func nameSpan(_ name: String, _ expr: Syntax.Expr, _ base: Syntax.Expr?) -> Span {
        place(of: name, in: Span(base?.span.end ?? expr.span.start, expr.span.end))
    }

    /// The place of a word inside a span; the span itself where it is not found.
    func place(of word: String, in span: Span) -> Span {
        guard span.start >= 0, span.start <= span.end, span.end <= source.count,
            let at = Scalars.find(Array(word.utf8), in: Array(source[span.start..<span.end]))
        else { return span }
        return Span(span.start + at, span.start + at + word.utf8.count)
    }

    /// Arguments by the parameters they belong to.
    struct Bound {
        struct Argument {
            var node: Syntax.Expr
            var info: CheckerInfo
        }

        var values: [String: Argument] = [:]
        var rest: [Argument] = []

        /// Nil where arguments are spread and nothing is known about them.
        init?(_ arguments: [Syntax.Argument], _ infos: [CheckerInfo], _ signature: Signature) {
            var position = 0
            for (argument, info) in zip(arguments, infos) {
                let bound = Argument(node: argument.value, info: info)
                switch argument.kind {
                case .spread, .spreadNamed: return nil
                case .named(let name): values[name] = bound
                case .positional:
                    if position < signature.parameters.count {
                        values[signature.parameters[position].name] = bound
                    } else {
                        rest.append(bound)
                    }
                    position += 1
                }
            }
        }
    }

    /// Number and names of arguments.
    private mutating func check(
        _ arguments: [Syntax.Argument], _ infos: [CheckerInfo], _ signature: Signature, _ what: String, _ span: Span
    ) {
        var position = 0
        var given: Set<String> = []
        var spread = false
        for argument in arguments {
            switch argument.kind {
            case .spread, .spreadNamed: spread = true
            case .positional:
                if position < signature.parameters.count {
                    given.insert(signature.parameters[position].name)
                } else if !signature.varargs {
                    let allowed = signature.parameters.count
                    report(
                        argument.value.span, .error,
                        "\(what) takes \(allowed == 0 ? "no arguments" : allowed == 1 ? "one argument" : "at most \(allowed) arguments")",
                        allowed == 0
                            ? nil : "its arguments are \(signature.parameters.map(\.name).joined(separator: ", "))")
                    return
                }
                position += 1
            case .named(let name):
                if signature.parameters.contains(where: { same($0.name, name) }) {
                    if !given.insert(name).inserted {
                        report(argument.value.span, .error, "\(what) is given \"\(name)\" twice")
                    }
                } else if !signature.kwargs {
                    let names = signature.parameters.map(\.name)
                    let near = nearest(name, in: names)
                    report(
                        argument.value.span, .error, "\(what) has no argument \"\(name)\"",
                        near.map { "did you mean \"\($0)\"?" }
                            ?? (names.isEmpty ? "it takes none" : "its arguments are \(names.joined(separator: ", "))"))
                    given.insert(name)
                }
            }
        }
        guard !spread else { return }
        for parameter in signature.parameters where parameter.standard == nil && !given.contains(parameter.name) {
            report(span, .error, "\(what) needs the argument \"\(parameter.name)\"")
        }
    }

    /// Kinds of arguments, where what is written makes them certain.
    private mutating func checkKinds(_ name: String, _ rule: FilterRule?, _ bound: Bound) {
        guard let rule else { return }
        for (parameter, kind) in rule.arguments {
            guard let argument = bound.values[parameter], !argument.info.isUnknown || argument.info.constant != nil
            else { continue }
            if case .some(Value.none) = argument.info.constant { continue }
            if let problem = kind.problem(argument.info) {
                report(argument.node.span, .error, "\(name) needs \(problem.needed) as \(parameter)", problem.help)
            }
        }
    }

    private mutating func checkInput(_ name: String, _ rule: FilterRule?, _ input: CheckerInfo, _ base: Syntax.Expr) {
        guard let rule, let needed = rule.input, !input.isUnknown else { return }
        if input.cases.contains(where: { needed.accepts($0.shape.kind) }) { return }
        report(
            base.span, .error,
            "\(CheckerInfo.phrase(input.path)) is \(input.kindName), and \(name) needs \(needed.rawValue)",
            needed == .list && input.all(\.isText) ? "use `| split` first to make a list of it" : nil)
    }

    private mutating func result(
        of name: String, _ rule: FilterRule?, _ input: CheckerInfo, _ bound: Bound, _ expr: Syntax.Expr
    ) -> CheckerInfo {
        let path = input.path.map { "\($0)|\(name)" }
        func made(_ shape: Shape) -> CheckerInfo { CheckerInfo(shape, path: path) }
        switch name {
        case "default", "d", "ifnull":
            let other = bound.values["default_value"] ?? bound.values["value"]
            let fallback = other?.info ?? (name == "ifnull" ? .unknown : CheckerInfo(.text))
            var isForNull = name == "ifnull"
            if let boolean = bound.values["boolean"] {
                isForNull = if case .some(.bool(let value)) = boolean.info.constant { value } else { true }
            }
            return (isForNull ? input.known : input).or(fallback).reached(by: input.path)
        case "coalesce": return bound.rest.reduce(input.known) { $0.or($1.info).known }.reached(by: input.path)
        case "required": return input.known
        case "first", "last", "random": return input.all(\.isText) ? made(.text) : input.element.reached(by: path)
        case "min", "max":
            checkPath(bound.values["attribute"], input.element)
            return input.element.reached(by: path)
        case "find":
            asked(by: bound, of: input.element)
            return input.element.reached(by: path)
        case "reverse": return input.all(\.isList) || input.all(\.isText) ? input : .unknown
        case "sort", "unique", "list":
            checkPath(bound.values["attribute"], input.element)
            return input.all(\.isList) ? input : .unknown
        case "where":
            asked(by: bound, of: input.element)
            return input.all(\.isList) ? input : .unknown
        case "any", "all": asked(by: bound, of: input.element)
        case "index_by", "sum_by": checkPath(bound.values["path"], input.element)
        case "groupby": checkPath(bound.values["attribute"], input.element)
        case "sum":
            if let attribute = bound.values["attribute"] { checkPath(attribute, input.element) }
        case "select", "reject":
            named(test: bound.rest.first, with: bound.rest.dropFirst().first, on: input.element)
            return input.all(\.isList) ? input : .unknown
        case "selectattr", "rejectattr":
            let member = checkPath(bound.rest.first, input.element)
            named(test: bound.rest.dropFirst().first, with: bound.rest.dropFirst(2).first, on: member)
            return input.all(\.isList) ? input : .unknown
        case "map":
            guard let attribute = bound.values["attribute"] else {
                named(filter: bound.rest.first)
                return CheckerInfo(.list(.any))
            }
            let element = checkPath(attribute, input.element)
            return element.list.reached(by: path)
        case "get":
            let found = checkPath(bound.values["path"], input)
            return bound.values["default"].map { found.or($0.info) } ?? found
        case "abs": return input.all(\.isNumber) ? input.reached(by: path) : .unknown
        case "batch", "slice": return .unknown
        default: break
        }
        return rule?.result.map(made) ?? .unknown
    }

    /// `where("role", "eq", "agent")` and the like.
    private mutating func asked(by bound: Bound, of element: CheckerInfo) {
        let member = checkPath(bound.values["path"], element)
        named(test: bound.values["test"], with: bound.values["value"], on: member)
    }

    /// A test given by its name in quotes.
    private mutating func named(test: Bound.Argument?, with value: Bound.Argument?, on info: CheckerInfo) {
        guard let test, case .string(let name) = test.info.constant else { return }
        if checker.library.tests[name] == nil {
            let near = nearest(name, in: checker.library.tests.keys.sorted())
            report(
                test.node.span, .error, "there is no test \"\(name)\"",
                near.map { "did you mean \"\($0)\"?" } ?? "to compare, name the test as well: `\"eq\", \"\(name)\"`")
        } else if Self.equalities.contains(name), let value {
            equality(info, test.node, value.info, value.node)
        }
    }

    /// A filter given by its name in quotes.
    private mutating func named(filter: Bound.Argument?) {
        guard let filter, case .string(let name) = filter.info.constant, checker.library.filters[name] == nil else {
            return
        }
        let near = nearest(name, in: checker.library.filters.keys.sorted())
        report(filter.node.span, .error, "there is no filter \"\(name)\"", near.map { "did you mean \"\($0)\"?" })
    }

    private static let equalities: Set<String> = ["eq", "==", "equalto", "ne", "!="]

    /// Follows a path given as an argument, reporting where no shape goes on.
    @discardableResult
    private mutating func checkPath(_ argument: Bound.Argument?, _ info: CheckerInfo) -> CheckerInfo {
        guard let argument, case .string(let path) = argument.info.constant, info.isFromModel, !info.isUnknown,
            !path.utf8.contains(91), !path.utf8.contains(44)
        else { return .unknown }
        var here = info
        for name in path.split(separator: ".") {
            if Int(name) != nil {
                here = here.element
            } else {
                here = member(String(name), of: here, span: argument.node.span, full: nil)
            }
            if here.isUnknown { return .unknown }
        }
        return here
    }

    // MARK: Tests

    mutating func test(
        _ base: Syntax.Expr, _ name: String, _ arguments: [Syntax.Argument], _ expr: Syntax.Expr
    ) -> CheckerInfo {
        let asked = ["defined", "undefined", "none"].contains(name)
        let input = infer(base, tested: asked)
        let infos = arguments.map { infer($0.value) }
        let span = place(of: name, in: Span(base.span.end, expr.span.end))
        guard let test = checker.library.tests[name] else {
            let near = nearest(name, in: checker.library.tests.keys.sorted())
            report(span, .error, "there is no test \"\(name)\"", near.map { "did you mean \"\($0)\"?" })
            return CheckerInfo(.bool)
        }
        check(arguments, infos, test.signature, "the test \"\(name)\"", span)
        if Self.equalities.contains(name), let first = arguments.first, let info = infos.first {
            equality(input, base, info, first.value)
        }
        return CheckerInfo(.bool)
    }
}
