package import HubModel

/// Runs the templates and expressions of something larger, one after the other: they read the same roots and share their
/// steps.
///
/// All must be compiled with the same scope, apart from names of their own at its end. After an error a renderer may go on
/// with another template.
package struct Renderer: ~Copyable {
    private var machine: Machine

    private static let nothing = TemplateSet()

    package init(_ roots: Roots, steps: Int = Limits().steps) { machine = Machine(Self.nothing, roots, steps: steps) }

    /// Steps that are left.
    package var steps: Int {
        get { machine.steps }
        set { machine.steps = newValue }
    }

    /// The values of the names at the end of the scope, in its order.
    package var locals: [JSON] {
        get { machine.locals }
        set { machine.locals = newValue }
    }

    /// Renders a text and appends it to `bytes` as a JSON string, quotes included.
    package mutating func render(
        _ template: Template, appendingJSONTo bytes: inout [UInt8]
    ) throws(TemplateError) {
        machine.begin(template.set)
        try machine.run(template.lineage)
        JSON.encodeString(machine.out, into: &bytes)
    }

    /// Renders to text.
    package mutating func text(_ template: Template) throws(TemplateError) -> String {
        machine.begin(template.set)
        try machine.run(template.lineage)
        return String(decoding: machine.out, as: UTF8.self)
    }

    /// The value as JSON; nil for `omit`.
    package mutating func json(_ expression: Expression) throws(TemplateError) -> JSON? {
        machine.begin(expression.set)
        return try machine.json(expression)
    }

    /// Whether the value is true.
    package mutating func holds(_ expression: Expression) throws(TemplateError) -> Bool {
        machine.begin(expression.set)
        return try machine.holds(expression)
    }
}

extension Machine {
    mutating func json(_ expression: Expression) throws(TemplateError) -> JSON? {
        let value = try runExpression(expression.program)
        if case .omit = value { return nil }
        do throws(TemplateError) {
            return try value.json(undefined: mode)
        } catch {
            at = expression.program.expression
            throw located(error, expression.program)
        }
    }

    mutating func holds(_ expression: Expression) throws(TemplateError) -> Bool {
        let value = try runExpression(expression.program)
        do throws(TemplateError) {
            return try truth(value)
        } catch {
            at = expression.program.expression
            throw located(error, expression.program)
        }
    }
}
