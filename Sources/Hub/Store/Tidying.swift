import Foundation
import HubModel
import SQLite

/// What the writer does between commits, in small steps: deletes what is older than the retention, and watches the log.
struct Tidying {
    private enum Phase { case webhooks, keys }

    private var phase = Phase.webhooks
    /// When the next round begins; earlier steps of a round come one after each commit.
    private var next: Timestamp
    private var look: Timestamp
    private var note: Timestamp
    /// Webhooks of a step. Follows the time that a step takes, so that deletion keeps up and nobody waits long.
    private var size = 64
    /// The size of the log that was last told of.
    private var toldLog = 0

    private static let sizes = 16...2048
    private static let wanted = Duration.milliseconds(2)
    /// Entries of the key index in a step for each webhook of one.
    private static let entries = 8
    private static let pause = Duration.milliseconds(20)
    /// How long after everything was looked at it begins again.
    private static let rest = Duration.seconds(10)
    /// How often it is written down how the clocks stand; less than what counts as a jump.
    private static let noting = Duration.seconds(30)

    init(next: Timestamp) {
        self.next = next
        (look, note) = (next, next + Self.noting)
    }

    /// One step, if there is something to do. Returns the pause until the next.
    fileprivate mutating func step(_ writer: StoreWriter) -> Duration {
        let options = writer.options
        if options.steady.now >= look {
            writer.compareClocks()
            look = options.steady.now + .seconds(1)
            watchLog(writer)
            writer.lookAtPlaces()
            if writer.isFailing { writer.tryAgain() }
            if options.steady.now >= note {
                note = options.steady.now + Self.noting
                writer.noteClocks()
            }
        }
        let now = options.steady.now
        guard let retention = options.retention, let database = writer.opened else { return .seconds(1) }
        guard now >= next else { return max(Self.pause, min(next - now, .seconds(1))) }
        let before = SequenceGenerator.first(
            at: Timestamp(milliseconds: writer.retention.time.milliseconds - retention.milliseconds))
        let start = ContinuousClock.now
        do {
            // What is lost of a deletion is deleted again, so it does not wait for the disk.
            let more = try writer.transactionWithoutSync(database) { () throws(SQLiteError) in
                switch phase {
                case .webhooks: try database.pruning.step(before: before, limit: size)
                case .keys: try database.keys.sweep(before: before, limit: size * Self.entries)
                }
            }
            let taken = start.duration(to: .now)
            if more {
                if taken > Self.wanted { size = max(Self.sizes.lowerBound, size / 2) }
                if taken < Self.wanted / 2 { size = min(Self.sizes.upperBound, size * 2) }
                return Self.pause
            }
            switch phase {
            case .webhooks: phase = .keys
            case .keys:
                phase = .webhooks
                next = now + Self.rest
            }
        } catch {
            writer.noteFailure(error)
            writer.signal(.retentionFailed(error))
            next = now + Self.rest
        }
        return Self.pause
    }

    /// Tells of a log that grows because somebody does not stop reading. SQLite would then sort the whole log after each
    /// commit to find nothing that it may copy, so it is made to try once in a while instead.
    private mutating func watchLog(_ writer: StoreWriter) {
        let path = writer.options.path + "-wal"
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        let isLong = size > writer.options.longestLog
        if isLong || toldLog > 0, let connection = writer.opened?.connection {
            do {
                // In frames of a page and its header.
                let pages = isLong ? size / 8216 + 4096 : Self.logPages
                try connection.execute("PRAGMA wal_autocheckpoint = \(pages); PRAGMA wal_checkpoint(PASSIVE)")
            } catch { writer.noteFailure(StoreFault(error)) }
        }
        if !isLong {
            toldLog = 0
        } else if size >= 2 * toldLog {
            toldLog = size
            writer.signal(.walGrown(bytes: size))
        }
    }

    /// Pages of the log after which SQLite copies them into the database.
    static let logPages = 512
}

extension StoreWriter {
    /// Does a step of the work that can wait. Returns the pause until the next.
    func tidy() -> Duration {
        var tidying = self.tidying
        defer { self.tidying = tidying }
        return tidying.step(self)
    }
}
