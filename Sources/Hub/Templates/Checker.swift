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

        /// A root of one shape; without one, anything goes.
        package init(_ name: String, _ shape: Shape? = nil) {
            (self.name, elsewhere) = (name, [])
            alternatives = shape.map { [Alternative([], $0)] } ?? []
        }

        package init(_ name: String, alternatives: [(type: String, shape: Shape?)], elsewhere: [(type: String, shape: Shape?)] = []) {
            self.name = name
            self.alternatives = Self.grouped(alternatives)
            self.elsewhere = Self.grouped(elsewhere)
        }

        /// One alternative for each shape, however many types have it.
        private static func grouped(_ list: [(type: String, shape: Shape?)]) -> [Alternative] {
            var result: [Alternative] = []
            for (type, shape) in list {
                if let at = result.firstIndex(where: { $0.shape == shape }) {
                    result[at].types.append(type)
                } else {
                    result.append(Alternative([type], shape))
                }
            }
            return result
        }
    }

    /// One mistake, or something that is likely one.
    package struct Problem: Sendable, Hashable {
        package enum Severity: String, Sendable, Hashable { case error, warning }

        /// Bytes of the source.
        package var span: Span
        package var severity: Severity
        package var message: String
        /// What to do, as a sentence; nil when the message says it.
        package var help: String?
    }

    let roots: [String: Root]
    let library: Library
    let options: TemplateOptions
    let anyName: Bool

    /// - Parameter anyName: Names that are neither roots nor assigned are open instead of unknown.
    package init(roots: [Root], options: TemplateOptions = TemplateOptions(), anyName: Bool = false) {
        self.roots = Dictionary(roots.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.options = options
        self.anyName = anyName
        library = options.library
    }

    /// The mistakes in a template's source, in the order of the source. A source that does not parse has none: the
    /// compiler reports that. `leaf` is for the leaves of a JSON tree, where a sole expression keeps its own value.
    package func check(_ source: String, leaf: Bool = false) -> [Problem] {
        let bytes = Array(source.utf8)
        do throws(TemplateError) {
            if leaf, let sole = try Template.soleExpression(in: bytes, name: nil, options: options) {
                return check(sole, leaf: true)
            }
            var parser = try Parser(bytes, options: options)
            return check(try parser.template())
        } catch {
            return []
        }
    }

    /// The mistakes in a bare expression, such as a route's condition.
    package func check(expression source: String) -> [Problem] {
        do throws(TemplateError) {
            var parser = try Parser(expression: Array(source.utf8), options: options)
            return check(try parser.wholeExpression())
        } catch {
            return []
        }
    }

    package func check(_ statements: [Syntax.Statement]) -> [Problem] {
        var walk = CheckerWalk(self, assigned: CheckerNames.assigned(in: statements))
        walk.block(statements)
        return walk.sorted
    }

    package func check(_ expression: Syntax.Expr, leaf: Bool = false) -> [Problem] {
        var walk = CheckerWalk(self, assigned: [])
        _ = walk.infer(expression)
        if leaf, case .filter(_, "tojson", _) = expression.kind {
            walk.report(
                expression.span, .warning, "this gives text with JSON inside, not the value itself",
                "leave out \"| tojson\": an expression that is the whole leaf keeps its own type")
        }
        return walk.sorted
    }
}

extension Checker.Problem: CustomStringConvertible {
    /// The message and the help, as two sentences.
    package var description: String {
        guard let help else { return message }
        return "\(message). \(help.prefix(1).uppercased())\(help.dropFirst())"
    }
}

extension Checker {
    /// The roots of the hub's templates for events of the given types.
    package static func roots(for types: [EventType]) -> [Root] {
        let others = EventType.catalogue.map(\.type).filter { !types.contains($0) }
        let words = Shape(.string(words: EventType.catalogue.map(\.type.rawValue)))
        func event(_ type: EventType) -> Shape {
            var shape = Event.shape(of: type)
            guard case .object(var members, let open) = shape.kind else { return shape }
            for n in members.indices where members[n].name == "type" { members[n].shape = words }
            shape.kind = .object(members, open: open)
            return shape
        }
        let shapes = types.map { (type: $0.rawValue, shape: event($0)) }
        let elsewhere = others.map { (type: $0.rawValue, shape: event($0)) }
        func member(_ name: String, _ list: [(type: String, shape: Shape)]) -> [(type: String, shape: Shape?)] {
            list.map { type, shape in
                guard case .object(let members, _) = shape.kind else { return (type, nil) }
                return (type, members.first { $0.name == name }?.shape)
            }
        }
        var result = [Root("event", alternatives: shapes.map { ($0.type, $0.shape) }, elsewhere: elsewhere.map { ($0.type, $0.shape) })]
        for name in ["call", "message"] {
            result.append(Root(name, alternatives: member(name, shapes), elsewhere: member(name, elsewhere)))
        }
        for name in ["listing", "appointment", "data", "raw", "vars"] { result.append(Root(name)) }
        for name in ["source", "route", "endpoint", "event_id"] { result.append(Root(name, .text)) }
        return result + [Root("event_type", words), Root("timestamp", .time)]
    }
}
