internal import CEvent
import Foundation
import Synchronization

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

    /// Whom requests are handed to.
    package struct Handlers: Sendable {
        package var bodyLimit: BodyLimit?
        package var refused: Refused?
        package var receive: Receive
        package var turnEnded: @Sendable () -> Void

        package init(
            bodyLimit: BodyLimit? = nil, refused: Refused? = nil, receive: @escaping Receive,
            turnEnded: @escaping @Sendable () -> Void = {}
        ) {
            (self.bodyLimit, self.refused) = (bodyLimit, refused)
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
    package init(
        host: String, port: Int, inherited: Int32? = nil, limits: HTTPLimits
    ) throws(HTTPServerError) {
        signal(SIGPIPE, SIG_IGN)
        let listener =
            if let inherited { try Listener.adopt(inherited) } else { try Listener.open(host: host, port: port) }
        self.port = listener.port
        loop = try ServerLoop(listener.descriptor, limits, mailbox, emptied: { [emptied] in emptied.signal() })
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
