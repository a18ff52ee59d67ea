/// One thing that is wrong in a configuration: what, where, and what to do.
public struct Diagnostic: Sendable, Hashable {
    public enum Severity: String, Sendable { case error, warning }

    /// A further place that belongs to it, such as the first of two equal names.
    public struct Note: Sendable, Hashable {
        public var message: String
        public var span: Span

        public init(_ message: String, at span: Span) { (self.message, self.span) = (message, span) }
    }

    public var severity: Severity
    public var span: Span
    /// A sentence's beginning in lower case without a full stop: `unknown setting "toleranse" for adapter "acme"`.
    public var message: String
    /// What to do, as whole sentences: `Did you mean "tolerance"?`
    public var help: String?
    public var notes: [Note]

    public init(
        _ severity: Severity, _ message: String, at span: Span, help: String? = nil, notes: [Note] = []
    ) {
        self.severity = severity
        self.message = message
        self.span = span
        self.help = help
        self.notes = notes
    }

    public static func error(_ message: String, at span: Span, help: String? = nil, notes: [Note] = []) -> Diagnostic {
        Diagnostic(.error, message, at: span, help: help, notes: notes)
    }

    public static func warning(_ message: String, at span: Span, help: String? = nil, notes: [Note] = []) -> Diagnostic
    {
        Diagnostic(.warning, message, at: span, help: help, notes: notes)
    }

    public var position: Position { span.start }
}

/// Everything that was found wrong, each thing once. Thrown whole, so that one run shows all mistakes.
public struct Diagnostics: Error, Sendable {
    private var found: [Diagnostic] = []
    /// Without their notes: what two ways lead to is one mistake, told with the first way.
    private var seen: Set<Diagnostic> = []
    /// How many errors were found, those beyond the limit included.
    public private(set) var errorCount = 0
    /// How many are not kept. Nobody reads a thousand, and a hostile file must not cost more than that.
    public private(set) var dropped = 0
    private static let limit = 1_000

    public init() {}
    public init(_ diagnostic: Diagnostic) { add(diagnostic) }

    public mutating func add(_ diagnostic: Diagnostic) {
        var bare = diagnostic
        bare.notes = []
        guard seen.insert(bare).inserted else { return }
        if diagnostic.severity == .error { errorCount += 1 }
        guard found.count < Self.limit else {
            seen.remove(bare)
            return dropped += 1
        }
        found.append(diagnostic)
    }

    public mutating func add(_ others: Diagnostics) {
        for diagnostic in others.found { add(diagnostic) }
        dropped += others.dropped
        errorCount += others.errorCount - others.found.count { $0.severity == .error }
    }

    public mutating func error(_ message: String, at span: Span, help: String? = nil, notes: [Diagnostic.Note] = []) {
        add(.error(message, at: span, help: help, notes: notes))
    }

    public mutating func warning(_ message: String, at span: Span, help: String? = nil, notes: [Diagnostic.Note] = []) {
        add(.warning(message, at: span, help: help, notes: notes))
    }

    public var isEmpty: Bool { found.isEmpty }
    /// How many were found, those beyond the limit included.
    public var count: Int { found.count + dropped }
    public var hasErrors: Bool { errorCount > 0 }

    /// Those that stop nothing.
    public var warnings: Diagnostics {
        var result = Diagnostics()
        for diagnostic in found where diagnostic.severity == .warning { result.add(diagnostic) }
        return result
    }

    /// By file and place; diagnostics at the same place keep the order in which they were found.
    public var sorted: [Diagnostic] {
        found.enumerated().sorted { a, b in
            let (first, second) = (a.element.span, b.element.span)
            if first.source.name != second.source.name { return first.source.name < second.source.name }
            if first.range.lowerBound != second.range.lowerBound {
                return first.range.lowerBound < second.range.lowerBound
            }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// Stops here when there is an error; warnings alone go on.
    public func throwIfErrors() throws(Diagnostics) {
        if hasErrors { throw self }
    }
}

/// What reading a setting throws: the diagnostics for it.
public typealias ConfigError = Diagnostics
