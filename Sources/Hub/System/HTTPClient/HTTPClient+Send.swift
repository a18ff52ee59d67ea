import Synchronization

extension HTTPClient {
    /// Sends one request through a channel of its own and waits for what becomes of it. A client that is stopped, or a
    /// task that is cancelled, breaks it off.
    package func send(_ request: ClientRequest) async -> Completion {
        let exchange = Exchange(request)
        let channel = open("send", turn: { exchange.turn($0) }, ended: { exchange.ended() })
        defer { channel.close() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { exchange.wait($0) }
        } onCancel: {
            channel.close()
        }
    }

    /// Sends one request with a client of its own; for the command line, not for many.
    package static func send(_ request: ClientRequest) async -> Completion {
        let client = HTTPClient(maxIdleConnections: 1)
        client.start()
        defer { client.stopSoon() }
        return await client.send(request)
    }
}

/// One request, its completion, and the task that waits for it.
private final class Exchange: Sendable {
    private struct State {
        var request: ClientRequest?
        var completion: Completion?
        var waiter: CheckedContinuation<Completion, Never>?
    }

    private let id: UInt64
    private let state: Mutex<State>

    init(_ request: ClientRequest) {
        id = request.id
        state = Mutex(State(request: request))
    }

    func turn(_ completions: [Completion]) -> ClientTurn {
        if let completion = completions.first { finish(completion) }
        return state.withLock { state in
            defer { state.request = nil }
            return ClientTurn(start: state.request.map { [$0] } ?? [])
        }
    }

    func ended() { finish(.unsent(id, .brokenOff, "the request was broken off")) }

    func wait(_ waiter: CheckedContinuation<Completion, Never>) {
        let completion = state.withLock { state in
            if state.completion == nil { state.waiter = waiter }
            return state.completion
        }
        if let completion { waiter.resume(returning: completion) }
    }

    /// The first one counts.
    private func finish(_ completion: Completion) {
        let waiter = state.withLock { state -> CheckedContinuation<Completion, Never>? in
            guard state.completion == nil else { return nil }
            state.completion = completion
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: completion)
    }
}
