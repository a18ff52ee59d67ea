import HubModel

extension Machine {
    /// Runs a statement; says whether a loop is to be left or continued.
    mutating func exec(_ index: Int32, _ program: Program) throws(TemplateError) -> Signal {
        steps &-= 1
        if steps < 0 { throw .limit("steps of work", used: limits.steps + 1, allowed: limits.steps) }
        let node = program.nodes[Int(index)]
        switch node.op {
        case .text:
            let text = program.texts[Int(node.a)]
            try charge(bytes: text.count)
            out.append(contentsOf: text)
            return try checkOutput()
        case .output: return try execOutput(index, node, program)
        case .setLocal:
            let value = try eval(node.b, program)
            try checkDepth(value)
            slots[base + Int(node.a)] = value
            return .next
        default: break
        }
        try deeper(2)
        let signal = try execLarge(index, node, program)
        nesting -= 2
        return signal
    }

    @inline(__always)
    private mutating func checkOutput() throws(TemplateError) -> Signal {
        if out.count > outputAllowed { throw .limit("bytes of output", used: out.count, allowed: outputAllowed) }
        return .next
    }

    private mutating func execOutput(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Signal
    {
        if program.nodes[Int(node.a)].op == .call, node.flag != 1 || autoescape {
            return try execOutputCall(node, program)
        }
        let value = try eval(node.a, program)
        at = node.a
        try write(value, escape: node.flag)
        return .next
    }

    /// Prints what a call returns. What a macro or a block writes is safe already, so it goes straight to the output.
    private mutating func execOutputCall(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Signal {
        try deeper(5)
        try step()
        let call = program.nodes[Int(node.a)]
        let callee = try eval(call.a, program)
        let (positional, named) = try evalArguments(program.calls[Int(call.b)].content, program)
        at = node.a
        if try !callWriting(callee, positional, named, node.a, program) {
            let value = try invoke(callee, positional, named, node.a, program)
            at = node.a
            try write(value, escape: node.flag)
        }
        nesting -= 5
        return .next
    }

    private mutating func execLarge(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Signal
    {
        switch node.op {
        case .sequence: return try execSequence(node, program)
        case .if: return try execIf(node, program)
        case .for: return try execFor(index, Int(node.a), program)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .autoescape: return try execAutoescape(node, program)
        case .unlessExtended: return extended == nil ? try exec(node.a, program) : .next
        case .with: return try execWith(Int(node.a), program)
        default:
            try execRare(index, node, program)
            return .next
        }
    }

    private mutating func execRare(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError) {
        switch node.op {
        case .set:
            let value = try eval(node.b, program)
            at = index
            try checkDepth(value)
            try assign(program.targets[Int(node.a)], value)
        case .setBlock, .filterBlock: try execCapture(index, node, program)
        case .macro:
            try assign(program.targets[Int(node.b)], makeMacro(Int(node.a), program))
        case .callBlock: try execCallBlock(index, node, program)
        case .block: try execBlock(index, program.blocks[Int(node.a)], program)
        case .extends: try execExtends(index, node, program)
        case .include: try execInclude(index, program.imports[Int(node.a)], program)
        case .importAs, .fromImport: try execImport(index, node.op, program.imports[Int(node.a)], program)
        case .evaluate: _ = try eval(node.a, program)
        default:
            at = index
            throw .runtime(program.names[Int(max(0, node.a))])
        }
    }

    private mutating func execSequence(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Signal {
        var n = Int(node.a)
        let end = n + Int(node.b)
        while n < end {
            let signal = try exec(program.lists[n], program)
            if signal != .next { return signal }
            n += 1
        }
        return .next
    }

    private mutating func execIf(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Signal {
        for n in 0..<Int(node.b) {
            let condition = program.lists[Int(node.a) + 2 * n]
            let value = try eval(condition, program)
            at = condition
            if try truth(value) { return try exec(program.lists[Int(node.a) + 2 * n + 1], program) }
        }
        return node.c >= 0 ? try exec(node.c, program) : .next
    }

    private mutating func execAutoescape(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Signal {
        let on = try eval(node.a, program)
        at = node.a
        let saved = autoescape
        autoescape = try truth(on)
        let scope = program.withs[Int(node.b)]
        try start(scope.entries)
        let signal = try exec(scope.body, program)
        autoescape = saved
        return signal
    }

    private mutating func execWith(_ index: Int, _ program: Program) throws(TemplateError) -> Signal {
        let with = program.withs[index].content
        var values: [Value] = []
        for pair in with.pairs { values.append(try eval(pair.value, program)) }
        try start(with.entries)
        for (n, pair) in with.pairs.enumerated() { try assign(pair.target, values[n]) }
        return try exec(with.body, program)
    }

    // MARK: Assignment

    mutating func assign(_ target: Program.Target, _ value: Value) throws(TemplateError) {
        switch target {
        case .local(let slot): slots[base + Int(slot)] = value
        case .exported(let slot, let symbol, let name):
            slots[base + Int(slot)] = value
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

    private mutating func execCapture(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError) {
        let set = program.sets[Int(node.a)]
        try start(set.entries)
        let mark = out.count
        _ = try exec(set.body, program)
        let text = take(from: mark)
        at = index
        var value = capturedText(text)
        if set.filter >= 0 {
            captured.append(value)
            value = try eval(set.filter, program)
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
        case .string(let text), .markup(let text):
            let count = Scalars.count(text)
            try checkElements(count)
            try charge(elements: count)
        case .dict(let dict): try charge(elements: dict.count)
        case .record(let object): try charge(elements: object.count)
        default: break
        }
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

    private mutating func execFor(_ index: Int32, _ number: Int, _ program: Program) throws(TemplateError) -> Signal {
        let info = program.fors[number]
        let value = try eval(info.iterable, program)
        at = info.iterable
        let items = try elements(value)
        return try runLoop(index, number, items, level: 0, program)
    }

    /// Runs a loop over items: the loop itself or, at a deeper level, a recursive call of it. As in Jinja, `else` runs when
    /// no turn came to its end, even if all were left early; a `break` there is one of the loop around.
    @discardableResult
    mutating func runLoop(
        _ index: Int32, _ number: Int, _ items: Items, level: Int, _ program: Program
    ) throws(TemplateError) -> Signal {
        let info = program.fors[number]
        var items = items
        if info.filter >= 0 { items = try filtered(items, info, program) }
        let count = items.count
        var loop = -1
        if info.loopSlot >= 0 {
            loop = loops.count
            loops.append(
                Loop(
                    items: items, index: -1, level: level, info: number, node: index, frame: frame, program: program,
                    last: nil))
            slots[base + Int(info.loopSlot)] = .object(Handle(.loop, loop))
        }
        var n = 0
        var completed = false
        while n < count {
            try step()
            if case .local(let slot) = info.target {
                slots[base + Int(slot)] = items[n]
            } else {
                at = index
                try assign(info.target, items[n])
            }
            if loop >= 0 { loops[loop].index = n }
            if !info.entries.isEmpty { try start(info.entries) }
            let signal = try exec(info.body, program)
            n += 1
            if signal == .next { completed = true }
            if signal == .breakLoop { break }
        }
        if loop >= 0, loops.count == loop + 1 { loops.removeLast() }
        guard !completed, info.otherwise >= 0 else { return .next }
        try start(info.otherwiseEntries)
        return try exec(info.otherwise, program)
    }

    private mutating func filtered(_ items: Items, _ info: Shared<Program.For>, _ program: Program)
        throws(TemplateError) -> Items
    {
        var kept: [Value] = []
        for n in 0..<items.count {
            try step()
            let item = items[n]
            at = info.filter
            try assign(info.target, item)
            let value = try eval(info.filter, program)
            at = info.filter
            if try truth(value) { kept.append(item) }
        }
        return .values(kept)
    }

    // MARK: Templates and blocks

    /// The template a value names; nil when there is none of that name.
    private func template(
        _ value: Value, _ symbol: Int32, _ index: Int32, _ program: Program
    ) throws(TemplateError) -> Lineage? {
        do throws(TemplateError) {
            return symbol >= 0 ? try set.template(symbol) : try template(value)
        } catch {
            // A mistake in the template that is named has its place there.
            throw error.place == nil ? error : leaving(error, "used from", index, program)
        }
    }

    private func template(_ value: Value) throws(TemplateError) -> Lineage? {
        switch value {
        case .string(let name), .markup(let name): return try set.lineage(named: name)
        case .list, .tuple, .array:
            for item in (Items(value)?.array ?? []) {
                guard case .string(let name) = item else { throw .runtime("a template's name must be a string") }
                if let found = try set.lineage(named: name) { return found }
            }
            return nil
        case .undefined(let missing): throw .undefined(missing.message)
        default: throw .runtime("a template's name must be a string, not \(value.kindName)")
        }
    }

    private func notFound(_ value: Value) -> TemplateError {
        if case .string(let name) = value {
            return .runtime("there is no template \"\(name)\"\(String.suggestion(for: name, in: set.names))")
        }
        return .runtime("there is none of these templates")
    }

    private mutating func execInclude(_ index: Int32, _ include: Shared<Program.Import>, _ program: Program)
        throws(TemplateError)
    {
        let name = try eval(include.template, program)
        at = index
        guard let found = try template(name, include.symbol, index, program) else {
            if include.ignoreMissing { return }
            throw notFound(name)
        }
        let inner = try derived(include.locals, bare: !include.withContext)
        let saved = autoescape
        autoescape = outputMode == .html
        do throws(TemplateError) {
            try runRoot(found, context: inner)
        } catch {
            throw leaving(error, "included from", index, program)
        }
        autoescape = saved
        at = index
    }

    private mutating func execImport(
        _ index: Int32, _ op: Program.Op, _ info: Shared<Program.Import>, _ program: Program
    ) throws(TemplateError) {
        let name = try eval(info.template, program)
        at = index
        guard let found = try template(name, info.symbol, index, program) else { throw notFound(name) }
        let module = try importModule(found, info, index, program)
        at = index
        if op == .importAs {
            return try assign(info.names[0].target, .object(Handle(.module, module)))
        }
        for (name, symbol, target) in info.names {
            if let member = modules[module].members.last(where: { $0.symbol == symbol }) {
                try assign(target, member.value)
            } else {
                let template = found.program.name ?? ""
                try assign(
                    target,
                    .undefined(Undefined(path: name, reason: "the template \"\(template)\" does not define it")))
            }
        }
    }

    private mutating func importModule(
        _ found: Lineage, _ info: Shared<Program.Import>, _ index: Int32, _ program: Program
    ) throws(TemplateError) -> Int {
        if !info.withContext, let known = importedModules.first(where: { $0.template === found }) {
            return known.module
        }
        let inner = try derived(info.locals, bare: !info.withContext)
        let mark = out.count
        let saved = autoescape
        autoescape = outputMode == .html
        do throws(TemplateError) {
            try runRoot(found, context: inner)
        } catch {
            throw leaving(error, "imported from", index, program)
        }
        autoescape = saved
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

    private mutating func execExtends(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError) {
        // Known when compiled: the template that is extended runs next in any case.
        if linked { return }
        at = index
        if extended != nil { throw .runtime("the template extends a second time") }
        let name = try eval(node.a, program)
        at = index
        guard let parent = try template(name, node.b, index, program) else { throw notFound(name) }
        extended = parent
    }

    private mutating func execBlock(_ index: Int32, _ block: Program.Block, _ program: Program) throws(TemplateError) {
        at = index
        guard let n = self.block(block.symbol, in: context) else { return }
        if block.required, self.block(block.symbol, in: context, from: n + 1) == nil {
            throw .runtime("the required block \"\(set.symbols.names[Int(block.symbol)])\" is not filled in")
        }
        let saved = context
        if block.scoped {
            let blocks = contexts[context].blocks
            let inner = try derived(block.locals, bare: false)
            contexts[inner].blocks = blocks
            context = inner
        }
        try runBlock(n, index, program)
        context = saved
    }

    /// Runs one version of a block of the current context, writing to the output.
    mutating func runBlock(_ position: Int, _ index: Int32, _ caller: Program) throws(TemplateError) {
        try enterDeeper("templates and macros inside each other")
        let version = contexts[context].blocks[position]
        let program = version.program
        let function = program.functions[Int(version.function)]
        let back = try enter(Int(version.function), of: program, parent: -1)
        do throws(TemplateError) {
            if function.selfSlot >= 0 { slots[base + Int(function.selfSlot)] = .object(Handle(.blocks, context)) }
            if function.superSlot >= 0 {
                slots[base + Int(function.superSlot)] = parentBlock(version.symbol, after: position)
            }
            try start(function.entries)
            _ = try exec(function.body, program)
        } catch {
            let name = set.symbols.names[Int(version.symbol)]
            throw leaving(located(error, program), "in block \(name), from", index, caller)
        }
        leave(back, keep: function.hasInner)
        leaveDeeper()
        at = index
    }

    /// What `super` is in a block.
    private func parentBlock(_ symbol: Int32, after position: Int) -> Value {
        if let next = block(symbol, in: context, from: position + 1) {
            return .object(Handle(.block, context, further: next))
        }
        let reason = "no template that is extended has a block \"\(set.symbols.names[Int(symbol)])\""
        return .undefined(Undefined(path: "super", reason: reason))
    }

    // MARK: Calls with a body

    private mutating func makeMacro(_ function: Int, _ program: Program) -> Value {
        macros.append(Macro(program: program, function: function, frame: frame, context: context))
        return .object(Handle(.macro, macros.count - 1))
    }

    private mutating func execCallBlock(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
    {
        let caller = makeMacro(Int(node.a), program)
        let call = program.nodes[Int(node.b)]
        let callee = try eval(call.a, program)
        var (positional, named) = try evalArguments(program.calls[Int(call.b)].content, program)
        named.append(("caller", caller))
        at = node.b
        let value = try invoke(callee, positional, named, node.b, program)
        at = index
        try write(value, escape: node.flag)
    }
}
