import HubModel

extension Machine {
    /// Runs a statement; says whether a loop is to be left or continued.
    mutating func exec(_ index: Int32) throws(TemplateError) -> Signal {
        steps &-= 1
        if steps < 0 { throw .limit("steps of work", used: limits.steps + 1, allowed: limits.steps) }
        let node = nodes[Int(index)]
        switch node.op {
        case .text:
            out.append(contentsOf: program.texts[Int(node.a)])
            return try checkOutput()
        case .output: return try execOutput(index, node)
        case .setLocal:
            locals[Int(node.a)] = try eval(node.b)
            return .next
        default: break
        }
        try deeper(2)
        let signal = try execLarge(index, node)
        nesting -= 2
        return signal
    }

    @inline(__always)
    private mutating func checkOutput() throws(TemplateError) -> Signal {
        if out.count > outputAllowed { throw .limit("bytes of output", used: out.count, allowed: outputAllowed) }
        return .next
    }

    private mutating func execOutput(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Signal {
        let value = try eval(node.a)
        at = node.a
        try write(value, escape: node.flag)
        return .next
    }

    private mutating func execLarge(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Signal {
        switch node.op {
        case .sequence: return try execSequence(node)
        case .if: return try execIf(node)
        case .for: return try execFor(index, Int(node.a))
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .autoescape: return try execAutoescape(node)
        case .unlessExtended: return extended == nil ? try exec(node.a) : .next
        case .with: return try execWith(Int(node.a))
        default:
            try execRare(index, node)
            return .next
        }
    }

    private mutating func execRare(_ index: Int32, _ node: Program.Node) throws(TemplateError) {
        switch node.op {
        case .set:
            let value = try eval(node.b)
            at = index
            try assign(program.targets[Int(node.a)], value)
        case .setBlock, .filterBlock: try execCapture(index, node)
        case .macro:
            try assign(program.targets[Int(node.b)], makeMacro(Int(node.a), escape: node.flag))
        case .callBlock: try execCallBlock(index, node)
        case .block: try execBlock(index, program.blocks[Int(node.a)])
        case .extends: try execExtends(index, node)
        case .include: try execInclude(index, program.imports[Int(node.a)])
        case .importAs, .fromImport: try execImport(index, node.op, program.imports[Int(node.a)])
        case .evaluate: _ = try eval(node.a)
        default:
            at = index
            throw .runtime(program.names[Int(max(0, node.a))])
        }
    }

    private mutating func execSequence(_ node: Program.Node) throws(TemplateError) -> Signal {
        var n = Int(node.a)
        let end = n + Int(node.b)
        while n < end {
            let signal = try exec(program.lists[n])
            if signal != .next { return signal }
            n += 1
        }
        return .next
    }

    private mutating func execIf(_ node: Program.Node) throws(TemplateError) -> Signal {
        for n in 0..<Int(node.b) {
            let condition = program.lists[Int(node.a) + 2 * n]
            let value = try eval(condition)
            at = condition
            if try truth(value) { return try exec(program.lists[Int(node.a) + 2 * n + 1]) }
        }
        return node.c >= 0 ? try exec(node.c) : .next
    }

    private mutating func execAutoescape(_ node: Program.Node) throws(TemplateError) -> Signal {
        let on = try eval(node.a)
        at = node.a
        let saved = autoescape
        autoescape = try truth(on)
        let scope = program.withs[Int(node.b)]
        start(scope.entries)
        let signal = try exec(scope.body)
        autoescape = saved
        return signal
    }

    private mutating func execWith(_ index: Int) throws(TemplateError) -> Signal {
        let with = program.withs[index]
        var values: [Value] = []
        for pair in with.pairs { values.append(try eval(pair.value)) }
        start(with.entries)
        for (n, pair) in with.pairs.enumerated() { try assign(pair.target, values[n]) }
        return try exec(with.body)
    }

    // MARK: Assignment

    mutating func assign(_ target: Program.Target, _ value: Value) throws(TemplateError) {
        switch target {
        case .local(let slot): locals[Int(slot)] = value
        case .exported(let slot, let symbol, let name):
            locals[Int(slot)] = value
            export(symbol, value)
            if !name.isEmpty, !name.hasPrefix("_") {
                if !contexts[context].exported.contains(symbol) { contexts[context].exported.append(symbol) }
            } else {
                contexts[context].exported.removeAll { $0 == symbol }
            }
        case .tuple(let targets):
            let items = try elements(value)
            guard items.count == targets.count else {
                throw .runtime("\(items.count) values cannot be assigned to \(targets.count) names")
            }
            for (n, target) in targets.enumerated() { try assign(target, items[n]) }
        case .namespace(let place, let owner, let member):
            let holder: Value = if case .root(let symbol) = place { root(symbol) } else { self.value(place) }
            guard case .object(let handle) = holder, handle.kind == .namespace else {
                throw .runtime("\(owner) is not a namespace, so .\(member) cannot be assigned to")
            }
            namespaces[Int(handle.index)][.string(member)] = value
        }
    }

    private mutating func export(_ symbol: Int32, _ value: Value) {
        for n in contexts[context].vars.indices.reversed() where contexts[context].vars[n].symbol == symbol {
            contexts[context].vars[n].value = value
            return
        }
        contexts[context].vars.append((symbol, value))
    }

    private mutating func execCapture(_ index: Int32, _ node: Program.Node) throws(TemplateError) {
        let set = program.sets[Int(node.a)]
        start(set.entries)
        let mark = out.count
        _ = try exec(set.body)
        let text = take(from: mark)
        at = index
        var value = capturedText(text)
        if set.filter >= 0 {
            captured.append(value)
            value = try eval(set.filter)
            at = index
        }
        // Jinja escapes what is inside a filter block, not what the filter makes of it.
        if node.op == .filterBlock { return try write(value, escape: node.flag == 3 ? 3 : 0) }
        switch value {
        case .string(let text) where autoescape || outputMode == .url: value = .markup(text)
        default: break
        }
        try assign(set.target, value)
    }

    // MARK: Loops

    /// What a loop goes through.
    package mutating func elements(_ value: Value) throws(TemplateError) -> Items {
        switch value {
        case .list(let items), .tuple(let items): return .values(items)
        case .array(let items): return .json(items)
        case .range(let range): return .range(range)
        case .dict(let dict): return .values(dict.members.map(\.key))
        case .record(let object): return .values(object.members.map { .string($0.name) })
        case .string(let text), .markup(let text): return .values(text.unicodeScalars.map { .string(String($0)) })
        case .undefined(let missing):
            if undefinedFails { throw .undefined(missing.message) }
            return .values([])
        case .missing: return .values([])
        case .object(let handle):
            if handle.kind == .loop { return remainingItems(of: handle) }
            throw .runtime("\(value.kindName) cannot be gone through")
        default: throw .runtime("\(value.kindName) cannot be gone through: expected a list, an object or a string")
        }
    }

    private mutating func execFor(_ index: Int32, _ number: Int) throws(TemplateError) -> Signal {
        let info = program.fors[number]
        let value = try eval(info.iterable)
        at = info.iterable
        let items = try elements(value)
        return try runLoop(index, number, items, level: 0)
    }

    /// Runs a loop over items: the loop itself or, at a deeper level, a recursive call of it. As in Jinja, `else` runs when
    /// no turn came to its end, also because all were left early; a `break` there is one of the loop around.
    @discardableResult
    mutating func runLoop(
        _ index: Int32, _ number: Int, _ items: Items, level: Int
    ) throws(TemplateError) -> Signal {
        let info = program.fors[number]
        var items = items
        if info.filter >= 0 { items = try filtered(items, info) }
        let count = items.count
        var loop = -1
        if info.loopSlot >= 0 {
            loop = loops.count
            loops.append(
                Loop(items: items, index: -1, level: level, info: number, frame: frame, program: program, last: nil))
        }
        var n = 0
        var completed = false
        while n < count {
            try step()
            if case .local(let slot) = info.target {
                locals[Int(slot)] = items[n]
            } else {
                at = index
                try assign(info.target, items[n])
            }
            if loop >= 0 {
                loops[loop].index = n
                locals[Int(info.loopSlot)] = .object(Handle(.loop, loop))
            }
            if !info.entries.isEmpty { start(info.entries) }
            let signal = try exec(info.body)
            n += 1
            if signal == .next { completed = true }
            if signal == .breakLoop { break }
        }
        if loop >= 0, loops.count == loop + 1 { loops.removeLast() }
        guard !completed, info.otherwise >= 0 else { return .next }
        start(info.otherwiseEntries)
        return try exec(info.otherwise)
    }

    private mutating func filtered(_ items: Items, _ info: Program.For) throws(TemplateError) -> Items {
        var kept: [Value] = []
        for n in 0..<items.count {
            try step()
            let item = items[n]
            at = info.filter
            try assign(info.target, item)
            let value = try eval(info.filter)
            at = info.filter
            if try truth(value) { kept.append(item) }
        }
        return .values(kept)
    }

    // MARK: Templates and blocks

    private mutating func template(_ value: Value) throws(TemplateError) -> Program? {
        switch value {
        case .string(let name), .markup(let name): return try set.program(named: name)
        case .list, .tuple, .array:
            for item in (Items(value)?.array ?? []) {
                guard case .string(let name) = item else { throw .runtime("a template's name must be a string") }
                if let found = try set.program(named: name) { return found }
            }
            return nil
        case .undefined(let missing): throw .undefined(missing.message)
        default: throw .runtime("a template's name must be a string, not \(value.kindName)")
        }
    }

    private func notFound(_ value: Value) -> TemplateError {
        if case .string(let name) = value {
            return .runtime("there is no template \"\(name)\"\(Suggestion.text(for: name, in: set.names))")
        }
        return .runtime("there is none of these templates")
    }

    private mutating func execInclude(_ index: Int32, _ include: Program.Import) throws(TemplateError) {
        let name = try eval(include.template)
        at = index
        guard let found = try template(name) else {
            if include.ignoreMissing { return }
            throw notFound(name)
        }
        let inner = derived(include.locals, bare: !include.withContext)
        callers.append(Caller(program: program, node: index, what: .included))
        let saved = autoescape
        autoescape = outputMode == .html
        try runRoot(found, context: inner)
        autoescape = saved
        callers.removeLast()
    }

    private mutating func execImport(
        _ index: Int32, _ op: Program.Op, _ info: Program.Import
    ) throws(TemplateError) {
        let name = try eval(info.template)
        at = index
        guard let found = try template(name) else { throw notFound(name) }
        let module = try importModule(found, info, index)
        at = index
        if op == .importAs {
            return try assign(info.names[0].target, .object(Handle(.module, module)))
        }
        for (name, target) in info.names {
            let symbol = set.symbols.known(name)
            if let member = modules[module].members.last(where: { $0.symbol == symbol }) {
                try assign(target, member.value)
            } else {
                let template = found.name ?? ""
                try assign(
                    target,
                    .undefined(Undefined(path: name, reason: "the template \"\(template)\" does not define it")))
            }
        }
    }

    private mutating func importModule(
        _ found: Program, _ info: Program.Import, _ index: Int32
    ) throws(TemplateError) -> Int {
        if !info.withContext, let known = importedModules.first(where: { $0.program === found }) { return known.module }
        let inner = derived(info.locals, bare: !info.withContext)
        callers.append(Caller(program: program, node: index, what: .imported))
        let mark = out.count
        let saved = autoescape
        autoescape = outputMode == .html
        try runRoot(found, context: inner)
        autoescape = saved
        callers.removeLast()
        let body = take(from: mark)
        var members: [(symbol: Int32, value: Value)] = []
        for symbol in contexts[inner].exported {
            if let value = contexts[inner].vars.last(where: { $0.symbol == symbol }) {
                members.append((symbol, value.value))
            }
        }
        modules.append(Module(members: members, body: body))
        if !info.withContext { importedModules.append((found, modules.count - 1)) }
        return modules.count - 1
    }

    private mutating func execExtends(_ index: Int32, _ node: Program.Node) throws(TemplateError) {
        at = index
        if extended != nil { throw .runtime("the template extends a second time") }
        let name = try eval(node.a)
        at = index
        guard let parent = try template(name) else { throw notFound(name) }
        for (name, function) in parent.blockFunctions {
            let version = BlockVersion(program: parent, function: function)
            if let n = contexts[context].blocks.firstIndex(where: { same($0.name, name) }) {
                contexts[context].blocks[n].versions.append(version)
            } else {
                contexts[context].blocks.append((name, [version]))
            }
        }
        extended = parent
    }

    private mutating func execBlock(_ index: Int32, _ block: Program.Block) throws(TemplateError) {
        at = index
        guard let n = contexts[context].blocks.firstIndex(where: { same($0.name, block.name) }) else { return }
        if block.required, contexts[context].blocks[n].versions.count <= 1 {
            throw .runtime("the required block \"\(block.name)\" is not filled in")
        }
        let saved = context
        if block.scoped {
            let blocks = contexts[context].blocks
            let inner = derived(block.locals, bare: false)
            contexts[inner].blocks = blocks
            context = inner
        }
        try runBlock(n, level: 0, index)
        context = saved
    }

    /// Runs one version of a block, writing to the output.
    mutating func runBlock(_ n: Int, level: Int, _ index: Int32) throws(TemplateError) {
        let (name, versions) = contexts[context].blocks[n]
        let version = versions[level]
        let caller = program
        callers.append(Caller(program: caller, node: index, what: .block(name)))
        try enterDeeper("templates and macros inside each other")
        use(version.program)
        let back = enter(version.function, parent: -1)
        let function = program.functions[version.function]
        if function.selfSlot >= 0 { locals[Int(function.selfSlot)] = .object(Handle(.blocks, context)) }
        if function.superSlot >= 0 {
            if level + 1 < versions.count {
                references.append(BlockReference(context: context, name: name, level: level + 1))
                locals[Int(function.superSlot)] = .object(Handle(.block, references.count - 1))
            } else {
                let reason = "no template that is extended has a block \"\(name)\""
                locals[Int(function.superSlot)] = .undefined(Undefined(path: "super", reason: reason))
            }
        }
        start(function.entries)
        _ = try exec(function.body)
        leave(back, keep: function.hasInner)
        use(caller)
        leaveDeeper()
        callers.removeLast()
    }

    // MARK: Calls with a body

    private mutating func makeMacro(_ function: Int, escape: UInt8) -> Value {
        macros.append(Macro(program: program, function: function, frame: frame, context: context, escape: escape))
        return .object(Handle(.macro, macros.count - 1))
    }

    private mutating func execCallBlock(_ index: Int32, _ node: Program.Node) throws(TemplateError) {
        let caller = makeMacro(Int(node.a), escape: node.flag)
        let call = nodes[Int(node.b)]
        let callee = try eval(call.a)
        var (positional, named) = try evalArguments(program.calls[Int(call.b)])
        _ = positional
        named.append(("caller", caller))
        at = node.b
        let value = try invoke(callee, positional, named, node.b)
        positional = []
        at = index
        try write(value, escape: node.flag)
    }
}
