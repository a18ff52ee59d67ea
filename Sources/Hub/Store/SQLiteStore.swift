import Dispatch
import Files
import Foundation
import HubModel
import Synchronization

/// The store in one SQLite file, written by one thread that commits for everybody who waits.
package final class SQLiteStore<Ticket: AdmissionTicket>: Store {
    package typealias Options = StoreOptions

    private let mailbox = Mailbox<StoreLoop<Ticket>.Message>()
    private let ended = DispatchSemaphore(value: 0)
    /// Keep a second hub from the database: one says who has it, the other holds whatever the database is called.
    private let locks = Mutex<(named: FileLock, whole: WholeFileLock)?>(nil)
    /// How the store is.
    package let condition = StoreCondition()
    private let counters = Counters()
    private let reading: ReadingThread
    package let ids: PublicID

    /// Opens or creates the database, and brings an older one up to date.
    package init(_ options: Options) throws(StoreError) {
        reading = ReadingThread(path: options.path)
        try Self.createFolder(of: options.path)
        do {
            let named = try FileLock(path: options.path + ".lock")
            let whole = try WholeFileLock(path: options.path)
            locks.withLock { $0 = (named, whole) }
        } catch {
            switch error {
            case .held(let process):
                let who =
                    process.map { " (process \($0)) is using the database" }
                    ?? " is using the database by another name:"
                throw StoreError(
                    "another hub\(who) \(options.path); stop it, or give this one another `hub.store`")
            case .unusable(let failure):
                throw StoreError(
                    "\(failure); the database and what belongs to it must be files that this user may write, so check the permissions of them and their folder"
                )
            }
        }
        let opened = DispatchSemaphore(value: 0)
        let result = Mutex<Result<PublicID, StoreError>?>(nil)
        let (mailbox, ended, counters, condition) = (self.mailbox, self.ended, self.counters, self.condition)
        let thread = Thread {
            // Set from within, where it becomes the name that `top -H` shows.
            Thread.current.name = "hub-store"
            do {
                let database = try Database(options)
                // Before anybody reads the clock.
                let retention = database.resumeClocks(options)
                result.withLock { $0 = .success(database.ids) }
                opened.signal()
                StoreLoop<Ticket>.run(options, database, mailbox, condition, retention) { statistics in
                    counters.box.withLock { $0 = statistics }
                }
            } catch {
                result.withLock { $0 = .failure(StoreError(error, path: options.path)) }
                opened.signal()
            }
            ended.signal()
        }
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
        opened.wait()
        switch result.withLock({ $0 }) {
        case .success(let ids)?: self.ids = ids
        case .failure(let error)?:
            locks.withLock { $0 = nil }
            throw error
        case nil: throw StoreError("the database \(options.path) was not opened")
        }
    }

    package func start(_ listener: StoreListener<Ticket>) { mailbox.post(.start(listener)) }

    package func admit(_ batch: [Admission<Ticket>]) { if !batch.isEmpty { mailbox.post(.admit(batch)) } }

    package func settle(_ batch: [Settlement]) { if !batch.isEmpty { mailbox.post(.settle(batch)) } }

    package func claim(_ claims: [Claim]) { if !claims.isEmpty { mailbox.post(.claim(claims)) } }

    package func release(_ leases: [Lease]) { if !leases.isEmpty { mailbox.post(.release(leases)) } }

    package func survey() { mailbox.post(.survey) }

    package func edit(_ edits: [Edit]) async throws(StoreFault) -> [EditResult] {
        let result = await withCheckedContinuation { continuation in
            if !mailbox.post(.edit(edits, { continuation.resume(returning: $0) })) {
                continuation.resume(returning: Result<[EditResult], StoreFault>.failure(.closed))
            }
        }
        return try result.get()
    }

    package func view<Value: Sendable>(
        _ read: @escaping @Sendable (any StoreView) throws -> Value
    ) async throws -> Value { try await reading.run(read) }

    package func close() {
        mailbox.post(.close)
        ended.wait()
        // For whoever closes it once more.
        ended.signal()
        reading.close()
        locks.withLock { $0 = nil }
    }

    package var statistics: StoreStatistics { counters.box.withLock { $0 } }

    /// What the writer has done, for whoever asks.
    private final class Counters: Sendable {
        let box = Mutex(StoreStatistics())
    }

    private static func createFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try OwnFile.makeFolder(folder)
        } catch {
            throw StoreError("the database folder \(folder) cannot be created: \(error)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw StoreError(
                "the database folder \(folder) cannot be written to; give this user write permission there")
        }
    }
}

/// Who uses a database.
package enum StoreOwner {
    /// The process id of the hub that is running on the database at `path`; nil when none is.
    package static func runningHub(path: String) -> Int32? { FileLock.holder(of: path + ".lock") }

    /// Refuses a name for the database other than the one that a running hub has for it. By another name there is another
    /// log: who reads does not see what the hub has written, and what both write is lost.
    static func requireOneName(path: String) throws(StoreError) {
        guard runningHub(path: path) == nil, WholeFileLock.isHeld(path: path) else { return }
        throw StoreError("a hub is using the database \(path) by another name; give the name that it uses")
    }
}
