/// A kind of record that webhooks build up part by part, such as `call`: declared once, and followed everywhere by name,
/// prefix and fields.
public struct RecordKind: Sendable {
    private final class Declaration: Sendable {
        let number: UInt8
        let name: String
        let idPrefix: String
        let model: RecordModel

        init(number: UInt8, name: String, idPrefix: String, model: RecordModel) {
            (self.number, self.name, self.idPrefix, self.model) = (number, name, idPrefix, model)
        }
    }

    private let declaration: Declaration

    /// A permanent number from 1 to 255 that stored records carry; never used again for another kind.
    package var number: UInt8 { declaration.number }
    /// What JSON, rules, templates and the command line call it.
    public var name: String { declaration.name }
    /// What its canonical ids begin with, such as `call_`.
    public var idPrefix: String { declaration.idPrefix }
    public var model: RecordModel { declaration.model }

    /// - Parameter fields: A value whose stored properties are the kind's fields. The first three are the hub's id, the
    ///   provider and the provider's id, with the numbers 0, 1 and 2.
    package init(_ name: String, number: UInt8, idPrefix: String, meaning: String, fields: some AnyObject & Sendable) {
        let model = RecordModel(name: name, meaning: meaning, fields: FieldSpec.declared(in: fields))
        precondition(
            model.fields.prefix(3).map(\.number) == [CommonField.id, CommonField.provider, CommonField.providerID]
                && model.fields.prefix(2).map(\.name) == ["id", "provider"],
            "\(name) must begin with id, provider and the provider's id")
        declaration = Declaration(number: number, name: name, idPrefix: idPrefix, model: model)
    }

    static func numbered(_ number: UInt8) -> RecordKind? { allCases.first { $0.number == number } }
}

extension RecordKind: CaseIterable {
    /// Every kind that the hub knows, in the order in which docs show them.
    public static let allCases: [RecordKind] = [.call, .message]
}

extension RecordKind: RawRepresentable {
    /// The declared kind of that name.
    public init?(rawValue name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    public var rawValue: String { name }
}

extension RecordKind: Hashable {
    public static func == (a: RecordKind, b: RecordKind) -> Bool { a.declaration === b.declaration }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(declaration)) }
}

/// Numbers that every kind of record gives to the same fields: the hub itself fills in the first two.
enum CommonField {
    static let id = 0
    static let provider = 1
    static let providerID = 2
}
