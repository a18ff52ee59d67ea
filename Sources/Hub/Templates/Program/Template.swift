package import HubModel

/// A compiled template, ready to render any number of times from any number of threads.
package struct Template: Sendable {
    let set: TemplateSet
    let lineage: Lineage
    /// The expression, when the source is exactly one `{{ expression }}` with nothing but blanks around it.
    ///
    /// A leaf of a JSON tree then has the expression's own value instead of text.
    package let soleExpression: Expression?

    /// Compiles a template on its own.
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
        let value = try machine.json(self)
        steps = machine.steps
        return value
    }

    /// Whether the value is true; undefined is false or an error, as the options say.
    package func holds(_ roots: Roots) throws(TemplateError) -> Bool {
        var steps = set.options.limits.steps
        return try holds(roots, steps: &steps)
    }

    /// As `holds(_:)` for a part of something larger, whose parts have `steps` left together.
    package func holds(_ roots: Roots, steps: inout Int) throws(TemplateError) -> Bool {
        var machine = Machine(set, roots, steps: steps)
        do throws(TemplateError) {
            let holds = try machine.holds(self)
            steps = machine.steps
            return holds
        } catch {
            // What failed has used its steps as well.
            steps = machine.steps
            throw error
        }
    }
}
