// Thread rule: a context may be used by every thread once it is set up; a session belongs to one thread at a time.
// Oldest OpenSSL accepted: 3.0.
internal import COpenSSL

/// Who a server is: a certificate with its chain, and the key to it, checked to belong together.
// Sendable because a context is not changed after its initializer, and the library counts its users atomically.
package final class TLSIdentity: @unchecked Sendable {
    /// Why files are no identity, and which of them is to blame.
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package enum Part: Sendable { case certificate, key }

        package let part: Part
        package let description: String
    }

    let context: OpaquePointer
    /// When the certificate begins and ends to hold, in seconds since 1970.
    package let holds: ClosedRange<Int>

    /// Reads both as PEM: the server's own certificate first, then those that lead to an authority.
    package init(certificate: [UInt8], key: [UInt8]) throws(Problem) {
        guard let context = hub_tls_new() else {
            throw Problem(part: .certificate, description: "OpenSSL cannot be set up for TLS")
        }
        do throws(Problem) {
            holds = try Self.use(certificate: certificate, context)
            try Self.use(key: key, context)
        } catch {
            SSL_CTX_free(context)
            ERR_clear_error()
            throw error
        }
        ERR_clear_error()
        self.context = context
    }

    deinit { SSL_CTX_free(context) }

    private static func use(certificate: [UInt8], _ context: OpaquePointer) throws(Problem) -> ClosedRange<Int> {
        guard let text = BIO_new_mem_buf(certificate, Int32(clamping: certificate.count)) else {
            throw Problem(part: .certificate, description: "there is no memory for it")
        }
        defer { BIO_free(text) }
        guard let own = PEM_read_bio_X509_AUX(text, nil, nil, nil) else {
            throw Problem(part: .certificate, description: "it holds no certificate in PEM form")
        }
        defer { X509_free(own) }
        guard SSL_CTX_use_certificate(context, own) == 1 else {
            throw Problem(part: .certificate, description: "its certificate cannot be used (\(reason()))")
        }
        while let next = PEM_read_bio_X509(text, nil, nil, nil) {
            defer { X509_free(next) }
            guard hub_tls_add_to_chain(context, next) == 1 else {
                throw Problem(part: .certificate, description: "its chain cannot be used (\(reason()))")
            }
        }
        let begin = hub_tls_seconds(X509_get0_notBefore(own))
        return begin...max(begin, hub_tls_seconds(X509_get0_notAfter(own)))
    }

    private static func use(key: [UInt8], _ context: OpaquePointer) throws(Problem) {
        guard let text = BIO_new_mem_buf(key, Int32(clamping: key.count)) else {
            throw Problem(part: .key, description: "there is no memory for it")
        }
        defer { BIO_free(text) }
        var isLocked: Int32 = 0
        guard let key = hub_tls_read_key(text, &isLocked) else {
            throw Problem(
                part: .key,
                description: isLocked != 0
                    ? "its key needs a password, and there is nobody to ask" : "it holds no private key in PEM form")
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1 else {
            throw Problem(part: .key, description: "its key does not belong to the certificate")
        }
    }

    private static func reason() -> String {
        ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "unknown"
    }
}
