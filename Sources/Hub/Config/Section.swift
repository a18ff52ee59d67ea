import HubModel

/// A mapping of the file, read under the keys declared for it.
///
/// Making a section reports everything at once: unknown names with the nearest right one, missing settings, and each
/// value that cannot be taken. Reading a key that was reported throws, which only ends the reading; nothing is lost by
/// stopping at the first.
public struct Section: Sendable {
    public let node: Node
    /// What it is, for messages: `adapter "acme"`, `endpoint "crm"`, `"retry"`.
    public let subject: String
    public let fields: [KeyField]

    /// Reads `node` under `fields`, adding what is wrong to `problems`. Names beginning with `x-` are the user's own.
    public init(_ node: Node, of subject: String, fields: [KeyField], _ problems: inout Diagnostics) {
        self.node = node
        self.subject = subject
        self.fields = fields
        guard let members = node.members else {
            if node.scalar?.isUnresolved == true { return }
            let names = fields.prefix(8).map(\.name) + (fields.count > 8 ? ["…"] : [])
            problems.error(
                node.isNull
                    ? "nothing is given for \(subject)"
                    : "\(subject) must be a mapping of settings, not \(node.scalar?.value == .text ? node.kindInWords : node.shownInMessages)",
                at: node.isNull ? (node.nameSpan ?? node.span) : node.span,
                help: fields.isEmpty ? nil : "Settings: \(names.joined(separator: ", ")).")
            return
        }
        for member in members where !member.name.hasPrefix("x-") {
            if let field = fields.first(where: { $0.name == member.name }) {
                field.check(member.value, &problems)
            } else {
                let guess = nearest(member.name, in: fields.map(\.name))
                problems.error(
                    "unknown setting \"\(member.name.shortened(to: 60))\" for \(subject)", at: member.nameSpan,
                    help: guess.map { "Did you mean \"\($0)\"?" }
                        ?? (fields.isEmpty
                            ? "It has no settings." : "It has \(fields.map { "\"\($0.name)\"" }.inWords("and"))."),
                    hiding: [member.value])
            }
        }
        for field in fields where field.isRequired && node[field.name] == nil {
            problems.error(
                "\(subject) needs \"\(field.name)\"", at: place, help: "\(field.name): \(field.help)")
        }
    }

    /// The place of the section: its name, or its first character.
    public var place: Span {
        node.nameSpan ?? Span(node.span.source, node.span.range.lowerBound..<node.span.range.lowerBound)
    }

    /// The value of a setting, or its default. Throws when it is missing or wrong, which the section has reported.
    public subscript<Value>(key: Key<Value>) -> Value {
        get throws(ConfigError) {
            var problems = Diagnostics()
            if let given = node[key.name] {
                if let value = key.judge(given, &problems) { return value }
            } else if let value = key.defaultValue {
                return value
            } else {
                problems.error("\(subject) needs \"\(key.name)\"", at: place, help: "\(key.name): \(key.help)")
            }
            throw problems
        }
    }

    /// Several settings; when some are wrong, all of these are thrown.
    public func read<each Value>(_ keys: repeat Key<each Value>) throws(ConfigError) -> (repeat each Value) {
        var problems = Diagnostics()
        for key in repeat each keys {
            do { _ = try self[key] } catch { problems.add(error) }
        }
        try problems.throwIfErrors()
        return (repeat try self[each keys])
    }

    /// Whether the file says something about it.
    public func isGiven<Value>(_ key: Key<Value>) -> Bool { node[key.name] != nil }

    /// The place of a setting's value; the section's place when it is not given.
    public func span<Value>(of key: Key<Value>) -> Span { node[key.name]?.span ?? place }

    /// A setting's value as messages quote it: never what a reference stands for.
    public func shown<Value>(_ key: Key<Value>) -> String { node[key.name]?.shownInMessages ?? "nothing" }

    /// An error to throw for a setting that is wrong in the light of others.
    public func error<Value>(_ message: String, at key: Key<Value>, help: String? = nil) -> ConfigError {
        ConfigError(.error(message, at: span(of: key), help: help))
    }

    /// An error to throw for the section as a whole.
    public func error(_ message: String, help: String? = nil) -> ConfigError {
        ConfigError(.error(message, at: place, help: help))
    }
}

/// What an adapter is made from.
public typealias Settings = Section

/// A section that is read as a value of its own: `retry: {max_attempts: 5}`.
///
/// It may not contain itself, however deep: its documentation would have no end. Read such trees as a `Node`.
public protocol ConfigSection: ConfigValue {
    static var fields: [KeyField] { get }
    /// Takes the settings; throws what is wrong between them.
    init(_ section: Section) throws(ConfigError)
}

extension ConfigSection {
    public static var typeInWords: String { "section" }
    public static var nested: [KeyField] { fields }
    public var configText: String { "" }

    /// A section that needs nothing may be absent; it then holds its defaults.
    public static var whenAbsent: Self? {
        var problems = Diagnostics()
        return read(.empty("section", at: Span(file: "")), of: "section", &problems)
    }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Self? {
        read(node, of: node.name.map { "\"\($0)\"" } ?? "the file", &problems)
    }

    /// Reads it under a name of the caller's choice, such as `endpoint "crm"`.
    public static func read(_ node: Node, of subject: String, _ problems: inout Diagnostics) -> Self? {
        var own = Diagnostics()
        let section = Section(node, of: subject, fields: fields, &own)
        var value: Self?
        do { value = try Self(section) } catch { own.add(error) }
        problems.add(own)
        return own.hasErrors ? nil : value
    }
}
