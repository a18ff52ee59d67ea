import HubModel
import Testing

@testable import HubStore

@Suite("How the store is")
struct ConditionTests {
    private func store(_ bench: Workbench) throws -> SQLiteStore<SampleTicket> {
        try #require(bench.store as? SQLiteStore<SampleTicket>)
    }

    @Test(
        "is told from the last commits, and found out again though nobody writes", arguments: FaultyDisk.Fault.allCases)
    func faults(fault: FaultyDisk.Fault) async throws {
        let disk = try FaultyDisk()
        let bench = try Workbench(disk: disk)
        defer { bench.store.close() }
        let condition = try store(bench).condition
        #expect(try bench.admit([.sample("a")]).map(\.word) == ["accepted"])
        #expect(condition.fault == nil)
        disk.fail(fault, at: 1, times: -1)
        #expect(try bench.admit([.sample("b")]).map(\.word) == ["refused"])
        // Known before the refusal is, so that who asks because of it hears the truth.
        let found = try #require(condition.fault)
        #expect((found == .diskFull) == (fault == .full))
        disk.heal()
        bench.clock.now = bench.clock.now + .seconds(2)
        while condition.fault != nil { _ = try await bench.store.edit([]) }
        #expect(try bench.admit([.sample("b")]).map(\.word).first != "refused")
        #expect(bench.signals.contains(.wellAgain) || bench.signals.contains(.recovered))
    }

    @Test("what concerns one webhook alone is no fault of the store")
    func broken() throws {
        let bench = try Workbench()
        defer { bench.store.close() }
        #expect(try bench.admit([.broken("a")]).map(\.word) == ["refused"])
        #expect(try store(bench).condition.fault == nil)
        #expect(try store(bench).condition.busySince == nil || bench.clock.now == store(bench).condition.busySince)
    }
}
