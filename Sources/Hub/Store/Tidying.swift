import Foundation
import HubModel
import SQLite

/// What the writer does between commits, in small steps: deletes what is older than the retention, and watches the log.
struct Tidying {
    private enum Phase { case webhooks, keys }

    private var phase = Phase.webhooks
    /// When the next step is due.
    private(set) var next: Timestamp
    private var lookAtLog: Timestamp

    /// Webhooks and index entries of a step; a step is one commit, during which webhooks wait.
    private static let webhooks = 200
    private static let entries = 1000
    private static let pause = Duration.milliseconds(50)
    /// How long after everything was looked at it begins again.
    private static let rest = Duration.seconds(60)
    /// Size of the write-ahead log that tells of a reader which never ends; normally it is 4 MB.
    private static let longestLog = 64 * 1024 * 1024

    init(next: Timestamp) {
        self.next = next
        lookAtLog = next + Self.rest
    }

    /// One step, if one is due. Gives the pause until the next.
    fileprivate mutating func step(_ writer: StoreWriter) -> Duration {
        let options = writer.settings
        let now = options.clock()
        if now >= lookAtLog {
            lookAtLog = now + Self.rest
            warn(options)
        }
        guard let retention = options.retention, let database = writer.opened, now >= next else {
            return max(Self.pause, next - now)
        }
        do {
            let before = SequenceGenerator.first(at: Timestamp(milliseconds: now.milliseconds - retention.milliseconds))
            var isDone = false
            switch phase {
            case .webhooks:
                var more = false
                try writer.transaction(database) {
                    more = try database.statements.prune(before: before, limit: Self.webhooks)
                }
                if !more { phase = .keys }
            case .keys:
                var more = false
                try writer.transaction(database) { more = try database.keys.sweep(before: before, limit: Self.entries) }
                if !more {
                    phase = .webhooks
                    isDone = true
                }
            }
            next = now + (isDone ? Self.rest : Self.pause)
        } catch {
            writer.noteFailure(error)
            next = now + Self.rest
        }
        return max(Self.pause, next - now)
    }

    private func warn(_ options: SQLiteStore.Options) {
        guard let size = try? FileManager.default.attributesOfItem(atPath: options.path + "-wal")[.size] as? Int,
            size > Self.longestLog
        else { return }
        options.log(
            "\(options.path)-wal has grown to \(size >> 20) MB, because another process keeps reading an old state of the database; end it"
        )
    }
}

extension StoreWriter {
    /// Does a step of the work that can wait. Gives the pause until the next.
    func tidy() -> Duration {
        var tidying = self.tidying
        defer { self.tidying = tidying }
        return tidying.step(self)
    }
}
