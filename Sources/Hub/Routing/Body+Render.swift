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
        case .tree(let program):
            var writer = BodyWriter(program, view, surroundings)
            try writer.run()
            return Rendered(bytes: writer.finish(), contentType: contentType)
        }
    }
}
