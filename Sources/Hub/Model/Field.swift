/// One field of a canonical record with the Swift type that adapters read and write it as, declared once: everything else
/// about the field (JSON, storage, merging, docs, the check of rules) follows from the declaration.
public final class Field<Value>: Sendable {
    /// Its permanent number within its kind, from 0 to 63. Databases refer to it: it is never changed, nor used again for
    /// another field when this one is gone.
    public let number: Int
    public let read: @Sendable (JSON) -> Value
    public let write: @Sendable (Value) -> JSON
    package let spec: FieldSpec

    package init(
        _ number: Int, _ name: String, shape: Shape, merge: MergeRule, rank: @escaping @Sendable (JSON) -> Int,
        visibility: Visibility, meaning: String, read: @escaping @Sendable (JSON) -> Value,
        write: @escaping @Sendable (Value) -> JSON
    ) {
        (self.number, self.read, self.write) = (number, read, write)
        spec = FieldSpec(
            number: number, name: name, shape: shape, merge: merge, rank: rank, visibility: visibility,
            meaning: meaning)
    }
}

extension Field where Value: FieldValue {
    /// A field whose shape follows from its type; a dot in its name makes it a member of a group. `normalized` is applied
    /// to whatever is written.
    package convenience init(
        _ number: Int, _ name: String, shape: Shape? = nil, merge: MergeRule = .latest,
        visibility: Visibility = .operational, _ meaning: String,
        normalized: @escaping @Sendable (Value) -> Value = { $0 }
    ) {
        self.init(
            number, name, shape: shape ?? Value.fieldShape, merge: merge, rank: Value.rank, visibility: visibility,
            meaning: meaning, read: { Value(fieldJSON: $0) }, write: { normalized($0).fieldJSON })
    }
}

/// What a field can be in Swift: an optional item or a list of items.
public protocol FieldValue: Sendable {
    static var fieldShape: Shape { get }
    init(fieldJSON: JSON)
    var fieldJSON: JSON { get }
    /// How far along its life a status is; what is no status has no rank.
    static func rank(_ value: JSON) -> Int
}

extension FieldValue {
    public static func rank(_ value: JSON) -> Int { 0 }
}

/// What an optional field or a list can hold.
public protocol FieldItem: Sendable {
    static var itemShape: Shape { get }
    static func item(_ value: JSON) -> Self?
    /// Null when there is nothing to say.
    var itemJSON: JSON { get }
    static func itemRank(_ value: JSON) -> Int
}

extension FieldItem {
    public static func itemRank(_ value: JSON) -> Int { 0 }
}

extension Optional: FieldValue where Wrapped: FieldItem {
    public static var fieldShape: Shape { Wrapped.itemShape }
    public init(fieldJSON value: JSON) { self = Wrapped.item(value) }
    public var fieldJSON: JSON { self?.itemJSON ?? .null }
    public static func rank(_ value: JSON) -> Int { Wrapped.itemRank(value) }
}

extension Array: FieldValue where Element: FieldItem {
    public static var fieldShape: Shape { .list(Element.itemShape) }
    public init(fieldJSON value: JSON) {
        if case .array(let items) = value { self = items.compactMap(Element.item) } else { self = [] }
    }
    public var fieldJSON: JSON { isEmpty ? .null : .array(map(\.itemJSON)) }
}

extension String: FieldItem {
    public static var itemShape: Shape { .text }
    public static func item(_ value: JSON) -> String? { value.string }
    public var itemJSON: JSON { .string(self) }
}

extension Timestamp: FieldItem {
    public static var itemShape: Shape { .time }
    public static func item(_ value: JSON) -> Timestamp? { value.string.flatMap { Timestamp(iso8601: $0) } }
    public var itemJSON: JSON { .string(description) }
}

extension Double: FieldItem {
    public static var itemShape: Shape { .number }
    public static func item(_ value: JSON) -> Double? { value.double }
    public var itemJSON: JSON { JSON(self) }
}

extension JSON: FieldItem {
    public static var itemShape: Shape { .any }
    public static func item(_ value: JSON) -> JSON? { value.isNull ? nil : value }
    public var itemJSON: JSON { self }
}

extension Word {
    public static var itemShape: Shape { .word(Self.self) }
    public static func item(_ value: JSON) -> Self? { value.string.flatMap(Self.init(rawValue:)) }
    public var itemJSON: JSON { .string(rawValue) }
}

extension RankedWord {
    public static func itemRank(_ value: JSON) -> Int { item(value)?.rank ?? 0 }
}

/// A kind of record with its fields as typed properties: `call.summary` reads and writes `Call.fields.summary`.
///
/// Unknown fields are nil; setting an empty text or list means unknown.
@dynamicMemberLookup
public protocol TypedRecord: Sendable, Hashable {
    /// A class, so that reaching one field does not copy them all.
    associatedtype Fields: AnyObject & Sendable
    static var fields: Fields { get }
    static var kind: RecordKind { get }
    var record: Record { get set }
    init()
}

extension TypedRecord {
    public init?(_ record: Record) {
        guard record.kind == Self.kind else { return nil }
        self.init()
        self.record = record
    }

    // Inlined, so that the compiler sees which property the key path means and goes straight to it.
    @inlinable
    public subscript<Value>(dynamicMember field: KeyPath<Fields, Field<Value>>) -> Value {
        @inline(__always) get {
            let field = Self.fields[keyPath: field]
            return field.read(record[field.number])
        }
        @inline(__always) set {
            let field = Self.fields[keyPath: field]
            record[field.number] = field.write(newValue)
        }
    }

    /// Whether a field is known, without making its value.
    @inlinable
    public func knows<Value>(_ field: KeyPath<Fields, Field<Value>>) -> Bool {
        record.known.contains(Self.fields[keyPath: field].number)
    }

    public static var model: RecordModel { kind.model }
}
