import HubModel

/// Builds the syntax tree. Follows Jinja's grammar, which is not Python's: `-1|abs` is 1 and `2 ** 3 ** 2` is 64.
///
/// Recursion is bounded by `Limits.nesting`, so no source can exhaust the stack; long chains of one operator count too,
/// because the machine walks them.
package struct Parser {
    private var tokens: [Lexer.Token]
    private var at = 0
    private let source: [UInt8]
    private let name: String?
    private let options: TemplateOptions
    private var depth = 0
    private var openTags: [String] = []

    package init(_ source: [UInt8], name: String? = nil, options: TemplateOptions) throws(TemplateError) {
        self.source = source
        self.name = name
        self.options = options
        guard source.count <= options.limits.source else {
            throw .limit("bytes of template source", used: source.count, allowed: options.limits.source)
        }
        var lexer = Lexer(source, options: options)
        tokens = lexer.run()
    }

    /// A parser for a bare expression, such as a rule's condition.
    package init(expression source: [UInt8], name: String? = nil, options: TemplateOptions) throws(TemplateError) {
        self.source = source
        self.name = name
        self.options = options
        guard source.count <= options.limits.source else {
            throw .limit("bytes of template source", used: source.count, allowed: options.limits.source)
        }
        var options = options
        options.literals = []
        var lexer = Lexer(Array("{{ ".utf8) + source + Array("\n}}".utf8), options: options)
        tokens = lexer.run().map { token in
            var token = token
            token.span.start = min(max(0, token.span.start - 3), source.count)
            token.span.end = min(max(0, token.span.end - 3), source.count)
            return token
        }
    }

    /// The whole template.
    package mutating func template() throws(TemplateError) -> [Syntax.Statement] {
        try statements(until: [])
    }

    /// The one expression there is.
    package mutating func wholeExpression() throws(TemplateError) -> Syntax.Expr {
        _ = advance()
        let result = try tuple()
        guard current.kind == .outputEnd, current.span.start >= source.count else {
            throw unexpected("the end of the expression")
        }
        return result
    }

    // MARK: Tokens

    private var current: Lexer.Token { tokens[min(at, tokens.count - 1)] }
    private var next: Lexer.Token { tokens[min(at + 1, tokens.count - 1)] }
    private var previousEnd: Int { at > 0 ? tokens[min(at - 1, tokens.count - 1)].span.end : 0 }

    @discardableResult
    private mutating func advance() -> Lexer.Token {
        let token = current
        if at < tokens.count { at += 1 }
        return token
    }

    private func isName(_ name: String) -> Bool { current.kind == .name && current.text == name }
    private func isOp(_ op: String) -> Bool { current.kind == .op && current.text == op }
    private func nextIsName(_ name: String) -> Bool { next.kind == .name && next.text == name }
    private func nextIsOp(_ op: String) -> Bool { next.kind == .op && next.text == op }

    private mutating func skip(name: String) -> Bool {
        guard isName(name) else { return false }
        at += 1
        return true
    }

    private mutating func skip(op: String) -> Bool {
        guard isOp(op) else { return false }
        at += 1
        return true
    }

    func failure(_ message: String, _ span: Span, line: Int) -> TemplateError {
        var error = TemplateError(
            .syntax, message, place: TemplateError.Place(in: source, template: name, span: span))
        error.statementLine = line
        return error
    }

    private func fail(_ message: String, at token: Lexer.Token? = nil) -> TemplateError {
        let token = token ?? current
        if case .bad(let problem) = token.kind { return failure(problem, token.span, line: token.line) }
        if token.kind == .end, at > 0, tokens.count > 1 {
            let last = tokens[tokens.count - 2]
            return failure(message, Span(token.span.start, token.span.end), line: last.line)
        }
        return failure(message, token.span, line: token.line)
    }

    private func unexpected(_ expected: String) -> TemplateError {
        fail("unexpected \(describe(current)), expected \(expected)")
    }

    private func describe(_ token: Lexer.Token) -> String {
        switch token.kind {
        case .text, .verbatim: "text"
        case .outputBegin: "{{"
        case .outputEnd: "}}"
        case .tagBegin: "{%"
        case .tagEnd: "%}"
        case .name: "\"\(token.text)\""
        case .string: "a string"
        case .integer, .float: "the number \(token.text)"
        case .op: "\"\(token.text)\""
        case .end: "end of the template"
        case .bad(let problem): problem
        }
    }

    private mutating func expect(op: String) throws(TemplateError) {
        guard skip(op: op) else { throw unexpected("\"\(op)\"") }
    }

    private mutating func expect(name: String) throws(TemplateError) {
        guard skip(name: name) else { throw unexpected("\"\(name)\"") }
    }

    private mutating func expectName(_ what: String) throws(TemplateError) -> Lexer.Token {
        guard current.kind == .name else { throw unexpected(what) }
        return advance()
    }

    private mutating func deeper(by levels: Int = 1) throws(TemplateError) {
        depth += levels
        if depth > options.limits.nesting {
            throw fail("nested too deeply: more than \(options.limits.nesting) levels")
        }
    }

    /// Bounds the length of a chain such as `1 + 1 + 1 ...`, which the tree represents as nesting.
    private func bounded(_ count: inout Int) throws(TemplateError) {
        count += 1
        if count > options.limits.nesting {
            throw fail("too long: more than \(options.limits.nesting) operators in one chain")
        }
    }

    // MARK: Statements

    /// Statements up to one of the given tags, whose name is then the current token; with none, up to the end.
    private mutating func statements(until ends: [String]) throws(TemplateError) -> [Syntax.Statement] {
        try deeper()
        defer { depth -= 1 }
        var result: [Syntax.Statement] = []
        while true {
            let token = current
            switch token.kind {
            case .text, .verbatim:
                advance()
                result.append(Syntax.Statement(.text(Array(token.text.utf8)), token.span, line: token.line))
            case .outputBegin: result.append(try output())
            case .tagBegin:
                advance()
                if current.kind == .name, ends.contains(current.text) { return result }
                try tag(from: token, into: &result)
            case .end:
                if !ends.isEmpty { throw missingEnd(ends) }
                return result
            default:
                throw fail("unexpected \(describe(token))")
            }
        }
    }

    private mutating func output() throws(TemplateError) -> Syntax.Statement {
        let token = advance()
        let expr = try tuple()
        guard current.kind == .outputEnd else { throw unexpected("an operator, a filter or }}") }
        // Jinja reports a comparison at the line of the token that follows it.
        let line = if case .compare = expr.kind { current.line } else { expr.line }
        advance()
        return Syntax.Statement(.output(expr), Span(token.span.start, previousEnd), line: line)
    }

    private mutating func tag(
        from begin: Lexer.Token, into result: inout [Syntax.Statement]
    ) throws(TemplateError) {
        let token = current
        guard token.kind == .name else { throw fail("expected the name of a tag, found \(describe(token))") }
        advance()
        let kind = try statement(token)
        if let kind {
            result.append(Syntax.Statement(kind, Span(begin.span.start, previousEnd), line: token.line))
        }
        guard current.kind == .tagEnd else { throw unexpected("%}") }
        advance()
    }

    private func missingEnd(_ ends: [String]) -> TemplateError {
        let open = openTags.last.map { ": the tag \"\($0)\" is not closed" } ?? ""
        return fail("unexpected end of the template\(open), expected \(Self.list(ends))")
    }

    private static func list(_ ends: [String]) -> String {
        ends.map { "{% \($0) %}" }.joined(separator: " or ")
    }

    /// The body of a tag: the rest of the opening tag, the statements, and the name of the tag that ended them.
    private mutating func body(of tag: String, _ ends: [String]) throws(TemplateError) -> [Syntax.Statement] {
        _ = skip(op: ":")
        guard current.kind == .tagEnd else { throw unexpected("%}") }
        advance()
        openTags.append(tag)
        let result = try statements(until: ends)
        openTags.removeLast()
        return result
    }

    private mutating func block(_ tag: String, end: String) throws(TemplateError) -> [Syntax.Statement] {
        let result = try body(of: tag, [end])
        advance()
        return result
    }

    /// The content of a tag; nil for a `print` of nothing. Tags with a body come first, each with its own frame.
    private mutating func statement(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind? {
        switch token.text {
        case "for": try forLoop(token)
        case "if": try conditional()
        case "set": try assignment(token)
        case "with": try withBlock()
        case "macro": try macroTag(token)
        case "call": try callBlock(token)
        case "filter": try filterBlock()
        case "autoescape": try autoescape()
        case "block": try namedBlock()
        default: try simpleStatement(token)
        }
    }

    private mutating func macroTag(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind {
        guard current.kind == .name else { throw unexpected("the macro's name") }
        return .macro(try macro(try target(nameOnly: true).0, token))
    }

    private mutating func filterBlock() throws(TemplateError) -> Syntax.Statement.Kind {
        let chain = try filters(on: nil, inline: true)
        return .filterBlock(filter: chain, body: try block("filter", end: "endfilter"))
    }

    private mutating func autoescape() throws(TemplateError) -> Syntax.Statement.Kind {
        let on = try expression()
        return .autoescape(on, body: try block("autoescape", end: "endautoescape"))
    }

    private mutating func simpleStatement(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind? {
        switch token.text {
        case "extends": return .extends(try expression())
        case "include": return try include()
        case "import": return try importAs()
        case "from": return try fromImport()
        case "print": return try printTag(token)
        case "do" where options.doTag: return .do(try tuple())
        case "break" where options.loopControls: return .break
        case "continue" where options.loopControls: return .continue
        default: throw unknownTag(token)
        }
    }

    private mutating func printTag(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind? {
        var outputs: [Syntax.Expr] = []
        while current.kind != .tagEnd {
            if !outputs.isEmpty { try expect(op: ",") }
            outputs.append(try expression())
        }
        guard outputs.count == 1, let only = outputs.first else {
            if outputs.isEmpty { return nil }
            return .output(Syntax.Expr(.concat(outputs), Span(token.span.start, previousEnd), line: token.line))
        }
        return .output(only)
    }

    private func unknownTag(_ token: Lexer.Token) -> TemplateError {
        let opened = openTags.last.map { "; the open tag is \"\($0)\"" } ?? ""
        if token.text.hasPrefix("end") || ["else", "elif"].contains(token.text) {
            return fail("unexpected {% \(token.text) %}\(opened)", at: token)
        }
        if ["do", "break", "continue"].contains(token.text) {
            return fail("the tag \"\(token.text)\" is not switched on", at: token)
        }
        let known = [
            "for", "if", "set", "with", "macro", "call", "filter", "autoescape", "block", "extends", "include",
            "import", "from", "raw",
        ]
        return fail("unknown tag \"\(token.text)\"\(String.suggestion(for: token.text, in: known))\(opened)", at: token)
    }

    private mutating func forLoop(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind {
        let (target, _) = try target()
        try expect(name: "in")
        let iterable = try tuple(conditional: false)
        let filter: Syntax.Expr? = skip(name: "if") ? try expression() : nil
        let recursive = skip(name: "recursive")
        let body = try body(of: "for", ["endfor", "else"])
        var otherwise: [Syntax.Statement] = []
        if advance().text == "else" { otherwise = try block("for", end: "endfor") }
        return .for(
            Syntax.For(
                target: target, iterable: iterable, filter: filter, recursive: recursive, body: body,
                otherwise: otherwise))
    }

    private mutating func conditional() throws(TemplateError) -> Syntax.Statement.Kind {
        var branches: [(condition: Syntax.Expr, body: [Syntax.Statement])] = []
        while true {
            let condition = try tuple(conditional: false)
            branches.append((condition, try body(of: "if", ["elif", "else", "endif"])))
            switch advance().text {
            case "elif": continue
            case "else": return .if(branches, otherwise: try block("if", end: "endif"))
            default: return .if(branches, otherwise: [])
            }
        }
    }

    private mutating func assignment(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind {
        let (target, _) = try target(namespaces: true)
        if skip(op: "=") { return .set(target: target, value: try tuple()) }
        let filter: Syntax.Expr? = isOp("|") ? try filters(on: nil, inline: false) : nil
        return .setBlock(target: target, filter: filter, body: try block("set", end: "endset"))
    }

    private mutating func withBlock() throws(TemplateError) -> Syntax.Statement.Kind {
        var pairs: [(target: Syntax.Expr, value: Syntax.Expr)] = []
        while current.kind != .tagEnd {
            if !pairs.isEmpty { try expect(op: ",") }
            let (target, _) = try target()
            try expect(op: "=")
            pairs.append((target, try expression()))
        }
        return .with(pairs, body: try block("with", end: "endwith"))
    }

    private mutating func macro(_ nameExpr: Syntax.Expr, _ token: Lexer.Token) throws(TemplateError) -> Syntax.Macro {
        guard case .name(let name) = nameExpr.kind else { throw unexpected("the macro's name") }
        let parameters = try signature()
        let body = try block("macro", end: "endmacro")
        return Syntax.Macro(
            name: name, parameters: parameters, body: body, span: Span(token.span.start, previousEnd), line: token.line)
    }

    /// Most parameters of a macro and arguments of a call: all of them are compared with each other by name.
    private static let mostArguments = 250

    private mutating func signature() throws(TemplateError) -> [(name: String, standard: Syntax.Expr?)] {
        try expect(op: "(")
        var result: [(name: String, standard: Syntax.Expr?)] = []
        while !isOp(")") {
            if !result.isEmpty { try expect(op: ",") }
            let (parameter, token) = try target(nameOnly: true)
            guard case .name(let name) = parameter.kind else { throw unexpected("a parameter") }
            guard !result.contains(where: { same($0.name, name) }) else {
                throw fail("the parameter \"\(name)\" is there twice", at: token)
            }
            guard result.count < Self.mostArguments else {
                throw fail("a macro has at most \(Self.mostArguments) parameters", at: token)
            }
            if skip(op: "=") {
                result.append((name, try expression()))
            } else {
                if result.last?.standard != nil {
                    throw fail("a parameter without a default follows one with a default")
                }
                result.append((name, nil))
            }
        }
        try expect(op: ")")
        return result
    }

    private mutating func callBlock(_ token: Lexer.Token) throws(TemplateError) -> Syntax.Statement.Kind {
        let parameters = isOp("(") ? try signature() : []
        let call = try expression()
        guard case .call = call.kind else { throw fail("expected a call of a macro", at: token) }
        let body = try block("call", end: "endcall")
        return .callBlock(
            call: call,
            caller: Syntax.Macro(
                name: "caller", parameters: parameters, body: body, span: Span(token.span.start, previousEnd),
                line: token.line))
    }

    private mutating func namedBlock() throws(TemplateError) -> Syntax.Statement.Kind {
        let name = try expectName("the block's name")
        let scoped = skip(name: "scoped")
        let required = skip(name: "required")
        if isOp("-") { throw fail("a block's name may not contain \"-\": use \"_\"") }
        let body = try block("block", end: "endblock")
        if required {
            for statement in body {
                guard case .text(let text) = statement.kind, text.allSatisfy({ $0 <= 32 }) else {
                    throw fail("the required block \"\(name.text)\" may only contain comments and blanks")
                }
            }
        }
        _ = skip(name: name.text)
        return .block(Syntax.Block(name: name.text, scoped: scoped, required: required, body: body))
    }

    private mutating func contextChoice(_ standard: Bool) -> Bool {
        guard isName("with") || isName("without"), nextIsName("context") else { return standard }
        let with = isName("with")
        at += 2
        return with
    }

    private mutating func include() throws(TemplateError) -> Syntax.Statement.Kind {
        let template = try expression()
        var ignore = false
        if isName("ignore"), nextIsName("missing") {
            ignore = true
            at += 2
        }
        return .include(template, ignoreMissing: ignore, withContext: contextChoice(true))
    }

    private mutating func importAs() throws(TemplateError) -> Syntax.Statement.Kind {
        let template = try expression()
        try expect(name: "as")
        let (target, _) = try target(nameOnly: true)
        guard case .name(let name) = target.kind else { throw unexpected("a name") }
        return .importAs(template, name: name, withContext: contextChoice(false))
    }

    private mutating func fromImport() throws(TemplateError) -> Syntax.Statement.Kind {
        let template = try expression()
        try expect(name: "import")
        var names: [(name: String, alias: String)] = []
        var withContext = false
        while true {
            if !names.isEmpty { try expect(op: ",") }
            guard current.kind == .name else { throw unexpected("a name to import") }
            if isName("with") || isName("without"), nextIsName("context") {
                withContext = contextChoice(false)
                break
            }
            let (target, token) = try target(nameOnly: true)
            guard case .name(let name) = target.kind else { throw unexpected("a name to import") }
            if name.hasPrefix("_") {
                throw fail("names that begin with an underscore cannot be imported", at: token)
            }
            var alias = name
            if skip(name: "as") {
                let (other, _) = try self.target(nameOnly: true)
                if case .name(let text) = other.kind { alias = text }
            }
            names.append((name, alias))
            if isName("with") || isName("without"), nextIsName("context") {
                withContext = contextChoice(false)
                break
            }
            if !isOp(",") { break }
        }
        return .fromImport(template, names: names, withContext: withContext)
    }

    // MARK: Targets

    private mutating func target(
        nameOnly: Bool = false, namespaces: Bool = false
    ) throws(TemplateError) -> (Syntax.Expr, Lexer.Token) {
        let token = current
        let result: Syntax.Expr
        if nameOnly {
            let name = try expectName("a name")
            result = Syntax.Expr(.name(name.text), name.span, line: name.line)
        } else {
            result = try tuple(simple: true, namespaces: namespaces)
        }
        try assignable(result, token)
        return (result, token)
    }

    private func assignable(_ target: Syntax.Expr, _ token: Lexer.Token) throws(TemplateError) {
        switch target.kind {
        case .name, .namespaceTarget: return
        case .tuple(let items):
            for item in items { try assignable(item, token) }
        default: throw fail("this cannot be assigned to: expected a name", at: token)
        }
    }

    // MARK: Expressions

    private mutating func tuple(
        simple: Bool = false, conditional: Bool = true, namespaces: Bool = false, parenthesised: Bool = false
    ) throws(TemplateError) -> Syntax.Expr {
        if atTupleEnd {
            if !parenthesised { throw missingExpression() }
            return Syntax.Expr(.tuple([]), current.span, line: current.line)
        }
        let start = current.span.start
        let line = current.line
        let first =
            simple
            ? try primary(namespaces: namespaces) : conditional ? try expression() : try operation(0)
        guard isOp(",") else { return first }
        var items = [first]
        while isOp(",") {
            advance()
            if atTupleEnd { break }
            items.append(
                simple ? try primary(namespaces: namespaces) : conditional ? try expression() : try operation(0))
        }
        return Syntax.Expr(.tuple(items), Span(start, max(start, previousEnd)), line: line)
    }

    private func missingExpression() -> TemplateError { fail("expected an expression, found \(describe(current))") }

    private var atTupleEnd: Bool { current.kind == .outputEnd || current.kind == .tagEnd || isOp(")") }

    /// An expression with inline `if`.
    private mutating func expression() throws(TemplateError) -> Syntax.Expr {
        try deeper()
        let start = current.span.start
        let line = current.line
        var result = try operation(0)
        if isName("if") { result = try inlineIf(result, start, line) }
        depth -= 1
        if result.height > 2 * options.limits.nesting { throw tooHigh(result) }
        return result
    }

    private func tooHigh(_ expr: Syntax.Expr) -> TemplateError {
        failure(
            "nested too deeply: more than \(2 * options.limits.nesting) operations inside each other", expr.span,
            line: expr.line)
    }

    private mutating func inlineIf(
        _ first: Syntax.Expr, _ start: Int, _ firstLine: Int
    ) throws(TemplateError) -> Syntax.Expr {
        var result = first
        var line = firstLine
        var count = 0
        while skip(name: "if") {
            try bounded(&count)
            let condition = try operation(0)
            let otherwise: Syntax.Expr? = skip(name: "else") ? try expression() : nil
            result = Syntax.Expr(
                .conditional(condition: condition, then: result, otherwise: otherwise), Span(start, previousEnd),
                line: line)
            line = current.line
        }
        return result
    }

    /// How tightly the operator at hand binds, from `or` to `**`; nil when there is none.
    private var level: Int? {
        let token = current
        if token.kind == .name {
            switch token.text {
            case "or": return 0
            case "and": return 1
            case "in": return 3
            case "not": return nextIsName("in") ? 3 : nil
            default: return nil
            }
        }
        guard token.kind == .op else { return nil }
        switch token.text {
        case "==", "!=", "<", "<=", ">", ">=": return 3
        case "+", "-": return 4
        case "~": return 5
        case "*", "/", "//", "%": return 6
        case "**": return 7
        default: return nil
        }
    }

    /// Operands and the operators between them that bind at least as tightly as `minimum`.
    private mutating func operation(_ minimum: Int) throws(TemplateError) -> Syntax.Expr {
        let start = current.span.start
        let first = current.line
        // The line of the operator before, which counts only among operators of one level.
        var last = (level: -1, line: first)
        var left = minimum <= 2 && isName("not") ? try negation() : try unary(withFilters: true)
        var count = 0
        while let level, level >= minimum {
            try bounded(&count)
            let line = level == last.level ? last.line : first
            switch level {
            case 3: left = try comparison(left, start, line)
            case 5: left = try concatenation(left, start, line)
            default:
                let word = advance().text
                let right = try operation(level + 1)
                left = Syntax.Expr(Self.joined(word, left, right), Span(start, previousEnd), line: line)
            }
            last = (level, current.line)
        }
        return left
    }

    private static func joined(_ word: String, _ left: Syntax.Expr, _ right: Syntax.Expr) -> Syntax.Expr.Kind {
        switch word {
        case "or": .or(left, right)
        case "and": .and(left, right)
        default: .binary(Syntax.BinaryOperator(rawValue: word) ?? .add, left, right)
        }
    }

    private mutating func negation() throws(TemplateError) -> Syntax.Expr {
        try deeper()
        let start = current.span.start
        let line = advance().line
        let operand = try operation(2)
        depth -= 1
        return Syntax.Expr(.not(operand), Span(start, previousEnd), line: line)
    }

    private mutating func comparison(
        _ left: Syntax.Expr, _ start: Int, _ line: Int
    ) throws(TemplateError) -> Syntax.Expr {
        var rest: [(op: Syntax.CompareOperator, operand: Syntax.Expr)] = []
        while level == 3 {
            let word = advance().text
            if word == "not" { advance() }
            let op = word == "not" ? .notIn : Syntax.CompareOperator(rawValue: word) ?? .isIn
            rest.append((op, try operation(4)))
        }
        return Syntax.Expr(.compare(left, rest), Span(start, previousEnd), line: line)
    }

    private mutating func concatenation(
        _ left: Syntax.Expr, _ start: Int, _ line: Int
    ) throws(TemplateError) -> Syntax.Expr {
        var parts = [left]
        while skip(op: "~") { parts.append(try operation(6)) }
        return Syntax.Expr(.concat(parts), Span(start, previousEnd), line: line)
    }

    private mutating func unary(withFilters: Bool) throws(TemplateError) -> Syntax.Expr {
        var result = isOp("-") || isOp("+") ? try signed() : try primary()
        if isOp(".") || isOp("[") || isOp("(") { result = try postfix(result) }
        if withFilters, isOp("|") || isOp("(") || isName("is") { result = try filtersAndTests(result) }
        return result
    }

    private mutating func signed() throws(TemplateError) -> Syntax.Expr {
        try deeper()
        let token = advance()
        let operand = try unary(withFilters: false)
        depth -= 1
        let op: Syntax.UnaryOperator = token.text == "-" ? .minus : .plus
        return Syntax.Expr(.unary(op, operand), Span(token.span.start, previousEnd), line: token.line)
    }

    private mutating func primary(namespaces: Bool = false) throws(TemplateError) -> Syntax.Expr {
        if isOp("(") { return try parenthesised() }
        if isOp("[") { return try list() }
        if isOp("{") { return try dict() }
        return try atom(namespaces: namespaces)
    }

    private mutating func atom(namespaces: Bool) throws(TemplateError) -> Syntax.Expr {
        let token = current
        func constant(_ value: Value) -> Syntax.Expr {
            Syntax.Expr(.constant(value), Span(token.span.start, previousEnd), line: token.line)
        }
        switch token.kind {
        case .name:
            advance()
            switch token.text {
            case "true", "True": return constant(.bool(true))
            case "false", "False": return constant(.bool(false))
            case "none", "None": return constant(.none)
            default: break
            }
            if namespaces, isOp("."), next.kind == .name {
                advance()
                let member = advance()
                return Syntax.Expr(
                    .namespaceTarget(token.text, member.text), Span(token.span.start, previousEnd), line: token.line)
            }
            return Syntax.Expr(.name(token.text), token.span, line: token.line)
        case .string:
            advance()
            var text = token.text
            while current.kind == .string { text += advance().text }
            return constant(.string(text))
        case .integer:
            advance()
            guard let value = Self.integer(token.text, limit: options.limits.string) else {
                throw fail("this number is too long", at: token)
            }
            return constant(value)
        case .float:
            advance()
            return constant(.float(Double(token.text) ?? .infinity))
        default: break
        }
        throw fail("unexpected \(describe(token)), expected an expression", at: token)
    }

    private mutating func parenthesised() throws(TemplateError) -> Syntax.Expr {
        try deeper()
        let start = current.span.start
        advance()
        var inner = try tuple(parenthesised: true)
        try expect(op: ")")
        inner.span = Span(start, previousEnd)
        depth -= 1
        return inner
    }

    private static func integer(_ text: String, limit: Int) -> Value? {
        let bytes = Array(text.utf8)
        if bytes.count > 2, bytes[0] == 48, let radix = [98: 2, 111: 8, 120: 16][Int(bytes[1] | 32)] {
            if let small = Int(text.dropFirst(2), radix: radix) { return .int(small) }
            guard bytes.count < 2000 else { return nil }
            var value = BigInt(0)
            for digit in text.dropFirst(2) {
                value = value * BigInt(radix) + BigInt(digit.hexDigitValue ?? 0)
            }
            return Value(value)
        }
        if let small = Int(text) { return .int(small) }
        guard bytes.count <= 4300 else { return nil }
        return BigInt(decimal: text).map { Value($0) }
    }

    private mutating func list() throws(TemplateError) -> Syntax.Expr {
        try deeper()
        defer { depth -= 1 }
        let open = advance()
        var items: [Syntax.Expr] = []
        while !isOp("]") {
            if !items.isEmpty { try expect(op: ",") }
            if isOp("]") { break }
            items.append(try expression())
        }
        try expect(op: "]")
        return Syntax.Expr(.list(items), Span(open.span.start, previousEnd), line: open.line)
    }

    private mutating func dict() throws(TemplateError) -> Syntax.Expr {
        try deeper(by: 2)
        defer { depth -= 2 }
        let open = advance()
        var items: [(key: Syntax.Expr, value: Syntax.Expr)] = []
        while !isOp("}") {
            if !items.isEmpty { try expect(op: ",") }
            if isOp("}") { break }
            let key = try expression()
            try expect(op: ":")
            items.append((key, try expression()))
        }
        try expect(op: "}")
        return Syntax.Expr(.dict(items), Span(open.span.start, previousEnd), line: open.line)
    }

    private mutating func postfix(_ base: Syntax.Expr) throws(TemplateError) -> Syntax.Expr {
        var result = base
        var count = 0
        while true {
            if isOp(".") || isOp("[") {
                try bounded(&count)
                result = try subscripted(result)
            } else if isOp("(") {
                try bounded(&count)
                result = try called(result)
            } else {
                return result
            }
        }
    }

    private mutating func filtersAndTests(_ base: Syntax.Expr) throws(TemplateError) -> Syntax.Expr {
        var result = base
        var count = 0
        while true {
            try bounded(&count)
            if isOp("|") {
                result = try filters(on: result, inline: false)
            } else if isName("is") {
                result = try test(result)
            } else if isOp("(") {
                result = try called(result)
            } else {
                return result
            }
        }
    }

    private mutating func called(_ callee: Syntax.Expr) throws(TemplateError) -> Syntax.Expr {
        let line = current.line
        let arguments = try arguments()
        return Syntax.Expr(.call(callee, arguments), Span(callee.span.start, previousEnd), line: line)
    }

    private mutating func subscripted(_ base: Syntax.Expr) throws(TemplateError) -> Syntax.Expr {
        try deeper(by: 2)
        defer { depth -= 2 }
        let token = advance()
        if token.text == "." {
            let member = current
            switch member.kind {
            case .name:
                advance()
                return Syntax.Expr(
                    .attribute(base, member.text), Span(base.span.start, previousEnd), line: token.line)
            case .integer:
                advance()
                let value = Self.integer(member.text, limit: 0) ?? .int(0)
                let index = Syntax.Expr(.constant(value), member.span, line: member.line)
                return Syntax.Expr(.item(base, index), Span(base.span.start, previousEnd), line: token.line)
            default: throw fail("unexpected \(describe(member)), expected a member's name or number")
            }
        }
        var parts: [Syntax.Expr] = []
        var slice: Syntax.Expr.Kind?
        while !isOp("]") {
            if !parts.isEmpty || slice != nil { try expect(op: ",") }
            let part = current
            switch try subscriptPart(base) {
            case .index(let index): parts.append(index)
            case .slice(let kind):
                if !parts.isEmpty || slice != nil { throw fail("a slice cannot be one of several indices", at: part) }
                slice = kind
            }
        }
        try expect(op: "]")
        let span = Span(base.span.start, previousEnd)
        if let slice {
            guard parts.isEmpty else { throw fail("a slice cannot be one of several indices", at: token) }
            return Syntax.Expr(slice, span, line: token.line)
        }
        if parts.count == 1 { return Syntax.Expr(.item(base, parts[0]), span, line: token.line) }
        let index = Syntax.Expr(.tuple(parts), span, line: token.line)
        return Syntax.Expr(.item(base, index), span, line: token.line)
    }

    private enum Part {
        case index(Syntax.Expr)
        case slice(Syntax.Expr.Kind)
    }

    private mutating func subscriptPart(_ base: Syntax.Expr) throws(TemplateError) -> Part {
        var start: Syntax.Expr?
        if !isOp(":") {
            let first = try expression()
            guard isOp(":") else { return .index(first) }
            start = first
        }
        advance()
        var stop: Syntax.Expr?
        var step: Syntax.Expr?
        if !isOp(":"), !isOp("]"), !isOp(",") { stop = try expression() }
        if skip(op: ":"), !isOp("]"), !isOp(",") { step = try expression() }
        return .slice(.slice(base, start, stop, step))
    }

    private mutating func arguments() throws(TemplateError) -> [Syntax.Argument] {
        let open = current
        try deeper(by: 2)
        defer { depth -= 2 }
        try expect(op: "(")
        var result: [Syntax.Argument] = []
        var (named, spread, spreadNamed, comma) = (false, false, false, false)
        var names = 0
        func invalid() -> TemplateError { fail("these arguments are not in an order that can be called", at: open) }
        while !isOp(")") {
            if comma {
                try expect(op: ",")
                if isOp(")") { break }
            }
            if skip(op: "*") {
                guard !spread, !spreadNamed else { throw invalid() }
                spread = true
                result.append(Syntax.Argument(.spread, try expression()))
            } else if skip(op: "**") {
                guard !spreadNamed else { throw invalid() }
                spreadNamed = true
                result.append(Syntax.Argument(.spreadNamed, try expression()))
            } else if current.kind == .name, nextIsOp("=") {
                guard !spreadNamed else { throw invalid() }
                let name = advance()
                advance()
                names += 1
                guard names <= Self.mostArguments else {
                    throw fail("a call has at most \(Self.mostArguments) named arguments", at: name)
                }
                guard !result.contains(where: { $0.kind == .named(name.text) }) else {
                    throw fail("the argument \"\(name.text)\" is there twice", at: name)
                }
                named = true
                result.append(Syntax.Argument(.named(name.text), try expression()))
            } else {
                guard !spread, !spreadNamed, !named else { throw invalid() }
                result.append(Syntax.Argument(.positional, try expression()))
            }
            comma = true
        }
        try expect(op: ")")
        return result
    }

    /// One or more filters; `inline` when the first has no `|` before it.
    private mutating func filters(on base: Syntax.Expr?, inline: Bool) throws(TemplateError) -> Syntax.Expr {
        var result = base
        var inline = inline
        var count = 0
        let start = base?.span.start ?? current.span.start
        repeat {
            try bounded(&count)
            if !inline { try expect(op: "|") }
            inline = false
            let name = try expectName("the name of a filter")
            var text = name.text
            while skip(op: ".") { text += "." + (try expectName("the rest of the filter's name")).text }
            let arguments = isOp("(") ? try arguments() : []
            result = Syntax.Expr(.filter(result, text, arguments), Span(start, previousEnd), line: name.line)
        } while isOp("|")
        guard let result else { throw unexpected("a filter") }
        return result
    }

    private mutating func test(_ base: Syntax.Expr) throws(TemplateError) -> Syntax.Expr {
        let word = advance()
        let negated = skip(name: "not")
        let name = try expectName("the name of a test")
        var text = name.text
        while skip(op: ".") { text += "." + (try expectName("the rest of the test's name")).text }
        var arguments: [Syntax.Argument] = []
        if isOp("(") {
            arguments = try self.arguments()
        } else if startsArgument {
            if isName("is") { throw fail("tests cannot be chained with \"is\": use \"and\"") }
            let argument = try postfix(try primary())
            arguments = [Syntax.Argument(.positional, argument)]
        }
        let span = Span(base.span.start, previousEnd)
        let result = Syntax.Expr(.test(base, text, arguments), span, line: word.line)
        return negated ? Syntax.Expr(.not(result), span, line: word.line) : result
    }

    /// Whether what follows a test's name is its argument. Unlike Jinja, `if` is not: `x is odd if c else y` works.
    private var startsArgument: Bool {
        switch current.kind {
        case .name: !["else", "or", "and", "if"].contains(current.text)
        case .string, .integer, .float: true
        case .op: ["(", "[", "{"].contains(current.text)
        default: false
        }
    }
}
