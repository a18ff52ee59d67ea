package import HubModel

extension Value {
    /// Equality as Python has it: `1 == 1.0 == true`, lists by their elements, dictionaries without order.
    package func equals(_ other: Value) -> Bool {
        switch (self, other) {
        case (.string(let a), .string(let b)), (.string(let a), .markup(let b)), (.markup(let a), .string(let b)),
            (.markup(let a), .markup(let b)):
            return same(a, b)
        case (.int(let a), .int(let b)): return a == b
        case (.none, .none): return true
        case (.undefined, .undefined), (.missing, .missing), (.undefined, .missing), (.missing, .undefined): return true
        case (.omit, .omit): return true
        case (.object(let a), .object(let b)): return a == b
        case (.list, .list), (.array, .array), (.list, .array), (.array, .list), (.tuple, .tuple):
            guard let a = Items(self), let b = Items(other), a.count == b.count else { return false }
            for n in 0..<a.count where !a[n].equals(b[n]) { return false }
            return true
        case (.range(let a), .range(let b)):
            return a.count == b.count && (a.count == 0 || a.start == b.start) && (a.count < 2 || a.step == b.step)
        case (.dict, .dict), (.record, .record), (.dict, .record), (.record, .dict): return sameMembers(other)
        default:
            guard let order = Number(self).flatMap({ a in Number(other).flatMap { a.compare($0) } }) else {
                return false
            }
            return order == 0
        }
    }

    private func sameMembers(_ other: Value) -> Bool {
        let members = self.members ?? []
        guard let others = other.members, others.count == members.count else { return false }
        for (key, value) in members {
            guard let found = other.member(key), found.equals(value) else { return false }
        }
        return true
    }

    /// Keys and values of a dictionary or object, the last of equal names only; nil for anything else.
    package var members: [(key: Value, value: Value)]? {
        switch self {
        case .dict(let dict): return dict.members.map { ($0.key, $0.value) }
        case .record(let object):
            var result: [(key: Value, value: Value)] = []
            result.reserveCapacity(object.count)
            for member in object.members { result.append((.string(member.name), Value(member.value))) }
            return result
        default: return nil
        }
    }

    /// The member of a dictionary or object with an equal key.
    package func member(_ key: Value) -> Value? {
        switch self {
        case .dict(let dict): return dict[key]
        case .record(let object):
            switch key {
            case .string(let name), .markup(let name): return object.value(named: name).map { Value($0) }
            default: return nil
            }
        default: return nil
        }
    }

    /// Truth without asking whether it may be asked: undefined is false.
    package var isTrue: Bool {
        switch self {
        case .undefined, .missing, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .big: true
        case .float(let value): value != 0
        case .string(let text), .markup(let text): !text.utf8.isEmpty
        case .list(let items), .tuple(let items): !items.isEmpty
        case .array(let items): !items.isEmpty
        case .dict(let dict): dict.count > 0
        case .record(let object): !object.isEmpty
        case .range(let range): range.count > 0
        case .object, .omit: true
        }
    }
}

extension JSONObject {
    /// The position of the last member with exactly this name.
    @inline(__always)
    func index(named name: String) -> Int? {
        var n = members.count - 1
        while n >= 0 {
            if same(members[n].name, name) { return n }
            n -= 1
        }
        return nil
    }

    /// The last member with exactly this name.
    @inline(__always)
    func value(named name: String) -> JSON? { index(named: name).map { members[$0].value } }
}

/// A sequence that is not copied: what loops, `in` and most filters go through.
package enum Items: Sendable {
    case values([Value])
    case json([JSON])
    case range(ValueRange)

    /// The elements of a list, tuple or range; nil for anything else, strings included.
    package init?(_ value: Value) {
        switch value {
        case .list(let items), .tuple(let items): self = .values(items)
        case .array(let items): self = .json(items)
        case .range(let range): self = .range(range)
        default: return nil
        }
    }

    package var count: Int {
        switch self {
        case .values(let items): items.count
        case .json(let items): items.count
        case .range(let range): range.count
        }
    }

    package subscript(index: Int) -> Value {
        switch self {
        case .values(let items): items[index]
        case .json(let items): Value(items[index])
        case .range(let range): .int(range[index])
        }
    }

    package var array: [Value] {
        switch self {
        case .values(let items): return items
        case .json(let items): return items.map { Value($0) }
        case .range(let range): return (0..<range.count).map { .int(range[$0]) }
        }
    }
}

/// A number of any of the three kinds.
package enum Number: Sendable {
    case int(Int)
    case big(BigInt)
    case float(Double)

    package init?(_ value: Value) {
        switch value {
        case .int(let value): self = .int(value)
        case .bool(let value): self = .int(value ? 1 : 0)
        case .float(let value): self = .float(value)
        case .big(let value): self = .big(value)
        default: return nil
        }
    }

    package var value: Value {
        switch self {
        case .int(let value): .int(value)
        case .big(let value): Value(value)
        case .float(let value): .float(value)
        }
    }

    package var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .big(let value): value.double ?? (value.negative ? -.infinity : .infinity)
        case .float(let value): value
        }
    }

    package var big: BigInt? {
        switch self {
        case .int(let value): BigInt(value)
        case .big(let value): value
        case .float: nil
        }
    }

    /// Below, equal or above zero; nil when one of them is not a number.
    package func compare(_ other: Number) -> Int? {
        switch (self, other) {
        case (.int(let a), .int(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.float(let a), .float(let b)): return a < b ? -1 : a == b ? 0 : a > b ? 1 : nil
        case (.float(let a), _):
            guard let order = other.compare(self) else { return a.isNaN ? nil : 0 }
            return -order
        case (_, .float(let b)):
            if b.isNaN { return nil }
            if b.isInfinite { return b > 0 ? -1 : 1 }
            guard let a = big else { return nil }
            let whole = BigInt(truncating: b)
            if a != whole { return a < whole ? -1 : 1 }
            let rest = b - b.rounded(.towardZero)
            return rest > 0 ? -1 : rest < 0 ? 1 : 0
        default:
            guard let a = big, let b = other.big else { return nil }
            return a < b ? -1 : a == b ? 0 : 1
        }
    }
}

extension Machine {
    func failing(_ symbol: String, _ a: Value, _ b: Value) -> TemplateError {
        if case .undefined(let missing) = a { return .undefined(missing.message) }
        if case .undefined(let missing) = b { return .undefined(missing.message) }
        return .runtime("\"\(symbol)\" cannot be used with \(a.kindName) and \(b.kindName)")
    }

    /// Below, equal or above zero for `<` and sorting; an error for values without an order.
    package mutating func order(_ a: Value, _ b: Value, _ symbol: String = "<") throws(TemplateError) -> Int? {
        switch (a, b) {
        case (.int(let a), .int(let b)): return a < b ? -1 : a == b ? 0 : 1
        // An unknown field of the model is null: it is neither below nor above anything, as in SQL.
        case (.none, _) where mode == .hub || mode == .chainable: return nil
        case (_, .none) where mode == .hub || mode == .chainable: return nil
        case (.string(let a), .string(let b)), (.string(let a), .markup(let b)), (.markup(let a), .string(let b)),
            (.markup(let a), .markup(let b)):
            try charge(bytes: min(a.utf8.count, b.utf8.count))
            return Self.order(a, b)
        case (.list, .list), (.array, .array), (.list, .array), (.array, .list), (.tuple, .tuple):
            guard let left = Items(a), let right = Items(b) else { return nil }
            for n in 0..<min(left.count, right.count) {
                try step()
                if try !equal(left[n], right[n]) { return try order(left[n], right[n], symbol) }
            }
            return left.count < right.count ? -1 : left.count == right.count ? 0 : 1
        default:
            guard let left = Number(a), let right = Number(b) else { throw failing(symbol, a, b) }
            try charge(a)
            try charge(b)
            return left.compare(right)
        }
    }

    /// By code points, which is the order of UTF-8.
    static func order(_ a: String, _ b: String) -> Int {
        var left = a.utf8.makeIterator()
        var right = b.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let x?, let y?): if x != y { return x < y ? -1 : 1 }
            }
        }
    }

    mutating func isEqual(_ a: Value, _ b: Value) throws(TemplateError) -> Bool {
        if undefinedFails {
            if case .undefined(let missing) = a { throw .undefined(missing.message) }
            if case .undefined(let missing) = b { throw .undefined(missing.message) }
        }
        return try equal(a, b)
    }

    mutating func compare(_ op: Program.Op, _ a: Value, _ b: Value) throws(TemplateError) -> Bool {
        switch op {
        case .equal: return try isEqual(a, b)
        case .notEqual: return try !isEqual(a, b)
        case .less: return try order(a, b, "<").map { $0 < 0 } ?? false
        case .lessOrEqual: return try order(a, b, "<=").map { $0 <= 0 } ?? false
        case .greater: return try order(a, b, ">").map { $0 > 0 } ?? false
        case .greaterOrEqual: return try order(a, b, ">=").map { $0 >= 0 } ?? false
        case .isIn: return try contains(b, a)
        default: return try !contains(b, a)
        }
    }

    /// `needle in container`.
    package mutating func contains(_ container: Value, _ needle: Value) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text), .markup(let text):
            switch needle {
            case .string(let part), .markup(let part):
                try charge(bytes: text.utf8.count + part.utf8.count)
                return Scalars.find(part, in: text) != nil
            case .undefined(let missing): throw .undefined(missing.message)
            default: throw .runtime("\"in\" a string needs a string, not \(needle.kindName)")
            }
        case .dict, .record:
            if case .undefined(let missing) = needle, undefinedFails { throw .undefined(missing.message) }
            guard HashKey(needle) != nil else { throw .runtime("\(needle.kindName) cannot be a key") }
            try charge(needle)
            if case .record(let object) = container { try charge(bytes: object.count) }
            return container.member(needle) != nil
        case .list, .tuple, .array, .range:
            guard let items = Items(container) else { return false }
            if case .undefined(let missing) = needle, undefinedFails { throw .undefined(missing.message) }
            for n in 0..<items.count {
                if n % 4 == 3 { try step() }
                if try equal(items[n], needle) { return true }
            }
            return false
        case .undefined(let missing):
            if undefinedFails { throw .undefined(missing.message) }
            return false
        default: throw .runtime("\"in\" needs a list, a string or an object on its right, not \(container.kindName)")
        }
    }

    mutating func arithmetic(_ op: Program.Op, _ a: Value, _ b: Value) throws(TemplateError) -> Value {
        switch (op, a, b) {
        case (.add, .int(let x), .int(let y)):
            let (sum, overflow) = x.addingReportingOverflow(y)
            if !overflow { return .int(sum) }
        case (.subtract, .int(let x), .int(let y)):
            let (difference, overflow) = x.subtractingReportingOverflow(y)
            if !overflow { return .int(difference) }
        case (.multiply, .int(let x), .int(let y)):
            let (product, overflow) = x.multipliedReportingOverflow(by: y)
            if !overflow { return .int(product) }
        case (.modulo, .string, _), (.modulo, .markup, _): return try formatted(a, with: b)
        case (.add, _, _): if let joined = try added(a, b) { return joined }
        case (.multiply, _, _): if let repeated = try repeated(a, b) { return repeated }
        default: break
        }
        guard let x = Number(a), let y = Number(b) else { throw failing(Self.symbol(op), a, b) }
        return try arithmetic(op, x, y)
    }

    private static func symbol(_ op: Program.Op) -> String {
        switch op {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        case .floorDivide: "//"
        case .modulo: "%"
        default: "**"
        }
    }

    /// `+` of two strings: escaped for HTML as soon as one of them is.
    mutating func joined(_ a: Value, _ b: Value) throws(TemplateError) -> Value { try arithmetic(.add, a, b) }

    /// `+` of strings, lists and tuples; nil for numbers.
    private mutating func added(_ a: Value, _ b: Value) throws(TemplateError) -> Value? {
        switch (a, b) {
        case (.string(let x), .string(let y)):
            return .string(try joined(x, y))
        case (.markup(let x), .markup(let y)): return .markup(try joined(x, y))
        case (.markup(let x), .string(let y)): return .markup(try joined(x, Text.escaped(y)))
        case (.string(let x), .markup(let y)): return .markup(try joined(Text.escaped(x), y))
        case (.list, .list), (.array, .array), (.list, .array), (.array, .list), (.tuple, .tuple):
            guard let x = Items(a), let y = Items(b) else { return nil }
            try checkElements(x.count + y.count)
            try charge(elements: x.count + y.count)
            if case .tuple = a { return .tuple(x.array + y.array) }
            return .list(x.array + y.array)
        default: return nil
        }
    }

    private mutating func joined(_ a: String, _ b: String) throws(TemplateError) -> String {
        try checkString(a.utf8.count + b.utf8.count)
        try charge(bytes: a.utf8.count + b.utf8.count)
        return a + b
    }

    /// `*` of a string, list or tuple and an integer; nil for numbers.
    private mutating func repeated(_ a: Value, _ b: Value) throws(TemplateError) -> Value? {
        let (sequence, count): (Value, Int)
        switch (a, b) {
        case (.int(let n), _): (sequence, count) = (b, n)
        case (_, .int(let n)): (sequence, count) = (a, n)
        case (.bool(let n), _): (sequence, count) = (b, n ? 1 : 0)
        case (_, .bool(let n)): (sequence, count) = (a, n ? 1 : 0)
        default: return nil
        }
        let times = max(0, count)
        switch sequence {
        case .string(let text):
            return .string(try repeated(text, times))
        case .markup(let text): return .markup(try repeated(text, times))
        case .list, .array, .tuple:
            guard let items = Items(sequence) else { return nil }
            try checkElements(saturating(items.count, times))
            try charge(elements: items.count * times)
            let once = items.array
            var all: [Value] = []
            all.reserveCapacity(once.count * times)
            if !once.isEmpty { for _ in 0..<times { all.append(contentsOf: once) } }
            if case .tuple = sequence { return .tuple(all) }
            return .list(all)
        default: return nil
        }
    }

    private mutating func repeated(_ text: String, _ times: Int) throws(TemplateError) -> String {
        guard times > 0, !text.isEmpty else { return "" }
        let bytes = saturating(text.utf8.count, times)
        try checkString(bytes)
        try charge(bytes: bytes)
        return String(repeating: text, count: times)
    }

    func saturating(_ a: Int, _ b: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? Int.max : product
    }

    private mutating func arithmetic(_ op: Program.Op, _ a: Number, _ b: Number) throws(TemplateError) -> Value {
        if op == .divide { return try divided(a, b) }
        if op == .power { return try raised(a, b) }
        for number in [a, b] {
            guard case .big = number else { continue }
            try charge(number.value)
            if !number.double.isFinite {
                if case .float = a { throw .runtime("the integer is too large for a number with a fraction") }
                if case .float = b { throw .runtime("the integer is too large for a number with a fraction") }
            }
        }
        if case .float = a { return try floating(op, a.double, b.double) }
        if case .float = b { return try floating(op, a.double, b.double) }
        if case .int(let x) = a, case .int(let y) = b {
            switch op {
            case .floorDivide, .modulo:
                guard y != 0 else { throw .runtime("division by zero") }
                if y == -1 {
                    if op == .modulo { return .int(0) }
                    let (negated, overflow) = 0.subtractingReportingOverflow(x)
                    if !overflow { return .int(negated) }
                    return Value(-BigInt(x))
                }
                var (quotient, remainder) = x.quotientAndRemainder(dividingBy: y)
                if remainder != 0, (remainder < 0) != (y < 0) {
                    quotient -= 1
                    remainder += y
                }
                return .int(op == .modulo ? remainder : quotient)
            default: break
            }
        }
        guard let x = a.big, let y = b.big else { return .none }
        try checkBits(max(x.bitCount, y.bitCount) + (op == .multiply ? min(x.bitCount, y.bitCount) : 1))
        try charge(limbs: x.limbs.count, by: y.limbs.count)
        switch op {
        case .add: return Value(x + y)
        case .subtract: return Value(x - y)
        case .multiply: return Value(x * y)
        default:
            guard !y.isZero else { throw .runtime("division by zero") }
            let (quotient, remainder) = x.dividedFloor(by: y)
            return Value(op == .modulo ? remainder : quotient)
        }
    }

    private func floating(_ op: Program.Op, _ x: Double, _ y: Double) throws(TemplateError) -> Value {
        switch op {
        case .add: return .float(x + y)
        case .subtract: return .float(x - y)
        case .multiply: return .float(x * y)
        default:
            guard y != 0 else { throw .runtime("division by zero") }
            var remainder = x.truncatingRemainder(dividingBy: y)
            var quotient = (x - remainder) / y
            if remainder != 0, (remainder < 0) != (y < 0) {
                remainder += y
                quotient -= 1
            }
            if remainder == 0 { remainder = y < 0 ? -0.0 : 0.0 }
            if op == .modulo { return .float(remainder) }
            if quotient == 0 { return .float((x / y).sign == .minus ? -0.0 : 0.0) }
            let floor = quotient.rounded(.down)
            return .float(quotient - floor > 0.5 ? floor + 1 : floor)
        }
    }

    private mutating func divided(_ a: Number, _ b: Number) throws(TemplateError) -> Value {
        try charge(a.value)
        try charge(b.value)
        if b.compare(.int(0)) == 0 { throw .runtime("division by zero") }
        guard a.double.isFinite || { if case .float = a { true } else { false } }() else {
            throw .runtime("the integer is too large to divide")
        }
        return .float(a.double / b.double)
    }

    private mutating func raised(_ a: Number, _ b: Number) throws(TemplateError) -> Value {
        if let base = a.big, case .int(let exponent) = b, exponent >= 0 {
            if base.isZero || base == BigInt(1) { return exponent == 0 ? .int(1) : a.value }
            if base == BigInt(-1) { return .int(exponent % 2 == 0 ? 1 : -1) }
            try checkBits(saturating(base.bitCount, exponent))
            let limbs = base.bitCount * exponent / 32 + 1
            try charge(limbs: limbs, by: limbs)
            return Value(base.power(exponent))
        }
        try charge(a.value)
        try charge(b.value)
        if case .big = b, a.big != nil { throw .limit("bits in one integer", used: Int.max, allowed: 65536) }
        if a.compare(.int(0)) == 0, b.compare(.int(0)) == -1 {
            throw .runtime("division by zero: 0 to a negative power")
        }
        let result = Power.raise(a.double, b.double)
        if result.isNaN, !a.double.isNaN, !b.double.isNaN {
            throw .runtime("a negative number to a fractional power is not a real number")
        }
        if result.isInfinite, a.double.isFinite, b.double.isFinite { throw .runtime("the result is too large") }
        return .float(result)
    }

    mutating func negated(_ value: Value) throws(TemplateError) -> Value {
        switch value {
        case .int(let x):
            let (negated, overflow) = 0.subtractingReportingOverflow(x)
            return overflow ? Value(-BigInt(x)) : .int(negated)
        case .bool(let x): return .int(x ? -1 : 0)
        case .float(let x): return .float(-x)
        case .big(let x): return Value(-x)
        case .undefined(let missing): throw .undefined(missing.message)
        default: throw .runtime("\"-\" needs a number, not \(value.kindName)")
        }
    }

    func checkBits(_ bits: Int) throws(TemplateError) {
        if bits > 65536 { throw .limit("bits in one integer", used: bits, allowed: 65536) }
    }

    /// Refuses a string before it is made.
    package func checkString(_ bytes: Int) throws(TemplateError) {
        if bytes > limits.string { throw .limit("bytes in one string", used: bytes, allowed: limits.string) }
    }

    /// Refuses a list before it is made.
    package func checkElements(_ count: Int) throws(TemplateError) {
        if count > limits.elements { throw .limit("elements in one list", used: count, allowed: limits.elements) }
    }
}
