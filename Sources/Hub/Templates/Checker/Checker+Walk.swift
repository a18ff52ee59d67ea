import HubModel

/// One walk over a syntax tree, with what is known about each name on the way.
///
/// The parser has bounded the tree's height, so the walk's recursion is bounded too.
struct CheckerWalk {
    let checker: Checker
    /// Names that the template assigns anywhere.
    let assigned: Set<String>
    /// What the spans are places in.
    let source: [UInt8]
    /// The named template that is walked; nil for the one that was given to the check.
    var template: CheckerTemplates.Template?
    /// How it was reached, innermost first.
    var reached: [Checker.Reach] = []
    /// Without the roots: in a template that is imported, or included, without context.
    var isBare = false
    /// How many more templates and macros may be gone into.
    var budget = 256
    /// Blocks that a template further down the chain of `extends` replaces.
    var replaced: Set<String> = []
    /// The text around is written as JSON.
    var isJSON = false
    /// Macros whose bodies are walked where they are called, with what they are called with.
    var onCall: Set<String> = []
    var problems: [Checker.Problem] = []
    private(set) var levels: [[String: CheckerInfo]] = [[:]]
    /// Paths that a condition around the current place has tested.
    var guarded: Set<String> = []
    /// Paths that a condition around the current place has asked anything about.
    var asked: Set<String>
    /// Statements and expressions around the current one.
    var depth = 0
    static let deepest = 64
    /// In code that runs later, with whatever the names hold then.
    private var deferred = false

    static let special: Set<String> = ["loop", "self", "super", "caller", "varargs", "kwargs", "omit"]

    init(_ checker: Checker, assigned: Set<String>, source: [UInt8]) {
        (self.checker, self.assigned, self.source) = (checker, assigned, source)
        asked = checker.asked
    }

    /// A walk through another template, or through a macro of one, that begins where this one is.
    init(from outer: CheckerWalk, into template: CheckerTemplates.Template, by step: Checker.Reach.How, at span: Span) {
        (checker, source, self.template) = (outer.checker, template.source, template)
        assigned = template.assigned.union(outer.assigned)
        reached = [Checker.Reach(how: step, template: outer.template?.name, span: span)] + outer.reached
        (guarded, asked, depth) = (outer.guarded, outer.asked, outer.depth + 1)
        (levels, deferred, isBare) = (outer.levels, outer.deferred, outer.isBare)
        budget = outer.budget - 1
    }

    /// Sees none of the names around.
    mutating func forget() { (levels, deferred, isBare, guarded, asked) = ([[:]], false, true, [], []) }

    var sorted: [Checker.Problem] {
        var seen: Set<Checker.Problem> = []
        // Those of other templates come after those of the source.
        return problems.filter { seen.insert($0).inserted }.sorted {
            ($0.template ?? "", $0.span.start, $0.span.end) < ($1.template ?? "", $1.span.start, $1.span.end)
        }
    }

    mutating func report(_ span: Span, _ severity: Checker.Problem.Severity, _ message: String, _ help: String? = nil) {
        let sentence = help.map { help in
            "\(help.prefix(1).uppercased())\(help.dropFirst())\(help.hasSuffix("?") ? "" : ".")"
        }
        problems.append(
            Checker.Problem(
                span: span, severity: severity, message: message, help: sentence, template: template?.name,
                reached: reached))
    }

    // MARK: Names

    /// What is known about a name; nil for one that is never assigned a value.
    func known(_ name: String) -> CheckerInfo? {
        for level in levels.reversed() { if let info = level[name] { return info } }
        if deferred, assigned.contains(name) { return .unknown }
        if !isBare, let root = checker.roots[name] { return info(root) }
        if assigned.contains(name) || Self.special.contains(name) || checker.anyName { return .unknown }
        if Machine.globals.contains(where: { $0.name == name }) { return .unknown }
        return nil
    }

    /// The names that could have been meant.
    var names: [String] {
        (Array(checker.roots.keys) + Array(assigned) + Machine.globals.map(\.name) + levels.flatMap(\.keys)).sorted()
    }

    /// Types that do not carry the root are left out; nothing is left when none does.
    private func info(_ root: Checker.Root) -> CheckerInfo {
        var info = CheckerInfo()
        func cases(_ list: [Checker.Root.Alternative]) -> [CheckerInfo.Case] {
            list.compactMap { item in item.shape.map { CheckerInfo.Case(types: item.types, shape: $0) } }
        }
        info.cases = cases(root.alternatives)
        info.elsewhere = cases(root.elsewhere)
        info.path = root.path ?? root.name
        return info
    }

    mutating func assign(_ name: String, _ info: CheckerInfo) { levels[levels.count - 1][name] = info }

    private mutating func assign(_ target: Syntax.Expr, _ info: CheckerInfo) {
        switch target.kind {
        case .name(let name): assign(name, info)
        case .tuple(let items): for item in items { assign(item, .unknown) }
        default: break
        }
    }

    mutating func scoped(_ body: (inout CheckerWalk) -> Void) {
        let saved = (guarded, asked)
        levels.append([:])
        body(&self)
        levels.removeLast()
        (guarded, asked) = saved
    }

    /// A body that runs later, when the names it uses may have other values.
    mutating func later(_ body: (inout CheckerWalk) -> Void) {
        let saved = (levels, deferred, guarded, asked)
        (levels, deferred) = ([[:]], true)
        body(&self)
        (levels, deferred, guarded, asked) = saved
    }

    // MARK: Statements

    mutating func block(_ statements: [Syntax.Statement]) {
        for statement in statements { check(statement) }
    }

    mutating func check(_ statement: Syntax.Statement) {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest { return }
        switch statement.kind {
        case .text, .break, .continue: return
        case .output(let expr): output(expr)
        case .do(let expr), .extends(let expr): _ = infer(expr)
        case .include(let expr, let ignoreMissing, let withContext):
            include(expr, ignoreMissing: ignoreMissing, withContext: withContext)
        case .importAs(let expr, let name, let withContext):
            let module = imported(expr, withContext: withContext)
            var info = CheckerInfo.unknown
            info.module = module
            assign(name, info)
        case .fromImport(let expr, let names, let withContext):
            let module = imported(expr, withContext: withContext)
            for name in names {
                assign(name.alias, module.map { exported(name.name, of: $0, from: statement.span) } ?? .unknown)
            }
        case .if(let branches, let otherwise): check(branches, otherwise)
        case .for(let loop): check(loop)
        case .set(let target, let value): set(target, value)
        case .setBlock(let target, let filter, let body):
            scoped { $0.block(body) }
            if let filter { _ = infer(filter) }
            assign(target, filter == nil ? CheckerInfo(.text) : .unknown)
        case .with(let pairs, let body):
            let values = pairs.map { infer($0.value) }
            scoped { walk in
                for (pair, value) in zip(pairs, values) { walk.assign(pair.target, value) }
                walk.block(body)
            }
        case .macro(let macro):
            if onCall.contains(macro.name) { standards(of: macro) } else { check(macro) }
            var info = CheckerInfo.unknown
            info.macro = CheckerMacro(macro, in: template)
            assign(macro.name, info)
        case .callBlock(let call, let caller):
            _ = infer(call)
            checkCaller(call)
            check(caller)
        case .filterBlock(let filter, let body):
            _ = infer(filter)
            scoped { $0.block(body) }
        case .autoescape(let expr, let body):
            _ = infer(expr)
            block(body)
        case .block(let content):
            if !replaced.contains(content.name) { later { $0.block(content.body) } }
        }
    }

    private mutating func set(_ target: Syntax.Expr, _ value: Syntax.Expr) {
        if case .tuple(let targets) = target.kind, case .tuple(let values) = value.kind, targets.count == values.count {
            let infos = values.map { infer($0) }
            for (target, info) in zip(targets, infos) { assign(target, info) }
            return
        }
        assign(target, infer(value))
    }

    private mutating func check(_ macro: Syntax.Macro) {
        standards(of: macro)
        later { walk in
            for parameter in macro.parameters { walk.assign(parameter.name, .unknown) }
            walk.block(macro.body)
        }
    }

    private mutating func standards(of macro: Syntax.Macro) {
        for parameter in macro.parameters { if let standard = parameter.standard { _ = infer(standard) } }
    }

    private mutating func check(
        _ branches: [(condition: Syntax.Expr, body: [Syntax.Statement])], _ otherwise: [Syntax.Statement]
    ) {
        let saved = (guarded, asked)
        // What each branch makes of the names it assigns to; only those of the innermost level can change.
        var ends: [[String: CheckerInfo]] = []
        for branch in branches {
            condition(branch.condition)
            constant(condition: branch.condition)
            let guards = CheckerGuards.of(branch.condition)
            let before = guarded
            ask(branch.condition)
            guarded.formUnion(guards.whenTrue)
            ends.append(assignments { $0.block(branch.body) })
            guarded = before
            guarded.formUnion(guards.whenFalse)
        }
        ends.append(assignments { $0.block(otherwise) })
        (guarded, asked) = saved
        // After the branches a name is what any of them made of it.
        for name in Set(ends.flatMap(\.keys)) {
            let before = levels[levels.count - 1][name] ?? .unknown
            var merged: CheckerInfo?
            for end in ends {
                let info = end[name] ?? before
                merged = merged.map { $0.or(info) } ?? info
                if info.isUnknown { break }
            }
            levels[levels.count - 1][name] = merged
        }
    }

    /// The names that a body assigns to in the innermost level, with what they are then; the level stays as it was.
    private mutating func assignments(_ body: (inout CheckerWalk) -> Void) -> [String: CheckerInfo] {
        levels.append([:])
        body(&self)
        return levels.removeLast()
    }

    private mutating func check(_ loop: Syntax.For) {
        let element = elements(of: loop.iterable, target: loop.target)
        scoped { walk in
            walk.assign(loop.target, element)
            walk.assign("loop", .unknown)
            if let filter = loop.filter {
                walk.condition(filter)
                walk.constant(condition: filter)
                walk.ask(filter)
                walk.guarded.formUnion(CheckerGuards.of(filter).whenTrue)
            }
            walk.block(loop.body)
        }
        scoped { $0.block(loop.otherwise) }
    }

    /// The elements of a loop over an expression, reporting what it cannot iterate over.
    mutating func elements(of iterable: Syntax.Expr, target: Syntax.Expr?) -> CheckerInfo {
        let items = infer(iterable)
        guard items.isFromModel, !items.isUnknown else { return .unknown }
        let what = CheckerInfo.phrase(items.path)
        let written = CheckerGuards.path(iterable) ?? "it"
        var pairs = false
        if case .tuple = target?.kind { pairs = true }
        if items.all(\.isList) { return pairs ? .unknown : items.element }
        if items.all(\.isNumber) {
            report(iterable.span, .error, "\(what) is \(items.kindName), and a loop needs a list")
        } else if items.all(\.isText) {
            report(
                iterable.span, .error, "\(what) is \(items.kindName), and a loop needs a list",
                "write `\(written) | list` to go through its characters")
        } else if items.all(\.isObject), pairs {
            report(
                iterable.span, .error, "\(what) is an object, and a loop goes through its names only",
                "write `\(written) | items` for pairs of name and value")
        }
        return .unknown
    }
}
