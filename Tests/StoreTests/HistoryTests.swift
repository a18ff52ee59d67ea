import HubModel
import SQLite
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
        var attempts: [SequenceNumber: Int] = [:]
        var ids: [SequenceNumber: String] = [:]

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
        if isBroken {
            let plan = admission.plan
            admission.plan = { context in
                var planned = plan(&context)
                planned.events += planned.events
                return planned
            }
        }
        return admission
    }

    private static func facts(_ record: Record?) -> Set<Int> {
        guard let call = record.flatMap(Call.init) else { return [] }
        let known = [call.externalID, call.endedReason, call.agentID, call.agentName, call.conversationID]
        return Set(known.indices.filter { known[$0] == "v" })
    }

    /// One database and the account of it.
    private final class Life {
        var random: KeyIndexTests.Seeded
        var folder: Folder
        var disk: FaultyDisk
        var bench: Workbench
        let clock = ManualClock()
        var account = Account()
        private var edits = 0

        init(seed: UInt64) throws {
            random = KeyIndexTests.Seeded(state: seed)
            folder = try Folder()
            disk = try FaultyDisk()
            bench = try Workbench(in: folder, clock: clock, disk: disk) { $0.keyBlock = 8 }
        }

        func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

        func open() throws { bench = try Workbench(in: folder, clock: clock, disk: disk) { $0.keyBlock = 8 } }

        /// Hands some webhooks over, among them the new one of the key `new`.
        func admit(mayFail: Bool, new: Int? = nil) throws {
            // The clock goes back now and then.
            clock.now = clock.now + .milliseconds(below(20) == 0 ? -5000 : below(30))
            var items = (0...below(6)).map { _ in
                (key: below(120), body: below(8) == 0 ? 1 : 0, isBroken: below(20) == 0)
            }
            if let new { items.append((key: new, body: 0, isBroken: false)) }
            let outcomes = try bench.admit(
                items.map { HistoryTests.admission($0.key, body: $0.body, isBroken: $0.isBroken, at: clock.now) })
            for (item, outcome) in zip(items, outcomes) {
                let known = account.accepted[item.key]
                let isDoubtful = account.doubtful.contains(item.key)
                switch outcome {
                case .accepted(let events):
                    #expect(known == nil, "the webhook \(item.key) was accepted twice")
                    #expect(!item.isBroken)
                    let call = HistoryTests.call(item.key)
                    account.facts[call, default: []].insert(HistoryTests.fact(item.key))
                    let shown = HistoryTests.facts(events.first?.event.record)
                    #expect(
                        account.facts[call, default: []].isSubset(of: shown), "the call \(call) has forgotten something"
                    )
                    account.accepted[item.key] = item.body
                    account.doubtful.remove(item.key)
                    for delivery in events.flatMap(\.deliveries) {
                        #expect(
                            account.states[delivery.sequence] == nil, "the number \(delivery.sequence) was given twice")
                        account.states[delivery.sequence] = .pending
                        account.ids[delivery.sequence] = delivery.id
                    }
                case .duplicate:
                    #expect(known == item.body || account.conflicts.contains([item.key, item.body]) || isDoubtful)
                case .conflict:
                    #expect((known != nil && known != item.body) || isDoubtful)
                    account.conflicts.insert([item.key, item.body])
                case .unavailable:
                    #expect(mayFail || item.isBroken)
                    if mayFail, known == nil { account.doubtful.insert(item.key) }
                case .quarantined: Issue.record("nothing was to be quarantined")
                }
            }
        }

        func settle() throws {
            let open = account.deliveries(.pending, .waiting)
            guard !open.isEmpty else { return }
            let chosen = Set((0...below(4)).map { _ in open[below(open.count)] })
            let settlements = chosen.sorted().map { sequence in
                let number = account.attempts[sequence, default: 0] + 1
                account.attempts[sequence] = number
                switch below(3) {
                case 0:
                    account.states[sequence] = .delivered
                    return Settlement.sample(sequence, .delivered, number: number)
                case 1:
                    account.states[sequence] = .waiting
                    return Settlement.sample(
                        sequence, .retry(at: clock.now + .seconds(below(100))), number: number, body: "b\(sequence)")
                default:
                    account.states[sequence] = .dead
                    return Settlement.sample(sequence, .dead(reason: "no"), number: number, body: "b\(sequence)")
                }
            }
            try bench.settle(settlements)
        }

        func edit() throws {
            guard let sequence = account.deliveries(.dead, .discarded).randomElement(using: &random),
                let id = account.ids[sequence]
            else { return }
            let editor = try bench.editor()
            if below(2) == 0 {
                #expect(try editor.retry(id, at: clock.now) == .done)
                #expect(try editor.retry(id, at: clock.now) == .notDead)
                account.states[sequence] = .waiting
            } else {
                let isDead = account.states[sequence] == .dead
                #expect(try editor.discard(id, at: clock.now) == (isDead ? .done : .notDead))
                account.states[sequence] = .discarded
            }
            // The editor does not write through the disk of the test, which must see the log to know it.
            edits += 1
            try admit(mayFail: false, new: 1000 + edits)
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
            let fresh = try bench.store.fresh(after: 0, limit: 10_000)
            for delivery in fresh where account.states[delivery.sequence] == nil {
                let key = Int(delivery.event.native.id?.dropFirst() ?? "") ?? -1
                #expect(late.contains(key))
                account.states[delivery.sequence] = .pending
                account.ids[delivery.sequence] = delivery.id
                account.accepted[key] = delivery.event.raw["body"]?.int
                account.doubtful.remove(key)
                account.facts[HistoryTests.call(key), default: []].insert(HistoryTests.fact(key))
            }
            #expect(fresh.map(\.sequence) == account.deliveries(.pending))
            let due = try bench.store.due(by: clock.now + .seconds(1_000_000), limit: 10_000)
            #expect(due.map(\.sequence).sorted() == account.deliveries(.waiting))
            #expect(due.map(\.dueAt) == due.map(\.dueAt).sorted())
            for delivery in due {
                #expect(delivery.body == Array("b\(delivery.sequence)".utf8))
                #expect(delivery.attempts == account.attempts[delivery.sequence])
            }
            for state in [DeliveryState.delivered, .dead, .discarded] {
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
    func history(seed: UInt64) throws {
        let life = try Life(seed: seed)
        defer { life.bench.store.close() }
        for _ in 0..<120 {
            switch life.below(100) {
            case 0..<62: try life.admit(mayFail: false)
            case 62..<80: try life.settle()
            case 80..<86: try life.edit()
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
