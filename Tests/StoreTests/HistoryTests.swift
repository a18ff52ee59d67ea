import HubModel
import SQLite
import TestRandom
import Testing

@testable import HubStore

/// Long random lives of a database: webhooks new, repeated, broken and in conflict, results, people, restarts, failing
/// disks and power cuts, compared with a simple account of what the store has said.
@Suite("Whatever happens")
struct HistoryTests {
    /// What the store has acknowledged.
    private struct Account {
        /// The body under which each key was accepted.
        var accepted: [Int: Int] = [:]
        var conflicts: Set<[Int]> = []
        /// Keys whose refusal may have come too late.
        var doubtful: Set<Int> = []
        /// What is known of each call.
        var facts: [Int: Set<Int>] = [:]
        var states: [SequenceNumber: DeliveryState] = [:]
        /// The leases that are held, of deliveries that are pending or waiting.
        var leases: [SequenceNumber: Lease] = [:]
        var attempts: [SequenceNumber: Int] = [:]
        /// When what is not leased is due.
        var due: [SequenceNumber: Timestamp] = [:]

        func deliveries(_ wanted: DeliveryState...) -> [SequenceNumber] {
            states.filter { wanted.contains($0.value) }.map(\.key).sorted()
        }
    }

    private static let calls = 7
    private static let members = 5

    private static func call(_ key: Int) -> Int { key % calls }
    private static func fact(_ key: Int) -> Int { key / calls % members }

    private static func admission(_ key: Int, body: Int, isBroken: Bool, at time: Timestamp) -> Admission {
        var admission = Admission.sample(
            "k\(key)", body: "{\"body\":\(body)}", call: "\(call(key))",
            says: { part in
                switch fact(key) {
                case 0: part.externalID = "v"
                case 1: part.endedReason = "v"
                case 2: part.agentID = "v"
                case 3: part.agentName = "v"
                default: part.conversationID = "v"
                }
            }, at: time)
        admission.ticket.isBroken = isBroken
        return admission
    }

    private static func facts(_ record: Record?) -> Set<Int> {
        guard let call = record.flatMap(Call.init) else { return [] }
        let known = [call.externalID, call.endedReason, call.agentID, call.agentName, call.conversationID]
        return Set(known.indices.filter { known[$0] == "v" })
    }

    /// One database and the account of it.
    private final class Life {
        var random: SeededRandom
        var folder: Folder
        var disk: FaultyDisk
        var bench: Workbench
        let clock = ManualClock()
        var account = Account()

        init(seed: UInt64) throws {
            random = SeededRandom(seed)
            folder = try Folder()
            disk = try FaultyDisk()
            bench = try Workbench(in: folder, clock: clock, disk: disk) { $0.keyBlock = 8 }
        }

        func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

        func open() throws {
            bench = try Workbench(in: folder, clock: clock, disk: disk) { $0.keyBlock = 8 }
            forgetLeases()
        }

        /// Hands some webhooks over, among them the new one of the key `new`.
        func admit(mayFail: Bool) throws {
            // The clock goes back now and then.
            clock.now = clock.now + .milliseconds(below(20) == 0 ? -5000 : below(30))
            let items = (0...below(6)).map { _ in
                (key: below(120), body: below(8) == 0 ? 1 : 0, isBroken: below(20) == 0)
            }
            let fates = try bench.admit(
                items.map { HistoryTests.admission($0.key, body: $0.body, isBroken: $0.isBroken, at: clock.now) })
            for (item, fate) in zip(items, fates) {
                let known = account.accepted[item.key]
                let isDoubtful = account.doubtful.contains(item.key)
                switch fate {
                case .accepted:
                    #expect(known == nil, "the webhook \(item.key) was accepted twice")
                    #expect(!item.isBroken)
                    account.facts[HistoryTests.call(item.key), default: []].insert(HistoryTests.fact(item.key))
                    account.accepted[item.key] = item.body
                    account.doubtful.remove(item.key)
                    for lease in fate.leases {
                        let sequence = lease.key.sequence
                        #expect(account.states[sequence] == nil, "the number \(sequence) was given twice")
                        account.states[sequence] = .pending
                        account.leases[sequence] = lease
                    }
                case .duplicate:
                    #expect(known == item.body || account.conflicts.contains([item.key, item.body]) || isDoubtful)
                case .conflict:
                    #expect((known != nil && known != item.body) || isDoubtful)
                    account.conflicts.insert([item.key, item.body])
                case .refused:
                    #expect(mayFail || item.isBroken)
                    if mayFail, known == nil { account.doubtful.insert(item.key) }
                case .quarantined: Issue.record("nothing was to be quarantined")
                }
            }
        }

        /// Some of the leases that are held.
        private func someLeases() -> [Lease] {
            let held = account.leases.values.sorted { $0.key.sequence < $1.key.sequence }
            guard !held.isEmpty else { return [] }
            return Set((0...below(4)).map { _ in below(held.count) }).sorted().map { held[$0] }
        }

        func settle() async throws {
            let settlements = someLeases().map { lease in
                let sequence = lease.key.sequence
                account.leases[sequence] = nil
                account.attempts[sequence] = lease.attempts + 1
                switch below(3) {
                case 0:
                    account.states[sequence] = .delivered
                    return Settlement.sample(lease, .delivered)
                case 1:
                    account.states[sequence] = .waiting
                    let due = clock.now + .seconds(below(100))
                    account.due[sequence] = due
                    return Settlement.sample(lease, .retry(at: due), body: "b\(sequence)")
                default:
                    account.states[sequence] = .dead
                    return Settlement.sample(lease, .dead(reason: "no"), body: "b\(sequence)")
                }
            }
            try await bench.settle(settlements)
            // Told again, it changes nothing.
            if below(3) == 0 { try await bench.settle(settlements) }
        }

        func release() {
            let leases = someLeases()
            for lease in leases {
                account.leases[lease.key.sequence] = nil
                account.due[lease.key.sequence] = lease.dueAt
            }
            bench.store.release(leases)
            if below(3) == 0 { bench.store.release(leases) }
        }

        /// Claims some, and checks that they are the very ones whose turn it is.
        func claim() throws {
            if below(3) == 0 { clock.now = clock.now + .seconds(below(60)) }
            let limit = 1 + below(below(2) == 0 ? 4 : 1000)
            let answer = try bench.claim(limit: limit)
            let waiting = account.due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            let due = waiting.prefix { mayGo($0.key, $0.value) }
            #expect(answer.deliveries.map(\.lease.key.sequence) == due.prefix(limit).map(\.key))
            #expect(answer.isWhole == (due.count <= limit))
            if answer.isWhole { #expect(answer.nextDue == waiting.dropFirst(due.count).first?.value) }
            for claimed in answer.deliveries {
                let sequence = claimed.lease.key.sequence
                #expect(account.due[sequence] == claimed.lease.dueAt)
                #expect(claimed.lease.attempts == account.attempts[sequence, default: 0])
                let isFirst = claimed.lease.attempts == 0
                #expect(claimed.body == (isFirst ? nil : Array("b\(sequence)".utf8)))
                account.due[sequence] = nil
                account.leases[sequence] = claimed.lease
            }
        }

        /// Whether its turn has come. What was never attempted is always due: the clock may be behind its number.
        private func mayGo(_ sequence: SequenceNumber, _ due: Timestamp) -> Bool {
            due <= clock.now || isNew(sequence, due)
        }

        private func isNew(_ sequence: SequenceNumber, _ due: Timestamp) -> Bool {
            account.attempts[sequence, default: 0] == 0 && due == Timestamp(of: sequence)
        }

        func survey() throws {
            let first = account.due.min { ($0.value, $0.key) < ($1.value, $1.key) }
            let due = first.map { isNew($0.key, $0.value) ? min($0.value, clock.now) : $0.value }
            #expect(try bench.survey() == (due.map { [Backlog(endpoint: "crm", nextDue: $0)] } ?? []))
        }

        func edit() async throws {
            guard let sequence = account.deliveries(.dead, .discarded).randomElement(using: &random) else { return }
            let id = try bench.reader().ids.text(.delivery, sequence)
            if below(2) == 0 {
                #expect(try await bench.retry(id) == .done(1))
                #expect(try await bench.retry(id) == .notDead)
                account.states[sequence] = .waiting
                account.due[sequence] = clock.now
            } else {
                let isDead = account.states[sequence] == .dead
                #expect(try await bench.discard(id) == (isDead ? .done(1) : .notDead))
                account.states[sequence] = .discarded
            }
        }

        /// Leases end with the process.
        private func forgetLeases() {
            for lease in account.leases.values { account.due[lease.key.sequence] = lease.dueAt }
            account.leases = [:]
        }

        func cutPower() throws {
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            bench.store.close()
            (folder, disk) = (crashed, try FaultyDisk())
            try open()
        }

        func failingDisk() throws {
            let fault = FaultyDisk.Fault.allCases[below(3)]
            disk.fail(fault, at: 1 + below(10), times: 1 + below(3))
            for _ in 0...below(3) { try admit(mayFail: true) }
            // A power cut may come while the disk is bad.
            if below(4) == 0 { try cutPower() }
            disk.heal()
        }

        /// Compares the database with the account.
        func audit() throws {
            let reader = try bench.reader()
            let connection = try Connection(path: bench.path, access: .read)
            #expect(try connection.integer("SELECT 1 FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
            let total = try #require(try connection.integer("SELECT count(*) FROM webhooks WHERE status = 0"))
            #expect(try connection.integer("SELECT count(DISTINCT key) FROM webhooks WHERE status = 0") == total)
            #expect(try connection.integer("SELECT count(*) FROM events") == total)
            let statement = try connection.prepare("SELECT key FROM webhooks WHERE status = 0")
            var keys: Set<Int> = []
            while try statement.step() { keys.insert(Int(statement.text(0)?.dropFirst() ?? "") ?? -1) }
            #expect(keys.isSuperset(of: account.accepted.keys), "lost: \(Set(account.accepted.keys).subtracting(keys))")
            // A refusal that came too late: the webhook is there after all, whole.
            let late = keys.subtracting(account.accepted.keys)
            #expect(late.isSubset(of: account.doubtful))
            for row in try reader.deliveries(state: .pending, limit: 10_000) where account.states[row.sequence] == nil {
                let event = try #require(try reader.event(row.event).flatMap { try reader.whole($0) })
                let key = Int(event.native.id?.dropFirst() ?? "") ?? -1
                #expect(late.contains(key))
                account.states[row.sequence] = .pending
                account.due[row.sequence] = Timestamp(of: row.sequence)
                account.accepted[key] = event.raw["body"]?.int
                account.doubtful.remove(key)
                account.facts[HistoryTests.call(key), default: []].insert(HistoryTests.fact(key))
            }
            for row in try reader.deliveries(state: .waiting, limit: 10_000) {
                #expect(row.body == Array("b\(row.sequence)".utf8))
                #expect(row.attempts == account.attempts[row.sequence])
            }
            for state in DeliveryState.allCases {
                #expect(
                    try reader.deliveries(state: state, limit: 10_000).map(\.sequence).sorted()
                        == account.deliveries(state), "\(state)")
            }
            for (call, facts) in account.facts {
                let kept = try reader.record(.call, id: "call_\(call)")?.record
                #expect(facts.isSubset(of: HistoryTests.facts(kept)), "the call \(call) has forgotten something")
            }
        }
    }

    @Test(
        "what was acknowledged stays as it was, once, and nothing else is there",
        arguments: 1...20 as ClosedRange<UInt64>)
    func history(seed: UInt64) async throws {
        let life = try Life(seed: seed)
        defer { life.bench.store.close() }
        for _ in 0..<200 {
            switch life.below(100) {
            case 0..<40: try life.admit(mayFail: false)
            case 40..<55: try await life.settle()
            case 55..<70: try life.claim()
            case 70..<76: life.release()
            case 76..<80: try life.survey()
            case 80..<86: try await life.edit()
            case 86..<90:
                life.bench.store.close()
                try life.open()
                try life.audit()
            case 90..<94:
                try life.cutPower()
                try life.audit()
            default:
                try life.failingDisk()
                try life.audit()
            }
        }
        try life.audit()
    }
}
