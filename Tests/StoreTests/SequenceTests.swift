import HubModel
import Testing

@testable import HubStore

@Suite("Sequence numbers and ids")
struct SequenceTests {
    @Test("numbers only rise, whatever the clock does")
    func rising() {
        var generator = SequenceGenerator(after: 0)
        var last: SequenceNumber = 0
        var random = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let time = Timestamp(milliseconds: .random(in: -5...1_800_000_000_000, using: &random))
            let next = generator.next(at: time)
            #expect(next > last)
            last = next
        }
    }

    @Test("more numbers than a millisecond has are borrowed from the next")
    func borrowing() {
        var generator = SequenceGenerator(after: SequenceGenerator.first(at: Timestamp(milliseconds: 7)) + 1_048_575)
        #expect(
            generator.next(at: Timestamp(milliseconds: 7)) == SequenceGenerator.first(at: Timestamp(milliseconds: 8)))
        #expect(
            generator.next(at: Timestamp(milliseconds: 8)) == SequenceGenerator.first(at: Timestamp(milliseconds: 8))
                + 1)
    }

    @Test("a restart with an earlier clock goes on above what was given")
    func restart() throws {
        let folder = try Folder()
        let clock = ManualClock()
        let first = try Workbench(in: folder, clock: clock)
        let before = try #require(try first.admit([.sample("1")]).first?.keys.first?.sequence)
        first.store.close()
        let past = clock.now + .seconds(-3600)
        clock.now = past
        let second = try Workbench(in: folder, clock: clock)
        defer { second.store.close() }
        let after = try #require(try second.admit([.sample("2", at: past)]).first?.events.first?.sequence)
        #expect(after > before)
    }

    @Test("an id is a UUIDv7 with a prefix, and leads back to its number")
    func ids() throws {
        let ids = PublicID(nonce: 0x2A_BCDE_F012_3456)
        for sequence: SequenceNumber in [0, 1, 255, 256, 4095, 1 << 20, 1_800_000_000_000 << 20 | 0xF_FFFF] {
            for kind in PublicID.Kind.allCases {
                let id = ids.text(kind, sequence)
                #expect(id.hasPrefix(kind.rawValue))
                #expect(id.utf8.count == 36)
                #expect(PublicID.sequence(kind, in: id) == sequence)
                #expect(ids.sequence(kind, of: id) == sequence)
                let digits = Array(id.dropFirst(4))
                #expect(digits[12] == "7")
                #expect("89ab".contains(digits[16]))
            }
        }
        // The first 48 bits are the milliseconds.
        let id = ids.text(.event, 1_800_000_000_000 << 20 | 5)
        #expect(UInt64(id.dropFirst(4).prefix(12), radix: 16) == 1_800_000_000_000)
    }

    @Test("ids sort as their numbers do")
    func sorting() {
        let ids = PublicID(nonce: 12345)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let (a, b) = (Int64.random(in: 0..<1 << 60, using: &random), Int64.random(in: 0..<1 << 60, using: &random))
            #expect((ids.text(.event, a) < ids.text(.event, b)) == (a < b))
        }
    }

    @Test(
        "what is not an id of that kind is nothing",
        arguments: [
            "", "evt_", "evt_zz", "dlv_0190000000007000800000000000002a", "evt_0190000000006000800000000000002a",
            "evt_0190000000007000400000000000002a", "evt_0190000000007000800000000000002a0",
            "evt_+19000000000700080000000000002a",
            "evt_é1900000000070008000000000000",
        ])
    func notIDs(text: String) {
        #expect(PublicID.sequence(.event, in: text) == nil)
    }

    @Test("an id of another database is not this one's")
    func otherDatabase() {
        let id = PublicID(nonce: 1).text(.event, 99 << 20)
        #expect(PublicID(nonce: 2).sequence(.event, of: id) == nil)
    }
}
