/// What a value of the model looks like: read by the static check of rules and templates, the JSON Schema and the docs.
public struct Shape: Sendable, Hashable {
    public indirect enum Kind: Sendable, Hashable {
        /// Text; a non-empty list is the closed set of words it may be.
        case string(words: [String])
        case integer
        case number
        case bool
        /// Text holding a UTC time such as `2025-10-09T08:54:20.000Z`.
        case time
        case list(Shape)
        /// An object; `open` ones may have members besides those listed.
        case object([Member], open: Bool)
        /// Anything: the provider's own data.
        case any
    }

    public struct Member: Sendable, Hashable {
        public var name: String
        public var shape: Shape
        public var meaning: String

        public init(_ name: String, _ shape: Shape, _ meaning: String = "") {
            (self.name, self.shape, self.meaning) = (name, shape, meaning)
        }
    }

    public var kind: Kind
    /// Whether null occurs.
    public var nullable: Bool

    public init(_ kind: Kind, nullable: Bool = false) { (self.kind, self.nullable) = (kind, nullable) }

    public static let text = Shape(.string(words: []))
    public static let integer = Shape(.integer)
    public static let number = Shape(.number)
    public static let bool = Shape(.bool)
    public static let time = Shape(.time)
    public static let any = Shape(.any, nullable: true)

    public static func word<W: Word>(_ type: W.Type) -> Shape { Shape(.string(words: W.words)) }
    public static func list(_ element: Shape) -> Shape { Shape(.list(element)) }
    public static func object(_ members: [Member], open: Bool = false) -> Shape { Shape(.object(members, open: open)) }

    /// The same shape, or null.
    public var orNull: Shape { Shape(kind, nullable: true) }
}
