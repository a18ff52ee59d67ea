package import HubModel

/// A template that others may use by its name.
package struct NamedTemplate: Sendable {
    package var name: String
    package var source: String
    package var literals: [LiteralText]

    package init(_ name: String, _ source: String, literals: [LiteralText] = []) {
        (self.name, self.source, self.literals) = (name, source, literals)
    }
}

/// Named templates that may include, import and extend each other, compiled together.
///
/// A template with a mistake is kept with its error, which is thrown when the template is reached; `errors` has them all.
package final class TemplateSet: Sendable {
    package let options: TemplateOptions
    private let templates: [String: Result<Lineage, TemplateError>]
    let symbols: Symbols
    /// The global function a name stands for when the context has nothing of that name, by symbol.
    let globals: [Handle?]
    let omitSymbol: Int32?
    /// The templates by the symbols of their names, where a template names them by a literal.
    private let bySymbol: [Result<Lineage, TemplateError>?]
    /// The symbols of the names that one template has in its scope beyond those of the set.
    private let further: [Int]
    package let names: [String]

    package convenience init(
        _ sources: [(name: String, source: String)] = [], options: TemplateOptions = TemplateOptions()
    ) {
        self.init(sources.map { NamedTemplate($0.name, $0.source) }, options: options)
    }

    package init(_ sources: [NamedTemplate], options: TemplateOptions) {
        var symbols = Symbols(options.scope)
        var programs: [String: Result<Program, TemplateError>] = [:]
        var own = options
        for template in sources {
            own.literals = template.literals
            do throws(TemplateError) {
                programs[template.name] = .success(
                    try Self.compile(
                        Array(template.source.utf8), name: template.name, options: own, symbols: &symbols))
            } catch {
                programs[template.name] = .failure(error)
            }
        }
        further = []
        let all = symbols.names
        templates = programs.mapValues { result in
            result.map { program in
                Lineage(program) { symbol in
                    if case .success(let parent) = programs[all[Int(symbol)]] { parent } else { nil }
                }
            }
        }
        (globals, omitSymbol) = Self.globals(&symbols)
        bySymbol = symbols.names.map { [templates] in templates[$0] }
        self.options = options
        self.symbols = symbols
        names = sources.map(\.name)
    }

    /// A set with the same templates and further symbols, for one more template. Names in the scope of `options` beyond
    /// those of the set are seen by the templates that it uses, too.
    private init(_ other: TemplateSet, options: TemplateOptions, symbols: Symbols) {
        var symbols = symbols
        let beyond = options.scope?.names.dropFirst(other.options.scope?.names.count ?? 0) ?? []
        further = beyond.map { Int(symbols.number(of: $0)) }
        if symbols.names.count == other.symbols.names.count {
            (globals, omitSymbol, bySymbol) = (other.globals, other.omitSymbol, other.bySymbol)
        } else {
            (globals, omitSymbol) = Self.globals(&symbols)
            bySymbol = symbols.names.map { other.templates[$0] }
        }
        self.options = options
        templates = other.templates
        self.symbols = symbols
        names = other.names
    }

    /// The position of a symbol's name in the scope; nil when it is not in scope.
    func position(of symbol: Int) -> Int? {
        let own = (options.scope?.names.count ?? 0) - further.count
        return symbol < own ? symbol : further.lastIndex(of: symbol).map { own + $0 }
    }

    private static func globals(_ symbols: inout Symbols) -> ([Handle?], Int32?) {
        var globals = [Handle?](repeating: nil, count: symbols.names.count)
        for (n, global) in Machine.globals.enumerated() {
            guard let symbol = symbols.known(global.name) else { continue }
            globals[Int(symbol)] = Handle(.function, n)
        }
        return (globals, symbols.known("omit"))
    }

    static func compile(
        _ source: [UInt8], name: String?, options: TemplateOptions, symbols: inout Symbols
    ) throws(TemplateError) -> Program {
        var parser = try Parser(source, name: name, options: options)
        let statements = try parser.template()
        var compiler = Compiler(options: options, symbols: symbols, parser: parser)
        let program = try compiler.template(statements, name: name, source: source)
        symbols = compiler.symbols
        return program
    }

    /// The mistakes in the set's templates, by the order the templates were given in.
    package var errors: [TemplateError] {
        names.compactMap { name in
            if case .failure(let error)? = templates[name] { error } else { nil }
        }
    }

    func lineage(named name: String) throws(TemplateError) -> Lineage? { try templates[name]?.get() }

    func template(_ symbol: Int32) throws(TemplateError) -> Lineage? { try bySymbol[Int(symbol)]?.get() }

    private func lineage(of program: Program) -> Lineage {
        Lineage(program) { symbol in
            if case .success(let parent)? = bySymbol[Int(symbol)] { parent.program } else { nil }
        }
    }

    /// One of the set's templates.
    package func template(named name: String) throws(TemplateError) -> Template? {
        try lineage(named: name).map { Template(set: self, lineage: $0, soleExpression: nil) }
    }

    /// Compiles one more template, which may use those of the set.
    package func compile(
        _ source: String, name: String? = nil, options: TemplateOptions? = nil
    ) throws(TemplateError) -> Template {
        let options = options ?? self.options
        let bytes = Array(source.utf8)
        var symbols = symbols
        let program = try Self.compile(bytes, name: name, options: options, symbols: &symbols)
        let sole = try Template.soleExpression(in: bytes, name: name, options: options)
        var whole: Program?
        if let sole {
            let parser = try Parser(bytes, name: name, options: options)
            var compiler = Compiler(options: options, symbols: symbols, parser: parser)
            whole = try compiler.expression(sole, name: name, source: bytes)
            symbols = compiler.symbols
        }
        let set = TemplateSet(self, options: options, symbols: symbols)
        return Template(
            set: set, lineage: set.lineage(of: program),
            soleExpression: zip(sole, whole).map {
                Expression(set: set, program: $1, source: source, syntax: $0)
            })
    }

    /// Compiles a bare expression.
    package func expression(
        _ source: String, name: String? = nil, options: TemplateOptions? = nil
    ) throws(TemplateError) -> Expression {
        let options = options ?? self.options
        let bytes = Array(source.utf8)
        var parser = try Parser(expression: bytes, name: name, options: options)
        let syntax = try parser.wholeExpression()
        var compiler = Compiler(options: options, symbols: symbols, parser: parser)
        let program = try compiler.expression(syntax, name: name, source: bytes)
        let set = TemplateSet(self, options: options, symbols: compiler.symbols)
        return Expression(set: set, program: program, source: source, syntax: syntax)
    }
}

private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    if let a, let b { (a, b) } else { nil }
}

/// Where the names of a template get their values.
package enum Roots: Sendable {
    /// The members of an object.
    case object(JSONObject)
    /// In the order of the options' `Scope`; nil for a name without a value.
    case values([JSON?])
    /// By position in the `Scope`, asked at most once a render for each name that is used.
    case lazy(@Sendable (Int) -> JSON?)

    func value(_ symbol: Int, _ set: TemplateSet) -> JSON? {
        switch self {
        case .object(let object): object.value(named: set.symbols.names[symbol])
        case .values(let values): set.position(of: symbol).flatMap { $0 < values.count ? values[$0] : nil }
        case .lazy(let function): set.position(of: symbol).flatMap(function)
        }
    }
}

/// A compiled template, ready to render any number of times from any number of threads.
package struct Template: Sendable {
    let set: TemplateSet
    let lineage: Lineage
    /// The expression, when the source is exactly one `{{ expression }}` with nothing but blanks around it.
    ///
    /// A leaf of a JSON tree then has the expression's own value instead of text.
    package let soleExpression: Expression?

    /// Compiles a template that stands alone.
    package static func compile(
        _ source: String, name: String? = nil, options: TemplateOptions = TemplateOptions()
    ) throws(TemplateError) -> Template {
        try TemplateSet(options: options).compile(source, name: name)
    }

    /// Every independent mistake in a source that can be found: the first one of each tag.
    package static func problems(
        in source: String, name: String? = nil, options: TemplateOptions = TemplateOptions()
    ) -> [TemplateError] {
        var found: [TemplateError] = []
        var bytes = Array(source.utf8)
        while found.count < 20 {
            do throws(TemplateError) {
                var symbols = Symbols(options.scope)
                _ = try TemplateSet.compile(bytes, name: name, options: options, symbols: &symbols)
                return found
            } catch {
                if let place = error.place, found.contains(where: { $0.place?.offset == place.offset }) { return found }
                found.append(error)
                guard let place = error.place, let tag = Self.tag(in: bytes, around: place.offset) else { return found }
                // Blank the output that is wrong and look again; a wrong statement would only give follow-up mistakes.
                guard bytes[tag.lowerBound + 1] == 123 else { return found }
                for n in tag where bytes[n] != 10 && bytes[n] != 13 { bytes[n] = 32 }
            }
        }
        return found
    }

    private static func tag(in bytes: [UInt8], around offset: Int) -> Range<Int>? {
        var start = min(offset, bytes.count - 2)
        while start >= 0, !(bytes[start] == 123 && (bytes[start + 1] == 123 || bytes[start + 1] == 37)) { start -= 1 }
        guard start >= 0 else { return nil }
        let close: UInt8 = bytes[start + 1] == 123 ? 125 : 37
        var end = start + 2
        while end + 1 < bytes.count, !(bytes[end] == close && bytes[end + 1] == 125) { end += 1 }
        guard end + 1 < bytes.count else { return nil }
        return start..<(end + 2)
    }

    package var name: String? { lineage.program.name }

    /// Renders to UTF-8.
    package func render(_ roots: Roots) throws(TemplateError) -> [UInt8] {
        var machine = Machine(set, roots)
        try machine.run(lineage)
        return machine.out
    }

    /// Renders a part of something larger, whose parts have `steps` left together.
    package func render(_ roots: Roots, steps: inout Int) throws(TemplateError) -> [UInt8] {
        var machine = Machine(set, roots, steps: steps)
        try machine.run(lineage)
        steps = machine.steps
        return machine.out
    }

    /// Renders and says how many steps it took, so that owners see a limit coming.
    package func renderCounting(_ roots: Roots) throws(TemplateError) -> (bytes: [UInt8], steps: Int) {
        var machine = Machine(set, roots)
        try machine.run(lineage)
        return (machine.out, machine.stepsUsed)
    }

    static func soleExpression(
        in bytes: [UInt8], name: String?, options: TemplateOptions
    ) throws(TemplateError) -> Syntax.Expr? {
        guard options.literals.isEmpty else { return nil }
        var plain = options
        plain.keepTrailingNewline = true
        var parser = try Parser(bytes, name: name, options: plain)
        var sole: Syntax.Expr?
        for statement in try parser.template() {
            switch statement.kind {
            case .text(let text) where text.allSatisfy({ $0 == 32 || ($0 >= 9 && $0 <= 13) }): continue
            case .output(let expr) where sole == nil: sole = expr
            default: return nil
            }
        }
        guard let sole else { return nil }
        // A comment leaves no statement, but it is something else beside the expression.
        let blanks: (UInt8) -> Bool = { $0 == 32 || ($0 >= 9 && $0 <= 13) }
        let trimmed = bytes.drop(while: blanks)
        guard trimmed.starts(with: [123, 123]), let end = trimmed.lastIndex(where: { !blanks($0) }), end > 0,
            bytes[end] == 125, bytes[end - 1] == 125
        else { return nil }
        return sole
    }
}

/// A compiled expression: a rule's condition or the sole expression of a leaf.
package struct Expression: Sendable {
    let set: TemplateSet
    let program: Program
    package let source: String
    package let syntax: Syntax.Expr

    package static func compile(
        _ source: String, name: String? = nil, options: TemplateOptions = TemplateOptions()
    ) throws(TemplateError) -> Expression {
        try TemplateSet(options: options).expression(source, name: name)
    }

    package func evaluate(_ roots: Roots) throws(TemplateError) -> Value {
        var machine = Machine(set, roots)
        return try machine.runExpression(program)
    }

    /// The value as JSON: integers stay integers, floats keep `1.0`. Nil for `omit`; undefined is an error or null, as
    /// the options say.
    package func json(_ roots: Roots) throws(TemplateError) -> JSON? {
        var steps = set.options.limits.steps
        return try json(roots, steps: &steps)
    }

    /// The value of a part of something larger, whose parts have `steps` left together.
    package func json(_ roots: Roots, steps: inout Int) throws(TemplateError) -> JSON? {
        var machine = Machine(set, roots, steps: steps)
        let value = try machine.runExpression(program)
        steps = machine.steps
        if case .omit = value { return nil }
        do throws(TemplateError) {
            return try value.json(undefined: machine.mode)
        } catch {
            machine.at = program.expression
            throw machine.located(error, program)
        }
    }

    /// Whether the value is true; undefined is false or an error, as the options say.
    package func holds(_ roots: Roots) throws(TemplateError) -> Bool {
        var steps = set.options.limits.steps
        return try holds(roots, steps: &steps)
    }

    /// As `holds(_:)` for a part of something larger, whose parts have `steps` left together.
    package func holds(_ roots: Roots, steps: inout Int) throws(TemplateError) -> Bool {
        var machine = Machine(set, roots, steps: steps)
        let value = try machine.runExpression(program)
        steps = machine.steps
        do throws(TemplateError) {
            return try machine.truth(value)
        } catch {
            machine.at = program.expression
            throw machine.located(error, program)
        }
    }
}

extension Value {
    /// The value as JSON. Undefined is null in the lenient modes and an error in the others.
    package func json(undefined mode: UndefinedMode = .strict) throws(TemplateError) -> JSON {
        var parts = 0
        return try json(undefined: mode, depth: 0, parts: &parts)
    }

    /// Values of a leaf, with those inside others, and one for every 64 bytes of text; a list that is in others many
    /// times counts as often.
    private static let mostParts = 500_000

    private static func weigh(_ count: Int, _ parts: inout Int) throws(TemplateError) {
        parts += count
        if parts > mostParts { throw .limit("values in one leaf", used: parts, allowed: mostParts) }
    }

    private static func weigh(_ json: JSON, _ parts: inout Int) throws(TemplateError) {
        try weigh(1, &parts)
        switch json {
        case .string(let text): try weigh(text.utf8.count / 64, &parts)
        case .array(let items): for item in items { try weigh(item, &parts) }
        case .object(let object): for member in object.members { try weigh(member.value, &parts) }
        default: return
        }
    }

    private func json(undefined mode: UndefinedMode, depth: Int, parts: inout Int) throws(TemplateError) -> JSON {
        guard depth < 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
        try Self.weigh(1, &parts)
        switch self {
        case .none, .missing: return .null
        case .undefined(let missing):
            if mode == .lenient || mode == .chainable { return .null }
            throw .undefined(missing.message)
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .big(let value): return .number(JSONNumber(validated: value.description))
        case .float(let value):
            guard value.isFinite else { throw .runtime("\(Text.float(value)) has no form in JSON") }
            return .number(JSONNumber(validated: Text.float(value)))
        case .string(let text), .markup(let text):
            try Self.weigh(text.utf8.count / 64, &parts)
            return .string(text)
        case .array(let items):
            // The context itself is as large as it is; only many times of it are too much.
            if depth > 0 { for item in items { try Self.weigh(item, &parts) } }
            return .array(items)
        case .record(let object):
            if depth > 0 { for member in object.members { try Self.weigh(member.value, &parts) } }
            return .object(object)
        case .list, .tuple, .range:
            var items: [JSON] = []
            for item in Items(self)?.array ?? [] {
                if case .omit = item { continue }
                items.append(try item.json(undefined: mode, depth: depth + 1, parts: &parts))
            }
            return .array(items)
        case .dict(let dict):
            var members: [JSONObject.Member] = []
            for member in dict.members {
                if case .omit = member.value { continue }
                members.append(
                    JSONObject.Member(
                        try member.key.memberName(),
                        try member.value.json(undefined: mode, depth: depth + 1, parts: &parts)))
            }
            return .object(JSONObject(members))
        case .object: throw .runtime("\(kindName) has no form in JSON")
        case .omit: throw .runtime("omit has no value: it may only be the whole value of a member or element")
        }
    }

    private func memberName() throws(TemplateError) -> String {
        switch self {
        case .string(let text), .markup(let text): return text
        case .int(let value): return String(value)
        case .big(let value): return value.description
        case .bool(let value): return value ? "true" : "false"
        case .none: return "null"
        case .float(let value): return Text.float(value)
        default: throw .runtime("\(kindName) cannot be the name of a member")
        }
    }
}
