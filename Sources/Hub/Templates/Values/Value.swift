package import HubModel

// How the pieces of this room fit together:
//
//   source --Lexer--> tokens --Parser--> Syntax (the AST; every node has its byte span)
//          --Compiler--> Program (flat nodes, names resolved to slots) --Machine--> UTF-8 bytes or a Value
//
// `TemplateSet`, `Template` and `Expression` are the doors. Filters and tests are plain functions in a `Library`, with
// signatures that the compiler binds arguments against, the checker checks and the documentation prints.
// A static checker works on `Syntax`; it needs nothing from the compiler or the machine.

/// What an expression evaluates to.
///
/// Parts of the context are held as they came (`array`, `record`) and are never converted as a whole: reaching one field
/// of a large event costs the steps of its path. State that can change while rendering (namespaces, loops, macros) lives
/// in the `Machine`; a value only holds its `Handle`, so values are plain, `Sendable` and cannot form cycles of references.
package enum Value: Sendable {
    /// Nothing was found; carries what was looked for.
    case undefined(Undefined)
    /// A slot that nothing has been assigned to. Never seen by filters: reading it returns `undefined`.
    case missing
    case none
    case bool(Bool)
    case int(Int)
    /// An integer beyond 64 bits; always normalised, so a value that fits is `int`.
    case big(BigInt)
    case float(Double)
    case string(String)
    /// Text that is already escaped for HTML.
    case markup(String)
    case list([Value])
    case tuple([Value])
    case dict(ValueDict)
    /// An array of the context, unconverted.
    case array([JSON])
    /// An object of the context, unconverted.
    case record(JSONObject)
    case range(ValueRange)
    /// Something with state or behaviour, kept by the machine that renders.
    case object(Handle)
    /// Removes the member, element, header or parameter it is the value of.
    case omit
}

/// What was looked for and not found. Words are put together only when somebody asks for them.
package final class Undefined: Sendable {
    private enum Origin: Sendable {
        case plain(path: String, reason: String?)
        /// A node of a program and what it was looked for in; nil for a name.
        case node(Int32, Program, base: Value?)
    }

    private let origin: Origin

    package init(path: String, reason: String? = nil) { origin = .plain(path: path, reason: reason) }

    init(node: Int32, of program: Program, base: Value?) {
        // Of a chain only the first link is kept: it is the one that says why, and a chain can grow at every turn of a loop.
        if case .undefined(let inner)? = base, case .node(_, _, base: .undefined(let first)?) = inner.origin {
            origin = .node(node, program, base: .undefined(first))
        } else {
            origin = .node(node, program, base: base)
        }
    }

    /// The expression as far as it is known, such as `call.agent.name`.
    package var path: String {
        switch origin {
        case .plain(let path, _): path
        case .node(let node, let program, _): program.text(of: node)
        }
    }

    /// Why it is undefined, such as `call.agent is null`; nil for a plain unknown name.
    package var reason: String? {
        switch origin {
        case .plain(_, let reason): return reason
        case .node(_, _, base: nil): return nil
        case .node(let node, let program, let base?):
            if case .undefined(let inner) = base { return inner.reason ?? inner.message }
            return program.reason(node, base)
        }
    }

    /// One sentence that says what is missing and what was there instead.
    package var message: String {
        if let reason { "\(path) is undefined: \(reason)" } else { "\(path) is undefined" }
    }
}

extension Program {
    func text(of node: Int32) -> String {
        let span = spans[Int(node)]
        guard span.start >= 0, span.start <= span.end, span.end <= source.count else { return "" }
        return String(decoding: source[span.start..<span.end], as: UTF8.self)
    }

    fileprivate func reason(_ node: Int32, _ base: Value) -> String {
        let owner = text(of: nodes[Int(node)].a)
        let isAttribute = nodes[Int(node)].op == .attribute
        let name = isAttribute ? names[Int(nodes[Int(node)].b)] : nil
        switch base {
        case .none: return "\(owner) is null"
        case .record, .dict:
            let known = (base.members ?? []).prefix(200).compactMap { member in
                if case .string(let text) = member.key { text } else { nil }
            }
            guard let name else { return "\(owner) has no such member" }
            let hint = Self.methods[name].map { "; a template has no methods, use \(owner)|\($0)" }
            return "\(owner) has no member \"\(name)\"\(hint ?? String.suggestion(for: name, in: known))"
        case .list, .array, .tuple, .range:
            let count = Items(base)?.count ?? 0
            if name != nil { return "\(owner) is a list of \(count), which has no names" }
            return "\(owner) has \(count == 1 ? "one element" : "\(count) elements")"
        default:
            let hint = name.flatMap { Self.methods[$0] }.map { "; a template has no methods, use \(owner)|\($0)" } ?? ""
            return "\(owner) is \(base.kindName)\(hint)"
        }
    }

    /// What people who know Python write, and the filter that does it.
    private static let methods = [
        "items": "items", "keys": "list", "values": "map(attribute=1)", "get": "default", "upper": "upper",
        "lower": "lower",
        "strip": "trim", "title": "title", "capitalize": "capitalize", "replace": "replace", "join": "join",
        "format": "format", "encode": "urlencode", "sort": "sort", "append": "+ [...]", "startswith": "truncate",
    ].filter { $0.key != "startswith" }
}

/// Names a thing that the machine keeps while it renders.
package struct Handle: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case namespace, cycler, joiner, loop, macro, module, block, blocks, function, loopCycle, loopChanged,
            cyclerNext,
            cyclerReset
    }

    package let kind: Kind
    package let index: Int32
    /// For a block: its position among those of the context `index`.
    package let further: Int32

    package init(_ kind: Kind, _ index: Int, further: Int = 0) {
        self.kind = kind
        (self.index, self.further) = (Int32(truncatingIfNeeded: index), Int32(truncatingIfNeeded: further))
    }
}

/// A dictionary made by a template: any hashable value is a key, and members keep their order.
package struct ValueDict: Sendable {
    package struct Member: Sendable {
        package var key: Value
        package var value: Value

        package init(_ key: Value, _ value: Value) { (self.key, self.value) = (key, value) }
    }

    package private(set) var members: [Member]
    /// Positions by exact key; kept only for dictionaries too long to scan.
    private var index: [HashKey: Int]?

    package init() { members = [] }

    package init(_ members: [(String, Value)]) {
        self.members = []
        for (name, value) in members { self[.string(name)] = value }
    }

    package var count: Int { members.count }

    private func position(of key: Value) -> Int? {
        if let index { return HashKey(key).flatMap { index[$0] } }
        if case .string(let name) = key { return position(ofName: name) }
        return members.firstIndex { $0.key.equals(key) }
    }

    private func position(ofName name: String) -> Int? {
        for n in members.indices {
            switch members[n].key {
            case .string(let text), .markup(let text): if same(text, name) { return n }
            default: continue
            }
        }
        return nil
    }

    package subscript(name: String) -> Value? {
        if index != nil { return self[.string(name)] }
        return position(ofName: name).map { members[$0].value }
    }

    package subscript(key: Value) -> Value? {
        get { position(of: key).map { members[$0].value } }
        set {
            if let at = position(of: key) {
                if let newValue { members[at].value = newValue } else { remove(at) }
            } else if let newValue {
                if index != nil, let exact = HashKey(key) { index?[exact] = members.count }
                members.append(Member(key, newValue))
                if index == nil, members.count == 16 { reindex() }
            }
        }
    }

    private mutating func remove(_ at: Int) {
        members.remove(at: at)
        if index != nil { reindex() }
    }

    private mutating func reindex() {
        var positions: [HashKey: Int] = [:]
        for (n, member) in members.enumerated() {
            guard let key = HashKey(member.key) else { return index = nil }
            positions[key] = n
        }
        index = positions
    }
}

/// A value as a key: equal values have equal keys, and strings compare by their exact scalars.
package enum HashKey: Hashable {
    case none
    case integer(Int)
    case big(BigInt)
    case float(Double)
    case text([UInt8])
    case tuple([HashKey])
    case object(Handle)
    case range(Int, Int, Int)

    /// Nil for values that cannot be keys: lists, dictionaries and tuples of more than a thousand parts.
    package init?(_ value: Value) {
        var parts = 0
        self.init(value, &parts)
    }

    private init?(_ value: Value, _ parts: inout Int) {
        parts += 1
        guard parts <= 1000 else { return nil }
        switch value {
        case .none, .missing, .undefined, .omit: self = .none
        case .bool(let value): self = .integer(value ? 1 : 0)
        case .int(let value): self = .integer(value)
        case .big(let value): self = .big(value)
        case .float(let value):
            if let whole = Int(exactly: value) { self = .integer(whole) } else { self = .float(value) }
        case .string(let text), .markup(let text): self = .text(Array(text.utf8))
        case .tuple(let items):
            var keys: [HashKey] = []
            for item in items {
                guard let key = HashKey(item, &parts) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        case .object(let handle): self = .object(handle)
        case .range(let range): self = .range(range.start, range.step, range.count)
        case .list, .dict, .array, .record: return nil
        }
    }
}

/// Whether two strings have the same scalars; `==` alone takes canonically equivalent spellings for equal.
///
/// What is canonically equivalent to ASCII text and is not that text takes more bytes.
@inline(__always)
package func same(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a == b && (a.utf8Span.isKnownASCII || a.utf8.elementsEqual(b.utf8))
}

extension Value {
    /// Wraps a part of the context without converting what is inside it.
    package init(_ json: JSON) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .string(let text): self = .string(text)
        case .array(let items): self = .array(items)
        case .object(let object): self = .record(object)
        case .number(let number): self = Value(number)
        }
    }

    /// A number of the context: an integer of any size, or floating point if it has a fraction or an exponent.
    package init(_ number: JSONNumber) {
        if let big = BigInt(decimal: number.text), number.text != "-0" {
            self = Value(big)
        } else if number.text == "-0" {
            self = .int(0)
        } else {
            self = .float(number.double)
        }
    }

    /// The smallest form of an integer.
    package init(_ big: BigInt) {
        if let small = big.int { self = .int(small) } else { self = .big(big) }
    }

    /// What people call this kind of value in messages.
    package var kindName: String {
        switch self {
        case .undefined, .missing: "undefined"
        case .none: "null"
        case .bool: "a boolean"
        case .int, .big: "an integer"
        case .float: "a number"
        case .string, .markup: "a string"
        case .list, .array, .range: "a list"
        case .tuple: "a tuple"
        case .dict, .record: "an object"
        case .omit: "omit"
        case .object(let handle):
            switch handle.kind {
            case .namespace: "a namespace"
            case .macro: "a macro"
            case .module: "an imported template"
            case .loop: "the loop"
            case .cycler: "a cycler"
            case .joiner: "a joiner"
            default: "a function"
            }
        }
    }

    package var isUndefined: Bool {
        switch self {
        case .undefined, .missing: true
        default: false
        }
    }
}
