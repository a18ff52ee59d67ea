public import HubModel

/// A value that is used and never shown: every description, dump, mirror and encoding of it is dots.
///
/// The two ways to its content say what they do, so that a review finds them by searching for `reveal`.
public struct Secret: Sendable, Hashable {
    private let bytes: [UInt8]

    public init(_ text: String) { bytes = Array(text.utf8) }
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The secret in clear text.
    public func revealed() -> String { String(decoding: bytes, as: UTF8.self) }

    /// The secret's bytes in the clear, for keys of signatures.
    public func revealedBytes() -> [UInt8] { bytes }

    public var isEmpty: Bool { bytes.isEmpty }

    /// Takes the same time wherever two secrets of one length differ.
    public static func == (a: Secret, b: Secret) -> Bool {
        guard a.bytes.count == b.bytes.count else { return false }
        var difference: UInt8 = 0
        for index in a.bytes.indices { difference |= a.bytes[index] ^ b.bytes[index] }
        return difference == 0
    }

    /// What is shown in its place; the same for every length.
    public static let mask = "••••••"
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable, Encodable {
    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
    public var json: JSON { .string(Self.mask) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.mask)
    }
}
