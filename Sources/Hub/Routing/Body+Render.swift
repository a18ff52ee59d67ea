package import HubModel
package import HubTemplates

extension Body {
    /// What is sent and how it is called.
    package struct Rendered: Sendable {
        package var bytes: [UInt8]
        package var contentType: String

        package init(bytes: [UInt8], contentType: String) { (self.bytes, self.contentType) = (bytes, contentType) }
    }

    package var contentType: String {
        switch self {
        case .tree: "application/json"
        case .text: "text/plain; charset=utf-8"
        }
    }

    /// The bytes of a delivery. Throws where a template fails; nothing half-made is ever sent.
    package func render(_ view: EventView, _ surroundings: Surroundings) throws(TemplateError) -> Rendered {
        switch self {
        case .text(let template):
            return Rendered(bytes: try template.render(view.roots(surroundings)), contentType: contentType)
        case .tree(let tree):
            var budget = Budget()
            let context = TreeContext(view: view, surroundings: surroundings)
            guard let value = try context.value(of: tree, [], &budget) else {
                throw .runtime("the whole body is omitted; leave the route out instead")
            }
            var bytes: [UInt8] = []
            guard value.encode(into: &bytes, limit: Budget.bytes) else {
                throw .limit("bytes of the body", used: bytes.count, allowed: Budget.bytes)
            }
            return Rendered(bytes: bytes, contentType: contentType)
        }
    }
}

/// What one body may grow to, whatever its loops do.
private struct Budget {
    /// Twice the largest webhook, since a body may hold all of it and more.
    static let bytes = 16 * 1024 * 1024

    var values = 100_000
    /// Steps that all its leaves have together.
    var steps = Limits().steps

    mutating func spend() throws(TemplateError) {
        values -= 1
        if values < 0 { throw .limit("values in the body", used: 100_001, allowed: 100_000) }
    }
}

private struct TreeContext {
    let view: EventView
    let surroundings: Surroundings

    /// Nil when the leaf says `omit`. `locals` are the values of loop variables, outermost first.
    func value(of tree: Body.Tree, _ locals: [JSON], _ budget: inout Budget) throws(TemplateError) -> JSON? {
        try budget.spend()
        switch tree {
        case .constant(let json): return json
        case .path(let root, let path, let expression):
            if let value = exact(root, path) { return value }
            return try expression.json(roots(locals), steps: &budget.steps)
        case .expression(let expression): return try expression.json(roots(locals), steps: &budget.steps)
        case .text(let template): return .string(try template.text(roots(locals), steps: &budget.steps))
        case .object(let members):
            var object: [JSONObject.Member] = []
            object.reserveCapacity(members.count)
            for (name, value) in members {
                guard let value = try self.value(of: value, locals, &budget) else { continue }
                switch name {
                case .constant(let name): object.append(JSONObject.Member(name, value))
                case .template(let template):
                    let name = try template.text(roots(locals), steps: &budget.steps)
                    if object.contains(where: { $0.name == name }) {
                        throw .runtime("two members are called \"\(name)\"")
                    }
                    object.append(JSONObject.Member(name, value))
                }
            }
            return .object(JSONObject(object))
        case .list(let items):
            var list: [JSON] = []
            for item in items { if let value = try value(of: item, locals, &budget) { list.append(value) } }
            return .array(list)
        case .loop(let loop):
            guard let elements = try loop.list.json(roots(locals), steps: &budget.steps)?.array else {
                throw .runtime("\"$for\" needs a list, which `\(loop.list.source.trimmingBlanks())` is not")
            }
            var list: [JSON] = []
            for element in elements {
                let inner = locals + [element]
                if let condition = loop.condition, try !condition.holds(roots(inner), steps: &budget.steps) { continue }
                if let value = try value(of: loop.element, inner, &budget) { list.append(value) }
            }
            return .array(list)
        }
    }

    private func roots(_ locals: [JSON]) -> Roots { view.roots(surroundings, further: locals) }

    /// The value at a path through the event's own JSON; nil when it is not all there. Digits stay as they came.
    private func exact(_ root: Int, _ path: [String]) -> JSON? {
        guard var at = view.root(at: root, surroundings) else { return nil }
        for name in path {
            guard let next = at[name] else { return nil }
            at = next
        }
        return at
    }
}
