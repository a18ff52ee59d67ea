internal import COpenSSL

/// TLS on one connection, spoken as the server on a socket that never blocks.
package final class TLSSession {
    package enum Outcome: Equatable, Sendable {
        case bytes(Int)
        /// The peer will send nothing more.
        case ended
        /// To be asked again when the socket has something to read, or has room.
        case wantsRead, wantsWrite
        case failed
    }

    private let session: OpaquePointer
    /// After a fatal error the library must not be asked to say goodbye.
    private var isSound = true

    /// The socket stays the caller's, who closes it after the session is gone. Nil without memory.
    package init?(_ identity: TLSIdentity, descriptor: Int32) {
        guard let session = SSL_new(identity.context) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_accept_state(session)
        self.session = session
    }

    deinit { SSL_free(session) }

    /// Goes on with the handshake; `bytes(0)` when it is done.
    package func greet() -> Outcome {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        return result == 1 ? .bytes(0) : outcome(result)
    }

    /// Gives at most one record. There may be more within the session that the socket does not tell of, so read until
    /// more is wanted.
    package func read(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        ERR_clear_error()
        let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        return count > 0 ? .bytes(Int(count)) : outcome(count)
    }

    /// What was not taken must be offered again, from there on, before anything else.
    package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard !bytes.isEmpty else { return .bytes(0) }
        ERR_clear_error()
        let count = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        return count > 0 ? .bytes(Int(count)) : outcome(count)
    }

    /// Tells the peer that nothing more will come, as far as there is room to say so.
    package func finishWriting() {
        guard isSound, SSL_is_init_finished(session) == 1 else { return }
        ERR_clear_error()
        SSL_shutdown(session)
        isSound = false
    }

    private func outcome(_ result: Int32) -> Outcome {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            isSound = false
            return .failed
        }
    }
}
