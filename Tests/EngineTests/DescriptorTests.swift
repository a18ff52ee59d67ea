import Testing

@testable import HubEngine

@Suite("Sharing out descriptors") struct DescriptorTests {
    @Test(
        "deliveries, connections and the hub itself each get a share of any limit, and all of what they want of a high one",
        arguments: [64, 256, 1024, 4096, 20_000, 65_536])
    func shares(limit: Int) {
        let shares = DescriptorShares(of: limit, connections: 4096)
        #expect(shares.deliveries >= 4)
        #expect(shares.connections >= 8)
        if limit >= 256 {
            // Three for each delivery, and something for the store, the log and a turn's newcomers.
            #expect(shares.deliveries * 3 + shares.connections + 64 <= limit)
        }
        if limit >= 20_000 { #expect(shares.deliveries == 1024 && shares.connections == 4096) }
    }
}
