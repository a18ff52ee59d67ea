import Foundation
import HubModel
import SQLite
import Synchronization

/// Reads the database for others on a connection of its own, so that nobody who looks holds up a commit.
final class ReadingThread: Sendable {
    private typealias Job = @Sendable (Result<StoreReader, any Error>) -> Void

    private enum Message: Sendable {
        case job(Job)
        case close
    }

    private let path: String
    private let mailbox = Mailbox<Message>()
    private enum State { case idle, running, closed }

    private let state = Mutex(State.idle)

    init(path: String) { self.path = path }

    func run<Value: Sendable>(_ read: @escaping @Sendable (any StoreView) throws -> Value) async throws -> Value {
        begin()
        return try await withCheckedThrowingContinuation { continuation in
            let isTaken = mailbox.post(
                .job { reader in
                    continuation.resume(
                        with: Result { () throws -> Value in
                            let reader = try reader.get()
                            return try reader.consistently { try read(reader) }
                        })
                })
            if !isTaken { continuation.resume(throwing: StoreFault.closed) }
        }
    }

    func close() {
        let wasRunning = state.withLock { state in
            defer { state = .closed }
            return state == .running
        }
        if wasRunning { mailbox.post(.close) } else { _ = mailbox.close() }
    }

    /// The thread is made for the first who reads.
    private func begin() {
        let isFirst = state.withLock { state in
            guard state == .idle else { return false }
            state = .running
            return true
        }
        guard isFirst else { return }
        let (path, mailbox) = (path, mailbox)
        let thread = Thread {
            var reader: StoreReader?
            while true {
                var isClosed = false
                for message in mailbox.take(timeout: .seconds(3600)) {
                    switch message {
                    case .job(let job):
                        job(
                            Result {
                                if isClosed { throw StoreFault.closed }
                                let found = try reader ?? StoreReader(path: path)
                                reader = found
                                return found
                            })
                        if reader?.isBroken == true { reader = nil }
                    case .close: isClosed = true
                    }
                }
                if isClosed { break }
            }
            for case .job(let job) in mailbox.close() { job(.failure(StoreFault.closed)) }
        }
        thread.name = "hub-view"
        thread.start()
    }
}
