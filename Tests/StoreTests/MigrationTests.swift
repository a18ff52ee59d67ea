import Foundation
import HubModel
import SQLite
import Testing

@testable import HubStore

/// A database of version 0.1.0 is brought up to date in place, whatever interrupts it.
@Suite("An older database")
struct MigrationTests {
    /// What a 0.1.0 hub left: 30 calls of one webhook with two events each, one delivered, one pending, one waiting, one
    /// dead and one discarded delivery among them, and two webhooks that were set aside.
    private func older(_ folder: Folder) throws -> [SequenceNumber] {
        let connection = try Connection(path: folder("hub.db"))
        try connection.execute(
            """
            PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;
            CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) WITHOUT ROWID;
            \(Version010.schema)
            INSERT INTO migrations VALUES ('0001-webhooks-events-deliveries', datetime('now'));
            INSERT INTO meta VALUES ('nonce', '2abcdef0123456');
            """)
        var deliveries: [SequenceNumber] = []
        let start: SequenceNumber = 1_700_000_000_000 << 20
        for number in 0..<30 as Range<SequenceNumber> {
            let webhook = start + number << 30
            let id = "call_\(String(repeating: "0", count: 30))\(number + 10)"
            let record = """
                {"call": {"id": "\(id)", "summary": "s\(number)"}, "origins": [[5, 1700000000000, ["id", "summary"]]]}
                """
            try connection.execute(
                """
                INSERT INTO webhooks VALUES (\(webhook), 'line', 'acme', \(webhook >> 20), 0, NULL, 'k\(number)', 'config',
                    CAST('[["Host", "hub"], ["X-A", "b: c"]]' AS BLOB), '\(id)', NULL, CAST('\(record)' AS BLOB),
                    CAST('{"n": \(number)}' AS BLOB));
                INSERT INTO events VALUES (\(webhook + 1), \(webhook), 'call.ended', 'line', '\(id)', 1700000000001, 0,
                    'ended', 'n\(number)', 'id summary', NULL);
                INSERT INTO events VALUES (\(webhook + 3), \(webhook), 'call.missed', 'line', '\(id)', 1700000000001, 1,
                    'ended', 'n\(number)', 'id summary', CAST('{"a": 1}' AS BLOB));
                """)
            let delivery = webhook + 2
            deliveries.append(delivery)
            switch number % 5 {
            case 0:
                try connection.execute(
                    """
                    INSERT INTO deliveries VALUES (\(delivery), \(webhook + 1), 'all', 0, 'crm', 1, 1, 0, 1700000000005, 200,
                        7, 1, NULL, NULL)
                    """)
            case 1:
                try connection.execute("INSERT INTO pending VALUES (\(delivery), \(webhook + 1), 'all', 0, 'crm')")
            case 2:
                try connection.execute(
                    """
                    INSERT INTO waiting VALUES (\(delivery), \(webhook + 1), 'all', 1, 'crm', 2, 1, 1700000009999,
                        CAST('sent' AS BLOB));
                    INSERT INTO attempts VALUES (\(delivery), 1, 1700000000002, 3, 503, 'answered 503', NULL, 0);
                    """)
            default:
                try connection.execute(
                    """
                    INSERT INTO deliveries VALUES (\(delivery), \(webhook + 1), 'all', 0, 'crm', \(number % 5 - 1), 4, 0,
                        1700000000005, 410, NULL, NULL, 'gone', CAST('sent' AS BLOB))
                    """)
            }
        }
        let odd = start + 100 << 30
        try connection.execute(
            """
            INSERT INTO webhooks VALUES (\(odd), 'line', 'acme', 1700000000001, 1, 'no JSON', 'odd', 'config',
                CAST('[]' AS BLOB), NULL, NULL, NULL, x'ff00');
            INSERT INTO key_log VALUES (1, 2, \(Int64(bitPattern: stableHash(
                "call_00000000000000000000000000000039", seed: 0x2abcdef0123456))), \(start + 29 << 30), 0);
            """)
        return deliveries
    }

    /// Everything that can be read of the database, in words.
    private func contents(_ path: String) throws -> [String] {
        let reader = try StoreReader(path: path)
        var lines: [String] = []
        for row in try reader.events(limit: 1000) {
            let event = try #require(try reader.whole(row))
            lines.append("\(row.id) \(row.webhook) \(row.derived) \(row.changed) \(row.nativeID ?? "") \(event.json)")
        }
        for row in try reader.deliveries(limit: 1000) {
            lines.append(
                "\(row.id) \(row.event) \(row.eventType) \(row.route) \(row.endpoint) \(row.state) \(row.attempts) \(row.at)"
                    + " \(row.status ?? 0) \(row.reason ?? "") \(String(decoding: row.body ?? [], as: UTF8.self))"
                    + " \(try reader.attempts(row.sequence).map(\.number))")
        }
        for row in try reader.setAside(limit: 10) { lines.append("\(row.id) \(row.status) \(row.body) \(row.headers)") }
        return lines
    }

    @Test("shows after it what was there before")
    func contents() throws {
        let folder = try Folder()
        let deliveries = try older(folder)
        #expect(throws: StoreError.self) { try StoreReader(path: folder("hub.db")) }
        let bench = try Workbench(in: folder)
        defer { bench.store.close() }
        let steps = bench.signals.compactMap { if case .migrated(let step, _, _) = $0 { step } else { nil } }
        #expect(Set(steps) == ["webhooks", "events", "pending", "waiting", "deliveries"])
        let reader = try bench.reader()
        let events = try reader.events(limit: 1000)
        #expect(events.count == 60)
        #expect(events.prefix(2).map(\.type) == ["call.missed", "call.ended"])
        #expect(events.prefix(2).map(\.derived) == [true, false])
        let first = try #require(events.first)
        #expect(first.data == ["a": 1])
        #expect(first.changed == ["id", "summary"])
        let event = try #require(try reader.whole(first))
        #expect(event.record.flatMap(Call.init)?.summary == "s29")
        #expect(event.raw == ["n": 29])
        let webhook = try #require(try reader.webhook(first.webhook))
        #expect(webhook.headers.map(\.value) == ["hub", "b: c"])
        #expect((webhook.source, webhook.provider, webhook.digest, webhook.key) == ("line", "acme", "config", "k29"))
        #expect(try reader.events(subject: "call_00000000000000000000000000000039", limit: 9).count == 2)
        #expect(try reader.records(.call, limit: 100).count == 30)
        #expect(try reader.setAside(limit: 10).map(\.body) == [[0xFF, 0]])
        for (state, index) in [(DeliveryState.delivered, 0), (.pending, 1), (.waiting, 2), (.dead, 3), (.discarded, 4)]
        {
            let rows = try reader.deliveries(state: state, limit: 100)
            #expect(rows.map(\.sequence).sorted() == stride(from: index, to: 30, by: 5).map { deliveries[$0] })
            #expect(rows.allSatisfy { $0.eventType == "call.ended" && $0.endpoint == "crm" && $0.route == "all" })
        }
        let waiting = try #require(try reader.deliveries(state: .waiting, limit: 1).first)
        #expect((waiting.attempts, waiting.at.milliseconds) == (2, 1_700_000_009_999))
        #expect(waiting.body == Array("sent".utf8))
        #expect(try reader.attempts(waiting.sequence).map(\.status) == [503])
        let dead = try #require(try reader.deliveries(state: .dead, limit: 1).first)
        #expect((dead.status, dead.reason) == (410, "gone"))
        // What was undelivered is delivered, and what is known is known.
        let claimed = try bench.claim().deliveries
        #expect(claimed.count == 12)
        #expect(claimed.map(\.lease.forgiven).reduce(0, +) == 6)
        let tables = try Connection(path: bench.path).integer(
            "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'old_%'")
        #expect(tables == 0)
    }

    @Test("is the same when the work was interrupted at any write", arguments: [FaultyDisk.Fault.writeFails, .full])
    func everyWrite(fault: FaultyDisk.Fault) throws {
        let whole = try Folder()
        _ = try older(whole)
        try migrate(whole("hub.db"), nil)
        let expected = try contents(whole("hub.db"))
        #expect(expected.count == 91)
        var n = 0
        while true {
            n += 1
            let folder = try Folder()
            _ = try older(folder)
            let disk = try FaultyDisk()
            disk.fail(fault, at: n, times: -1)
            try? migrate(folder("hub.db"), disk)
            let failed = disk.hasFailed
            let crashed = try Folder()
            try disk.cutPower(of: folder, into: crashed)
            disk.heal()
            for place in [folder, crashed] {
                try migrate(place("hub.db"), nil)
                #expect(try contents(place("hub.db")) == expected, "\(fault) at \(n)")
            }
            if !failed { break }
        }
        #expect(n > 20, "the fault never happened")
    }

    private func migrate(_ path: String, _ disk: FaultyDisk?) throws {
        let connection = try Connection(path: path, vfs: disk?.name)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        try Schema.migrate(connection, chunk: 7)
    }
}
