internal import CEvent
import Foundation
import Synchronization
package import TLS

/// An HTTP/1.1 server on one thread.
///
/// Requests are handed over on the loop's thread; `turnEnded` follows once after each turn of the loop that brought any,
/// so that the owner can hand a whole batch to another thread. Replies may come from any thread, in batches.
///
/// `RequestReader` takes bytes apart, `ServerLoop` owns sockets and deadlines; this is what other threads may touch.
// Sendable because the loop is only touched on its own thread once that runs.
package final class HTTPServer: @unchecked Sendable {
    package typealias Receive = @Sendable (HTTPRequest) -> Void
    /// How long a body may be, asked when the headers are there. Runs on the loop's thread.
    package typealias BodyLimit = @Sendable (_ method: String, _ path: Substring) -> BodyAllowance
    /// Told of each request that the server refused by itself, for the owner's counters.
    package typealias Refused = @Sendable (_ status: Int, _ reason: String) -> Void
    /// Shown a request whose body has not come whole, without its body: what it gives is answered, and the body not read.
    package typealias Screen = @Sendable (HTTPRequest) -> HTTPReply?

    /// Whom requests are handed to.
    package struct Handlers: Sendable {
        package var bodyLimit: BodyLimit?
        package var screen: Screen?
        /// Whether an address may have any number of connections: one of a proxy, behind which many are.
        package var trusts: (@Sendable (_ address: String) -> Bool)?
        package var refused: Refused?
        package var trouble: (@Sendable (HTTPTrouble) -> Void)?
        package var receive: Receive
        package var turnEnded: @Sendable () -> Void

        package init(
            bodyLimit: BodyLimit? = nil, screen: Screen? = nil, trusts: (@Sendable (String) -> Bool)? = nil,
            refused: Refused? = nil, trouble: (@Sendable (HTTPTrouble) -> Void)? = nil, receive: @escaping Receive,
            turnEnded: @escaping @Sendable () -> Void = {}
        ) {
            (self.bodyLimit, self.screen, self.trusts) = (bodyLimit, screen, trusts)
            (self.refused, self.trouble) = (refused, trouble)
            (self.receive, self.turnEnded) = (receive, turnEnded)
        }
    }

    private enum Life { case new, running, stopped }

    private let loop: ServerLoop
    private let mailbox = Mailbox()
    private let life = Mutex(Life.new)
    private let finished = DispatchSemaphore(value: 0)
    private let emptied = DispatchSemaphore(value: 0)

    /// The port that is listened on; what the system chose when 0 was asked for.
    package let port: Int

    /// Binds at once, so that a port in use is reported here; `start` begins serving.
    ///
    /// A socket that a parent process has opened, `inherited`, is used instead of binding one, and belongs to the server
    /// from here on: it is closed when no more is accepted, while the parent's own descriptor stays open.
    ///
    /// With an `identity` the server speaks TLS and nothing else.
    package init(
        host: String, port: Int, inherited: Int32? = nil, limits: HTTPLimits, identity: TLSIdentity? = nil
    ) throws(HTTPServerError) {
        signal(SIGPIPE, SIG_IGN)
        let listener =
            if let inherited { try Listener.adopt(inherited) } else { try Listener.open(host: host, port: port) }
        self.port = listener.port
        loop = try ServerLoop(
            listener.descriptor, limits, mailbox, identity, emptied: { [emptied] in emptied.signal() })
    }

    /// Serves on a thread of its own until `stop`.
    package func start(_ handlers: Handlers) {
        let isFirst = life.withLock { life in
            defer { if life == .new { life = .running } }
            return life == .new
        }
        guard isFirst else { return }
        let thread = Thread { [self] in
            hub_name_thread("hub-http")
            loop.run(handlers)
            finished.signal()
        }
        thread.name = "hub-http"
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    /// Sends answers. Those to requests whose peer has gone are dropped.
    package func reply(_ replies: [HTTPReply]) { if !replies.isEmpty { mailbox.post(.reply(replies)) } }

    /// Begins an answer whose body comes piece by piece. `reply` gives its status and headers, and perhaps a first piece.
    ///
    /// - Parameters:
    ///   - bound: Bytes that may wait for a peer that does not read; with more the stream is broken off.
    ///   - ended: Told once why no more is taken. Runs on any thread, and must not wait.
    package func open(
        _ reply: HTTPReply, bound: Int = 1024 * 1024, ended: @escaping @Sendable (HTTPStream.End) -> Void = { _ in }
    ) -> HTTPStream {
        let stream = HTTPStream(answering: reply.token, bound: bound, mailbox, ended: ended)
        mailbox.post(.open(reply, stream))
        return stream
    }

    /// Serves connections that come from now on under this identity; those that are open keep theirs.
    package func use(_ identity: TLSIdentity?) { mailbox.post(.identity(identity)) }

    /// Closes the listening socket and silent connections; requests under way are still answered, and their connections
    /// closed after that.
    package func stopAccepting() { mailbox.post(.stopAccepting) }

    /// Stops accepting and waits until every connection has ended; false when some had not after `limit`.
    package func drain(within limit: Duration) -> Bool {
        guard life.withLock({ $0 == .running }) else { return true }
        stopAccepting()
        let nanoseconds = Int(limit / .nanoseconds(1))
        guard emptied.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else { return false }
        emptied.signal()
        return true
    }

    /// Ends the loop and waits until its thread is done; requests without an answer get 503.
    package func stop() {
        let wasRunning = life.withLock { life in
            defer { life = .stopped }
            return life != .new
        }
        guard wasRunning else { return }
        mailbox.post(.stop)
        finished.wait()
        finished.signal()
    }
}
