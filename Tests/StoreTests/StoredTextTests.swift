import HubModel
import Testing

@testable import HubStore

@Suite("What rows hold")
struct StoredTextTests {
    @Test(
        "an id of a record comes back as it was",
        arguments: [
            "", "_", "call_A", "call_", "call_0123456789abcdef0123456789abcdef", "msg_ffffffffffffffffffffffffffffffff",
            "call_0123456789ABCDEF0123456789abcdef", "call_0123456789abcdef0123456789abcde",
            "_00000000000000000000000000000000",
            "00000000000000000000000000000000", "appointment_0123456789abcdef0123456789abcdef",
            "é_0123456789abcdef0123456789abcdef",
            "call_0123456789abcdeg0123456789abcdef",
        ])
    func packed(id: String) { #expect(PackedID.decode(PackedID.encode(id)) == id) }

    @Test("the usual id takes 21 bytes")
    func short() { #expect(PackedID.encode("call_0123456789abcdef0123456789abcdef").count == 21) }

    @Test("numbers of words come back in order", arguments: [[], [1], [127, 128, 1], [16_383, 16_384, Int64.max]])
    func lists(words: [Int64]) {
        var list: [UInt8] = []
        for word in words { WordList.append(word, to: &list) }
        #expect(WordList.decode(list) == words)
    }

    @Test("small numbers of words take a byte each")
    func bytes() {
        var list: [UInt8] = []
        for word in 1...100 as ClosedRange<Int64> { WordList.append(word, to: &list) }
        #expect(list.count == 100)
    }

    @Test("a failed transaction leaves no record and no word behind")
    func rollback() {
        var cache = RecordCache(capacity: 4, bytes: 1000)
        let record = Call().record
        func entry(_ webhook: SequenceNumber) -> RecordCache.Entry {
            RecordCache.Entry(webhook: webhook, record: record, size: 10)
        }
        cache.begin()
        cache.put("a", entry(1))
        cache.begin()
        cache.put("a", entry(2))
        cache.put("b", entry(3))
        cache.rolledBack()
        #expect(cache.find("a") == nil)
        #expect(cache.find("b") == nil)
    }

    @Test("the cache keeps what is used and stays within its bounds", arguments: [(4, 1_000_000), (1000, 40)])
    func bounds(capacity: Int, bytes: Int) {
        var cache = RecordCache(capacity: capacity, bytes: bytes)
        let record = Call().record
        for webhook in 0..<100 as Range<SequenceNumber> {
            cache.put("\(webhook)", RecordCache.Entry(webhook: webhook, record: record, size: 10))
            #expect(cache.find("0")?.webhook == 0)
            #expect(cache.find("\(webhook)")?.webhook == webhook)
            #expect(cache.count <= 6)
        }
    }

    @Test("a cursor goes back to what is put before it, and no further than it must")
    func cursors() {
        var leases = Leases()
        let (first, second) = (QueueMark(dueAt: 5, sequence: 1), QueueMark(dueAt: 5, sequence: .min))
        leases.pass(QueueMark(dueAt: 9, sequence: 9), of: 1)
        leases.wait(at: QueueMark(dueAt: 10, sequence: 0), of: 1)
        #expect(leases.cursor(of: 1) == QueueMark(dueAt: 9, sequence: 9))
        leases.wait(at: first, of: 1)
        #expect(leases.cursor(of: 1) < first)
        #expect(leases.cursor(of: 1) >= QueueMark(dueAt: 5, sequence: 0))
        leases.wait(at: second, of: 1)
        #expect(leases.cursor(of: 1) < second)
        leases.wait(at: first, of: 2)
        #expect(leases.cursor(of: 2) == .start)
    }
}
