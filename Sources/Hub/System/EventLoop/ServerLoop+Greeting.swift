import Foundation
import TLS

/// The first moments of a connection that is to speak TLS.
extension ServerLoop {
    /// What every handshake begins with: the type of its record (RFC 8446 §5.1).
    private static var handshake: UInt8 { 22 }

    /// Goes on with the handshake; afterwards the connection is read as any other.
    func greet(_ connection: Connection) {
        guard let tls = connection.tls else { return }
        if !connection.isGreeted {
            switch Socket.peek(connection.descriptor) {
            case (.bytes, Self.handshake): connection.isGreeted = true
            case (.bytes, _): return answerPlainly(connection)
            case (.wouldBlock, _): return
            default: return end(connection)
            }
        }
        switch connection.outcome(tls.greet()) {
        case .bytes:
            connection.phase = .reading
            connection.mustRead = true
            goOnSoon(connection)
        case .wouldBlock: return
        case .ended, .failed: end(connection)
        }
    }

    /// Somebody has said http where https was meant, and is told so in words that it understands.
    private func answerPlainly(_ connection: Connection) {
        handlers?.refused?(400, "plain HTTP on a port for TLS")
        writer.make(
            HTTPReply(
                to: 0, status: 400, headers: [("Content-Type", "application/json")],
                body: Array("{\"error\":\"this port speaks TLS: use https\"}\n".utf8)), toHead: false, .close)
        _ = writer.bytes.withUnsafeBytes { Socket.write(connection.descriptor, $0) }
        leaveReadingLists(connection)
        startDraining(connection)
    }
}
