import HubModel

/// Why a condition gave what it gave: the parts that decided, with the values they had.
package struct Explanation: Sendable {
    /// One comparison, test or value that the result hangs on.
    package struct Part: Sendable {
        /// The part's source text, such as `call.duration_s >= 30`.
        package var source: String
        package var span: Span
        package var holds: Bool
        /// The operands that are not literals, with their values as they would be written in JSON.
        package var operands: [(source: String, value: String)]
    }

    package var value: Value
    package var holds: Bool
    package var parts: [Part]
}

extension Explanation: CustomStringConvertible {
    /// ``when failed at `call.duration_s >= 30`: call.duration_s is 5``, a line for each part that decided.
    package var description: String {
        parts.map { part in
            let values = part.operands.map { "\($0.source) is \($0.value)" }.joined(separator: ", ")
            return "`\(part.source)` \(part.holds ? "holds" : "failed")\(values.isEmpty ? "" : ": \(values)")"
        }.joined(separator: "\n")
    }
}

extension Expression {
    /// Evaluates the expression and says which of its parts decided the result.
    package func explain(_ roots: Roots) throws(TemplateError) -> Explanation {
        var machine = Machine(set, roots)
        return try machine.runExplanation(program)
    }
}

extension Machine {
    mutating func runExplanation(_ program: Program) throws(TemplateError) -> Explanation {
        do {
            contexts.append(Context(autoescape: autoescape))
            _ = try enter(0, of: program, parent: -1)
            return try explain(program.expression, program)
        } catch {
            throw located(error, program)
        }
    }

    private mutating func explain(_ index: Int32, _ program: Program) throws(TemplateError) -> Explanation {
        try deeper(7)
        defer { nesting -= 7 }
        let node = program.nodes[Int(index)]
        switch node.op {
        case .and, .or:
            let left = try explain(node.a, program)
            if left.holds == (node.op == .or) { return left }
            var right = try explain(node.b, program)
            // Both sides had to fail an `or`, or hold for an `and`.
            if right.holds == (node.op == .and) { right.parts = left.parts + right.parts }
            return right
        case .not:
            var inner = try explain(node.a, program)
            inner.holds.toggle()
            inner.value = .bool(inner.holds)
            if inner.parts.count == 1 {
                inner.parts[0].holds = inner.holds
                inner.parts[0].source = program.text(of: index)
                inner.parts[0].span = program.spans[Int(index)]
            }
            return inner
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .notIn:
            let left = try eval(node.a, program)
            let right = try eval(node.b, program)
            at = index
            let holds = try compare(node.op, left, right)
            return part(index, .bool(holds), holds, [(node.a, left), (node.b, right)], program)
        case .test:
            let value = try eval(index, program)
            let subject = try eval(node.a, program)
            return part(index, value, try truth(value), [(node.a, subject)], program)
        default:
            let value = try eval(index, program)
            at = index
            return part(index, value, try truth(value), [(index, value)], program)
        }
    }

    private mutating func part(
        _ index: Int32, _ value: Value, _ holds: Bool, _ operands: [(node: Int32, value: Value)], _ program: Program
    ) -> Explanation {
        var shown: [(source: String, value: String)] = []
        for operand in operands where program.nodes[Int(operand.node)].op != .constant {
            shown.append((program.text(of: operand.node), Self.shown(operand.value)))
        }
        let part = Explanation.Part(
            source: program.text(of: index), span: program.spans[Int(index)], holds: holds, operands: shown)
        return Explanation(value: value, holds: holds, parts: [part])
    }

    /// A value for people: JSON, shortened, or what is missing.
    private static func shown(_ value: Value) -> String {
        if case .undefined(let missing) = value { return missing.reason.map { "undefined (\($0))" } ?? "undefined" }
        guard let json = try? value.json(undefined: .lenient) else { return value.kindName }
        let text = json.text
        return Scalars.count(text) > 120 ? Scalars.prefix(text, 117) + "..." : text
    }
}
