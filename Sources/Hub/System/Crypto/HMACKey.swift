// Thread rule: a digest is self-contained; a keyed HMAC is guarded by its own lock. Oldest OpenSSL accepted: 3.0.
internal import COpenSSL
import Synchronization

package enum DigestAlgorithm: String, Sendable, CaseIterable {
    case sha1, sha256, sha512

    var name: String { rawValue.uppercased() }

    /// The library's implementation, looked up once: each look-up takes longer than a short digest.
    // Sendable because the library never changes it once it is fetched.
    private struct Implementation: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ name: String) {
            guard let pointer = EVP_MD_fetch(nil, name, nil) else { preconditionFailure("OpenSSL offers no \(name)") }
            self.pointer = pointer
        }
    }

    private static let sha1Implementation = Implementation("SHA1")
    private static let sha256Implementation = Implementation("SHA256")
    private static let sha512Implementation = Implementation("SHA512")

    private var implementation: Implementation {
        switch self {
        case .sha1: Self.sha1Implementation
        case .sha256: Self.sha256Implementation
        case .sha512: Self.sha512Implementation
        }
    }
    /// Bytes of a digest.
    package var length: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The digest of `bytes`.
    package func digest(_ bytes: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: length)
        let good = bytes.withUnsafeBytes { input in
            out.withUnsafeMutableBufferPointer {
                EVP_Digest(input.baseAddress, input.count, $0.baseAddress, nil, implementation.pointer, nil)
            }
        }
        precondition(good == 1, "OpenSSL refused a digest")
        return out
    }
}

/// An HMAC key, set up once; codes are then cheap.
package final class HMACKey: Sendable {
    package let algorithm: DigestAlgorithm
    private let context: Mutex<Context>

    // Sendable because the pointer is only touched while the lock is held.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    package init(_ key: [UInt8], _ algorithm: DigestAlgorithm) {
        guard let pointer = hub_hmac_new(algorithm.name, key, key.count) else {
            preconditionFailure("OpenSSL offers no HMAC with \(algorithm.name)")
        }
        self.algorithm = algorithm
        context = Mutex(Context(pointer: pointer))
    }

    deinit { context.withLock { EVP_MAC_CTX_free($0.pointer) } }

    /// The code over the pieces one after the other.
    package func code(_ pieces: [UInt8]...) -> [UInt8] { code(pieces) }

    package func code(_ pieces: [[UInt8]]) -> [UInt8] {
        context.withLock { context in
            var out = [UInt8](repeating: 0, count: algorithm.length)
            var written = 0
            var good = hub_hmac_restart(context.pointer)
            for piece in pieces where good == 1 {
                good = piece.withUnsafeBufferPointer { EVP_MAC_update(context.pointer, $0.baseAddress, $0.count) }
            }
            if good == 1 { good = EVP_MAC_final(context.pointer, &out, &written, out.count) }
            precondition(good == 1, "OpenSSL refused an HMAC")
            return out
        }
    }
}

/// Equality whose time depends on the lengths alone.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    if a.isEmpty { return true }
    return CRYPTO_memcmp(a, b, a.count) == 0
}

/// Bytes from the system's cryptographic generator.
package func secureRandom(_ count: Int) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: count)
    precondition(RAND_bytes(&out, Int32(count)) == 1, "no randomness")
    return out
}
