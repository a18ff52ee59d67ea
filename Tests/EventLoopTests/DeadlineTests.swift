import Testing

@testable import EventLoop

@Suite("Deadlines") struct DeadlineTests {
    @Test("whoever entered first is late first, and nobody before the time") func order() {
        var list = Deadlines(.seconds(10))
        list.add(3, at: .seconds(1))
        list.add(0, at: .seconds(2))
        list.add(7, at: .seconds(2))
        #expect(list.takeLate(at: .seconds(10)) == nil)
        #expect(list.takeLate(at: .seconds(11)) == 3)
        #expect(list.takeLate(at: .seconds(11)) == nil)
        #expect(list.takeLate(at: .seconds(20)) == 0)
        #expect(list.takeLate(at: .seconds(20)) == 7)
        #expect(list.takeLate(at: .seconds(99)) == nil)
    }

    @Test("entering again is entering at the end, and leaving twice is leaving once") func again() {
        var list = Deadlines(.seconds(10))
        for slot in 0..<4 { list.add(slot, at: .seconds(slot)) }
        list.add(0, at: .seconds(5))
        list.remove(2)
        list.remove(2)
        list.remove(100)
        #expect((0..<4).map { _ in list.takeLate(at: .seconds(60)) } == [1, 3, 0, nil])
        list.add(2, at: .seconds(60))
        #expect(list.takeLate(at: .seconds(70)) == 2)
    }

    @Test("any order of coming and going keeps the order of entry") func model() {
        var list = Deadlines(.seconds(1))
        var model: [Int] = []
        var state: UInt64 = 42
        for time in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let slot = Int(state >> 40) % 20
            model.removeAll { $0 == slot }
            if state >> 60 < 9 {
                list.add(slot, at: .seconds(time))
                model.append(slot)
            } else {
                list.remove(slot)
            }
        }
        var left: [Int] = []
        while let slot = list.takeLate(at: .seconds(10_000)) { left.append(slot) }
        #expect(left == model && !model.isEmpty)
    }
}
