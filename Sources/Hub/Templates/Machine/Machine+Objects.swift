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

    mutating func evalLoopMember(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        guard case .object(let handle) = slots[base + Int(node.a)], handle.kind == .loop else {
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
            guard let symbol = set.symbols.known(name), let n = block(symbol, in: number) else { return nil }
            return .object(Handle(.block, number, further: n))
        case .block:
            guard name == "super" else { return nil }
            let position = Int(handle.further)
            let symbol = contexts[number].blocks[position].symbol
            guard let next = block(symbol, in: number, from: position + 1) else { return nil }
            return .object(Handle(.block, number, further: next))
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

    mutating func evalCall(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError) -> Value {
        let callee = try eval(node.a, program)
        let (positional, named) = try evalArguments(program.calls[Int(node.b)].content, program)
        at = index
        return try invoke(callee, positional, named, index, program)
    }

    /// Calls a macro, a function or a loop.
    mutating func invoke(
        _ callee: Value, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32,
        _ program: Program
    ) throws(TemplateError) -> Value {
        let mark = out.count
        if try callWriting(callee, positional, named, index, program) { return capturedText(take(from: mark)) }
        guard case .object(let handle) = callee else {
            if case .undefined(let missing) = callee { throw .undefined(missing.message) }
            throw .runtime("\(callee.kindName) cannot be called")
        }
        let number = Int(handle.index)
        switch handle.kind {
        case .function: return try callGlobal(number, positional, named)
        case .loopCycle:
            guard !positional.isEmpty else { throw .runtime("loop.cycle needs something to cycle through") }
            guard number < loops.count else { return .none }
            return positional[loops[number].index % positional.count]
        case .loopChanged:
            guard number < loops.count else { return .bool(true) }
            if let last = loops[number].last, try equal(.tuple(last), .tuple(positional)) { return .bool(false) }
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
        default: throw .runtime("\(callee.kindName) cannot be called")
        }
    }

    // MARK: Calls that write

    /// Calls what writes text (a macro, a block, a recursive loop) and leaves the text at the end of the output; false
    /// when the callee returns a value instead, and nothing was done.
    mutating func callWriting(
        _ callee: Value, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32,
        _ program: Program
    ) throws(TemplateError) -> Bool {
        guard case .object(let handle) = callee else { return false }
        switch handle.kind {
        case .macro: try callMacro(Int(handle.index), positional, named, index, program)
        case .block: try callBlock(handle, index, program)
        case .loop:
            let arguments = try bind(Signature([Parameter("iterable")]), positional, named, "the loop")
            try recurse(Int(handle.index), arguments[0], index, program)
        default: return false
        }
        return true
    }

    private mutating func callBlock(_ block: Handle, _ index: Int32, _ program: Program) throws(TemplateError) {
        let saved = context
        context = Int(block.index)
        try runBlock(Int(block.further), index, program)
        context = saved
    }

    private mutating func recurse(_ number: Int, _ value: Value, _ index: Int32, _ program: Program)
        throws(TemplateError)
    {
        guard number < loops.count else { throw .runtime("this loop is over") }
        let loop = loops[number]
        let info = loop.program.fors[loop.info]
        guard info.recursive else { throw .runtime("a loop can only be called when it is marked \"recursive\"") }
        let items = try elements(value)
        try enterDeeper("templates and macros inside each other")
        let back = switchFrame(loop.frame)
        let first = base + info.slots.lowerBound
        let saved = Array(slots[first..<base + info.slots.upperBound])
        do throws(TemplateError) {
            try runLoop(loop.node, loop.info, items, level: loop.level + 1, loop.program)
        } catch {
            throw leaving(located(error, loop.program), "in the loop called from", index, program)
        }
        for (n, value) in saved.enumerated() { slots[first + n] = value }
        _ = switchFrame(back)
        leaveDeeper()
        at = index
    }

    private mutating func callMacro(
        _ number: Int, _ positional: [Value], _ named: [(name: String, value: Value)], _ index: Int32, _ caller: Program
    ) throws(TemplateError) {
        let macro = macros[number]
        let program = macro.program
        let function = program.functions[macro.function]
        try checkArguments(function, positional.count, named)
        try enterDeeper("templates and macros inside each other")
        let saved = (context, autoescape, extended, linked)
        if context != macro.context {
            context = macro.context
            autoescape = outputMode == .html
        }
        (extended, linked) = (nil, false)
        let back = try enter(macro.function, of: program, parent: macro.frame)
        fill(function, positional, named)
        do throws(TemplateError) {
            _ = try runMacro(function, program)
        } catch {
            let what = function.name == "caller" ? "the body of a call, called" : "macro \(function.name), called"
            throw leaving(located(error, program), "in \(what) from", index, caller)
        }
        leave(back, keep: function.hasInner)
        (context, autoescape, extended, linked) = saved
        leaveDeeper()
        at = index
    }

    /// Refuses arguments that a macro has no place for.
    private func checkArguments(
        _ function: Shared<Program.Function>, _ count: Int, _ named: [(name: String, value: Value)]
    ) throws(TemplateError) {
        if function.kwargsSlot < 0 {
            for argument in named where !takes(function, argument.name, after: count) {
                let what = Self.title(function)
                if argument.name == "caller" {
                    throw .runtime("\(what) does not use caller(), so it cannot be called with a body")
                }
                let near = String.suggestion(for: argument.name, in: function.parameters.map(\.name))
                throw .runtime("\(what) takes no argument \"\(argument.name)\"\(near)")
            }
        }
        if function.varargsSlot < 0, count > function.parameters.count {
            throw .runtime("\(Self.title(function)) \(Signature.tooMany(function.parameters.count, count))")
        }
    }

    /// Whether a named argument has a place of its own, with so many positional ones before it.
    private func takes(_ function: Shared<Program.Function>, _ name: String, after count: Int) -> Bool {
        if name == "caller", function.callerSlot >= 0 { return true }
        var n = count
        while n < function.parameters.count {
            if same(function.parameters[n].name, name) { return true }
            n += 1
        }
        return false
    }

    /// Puts the arguments into the slots of the macro that was entered.
    private mutating func fill(
        _ function: Shared<Program.Function>, _ positional: [Value], _ named: [(name: String, value: Value)]
    ) {
        let count = function.parameters.count
        for n in 0..<min(positional.count, count) { slots[base + n] = positional[n] }
        var rest = ValueDict()
        for argument in named {
            var n = positional.count
            while n < count, !same(function.parameters[n].name, argument.name) { n += 1 }
            if n < count {
                slots[base + n] = argument.value
            } else if argument.name == "caller", function.callerSlot >= 0 {
                slots[base + Int(function.callerSlot)] = argument.value
            } else {
                rest[.string(argument.name)] = argument.value
            }
        }
        if function.callerSlot >= 0, case .missing = slots[base + Int(function.callerSlot)] {
            let reason = "\(Self.title(function)) was called without a body"
            slots[base + Int(function.callerSlot)] = .undefined(Undefined(path: "caller", reason: reason))
        }
        if function.kwargsSlot >= 0 { slots[base + Int(function.kwargsSlot)] = .dict(rest) }
        if function.varargsSlot >= 0 {
            slots[base + Int(function.varargsSlot)] = .tuple(Array(positional.dropFirst(count)))
        }
    }

    private static func title(_ function: Shared<Program.Function>) -> String {
        function.name == "caller" ? "this call's body" : "the macro \"\(function.name)\""
    }

    private mutating func runMacro(_ function: Shared<Program.Function>, _ program: Program) throws(TemplateError)
        -> Signal
    {
        for n in 0..<function.parameters.count {
            guard case .missing = slots[base + n] else { continue }
            let standard = function.parameters[n].standard
            let value = standard >= 0 ? try eval(standard, program) : notGiven(function, n)
            slots[base + n] = value
        }
        try start(function.entries)
        return try exec(function.body, program)
    }

    private func notGiven(_ function: Shared<Program.Function>, _ parameter: Int) -> Value {
        let name = function.parameters[parameter].name
        return .undefined(Undefined(path: name, reason: "\(Self.title(function)) was called without it"))
    }

    // MARK: Globals

    /// The functions every template has, by number.
    static let globals: [(name: String, signature: Signature, help: String)] = [
        ("range", .anything, "Integers from start, before stop."),
        ("dict", .anything, "An object of the named arguments."),
        ("namespace", .anything, "Something whose members can be set from inside loops."),
        ("cycler", .anything, "Returns its arguments in turn with next()."),
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
                    try charge(elements: 4 * members.count)
                    try spend(members.count)
                    for (key, value) in members { dict[key] = value }
                } else {
                    let pairs = try elements(first)
                    try charge(elements: 4 * pairs.count)
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
