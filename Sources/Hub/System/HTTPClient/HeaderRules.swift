import Foundation

/// Which header names a request may carry.
///
/// The configuration applies the rules when it is loaded, and the client before it sends, so that a name is refused
/// at its line and not at every delivery.
package enum HeaderRules {
    package enum Refusal: Sendable, Equatable {
        /// Not a token as RFC 9110 §5.6.2 defines it.
        case malformed
        /// A name that decides where the request goes or where it ends; the hub sets it itself.
        case reserved
    }

    /// Why a request may not carry a header of this name, or nil if it may.
    package static func refusal(ofName name: String) -> Refusal? {
        var name = name
        return name.withUTF8 { refusal(ofName: UnsafeRawBufferPointer($0)) }
    }

    /// The same for the bytes of a name.
    static func refusal(ofName bytes: UnsafeRawBufferPointer) -> Refusal? {
        guard HTTPToken.isToken(bytes) else { return .malformed }
        switch bytes.count {
        // The lengths of the reserved names; most headers have another.
        case 4, 6, 7, 10, 14, 17: return reserved.contains { HTTPToken.equal(bytes, $0) } ? .reserved : nil
        default: return nil
        }
    }

    private static let reserved: [StaticString] = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "trailer",
    ]
}
