import HubModel

extension Machine {
    /// What `loop` offers; known when compiled, so that `loop.index` looks nothing up.
    enum LoopMember: String, CaseIterable {
        case index, index0, revindex, revindex0, first, last, length, depth, depth0, previtem, nextitem, cycle, changed

        var code: UInt8 {
            switch self {
            case .index: 0
            case .index0: 1
            case .revindex: 2
            case .revindex0: 3
            case .first: 4
            case .last: 5
            case .length: 6
            case .depth: 7
            case .depth0: 8
            case .previtem: 9
            case .nextitem: 10
            case .cycle: 11
            case .changed: 12
            }
        }
    }

    mutating func evalLoopMember(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        guard case .object(let handle) = locals[Int(node.a)], handle.kind == .loop else {
            let missing = Undefined(node: index, of: program, base: nil)
            if mode == .hub || mode == .chainable { return .undefined(missing) }
            at = index
            throw .undefined(missing.message)
        }
        return loopMember(handle, node.flag)
    }

    private func loopMember(_ handle: Handle, _ code: UInt8) -> Value {
        let number = Int(handle.index)
        guard number < loops.count else { return .missing }
        let count = loops[number].items.count
        let n = loops[number].index
        switch code {
        case 0: return .int(n + 1)
        case 1: return .int(n)
        case 2: return .int(count - n)
        case 3: return .int(count - n - 1)
        case 4: return .bool(n == 0)
        case 5: return .bool(n == count - 1)
        case 6: return .int(count)
        case 7: return .int(loops[number].level + 1)
        case 8: return .int(loops[number].level)
        case 9:
            if n > 0 { return loops[number].items[n - 1] }
            return .undefined(Undefined(path: "loop.previtem", reason: "this is the first turn"))
        case 10:
            if n + 1 < count { return loops[number].items[n + 1] }
            return .undefined(Undefined(path: "loop.nextitem", reason: "this is the last turn"))
        case 11: return .object(Handle(.loopCycle, number))
        default: return .object(Handle(.loopChanged, number))
        }
    }

    func remainingItems(of handle: Handle) -> Items {
        guard Int(handle.index) < loops.count else { return .values([]) }
        let loop = loops[Int(handle.index)]
        return .values(Array(loop.items.array.dropFirst(loop.index + 1)))
    }

    func describe(_ handle: Handle) -> String {
        switch handle.kind {
        case .module: return Int(handle.index) < modules.count ? modules[Int(handle.index)].body : ""
        case .macro:
            let macro = macros[Int(handle.index)]
            return "<Macro '\(macro.program.functions[macro.function].name)'>"
        case .namespace: return "<Namespace>"
        case .loop:
            guard Int(handle.index) < loops.count else { return "<LoopContext>" }
            let loop = loops[Int(handle.index)]
            return "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
        case .blocks: return "<TemplateReference None>"
        default: return "<function>"
        }
    }

    func isCallable(_ handle: Handle) -> Bool {
        switch handle.kind {
        case .namespace, .module, .cycler, .blocks: false
        default: true
        }
    }

    mutating func member(of handle: Handle, named name: String) throws(TemplateError) -> Value? {
        let number = Int(handle.index)
        switch handle.kind {
        case .namespace: return namespaces[number][name]
        case .loop:
            guard let member = LoopMember(rawValue: name) else { return nil }
            return loopMember(handle, member.code)
        case .cycler:
            switch name {
            case "next": return .object(Handle(.cyclerNext, number))
            case "reset": return .object(Handle(.cyclerReset, number))
            case "current": return cyclers[number].items[cyclers[number].position]
            case "items": return .tuple(cyclers[number].items)
            case "pos": return .int(cyclers[number].position)
            default: return nil
            }
        case .joiner:
            switch name {
            case "sep": return joiners[number].separator
            case "used": return .bool(joiners[number].used)
            default: return nil
            }
        case .module:
            guard let symbol = set.symbols.known(name) else { return nil }
            return modules[number].members.last { $0.symbol == symbol }?.value
        case .blocks:
            guard let n = contexts[number].blocks.firstIndex(where: { same($0.name, name) }) else { return nil }
            references.append(BlockReference(context: number, name: contexts[number].blocks[n].name, level: 0))
            return .object(Handle(.block, references.count - 1))
        case .block:
            guard name == "super" else { return nil }
            var reference = references[number]
            reference.level += 1
            let versions =
                contexts[reference.context].blocks.first { same($0.name, reference.name) }?.versions.count ?? 0
            guard reference.level < versions else { return nil }
            references.append(reference)
            return .object(Handle(.block, references.count - 1))
        case .macro:
            let macro = macros[number]
            let function = macro.program.functions[macro.function]
            switch name {
            case "name": return .string(function.name)
            case "arguments": return .tuple(function.parameters.map { .string($0.name) })
            case "caller": return .bool(function.callerSlot >= 0)
            case "catch_kwargs": return .bool(function.kwargsSlot >= 0)
            case "catch_varargs": return .bool(function.varargsSlot >= 0)
            default: return nil
            }
        default: return nil
        }
    }

    // MARK: Calls

    mutating func evalCall(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let callee = try eval(node.a)
        let (positional, named) = try evalArguments(program.calls[Int(node.b)])
        at = index
        return try invoke(callee, positional, named, index)
    }

    /// Calls a macro, a function or a loop.
    package mutating func invoke(
        _ callee: Value, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32
    ) throws(TemplateError) -> Value {
        if case .object(let handle) = callee, handle.kind == .macro {
            return try callMacro(Int(handle.index), positional, named, index)
        }
        return try invokeOther(callee, positional, named, index)
    }

    private mutating func invokeOther(
        _ callee: Value, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32
    ) throws(TemplateError) -> Value {
        guard case .object(let handle) = callee else {
            if case .undefined(let missing) = callee { throw .undefined(missing.message) }
            throw .runtime("\(callee.kindName) cannot be called")
        }
        let number = Int(handle.index)
        switch handle.kind {
        case .function: return try callGlobal(number, positional, named)
        case .loop:
            let arguments = try bind(Signature([Parameter("iterable")]), positional, named, "the loop")
            return try recurse(number, arguments[0], index)
        case .loopCycle:
            guard !positional.isEmpty else { throw .runtime("loop.cycle needs something to cycle through") }
            guard number < loops.count else { return .none }
            return positional[loops[number].index % positional.count]
        case .loopChanged:
            guard number < loops.count else { return .bool(true) }
            if let last = loops[number].last, Value.tuple(last).equals(.tuple(positional)) { return .bool(false) }
            loops[number].last = positional
            return .bool(true)
        case .cyclerNext:
            let current = cyclers[number].items[cyclers[number].position]
            cyclers[number].position = (cyclers[number].position + 1) % cyclers[number].items.count
            return current
        case .cyclerReset:
            cyclers[number].position = 0
            return .none
        case .joiner:
            if joiners[number].used { return joiners[number].separator }
            joiners[number].used = true
            return .string("")
        case .block: return try callBlock(references[number], index)
        default: throw .runtime("\(callee.kindName) cannot be called")
        }
    }

    private mutating func callBlock(_ reference: BlockReference, _ index: Int32) throws(TemplateError) -> Value {
        let saved = context
        context = reference.context
        guard let n = contexts[context].blocks.firstIndex(where: { same($0.name, reference.name) }) else {
            return .none
        }
        let mark = out.count
        try runBlock(n, level: reference.level, index)
        context = saved
        return capturedText(take(from: mark))
    }

    private mutating func recurse(_ number: Int, _ value: Value, _ index: Int32) throws(TemplateError) -> Value {
        guard number < loops.count else { throw .runtime("this loop is over") }
        let loop = loops[number]
        let info = loop.program.fors[loop.info]
        guard info.recursive else { throw .runtime("a loop can only be called when it is marked \"recursive\"") }
        let items = try elements(value)
        try enterDeeper("templates and macros inside each other")
        callers.append(Caller(program: program, node: index, what: .loop))
        let caller = program
        use(loop.program)
        let back = switchFrame(loop.frame)
        let saved = Array(locals[info.slots])
        let mark = out.count
        try runLoop(index, loop.info, items, level: loop.level + 1)
        locals.replaceSubrange(info.slots, with: saved)
        _ = switchFrame(back)
        use(caller)
        callers.removeLast()
        leaveDeeper()
        return capturedText(take(from: mark))
    }

    /// The arguments of a macro after binding.
    private struct MacroArguments {
        var values: [Value]
        var caller: Value
        var named: [(name: String, value: Value)]
        var rest: [Value]
    }

    /// What a call changes and has to put back.
    private struct Surroundings {
        var program: Program
        var context: Int
        var autoescape: Bool
        var extended: Program?
        var frame: Int
        var mark: Int
        var keep: Bool
    }

    private mutating func callMacro(
        _ number: Int, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32
    ) throws(TemplateError) -> Value {
        let saved = try enterMacro(number, try macroArguments(number, positional, named), index)
        _ = try runMacro(macros[number].function)
        return leaveMacro(saved)
    }

    private func macroArguments(
        _ number: Int, _ positional: [Value], _ given: [(name: String, value: Value)]
    ) throws(TemplateError) -> MacroArguments {
        let macro = macros[number]
        let function = macro.program.functions[macro.function]
        let count = function.parameters.count
        var named = given
        var values: [Value] = Array(positional.prefix(count))
        for n in values.count..<max(values.count, count) {
            if let at = named.firstIndex(where: { same($0.name, function.parameters[n].name) }) {
                values.append(named.remove(at: at).value)
            } else {
                values.append(.missing)
            }
        }
        var caller: Value = .missing
        if function.callerSlot >= 0, let at = named.firstIndex(where: { $0.name == "caller" }) {
            caller = named.remove(at: at).value
        }
        let what = Self.title(function)
        if function.kwargsSlot < 0, let extra = named.first {
            if extra.name == "caller" {
                throw .runtime("\(what) does not use caller(), so it cannot be called with a body")
            }
            let near = Suggestion.text(for: extra.name, in: function.parameters.map(\.name))
            throw .runtime("\(what) takes no argument \"\(extra.name)\"\(near)")
        }
        if function.varargsSlot < 0, positional.count > count {
            throw .runtime("\(what) \(Signature.tooMany(count, positional.count))")
        }
        if function.callerSlot >= 0, case .missing = caller {
            caller = .undefined(Undefined(path: "caller", reason: "\(what) was called without a body"))
        }
        return MacroArguments(
            values: values, caller: caller, named: named, rest: Array(positional.dropFirst(count)))
    }

    private static func title(_ function: Program.Function) -> String {
        function.name == "caller" ? "this call's body" : "the macro \"\(function.name)\""
    }

    private mutating func enterMacro(
        _ number: Int, _ arguments: MacroArguments, _ index: Int32
    ) throws(TemplateError) -> Surroundings {
        let macro = macros[number]
        let function = macro.program.functions[macro.function]
        try enterDeeper("templates and macros inside each other")
        callers.append(Caller(program: program, node: index, what: .macro(macro.program, macro.function)))
        var saved = Surroundings(
            program: program, context: context, autoescape: autoescape, extended: extended, frame: 0, mark: out.count,
            keep: function.hasInner)
        use(macro.program)
        if context != macro.context {
            context = macro.context
            autoescape = outputMode == .html
        }
        extended = nil
        saved.frame = enter(macro.function, parent: macro.frame)
        for (n, value) in arguments.values.enumerated() { locals[n] = value }
        if function.callerSlot >= 0 { locals[Int(function.callerSlot)] = arguments.caller }
        if function.kwargsSlot >= 0 {
            locals[Int(function.kwargsSlot)] = .dict(ValueDict(arguments.named.map { ($0.name, $0.value) }))
        }
        if function.varargsSlot >= 0 { locals[Int(function.varargsSlot)] = .tuple(arguments.rest) }
        return saved
    }

    private mutating func runMacro(_ number: Int) throws(TemplateError) -> Signal {
        for n in 0..<program.functions[number].parameters.count {
            guard case .missing = locals[n] else { continue }
            let standard = program.functions[number].parameters[n].standard
            locals[n] = standard >= 0 ? try eval(standard) : notGiven(number, n)
        }
        start(program.functions[number].entries)
        return try exec(program.functions[number].body)
    }

    private func notGiven(_ number: Int, _ parameter: Int) -> Value {
        let function = program.functions[number]
        return .undefined(
            Undefined(
                path: function.parameters[parameter].name, reason: "\(Self.title(function)) was called without it"))
    }

    private mutating func leaveMacro(_ saved: Surroundings) -> Value {
        leave(saved.frame, keep: saved.keep)
        let text = take(from: saved.mark)
        use(saved.program)
        (context, autoescape, extended) = (saved.context, saved.autoescape, saved.extended)
        callers.removeLast()
        leaveDeeper()
        return capturedText(text)
    }

    // MARK: Globals

    /// The functions every template has, by number.
    static let globals: [(name: String, signature: Signature, help: String)] = [
        ("range", .anything, "Integers from start, before stop."),
        ("dict", .anything, "An object of the named arguments."),
        ("namespace", .anything, "Something whose members can be set from inside loops."),
        ("cycler", .anything, "Gives its arguments in turn with next()."),
        ("joiner", Signature([Parameter("sep", .string(", "))]), "Nothing at the first call, then the separator."),
    ]

    private mutating func callGlobal(
        _ number: Int, _ positional: [Value], _ named: [(name: String, value: Value)]
    ) throws(TemplateError) -> Value {
        let global = Self.globals[number]
        let arguments = try bind(global.signature, positional, named, global.name)
        switch number {
        case 0: return try range(positional, named)
        case 1, 2:
            guard positional.count <= 1 else { throw .runtime("\(global.name) takes one object and named arguments") }
            var dict = ValueDict()
            if let first = positional.first {
                if case .undefined(let missing) = first { throw .undefined(missing.message) }
                if let members = first.members {
                    for (key, value) in members { dict[key] = value }
                } else {
                    let pairs = try elements(first)
                    for n in 0..<pairs.count {
                        let pair = try elements(pairs[n])
                        guard pair.count == 2, HashKey(pair[0]) != nil else {
                            throw .runtime("\(global.name) needs an object or pairs of key and value")
                        }
                        dict[pair[0]] = pair[1]
                    }
                }
            }
            for (name, value) in named { dict[.string(name)] = value }
            if number == 1 { return .dict(dict) }
            namespaces.append(dict)
            return .object(Handle(.namespace, namespaces.count - 1))
        case 3:
            guard !positional.isEmpty else { throw .runtime("cycler needs something to cycle through") }
            if let extra = named.first { throw .runtime("cycler \(Signature.nothing.unknown(extra.name))") }
            cyclers.append(Cycler(items: positional))
            return .object(Handle(.cycler, cyclers.count - 1))
        default:
            joiners.append(Joiner(separator: arguments[0]))
            return .object(Handle(.joiner, joiners.count - 1))
        }
    }

    private func range(_ values: [Value], _ named: [(name: String, value: Value)]) throws(TemplateError) -> Value {
        guard named.isEmpty, (1...3).contains(values.count) else { throw .runtime("range takes one to three integers") }
        var numbers: [Int] = []
        for value in values {
            switch value {
            case .int(let number): numbers.append(number)
            case .bool(let flag): numbers.append(flag ? 1 : 0)
            case .undefined(let missing): throw .undefined(missing.message)
            case .big: throw .limit("numbers in one range", used: Int.max, allowed: limits.range)
            default: throw .runtime("range needs integers, not \(value.kindName)")
            }
        }
        let range = ValueRange(
            from: numbers.count == 1 ? 0 : numbers[0], to: numbers.count == 1 ? numbers[0] : numbers[1],
            by: numbers.count == 3 ? numbers[2] : 1)
        guard range.step != 0 else { throw .runtime("the step of a range cannot be 0") }
        if range.count > limits.range { throw .limit("numbers in one range", used: range.count, allowed: limits.range) }
        return .range(range)
    }
}
