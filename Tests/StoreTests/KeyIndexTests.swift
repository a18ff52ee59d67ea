import HubModel
import SQLite
import TestRandom
import Testing

@testable import HubStore

@Suite("The key index")
struct KeyIndexTests {

    /// An index on a disk of its own, with sizes so small that everything happens often.
    private struct Bench {
        static let shape: KeyShape = {
            var shape = KeyShape()
            (shape.fanout, shape.topLevel, shape.entriesPerPage) = (3, 2, 4)
            (shape.blocksPerPart, shape.bits, shape.trimmedRows) = (1, [64], 2)
            return shape
        }()

        let connection: Connection
        var index: KeyIndex
        var number: SequenceNumber = 0

        init(_ path: String, disk: FaultyDisk? = nil) throws {
            connection = try Connection(path: path, vfs: disk?.name)
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 20")
            // Where the test is about what is found, not about the disk.
            try connection.execute("PRAGMA synchronous = \(disk == nil ? "OFF" : "FULL")")
            try Schema.migrate(connection)
            try KeyIndex.migrate(connection)
            index = try Self.open(connection)
        }

        static func open(_ connection: Connection) throws -> KeyIndex {
            try KeyIndex(connection, block: 16, shape: shape)
        }

        func transaction(_ body: () throws -> Void) throws {
            index.begin()
            do {
                try connection.execute("BEGIN IMMEDIATE")
                try body()
                try index.advance()
                try connection.execute("COMMIT")
            } catch {
                if connection.isInTransaction { try? connection.execute("ROLLBACK") }
                index.rolledBack()
                throw error
            }
            index.committed()
        }

        func put(_ hash: UInt64, _ webhook: SequenceNumber, _ kind: KeyIndex.Kind = .record) throws {
            try index.put(kind, hash, KeyIndex.Entry(webhook: webhook, bodyHash: hash ^ 1))
        }

        /// Stores a webhook of that number, as far as the index can see.
        func keep(_ webhook: SequenceNumber) throws {
            try connection.execute(
                "INSERT INTO webhooks VALUES (\(webhook), 1, 1, 0, 0, NULL, 'k', 1, x'', NULL, NULL, NULL, NULL, x'')")
        }

        func count(_ table: String) throws -> Int {
            Int(try #require(try connection.integer("SELECT count(*) FROM \(table)")))
        }

        /// Everything that must be true of the tables at any moment.
        func check() throws {
            let parts = try connection.prepare("SELECT id, words FROM key_parts")
            var used: Set<Int64> = []
            while try parts.step() {
                let part = try #require(KeyRun.Part(words: parts.words(1)))
                #expect(part.firsts == part.firsts.sorted())
                for slot in part.slots + [part.filter] {
                    #expect(used.insert(slot).inserted, "two parts name slot \(slot)")
                    #expect(try connection.integer("SELECT 1 FROM key_pages WHERE slot = \(slot)") == 1)
                }
                #expect(
                    try connection.integer("SELECT 1 FROM key_runs WHERE run = \(parts.integer(0) >> 24)") == 1,
                    "a part of no run")
            }
        }
    }

    private struct Stop: Error {}

    @Test(
        "agrees with a dictionary through commits, rollbacks, full blocks, merges, pruning and restarts",
        arguments: 1...8 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let folder = try Folder()
        var bench = try Bench(folder("keys.db"))
        let reader = try Connection(path: folder("keys.db"), access: .read)
        var truth: [UInt64: SequenceNumber] = [:]
        var kept: Set<SequenceNumber> = []
        var next: SequenceNumber = 0
        var edge: SequenceNumber = 0
        let prunes = seed % 2 == 0
        // Few enough keys that many are written again.
        let keys: ClosedRange<UInt64> = 0...(seed % 3 == 0 ? 5000 : 300)
        for step in 0..<400 {
            var entries: [(UInt64, SequenceNumber)] = []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                next += 1
                entries.append((UInt64.random(in: keys, using: &random) &* 0x0123_4567_89AB_CDEE, next))
            }
            let fails = Int.random(in: 0..<5, using: &random) == 0
            do {
                try bench.transaction {
                    for (hash, webhook) in entries {
                        try bench.put(hash, webhook)
                        #expect(try bench.index.find(.record, hash)?.webhook == webhook)
                        if prunes { try bench.keep(webhook) }
                    }
                    try bench.index.advance()
                    if fails { throw Stop() }
                }
                for (hash, webhook) in entries {
                    truth[hash] = webhook
                    kept.insert(webhook)
                }
            } catch is Stop {}
            if prunes, step % 50 == 49 {
                // Some webhooks stay although they are old.
                edge = max(edge, next - 300)
                try bench.connection.execute("DELETE FROM webhooks WHERE seq < \(edge) AND seq % 17 > 0")
                kept = kept.filter { $0 >= edge || $0 % 17 == 0 }
                for _ in 0..<8 {
                    do {
                        try bench.transaction {
                            _ = try bench.index.sweep(before: edge, limit: 40)
                            if fails { throw Stop() }
                        }
                    } catch is Stop {}
                }
            }
            if Int.random(in: 0..<20, using: &random) == 0 { bench.index = try Bench.open(bench.connection) }
            guard step % 20 == 0 else { continue }
            try bench.check()
            for (hash, webhook) in truth {
                let found = try bench.index.find(.record, hash)
                #expect(try KeyIndex.find(.record, hash, in: reader) == found?.webhook, "seed \(seed), step \(step)")
                #expect(try bench.index.find(.dedupe, hash) == nil)
                if !prunes || kept.contains(webhook) {
                    #expect(found?.webhook == webhook, "seed \(seed), step \(step)")
                    #expect(found?.bodyHash == hash ^ 1)
                }
            }
            #expect(try bench.index.find(.record, 42) == nil)
        }
        #expect(bench.index.runs.contains { $0.level == 2 })
        #expect(try bench.count("key_recent") <= 200)
    }

    @Test("does work in proportion to what is put, and keeps the number of runs small")
    func bounded() throws {
        let folder = try Folder()
        let bench = try Bench(folder("keys.db"))
        var random = SeededRandom(7)
        var runs = 0
        for commit in 0..<3000 {
            let size = commit % 50 == 0 ? 40 : 2
            let pages = (bench.index.pages.reads, bench.index.pages.writes)
            let log = try bench.count("key_recent")
            try bench.transaction {
                for number in 0..<size { try bench.put(random.next(), Int64(commit * 100 + number), .dedupe) }
            }
            // Eight entries for each that is put and one part more, of about 8 entries, on pages of 4 and at their edges.
            let most = (8 * size + 8 * 3) * 2
            #expect(bench.index.pages.reads - pages.0 <= most)
            #expect(bench.index.pages.writes - pages.1 <= most)
            #expect(bench.index.countInMemory <= 16 * 2 + 40)
            #expect(log <= 60)
            runs = max(runs, bench.index.runs.count)
            // Merging keeps up: of a level there are those that are being merged, and those that came meanwhile.
            for level in 0..<2 { #expect(bench.index.runs.count { $0.level == level } <= 7) }
        }
        #expect(bench.index.runs.count { $0.level == 2 } > 10)
        // What runs have left behind is used again.
        #expect(try bench.count("key_pages") < 2 * bench.index.runs.reduce(0) { $0 + $1.entries } / 2)
    }

    @Test("answers for new keys from memory, and for known ones with a page")
    func reads() throws {
        let folder = try Folder()
        let connection = try Connection(path: folder("keys.db"))
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute(KeyIndex.schema)
        try connection.execute("CREATE TABLE webhooks (seq INTEGER PRIMARY KEY)")
        let index = try KeyIndex(connection, block: 512)
        var random = SeededRandom(3)
        var known: [UInt64] = []
        for _ in 0..<200 {
            index.begin()
            try connection.execute("BEGIN")
            for _ in 0..<100 {
                known.append(random.next())
                try index.put(.dedupe, known[known.count - 1], KeyIndex.Entry(webhook: 1, bodyHash: 2))
            }
            try index.advance()
            try connection.execute("COMMIT")
            index.committed()
        }
        var before = index.pages.reads
        for hash in known { #expect(try index.find(.dedupe, hash)?.bodyHash == 2) }
        #expect(index.pages.reads - before < 20_000 * 105 / 100)
        before = index.pages.reads
        for _ in 0..<20_000 { #expect(try index.find(.dedupe, random.next()) == nil) }
        #expect(index.pages.reads - before < 20_000 * 4 / 100)
    }

    @Test("forgets what leads to webhooks that are gone, step by step, and nothing else")
    func sweep() throws {
        let folder = try Folder()
        var bench = try Bench(folder("keys.db"))
        for webhook in 1...900 as ClosedRange<Int64> {
            try bench.transaction {
                try bench.put(UInt64(webhook) << 20, webhook)
                if [40, 41].contains(webhook) || webhook >= 600 { try bench.keep(webhook) }
            }
        }
        let before = bench.index.runs.reduce(0) { $0 + $1.entries }
        var steps = 1
        func sweep() throws -> Bool {
            let reads = bench.index.pages.reads
            var more = false
            try bench.transaction { more = try bench.index.sweep(before: 700, limit: 20) }
            #expect(bench.index.pages.reads - reads < 60)
            return more
        }
        while try sweep() {
            steps += 1
            if steps % 10 == 0 { bench.index = try Bench.open(bench.connection) }
        }
        #expect(steps > 20)
        for webhook in 1...900 as ClosedRange<Int64> {
            let found = try bench.index.find(.record, UInt64(webhook) << 20)
            if [40, 41].contains(webhook) || webhook >= 600 {
                #expect(found?.webhook == webhook)
            } else if webhook < 400 {
                #expect(found == nil, "\(webhook)")
            }
        }
        #expect(bench.index.runs.reduce(0) { $0 + $1.entries } < before - 450)
        // Once nothing is left, neither are runs.
        try bench.connection.execute("DELETE FROM webhooks")
        for _ in 0..<500 { try bench.transaction { _ = try bench.index.sweep(before: 10_000, limit: 20) } }
        #expect(bench.index.runs.reduce(0) { $0 + $1.entries } == 0)
        #expect(try bench.count("key_parts") == 0)
    }

    @Test(
        "what was committed is found after a failure at any write",
        arguments: FaultyDisk.Fault.allCases)
    func everyWrite(fault: FaultyDisk.Fault) throws {
        var n = 0
        while true {
            n += 1
            let folder = try Folder()
            let disk = try FaultyDisk()
            var bench: Bench? = try Bench(folder("hub.db"), disk: disk)
            var truth: [UInt64: SequenceNumber] = [:]
            disk.fail(fault, at: n)
            var random = SeededRandom(5)
            for step in 0..<60 as Range<Int64> {
                let entries = (0..<10).map { (UInt64.random(in: 0..<500, using: &random) << 30, step * 10 + $0) }
                do {
                    try bench?.transaction { for (hash, webhook) in entries { try bench?.put(hash, webhook) } }
                    for (hash, webhook) in entries { truth[hash] = webhook }
                } catch let error as SQLiteError {
                    #expect(error.isFull || error.isIOError)
                    disk.heal()
                    if error.isIOError {
                        // As the store does: nothing in memory is trusted.
                        #expect(try bench?.connection.checkpoint() == true)
                        bench = nil
                        bench = try Bench(folder("hub.db"), disk: disk)
                    }
                }
            }
            let failed = disk.hasFailed
            disk.heal()
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            bench = nil
            for place in [crashed, folder] {
                let again = try Bench(place("hub.db"))
                try again.check()
                for (hash, webhook) in truth {
                    #expect(try again.index.find(.record, hash)?.webhook == webhook, "\(fault) at \(n)")
                    #expect(try KeyIndex.find(.record, hash, in: again.connection) == webhook)
                }
            }
            if !failed { break }
            // Every write of the first commits, then a sample of the others.
            if n > 30 { n += 24 }
        }
        #expect(n > 30, "the fault hardly happened")
    }

    @Test("a process that ends after any commit goes on where it was", arguments: [1, 2, 3, 7])
    func restarts(every: Int) throws {
        let folder = try Folder()
        var bench = try Bench(folder("keys.db"))
        var random = SeededRandom(UInt64(every))
        var truth: [UInt64: SequenceNumber] = [:]
        for commit in 0..<400 {
            try bench.transaction {
                for number in 0..<5 {
                    let hash = random.next() << 8
                    truth[hash] = Int64(commit * 5 + number)
                    try bench.put(hash, Int64(commit * 5 + number))
                }
            }
            if commit % every == 0 { bench.index = try Bench.open(bench.connection) }
        }
        try bench.check()
        for (hash, webhook) in truth { #expect(try bench.index.find(.record, hash)?.webhook == webhook) }
        #expect(bench.index.runs.contains { $0.level == 2 })
        // Blocks that were written in part are merged like others.
        #expect(bench.index.runs.count < 60)
        #expect(try bench.count("key_recent") < 60)
    }

    @Test("takes over the tables of 0.1.0, however often that is interrupted", arguments: [1, 7, 100, 5000])
    func conversion(limit: Int) throws {
        let folder = try Folder()
        let connection = try Connection(path: folder("keys.db"))
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute(
            """
            CREATE TABLE key_log (
                n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL,
                body_hash INTEGER NOT NULL);
            CREATE TABLE keys (
                kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL, body_hash INTEGER NOT NULL,
                PRIMARY KEY (kind, hash)) WITHOUT ROWID;
            CREATE TABLE webhooks (seq INTEGER PRIMARY KEY);
            """)
        var random = SeededRandom(UInt64(limit))
        var truth: [[UInt64]] = [[], []]
        func hash() -> Int64 { Int64(bitPattern: random.next()) }
        for number in 0..<(limit < 100 ? 200 : 2000) {
            let hash = hash()
            truth[number % 2].append(UInt64(bitPattern: hash))
            try connection.execute(
                "INSERT INTO keys VALUES (\(number % 2 + 1), \(hash), \(number), \(~hash))")
            if number % 10 == 0 {
                try connection.execute(
                    "INSERT INTO key_log VALUES (\(number + 1), \(number % 2 + 1), \(hash), \(number + 9000), \(~hash))"
                )
            }
        }
        try connection.execute(KeyIndex.schema)
        var steps = 0
        var isMore = true
        while isMore {
            steps += 1
            try connection.execute("BEGIN")
            isMore = try KeyIndex.convert(connection, limit: limit, shape: Bench.shape)
            // Every third step is lost.
            if steps % 3 == 0 {
                try connection.execute("ROLLBACK")
                isMore = true
            } else {
                try connection.execute("COMMIT")
            }
        }
        #expect(try connection.integer("SELECT 1 FROM sqlite_schema WHERE name IN ('keys', 'key_log')") == nil)
        #expect(try KeyIndex.convert(connection, limit: limit, shape: Bench.shape) == false)
        let index = try KeyIndex(connection, block: 16, shape: Bench.shape)
        for (kind, hashes) in zip([KeyIndex.Kind.dedupe, .record], truth) {
            for (at, hash) in hashes.enumerated() {
                let number = Int64(at * 2) + (kind == .record ? 1 : 0)
                let found = try #require(try index.find(kind, hash))
                #expect(found.webhook == (number % 10 == 0 ? number + 9000 : number))
                #expect(found.bodyHash == ~hash)
                #expect(try KeyIndex.find(kind, hash, in: connection) == found.webhook)
            }
        }
    }

    @Test("the table in memory agrees with a dictionary", arguments: [0, 1, 60] as [UInt64])
    func table(shift: UInt64) throws {
        var random = SeededRandom(shift)
        var table = KeyTable(capacity: 4)
        var truth: [UInt64: KeyEntry] = [:]
        for step in 0..<4000 as Range<Int64> {
            // Also places that crowd at one end of the table.
            let place = max(1, shift == 1 ? .max - random.next() % 500 : (random.next() % 500) << (shift - shift / 2))
            if step % 3 == 2 {
                table.remove(place)
                truth[place] = nil
            } else {
                let entry = KeyEntry(place: place, webhook: step, bodyHash: place ^ 5)
                #expect(table.put(entry) == truth.updateValue(entry, forKey: place))
            }
            #expect(table.count == truth.count)
            #expect(table.find(place) == truth[place])
        }
        for place in truth.keys { #expect(table.find(place) == truth[place]) }
        let (low, high) = (truth.keys.sorted()[10], truth.keys.sorted()[90])
        #expect(table.entries(from: low, through: high).places == Array(truth.keys.sorted()[10...90]))
        #expect(table.entries(from: 0, through: .max).places == truth.keys.sorted())
    }

    @Test("shares of all places follow on one another", arguments: [1, 2, 3, 127, 1000, 12_345])
    func shares(count: Int) {
        var next: UInt64 = 0
        for number in 0..<count {
            let range = places(of: number, in: count)
            #expect(range.first == next)
            #expect(share(of: range.first, in: count) == number)
            #expect(share(of: range.last, in: count) == number)
            next = range.last &+ 1
        }
        #expect(next == 0)
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

    @Test("the hash is the same for text, bytes and a part of bytes, today and in old databases")
    func sameHash() {
        for text in ["", "a", "12345678", "call_é 🎧 and so on", String(repeating: "x", count: 100)] {
            let bytes = Array(text.utf8)
            #expect(stableHash(text, seed: 9) == stableHash(bytes, seed: 9))
            #expect(stableHash(([1] + bytes + [2]).dropFirst().dropLast(), seed: 9) == stableHash(bytes, seed: 9))
        }
        #expect(stableHash("hub", seed: 1) == 0x4AFAA72AE5045E0E)
        #expect(stableHash("a longer text", seed: 0) == 0xB5D89AC1AEF55925)
    }
}
