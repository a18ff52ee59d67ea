import HubModel

extension Machine {
    /// Evaluates a node. Small cases are here; whatever needs room on the stack is in a function of its own.
    mutating func eval(_ index: Int32) throws(TemplateError) -> Value {
        steps &-= 1
        if steps < 0 { throw .limit("steps of work", used: limits.steps + 1, allowed: limits.steps) }
        let node = nodes[Int(index)]
        switch node.op {
        case .constant: return program.constants[Int(node.a)]
        case .local:
            let value = locals[Int(node.a)]
            if case .missing = value { return unknown(index) }
            return value
        case .root: return evalRoot(index, node)
        case .attribute: return try evalAttribute(index, node)
        default: break
        }
        try deeper(5)
        let value = try evalLarge(index, node)
        nesting -= 5
        return value
    }

    /// The kilobytes of stack that work inside each other may take, as an unoptimised build takes them. A stack of one
    /// megabyte has room for this and for the caller; optimised builds take a quarter.
    static let deepest = 800

    /// Charges for stack; whoever calls takes the charge back when the work inside is done.
    @inline(__always)
    mutating func deeper(_ weight: Int) throws(TemplateError) {
        nesting += weight
        if nesting > Self.deepest {
            throw .limit("stack for operations inside each other", used: nesting, allowed: Self.deepest)
        }
    }

    private mutating func evalLarge(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        switch node.op {
        case .filter: return try evalFilter(index, node)
        case .test: return try evalTest(index, node)
        case .call: return try evalCall(index, node)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .notIn:
            return try evalComparison(index, node)
        case .add, .subtract, .multiply, .divide, .floorDivide, .modulo, .power: return try evalArithmetic(index, node)
        case .concat: return try evalConcat(index, node)
        case .and, .or, .not, .conditional: return try evalLogic(index, node)
        case .item: return try evalItem(index, node)
        case .loopMember: return try evalLoopMember(index, node)
        case .outer:
            let value = value(.outer(node.a, level: node.b))
            if case .missing = value { return unknown(index) }
            return value
        default: return try evalRare(index, node)
        }
    }

    private mutating func evalRare(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        switch node.op {
        case .list: return .list(try evalAll(node))
        case .tuple: return .tuple(try evalAll(node))
        case .dict: return try evalDict(index, node)
        case .slice: return try evalSlice(index, node)
        case .compare: return try evalChain(index, node)
        case .negate:
            let operand = try eval(node.a)
            at = index
            return try negated(operand)
        case .plus:
            let operand = try eval(node.a)
            at = index
            if case .undefined(let missing) = operand { throw .undefined(missing.message) }
            guard let number = Number(operand) else { throw .runtime("\"+\" needs a number, not \(operand.kindName)") }
            return number.value
        case .captured: return captured.popLast() ?? .string("")
        default:
            at = index
            throw .runtime(program.names[Int(max(0, node.a))])
        }
    }

    /// The source text of a node.
    func sourceText(_ index: Int32) -> String {
        let span = program.spans[Int(index)]
        guard span.start >= 0, span.start <= span.end, span.end <= program.source.count else { return "" }
        return String(decoding: program.source[span.start..<span.end], as: UTF8.self)
    }

    private func unknown(_ index: Int32) -> Value {
        .undefined(Undefined(node: index, of: program, base: nil))
    }

    private mutating func evalRoot(_ index: Int32, _ node: Program.Node) -> Value {
        let value = root(node.a)
        if case .missing = value { return unknown(index) }
        return value
    }

    // MARK: Members

    @inline(__always)
    private mutating func evalAttribute(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        try deeper(3)
        let base = try eval(node.a)
        nesting -= 3
        if case .record(let object) = base, let found = object.value(named: program.names[Int(node.b)]) {
            return Value(found)
        }
        return try attribute(of: base, index, node)
    }

    private mutating func attribute(
        of base: Value, _ index: Int32, _ node: Program.Node
    ) throws(TemplateError) -> Value {
        at = index
        if let value = try member(of: base, named: program.names[Int(node.b)]) { return value }
        return try absent(base, index)
    }

    /// Undefined, because `base` has nothing there; going on from undefined is an error unless it chains.
    private mutating func absent(_ base: Value, _ index: Int32) throws(TemplateError) -> Value {
        if case .undefined(let missing) = base {
            at = index
            if mode == .lenient || mode == .strict { throw .undefined(missing.message) }
            return .undefined(Undefined(node: index, of: program, base: base))
        }
        return .undefined(Undefined(node: index, of: program, base: base))
    }

    /// `base.name`, which is also what `map(attribute=...)` follows; nil when there is no such member.
    package mutating func member(of base: Value, named name: String) throws(TemplateError) -> Value? {
        switch base {
        case .record(let object): return object.value(named: name).map { Value($0) }
        case .dict(let dict): return dict[name]
        case .object(let handle): return try member(of: handle, named: name)
        case .tuple(let pair):
            // What groupby gives: pairs whose parts have names.
            guard pair.count == 2, case .list = pair[1] else { return nil }
            return name == "grouper" ? pair[0] : name == "list" ? pair[1] : nil
        default: return nil
        }
    }

    private mutating func evalItem(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let base = try eval(node.a)
        let key = try eval(node.b)
        at = index
        if let value = try item(of: base, key) { return value }
        return try absent(base, index)
    }

    /// `base[key]`; nil when there is nothing there.
    package mutating func item(of base: Value, _ key: Value) throws(TemplateError) -> Value? {
        switch base {
        case .record, .dict:
            if case .undefined(let missing) = key, undefinedFails { throw .undefined(missing.message) }
            return base.member(key)
        case .list, .tuple, .array, .range:
            guard let items = Items(base), let n = Self.position(key, items.count) else { return nil }
            return items[n]
        case .string(let text), .markup(let text):
            guard let n = Self.position(key, Scalars.count(text)) else { return nil }
            let scalars = text.unicodeScalars
            let scalar = scalars[scalars.index(scalars.startIndex, offsetBy: n)]
            if case .markup = base { return .markup(String(scalar)) }
            return .string(String(scalar))
        case .object(let handle):
            if case .string(let name) = key { return try member(of: handle, named: name) }
            return nil
        default: return nil
        }
    }

    private static func position(_ key: Value, _ count: Int) -> Int? {
        let n: Int
        switch key {
        case .int(let value): n = value
        case .bool(let value): n = value ? 1 : 0
        default: return nil
        }
        let at = n < 0 ? n &+ count : n
        return at >= 0 && at < count ? at : nil
    }

    private mutating func evalSlice(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let base = try eval(node.a)
        if case .undefined(let missing) = base, mode == .lenient || mode == .strict {
            at = index
            throw .undefined(missing.message)
        }
        var parts: [Int?] = []
        for n in 0..<3 {
            let child = program.lists[Int(node.b) + n]
            guard child >= 0 else {
                parts.append(nil)
                continue
            }
            let value = try eval(child)
            at = index
            switch value {
            case .none: parts.append(nil)
            case .int(let number): parts.append(number)
            case .bool(let flag): parts.append(flag ? 1 : 0)
            case .big(let big): parts.append(big.negative ? Int.min / 2 : Int.max / 2)
            case .undefined(let missing) where undefinedFails: throw .undefined(missing.message)
            default: throw .runtime("a slice needs integers, not \(value.kindName)")
            }
        }
        at = index
        return try slice(base, parts[0], parts[1], parts[2])
    }

    package mutating func slice(_ base: Value, _ start: Int?, _ stop: Int?, _ step: Int?) throws(TemplateError) -> Value
    {
        let step = step ?? 1
        guard step != 0 else { throw .runtime("the step of a slice cannot be 0") }
        func positions(_ count: Int) -> ValueRange {
            func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int {
                let n = value < 0 ? value.addingReportingOverflow(count).partialValue : value
                return min(max(n, low), high)
            }
            let first: Int
            let last: Int
            if step > 0 {
                first = start.map { clamp($0, 0, count) } ?? 0
                last = stop.map { clamp($0, 0, count) } ?? count
            } else {
                first = start.map { clamp($0, -1, count - 1) } ?? count - 1
                last = stop.map { clamp($0, -1, count - 1) } ?? -1
            }
            return ValueRange(from: first, to: last, by: step)
        }
        switch base {
        case .string(let text), .markup(let text):
            let scalars = Scalars.array(text)
            let range = positions(scalars.count)
            try spend(range.count / 64)
            let part = Scalars.string((0..<range.count).map { scalars[range[$0]] })
            if case .markup = base { return .markup(part) }
            return .string(part)
        case .list, .array, .tuple:
            guard let items = Items(base) else { return .none }
            let range = positions(items.count)
            try spend(range.count / 16)
            let part = (0..<range.count).map { items[range[$0]] }
            if case .tuple = base { return .tuple(part) }
            return .list(part)
        case .range(let whole):
            let range = positions(whole.count)
            let by = saturating(whole.step, range.step)
            return .range(
                ValueRange(
                    start: whole.start &+ range.start &* whole.step, step: by, count: range.count,
                    stop: whole.start &+ range.stop &* whole.step))
        case .undefined(let missing):
            if mode == .hub || mode == .chainable { return base }
            throw .undefined(missing.message)
        default: throw .runtime("\(base.kindName) cannot be sliced")
        }
    }

    // MARK: Literals

    private mutating func evalAll(_ node: Program.Node) throws(TemplateError) -> [Value] {
        var items: [Value] = []
        items.reserveCapacity(Int(node.b))
        for n in 0..<Int(node.b) { items.append(try eval(program.lists[Int(node.a) + n])) }
        return items
    }

    private mutating func evalDict(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        var dict = ValueDict()
        for n in 0..<Int(node.b) {
            let key = try eval(program.lists[Int(node.a) + 2 * n])
            let value = try eval(program.lists[Int(node.a) + 2 * n + 1])
            at = index
            if case .undefined(let missing) = key, undefinedFails { throw .undefined(missing.message) }
            guard HashKey(key) != nil else { throw .runtime("\(key.kindName) cannot be a key") }
            dict[key] = value
        }
        return .dict(dict)
    }

    // MARK: Operators

    private mutating func evalArithmetic(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let a = try eval(node.a)
        let b = try eval(node.b)
        at = index
        return try arithmetic(node.op, a, b)
    }

    private mutating func evalComparison(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let a = try eval(node.a)
        let b = try eval(node.b)
        if case .int(let x) = a, case .int(let y) = b {
            switch node.op {
            case .equal: return .bool(x == y)
            case .notEqual: return .bool(x != y)
            case .less: return .bool(x < y)
            case .lessOrEqual: return .bool(x <= y)
            case .greater: return .bool(x > y)
            case .greaterOrEqual: return .bool(x >= y)
            default: break
            }
        }
        at = index
        return .bool(try compare(node.op, a, b))
    }

    private mutating func evalChain(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        var left = try eval(node.a)
        for n in 0..<Int(node.c) {
            let code = program.lists[Int(node.b) + 2 * n]
            let right = try eval(program.lists[Int(node.b) + 2 * n + 1])
            at = index
            guard let op = Program.Op(rawValue: UInt8(truncatingIfNeeded: code)) else { return .none }
            if try !compare(op, left, right) { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private mutating func evalConcat(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        try deeper(3)
        defer { nesting -= 3 }
        var bytes: [UInt8] = []
        let count = Int(node.b)
        let escaping = node.flag == 1 || (node.flag == 2 && autoescape)
        if escaping {
            var parts: [Value] = []
            var safe = false
            for n in 0..<count {
                let value = try eval(program.lists[Int(node.a) + n])
                if case .markup = value { safe = true }
                parts.append(value)
            }
            at = index
            for part in parts {
                if safe { bytes.append(contentsOf: try escaped(part).utf8) } else { try append(part, to: &bytes) }
            }
            try checkString(bytes.count)
            let text = String(decoding: bytes, as: UTF8.self)
            return safe ? .markup(text) : .string(text)
        }
        for n in 0..<count {
            let value = try eval(program.lists[Int(node.a) + n])
            at = index
            try append(value, to: &bytes)
            try checkString(bytes.count)
        }
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a value counts as true; strict undefined has no truth.
    package mutating func truth(_ value: Value) throws(TemplateError) -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .undefined(let missing):
            if mode == .strict { throw .undefined(missing.message) }
            return false
        case .omit: throw .runtime("omit is neither true nor false")
        default: return value.isTrue
        }
    }

    private mutating func evalLogic(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let first = try eval(node.a)
        at = index
        let holds = try truth(first)
        switch node.op {
        case .and: return holds ? try eval(node.b) : first
        case .or: return holds ? first : try eval(node.b)
        case .not: return .bool(!holds)
        default:
            if holds { return try eval(node.b) }
            if node.c >= 0 { return try eval(node.c) }
            return .undefined(
                Undefined(path: sourceText(index), reason: "its condition is false and it has no else"))
        }
    }

    // MARK: Filters and tests

    private mutating func bound(
        _ index: Int32, _ number: Int32, _ signature: Signature, _ what: String
    ) throws(TemplateError) -> Arguments {
        let bound = program.bounds[Int(number)]
        if let constant = bound.constant { return constant }
        if let call = bound.dynamic {
            let (positional, named) = try evalArguments(call)
            at = index
            return try bind(signature, positional, named, what)
        }
        var arguments = Arguments()
        arguments.values.reserveCapacity(bound.values.count)
        for (n, node) in bound.values.enumerated() {
            arguments.values.append(node < 0 ? signature.parameters[n].standard ?? .none : try eval(node))
        }
        for node in bound.rest { arguments.rest.append(try eval(node)) }
        for (name, node) in bound.named { arguments.named.append((name, try eval(node))) }
        return arguments
    }

    /// Puts arguments to the parameters they belong to.
    package func bind(
        _ signature: Signature, _ positional: [Value], _ named: [(name: String, value: Value)], _ what: String
    ) throws(TemplateError) -> Arguments {
        var values: [Value?] = signature.parameters.map { _ in nil }
        var arguments = Arguments()
        for (n, value) in positional.enumerated() {
            if n < values.count {
                values[n] = value
            } else if signature.varargs {
                arguments.rest.append(value)
            } else {
                throw .runtime("\(what) \(Signature.tooMany(values.count, positional.count))")
            }
        }
        for (name, value) in named {
            if let n = signature.parameters.firstIndex(where: { same($0.name, name) }) {
                if values[n] != nil { throw .runtime("\(what) was given \"\(name)\" twice") }
                values[n] = value
            } else if signature.kwargs {
                arguments.named.append((name, value))
            } else {
                throw .runtime("\(what) \(signature.unknown(name))")
            }
        }
        for (n, parameter) in signature.parameters.enumerated() {
            guard let value = values[n] ?? parameter.standard else {
                throw .runtime("\(what) needs the argument \"\(parameter.name)\"")
            }
            arguments.values.append(value)
        }
        return arguments
    }

    private mutating func evalFilter(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let value = try eval(node.a)
        let filter = program.filters[Int(node.b)]
        let arguments = try bound(index, node.c, filter.signature, "the filter \"\(filter.name)\"")
        at = index
        return try filter.function(&self, value, arguments)
    }

    private mutating func evalTest(_ index: Int32, _ node: Program.Node) throws(TemplateError) -> Value {
        let value = try eval(node.a)
        let test = program.tests[Int(node.b)]
        let arguments = try bound(index, node.c, test.signature, "the test \"\(test.name)\"")
        at = index
        return .bool(try test.function(&self, value, arguments))
    }

    mutating func evalArguments(
        _ call: Program.Call
    ) throws(TemplateError) -> (positional: [Value], named: [(name: String, value: Value)]) {
        var positional: [Value] = []
        positional.reserveCapacity(call.positional.count)
        var named: [(name: String, value: Value)] = []
        for node in call.positional { positional.append(try eval(node)) }
        for (name, node) in call.named { named.append((name, try eval(node))) }
        if call.spread >= 0 { positional += try elements(try eval(call.spread)).array }
        if call.spreadNamed >= 0 {
            let value = try eval(call.spreadNamed)
            guard let members = value.members else { throw .runtime("\"**\" needs an object, not \(value.kindName)") }
            for (key, value) in members {
                guard case .string(let name) = key else { throw .runtime("\"**\" needs names as keys") }
                if named.contains(where: { same($0.name, name) }) {
                    throw .runtime("the argument \"\(name)\" is there twice")
                }
                named.append((name, value))
            }
        }
        return (positional, named)
    }
}

extension ValueRange {
    /// The numbers from `start` before `stop`.
    package init(from start: Int, to stop: Int, by step: Int) {
        var count = 0
        if step > 0, start < stop {
            let (span, overflow) = stop.subtractingReportingOverflow(start)
            count = overflow ? Int.max : (span - 1) / step + 1
        } else if step < 0, start > stop {
            let (span, overflow) = start.subtractingReportingOverflow(stop)
            count = overflow || step == Int.min ? (overflow ? Int.max : 1) : (span - 1) / -step + 1
        }
        self.init(start: start, step: step, count: count, stop: stop)
    }
}
