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
    /// What is not shown of the source, here and in every other diagnostic of the same run: the values of settings
    /// that nobody knows, since one of them may be a secret under a misspelt name.
    var hidden: [Span] = []

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

    /// Whether so much is wrong that finding more, or guessing what was meant, helps nobody.
    var isFull: Bool { found.count >= Self.limit }

    /// The same, with what a veil covers covered in every message.
    public func covered(by veil: Veil) -> Diagnostics {
        guard !veil.isEmpty else { return self }
        var result = self
        result.found = found.map { diagnostic in
            var covered = diagnostic
            covered.message = veil.cover(diagnostic.message)
            covered.help = diagnostic.help.map(veil.cover)
            covered.notes = diagnostic.notes.map { Diagnostic.Note(veil.cover($0.message), at: $0.span) }
            return covered
        }
        return result
    }

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

    /// An error whose run shows nothing of what is written out in `nodes`.
    public mutating func error(_ message: String, at span: Span, help: String? = nil, hiding nodes: [Node]) {
        var diagnostic = Diagnostic.error(message, at: span, help: help)
        diagnostic.hidden = nodes.flatMap(\.literals)
        add(diagnostic)
    }

    public mutating func warning(_ message: String, at span: Span, help: String? = nil, notes: [Diagnostic.Note] = []) {
        add(.warning(message, at: span, help: help, notes: notes))
    }

    public var isEmpty: Bool { found.isEmpty }
    /// How many were found, those beyond the limit included.
    public var count: Int { found.count + dropped }
    public var hasErrors: Bool { errorCount > 0 }

    /// Whether there is an error at a place within `span`.
    public func hasErrors(within span: Span) -> Bool {
        found.contains {
            $0.severity == .error && $0.span.source === span.source && span.range.contains($0.span.range.lowerBound)
        }
    }

    /// What no excerpt may show.
    var hidden: [Span] { found.flatMap(\.hidden) }

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
