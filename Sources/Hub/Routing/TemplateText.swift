package import HubConfig
import HubModel
package import HubTemplates

extension Template {
    package func text(_ roots: Roots) throws(TemplateError) -> String {
        String(decoding: try render(roots), as: UTF8.self)
    }
}

extension Expression {
    /// The names, when the expression is nothing but `a.b.c`.
    var path: [String]? { Self.path(syntax) }

    /// The names, when an expression is nothing but `a.b.c`.
    static func path(_ expression: Syntax.Expr) -> [String]? {
        switch expression.kind {
        case .name(let name): [name]
        case .attribute(let base, let name): path(base).map { $0 + [name] }
        default: nil
        }
    }
}

/// Compiling the templates of the configuration file: errors become diagnostics at their place in the file.
///
/// The text templates of the section `templates:` may be included, imported and extended by name from all others.
package struct TemplateText: Sendable {
    /// The named templates, compiled for text, headers and URLs.
    private let sets: [OutputMode: TemplateSet]
    let undefined: UndefinedMode

    /// Without named templates, and strict about what is undefined.
    package static let plain = TemplateText([], undefined: .hub)

    /// - Parameter named: The members of `templates:` that are text.
    package init(_ named: [(name: String, scalar: Scalar)], undefined: UndefinedMode) {
        let templates = named.map { NamedTemplate($0.name, $0.scalar.source, literals: Self.literals($0.scalar)) }
        var sets: [OutputMode: TemplateSet] = [:]
        for output in [OutputMode.text, .header, .url] {
            var options = TemplateOptions.hub(scope: EventView.scope)
            options.undefined = undefined
            options.output = output
            // Headers and URLs longer than this are refused by most receivers.
            if output != .text { options.limits.output = 8192 }
            sets[output] = TemplateSet(templates, options: options)
        }
        self.sets = sets
        self.undefined = undefined
    }

    private static func literals(_ scalar: Scalar) -> [LiteralText] {
        scalar.expansions.map {
            LiteralText(offset: $0.range.lowerBound, length: $0.range.count, text: $0.value.revealed())
        }
    }

    private func set(_ output: OutputMode) -> TemplateSet { sets[output] ?? TemplateSet() }

    /// A text that is not from the file, with the file's templates.
    package func template(_ source: String) throws(TemplateError) -> Template { try set(.text).compile(source) }

    /// The template in a scalar; `${…}` becomes literal text and is never read as template source.
    package func template(
        _ node: Node, name: String? = nil, output: OutputMode = .text, scope: Scope = EventView.scope,
        _ problems: inout Diagnostics
    ) -> Template? {
        guard let scalar = node.scalar else {
            problems.error(
                "\(node.name.map { "\"\($0)\"" } ?? "this") must be text, not \(node.kindInWords)", at: node.span)
            return nil
        }
        let set = set(output)
        var options = set.options
        options.scope = scope
        options.literals = Self.literals(scalar)
        do throws(TemplateError) {
            return try set.compile(scalar.source, name: name, options: options)
        } catch {
            Self.report(error, in: node, &problems)
            return nil
        }
    }

    /// The bare expression in a scalar.
    package func expression(
        _ node: Node, name: String? = nil, scope: Scope = EventView.scope, _ problems: inout Diagnostics
    ) -> Expression? {
        guard let scalar = node.scalar, !node.isNull else {
            problems.error(
                "\(node.name.map { "\"\($0)\"" } ?? "this") must be an expression, not \(node.kindInWords)",
                at: node.span)
            return nil
        }
        if scalar.source.trimmingBlanks().hasPrefix("{{") {
            problems.error("a condition is written without {{ and }}", at: node.span, help: "Leave them out.")
            return nil
        }
        let set = set(.text)
        var options = set.options
        options.scope = scope
        do throws(TemplateError) {
            return try set.expression(scalar.source, name: name, options: options)
        } catch {
            Self.report(error, in: node, &problems)
            return nil
        }
    }

    private static func report(_ error: TemplateError, in node: Node, _ problems: inout Diagnostics) {
        guard let place = error.place else { return problems.error(error.message, at: node.span) }
        let end = min(place.offset + max(1, place.width), node.scalar?.source.utf8.count ?? 0)
        problems.error(error.message, at: node.span(ofBytes: min(place.offset, end)..<end))
    }
}
