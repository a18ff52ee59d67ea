public import HubModel

/// Lenient reading of provider JSON: absent, null and empty text are all nil; numbers may be text; times come in many
/// forms. A wrong type in an optional place is unknown, not an error; `raw` keeps what was there.
extension JSON {
    /// The value at a path of member names, with `[n]` for list elements left to `at(_:)`; nil when absent or null.
    public func at(_ path: String...) -> JSON? { at(path) }

    public func at(_ path: [String]) -> JSON? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value.isNull ? nil : value
    }

    /// The same for a single name, as most are: no list of names is made.
    public func at(_ name: String) -> JSON? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    /// Non-empty text; a number reads as its digits, since ids come as either.
    public func text(_ path: String...) -> String? { Self.text(at(path)) }
    public func text(_ name: String) -> String? { Self.text(self[name]) }

    private static func text(_ value: JSON?) -> String? {
        switch value {
        case .string(let text): text.isEmpty ? nil : text
        case .int(let value): String(value)
        case .number(let number): number.text
        default: nil
        }
    }

    /// A number, or text that reads as one.
    public func number(_ path: String...) -> Double? { Self.number(at(path)) }
    public func number(_ name: String) -> Double? { Self.number(self[name]) }

    private static func number(_ value: JSON?) -> Double? {
        switch value {
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .some(let value): value.double.flatMap { $0.isFinite ? $0 : nil }
        case nil: nil
        }
    }

    /// A number digit for digit; text that reads as a number becomes that number.
    public func exactNumber(_ path: String...) -> JSON? {
        switch at(path) {
        case .int(let value): .int(value)
        case .number(let number): .number(number)
        case .string(let text): (try? JSON(parsing: text)).flatMap { $0.double == nil ? nil : $0 }
        default: nil
        }
    }

    /// ISO 8601 text, or Unix time in seconds or milliseconds as a number or text.
    public func time(_ path: String...) -> Timestamp? { Self.time(at(path)) }
    public func time(_ name: String) -> Timestamp? { Self.time(self[name]) }

    private static func time(_ value: JSON?) -> Timestamp? {
        switch value {
        case .string(let text): Timestamp(iso8601: text) ?? Double(text).flatMap { Timestamp(unix: $0) }
        case .some(let value): value.double.flatMap { Timestamp(unix: $0) }
        case nil: nil
        }
    }

    /// The elements of a list; empty when it is something else.
    public func list(_ path: String...) -> [JSON] { at(path)?.array ?? [] }
    public func list(_ name: String) -> [JSON] { self[name]?.array ?? [] }

    /// The texts of a list; one text reads as a list of it.
    public func texts(_ path: String...) -> [String] {
        switch at(path) {
        case .string(let text): text.isEmpty ? [] : [text]
        case .array(let items): items.compactMap { $0.string }.filter { !$0.isEmpty }
        default: []
        }
    }

    /// `true`, or the text or number that means it.
    public func flag(_ path: String...) -> Bool? {
        switch at(path) {
        case .bool(let value): value
        case .string("true"), .int(1): true
        case .string("false"), .int(0): false
        default: nil
        }
    }
}
