import HubModel

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
    /// The global function a name refers to when the context has nothing of that name, by symbol.
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
        self.own = options.scope?.names.count ?? 0
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
        own = (options.scope?.names.count ?? 0) - further.count
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

    /// The names in scope that all templates of the set see; their symbols are their positions.
    let own: Int

    /// The position of a symbol's name in the scope; nil when it is not in scope.
    func position(of symbol: Int) -> Int? {
        symbol < own ? symbol : further.lastIndex(of: symbol).map { own + $0 }
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
