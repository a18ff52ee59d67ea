/// How the descriptors that the process may have are shared out, so that no part of the hub takes those of another.
struct DescriptorShares: Equatable {
    /// For the store and its readers, the log, the threads' wake-ups, reading a configuration, and a listening socket.
    private static let own = 128
    /// What one delivery may need for a moment: a connection, a second one while addresses of both kinds are tried, and
    /// the pair with which its name is looked up.
    private static let perDelivery = 3
    private static let mostDeliveries = 1024

    /// Connections of those who send webhooks.
    let connections: Int
    /// Deliveries under way at once; as many connections to receivers are kept.
    let deliveries: Int

    init(of limit: Int, connections wanted: Int) {
        let rest = max(limit - Self.own, limit / 4)
        let outward = min(rest / 2, Self.mostDeliveries * Self.perDelivery)
        deliveries = max(4, outward / Self.perDelivery)
        connections = max(8, min(wanted, rest - outward))
    }
}
