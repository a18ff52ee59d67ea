/// A set of fields of one kind of record.
public struct FieldSet: Sendable, Hashable {
    /// Bit n stands for the field of number n.
    public var bits: UInt64

    public init(bits: UInt64 = 0) { self.bits = bits }

    public var isEmpty: Bool { bits == 0 }

    /// The fields of those names; unknown names are left out.
    public init(_ names: [String], in kind: RecordKind) {
        bits = 0
        let fields = kind.model.fields
        for name in names {
            if let slot = fields.firstIndex(where: { $0.name == name }) { bits |= 1 << UInt64(slot) }
        }
    }

    /// The names of the fields, in the model's order.
    public func names(in kind: RecordKind) -> [String] {
        let fields = kind.model.fields
        return fields.indices.filter { bits >> UInt64($0) & 1 == 1 }.map { fields[$0].name }
    }
}
