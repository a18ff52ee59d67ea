import HubModel

extension Machine {
    /// Evaluates a node. Small cases are here; whatever needs room on the stack is in a function of its own.
    mutating func eval(_ index: Int32, _ program: Program) throws(TemplateError) -> Value {
        steps &-= 1
        if steps < 0 { throw .limit("steps of work", used: limits.steps + 1, allowed: limits.steps) }
        let node = program.nodes[Int(index)]
        switch node.op {
        case .constant: return program.constants[Int(node.a)]
        case .local:
            let value = slots[base + Int(node.a)]
            if case .missing = value { return unknown(index, program) }
            return value
        case .root: return evalRoot(index, node, program)
        case .path, .sourcePath: return try evalPath(node, program)
        default: break
        }
        try deeper(5)
        let value = try evalLarge(index, node, program)
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

    private mutating func evalLarge(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        switch node.op {
        case .filter: return try evalFilter(index, node, program)
        case .test: return try evalTest(index, node, program)
        case .call: return try evalCall(index, node, program)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .notIn:
            return try evalComparison(index, node, program)
        case .add, .subtract, .multiply, .divide, .floorDivide, .modulo, .power:
            return try evalArithmetic(index, node, program)
        case .concat: return try evalConcat(index, node, program)
        case .and, .or, .not, .conditional: return try evalLogic(index, node, program)
        case .attribute: return try evalAttribute(index, node, program)
        case .item: return try evalItem(index, node, program)
        case .loopMember: return try evalLoopMember(index, node, program)
        case .outer:
            let value = value(.outer(node.a, level: node.b))
            if case .missing = value { return unknown(index, program) }
            return value
        default: return try evalRare(index, node, program)
        }
    }

    private mutating func evalRare(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        switch node.op {
        case .list: return .list(try evalAll(node, program))
        case .tuple: return .tuple(try evalAll(node, program))
        case .dict: return try evalDict(index, node, program)
        case .slice: return try evalSlice(index, node, program)
        case .compare: return try evalChain(index, node, program)
        case .negate:
            let operand = try eval(node.a, program)
            at = index
            return try negated(operand)
        case .plus:
            let operand = try eval(node.a, program)
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
    func sourceText(_ index: Int32, _ program: Program) -> String {
        let span = program.spans[Int(index)]
        guard span.start >= 0, span.start <= span.end, span.end <= program.source.count else { return "" }
        return String(decoding: program.source[span.start..<span.end], as: UTF8.self)
    }

    private func unknown(_ index: Int32, _ program: Program) -> Value {
        .undefined(Undefined(node: index, of: program, base: nil))
    }

    private mutating func evalRoot(_ index: Int32, _ node: Program.Node, _ program: Program) -> Value {
        let value = root(node.a)
        if case .missing = value { return unknown(index, program) }
        return value
    }

    // MARK: Members

    /// A name and members of members, gone through where they are; whatever is not all there goes step by step.
    private mutating func evalPath(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Value {
        if node.op == .sourcePath, let value = try sourceValue(node, program) { return value }
        let start = program.nodes[Int(node.a)]
        let first = start.op == .local ? slots[base + Int(start.a)] : root(start.a)
        guard case .record(var object) = first else { return try eval(node.b, program) }
        let last = Int(node.c) + Int(node.flag) - 1
        steps &-= Int(node.flag)
        var n = Int(node.c)
        while true {
            try charge(bytes: object.count)
            guard let found = object.index(named: program.names[Int(program.lists[n])]) else { break }
            if n == last { return Value(object.members[found].value) }
            guard case .object(let inner) = object.members[found].value else { break }
            object = inner
            try charge(bytes: object.count)
            n += 1
        }
        return try eval(node.b, program)
    }

    /// The value at a path of which the source has a part; the rest is gone through as in `evalPath`, for the same steps.
    /// Nil when it is not all there, or not the source's.
    private mutating func sourceValue(_ node: Program.Node, _ program: Program) throws(TemplateError) -> Value? {
        let symbol = program.nodes[Int(node.a)].a
        let count = Int(node.flag)
        let start = Int(node.c)
        guard case .source(let source) = self.source, !isHidden(symbol),
            var at = source.value(ofPath: Int(program.lists[start + count]))
        else { return nil }
        var n = start + Int(program.lists[start + count + 1])
        while n < start + count {
            guard case .object(let object) = at,
                let found = object.value(named: program.names[Int(program.lists[n])])
            else { return nil }
            try charge(bytes: object.count)
            try charge(bytes: object.count)
            at = found
            n += 1
        }
        steps &-= count
        return Value(at)
    }

    private mutating func evalAttribute(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        try deeper(3)
        let base = try eval(node.a, program)
        nesting -= 3
        return try attribute(of: base, index, node, program)
    }

    private mutating func attribute(
        of base: Value, _ index: Int32, _ node: Program.Node, _ program: Program
    ) throws(TemplateError) -> Value {
        at = index
        if let value = try member(of: base, named: program.names[Int(node.b)]) { return value }
        return try absent(base, index, program)
    }

    /// Undefined, because `base` has nothing there; going on from undefined is an error unless it chains.
    private mutating func absent(_ base: Value, _ index: Int32, _ program: Program) throws(TemplateError) -> Value {
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
        case .record(let object):
            try charge(bytes: object.count)
            return object.value(named: name).map { Value($0) }
        case .dict(let dict): return dict[name]
        case .object(let handle): return try member(of: handle, named: name)
        case .tuple(let pair):
            // What groupby returns: pairs whose parts have names.
            guard pair.count == 2, case .list = pair[1] else { return nil }
            return name == "grouper" ? pair[0] : name == "list" ? pair[1] : nil
        default: return nil
        }
    }

    private mutating func evalItem(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let base = try eval(node.a, program)
        let key = try eval(node.b, program)
        at = index
        if let value = try item(of: base, key) { return value }
        return try absent(base, index, program)
    }

    /// `base[key]`; nil when there is nothing there.
    package mutating func item(of base: Value, _ key: Value) throws(TemplateError) -> Value? {
        switch base {
        case .record, .dict:
            if case .undefined(let missing) = key, undefinedFails { throw .undefined(missing.message) }
            try charge(key)
            if case .record(let object) = base { try charge(bytes: object.count) }
            return base.member(key)
        case .list, .tuple, .array, .range:
            guard let items = Items(base), let n = Self.position(key, items.count) else { return nil }
            return items[n]
        case .string(let text), .markup(let text):
            try charge(bytes: text.utf8.count)
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

    private mutating func evalSlice(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let base = try eval(node.a, program)
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
            let value = try eval(child, program)
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
            try charge(bytes: 4 * text.utf8.count)
            let scalars = Scalars.array(text)
            let range = positions(scalars.count)
            let part = Scalars.string((0..<range.count).map { scalars[range[$0]] })
            if case .markup = base { return .markup(part) }
            return .string(part)
        case .list, .array, .tuple:
            guard let items = Items(base) else { return .none }
            let range = positions(items.count)
            try charge(elements: range.count)
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

    private mutating func evalAll(_ node: Program.Node, _ program: Program) throws(TemplateError) -> [Value] {
        var items: [Value] = []
        items.reserveCapacity(Int(node.b))
        for n in 0..<Int(node.b) { items.append(try eval(program.lists[Int(node.a) + n], program)) }
        return items
    }

    private mutating func evalDict(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        var dict = ValueDict()
        for n in 0..<Int(node.b) {
            let key = try eval(program.lists[Int(node.a) + 2 * n], program)
            let value = try eval(program.lists[Int(node.a) + 2 * n + 1], program)
            at = index
            if case .undefined(let missing) = key, undefinedFails { throw .undefined(missing.message) }
            try charge(key)
            guard HashKey(key) != nil else { throw .runtime("\(key.kindName) cannot be a key") }
            dict[key] = value
        }
        return .dict(dict)
    }

    // MARK: Operators

    private mutating func evalArithmetic(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let a = try eval(node.a, program)
        let b = try eval(node.b, program)
        at = index
        return try arithmetic(node.op, a, b)
    }

    private mutating func evalComparison(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let a = try eval(node.a, program)
        let b = try eval(node.b, program)
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

    private mutating func evalChain(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        var left = try eval(node.a, program)
        for n in 0..<Int(node.c) {
            let code = program.lists[Int(node.b) + 2 * n]
            let right = try eval(program.lists[Int(node.b) + 2 * n + 1], program)
            at = index
            guard let op = Program.Op(rawValue: UInt8(truncatingIfNeeded: code)) else { return .none }
            if try !compare(op, left, right) { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private mutating func evalConcat(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        try deeper(3)
        defer { nesting -= 3 }
        var bytes: [UInt8] = []
        let count = Int(node.b)
        let escaping = node.flag == 1 || (node.flag == 2 && autoescape)
        if escaping {
            var parts: [Value] = []
            var safe = false
            for n in 0..<count {
                let value = try eval(program.lists[Int(node.a) + n], program)
                if case .markup = value { safe = true }
                parts.append(value)
            }
            at = index
            for part in parts {
                if safe { bytes.append(contentsOf: try escaped(part).utf8) } else { try append(part, to: &bytes) }
            }
            try checkString(bytes.count)
            try charge(bytes: bytes.count)
            let text = String(decoding: bytes, as: UTF8.self)
            return safe ? .markup(text) : .string(text)
        }
        for n in 0..<count {
            let value = try eval(program.lists[Int(node.a) + n], program)
            at = index
            try append(value, to: &bytes)
            try checkString(bytes.count)
        }
        try charge(bytes: bytes.count)
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

    private mutating func evalLogic(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let first = try eval(node.a, program)
        at = index
        let holds = try truth(first)
        switch node.op {
        case .and: return holds ? try eval(node.b, program) : first
        case .or: return holds ? first : try eval(node.b, program)
        case .not: return .bool(!holds)
        default:
            if holds { return try eval(node.b, program) }
            if node.c >= 0 { return try eval(node.c, program) }
            return .undefined(
                Undefined(path: sourceText(index, program), reason: "its condition is false and it has no else"))
        }
    }

    // MARK: Filters and tests

    private mutating func bound(
        _ index: Int32, _ number: Int32, _ signature: Signature, _ what: @autoclosure () -> String, _ program: Program
    ) throws(TemplateError) -> Arguments {
        let bound = program.bounds[Int(number)]
        if let constant = bound.constant { return constant }
        if let call = bound.dynamic {
            let (positional, named) = try evalArguments(call, program)
            at = index
            return try bind(signature, positional, named, what())
        }
        var values: [Value] = []
        values.reserveCapacity(bound.values.count)
        for (n, node) in bound.values.enumerated() {
            values.append(node < 0 ? signature.parameters[n].standard ?? .none : try eval(node, program))
        }
        var rest: [Value] = []
        for node in bound.rest { rest.append(try eval(node, program)) }
        var named: [(name: String, value: Value)] = []
        for (name, node) in bound.named { named.append((name, try eval(node, program))) }
        return Arguments(values, rest: rest, named: named)
    }

    private mutating func evalFilter(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let value = try eval(node.a, program)
        let filter = program.filters[Int(node.b)]
        let arguments = try bound(index, node.c, filter.signature, "the filter \"\(filter.name)\"", program)
        at = index
        return try apply(filter, to: value, arguments)
    }

    private mutating func evalTest(_ index: Int32, _ node: Program.Node, _ program: Program) throws(TemplateError)
        -> Value
    {
        let value = try eval(node.a, program)
        let test = program.tests[Int(node.b)]
        let arguments = try bound(index, node.c, test.signature, "the test \"\(test.name)\"", program)
        at = index
        return .bool(try apply(test, to: value, arguments))
    }

    mutating func evalArguments(
        _ call: Program.Call, _ program: Program
    ) throws(TemplateError) -> (positional: [Value], named: [(name: String, value: Value)]) {
        var positional: [Value] = []
        positional.reserveCapacity(call.positional.count)
        var named: [(name: String, value: Value)] = []
        for node in call.positional { positional.append(try eval(node, program)) }
        for (name, node) in call.named { named.append((name, try eval(node, program))) }
        if call.spread >= 0 {
            let items = try elements(try eval(call.spread, program))
            try charge(elements: items.count)
            positional += items.array
        }
        if call.spreadNamed >= 0 {
            let value = try eval(call.spreadNamed, program)
            guard let members = value.members else { throw .runtime("\"**\" needs an object, not \(value.kindName)") }
            for (key, value) in members {
                guard case .string(let name) = key else { throw .runtime("\"**\" needs names as keys") }
                try charge(bytes: named.count)
                if named.contains(where: { same($0.name, name) }) {
                    throw .runtime("the argument \"\(name)\" is there twice")
                }
                named.append((name, value))
            }
        }
        return (positional, named)
    }
}
