package import HubModel

/// Finds what is certainly wrong in a template before any event comes: names and members that do not exist, filters with
/// wrong arguments, comparisons that can never be true.
///
/// Shapes flow from the roots through `set`, loops, inline `if`, `default` and the filters whose result is known. What is
/// not known passes: the provider's own data (`raw`, `data`) and `vars` are open, and no report is ever a guess.
package struct Checker: Sendable {
    /// A name in scope, with what it is for each event type a template may meet.
    package struct Root: Sendable {
        /// What the root is for events of some types.
        package struct Alternative: Sendable {
            /// Event types such as `call.ended`; empty when it is the same for all.
            package var types: [String]
            /// Nil where events of these types do not carry it; `Shape.any` where everything is possible.
            package var shape: Shape?

            package init(_ types: [String], _ shape: Shape?) { (self.types, self.shape) = (types, shape) }
        }

        package let name: String
        /// What the template's own events may have. Empty for an open root.
        package let alternatives: [Alternative]
        /// What events of other types have: read only to say who carries a field that these do not.
        package let elsewhere: [Alternative]
        /// How messages name it, where that is not its name: `call.transcript[]` for a loop's variable.
        let path: String?

        /// A root of one shape; without one, anything goes.
        package init(_ name: String, _ shape: Shape? = nil) {
            (self.name, elsewhere, path) = (name, [], nil)
            alternatives = shape.map { [Alternative([], $0)] } ?? []
        }

        package init(_ name: String, alternatives: [Alternative], elsewhere: [Alternative] = []) {
            (self.name, self.alternatives, self.elsewhere, path) = (name, alternatives, elsewhere, nil)
        }

        fileprivate init(_ name: String, _ info: CheckerInfo) {
            func alternatives(_ cases: [CheckerInfo.Case]) -> [Alternative] {
                cases.map { Alternative($0.types, $0.shape) }
            }
            (self.name, path) = (name, info.path)
            self.alternatives = alternatives(info.cases)
            elsewhere = alternatives(info.elsewhere)
        }
    }

    /// One mistake, or something that is likely one.
    package struct Problem: Sendable, Hashable {
        package enum Severity: String, Sendable, Hashable { case error, warning }

        /// Bytes of the source: that of `template`.
        package var span: Span
        package var severity: Severity
        package var message: String
        /// What to do, as sentences; nil when the message says it.
        package var help: String?
        /// The named template the span is in; nil for the source that was given to the check.
        package var template: String?
        /// How that template was reached, innermost first; empty for the source itself.
        package var reached: [Reach] = []
    }

    /// A step from one template into another.
    package struct Reach: Sendable, Hashable {
        package enum How: String, Sendable, Hashable { case included, imported, extended, called }

        package var how: How
        /// The template in which the step is written; nil for the source that was given to the check.
        package var template: String?
        /// Where the step names the other template, or the macro.
        package var span: Span
    }

    let roots: [String: Root]
    let library: Library
    let options: TemplateOptions
    let anyName: Bool
    /// The templates that may be included, imported and extended by name.
    let templates: CheckerTemplates
    /// Paths that a condition outside of the template has asked about.
    var asked: Set<String> = []

    /// - Parameters:
    ///   - anyName: Names that are neither roots nor assigned are open instead of unknown.
    ///   - templates: The sources that may be included, imported and extended, by name.
    ///   - trees: Names of templates that are JSON trees, which cannot be used so.
    package init(
        roots: [Root], options: TemplateOptions = TemplateOptions(), anyName: Bool = false,
        templates: [String: String] = [:], trees: Set<String> = []
    ) {
        self.init(roots, options, anyName, CheckerTemplates(templates, trees, options: options))
    }

    private init(_ roots: [Root], _ options: TemplateOptions, _ anyName: Bool, _ templates: CheckerTemplates) {
        self.roots = Dictionary(roots.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.options = options
        self.anyName = anyName
        self.templates = templates
        library = options.library
    }

    /// The same checker for a template that is only reached where a condition is true: what the condition asks about is
    /// not called unknown.
    package func assuming(_ condition: String) -> Checker {
        guard let expression = parsed(Array(condition.utf8)) else { return self }
        return assuming(paths: CheckerNulls.paths(in: expression))
    }

    /// As `assuming(_:)`, for conditions that are written in another form.
    package func assuming(paths: some Sequence<String>) -> Checker {
        var copy = self
        copy.asked.formUnion(paths)
        return copy
    }

    /// The place of a problem by line and column, with the line it is in.
    package func place(of problem: Problem, in source: String) -> TemplateError.Place {
        let bytes = problem.template.flatMap { templates[$0]?.source } ?? Array(source.utf8)
        return TemplateError.Place(in: bytes, template: problem.template, span: problem.span)
    }

    /// The mistakes in a template's source, in the order of the source. A source that does not parse has none: the
    /// compiler reports that. `leaf` is for the leaves of a JSON tree, where a sole expression keeps its own value.
    package func check(_ source: String, literals: [LiteralText] = [], leaf: Bool = false) -> [Problem] {
        let bytes = Array(source.utf8)
        var options = options
        options.literals = literals
        do throws(TemplateError) {
            if leaf, let sole = try Template.soleExpression(in: bytes, name: nil, options: options) {
                return check(sole, leaf: true, bytes)
            }
            var parser = try Parser(bytes, options: options)
            let statements = try parser.template()
            var walk = CheckerWalk(self, assigned: CheckerNames.assigned(in: statements), source: bytes)
            walk.isJSON = !leaf && CheckerJSON.looks(statements)
            walk.template(statements)
            return walk.sorted
        } catch {
            return []
        }
    }

    /// The mistakes in a bare expression: a route's condition, or what a loop of a JSON tree goes through.
    package func check(expression source: String) -> [Problem] {
        let bytes = Array(source.utf8)
        guard let expression = parsed(bytes) else { return [] }
        var walk = CheckerWalk(self, assigned: [], source: bytes)
        walk.condition(expression)
        walk.constant(condition: expression)
        return walk.sorted
    }

    /// The mistakes in a rule's condition, which should be true or false of itself.
    package func check(rule source: String) -> [Problem] {
        let bytes = Array(source.utf8)
        guard let expression = parsed(bytes) else { return [] }
        var walk = CheckerWalk(self, assigned: [], source: bytes)
        walk.condition(expression)
        walk.constant(condition: expression)
        walk.truth(of: expression)
        return walk.sorted
    }

    /// As `check(expression:)` for the list of a loop outside the template language, such as `$for` in a JSON tree:
    /// what cannot be gone through is reported too.
    package func check(list source: String) -> [Problem] {
        let bytes = Array(source.utf8)
        guard let expression = parsed(bytes) else { return [] }
        var walk = CheckerWalk(self, assigned: [], source: bytes)
        _ = walk.elements(of: expression, target: nil)
        return walk.sorted
    }

    /// The same checker for templates inside such a loop, where `name` is one element.
    package func binding(_ name: String, elementsOf source: String) -> Checker {
        let bytes = Array(source.utf8)
        var element = CheckerInfo.unknown
        if let expression = parsed(bytes) {
            var walk = CheckerWalk(self, assigned: [], source: bytes)
            element = walk.elements(of: expression, target: nil)
        }
        var inner = Checker(
            roots.values.filter { $0.name != name } + [Root(name, element)], options, anyName, templates)
        inner.asked = asked
        return inner
    }

    private func parsed(_ bytes: [UInt8]) -> Syntax.Expr? {
        do throws(TemplateError) {
            var parser = try Parser(expression: bytes, options: options)
            return try parser.wholeExpression()
        } catch {
            return nil
        }
    }

    private func check(_ expression: Syntax.Expr, leaf: Bool, _ source: [UInt8]) -> [Problem] {
        var walk = CheckerWalk(self, assigned: [], source: source)
        _ = walk.infer(expression)
        if leaf, case .filter(_, "tojson", _) = expression.kind {
            walk.report(
                expression.span, .warning, "this produces text with JSON inside, not the value itself",
                "leave out `| tojson`: an expression that is the whole leaf keeps its own type")
        }
        return walk.sorted
    }
}

extension Checker.Problem: CustomStringConvertible {
    /// The message and the help, as two sentences.
    package var description: String {
        if let help { "\(message). \(help)" } else { message }
    }
}
