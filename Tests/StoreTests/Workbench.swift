import CFaultyDisk
import Dispatch
import Files
import Foundation
import HubModel
import Synchronization
import Testing

@testable import HubStore

/// A folder of its own for a test, gone afterwards.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

/// A clock that stands still until it is told otherwise.
final class ManualClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    var now: Timestamp {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}

/// A store in a folder of its own, whose commits can be waited for.
final class Workbench: Sendable {
    let folder: Folder
    let clock: ManualClock
    let store: SQLiteStore
    private let results: Results

    private final class Results: Sendable {
        struct Box {
            var outcomes: [Int: Outcome.Kind] = [:]
            var settled: Set<SequenceNumber> = []
            var log: [String] = []
        }

        let box = Mutex(Box())
        let signal = DispatchSemaphore(value: 0)
    }

    var path: String { folder("hub.db") }

    init(
        in folder: Folder? = nil, clock: ManualClock = ManualClock(), disk: FaultyDisk? = nil,
        change: (inout SQLiteStore.Options) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? Folder()
        let results = Results()
        var options = SQLiteStore.Options(
            path: folder("hub.db"), clock: { clock.now }, log: { line in results.box.withLock { $0.log.append(line) } },
            vfs: disk?.name)
        options.busyTimeout = .zero
        change(&options)
        (self.folder, self.clock, self.results) = (folder, clock, results)
        store = try SQLiteStore(options) { outcomes, settled in
            results.box.withLock { box in
                for outcome in outcomes { box.outcomes[outcome.attachment as? Int ?? -1] = outcome.kind }
                box.settled.formUnion(settled)
            }
            results.signal.signal()
        }
    }

    var log: [String] { results.box.withLock { $0.log } }

    /// Hands the webhooks over and waits for the outcome of each.
    func admit(_ admissions: [Admission]) throws -> [Outcome.Kind] {
        results.box.withLock { $0.outcomes = [:] }
        var numbered = admissions
        for index in numbered.indices { numbered[index].attachment = index }
        store.admit(numbered)
        return try awaiting { box in
            box.outcomes.count == admissions.count ? admissions.indices.compactMap { box.outcomes[$0] } : nil
        }
    }

    /// Hands the results over and waits until they are written.
    func settle(_ settlements: [Settlement]) throws {
        results.box.withLock { $0.settled = [] }
        store.settle(settlements)
        let wanted = Set(settlements.map(\.delivery))
        try awaiting { box in box.settled.isSuperset(of: wanted) ? () : nil }
    }

    /// Waits for the store's next words until `look` finds what it wants.
    private func awaiting<Value>(_ look: (Results.Box) -> Value?) throws -> Value {
        while true {
            if let value = results.box.withLock({ look($0) }) { return value }
            try #require(results.signal.wait(timeout: .now() + 60) == .success, "the store does not answer")
        }
    }

    func reader() throws -> StoreReader { try StoreReader(path: path) }
    func editor() throws -> StoreEditor { try StoreEditor(path: path) }
}

extension Admission {
    /// A webhook of the source `line` that causes one event with `deliveries` deliveries; `call` is the call that it is
    /// about, `says` what it says of it.
    static func sample(
        _ key: String, body: String = "{\"a\":1}", call: String? = nil, says: (inout Call) -> Void = { _ in },
        stage: Record.Stage = .ended, deliveries: Int = 1, quarantine: String? = nil, type: EventType = "call.ended",
        dead: String? = nil, at time: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)
    ) -> Admission {
        var part = Call()
        part.providerCallID = call
        says(&part)
        let record = part.record.stamped(stage, at: time)
        let id = call.map { "call_\($0)" }
        return Admission(
            attachment: 0, source: "line", provider: "acme", receivedAt: time, headers: Array("[]".utf8),
            body: Array(body.utf8), key: key, bodyHash: stableHash(body), digest: "config", quarantine: quarantine,
            recordID: id,
            plan: { context in
                let merged = id == nil ? nil : (context.record ?? record.emptied).merging(record)
                let (sequence, eventID) = context.nextEvent()
                let event = Event(
                    id: eventID, type: type, source: "line", provider: "acme", occurredAt: time, receivedAt: time,
                    subject: id,
                    changed: merged?.changed ?? [], native: Event.Native(type: "ended", id: key),
                    record: merged?.record,
                    data: id == nil ? ["key": .string(key)] : .null)
                let planned = (0..<deliveries).map { send in
                    let (sequence, id) = context.nextDelivery()
                    return PlannedDelivery(
                        sequence: sequence, id: id, route: "all", send: send, endpoint: "crm", dead: dead)
                }
                return Plan(
                    record: merged?.record,
                    events: [PlannedEvent(sequence: sequence, event: event, deliveries: planned)])
            })
    }

    /// One whose plan breaks the database's rules: two events with one number.
    static func broken(_ key: String) -> Admission {
        var admission = sample(key)
        let plan = admission.plan
        admission.plan = { context in
            var planned = plan(&context)
            planned.events += planned.events
            return planned
        }
        return admission
    }
}

extension Settlement {
    static func sample(_ delivery: SequenceNumber, _ result: Result, number: Int = 1, body: String? = nil) -> Settlement
    {
        var isGood = false
        if case .delivered = result { isGood = true }
        let attempt = Attempt(
            number: number, at: Timestamp(milliseconds: 1_800_000_000_500), duration: .milliseconds(12),
            status: isGood ? 200 : 503, error: isGood ? nil : "answered 503", excerpt: isGood ? nil : "busy",
            reusedConnection: false)
        return Settlement(delivery: delivery, attempt: attempt, result: result, body: body.map { Array($0.utf8) })
    }
}

extension Outcome.Kind {
    /// Its name, for comparing.
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .quarantined: "quarantined"
        case .duplicate: "duplicate"
        case .conflict: "conflict"
        case .unavailable: "unavailable"
        }
    }

    var events: [PlannedEvent] {
        guard case .accepted(let events) = self else { return [] }
        return events
    }
}

/// The file system under a store, that fails where it is told to.
// Sendable because the C side locks.
final class FaultyDisk: @unchecked Sendable {
    enum Fault: Int32, CaseIterable, Sendable {
        case full = 13
        case writeFails = 778
        case syncFails = 1034
    }

    let name = "faulty-\(UUID().uuidString)"
    private let disk: OpaquePointer

    init() throws { disk = try #require(faulty_disk_new(name)) }

    deinit { faulty_disk_free(disk) }

    /// The `nth` write or sync from now fails, and the `times - 1` after it.
    func fail(_ fault: Fault, at nth: Int, times: Int = 1) {
        faulty_disk_fail(disk, Int32(nth), Int32(times), fault.rawValue, fault == .syncFails ? 1 : 0)
    }

    func heal() { faulty_disk_fail(disk, 0, 0, 0, 0) }

    var hasFailed: Bool { faulty_disk_failures(disk) > 0 }
    var syncs: Int { Int(faulty_disk_syncs(disk)) }

    /// Puts into `folder` what would be on the disk if the power failed now.
    func cutPower(of folder: Folder, into other: Folder) throws {
        for name in ["hub.db", "hub.db-wal"] {
            try #require(faulty_disk_after_power_cut(disk, folder(name), other(name)) == 0)
        }
    }
}
