import HubModel
import HubTemplates

/// A value of a filter, made ready for comparisons when the configuration is loaded.
struct FilterOperand: Sendable {
    let value: JSON
    let caseSensitive: Bool
    /// The value when it is text, folded if case does not matter.
    let text: String?

    init(_ value: JSON, caseSensitive: Bool) {
        (self.value, self.caseSensitive) = (value, caseSensitive)
        text = value.string.map { caseSensitive ? $0 : $0.lowercased() }
    }

    func folded(_ text: String) -> String { caseSensitive ? text : text.lowercased() }

    /// Texts by their code points, numbers by value.
    func equals(_ found: JSON) -> Bool {
        switch (found, value) {
        case (.string(let found), .string):
            guard let text else { return false }
            return same(folded(found), text)
        case (.int(let left), .int(let right)): return left == right
        default:
            if let left = found.double, let right = value.double { return left == right }
            return found == value
        }
    }

    /// Equal values have equal keys; nil for kinds of values that are not looked up by key.
    var key: LookUpKey? { LookUpKey(value, folding: !caseSensitive) }
}

/// A value as the key that routes are found by. It may be the same for values that are not quite equal.
enum LookUpKey: Sendable, Hashable {
    case text(String)
    case number(Double)
    case bool(Bool)

    init?(_ value: JSON, folding: Bool) {
        switch value {
        case .string(let text): self = .text(folding ? text.lowercased() : text)
        case .bool(let flag): self = .bool(flag)
        case .int, .number:
            guard let number = value.double else { return nil }
            self = .number(number)
        case .null, .array, .object: return nil
        }
    }
}
