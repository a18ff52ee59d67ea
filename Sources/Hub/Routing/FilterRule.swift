package import HubConfig
package import HubModel
import HubTemplates

/// What a filter compares with.
package enum FilterOperator: String, CaseIterable, ConfigChoice {
    case equals
    case notEquals = "not_equals"
    case greaterThan = "greater_than"
    case greaterOrEqual = "greater_or_equal"
    case lessThan = "less_than"
    case lessOrEqual = "less_or_equal"
    case contains
    case notContains = "not_contains"
    case startsWith = "starts_with"
    case endsWith = "ends_with"
    case isIn = "in"
    case notIn = "not_in"
    case matches
    case exists
    case isEmpty = "is_empty"

    var needsValue: Bool { self != .exists && self != .isEmpty }
}

/// One entry of a route's `filter` list: a condition written as data.
///
/// Three answers are possible: it holds, it does not, or it cannot be said because the field is missing or of another
/// kind than the value. Only what holds lets an event through; `optional: true` lets a missing field pass.
package struct FilterRule: Sendable {
    package enum Answer: Sendable, Equatable {
        case holds, fails
        /// Why it cannot be said.
        case unknown(String)
    }

    package let path: [String]
    /// The position of the path's first name among the names of events.
    private let root: Int
    package let operation: FilterOperator
    package let value: JSON
    package let caseSensitive: Bool
    package let optional: Bool
    private let pattern: LinearRegex?

    static let fieldPath = Key<String>(
        "field_path", "The field to look at, such as `call.duration_s` or `data.lead.score`.")
    static let operation = Key<FilterOperator>("operator", "How it is compared.")
    static let value = Key<Node?>("value", "What it is compared with; a list for `in` and `not_in`.")
    static let caseSensitive = Key(
        "case_sensitive", "Whether upper and lower case are different in texts.", default: true)
    static let optional = Key("optional", "Lets events pass that do not have the field.", default: false)

    package var pathText: String { path.joined(separator: ".") }

    /// The rule in words, for `hub explain`.
    package var text: String {
        "\(pathText) \(operation.rawValue)" + (operation.needsValue ? " \(value.text)" : value == false ? " false" : "")
    }

    /// Whether `event` passes, and the value that was found.
    package func answer(for event: EventView) -> (answer: Answer, found: JSON?) {
        let found = lookUp(event)
        let known = found.flatMap { $0.isNull ? nil : $0 }
        switch operation {
        case .exists: return ((known != nil) == (value != false) ? .holds : .fails, found)
        case .isEmpty: return (Self.isEmpty(known) == (value != false) ? .holds : .fails, found)
        default: break
        }
        guard let known else {
            return (
                optional ? .holds : .unknown(found == nil ? "there is no \(pathText)" : "\(pathText) is null"), found
            )
        }
        guard let holds = compare(known) else {
            return (
                .unknown("\(pathText) is \(Self.kind(known)), which cannot be compared with \(Self.kind(value))"), found
            )
        }
        return (holds ? .holds : .fails, found)
    }

    private func lookUp(_ event: EventView) -> JSON? {
        guard var at = event.root(at: root, Surroundings()) else { return nil }
        for step in path.dropFirst() {
            switch at {
            case .object: guard let next = at[step] else { return nil }; at = next
            case .array: guard let index = Int(step), let next = at[index] else { return nil }; at = next
            default: return nil
            }
        }
        return at
    }

    /// Nil when the two are of kinds that cannot be compared.
    private func compare(_ found: JSON) -> Bool? {
        switch operation {
        case .equals: return equal(found, value)
        case .notEquals: return !equal(found, value)
        case .greaterThan: return order(found).map { $0 > 0 }
        case .greaterOrEqual: return order(found).map { $0 >= 0 }
        case .lessThan: return order(found).map { $0 < 0 }
        case .lessOrEqual: return order(found).map { $0 <= 0 }
        case .contains: return contains(found)
        case .notContains: return contains(found).map { !$0 }
        case .startsWith: return texts(found).map { $0.0.starts(with: $0.1) }
        case .endsWith: return texts(found).map { $0.0.reversed().starts(with: $0.1.reversed()) }
        case .isIn: return value.array.map { $0.contains { equal(found, $0) } }
        case .notIn: return value.array.map { !$0.contains { equal(found, $0) } }
        case .matches:
            guard let text = found.string else { return nil }
            var budget = 1_000_000
            return pattern.map {
                $0.firstMatch(in: Array(text.unicodeScalars), captures: false, budget: &budget) != nil
            }
        case .exists, .isEmpty: return nil
        }
    }

    private func folded(_ text: String) -> [Unicode.Scalar] {
        Array((caseSensitive ? text : text.lowercased()).unicodeScalars)
    }

    private func texts(_ found: JSON) -> ([Unicode.Scalar], [Unicode.Scalar])? {
        guard let text = found.string, let other = value.string else { return nil }
        return (folded(text), folded(other))
    }

    private func equal(_ a: JSON, _ b: JSON) -> Bool {
        if let left = a.string, let right = b.string { return folded(left) == folded(right) }
        if let left = a.int, let right = b.int { return left == right }
        if let left = a.double, let right = b.double { return left == right }
        return a == b
    }

    /// Numbers by value, texts (and so times) by code points.
    private func order(_ found: JSON) -> Int? {
        if let left = found.double, let right = value.double { return left < right ? -1 : left > right ? 1 : 0 }
        guard let (left, right) = texts(found) else { return nil }
        return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private func contains(_ found: JSON) -> Bool? {
        if let items = found.array { return items.contains { equal($0, value) } }
        if let object = found.object { return value.string.map { object[$0] != nil } }
        guard let (text, part) = texts(found) else { return nil }
        if part.isEmpty { return true }
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }

    private static func isEmpty(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null: true
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }

    private static func kind(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .int, .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension FilterRule: ConfigSection {
    package static var fields: [KeyField] {
        [fieldPath.field, operation.field, value.field, caseSensitive.field, optional.field]
    }

    package init(_ section: Section) throws(ConfigError) {
        let text = try section[Self.fieldPath]
        path = text.replacing("[", with: ".").replacing("]", with: "").split(separator: ".").map(String.init)
        operation = try section[Self.operation]
        value = try section[Self.value].map { $0.revealedJSON() } ?? .null
        caseSensitive = try section[Self.caseSensitive]
        optional = try section[Self.optional]
        guard let root = path.first.flatMap(EventView.position) else {
            let guess = path.first.flatMap { nearest($0, in: EventView.names) }
            throw section.error(
                "\"\(text)\" does not begin with a name that events have", at: Self.fieldPath,
                help: (guess.map { "Did you mean \"\($0)\"? " } ?? "")
                    + "It begins with one of \(EventView.names.joined(separator: ", ")).")
        }
        self.root = root
        if operation.needsValue, !section.isGiven(Self.value) {
            throw section.error("\"\(operation.rawValue)\" needs a \"value\" to compare with", at: Self.operation)
        }
        if operation == .isIn || operation == .notIn, value.array == nil {
            throw section.error(
                "\"\(operation.rawValue)\" needs a list", at: Self.value, help: "Write [\(value.text)].")
        }
        if operation == .matches {
            guard let source = value.string else {
                throw section.error("\"matches\" needs a regular expression as text", at: Self.value)
            }
            do throws(LinearRegex.Failure) {
                pattern = try LinearRegex(caseSensitive ? source : "(?i)" + source)
            } catch {
                throw section.error("the regular expression cannot be read: \(error.problem)", at: Self.value)
            }
        } else {
            pattern = nil
        }
    }
}
