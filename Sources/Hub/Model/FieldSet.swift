/// A set of fields of one kind of record, kept as one bit for each field number.
public struct FieldSet: Sendable, Hashable {
    /// Bit n represents the field with number n.
    public private(set) var bits: UInt64

    public init(bits: UInt64 = 0) { self.bits = bits }

    /// The fields of `kind` with these names; other names are ignored.
    public init(_ names: [String], in kind: RecordKind) {
        self.init()
        for name in names {
            if let field = kind.model.fields.first(where: { $0.name == name }) { insert(field.number) }
        }
    }

    public var isEmpty: Bool { bits == 0 }
    public var count: Int { bits.nonzeroBitCount }

    public func contains(_ number: Int) -> Bool { bits & Self.bit(number) != 0 }
    package mutating func insert(_ number: Int) { bits |= Self.bit(number) }
    package mutating func remove(_ number: Int) { bits &= ~Self.bit(number) }
    package func union(_ other: FieldSet) -> FieldSet { FieldSet(bits: bits | other.bits) }
    package func intersection(_ other: FieldSet) -> FieldSet { FieldSet(bits: bits & other.bits) }
    package func subtracting(_ other: FieldSet) -> FieldSet { FieldSet(bits: bits & ~other.bits) }

    /// The names of these fields, in the order in which `kind` declares them; numbers it does not declare have none.
    public func names(in kind: RecordKind) -> [String] {
        isEmpty ? [] : kind.model.fields.compactMap { contains($0.number) ? $0.name : nil }
    }

    private static func bit(_ number: Int) -> UInt64 { 1 << UInt64(truncatingIfNeeded: number) }
}

extension FieldSet: Sequence {
    /// The numbers in ascending order.
    public func makeIterator() -> Numbers { Numbers(bits) }

    public struct Numbers: IteratorProtocol {
        private var rest: UInt64

        init(_ bits: UInt64) { rest = bits }

        public mutating func next() -> Int? {
            guard rest != 0 else { return nil }
            let number = rest.trailingZeroBitCount
            rest &= rest &- 1
            return number
        }
    }
}
