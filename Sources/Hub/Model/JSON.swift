/// A JSON value that loses nothing: members keep their order and every number keeps every digit that was received.
///
/// RFC 8259. Integers that fit 64 bits are `int`; any other number is `number` and keeps its source text, so `0.10`
/// stays `0.10`, `1.0` stays distinct from `1`, and an id above 2^53 is exact.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// A number as its exact JSON text: a fraction, an exponent, a negative zero, or an integer beyond 64 bits.
public struct JSONNumber: Sendable, Hashable {
    /// Valid JSON number text, as received.
    public let text: String

    /// Keeps `text`, which the caller knows to be a JSON number.
    package init(validated text: String) { self.text = text }

    /// The shortest text that reads back as `value`; nil for infinities and not-a-number, which JSON has no text for.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// The nearest binary floating-point value; infinite when the number is beyond its range.
    public var double: Double { Double(text) ?? .nan }
}

/// The members of an object in the order they came. Of duplicate names the last one is found.
public struct JSONObject: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: JSON

        public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
    }

    public var members: [Member]

    public init(_ members: [Member] = []) { self.members = members }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }

    /// Names are compared code unit by code unit: canonically equivalent spellings are two names.
    public func index(of name: String) -> Int? {
        var place = members.count - 1
        while place >= 0 {
            if Self.same(members[place].name, name) { return place }
            place -= 1
        }
        return nil
    }

    /// Not `==`, which takes canonically equivalent spellings for equal.
    @inline(__always)
    private static func same(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && sameUnits(a.utf8Span.span, b.utf8Span.span)
    }

    /// From the end, where names that begin alike differ.
    @inline(__always)
    private static func sameUnits(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        var place = a.count - 1
        while place >= 0, place < b.count {
            if a[place] != b[place] { return false }
            place -= 1
        }
        return true
    }

    /// Setting a value replaces it in place or appends it; setting nil removes every member of that name.
    public subscript(name: String) -> JSON? {
        get { index(of: name).map { members[$0].value } }
        set {
            guard let newValue else { return members.removeAll { Self.same($0.name, name) } }
            if let at = index(of: name) { members[at].value = newValue } else { members.append(Member(name, newValue)) }
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements.map { Member($0.0, $0.1) }) }
}

// No literal for null: with one, `nil` in an expression of type `JSON?` would silently mean a JSON null.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member($0.0, $0.1) }))
    }
}

extension JSON {
    /// The shortest number for a floating-point value: a whole value within 2^53 is an integer; null when not finite.
    public init(_ value: Double) {
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992, !(value == 0 && value.sign == .minus) {
            self = .int(Int(value))
        } else {
            self = JSONNumber(value).map(JSON.number) ?? .null
        }
    }

    public subscript(name: String) -> JSON? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    public subscript(index: Int) -> JSON? {
        if case .array(let items) = self, items.indices.contains(index) { items[index] } else { nil }
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    public var array: [JSON]? { if case .array(let items) = self { items } else { nil } }
    public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The value of any number as binary floating point; nil for everything else.
    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .number(let number): number.double
        default: nil
        }
    }
}
