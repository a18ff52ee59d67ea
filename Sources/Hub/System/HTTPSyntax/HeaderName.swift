import Foundation

/// The rules for the names of headers.
///
/// They apply when a configuration is loaded and again where bytes are read and written, so that a wrong name is reported
/// at its line and not at every request.
package enum HeaderName {
    package enum Refusal: Sendable, Equatable {
        /// Not a token as RFC 9110 §5.6.2 defines it.
        case malformed
        /// A name that decides where a request goes or where it ends; the hub sets it itself.
        case reserved
    }

    /// Why a request that the hub sends may not carry a header of this name, or nil if it may.
    package static func refusal(of name: String) -> Refusal? {
        var name = name
        return name.withUTF8 { refusal(of: UnsafeRawBufferPointer($0)) }
    }

    /// The same for the bytes of a name.
    package static func refusal(of name: UnsafeRawBufferPointer) -> Refusal? {
        guard isToken(name) else { return .malformed }
        switch name.count {
        // The lengths of the reserved names; most headers have another.
        case 4, 6, 7, 10, 14, 17: return reserved.contains { isEqual(name, $0) } ? .reserved : nil
        default: return nil
        }
    }

    /// Whether the bytes are a token (RFC 9110 §5.6.2): at least one letter, digit or character of ``!#$%&'*+-.^_`|~``.
    package static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    /// The same for bytes in memory, without generic code.
    package static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        return byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    /// Whether `bytes` spell `name`, which is lower case, in upper or lower case.
    package static func isEqual(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
        return strncasecmp(
            base.assumingMemoryBound(to: CChar.self),
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), bytes.count) == 0
    }

    private static let reserved: [StaticString] = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "trailer",
    ]
}
