import HubModel
import SQLite
import Testing

@testable import HubStore

@Suite("The key index")
struct KeyIndexTests {
    /// Repeats what failed: the same seed gives the same history.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private func database(_ folder: Folder) throws -> Connection {
        let connection = try Connection(path: folder("keys.db"))
        // The test is about what is found, not about the disk.
        try connection.execute("PRAGMA synchronous = OFF")
        try Schema.migrate(connection)
        return connection
    }

    @Test(
        "agrees with a dictionary through commits, rollbacks, full blocks and restarts",
        arguments: 1...12 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let folder = try Folder()
        let connection = try database(folder)
        func open() throws -> KeyIndex { try KeyIndex(connection, block: 16, movedPerCommit: 5) }
        var index = try open()
        var truth: [UInt64: SequenceNumber] = [:]
        var next: SequenceNumber = 0
        for step in 0..<400 {
            var entries: [(UInt64, SequenceNumber)] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                next += 1
                // Few enough keys that many are written again.
                entries.append((UInt64.random(in: 0..<200, using: &random) &* 0x0123_4567_89AB_CDEF, next))
            }
            try connection.execute("BEGIN")
            index.begin()
            for (hash, webhook) in entries {
                try index.put(.record, hash, KeyIndex.Entry(webhook: webhook, bodyHash: hash ^ 1))
                #expect(try index.find(.record, hash)?.webhook == webhook)
            }
            try index.advance()
            if Int.random(in: 0..<5, using: &random) == 0 {
                try connection.execute("ROLLBACK")
                index.rolledBack()
            } else {
                try connection.execute("COMMIT")
                index.committed()
                for (hash, webhook) in entries { truth[hash] = webhook }
            }
            if Int.random(in: 0..<20, using: &random) == 0 { index = try open() }
            guard step % 10 == 0 else { continue }
            for (hash, webhook) in truth {
                #expect(try index.find(.record, hash)?.webhook == webhook, "seed \(seed), step \(step)")
                #expect(try index.find(.dedupe, hash) == nil)
                #expect(try KeyIndex.find(.record, hash, in: connection) == webhook)
            }
            #expect(try index.find(.record, 42) == nil)
        }
        // The log is bounded, although every restart makes one block of everything in it.
        #expect(try #require(try connection.integer("SELECT count(*) FROM key_log")) <= 16 * 8)
        #expect(try #require(try connection.integer("SELECT count(*) FROM keys")) > 100)
    }

    @Test("keeps two blocks in memory however much a commit appends")
    func largeCommits() throws {
        let folder = try Folder()
        let connection = try database(folder)
        let index = try KeyIndex(connection, block: 64, movedPerCommit: 1)
        for commit in 0..<200 {
            try connection.execute("BEGIN")
            index.begin()
            for entry in 0..<20 {
                let number = UInt64(commit * 20 + entry)
                try index.put(
                    .dedupe, number &* 0x9E37_79B9_7F4A_7C15, KeyIndex.Entry(webhook: Int64(number), bodyHash: 0))
            }
            try index.advance()
            try connection.execute("COMMIT")
            index.committed()
            #expect(index.countInMemory <= 64 * 2 + 20)
            #expect(try #require(try connection.integer("SELECT count(*) FROM key_log")) <= 64 * 3)
        }
    }

    @Test("finds every key of a store with tiny blocks, also after restarts")
    func inUse() throws {
        let folder = try Folder()
        for round in 0..<4 {
            let bench = try Workbench(in: folder) { $0.keyBlock = 8 }
            defer { bench.store.close() }
            for old in 0..<round {
                let again = try bench.admit((0..<50).map { .sample("\(old).\($0)", call: "c\($0 % 7)") })
                #expect(again.allSatisfy { $0.word == "duplicate" })
            }
            for part in 0..<10 {
                let keys = (0..<5).map { part * 5 + $0 }
                let outcomes = try bench.admit(keys.map { .sample("\(round).\($0)", call: "c\($0 % 7)") })
                #expect(outcomes.allSatisfy { $0.word == "accepted" })
            }
        }
    }

    @Test("forgets what leads to webhooks that are gone, step by step, and nothing else")
    func sweep() throws {
        let folder = try Folder()
        let connection = try database(folder)
        for webhook in 1...100 {
            try connection.execute("INSERT INTO keys VALUES (1, \((webhook * 7919) % 1000 - 500), \(webhook), 0)")
        }
        // Numbers 40 and 41 are still there; those from 60 are too young to be asked for.
        for webhook in [40, 41] {
            try connection.execute(
                "INSERT INTO webhooks VALUES (\(webhook), 1, 1, 0, 0, NULL, 'k', 1, x'', NULL, NULL, NULL, NULL, x'')")
        }
        let index = try KeyIndex(connection, block: 16, movedPerCommit: 3)
        var steps = 1
        while try index.sweep(before: 60, limit: 9) { steps += 1 }
        #expect(steps == 12)
        #expect(try connection.integer("SELECT count(*) FROM keys") == 43)
        #expect(try connection.integer("SELECT count(*) FROM keys WHERE webhook IN (40, 41)") == 2)
        #expect(try connection.integer("SELECT min(webhook) FROM keys WHERE webhook NOT IN (40, 41)") == 60)
    }

    @Test("the hash tells apart what differs in one byte, in length or in seed")
    func hashing() {
        var seen: Set<UInt64> = []
        let bytes = [UInt8](repeating: 0, count: 40)
        for length in 0...40 { seen.insert(stableHash(Array(bytes.prefix(length)))) }
        for position in 0..<40 {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] = 1 << UInt8(bit)
                seen.insert(stableHash(changed))
            }
        }
        for seed in 1...50 as ClosedRange<UInt64> { seen.insert(stableHash(bytes, seed: seed)) }
        #expect(seen.count == 41 + 320 + 50)
    }
}
