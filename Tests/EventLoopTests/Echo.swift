import EventLoop
import Foundation
import Synchronization
import TLS

/// A server that answers each request with its method, target and the length of its body, at once or when told.
final class Echo: Sendable {
    private struct State {
        var requests: [HTTPRequest] = []
        var batches = 0
        var refusals: [Int] = []
    }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let answersAtOnce: Bool
    private let answer: @Sendable (HTTPRequest) -> HTTPReply
    let server: HTTPServer
    var port: Int { server.port }

    init(
        _ limits: HTTPLimits = HTTPLimits(), inherited: Int32? = nil, answersAtOnce: Bool = true,
        bodyLimit: HTTPServer.BodyLimit? = nil, screen: HTTPServer.Screen? = nil,
        trusts: (@Sendable (String) -> Bool)? = nil, trouble: (@Sendable (HTTPTrouble) -> Void)? = nil,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPReply = Echo.reply, identity: TLSIdentity? = nil
    ) throws {
        (self.answersAtOnce, self.answer) = (answersAtOnce, answer)
        let link = Link()
        server = try HTTPServer(host: "127.0.0.1", port: 0, inherited: inherited, limits: limits, identity: identity)
        link.box.withLock { $0 = Weak(echo: self) }
        server.start(
            HTTPServer.Handlers(
                bodyLimit: bodyLimit, screen: screen, trusts: trusts,
                refused: { status, _ in link.echo?.state.withLock { $0.refusals.append(status) } },
                trouble: trouble, receive: { link.echo?.take($0) },
                turnEnded: { link.echo?.state.withLock { $0.batches += 1 } }))
    }

    deinit { server.stop() }

    private struct Weak: Sendable {
        weak let echo: Echo?
    }

    /// Whom the server's callbacks talk to; they are made before it is.
    private final class Link: Sendable {
        let box = Mutex(Weak(echo: nil))
        var echo: Echo? { box.withLock { $0.echo } }
    }

    private func take(_ request: HTTPRequest) {
        state.withLock { $0.requests.append(request) }
        if answersAtOnce { server.reply([answer(request)]) }
        arrived.signal()
    }

    @Sendable static func reply(to request: HTTPRequest) -> HTTPReply {
        HTTPReply(
            to: request.token, status: 200, headers: [("Content-Type", "text/plain")],
            body: Array("\(request.method) \(request.target) \(request.body.count)".utf8))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var batches: Int { state.withLock { $0.batches } }
    var refusals: [Int] { state.withLock { $0.refusals } }

    /// Waits until that many more requests have come in.
    func wait(for count: Int) -> Bool {
        (0..<count).allSatisfy { _ in arrived.wait(timeout: .now() + 10) == .success }
    }

    func answerLatest() { server.reply(requests.suffix(1).map(Self.reply)) }

    func answerAll() { server.reply(requests.map(Self.reply)) }
}

extension HTTPLimits {
    /// Limits that a test can wait for.
    static var short: HTTPLimits {
        var limits = HTTPLimits()
        limits.requestDeadline = .milliseconds(200)
        return limits
    }
}
