package import HubConfig
import HubTemplates

/// The section `templates:`: bodies that routes use by name, text that other templates use by name, and what undefined
/// means in all templates of the file.
package struct NamedTemplates: Sendable {
    /// What a value that is not there means.
    enum Undefined: String, CaseIterable, ConfigChoice {
        /// An error that names it, unless it is tested or given a default.
        case strict
        /// Nothing in text, null in a body.
        case lenient
    }

    /// The setting among the names.
    static let undefined = Key(
        "undefined",
        "What happens when a missing value is used: `strict` makes the delivery dead with the path in the reason, `lenient` prints nothing, or null.",
        default: Undefined.strict)

    package static var fields: [KeyField] { [undefined.field] }

    /// All names, including those with mistakes: a route may refer to them without a second complaint.
    package let names: [String]
    package let bodies: [(name: String, body: Body, node: Node)]
    /// How all templates of the file are compiled.
    package let texts: TemplateText

    /// Reads the section, with all mistakes in `problems`.
    package static func compile(_ node: Node?, _ problems: inout Diagnostics) -> NamedTemplates {
        guard let node else { return NamedTemplates(names: [], bodies: [], texts: .plain) }
        guard let all = node.members else {
            problems.error("\"templates\" must be a mapping of names to bodies, not \(node.kindInWords)", at: node.span)
            return NamedTemplates(names: [], bodies: [], texts: .plain)
        }
        let members = all.filter { $0.name != undefined.name }
        let named = members.compactMap { member in
            member.value.isNull ? nil : member.value.scalar.map { (name: member.name, scalar: $0) }
        }
        let texts = TemplateText(named, undefined: mode(node, &problems) == .lenient ? .chainable : .hub)
        return NamedTemplates(
            names: members.map(\.name),
            bodies: members.compactMap { member in
                Body.compile(member.value, texts, name: member.name, &problems).map { (member.name, $0, member.value) }
            }, texts: texts)
    }

    private static func mode(_ node: Node, _ problems: inout Diagnostics) -> Undefined {
        guard let setting = node[undefined.name] else { return .strict }
        if let found = setting.scalar.flatMap({ Undefined(rawValue: $0.source) }) { return found }
        problems.error(
            "\"undefined\" is a setting of all templates, and is `strict` or `lenient`", at: setting.span,
            help: "Call a template of your own something else.")
        return .strict
    }
}
