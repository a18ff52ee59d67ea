import Files
import Foundation
package import HubModel
import SQLite
import Synchronization

/// The store in one SQLite file, written by one thread that commits for everybody who waits.
package final class SQLiteStore: Store {
    package struct Options: Sendable {
        package var path: String
        /// How long what has ended is kept; nil for ever.
        package var retention: Duration?
        package var clock: @Sendable () -> Timestamp
        /// Told in one line what an operator should know.
        package var log: @Sendable (String) -> Void
        /// The name of an SQLite file system layer; nil for the system's. Tests inject faults with it.
        package var vfs: String?
        /// How long a commit waits for another process that is writing.
        package var busyTimeout = Duration.seconds(2)
        /// Entries of the key index that are kept in memory.
        package var keyBlock = 32_768

        package init(
            path: String, retention: Duration? = nil, clock: @escaping @Sendable () -> Timestamp,
            log: @escaping @Sendable (String) -> Void = { _ in }, vfs: String? = nil
        ) {
            (self.path, self.retention, self.clock, self.log, self.vfs) = (path, retention, clock, log, vfs)
        }
    }

    /// What the writer has done since it began.
    package struct Statistics: Sendable {
        package var commits = 0
        package var webhooks = 0
        package var failures = 0
    }

    enum Message: Sendable {
        case admit([Admission])
        case settle([Settlement])
        case close
    }

    private let mailbox = Mailbox<Message>()
    private let ended = DispatchSemaphore(value: 0)
    /// Keeps a second hub from the database.
    private let lock = Mutex<FileLock?>(nil)
    private let path: String
    let counters = Mutex(Statistics())
    /// Webhooks handed over and not yet answered.
    private let waiting = Mutex(0)

    /// What one commit brought about: the outcome of each webhook, and the deliveries whose results are now on disk.
    package typealias OnCommit = @Sendable (_ outcomes: [Outcome], _ settled: [SequenceNumber]) -> Void

    /// Opens or creates the database and starts the writer. `onCommit` runs on the writer's thread.
    package init(_ options: Options, onCommit: @escaping OnCommit) throws(StoreError) {
        path = options.path
        try Self.createFolder(of: options.path)
        do {
            let taken = try FileLock(path: options.path + ".lock")
            lock.withLock { $0 = taken }
        } catch {
            switch error {
            case .held(let process):
                throw StoreError(
                    "another hub\(process.map { " (process \($0))" } ?? "") is using the database \(options.path); stop it, or give this one another `hub.store`"
                )
            case .unusable(let reason):
                throw StoreError("the lock file \(options.path).lock cannot be written: \(reason)")
            }
        }
        let opened = DispatchSemaphore(value: 0)
        let failure = Mutex<StoreError?>(nil)
        let thread = Thread { [self] in
            do {
                let writer = try StoreWriter(options, counters: { change in self.counters.withLock { change(&$0) } })
                opened.signal()
                run(writer, onCommit)
            } catch {
                failure.withLock { $0 = Self.explain(error, options.path) }
                opened.signal()
            }
            ended.signal()
        }
        thread.name = "hub.store"
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
        opened.wait()
        if let error = failure.withLock({ $0 }) {
            lock.withLock { $0 = nil }
            throw error
        }
    }

    package func admit(_ batch: [Admission]) {
        guard !batch.isEmpty else { return }
        waiting.withLock { $0 += batch.count }
        mailbox.post(.admit(batch))
    }

    package func settle(_ batch: [Settlement]) { if !batch.isEmpty { mailbox.post(.settle(batch)) } }

    package func close() {
        mailbox.post(.close)
        ended.wait()
        // For whoever closes it once more.
        ended.signal()
        lock.withLock { $0 = nil }
    }

    /// The process id of the hub that is running on the database at `path`; nil when none is.
    package static func runningHub(path: String) -> Int32? { FileLock.holder(of: path + ".lock") }

    package var statistics: Statistics { counters.withLock { $0 } }
    /// Webhooks that wait for their commit.
    package var backlog: Int { waiting.withLock { $0 } }

    package func fresh(after sequence: SequenceNumber, limit: Int) throws -> [PendingDelivery] {
        try StoreReader(path: path).fresh(after: sequence, limit: limit)
    }

    package func due(by time: Timestamp, after last: DueMark?, limit: Int) throws -> [PendingDelivery] {
        try StoreReader(path: path).due(by: time, after: last, limit: limit)
    }

    package func nextDue() throws -> Timestamp? { try StoreReader(path: path).nextDue() }

    /// Webhooks in one transaction at most.
    private static let largestCommit = 1024
    /// How long settlements may wait for company.
    private static let settlementWait = Duration.milliseconds(10)

    private func run(_ writer: StoreWriter, _ onCommit: OnCommit) {
        var settlements: [Settlement] = []
        var since: ContinuousClock.Instant?
        var rest = Duration.zero
        var closing = false
        while !closing {
            let timeout =
                since.map { max(.zero, Self.settlementWait - ($0.duration(to: .now))) } ?? min(rest, .seconds(30))
            var admissions: [Admission] = []
            for message in mailbox.take(timeout: timeout) {
                switch message {
                case .admit(let batch): admissions += batch
                case .settle(let batch):
                    settlements += batch
                    if since == nil { since = .now }
                case .close: closing = true
                }
            }
            let overdue = since.map { $0.duration(to: .now) >= Self.settlementWait } ?? false
            guard !admissions.isEmpty || overdue || closing else {
                if since == nil { rest = writer.tidy() }
                continue
            }
            var at = 0
            repeat {
                let end = min(admissions.count, at + Self.largestCommit)
                let part = Array(admissions[at..<end])
                let (outcomes, left) = writer.commit(part, settlements)
                var settled = settlements.map(\.delivery)
                if !left.isEmpty {
                    let unwritten = Set(left.map(\.delivery))
                    settled.removeAll { unwritten.contains($0) }
                }
                settlements = left
                waiting.withLock { $0 -= part.count }
                onCommit(outcomes, settled)
                at = end
            } while at < admissions.count
            // Settlements that could not be written are tried again, at leisure.
            since = settlements.isEmpty ? nil : .now + .milliseconds(500)
            rest = writer.tidy()
        }
    }

    private static func createFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StoreError("the database folder \(folder) cannot be created: \(error.localizedDescription)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw StoreError(
                "the database folder \(folder) cannot be written to; give this user write permission there")
        }
    }
}
