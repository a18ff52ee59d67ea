import HubModel

/// A type that a setting can have.
///
/// To read is to judge: what cannot be taken is reported at its place, in words that say what would have been right.
public protocol ConfigValue: Sendable {
    /// What a reader of the documentation is told to write: `whole number`, `duration such as 10s or 5m`.
    static var typeInWords: String { get }
    /// Whether values are masked wherever configuration is shown.
    static var isSecret: Bool { get }
    /// The keys below it, where it is a section.
    static var nested: [KeyField] { get }
    /// The separator between the key and those below it: nothing, `[]` for a list, `.<name>` for a mapping of names.
    static var nestedSuffix: String { get }
    /// The value of an absent setting without a default; nil when it may not be absent.
    static var whenAbsent: Self? { get }
    /// The value, or nil with the errors added to `problems`.
    static func read(_ node: Node, _ problems: inout Diagnostics) -> Self?
    /// As one would write it in YAML; shows defaults in the documentation.
    var configText: String { get }
}

extension ConfigValue {
    public static var isSecret: Bool { false }
    public static var nested: [KeyField] { [] }
    public static var nestedSuffix: String { "" }
    public static var whenAbsent: Self? { nil }

    /// Reports that `node` is not what is wanted, unless its reference is reported already, and returns nil.
    public static func refuse(
        _ node: Node, _ problems: inout Diagnostics, wanted: String? = nil, help: String? = nil
    ) -> Self? {
        if node.scalar?.isUnresolved == true { return nil }
        let subject = node.name.map { "\"\($0)\"" } ?? "the file"
        let found = isSecret ? node.kindInWords : node.shownInMessages
        problems.error(
            "\(subject) must be \(wanted ?? Wording.withArticle(typeInWords)), not \(found)", at: node.span, help: help)
        return nil
    }
}

extension Node {
    /// The value as messages quote it: short, and with references instead of what they stand for.
    public var shownInMessages: String {
        guard let scalar else { return kindInWords }
        if scalar.value == .null { return "nothing" }
        if scalar.hasReferences { return "the value of \(scalar.source.shortened(to: 60))" }
        return "\"\(scalar.source.shortened(to: 40))\""
    }

    /// Where what may be a secret is written out in it, rather than referred to.
    var literals: [Span] {
        switch content {
        case .scalar(let scalar):
            // What is shorter is a duration, a word of a choice or a port, and no secret.
            return !scalar.hasReferences && scalar.source.utf8.count >= 6 ? [span] : []
        case .sequence(let elements): return Array(elements.lazy.flatMap(\.literals).prefix(100))
        case .mapping(let members): return Array(members.lazy.flatMap(\.value.literals).prefix(100))
        }
    }
}

/// A setting that may be absent. An explicit `null` or `~` counts as absent.
extension Optional: ConfigValue where Wrapped: ConfigValue {
    public static var typeInWords: String { Wrapped.typeInWords }
    public static var isSecret: Bool { Wrapped.isSecret }
    public static var nested: [KeyField] { Wrapped.nested }
    public static var nestedSuffix: String { Wrapped.nestedSuffix }
    public static var whenAbsent: Wrapped?? { .some(nil) }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Wrapped?? {
        if node.isNull, node.scalar?.source.isEmpty == false { return .some(nil) }
        return Wrapped.read(node, &problems).map { .some($0) }
    }

    public var configText: String { self?.configText ?? "" }
}

/// One value or a list of them: `on: x` and `on: [x, y]` are both right.
extension Array: ConfigValue where Element: ConfigValue {
    public static var typeInWords: String { "\(Element.typeInWords), or a list of them" }
    public static var isSecret: Bool { Element.isSecret }
    public static var nested: [KeyField] { Element.nested }
    public static var nestedSuffix: String { "[]" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> [Element]? {
        guard let elements = node.elements else { return Element.read(node, &problems).map { [$0] } }
        // Every element is read, so that every wrong one is reported.
        let values = elements.map { Element.read($0, &problems) }
        let good = values.compactMap(\.self)
        return good.count == values.count ? good : nil
    }

    public var configText: String {
        count == 1 ? self[0].configText : "[\(map(\.configText).joined(separator: ", "))]"
    }
}

/// Values under names of the user's choice, in the order of the file.
public struct Named<Value: ConfigValue>: ConfigValue {
    public struct Entry: Sendable {
        public var name: String
        public var nameSpan: Span
        public var value: Value
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    public subscript(name: String) -> Value? { entries.first { $0.name == name }?.value }

    public static var typeInWords: String {
        Value.nested.isEmpty ? "mapping of names to \(Value.typeInWords)" : "mapping of names to sections"
    }
    public static var isSecret: Bool { Value.isSecret }
    public static var nested: [KeyField] { Value.nested }
    public static var nestedSuffix: String { ".<name>" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Named? {
        guard let members = node.members else {
            return refuse(node, &problems, wanted: "a mapping of names to values")
        }
        let values = members.map { member in
            Value.read(member.value, &problems).map { Entry(name: member.name, nameSpan: member.nameSpan, value: $0) }
        }
        let good = values.compactMap(\.self)
        return good.count == values.count ? Named(good) : nil
    }

    public var configText: String {
        "{\(entries.map { "\($0.name): \($0.value.configText)" }.joined(separator: ", "))}"
    }
}

/// The tree as it was written, for what is more than a value: templates, conditions, another room's section.
extension Node: ConfigValue {
    public static var typeInWords: String { "value" }
    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Node? { node }
    public var configText: String { EffectiveText.flow(self) }
}

/// One of a few words. Conform an enumeration of strings: `enum Order: String, CaseIterable, ConfigChoice`.
public protocol ConfigChoice: ConfigValue, RawRepresentable, CaseIterable where RawValue == String {}

extension ConfigChoice {
    public static var typeInWords: String { allCases.map(\.rawValue).inWords("or") }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Self? {
        guard let text = node.scalar?.text, !node.isNull else { return refuse(node, &problems, wanted: typeInWords) }
        if let value = Self(rawValue: text) { return value }
        let guess = node.scalar?.hasReferences == true ? nil : nearest(text, in: allCases.map(\.rawValue))
        return refuse(node, &problems, wanted: typeInWords, help: guess.map { "Did you mean \"\($0)\"?" })
    }

    public var configText: String { rawValue }
}
