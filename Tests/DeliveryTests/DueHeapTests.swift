import HubModel
import HubStore
import Testing

@testable import HubDelivery

@Suite("What is to happen at given times")
struct DueHeapTests {
    @Test("comes out in the order of its time, then of its arrival")
    func order() {
        var heap = DueHeap<Int>()
        let times: [Int64] = [50, 10, 30, 10, 20, 40]
        for (n, time) in times.enumerated() { heap.add(n, due: Timestamp(milliseconds: time)) }
        #expect(heap.next == Timestamp(milliseconds: 10))
        #expect(heap.take(at: Timestamp(milliseconds: 9)) == nil)
        var taken: [Int] = []
        while let next = heap.take(at: Timestamp(milliseconds: 30)) { taken.append(next) }
        #expect(taken == [1, 3, 4, 2])
        #expect(heap.next == Timestamp(milliseconds: 40))
    }
}

@Suite("Work in memory")
struct WorkQueueTests {
    @Test("a long queue is taken in order, and its memory is counted to the end")
    func long() {
        let bench = DispatchBench([:])
        var queue = WorkQueue()
        for n in 0..<5000 { queue.append(bench.work("a", SequenceNumber(n))) }
        #expect(queue.bytes == 5_000_000)
        for n in 0..<4000 { #expect(queue.popFirst()?.sequence == SequenceNumber(n)) }
        #expect(queue.count == 1000)
        #expect(queue.removeAll().map(\.sequence) == (4000..<5000).map(SequenceNumber.init))
        #expect(queue.bytes == 0)
        #expect(queue.isEmpty)
    }
}
