/// A setting: the only place where its name, meaning, default and bounds are written.
///
///     static let attempts = Key("max_attempts", "The maximum number of attempts before a delivery is dead.", default: 5, in: 1...100)
///     static let secret = Key<Secret>("secret", "Signing secret, from Acme's webhook page.")
///     static let proxy = Key<URLText?>("proxy", "Where requests go through.")
///
/// A key without a default is required, unless its type is optional or a section in which nothing is required.
public struct Key<Value: ConfigValue>: Sendable {
    public let name: String
    public let help: String
    /// The value when the setting is absent; nil when it is required.
    public let defaultValue: Value?
    /// The key without its type, for parsers, checks and documentation.
    public let field: KeyField
    let judge: @Sendable (Node, inout Diagnostics) -> Value?

    /// A setting that must be given, or may be absent if its type says so.
    ///
    /// - Parameter check: What is wrong with a value, as in `must begin with a slash`; nil when nothing is.
    public init(_ name: String, _ help: String, check: (@Sendable (Value) -> String?)? = nil) {
        self.init(name, help, default: Value.whenAbsent, bounds: nil, check: check)
    }

    /// A setting with a default.
    public init(_ name: String, _ help: String, default value: Value, check: (@Sendable (Value) -> String?)? = nil) {
        self.init(name, help, default: Optional.some(value), bounds: nil, check: check)
    }

    /// A setting with a default and bounds.
    public init(_ name: String, _ help: String, default value: Value, in range: ClosedRange<Value>)
    where Value: Comparable {
        self.init(name, help, default: Optional.some(value), bounds: Self.words(range), check: Self.check(range))
    }

    /// A setting that must be given, with bounds.
    public init(_ name: String, _ help: String, in range: ClosedRange<Value>) where Value: Comparable {
        self.init(name, help, default: nil as Value?, bounds: Self.words(range), check: Self.check(range))
    }

    /// A setting that may be absent, with bounds.
    public init<Wrapped: ConfigValue & Comparable>(_ name: String, _ help: String, in range: ClosedRange<Wrapped>)
    where Value == Wrapped? {
        let check = Key<Wrapped>.check(range)
        self.init(
            name, help, default: .some(nil), bounds: Key<Wrapped>.words(range),
            check: { value in value.flatMap(check) })
    }

    private init(
        _ name: String, _ help: String, default value: Value?, bounds: String?, check: (@Sendable (Value) -> String?)?
    ) {
        self.name = name
        self.help = help
        defaultValue = value
        let isRequired = value == nil
        let judge: @Sendable (Node, inout Diagnostics) -> Value? = { node, problems in
            if node.isNull, node.scalar?.source.isEmpty == true, Value.self != Node.self {
                problems.error(
                    "nothing is given for \"\(name)\"", at: node.nameSpan ?? node.span,
                    help:
                        "Give \(Wording.withArticle(Value.typeInWords))\(isRequired ? "" : ", or leave the line out").")
                return nil
            }
            guard let value = Value.read(node, &problems) else { return nil }
            if node.scalar?.isUnresolved != true, let wrong = check?(value) {
                let shown = Value.isSecret ? "" : ", not \(node.shownInMessages)"
                problems.error("\"\(name)\" \(wrong)\(bounds == nil ? "" : shown)", at: node.span)
                return nil
            }
            return value
        }
        self.judge = judge
        let text = value.map(\.configText)
        field = KeyField(
            name: name, help: help, type: Value.typeInWords, defaultText: text?.isEmpty == true ? nil : text,
            bounds: bounds, isRequired: isRequired, isSecret: Value.isSecret, nested: Value.nested,
            nestedSuffix: Value.nestedSuffix, check: { node, problems in _ = judge(node, &problems) })
    }

    fileprivate static func words(_ range: ClosedRange<Value>) -> String where Value: Comparable {
        "\(range.lowerBound.configText) to \(range.upperBound.configText)"
    }

    fileprivate static func check(_ range: ClosedRange<Value>) -> @Sendable (Value) -> String?
    where Value: Comparable & Sendable {
        { range.contains($0) ? nil : "must be from \(words(range))" }
    }
}

/// A key without the type of its value.
public struct KeyField: Sendable {
    public let name: String
    /// One line on what it does.
    public let help: String
    /// What to write, in words.
    public let type: String
    /// As one would write it; nil when it is required or when absence is a value of its own.
    public let defaultText: String?
    /// `1 to 100`; nil when every value of the type will do.
    public let bounds: String?
    public let isRequired: Bool
    public let isSecret: Bool
    /// The keys below it, when it is a section, a list of sections or a mapping of names to sections.
    public let nested: [KeyField]
    /// The separator between this key and those below it: nothing, `[]` for a list, `.<name>` for a mapping of names.
    public let nestedSuffix: String
    /// Reports all that is wrong with a value given for it.
    let check: @Sendable (Node, inout Diagnostics) -> Void
}
