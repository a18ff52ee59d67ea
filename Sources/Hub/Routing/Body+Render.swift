package import HubModel
package import HubTemplates

extension Body {
    /// What is sent and how it is called.
    package struct Rendered: Sendable {
        package var bytes: [UInt8]
        package var contentType: String
    }

    package var contentType: String {
        switch self {
        case .tree: "application/json"
        case .text: "text/plain; charset=utf-8"
        }
    }

    /// The bytes of a delivery. Throws where a template fails; nothing half-made is ever sent.
    package func render(_ view: EventView, route: String, endpoint: String, vars: JSON) throws(TemplateError) -> Rendered {
        let roots = view.roots(route: route, endpoint: endpoint, vars: vars)
        switch self {
        case .text(let template):
            return Rendered(bytes: try template.render(roots), contentType: contentType)
        case .tree(let tree):
            var budget = Budget()
            let context = TreeContext(view: view, route: route, endpoint: endpoint, vars: vars)
            guard let value = try context.value(of: tree, roots, &budget) else {
                throw .runtime("the whole body is omitted; leave the route out instead")
            }
            return Rendered(bytes: value.encoded(), contentType: contentType)
        }
    }
}

/// What one body may grow to, whatever its loops do.
private struct Budget {
    var values = 100_000

    mutating func spend() throws(TemplateError) {
        values -= 1
        if values < 0 { throw .limit("values in the body", used: 100_001, allowed: 100_000) }
    }
}

private struct TreeContext {
    let view: EventView
    let route: String
    let endpoint: String
    let vars: JSON

    /// Nil when the leaf says `omit`.
    func value(of tree: Body.Tree, _ roots: [Value], _ budget: inout Budget) throws(TemplateError) -> JSON? {
        try budget.spend()
        switch tree {
        case .constant(let json): return json
        case .path(let path, let expression):
            if let value = exact(path) { return value }
            return try evaluate(expression, roots)
        case .expression(let expression): return try evaluate(expression, roots)
        case .text(let template): return .string(String(decoding: try template.render(roots), as: UTF8.self))
        case .object(let members):
            var object: [JSONObject.Member] = []
            object.reserveCapacity(members.count)
            for (name, value) in members {
                guard let value = try self.value(of: value, roots, &budget) else { continue }
                let name = name.constant ?? String(decoding: try name.render(roots), as: UTF8.self)
                if object.contains(where: { $0.name == name }) { throw .runtime("two members are called \"\(name)\"") }
                object.append(JSONObject.Member(name, value))
            }
            return .object(JSONObject(object))
        case .list(let items):
            var list: [JSON] = []
            for item in items { if let value = try value(of: item, roots, &budget) { list.append(value) } }
            return .array(list)
        case .loop(let loop):
            var list: [JSON] = []
            for element in try loop.list.evaluate(roots).elements() {
                let inner = roots + [element]
                if let condition = loop.condition, try !condition.holds(inner) { continue }
                if let value = try value(of: loop.element, inner, &budget) { list.append(value) }
            }
            return .array(list)
        }
    }

    private func evaluate(_ expression: Expression, _ roots: [Value]) throws(TemplateError) -> JSON? {
        let value = try expression.evaluate(roots)
        if case .omit = value { return nil }
        return try value.json()
    }

    /// The value at a path through the event's own JSON; nil when it is not all there.
    private func exact(_ path: [String]) -> JSON? {
        guard var at = view.root(path[0], route: route, endpoint: endpoint, vars: vars) else { return nil }
        for name in path.dropFirst() {
            guard let next = at[name] else { return nil }
            at = next
        }
        return at
    }
}
