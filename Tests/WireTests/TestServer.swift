import EventLoop
import Foundation
import Synchronization

/// A server on a free port that notes every request it is given and answers with what the test says.
final class TestServer: Sendable {
    struct Seen: Sendable {
        var method: String
        var target: String
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let requests = Mutex<[Seen]>([])
    private let tokens = Mutex<[UInt64]>([])
    private let arrived = DispatchSemaphore(value: 0)
    private let server = Mutex<HTTPServer?>(nil)
    let port: Int

    /// With `answer` nil, requests wait until `answerAll`.
    init(
        limits: HTTPLimits = HTTPLimits(),
        answer: (@Sendable (HTTPRequest) -> HTTPReply)? = {
            HTTPReply(to: $0.token, status: 200, body: Array("ok \($0.target)".utf8))
        }
    ) throws {
        let me = Box()
        let made = try HTTPServer(host: "127.0.0.1", port: 0, limits: limits)
        let handlers = HTTPServer.Handlers(
            receive: { request in
                guard let owner = me.owner.withLock({ $0.value }) else { return }
                owner.requests.withLock {
                    $0.append(
                        Seen(
                            method: request.method, target: request.target,
                            headers: Dictionary(
                                request.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
                            body: request.body))
                }
                if let answer {
                    owner.server.withLock { $0 }?.reply([answer(request)])
                } else {
                    owner.tokens.withLock { $0.append(request.token) }
                }
                owner.arrived.signal()
            })
        port = made.port
        server.withLock { $0 = made }
        me.owner.withLock { $0.value = self }
        made.start(handlers)
    }

    private final class Box: Sendable {
        struct Weak: Sendable { weak var value: TestServer? }
        let owner = Mutex(Weak())
    }

    deinit { stop() }

    var seen: [Seen] { requests.withLock { $0 } }

    /// Waits for one more request; false when none comes.
    func waitForRequest() -> Bool { arrived.wait(timeout: .now() + 10) == .success }

    func answerAll(_ reply: (UInt64) -> HTTPReply = { HTTPReply(to: $0, status: 200, body: Array("late".utf8)) }) {
        let waiting = tokens.withLock { tokens in
            defer { tokens = [] }
            return tokens
        }
        server.withLock { $0 }?.reply(waiting.map(reply))
    }

    func stopAccepting() { server.withLock { $0 }?.stopAccepting() }

    func stop() {
        server.withLock { box in
            defer { box = nil }
            return box
        }?.stop()
    }
}
