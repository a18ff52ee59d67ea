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

/// What the tests' webhooks bring along: the part of a call that they tell of, and what is to follow from it.
struct SampleTicket: AdmissionTicket {
    var index = 0
    var part: Record?
    var type: EventType = "call.ended"
    var derived: [EventType] = []
    var nativeID: String
    var data: JSON = .null
    var occurredAt: Timestamp
    var deliveries = 1
    var endpoint = "crm"
    var dead: String?
    /// Its plan breaks the database's rules: two events with one number.
    var isBroken = false

    func plan(_ context: inout PlanContext) -> Plan {
        let merged = part.map { (context.record ?? $0.emptied).merging($0) }
        let numbers = ([type] + derived).map { _ in context.nextEvent() }
        var events: [PlannedEvent] = []
        for (number, type) in zip(numbers, [type] + derived) {
            let planned = (0..<deliveries).map { send in
                PlannedDelivery(
                    key: DeliveryKey(
                        sequence: context.nextDelivery(), event: number, route: "all", send: send, endpoint: endpoint),
                    dead: dead)
            }
            events.append(
                PlannedEvent(
                    sequence: number, type: type, primary: number == numbers[0] ? nil : numbers[0], deliveries: planned)
            )
        }
        events[0].details = EventDetails(
            occurredAt: occurredAt, native: Event.Native(type: "ended", id: nativeID),
            changed: merged?.changed ?? FieldSet(), data: data,
            hasRecord: merged != nil)
        if isBroken { events += events }
        return Plan(record: merged?.record, events: events)
    }
}

typealias Admission = HubStore.Admission<SampleTicket>

/// The stores that must keep the contract.
enum StoreKind: CaseIterable, Sendable {
    case sqlite

    func open(_ options: StoreOptions) throws -> any Store<SampleTicket> {
        switch self {
        case .sqlite: try SQLiteStore<SampleTicket>(options)
        }
    }
}

/// A store in a folder of its own, whose answers can be waited for.
final class Workbench: Sendable {
    let folder: Folder
    let clock: ManualClock
    let store: any Store<SampleTicket>
    private let results: Results

    private final class Results: Sendable {
        struct Box {
            var fates: [Int: AdmissionFate] = [:]
            var answers: [ClaimAnswer] = []
            var backlogs: [[Backlog]] = []
            var signals: [StoreSignal] = []
        }

        let box = Mutex(Box())
        let signal = DispatchSemaphore(value: 0)

        func add(_ change: (inout Box) -> Void) {
            box.withLock { change(&$0) }
            signal.signal()
        }
    }

    var path: String { folder("hub.db") }

    init(
        in folder: Folder? = nil, clock: ManualClock = ManualClock(), disk: FaultyDisk? = nil,
        kind: StoreKind = .sqlite, change: (inout StoreOptions) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? Folder()
        let results = Results()
        var options = StoreOptions(path: folder("hub.db"), clock: { clock.now })
        options.progress = { signal in results.box.withLock { $0.signals.append(signal) } }
        options.vfs = disk?.name
        options.busyTimeout = .zero
        change(&options)
        (self.folder, self.clock, self.results) = (folder, clock, results)
        store = try kind.open(options)
        store.start(
            StoreListener(
                committed: { receipts in
                    results.add { box in for receipt in receipts { box.fates[receipt.ticket.index] = receipt.fate } }
                },
                claimed: { answers in results.add { $0.answers += answers } },
                surveyed: { backlogs in results.add { $0.backlogs.append(backlogs) } },
                signal: { signal in results.add { $0.signals.append(signal) } }))
    }

    var signals: [StoreSignal] { results.box.withLock { $0.signals } }

    /// Hands the webhooks over and waits for the fate of each.
    func admit(_ admissions: [Admission]) throws -> [AdmissionFate] {
        results.box.withLock { $0.fates = [:] }
        var numbered = admissions
        for index in numbered.indices { numbered[index].ticket.index = index }
        store.admit(numbered)
        return try awaiting { box in
            box.fates.count == admissions.count ? admissions.indices.compactMap { box.fates[$0] } : nil
        }
    }

    /// Hands the results over and waits until they are written, or could not be.
    func settle(_ settlements: [Settlement]) async throws {
        store.settle(settlements)
        _ = try await store.edit([])
    }

    func claim(_ endpoint: String = "crm", limit: Int = 10_000, bytes: Int = .max) throws -> ClaimAnswer {
        results.box.withLock { $0.answers = [] }
        store.claim([Claim(endpoint: endpoint, limit: limit, bytes: bytes)])
        return try awaiting { $0.answers.first }
    }

    func survey() throws -> [Backlog] {
        results.box.withLock { $0.backlogs = [] }
        store.survey()
        return try awaiting { $0.backlogs.first }
    }

    /// What waits and is due, without keeping the leases.
    func waiting(_ endpoint: String = "crm") throws -> [Claimed] {
        let answer = try claim(endpoint)
        store.release(answer.deliveries.map(\.lease))
        return answer.deliveries
    }

    /// A delivery as it can be read now, with its failed attempts.
    func read(_ key: DeliveryKey) async throws -> (row: DeliveryRow?, attempts: [Attempt]) {
        try await store.view { view in
            (try view.delivery(view.ids.text(.delivery, key.sequence)), try view.attempts(key.sequence))
        }
    }

    func retry(_ id: String) async throws -> EditResult? {
        try await store.edit([Edit(.retry, .delivery(id))]).first
    }

    func discard(_ id: String) async throws -> EditResult? {
        try await store.edit([Edit(.discard, .delivery(id))]).first
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
    func id(_ delivery: DeliveryKey) throws -> String { try reader().ids.text(.delivery, delivery.sequence) }
}

extension HubStore.Admission<SampleTicket> {
    /// A webhook of the source `line` that causes one event with `deliveries` deliveries; `call` is the call that it is
    /// about, `says` what it says of it.
    static func sample(
        _ key: String, body: String = "{\"a\":1}", call: String? = nil, says: (inout Call) -> Void = { _ in },
        stage: Record.Stage = .ended, deliveries: Int = 1, endpoint: String = "crm", quarantine: String? = nil,
        type: EventType = "call.ended", derived: [EventType] = [], dead: String? = nil,
        at time: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)
    ) -> Admission {
        var part = Call()
        part.providerCallID = call
        says(&part)
        let id = call.map { "call_\($0)" }
        let ticket = SampleTicket(
            part: id == nil ? nil : part.record.stamped(stage, at: time), type: type, derived: derived, nativeID: key,
            data: id == nil ? ["key": .string(key)] : .null, occurredAt: time, deliveries: deliveries,
            endpoint: endpoint, dead: dead)
        return Admission(
            ticket: ticket, source: "line", provider: "acme", receivedAt: time, headers: [("Host", "hub")],
            body: Array(body.utf8), key: key, bodyHash: stableHash(body), digest: "config", quarantine: quarantine,
            recordID: id, kind: id == nil ? nil : .call)
    }

    /// One whose plan breaks the database's rules: two events with one number.
    static func broken(_ key: String) -> Admission {
        var admission = sample(key)
        admission.ticket.isBroken = true
        return admission
    }
}

extension Settlement {
    static func sample(_ lease: Lease, _ result: Result, body: String? = nil) -> Settlement {
        var isGood = false
        if case .delivered = result { isGood = true }
        let attempt = Attempt(
            number: lease.attempts + 1, at: Timestamp(milliseconds: 1_800_000_000_500), duration: .milliseconds(12),
            status: isGood ? 200 : 503, error: isGood ? nil : "answered 503", excerpt: isGood ? nil : "busy",
            reusedConnection: false)
        return Settlement(lease: lease, attempt: attempt, result: result, body: body.map { Array($0.utf8) })
    }
}

extension AdmissionFate {
    /// Its name, for comparing.
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .quarantined: "quarantined"
        case .duplicate: "duplicate"
        case .conflict: "conflict"
        case .refused: "refused"
        }
    }

    var events: [PlannedEvent] {
        guard case .accepted(let events) = self else { return [] }
        return events
    }

    var leases: [Lease] { events.flatMap(\.leases) }
    var keys: [DeliveryKey] { events.flatMap(\.deliveries).map(\.key) }
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
