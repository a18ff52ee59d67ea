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

    private static func path(_ expression: Syntax.Expr) -> [String]? {
        switch expression.kind {
        case .name(let name): [name]
        case .attribute(let base, let name): path(base).map { $0 + [name] }
        default: nil
        }
    }
}

/// Compiling what stands in the configuration file: errors become diagnostics at their place in the file.
package enum TemplateText {
    /// The template in a scalar; `${…}` stands as literal text and is never read as template source.
    package static func template(
        _ node: Node, output: OutputMode = .text, scope: Scope = EventView.scope, _ problems: inout Diagnostics
    ) -> Template? {
        guard let scalar = node.scalar else {
            problems.error(
                "\(node.name.map { "\"\($0)\"" } ?? "this") must be text, not \(node.kindInWords)", at: node.span)
            return nil
        }
        var options = TemplateOptions.hub(scope: scope)
        options.output = output
        // Headers and URLs longer than this are refused by most receivers.
        if output != .text { options.limits.output = 8192 }
        options.literals = scalar.expansions.map {
            LiteralText(offset: $0.range.lowerBound, length: $0.range.count, text: $0.value.revealed())
        }
        do throws(TemplateError) {
            return try Template.compile(scalar.source, options: options)
        } catch {
            report(error, in: node, &problems)
            return nil
        }
    }

    /// The bare expression in a scalar.
    package static func expression(_ node: Node, scope: Scope = EventView.scope, _ problems: inout Diagnostics)
        -> Expression?
    {
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
        do throws(TemplateError) {
            return try Expression.compile(scalar.source, options: .hub(scope: scope))
        } catch {
            report(error, in: node, &problems)
            return nil
        }
    }

    private static func report(_ error: TemplateError, in node: Node, _ problems: inout Diagnostics) {
        guard let place = error.place else { return problems.error(error.message, at: node.span) }
        let end = min(place.offset + max(1, place.width), node.scalar?.source.utf8.count ?? 0)
        problems.error(error.message, at: node.span(ofBytes: min(place.offset, end)..<end))
    }
}
