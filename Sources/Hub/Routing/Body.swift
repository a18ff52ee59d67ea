package import HubConfig
package import HubModel
package import HubTemplates

/// What a delivery says: a tree whose leaves are templates, or text.
package enum Body: Sendable {
    case tree(BodyProgram)
    case text(Template)

    /// A JSON tree as the file has it.
    package indirect enum Tree: Sendable {
        case constant(JSON)
        /// A leaf that is exactly one path of names: the value there, digit for digit. The expression says what is
        /// wrong when there is none.
        case path(EventPath, Expression)
        /// A leaf that is exactly one expression keeps its type.
        case expression(Expression)
        /// Any other leaf is a string.
        case text(Template)
        case object([(name: Name, value: Tree)])
        case list([Tree])
        case loop(Loop)
    }

    /// A member's name: literal, or from a template.
    package enum Name: Sendable {
        case constant(String)
        case template(Template)
    }

    /// `$for: turn in call.transcript`, `$if: turn.text`, `$do: …`: a list with one element for each round.
    package struct Loop: Sendable {
        package let variable: String
        package let list: Expression
        package let condition: Expression?
        package let element: Tree
    }

    static let loopMembers = ["$for", "$if", "$do"]

    /// Reads a body: a mapping or list is a tree, text is a template.
    ///
    /// - Parameter name: What errors call it; a leaf is then `name.member` and so on.
    package static func compile(
        _ node: Node, _ texts: TemplateText, name: String = "body", _ problems: inout Diagnostics
    ) -> Body? {
        if node.scalar != nil, !node.isNull { return texts.template(node, name: name, &problems).map(Body.text) }
        return tree(node, name, texts, &problems).map { .tree(BodyProgram($0)) }
    }

    /// - Parameter variables: Those of the loops around, outermost first.
    package static func tree(
        _ node: Node, _ path: String, _ texts: TemplateText, in variables: [String] = [],
        _ problems: inout Diagnostics
    ) -> Tree? {
        switch node.content {
        case .scalar(let scalar):
            if scalar.value != .text { return .constant(node.revealedJSON()) }
            if scalar.expansions.isEmpty, !scalar.source.contains("{") { return .constant(.string(scalar.source)) }
            guard let template = texts.template(node, name: path, scope: EventView.scope(variables), &problems) else {
                return nil
            }
            guard let expression = template.soleExpression else { return .text(template) }
            // Loop variables are not among the event's names; they go the usual way.
            if let names = expression.path, let path = EventPath(names) { return .path(path, expression) }
            return .expression(expression)
        case .sequence(let nodes):
            let items = nodes.enumerated().map { tree($1, "\(path)[\($0)]", texts, in: variables, &problems) }
            return items.contains { $0 == nil } ? nil : .list(items.compactMap(\.self))
        case .mapping(let members):
            if members.contains(where: { $0.name.hasPrefix("$") }) {
                return loop(node, path, texts, in: variables, &problems)
            }
            var parts: [(name: Name, value: Tree)] = []
            var good = true
            for member in members {
                var name: Name? = .constant(member.name)
                if member.name.contains("{") {
                    name = texts.template(
                        Self.name(of: member), name: "the name \(path).\(member.name)",
                        scope: EventView.scope(variables), &problems
                    ).map(Name.template)
                }
                let value = tree(member.value, "\(path).\(member.name)", texts, in: variables, &problems)
                if let name, let value { parts.append((name, value)) } else { good = false }
            }
            return good ? .object(parts) : nil
        }
    }

    /// A member's name as a scalar of its own, in the quotes it is written in, so that places in it are right.
    static func name(of member: Node.Member) -> Node {
        let span = member.nameSpan
        let style: Scalar.Style =
            switch span.range.isEmpty ? nil : span.source.bytes[span.range].first {
            case UInt8(ascii: "\""): .doubleQuoted
            case UInt8(ascii: "'"): .singleQuoted
            default: .plain
            }
        return Node(.scalar(Scalar(member.name, style: style)), span: span, name: member.name)
    }

    private static func loop(
        _ node: Node, _ path: String, _ texts: TemplateText, in variables: [String], _ problems: inout Diagnostics
    ) -> Tree? {
        for member in node.members ?? [] where !loopMembers.contains(member.name) {
            problems.error(
                "\"\(member.name)\" is not allowed next to $for", at: member.nameSpan,
                help: nearest(member.name, in: loopMembers).map { "Did you mean \"\($0)\"?" }
                    ?? "A loop has $for, $do and perhaps $if; put other members into $do.")
        }
        guard let head = node["$for"], head.scalar != nil else {
            problems.error("a loop needs \"$for\"", at: node.span, help: "Write `$for: turn in call.transcript`.")
            return nil
        }
        guard let body = node["$do"] else {
            problems.error("a loop needs \"$do\", what to make of each element", at: head.nameSpan ?? head.span)
            return nil
        }
        guard let form = LoopHead(head) else {
            problems.error(
                "\"$for\" is not of the form `name in list`", at: head.span,
                help: "Write `$for: turn in call.transcript`.")
            return nil
        }
        let variable = form.variable
        guard !EventView.names.contains(variable), !variables.contains(variable) else {
            problems.error(
                "\"\(variable)\" already means something here", at: head.span, help: "Give the element another name.")
            return nil
        }
        let blanked = Node(
            .scalar(Scalar(form.list, style: head.scalar?.style ?? .plain)), span: head.span, name: "$for")
        let inner = variables + [variable]
        let list = texts.expression(blanked, name: "\(path), $for", scope: EventView.scope(variables), &problems)
        let condition = node["$if"].map {
            texts.expression($0, name: "\(path), $if", scope: EventView.scope(inner), &problems)
        }
        let element = tree(body, "\(path)[]", texts, in: inner, &problems)
        guard let list, let element else { return nil }
        if case .some(nil) = condition { return nil }
        return .loop(Loop(variable: variable, list: list, condition: condition ?? nil, element: element))
    }

    /// The parts of `turn in call.transcript`.
    struct LoopHead {
        package let variable: String
        /// The list's expression at its offset in the scalar, so that what is found in it has its place in the file.
        let list: String

        init?(_ node: Node) {
            guard let source = node.scalar?.source else { return nil }
            let words = source.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            guard words.count == 3, words[1] == "in", Self.isName(words[0]) else { return nil }
            variable = String(words[0])
            let start = source.utf8.distance(from: source.utf8.startIndex, to: words[2].startIndex)
            list = String(repeating: " ", count: start) + words[2]
        }

        private static func isName(_ text: Substring) -> Bool {
            text.unicodeScalars.enumerated().allSatisfy { index, scalar in
                scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                    || (index > 0 && ("0"..."9").contains(scalar))
            }
        }
    }
}
