import EventLoop
import HubModel
import Synchronization

/// A receiver on a real socket that remembers what came and answers as it is told.
final class Sink: Sendable {
    struct Receipt: Sendable {
        var path: String
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
        var json: JSON { (try? JSON(parsing: body)) ?? .null }
    }

    typealias Answer =
        @Sendable (_ receipt: Receipt, _ count: Int) -> (status: Int, headers: [(name: String, value: String)])?

    private struct State {
        var receipts: [Receipt] = []
        var held: [UInt64] = []
        var server: HTTPServer?
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let answer: Answer

    /// `answer` gives the status for each delivery; nil holds the answer back until `release`.
    init(_ answer: @escaping Answer = { _, _ in (200, []) }) throws {
        self.answer = answer
        let server = try HTTPServer(host: "127.0.0.1", port: 0, limits: HTTPLimits())
        state.withLock { $0.server = server }
        server.start(HTTPServer.Handlers(receive: { [self] in receive($0) }))
    }

    var port: Int { state.withLock { $0.server?.port ?? 0 } }
    var receipts: [Receipt] { state.withLock { $0.receipts } }

    func stop() { state.withLock { $0.server }?.stop() }

    private func receive(_ request: HTTPRequest) {
        let receipt = Receipt(path: request.target, headers: request.headers, body: request.body)
        let (count, server) = state.withLock { state in
            state.receipts.append(receipt)
            return (state.receipts.count, state.server)
        }
        if let (status, headers) = answer(receipt, count) {
            server?.reply([
                HTTPReply(
                    to: request.token, status: status, headers: [("Content-Type", "text/plain")] + headers,
                    body: Array((receipt.header("X-Echo") ?? "ok").utf8))
            ])
        } else {
            state.withLock { $0.held.append(request.token) }
        }
        let ready = state.withLock { state in
            let ready = state.waiters.filter { $0.count <= state.receipts.count }
            state.waiters.removeAll { $0.count <= state.receipts.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Answers everything that was held back.
    func release() {
        let (held, server) = state.withLock { state in
            defer { state.held = [] }
            return (state.held, state.server)
        }
        server?.reply(held.map { HTTPReply(to: $0, status: 200, headers: [("Content-Type", "text/plain")]) })
    }

    /// Returns when `count` deliveries have come; a test that waits in vain is ended by its time limit.
    func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.receipts.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
