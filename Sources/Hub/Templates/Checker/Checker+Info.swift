import HubModel

/// What is known about a value: the shapes it may have. Nothing known is no shape at all.
struct CheckerInfo {
    /// One shape it may have, and the event types for which it has it; no types for all.
    struct Case: Equatable {
        var types: [String]
        var shape: Shape
    }

    var cases: [Case] = []
    /// Shapes it has for types the template does not meet.
    var elsewhere: [Case] = []
    /// How the value is reached from a root, for messages; nil for values that do not come from the model.
    var path: String?
    var constant: Value?
    /// The macro it is, where that is certain.
    var macro: CheckerMacro?
    /// The named template whose macros it has, where it is certain.
    var module: CheckerTemplates.Template?

    static let unknown = CheckerInfo()
    /// Shapes of one value beyond which nothing is said: a template that makes so many is not helped by a guess.
    private static let mostCases = 32
    /// The depth to which nested lists are distinguished.
    private static let deepestList = 8

    init() {}

    init(_ shape: Shape, path: String? = nil) {
        if shape.kind != .any { cases = [Case(types: [], shape: shape)] }
        self.path = path
    }

    /// Whether any shape may turn up, so that nothing can be said.
    var isUnknown: Bool { cases.isEmpty || cases.contains { $0.shape.kind == .any } }

    var isFromModel: Bool { path != nil }

    /// The same knowledge under another path.
    func reached(by path: String?) -> CheckerInfo {
        var copy = self
        copy.path = path
        copy.constant = nil
        return copy
    }

    func or(_ other: CheckerInfo) -> CheckerInfo {
        if isUnknown || other.isUnknown { return .unknown }
        var result = CheckerInfo()
        result.cases = cases
        for item in other.cases where !result.cases.contains(item) { result.cases.append(item) }
        if result.cases.count > Self.mostCases { return .unknown }
        result.path = path ?? other.path
        return result
    }

    /// Whether every shape passes; false when nothing is known.
    func all(_ passes: (Shape.Kind) -> Bool) -> Bool { !isUnknown && cases.allSatisfy { passes($0.shape.kind) } }

    /// What it is in messages, when all its shapes are of one kind.
    var kindName: String {
        let names = cases.map { Self.name($0.shape.kind) }
        guard let first = names.first, names.allSatisfy({ $0 == first }) else { return "a value" }
        return first
    }

    static func name(_ kind: Shape.Kind) -> String {
        switch kind {
        case .string: "text"
        case .integer: "an integer"
        case .number: "a number"
        case .bool: "true or false"
        case .time: "a time in text form"
        case .list: "a list"
        case .object: "an object"
        case .any: "anything"
        }
    }

    /// The element of a list, when all its shapes are lists.
    var element: CheckerInfo {
        func elements(_ cases: [Case]) -> [Case]? {
            var result: [Case] = []
            for item in cases {
                guard case .list(let element) = item.shape.kind else { return nil }
                result.append(Case(types: item.types, shape: element))
            }
            return result
        }
        guard !isUnknown, let inner = elements(cases) else { return .unknown }
        var result = CheckerInfo()
        result.cases = inner
        result.elsewhere = elements(elsewhere) ?? []
        result.path = path.map { "\($0)[]" }
        return result.isUnknown ? .unknown : result
    }

    /// Whether null occurs, of the shapes that are known.
    var isNullable: Bool { !isUnknown && cases.contains { $0.shape.nullable } }

    /// The same knowledge where null is out of the question.
    var known: CheckerInfo {
        var copy = self
        for n in copy.cases.indices { copy.cases[n].shape.nullable = false }
        return copy
    }

    /// A list of such elements.
    var list: CheckerInfo {
        if isUnknown { return CheckerInfo(.list(.any)) }
        var result = CheckerInfo()
        result.cases = cases.map {
            Case(types: $0.types, shape: .list(Self.depth($0.shape) < Self.deepestList ? $0.shape : .any))
        }
        return result
    }

    private static func depth(_ shape: Shape) -> Int {
        var (depth, shape) = (0, shape)
        while depth < deepestList, case .list(let element) = shape.kind { (depth, shape) = (depth + 1, element) }
        return depth
    }

    /// `the call`, `call.agent`, `an element of call.transcript`.
    static func phrase(_ path: String?) -> String {
        guard let path else { return "the value" }
        if path.hasSuffix("[]") { return "an element of \(path.dropLast(2))" }
        return path.contains(".") || path.contains("|") || path.contains("[") ? path : "the \(path)"
    }
}

extension Shape.Kind {
    var isText: Bool {
        switch self {
        case .string, .time: true
        default: false
        }
    }
    var isNumber: Bool {
        switch self {
        case .integer, .number, .bool: true
        default: false
        }
    }
    var isList: Bool { if case .list = self { true } else { false } }
    var isObject: Bool { if case .object = self { true } else { false } }
    var isScalar: Bool { isText || isNumber }

    /// Values of the two kinds can be equal.
    func canEqual(_ other: Shape.Kind) -> Bool {
        switch (self, other) {
        case (.any, _), (_, .any): true
        default:
            (isText && other.isText) || (isNumber && other.isNumber) || (isList && other.isList)
                || (isObject && other.isObject)
        }
    }
}
