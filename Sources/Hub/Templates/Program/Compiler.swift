import HubModel

/// Turns a syntax tree into a `Program`: every name becomes a slot, every filter a number, every argument a parameter.
///
/// Scopes follow Jinja: loops, `with`, macros, blocks, set and filter blocks open one; `if` does not. A name that is set
/// anywhere in a scope has a slot there, which starts with the value the name has outside.
struct Compiler {
    /// The tables while they grow.
    struct Draft {
        var nodes: [Program.Node] = []
        var spans: [Span] = []
        var lines: [Int32] = []
        var lists: [Int32] = []
        var constants: [Value] = []
        var names: [String] = []
        var texts: [[UInt8]] = []
        var fors: [Program.For] = []
        var calls: [Program.Call] = []
        var bounds: [Program.Bound] = []
        var filters: [Filter] = []
        var tests: [Test] = []
        var functions: [Program.Function] = []
        var targets: [Program.Target] = []
        var withs: [Program.With] = []
        var sets: [Program.Set] = []
        var blocks: [Program.Block] = []
        var imports: [Program.Import] = []
        var blockFunctions: [(symbol: Int32, function: Int)] = []
    }

    /// One lexical scope: names and their slots.
    private struct Level {
        var names: [(name: String, slot: Int32)] = []
        var isLoop = false
    }

    /// A function being compiled: root, block, macro or caller.
    private struct Frame {
        enum Kind { case root, block, macro }

        var kind: Kind
        var function: Program.Function
        var levels: [Level] = []
        /// Loops that `break` may leave, inside this function and its captures.
        var loops = 0
    }

    private var draft = Draft()
    private(set) var symbols: Symbols
    private let options: TemplateOptions
    private let parser: Parser
    private var frames: [Frame] = []
    /// Inside a branch, where an unknown filter is an error only when it is reached.
    private var branch = 0
    private var hasExtends = false
    private var knownExtends = false
    private var extendsSoFar = 0
    private var outputCheck = false
    private var toplevel = false
    private var rootlevel = false
    /// 0: printed as it is; 1: escaped for HTML; 2: as the machine's flag says; 3: percent-encoded.
    private var escape: UInt8
    private var pendingBlocks: [(Syntax.Block, Int)] = []
    private var statementLine: Int32 = 1

    init(options: TemplateOptions, symbols: Symbols, parser: Parser) {
        self.options = options
        self.symbols = symbols
        self.parser = parser
        escape = options.output == .html ? 1 : options.output == .url ? 3 : 0
    }

    // MARK: Entry points

    mutating func template(
        _ statements: [Syntax.Statement], name: String?, source: [UInt8]
    ) throws(TemplateError) -> Program {
        hasExtends = Survey.hasExtends(statements)
        outputCheck = hasExtends
        toplevel = true
        rootlevel = true
        draft.functions.append(Program.Function(name: "root"))
        frames = [Frame(kind: .root, function: draft.functions[0], levels: [])]
        try openBlocks(statements)
        let entries = open(storing: statements)
        let body = try sequence(statements)
        close()
        try finish(0, entries: entries, body: body)
        var n = 0
        while n < pendingBlocks.count {
            try blockFunction(pendingBlocks[n].0, pendingBlocks[n].1)
            n += 1
        }
        return Program(draft, name: name, source: source, expression: -1)
    }

    mutating func expression(_ expr: Syntax.Expr, name: String?, source: [UInt8]) throws(TemplateError) -> Program {
        draft.functions.append(Program.Function(name: "expression"))
        frames = [Frame(kind: .root, function: draft.functions[0], levels: [Level()])]
        let node = try compile(expr)
        try finish(0, entries: [], body: -1)
        return Program(draft, name: name, source: source, expression: node)
    }

    private mutating func finish(_ index: Int, entries: [Program.Entry], body: Int32) throws(TemplateError) {
        guard var function = frames.popLast()?.function else { return }
        function.entries = entries
        function.body = body
        draft.functions[index] = function
    }

    private mutating func openBlocks(_ statements: [Syntax.Statement]) throws(TemplateError) {
        var found: [(Syntax.Block, Span, Int)] = []
        Survey.blocks(statements, into: &found)
        for (block, span, line) in found {
            let symbol = symbols.number(of: block.name)
            if draft.blockFunctions.contains(where: { $0.symbol == symbol }) {
                throw parser.failure("the block \"\(block.name)\" is defined twice", span, line: line)
            }
            let index = draft.functions.count
            draft.functions.append(Program.Function(name: block.name))
            draft.blockFunctions.append((symbol, index))
            pendingBlocks.append((block, index))
        }
    }

    private mutating func blockFunction(_ block: Syntax.Block, _ index: Int) throws(TemplateError) {
        frames = [Frame(kind: .block, function: draft.functions[index], levels: [])]
        toplevel = false
        rootlevel = false
        outputCheck = false
        branch = 0
        escape = options.output == .html ? 1 : options.output == .url ? 3 : 0
        let entries = open(storing: block.body)
        let body = try sequence(block.body)
        close()
        try finish(index, entries: entries, body: body)
    }

    // MARK: Scopes

    private var top: Int { frames.count - 1 }

    private mutating func slot(_ name: String) -> Int32 {
        frames[top].function.slotNames.append(name)
        return Int32(frames[top].function.slotNames.count - 1)
    }

    /// Opens a scope in which `statements` run, with a slot for every name they set.
    private mutating func open(
        storing statements: [Syntax.Statement], parameters: [String] = [], loop: Bool = false
    ) -> [Program.Entry] {
        var stored: [String] = []
        Survey.stores(statements, into: &stored)
        var entries: [Program.Entry] = []
        var level = Level()
        for name in parameters where !level.names.contains(where: { same($0.name, name) }) {
            level.names.append((name, slot(name)))
        }
        for name in stored where !level.names.contains(where: { same($0.name, name) }) {
            let outside = place(of: name)
            let slot = slot(name)
            level.names.append((name, slot))
            entries.append(Program.Entry(slot: slot, from: outside))
        }
        level.isLoop = loop
        frames[top].levels.append(level)
        return entries
    }

    private mutating func close() { frames[top].levels.removeLast() }

    private mutating func place(of name: String) -> Program.Place {
        for index in frames.indices.reversed() {
            for level in frames[index].levels.reversed() {
                if let found = level.names.last(where: { same($0.name, name) }) {
                    return index == top ? .local(found.slot) : .outer(found.slot, level: Int32(top - index))
                }
            }
            if let special = special(name, in: index) {
                return index == top ? .local(special) : .outer(special, level: Int32(top - index))
            }
        }
        return .root(symbols.number(of: name))
    }

    /// The slots of `self`, `super`, `caller`, `varargs` and `kwargs`, made when first used.
    private mutating func special(_ name: String, in index: Int) -> Int32? {
        func make(_ path: WritableKeyPath<Program.Function, Int32>) -> Int32 {
            let known = frames[index].function[keyPath: path]
            if known >= 0 { return known }
            frames[index].function.slotNames.append(name)
            let slot = Int32(frames[index].function.slotNames.count - 1)
            frames[index].function[keyPath: path] = slot
            return slot
        }
        switch (frames[index].kind, name) {
        case (.root, "self"), (.block, "self"): return make(\.selfSlot)
        case (.block, "super"): return make(\.superSlot)
        case (.macro, "caller"): return make(\.callerSlot)
        case (.macro, "varargs"): return make(\.varargsSlot)
        case (.macro, "kwargs"): return make(\.kwargsSlot)
        default: return nil
        }
    }

    /// Every local name in sight with its place: what an include with context sees.
    private mutating func visibleLocals() -> [(symbol: Int32, place: Program.Place)] {
        var result: [(symbol: Int32, place: Program.Place)] = []
        for index in frames.indices.reversed() {
            for level in frames[index].levels.reversed() {
                for (name, slot) in level.names.reversed() {
                    let symbol = symbols.number(of: name)
                    if result.contains(where: { $0.symbol == symbol }) { continue }
                    result.append((symbol, index == top ? .local(slot) : .outer(slot, level: Int32(top - index))))
                }
            }
        }
        return result
    }

    // MARK: Nodes

    private mutating func add(_ node: Program.Node, _ span: Span) -> Int32 {
        draft.nodes.append(node)
        draft.spans.append(span)
        draft.lines.append(statementLine)
        return Int32(draft.nodes.count - 1)
    }

    private mutating func list(_ items: [Int32]) -> Int32 {
        let start = Int32(draft.lists.count)
        draft.lists.append(contentsOf: items)
        return start
    }

    private mutating func nameIndex(_ name: String) -> Int32 {
        if let known = draft.names.lastIndex(where: { same($0, name) }) { return Int32(known) }
        draft.names.append(name)
        return Int32(draft.names.count - 1)
    }

    private mutating func constant(_ value: Value, _ span: Span) -> Int32 {
        draft.constants.append(value)
        return add(Program.Node(op: .constant, a: Int32(draft.constants.count - 1)), span)
    }

    // MARK: Statements

    private mutating func sequence(_ statements: [Syntax.Statement]) throws(TemplateError) -> Int32 {
        var items: [Int32] = []
        for statement in statements {
            statementLine = Int32(truncatingIfNeeded: statement.line)
            if let node = try compile(statement) { items.append(node) }
        }
        let span = Span(statements.first?.span.start ?? 0, statements.last?.span.end ?? 0)
        if items.count == 1 { return items[0] }
        let start = list(items)
        return add(Program.Node(op: .sequence, a: start, b: Int32(items.count)), span)
    }

    /// Text and output after `extends` go nowhere, and before it only when nothing was extended.
    private mutating func checked(_ node: Int32, _ span: Span) -> Int32? {
        guard outputCheck else { return node }
        if knownExtends { return nil }
        return add(Program.Node(op: .unlessExtended, a: node), span)
    }

    /// Compiles a statement; nil for one that has no effect. Kinds with a body have functions of their own.
    private mutating func compile(_ statement: Syntax.Statement) throws(TemplateError) -> Int32? {
        switch statement.kind {
        case .if(let branches, let otherwise): try conditional(branches, otherwise, statement.span)
        case .for(let loop): try forLoop(loop, statement.span)
        case .with(let pairs, let body): try with(pairs, body, statement.span)
        case .autoescape(let on, let body): try autoescape(on, body, statement.span)
        case .setBlock(let target, let filter, let body):
            try capture(target: target, filter: filter, body, statement.span, resetsCheck: true)
        case .filterBlock(let filter, let body):
            try capture(target: nil, filter: filter, body, statement.span, resetsCheck: false)
        case .macro(let macro): try macroNode(macro, statement.span)
        case .callBlock(let call, let caller): try callBlock(call, caller, statement)
        default: try simple(statement)
        }
    }

    private mutating func simple(_ statement: Syntax.Statement) throws(TemplateError) -> Int32? {
        let span = statement.span
        switch statement.kind {
        case .text(let bytes):
            if outputCheck, knownExtends { return nil }
            draft.texts.append(bytes)
            return checked(add(Program.Node(op: .text, a: Int32(draft.texts.count - 1)), span), span)
        case .output(let expr):
            if outputCheck, knownExtends { return nil }
            let value = try compile(expr)
            return checked(add(Program.Node(op: .output, flag: escape, a: value), span), span)
        case .set(let target, let value): return try assignment(target, value, span)
        case .block(let block): return try blockReference(block, span)
        case .extends(let template): return try extends(template, span, statement.line)
        case .include(let template, let ignoreMissing, let withContext):
            let node = try compile(template)
            draft.imports.append(
                Program.Import(
                    template: node, symbol: literalSymbol(template), ignoreMissing: ignoreMissing,
                    withContext: withContext,
                    locals: withContext ? visibleLocals() : []))
            return add(Program.Node(op: .include, a: Int32(draft.imports.count - 1)), span)
        case .importAs(let template, let name, let withContext):
            return try importNode(.importAs, template, [(name, name)], withContext, span)
        case .fromImport(let template, let names, let withContext):
            return try importNode(.fromImport, template, names, withContext, span)
        case .do(let expr): return add(Program.Node(op: .evaluate, a: try compile(expr)), span)
        default:
            guard frames[top].loops > 0 else {
                throw parser.failure("there is no loop to leave here", span, line: statement.line)
            }
            if case .break = statement.kind { return add(Program.Node(op: .breakLoop), span) }
            return add(Program.Node(op: .continueLoop), span)
        }
    }

    private mutating func assignment(
        _ target: Syntax.Expr, _ value: Syntax.Expr, _ span: Span
    ) throws(TemplateError) -> Int32 {
        let value = try compile(value)
        let target = try self.target(target)
        if case .local(let slot) = target { return add(Program.Node(op: .setLocal, a: slot, b: value), span) }
        draft.targets.append(target)
        return add(Program.Node(op: .set, a: Int32(draft.targets.count - 1), b: value), span)
    }

    private mutating func importNode(
        _ op: Program.Op, _ template: Syntax.Expr, _ names: [(name: String, alias: String)], _ withContext: Bool,
        _ span: Span
    ) throws(TemplateError) -> Int32 {
        let node = try compile(template)
        var targets: [(name: String, symbol: Int32, target: Program.Target)] = []
        for (name, alias) in names { targets.append((name, symbols.number(of: name), importTarget(alias))) }
        draft.imports.append(
            Program.Import(
                template: node, symbol: literalSymbol(template), withContext: withContext,
                locals: withContext ? visibleLocals() : [], names: targets))
        return add(Program.Node(op: op, a: Int32(draft.imports.count - 1)), span)
    }

    private mutating func macroNode(_ macro: Syntax.Macro, _ span: Span) throws(TemplateError) -> Int32 {
        let target = try self.target(Syntax.Expr(.name(macro.name), macro.span, line: macro.line))
        let function = try self.macro(macro)
        draft.targets.append(target)
        return add(Program.Node(op: .macro, a: Int32(function), b: Int32(draft.targets.count - 1)), span)
    }

    private mutating func callBlock(
        _ call: Syntax.Expr, _ caller: Syntax.Macro, _ statement: Syntax.Statement
    ) throws(TemplateError) -> Int32? {
        let function = try macro(caller)
        statementLine = Int32(truncatingIfNeeded: statement.line)
        guard case .call(let callee, let arguments) = call.kind else { return nil }
        let callNode = try callNode(callee, arguments, call.span)
        return add(Program.Node(op: .callBlock, flag: escape, a: Int32(function), b: callNode), statement.span)
    }

    private mutating func autoescape(
        _ on: Syntax.Expr, _ body: [Syntax.Statement], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let value = try compile(on)
        let saved = escape
        if escape != 3 {
            if case .constant(let constant) = on.kind { escape = constant.constantTruth ? 1 : 0 } else { escape = 2 }
        }
        let number = try scope(body)
        escape = saved
        return add(Program.Node(op: .autoescape, a: value, b: number), span)
    }

    /// A body with its own scope, as a `with` that assigns nothing.
    private mutating func scope(_ body: [Syntax.Statement]) throws(TemplateError) -> Int32 {
        let saved = (toplevel, rootlevel, branch)
        (toplevel, rootlevel, branch) = (false, false, 0)
        let entries = open(storing: body)
        let node = try sequence(body)
        close()
        (toplevel, rootlevel, branch) = saved
        draft.withs.append(Program.With(pairs: [], entries: entries, body: node))
        return Int32(draft.withs.count - 1)
    }

    private mutating func conditional(
        _ branches: [(condition: Syntax.Expr, body: [Syntax.Statement])], _ otherwise: [Syntax.Statement], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let wasRoot = rootlevel
        rootlevel = false
        branch += 1
        defer {
            rootlevel = wasRoot
            branch -= 1
        }
        var items: [Int32] = []
        for (condition, body) in branches {
            statementLine = Int32(truncatingIfNeeded: condition.line)
            items.append(try compile(condition))
            items.append(try sequence(body))
        }
        let rest: Int32 = otherwise.isEmpty ? -1 : try sequence(otherwise)
        let start = list(items)
        return add(Program.Node(op: .if, a: start, b: Int32(branches.count), c: rest), span)
    }

    /// Compiles a nested scope: what is inside is neither top level nor in a branch of the scope outside.
    private mutating func nested<T>(
        _ body: (inout Compiler) throws(TemplateError) -> T
    ) throws(TemplateError) -> T {
        let saved = (toplevel, rootlevel, branch)
        (toplevel, rootlevel, branch) = (false, false, 0)
        defer { (toplevel, rootlevel, branch) = saved }
        return try body(&self)
    }

    private mutating func forLoop(_ loop: Syntax.For, _ span: Span) throws(TemplateError) -> Int32 {
        if let stored = Survey.storesLoop(loop) {
            throw parser.failure("\"loop\" cannot be assigned to inside a loop", stored.span, line: stored.line)
        }
        let line = statementLine
        let first = frames[top].function.slotNames.count
        let iterable = try compile(loop.iterable)
        let usesLoop = loop.recursive || Survey.usesLoop(loop)
        var names: [String] = []
        Survey.names(of: loop.target, into: &names)
        let result = try nested { compiler throws(TemplateError) -> Program.For in
            var entries = compiler.open(storing: loop.body, parameters: names + (usesLoop ? ["loop"] : []), loop: true)
            // The filter sees the loop's own variables, but not `loop`.
            compiler.frames[compiler.top].loops += 1
            let target = try compiler.target(loop.target)
            var filter: Int32 = -1
            if let test = loop.filter {
                compiler.statementLine = line
                let hidden = compiler.frames[compiler.top].levels.removeLast()
                var shown = Level()
                shown.names = hidden.names.filter { name in names.contains { same($0, name.name) } }
                compiler.frames[compiler.top].levels.append(shown)
                filter = try compiler.compile(test)
                compiler.frames[compiler.top].levels[compiler.frames[compiler.top].levels.count - 1] = hidden
            }
            var loopSlot: Int32 = -1
            if usesLoop, case .local(let slot) = compiler.place(of: "loop") { loopSlot = slot }
            entries.removeAll { entry in entry.slot == loopSlot }
            let body = try compiler.sequence(loop.body)
            compiler.frames[compiler.top].loops -= 1
            compiler.close()
            var otherwise: Int32 = -1
            var otherwiseEntries: [Program.Entry] = []
            if !loop.otherwise.isEmpty {
                otherwiseEntries = compiler.open(storing: loop.otherwise)
                otherwise = try compiler.sequence(loop.otherwise)
                compiler.close()
            }
            return Program.For(
                target: target, iterable: iterable, filter: filter, body: body, otherwise: otherwise,
                entries: entries, otherwiseEntries: otherwiseEntries, loopSlot: loopSlot, recursive: loop.recursive,
                slots: first..<compiler.frames[compiler.top].function.slotNames.count, escape: compiler.escape)
        }
        statementLine = line
        draft.fors.append(result)
        return add(Program.Node(op: .for, a: Int32(draft.fors.count - 1)), span)
    }

    private mutating func capture(
        target targetExpr: Syntax.Expr?, filter: Syntax.Expr?, _ statements: [Syntax.Statement], _ span: Span,
        resetsCheck: Bool
    ) throws(TemplateError) -> Int32 {
        let target: Program.Target? = if let targetExpr { try self.target(targetExpr) } else { nil }
        let line = statementLine
        let check = outputCheck
        let loops = frames[top].loops
        if resetsCheck { outputCheck = false }
        // A break out of a capture would lose what was captured.
        frames[top].loops = 0
        defer {
            outputCheck = check
            frames[top].loops = loops
        }
        let set = try nested { compiler throws(TemplateError) -> Program.Set in
            let entries = compiler.open(storing: statements)
            let body = try compiler.sequence(statements)
            compiler.statementLine = line
            let filterNode: Int32 = if let filter { try compiler.compile(filter) } else { -1 }
            compiler.close()
            return Program.Set(target: target ?? .tuple([]), filter: filterNode, entries: entries, body: body)
        }
        draft.sets.append(set)
        let op: Program.Op = target == nil ? .filterBlock : .setBlock
        return add(Program.Node(op: op, flag: escape, a: Int32(draft.sets.count - 1)), span)
    }

    private mutating func with(
        _ pairs: [(target: Syntax.Expr, value: Syntax.Expr)], _ statements: [Syntax.Statement], _ span: Span
    ) throws(TemplateError) -> Int32 {
        var values: [Int32] = []
        for pair in pairs { values.append(try compile(pair.value)) }
        var names: [String] = []
        for pair in pairs { Survey.names(of: pair.target, into: &names) }
        let with = try nested { compiler throws(TemplateError) -> Program.With in
            let entries = compiler.open(storing: statements, parameters: names)
            var bound: [(target: Program.Target, value: Int32)] = []
            for (pair, value) in zip(pairs, values) { bound.append((try compiler.target(pair.target), value)) }
            let body = try compiler.sequence(statements)
            compiler.close()
            return Program.With(pairs: bound, entries: entries, body: body)
        }
        draft.withs.append(with)
        return add(Program.Node(op: .with, a: Int32(draft.withs.count - 1)), span)
    }

    private mutating func macro(_ macro: Syntax.Macro) throws(TemplateError) -> Int {
        frames[top].function.hasInner = true
        let index = draft.functions.count
        draft.functions.append(Program.Function(name: macro.name))
        frames.append(Frame(kind: .macro, function: draft.functions[index], levels: []))
        let check = outputCheck
        let line = statementLine
        outputCheck = false
        statementLine = Int32(truncatingIfNeeded: macro.line)
        defer {
            outputCheck = check
            statementLine = line
        }
        try nested { compiler throws(TemplateError) in
            let names = macro.parameters.map(\.name)
            let entries = compiler.open(storing: macro.body, parameters: names)
            for name in ["caller", "varargs", "kwargs"] where !names.contains(name) && Survey.uses(name, in: macro.body)
            {
                _ = compiler.place(of: name)
            }
            for parameter in macro.parameters {
                let standard: Int32 = if let expr = parameter.standard { try compiler.compile(expr) } else { -1 }
                compiler.frames[compiler.top].function.parameters.append((parameter.name, standard))
            }
            compiler.frames[compiler.top].function.explicitCaller = names.contains("caller")
            if let caller = macro.parameters.first(where: { $0.name == "caller" }), caller.standard == nil,
                Survey.uses("caller", in: macro.body)
            {
                throw compiler.parser.failure(
                    "the parameter \"caller\" must have a default or be left out", macro.span, line: macro.line)
            }
            let body = try compiler.sequence(macro.body)
            compiler.close()
            try compiler.finish(index, entries: entries, body: body)
        }
        return index
    }

    private mutating func blockReference(_ block: Syntax.Block, _ span: Span) throws(TemplateError) -> Int32? {
        if toplevel, knownExtends { return nil }
        draft.blocks.append(
            Program.Block(
                symbol: symbols.number(of: block.name), scoped: block.scoped, required: block.required,
                locals: block.scoped ? visibleLocals() : []))
        let node = add(Program.Node(op: .block, a: Int32(draft.blocks.count - 1)), span)
        if toplevel, extendsSoFar > 0 { return add(Program.Node(op: .unlessExtended, a: node), span) }
        return node
    }

    private mutating func extends(_ template: Syntax.Expr, _ span: Span, _ line: Int) throws(TemplateError) -> Int32 {
        guard toplevel else {
            throw parser.failure("\"extends\" may not stand inside a loop, block, macro or with", span, line: line)
        }
        if knownExtends { return fail("the template extends a second time", span) }
        let node = try compile(template)
        let result = add(Program.Node(op: .extends, a: node, b: literalSymbol(template)), span)
        if rootlevel { knownExtends = true }
        extendsSoFar += 1
        return result
    }

    /// The symbol of a template's name that is a literal; -1 for any other expression.
    private mutating func literalSymbol(_ template: Syntax.Expr) -> Int32 {
        if case .constant(.string(let name)) = template.kind { symbols.number(of: name) } else { -1 }
    }

    private mutating func fail(_ message: String, _ span: Span) -> Int32 {
        let index = nameIndex(message)
        return add(Program.Node(op: .fail, a: index), span)
    }

    // MARK: Targets

    private mutating func importTarget(_ name: String) -> Program.Target {
        guard case .local(let slot) = place(of: name) else { return .tuple([]) }
        return toplevel ? .exported(slot, symbol: symbols.number(of: name), name: "") : .local(slot)
    }

    private mutating func target(_ expr: Syntax.Expr) throws(TemplateError) -> Program.Target {
        switch expr.kind {
        case .name(let name):
            guard case .local(let slot) = place(of: name) else {
                throw parser.failure("\"\(name)\" cannot be assigned to here", expr.span, line: expr.line)
            }
            return toplevel ? .exported(slot, symbol: symbols.number(of: name), name: name) : .local(slot)
        case .tuple(let items):
            var targets: [Program.Target] = []
            for item in items { targets.append(try target(item)) }
            return .tuple(targets)
        case .namespaceTarget(let owner, let member):
            return .namespace(place(of: owner), owner: owner, member: member)
        default: throw parser.failure("this cannot be assigned to", expr.span, line: expr.line)
        }
    }

    // MARK: Expressions

    private mutating func compile(_ items: [Syntax.Expr]) throws(TemplateError) -> [Int32] {
        var nodes: [Int32] = []
        for item in items { nodes.append(try compile(item)) }
        return nodes
    }

    /// Compiles an expression. Each kind has a function of its own, which keeps the frames on the stack small.
    private mutating func compile(_ expr: Syntax.Expr) throws(TemplateError) -> Int32 {
        switch expr.kind {
        case .binary(let op, let a, let b): try pair(Self.operation(op), a, b, expr.span)
        case .and(let a, let b): try pair(.and, a, b, expr.span)
        case .or(let a, let b): try pair(.or, a, b, expr.span)
        case .item(let a, let b): try pair(.item, a, b, expr.span)
        case .not(let operand): try single(.not, operand, expr.span)
        case .unary(let op, let operand): try single(op == .minus ? .negate : .plus, operand, expr.span)
        case .attribute(let base, let name): try attribute(base, name, expr.span)
        case .list(let items): try collection(.list, items, expr.span)
        case .tuple(let items): try collection(.tuple, items, expr.span)
        case .concat(let items): try collection(.concat, items, expr.span)
        case .conditional(let condition, let then, let otherwise):
            try choice(condition, then, otherwise, expr.span)
        default: try rare(expr)
        }
    }

    private mutating func rare(_ expr: Syntax.Expr) throws(TemplateError) -> Int32 {
        switch expr.kind {
        case .constant(let value): constant(value, expr.span)
        case .name(let name): variable(name, expr.span)
        case .dict(let items): try dict(items, expr.span)
        case .slice(let base, let start, let stop, let step): try slice(base, [start, stop, step], expr.span)
        case .call(let callee, let arguments): try callNode(callee, arguments, expr.span)
        case .filter(let base, let name, let arguments): try filterNode(base, name, arguments, expr)
        case .test(let base, let name, let arguments):
            try test(try compile(base), name, arguments, expr.span, expr.line)
        case .compare(let first, let rest): try comparison(first, rest, expr.span)
        case .namespaceTarget(let owner, let member): namespaceMember(owner, member, expr.span)
        default: fail("this expression cannot be compiled", expr.span)
        }
    }

    private mutating func pair(
        _ op: Program.Op, _ a: Syntax.Expr, _ b: Syntax.Expr, _ span: Span
    ) throws(TemplateError) -> Int32 {
        let left = try compile(a)
        let right = try compile(b)
        return add(Program.Node(op: op, a: left, b: right), span)
    }

    private mutating func single(_ op: Program.Op, _ operand: Syntax.Expr, _ span: Span) throws(TemplateError) -> Int32
    {
        let node = try compile(operand)
        return add(Program.Node(op: op, a: node), span)
    }

    private mutating func collection(
        _ op: Program.Op, _ items: [Syntax.Expr], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let nodes = try compile(items)
        return add(Program.Node(op: op, flag: escape, a: list(nodes), b: Int32(nodes.count)), span)
    }

    private mutating func dict(
        _ items: [(key: Syntax.Expr, value: Syntax.Expr)], _ span: Span
    ) throws(TemplateError) -> Int32 {
        var nodes: [Int32] = []
        for item in items {
            nodes.append(try compile(item.key))
            nodes.append(try compile(item.value))
        }
        return add(Program.Node(op: .dict, a: list(nodes), b: Int32(items.count)), span)
    }

    private mutating func attribute(_ base: Syntax.Expr, _ name: String, _ span: Span) throws(TemplateError) -> Int32 {
        if let node = loopMember(base, name, span) { return node }
        let node = try compile(base)
        let inner = draft.nodes[Int(node)]
        // The step alone, which says what is missing when there is nothing.
        let step = add(
            Program.Node(op: .attribute, a: inner.isPath ? inner.b : node, b: nameIndex(name)), span)
        let last = draft.nodes[Int(step)].b
        switch inner.op {
        case .path where inner.flag < 32, .sourcePath where inner.flag < 32:
            let names = draft.lists[Int(inner.c)..<Int(inner.c) + Int(inner.flag)] + [last]
            return path(from: inner.a, Array(names), step, span)
        case .root, .local: return path(from: node, [last], step, span)
        default: return step
        }
    }

    /// A name with members of members. Where the scope knows a path that it begins with, the number of that path and its
    /// length follow the names.
    private mutating func path(from start: Int32, _ names: [Int32], _ step: Int32, _ span: Span) -> Int32 {
        var items = names
        var op = Program.Op.path
        let first = draft.nodes[Int(start)]
        if first.op == .root, let scope = options.scope {
            let path = [symbols.names[Int(first.a)]] + names.map { draft.names[Int($0)] }
            if let known = scope.beginning(of: path) {
                op = .sourcePath
                items += [Int32(known.number), Int32(known.length - 1)]
            }
        }
        return add(Program.Node(op: op, flag: UInt8(names.count), a: start, b: step, c: list(items)), span)
    }

    private mutating func loopMember(_ base: Syntax.Expr, _ name: String, _ span: Span) -> Int32? {
        guard case .name("loop") = base.kind, case .local(let slot) = place(of: "loop"), isLoopSlot(slot),
            let member = Machine.LoopMember(rawValue: name)
        else { return nil }
        return add(Program.Node(op: .loopMember, flag: member.code, a: slot), span)
    }

    private mutating func slice(
        _ base: Syntax.Expr, _ bounds: [Syntax.Expr?], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let node = try compile(base)
        var parts: [Int32] = []
        for bound in bounds {
            guard let bound else {
                parts.append(-1)
                continue
            }
            parts.append(try compile(bound))
        }
        return add(Program.Node(op: .slice, a: node, b: list(parts)), span)
    }

    private mutating func callNode(
        _ callee: Syntax.Expr, _ arguments: [Syntax.Argument], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let node = try compile(callee)
        draft.calls.append(try call(arguments))
        return add(Program.Node(op: .call, a: node, b: Int32(draft.calls.count - 1)), span)
    }

    private mutating func filterNode(
        _ base: Syntax.Expr?, _ name: String, _ arguments: [Syntax.Argument], _ expr: Syntax.Expr
    ) throws(TemplateError) -> Int32 {
        let node: Int32 = if let base { try compile(base) } else { add(Program.Node(op: .captured), expr.span) }
        return try filter(node, name, arguments, expr.span, expr.line)
    }

    private mutating func comparison(
        _ first: Syntax.Expr, _ rest: [(op: Syntax.CompareOperator, operand: Syntax.Expr)], _ span: Span
    ) throws(TemplateError) -> Int32 {
        let left = try compile(first)
        if rest.count == 1 {
            let right = try compile(rest[0].operand)
            return add(Program.Node(op: Self.operation(rest[0].op), a: left, b: right), span)
        }
        var items: [Int32] = []
        for (op, operand) in rest {
            items.append(Int32(Self.operation(op).rawValue))
            items.append(try compile(operand))
        }
        return add(Program.Node(op: .compare, a: left, b: list(items), c: Int32(rest.count)), span)
    }

    private mutating func choice(
        _ condition: Syntax.Expr, _ then: Syntax.Expr, _ otherwise: Syntax.Expr?, _ span: Span
    ) throws(TemplateError) -> Int32 {
        branch += 1
        let a = try compile(condition)
        let b = try compile(then)
        let c: Int32 = if let otherwise { try compile(otherwise) } else { -1 }
        branch -= 1
        return add(Program.Node(op: .conditional, a: a, b: b, c: c), span)
    }

    private mutating func namespaceMember(_ owner: String, _ member: String, _ span: Span) -> Int32 {
        let node = variable(owner, span)
        return add(Program.Node(op: .attribute, a: node, b: nameIndex(member)), span)
    }

    private func isLoopSlot(_ slot: Int32) -> Bool {
        frames[top].levels.contains { level in
            level.isLoop && level.names.contains { $0.name == "loop" && $0.slot == slot }
        }
    }

    private mutating func variable(_ name: String, _ span: Span) -> Int32 {
        let index = nameIndex(name)
        switch place(of: name) {
        case .local(let slot): return add(Program.Node(op: .local, a: slot, c: index), span)
        case .outer(let slot, let level): return add(Program.Node(op: .outer, a: slot, b: level, c: index), span)
        case .root(let symbol): return add(Program.Node(op: .root, a: symbol, c: index), span)
        }
    }

    private static func operation(_ op: Syntax.BinaryOperator) -> Program.Op {
        switch op {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .floorDivide: .floorDivide
        case .modulo: .modulo
        case .power: .power
        }
    }

    private static func operation(_ op: Syntax.CompareOperator) -> Program.Op {
        switch op {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .isIn: .isIn
        case .notIn: .notIn
        }
    }

    private mutating func call(_ arguments: [Syntax.Argument]) throws(TemplateError) -> Program.Call {
        var call = Program.Call()
        for argument in arguments {
            let node = try compile(argument.value)
            switch argument.kind {
            case .positional: call.positional.append(node)
            case .named(let name): call.named.append((name, node))
            case .spread: call.spread = node
            case .spreadNamed: call.spreadNamed = node
            }
        }
        return call
    }

    private mutating func filter(
        _ base: Int32, _ name: String, _ arguments: [Syntax.Argument], _ span: Span, _ line: Int
    ) throws(TemplateError) -> Int32 {
        guard let filter = options.library.filters[name] else {
            let message =
                "there is no filter \"\(name)\"\(String.suggestion(for: name, in: options.library.filters.keys))"
            guard branch > 0 else { throw parser.failure(message, span, line: line) }
            return fail(message, span)
        }
        let call = try self.call(arguments)
        var (bound, problem) = try bind(filter.signature, call)
        if let problem { return fail("the filter \"\(name)\" \(problem)", span) }
        if let constant = bound.constant, ["map", "select", "reject", "selectattr", "rejectattr"].contains(name),
            let element = elementCall(name, constant)
        {
            bound.constant = Arguments(
                constant.values, rest: constant.rest, named: constant.named, element: element)
        }
        draft.filters.append(filter)
        draft.bounds.append(bound)
        return add(
            Program.Node(op: .filter, a: base, b: Int32(draft.filters.count - 1), c: Int32(draft.bounds.count - 1)),
            span)
    }

    private mutating func test(
        _ base: Int32, _ name: String, _ arguments: [Syntax.Argument], _ span: Span, _ line: Int
    ) throws(TemplateError) -> Int32 {
        guard let test = options.library.tests[name] else {
            let message = "there is no test \"\(name)\"\(String.suggestion(for: name, in: options.library.tests.keys))"
            guard branch > 0 else { throw parser.failure(message, span, line: line) }
            return fail(message, span)
        }
        let call = try self.call(arguments)
        let (bound, problem) = try bind(test.signature, call)
        if let problem { return fail("the test \"\(name)\" \(problem)", span) }
        draft.tests.append(test)
        draft.bounds.append(bound)
        return add(
            Program.Node(op: .test, a: base, b: Int32(draft.tests.count - 1), c: Int32(draft.bounds.count - 1)), span)
    }

    private mutating func bind(
        _ signature: Signature, _ call: Program.Call
    ) throws(TemplateError) -> (Program.Bound, String?) {
        var bound = Program.Bound(values: [], rest: [], named: [], constant: nil, dynamic: nil)
        if call.spread >= 0 || call.spreadNamed >= 0 {
            bound.dynamic = call
            return (bound, nil)
        }
        bound.values = [Int32](repeating: -1, count: signature.parameters.count)
        for (n, node) in call.positional.enumerated() {
            if n < bound.values.count {
                bound.values[n] = node
            } else if signature.varargs {
                bound.rest.append(node)
            } else {
                return (bound, Signature.tooMany(signature.parameters.count, call.positional.count))
            }
        }
        for (name, node) in call.named {
            if let n = signature.parameters.firstIndex(where: { same($0.name, name) }) {
                if bound.values[n] >= 0 { return (bound, "was given \"\(name)\" twice") }
                bound.values[n] = node
            } else if signature.kwargs {
                bound.named.append((name, node))
            } else {
                return (bound, signature.unknown(name))
            }
        }
        for (n, parameter) in signature.parameters.enumerated() where bound.values[n] < 0 && parameter.standard == nil {
            return (bound, "needs the argument \"\(parameter.name)\"")
        }
        bound.constant = constantArguments(signature, bound)
        return (bound, nil)
    }

    private func constantValue(_ node: Int32) -> Value? {
        draft.nodes[Int(node)].op == .constant ? draft.constants[Int(draft.nodes[Int(node)].a)] : nil
    }

    /// The arguments, when all of them are literals or not given.
    private func constantArguments(_ signature: Signature, _ bound: Program.Bound) -> Arguments? {
        var values: [Value] = []
        for (n, node) in bound.values.enumerated() {
            guard let value = node < 0 ? signature.parameters[n].standard ?? Value.none : constantValue(node) else {
                return nil
            }
            values.append(value)
        }
        var rest: [Value] = []
        for node in bound.rest {
            guard let value = constantValue(node) else { return nil }
            rest.append(value)
        }
        var named: [(name: String, value: Value)] = []
        for (name, node) in bound.named {
            guard let value = constantValue(node) else { return nil }
            named.append((name, value))
        }
        return Arguments(values, rest: rest, named: named)
    }

    /// What `map`, `select` and their like apply to each element, when its name and arguments are literals and right;
    /// what is wrong is an error only when it runs.
    private func elementCall(_ name: String, _ arguments: Arguments) -> Arguments.ElementCall? {
        let position = name == "selectattr" || name == "rejectattr" ? 1 : 0
        guard arguments.rest.count > position, case .string(let inner) = arguments.rest[position] else { return nil }
        let rest = Array(arguments.rest.dropFirst(position + 1))
        do throws(BindingError) {
            if name == "map" {
                guard let filter = options.library.filters[inner] else { return nil }
                return .filter(filter, try filter.signature.bind(rest, arguments.named))
            }
            guard let test = options.library.tests[inner] else { return nil }
            return .test(test, try test.signature.bind(rest, arguments.named))
        } catch {
            return nil
        }
    }
}

extension Value {
    /// The truth of a literal, which can never be undefined.
    var constantTruth: Bool {
        switch self {
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .none: false
        default: true
        }
    }
}
