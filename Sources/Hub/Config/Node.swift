public import HubModel

/// A value of a configuration file, with the place it was written at.
public struct Node: Sendable {
    public enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        /// In the order of the file; names are distinct.
        case mapping([Member])
    }

    public struct Member: Sendable {
        public var name: String
        /// Where the name is written.
        public var nameSpan: Span
        public var value: Node

        public init(name: String, nameSpan: Span, value: Node) {
            (self.name, self.nameSpan, self.value) = (name, nameSpan, value)
        }
    }

    public var content: Content
    /// From the value's first character to just after its last.
    public var span: Span
    /// The name that this is the value of (or an element of the value); nil for a file's root.
    public var name: String?
    /// The place of that name, at which a missing key is reported.
    public var nameSpan: Span?

    public init(_ content: Content, span: Span, name: String? = nil, nameSpan: Span? = nil) {
        (self.content, self.span, self.name, self.nameSpan) = (content, span, name, nameSpan)
    }

    /// The stand-in for a section that the file does not have.
    public static func empty(_ name: String, at span: Span) -> Node {
        Node(.mapping([]), span: span, name: name, nameSpan: span)
    }

    public var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    public var elements: [Node]? { if case .sequence(let nodes) = content { nodes } else { nil } }
    public var members: [Member]? { if case .mapping(let members) = content { members } else { nil } }
    public var isNull: Bool { scalar?.value == .null }
    public var position: Position { span.start }

    /// The value of a mapping's member; nil when there is none, or this is no mapping.
    public subscript(name: String) -> Node? {
        members?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The value as JSON with every expansion in clear text: for feeding programs, never for showing.
    public func revealedJSON() -> JSON {
        switch content {
        case .scalar(let scalar): scalar.revealedJSON()
        case .sequence(let nodes): .array(nodes.map { $0.revealedJSON() })
        case .mapping(let members):
            .object(JSONObject(members.map { JSONObject.Member($0.name, $0.value.revealedJSON()) }))
        }
    }

    /// What the value is, for messages: `a list`, `text`, `a whole number`.
    public var kindInWords: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: "nothing"
            case .bool: "true or false"
            case .int: "a whole number"
            case .double: "a number"
            case .text: "text"
            }
        }
    }
}

/// A single value and how it was written.
///
/// It holds what the file says; what `${env:…}` and `${file:…}` stand for is kept beside it as secrets, so that a dump
/// of a node shows the reference and never the value.
public struct Scalar: Sendable {
    public enum Style: Sendable, Equatable { case plain, singleQuoted, doubleQuoted, literal, folded }

    /// A value by the core schema of YAML 1.2.
    public enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case int(Int)
        case double(Double)
        case text
    }

    /// One `${…}` and what it stands for.
    public struct Expansion: Sendable, Equatable {
        /// The byte range of the whole reference in `source`.
        public var range: Range<Int>
        /// What is read: `env:NAME` or `file:PATH`; nil for `$${`, which stands for `${`.
        public var reference: String?
        /// Text, never template source.
        public var value: Secret

        public init(range: Range<Int>, reference: String?, value: Secret) {
            (self.range, self.reference, self.value) = (range, reference, value)
        }
    }

    /// The value as YAML reads it (escapes resolved, lines folded), with references as they were written.
    public var source: String
    public var style: Style
    /// In order, not overlapping; empty before the loader has expanded the tree.
    public var expansions: [Expansion]
    /// By the core schema for plain scalars; text for quoted ones, and for those with expansions, never re-typed.
    public var value: Value
    /// Whether a reference in it leads nowhere; that is reported once, and not again by those who read it.
    var isUnresolved = false

    public init(_ source: String, style: Style = .plain, expansions: [Expansion] = []) {
        (self.source, self.style, self.expansions) = (source, style, expansions)
        value = style == .plain && expansions.isEmpty ? CoreSchema.value(of: source) : .text
    }

    /// Whether it holds a reference to the environment or a file.
    public var hasReferences: Bool { expansions.contains { $0.reference != nil } }

    /// The text with its references replaced by what they stand for. Do not print it when `hasReferences`.
    public var text: String {
        guard !expansions.isEmpty else { return source }
        let bytes = Array(source.utf8)
        var out: [UInt8] = []
        var at = 0
        for expansion in expansions where expansion.range.lowerBound >= at && expansion.range.upperBound <= bytes.count
        {
            out += bytes[at..<expansion.range.lowerBound]
            out += expansion.value.revealedBytes()
            at = expansion.range.upperBound
        }
        out += bytes[at...]
        return String(decoding: out, as: UTF8.self)
    }

    func revealedJSON() -> JSON {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): CoreSchema.json(of: source, value)
        case .text: .string(text)
        }
    }
}
