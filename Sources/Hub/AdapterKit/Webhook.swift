import HTTPSyntax
public import HubModel

/// Header fields in the order received, including duplicates; names are compared without regard to ASCII case (RFC 9110 §5.1).
public struct Headers: Sendable {
    public var fields: [(name: String, value: String)]

    public init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// The value of the first field of that name.
    public subscript(name: String) -> String? {
        fields.first { Self.same($0.name, name) }?.value
    }

    /// The values of every field of that name.
    public func all(_ name: String) -> [String] {
        fields.compactMap { Self.same($0.name, name) ? $0.value : nil }
    }

    /// What is wrong with a header's name (RFC 9110 §5.6.2), for the check of a setting; nil when nothing is.
    public static func problem(withName name: String) -> String? {
        HeaderName.isToken(name.utf8) ? nil : "must be a valid header name"
    }

    static func same(_ a: String, _ b: String) -> Bool {
        let (left, right) = (a.utf8, b.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ unit: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(unit) ? unit | 0x20 : unit
    }
}

/// A request to an adapter's path, as received.
public struct RawWebhook: Sendable {
    public var method: String
    /// The request target: path and query, undecoded.
    public var target: String
    public var headers: Headers
    /// The exact bytes of the body.
    public var body: [UInt8]
    public var receivedAt: Timestamp

    public init(method: String = "POST", target: String, headers: Headers, body: [UInt8], receivedAt: Timestamp) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// Why an authentic webhook could not be decoded; it is kept as quarantined and answered with success, unless its proof
/// is refused after all.
public struct DecodeError: Error, Sendable, CustomStringConvertible {
    /// What was expected where, such as `data.id: expected text, found a number`. Never contains a value of the payload.
    public var problem: String
    /// Set when the proof does not authenticate webhooks of this kind; nothing is kept then.
    public private(set) var refusal: ProofRefusal?

    public init(_ problem: String) { self.problem = problem }

    /// The proof that was given does not authenticate what the webhook turned out to be.
    public static func unproven(_ refusal: ProofRefusal) -> DecodeError {
        var error = DecodeError(refusal.words)
        error.refusal = refusal
        return error
    }

    public var description: String { problem }
}

extension DecodeError {
    /// Names the place and the kinds, never a value.
    public static func mismatch(_ path: String, wanted: String, _ found: JSON?) -> DecodeError {
        let kind = found == .string("") ? "empty text" : found?.kindInWords ?? "nothing"
        return DecodeError("\(path): expected \(wanted), found \(kind)")
    }
}
