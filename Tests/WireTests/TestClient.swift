import Foundation
import HTTPClient
import Synchronization

/// A client whose completions a test can wait for.
final class TestClient: Sendable {
    private let client: HTTPClient
    private struct State: Sendable {
        var queued: [ClientRequest] = []
        var completions: [UInt64: Completion] = [:]
        var nextID: UInt64 = 1
    }
    private let state = Mutex(State())
    private let channel = Mutex<ClientChannel?>(nil)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter names: Fixed answers of name resolution.
    init(names: [String] = []) {
        client = HTTPClient(names: names)
        let opened = client.open("test") { [state = Unowned(self)] completions in
            state.owner?.turn(completions) ?? ClientTurn()
        }
        channel.withLock { $0 = opened }
        client.start()
    }

    private struct Unowned: Sendable {
        weak let owner: TestClient?
        init(_ owner: TestClient) { self.owner = owner }
    }

    deinit { client.stop() }

    private func turn(_ completions: [Completion]) -> ClientTurn {
        let start = state.withLock { state in
            for completion in completions { state.completions[completion.id] = completion }
            defer { state.queued = [] }
            return state.queued
        }
        for _ in completions { finished.signal() }
        return ClientTurn(start: start)
    }

    /// Sends all of them at once and waits for their completions, in the same order; nil for one that never comes.
    func send(_ requests: [ClientRequest]) -> [Completion?] {
        let ids = state.withLock { state in
            requests.map { request in
                var request = request
                request.id = state.nextID
                state.nextID += 1
                state.queued.append(request)
                return request.id
            }
        }
        channel.withLock { $0 }?.wake()
        for _ in requests where finished.wait(timeout: .now() + 20) != .success { break }
        return state.withLock { state in ids.map { state.completions[$0] } }
    }

    func send(
        _ url: String, method: String = "POST", headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(10), maxResponseBytes: Int = 16 * 1024, policy: AddressPolicy = .everything
    ) -> Completion? {
        send([
            ClientRequest(
                id: 0, method: method, url: url, headers: headers, body: body, timeout: timeout,
                maxResponseBytes: maxResponseBytes,
                policy: policy, wanted: ["Retry-After", "x-reply", "x-a", "link"])
        ])[0]
    }
}

extension Completion {
    var status: Int? {
        if case .response(let status, _, _) = outcome { status } else { nil }
    }

    var text: String? {
        if case .response(_, _, let body) = outcome { String(decoding: body, as: UTF8.self) } else { nil }
    }

    var failure: Failure? {
        if case .failure(let kind, _) = outcome { kind } else { nil }
    }

    var message: String? {
        if case .failure(_, let message) = outcome { message } else { nil }
    }

    func header(_ name: String) -> String? {
        if case .response(_, let headers, _) = outcome { headers.first { $0.name == name }?.value } else { nil }
    }
}
