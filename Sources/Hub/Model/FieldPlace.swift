/// Where a declared field is in a record: found once by name, and then looked up without making the record's JSON.
package struct FieldPlace: Sendable, Hashable {
    package let kind: RecordKind
    private let number: Int
    /// What JSON shows while the field is unknown.
    private let unknown: JSON
    /// How many names the field's path has.
    package let length: Int

    /// The field that a path of names below the record begins with; nil when no field is all there.
    package init?(_ path: some Collection<String>, in kind: RecordKind) {
        guard let field = kind.model.fields.first(where: { path.starts(with: $0.path) }) else { return nil }
        (self.kind, number, unknown) = (kind, field.number, field.unknown)
        length = field.path.count
    }

    /// As the record's JSON shows the field; nil for a record of another kind.
    package func value(in record: Record) -> JSON? {
        guard record.kind == kind else { return nil }
        if case .null = record.values[number] { return unknown }
        return record.values[number]
    }
}
