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
/// There are three results: met, not met, or undecided because the field is missing or of another
/// kind than the value. Only a condition that is met lets an event through; `optional: true` lets a missing field pass.
package struct FilterRule: Sendable {
    /// Whether an event meets a rule.
    package enum Truth: Sendable, Equatable {
        case holds, fails
        /// Why it cannot be said.
        case unknown(String)
    }

    package let path: [String]
    /// The same path, resolved.
    let place: EventPath
    package let operation: FilterOperator
    package let value: JSON
    package let caseSensitive: Bool
    package let optional: Bool
    /// The value as it is compared with, and the elements of a list.
    let operand: FilterOperand
    let choices: [FilterOperand]
    private let pattern: LinearRegex?

    static let fieldPath = Key<String>(
        "field_path", "The field to look at, such as `call.duration_s` or `data.lead.score`.")
    static let operation = Key<FilterOperator>("operator", "The comparison.")
    static let value = Key<Node?>("value", "The value to compare with; a list for `in` and `not_in`.")
    static let caseSensitive = Key(
        "case_sensitive", "Whether text comparisons are case-sensitive.", default: true)
    static let optional = Key("optional", "Whether events without the field pass.", default: false)

    package var pathText: String { path.joined(separator: ".") }

    /// The rule in words, for `hub explain`.
    package var text: String {
        "\(pathText) \(operation.rawValue)" + (operation.needsValue ? " \(value.text)" : value == false ? " false" : "")
    }

    /// Whether `event` passes, and the value that was found.
    package func truth(for event: EventView) -> (truth: Truth, found: JSON?) {
        let found = event.value(at: place, Surroundings())
        let truth: Truth =
            switch judge(found) {
            case .holds: .holds
            case .fails: .fails
            case .missing: .unknown(found == nil ? "there is no \(pathText)" : "\(pathText) is null")
            case .incomparable(let found):
                .unknown("\(pathText) is \(found.kindInWords), which cannot be compared with \(value.kindInWords)")
            }
        return (truth, found)
    }

    /// Whether the value at its path meets the rule.
    func holds(_ found: JSON?) -> Bool { if case .holds = judge(found) { true } else { false } }

    private enum Judgement {
        case holds, fails, missing
        case incomparable(JSON)

        init(_ holds: Bool) { self = holds ? .holds : .fails }
    }

    private func judge(_ found: JSON?) -> Judgement {
        var known = found
        if case .null? = found { known = nil }
        switch operation {
        case .exists: return Judgement((known != nil) == (value != false))
        case .isEmpty: return Judgement(Self.isEmpty(known) == (value != false))
        default: break
        }
        guard let known else { return optional ? .holds : .missing }
        return compare(known).map { Judgement($0) } ?? .incomparable(known)
    }

    /// Nil when the two are of kinds that cannot be compared.
    private func compare(_ found: JSON) -> Bool? {
        switch operation {
        case .equals: return operand.equals(found)
        case .notEquals: return !operand.equals(found)
        case .greaterThan: return order(found).map { $0 > 0 }
        case .greaterOrEqual: return order(found).map { $0 >= 0 }
        case .lessThan: return order(found).map { $0 < 0 }
        case .lessOrEqual: return order(found).map { $0 <= 0 }
        case .contains: return contains(found)
        case .notContains: return contains(found).map { !$0 }
        case .startsWith: return texts(found).map { $0.0.utf8.starts(with: $0.1.utf8) }
        case .endsWith: return texts(found).map { $0.0.utf8.reversed().starts(with: $0.1.utf8.reversed()) }
        case .isIn: return choices.contains { $0.equals(found) }
        case .notIn: return !choices.contains { $0.equals(found) }
        case .matches:
            guard let text = found.string else { return nil }
            var budget = 1_000_000
            return pattern.map {
                $0.firstMatch(in: Array(text.unicodeScalars), captures: false, budget: &budget) != nil
            }
        case .exists, .isEmpty: return nil
        }
    }

    /// What was found and the value, folded where case does not matter. UTF-8 has the order, the beginnings and the parts
    /// of the code points it stands for.
    private func texts(_ found: JSON) -> (String, String)? {
        guard let text = found.string, let other = operand.text else { return nil }
        return (operand.folded(text), other)
    }

    /// Numbers by value, texts (and so times) by code points.
    private func order(_ found: JSON) -> Int? {
        if let left = found.double, let right = value.double { return left < right ? -1 : left > right ? 1 : 0 }
        guard let (left, right) = texts(found) else { return nil }
        return same(left, right) ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    private func contains(_ found: JSON) -> Bool? {
        if let items = found.array { return items.contains { operand.equals($0) } }
        if let object = found.object { return value.string.map { object[$0] != nil } }
        guard let (text, part) = texts(found) else { return nil }
        return Scalars.find(part, in: text) != nil
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
        operand = FilterOperand(value, caseSensitive: caseSensitive)
        choices = value.array?.map { [caseSensitive] in FilterOperand($0, caseSensitive: caseSensitive) } ?? []
        guard let place = EventPath(path, intoLists: true) else {
            let isHidden = section.node[Self.fieldPath.name]?.scalar?.hasReferences == true
            let guess = isHidden ? nil : path.first.flatMap { nearest($0, in: EventView.names) }
            throw section.error(
                "\(section.shown(Self.fieldPath)) does not begin with a name that events have", at: Self.fieldPath,
                help: (guess.map { "Did you mean \"\($0)\"? " } ?? "")
                    + "It begins with one of \(EventView.names.joined(separator: ", ")).")
        }
        self.place = place
        if operation.needsValue, !section.isGiven(Self.value) {
            throw section.error("\"\(operation.rawValue)\" needs a \"value\" to compare with", at: Self.operation)
        }
        if operation == .isIn || operation == .notIn, value.array == nil {
            throw section.error(
                "\"\(operation.rawValue)\" needs a list", at: Self.value,
                help: section.node[Self.value.name]?.scalar?.hasReferences == true ? nil : "Write [\(value.text)].")
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
