import HubModel

/// The named templates a checked one may use, parsed once.
struct CheckerTemplates: Sendable {
    final class Template: Sendable {
        let name: String
        let source: [UInt8]
        let statements: [Syntax.Statement]
        let assigned: Set<String>
        /// The names it exports to templates that import it, and the macros among them that are certain.
        let exported: [String: CheckerMacro?]

        init(_ name: String, _ source: [UInt8], _ statements: [Syntax.Statement]) {
            (self.name, self.source, self.statements) = (name, source, statements)
            assigned = CheckerNames.assigned(in: statements)
            var stored: [String] = []
            Survey.stores(statements, into: &stored)
            var exported: [String: CheckerMacro?] = [:]
            for name in stored { exported[name] = .some(nil) }
            for statement in statements {
                guard case .macro(let macro) = statement.kind, stored.count(where: { $0 == macro.name }) == 1 else {
                    continue
                }
                exported[macro.name] = CheckerMacro(macro, home: name)
            }
            self.exported = exported
        }
    }

    private let parsed: [String: Template]
    /// All names, those of templates that do not parse included: they may be used without a second complaint.
    let names: [String]
    /// Names of JSON trees.
    let trees: Set<String>

    init(_ sources: [String: String], _ trees: Set<String>, options: TemplateOptions) {
        self.trees = trees
        var options = options
        options.literals = []
        names = sources.keys.sorted()
        var parsed: [String: Template] = [:]
        for (name, source) in sources {
            let bytes = Array(source.utf8)
            do throws(TemplateError) {
                var parser = try Parser(bytes, name: name, options: options)
                parsed[name] = Template(name, bytes, try parser.template())
            } catch {
                continue
            }
        }
        self.parsed = parsed
    }

    subscript(name: String) -> Template? { parsed[name] }
}

extension CheckerTemplates.Template {
    var macros: [String] { exported.keys.filter { !$0.hasPrefix("_") }.sorted() }
}

/// A macro whose parameters are known.
final class CheckerMacro: Sendable {
    let macro: Syntax.Macro
    /// The template it is written in; nil for the source that was given to the check.
    let home: String?
    let takesMore: Bool
    let takesNamed: Bool
    let usesCaller: Bool

    init(_ macro: Syntax.Macro, home: String?) {
        (self.macro, self.home) = (macro, home)
        takesMore = Survey.uses("varargs", in: macro.body)
        takesNamed = Survey.uses("kwargs", in: macro.body)
        usesCaller = Survey.uses("caller", in: macro.body)
    }

    convenience init(_ macro: Syntax.Macro, in template: CheckerTemplates.Template?) {
        self.init(macro, home: template?.name)
    }
}

extension CheckerWalk {
    /// A whole template: its statements, with those it extends.
    mutating func template(_ statements: [Syntax.Statement], replaced: Set<String> = []) {
        self.replaced = replaced
        onCall = Survey.calledOnce(in: statements)
        block(statements)
        var parent: (expr: Syntax.Expr, at: Int)?
        for (n, statement) in statements.enumerated() {
            if case .extends(let expr) = statement.kind, parent == nil { parent = (expr, n) }
        }
        guard let parent else { return }
        neverShown(statements[(parent.at + 1)...])
        guard let (name, span) = Self.names(in: parent.expr).first, Self.names(in: parent.expr).count == 1,
            let found = named(name, at: span, ignoreMissing: false), mayEnter(found)
        else { return }
        strayBlocks(statements, of: found)
        var blocks: [(Syntax.Block, Span, Int)] = []
        Survey.blocks(statements, into: &blocks)
        let own = blocks.filter { !Survey.uses("super", in: $0.0.body) }.map(\.0.name)
        var inner = CheckerWalk(from: self, into: found, by: .extended, at: span)
        inner.template(found.statements, replaced: replaced.union(own))
        join(inner)
    }

    mutating func include(_ expr: Syntax.Expr, ignoreMissing: Bool, withContext: Bool) {
        _ = infer(expr)
        var names = Self.names(in: expr)
        // Of a list the first that exists is taken.
        switch expr.kind {
        case .list, .tuple:
            if let first = names.first(where: { checker.templates.names.contains($0.name) }) { names = [first] }
        default: break
        }
        for (name, span) in names {
            guard let found = named(name, at: span, ignoreMissing: ignoreMissing), mayEnter(found) else { continue }
            var inner = CheckerWalk(from: self, into: found, by: .included, at: span)
            if !withContext { inner.forget() }
            inner.template(found.statements)
            join(inner)
        }
    }

    /// The template whose macros a statement imports; nil when that is not certain.
    mutating func imported(_ expr: Syntax.Expr, withContext: Bool) -> CheckerTemplates.Template? {
        _ = infer(expr)
        let names = Self.names(in: expr)
        guard names.count == 1, let (name, span) = names.first,
            let found = named(name, at: span, ignoreMissing: false)
        else { return nil }
        if mayEnter(found) {
            var inner = CheckerWalk(from: self, into: found, by: .imported, at: span)
            if !withContext { inner.forget() }
            inner.template(found.statements)
            join(inner)
        }
        return found
    }

    /// A member of an imported template.
    mutating func exported(_ name: String, of module: CheckerTemplates.Template, from span: Span) -> CheckerInfo {
        guard let found = module.exported[name] else {
            if Survey.hasExtends(module.statements) { return .unknown }
            let macros = module.macros
            // Jinja prints nothing for it in the modes that let undefined values pass.
            let isLenient = checker.options.undefined == .lenient || checker.options.undefined == .chainable
            report(
                place(of: name, in: afterLast(module.name, in: span)), isLenient ? .warning : .error,
                "the template \"\(module.name)\" has no macro \"\(name)\"",
                nearest(name, in: macros).map { "did you mean \"\($0)\"?" }
                    ?? (macros.isEmpty ? "it defines none" : "it has \(Self.listed(macros))"))
            return .unknown
        }
        var info = CheckerInfo.unknown
        info.macro = found
        return info
    }

    /// The part of a span after the name of a template in it.
    private func afterLast(_ name: String, in span: Span) -> Span {
        let at = place(of: name, in: span)
        return at == span ? span : Span(at.end, span.end)
    }

    private var remedyForContext: String {
        switch reached.first?.how {
        case .included: "write `include` without `without context`"
        default: "pass it as an argument, or import with context: `import \"…\" as … with context`"
        }
    }

    mutating func reportWithoutContext(_ name: String, _ span: Span) {
        report(
            span, .error,
            "\"\(name)\" is not known here: the template is \(reached.first?.how.rawValue ?? "used") without context",
            remedyForContext)
    }

    /// The names in a literal: `"a"`, `["a", "b"]`, `"a" if x else "b"`.
    private static func names(in expr: Syntax.Expr) -> [(name: String, span: Span)] {
        switch expr.kind {
        case .constant(.string(let name)): [(name, expr.span)]
        case .list(let items), .tuple(let items): items.flatMap { names(in: $0) }
        case .conditional(_, let then, let otherwise): names(in: then) + (otherwise.map { names(in: $0) } ?? [])
        default: []
        }
    }

    private mutating func named(_ name: String, at span: Span, ignoreMissing: Bool) -> CheckerTemplates.Template? {
        if let found = checker.templates[name] { return found }
        let names = checker.templates.names
        // What does not parse is reported at its place.
        if names.contains(name) || ignoreMissing || checker.anyName && names.isEmpty { return nil }
        if checker.templates.trees.contains(name) {
            report(
                span, .error, "the template \"\(name)\" is a tree, and only text can be used in other templates",
                "write it as text, or build the part here")
            return nil
        }
        report(
            span, .error, "there is no template \"\(name)\"",
            nearest(name, in: names).map { "did you mean \"\($0)\"?" }
                ?? (names.isEmpty
                    ? "templates that are text are named under `templates`" : "the templates are \(Self.listed(names))")
        )
        return nil
    }

    /// Templates that lead back to themselves are gone into once.
    private func mayEnter(_ found: CheckerTemplates.Template) -> Bool {
        budget > 0 && depth < Self.deepest && template?.name != found.name
            && !reached.contains { $0.template == found.name }
    }

    /// Takes over what another walk found.
    private mutating func join(_ inner: CheckerWalk) {
        problems += inner.problems
        budget = inner.budget
    }

    // MARK: Blocks

    private mutating func neverShown(_ statements: ArraySlice<Syntax.Statement>) {
        for statement in statements {
            let isShown =
                switch statement.kind {
                case .text(let bytes): bytes.contains { ![9, 10, 13, 32].contains($0) }
                case .output, .include: true
                default: false
                }
            guard isShown else { continue }
            return report(
                statement.span, .warning,
                "text outside the blocks of a template that extends another is never shown",
                "put it into a block, or leave it out")
        }
    }

    private mutating func strayBlocks(_ statements: [Syntax.Statement], of parent: CheckerTemplates.Template) {
        var known: Set<String> = []
        var next: CheckerTemplates.Template? = parent
        var seen: Set<String> = []
        while let current = next, seen.insert(current.name).inserted {
            var blocks: [(Syntax.Block, Span, Int)] = []
            Survey.blocks(current.statements, into: &blocks)
            known.formUnion(blocks.map(\.0.name))
            next = nil
            for statement in current.statements {
                guard case .extends(let expr) = statement.kind else { continue }
                let names = Self.names(in: expr)
                guard names.count == 1, let found = checker.templates[names[0].name] else { return }
                next = found
            }
        }
        for statement in statements {
            guard case .block(let block) = statement.kind, !known.contains(block.name) else { continue }
            report(
                place(of: block.name, in: statement.span), .warning,
                "the block \"\(block.name)\" is never shown: \"\(parent.name)\" has no block of that name",
                nearest(block.name, in: known.sorted()).map { "did you mean \"\($0)\"?" }
                    ?? (known.isEmpty ? nil : "its blocks are \(Self.listed(known.sorted()))"))
        }
    }

    // MARK: Macros

    mutating func call(
        _ macro: CheckerMacro, _ callee: Syntax.Expr, _ arguments: [Syntax.Argument], _ infos: [CheckerInfo]
    ) {
        let parameters = macro.macro.parameters.map(\.name)
        var given: [String: CheckerInfo] = [:]
        var position = 0
        var isCertain = true
        for (argument, info) in zip(arguments, infos) {
            switch argument.kind {
            case .spread, .spreadNamed: isCertain = false
            case .positional:
                if position < parameters.count {
                    given[parameters[position]] = info
                } else if !macro.takesMore {
                    report(
                        argument.value.span, .error,
                        "the macro \"\(macro.macro.name)\" takes \(parameters.isEmpty ? "no arguments" : parameters.count == 1 ? "one argument" : "at most \(parameters.count) arguments")",
                        parameters.isEmpty ? nil : "its arguments are \(parameters.joined(separator: ", "))")
                    return
                }
                position += 1
            case .named(let name):
                if parameters.contains(name) {
                    if given.updateValue(info, forKey: name) != nil {
                        report(
                            argument.value.span, .error, "the macro \"\(macro.macro.name)\" is given \"\(name)\" twice")
                    }
                } else if !macro.takesNamed, !(name == "caller" && macro.usesCaller) {
                    report(
                        argument.value.span, .error, "the macro \"\(macro.macro.name)\" has no argument \"\(name)\"",
                        nearest(name, in: parameters).map { "did you mean \"\($0)\"?" }
                            ?? (parameters.isEmpty
                                ? "it takes none" : "its arguments are \(parameters.joined(separator: ", "))"))
                    isCertain = false
                }
            }
        }
        guard isCertain, macro.home == template?.name, case .name(let name) = callee.kind, onCall.contains(name),
            name == macro.macro.name
        else { return }
        // The only call there is: its body meets nothing else.
        onCall.remove(name)
        later { walk in
            for parameter in macro.macro.parameters {
                walk.assign(parameter.name, parameter.standard == nil ? given[parameter.name] ?? .unknown : .unknown)
            }
            walk.block(macro.macro.body)
        }
    }

    /// `{% call m() %}` for a macro that never calls back.
    mutating func checkCaller(_ call: Syntax.Expr) {
        guard case .call(let callee, _) = call.kind, case .name(let name) = callee.kind,
            let macro = known(name)?.macro, !macro.usesCaller, !macro.takesNamed
        else { return }
        report(
            callee.span, .error, "the macro \"\(macro.macro.name)\" never uses caller(), and a call block needs that",
            "print `caller()` in the macro, or call it as `{{ \(name)() }}`")
    }
}

extension Survey {
    /// Macros at the top of a template whose name occurs once besides the definition, in a call that is at the top too.
    static func calledOnce(in statements: [Syntax.Statement]) -> Set<String> {
        var found: Set<String> = []
        for (n, statement) in statements.enumerated() {
            guard case .macro(let macro) = statement.kind else { continue }
            let others = statements.enumerated().filter { $0.offset != n }.map(\.element)
            let users = others.filter { uses(macro.name, in: [$0]) || mentionsInBlocks(macro.name, $0) }
            guard users.count == 1, !uses(macro.name, in: macro.body), case .output(let expr) = users[0].kind,
                case .call(let callee, let arguments) = expr.kind, case .name(macro.name) = callee.kind,
                !arguments.contains(where: { uses(macro.name, in: $0.value) })
            else { continue }
            var stored: [String] = []
            stores(statements, into: &stored)
            if stored.count(where: { $0 == macro.name }) == 1 { found.insert(macro.name) }
        }
        return found
    }

    private static func mentionsInBlocks(_ name: String, _ statement: Syntax.Statement) -> Bool {
        var blocks: [(Syntax.Block, Span, Int)] = []
        self.blocks([statement], into: &blocks)
        return blocks.contains { uses(name, in: $0.0.body) }
    }
}
