/// Connections that must have got on with something by some time, in order of entry.
///
/// All in one list have the same patience, so the first to come is the first to be late: entering, leaving and asking who
/// is late take the same short time however many there are, and no connection needs a timer of its own. Times count from
/// any one moment.
struct Deadlines {
    private struct Node {
        var previous = -1
        var next = -1
        var since: Duration?
    }

    private let patience: Duration
    private var nodes: [Node] = []
    private var first = -1
    private var last = -1

    init(_ patience: Duration) { self.patience = patience }

    func contains(_ slot: Int) -> Bool { slot < nodes.count && nodes[slot].since != nil }

    /// Enters, or enters anew at the end.
    mutating func add(_ slot: Int, at now: Duration) {
        remove(slot)
        while nodes.count <= slot { nodes.append(Node()) }
        nodes[slot] = Node(previous: last, next: -1, since: now)
        if last >= 0 { nodes[last].next = slot } else { first = slot }
        last = slot
    }

    /// Leaves; nothing happens to one that is not in the list.
    mutating func remove(_ slot: Int) {
        guard slot < nodes.count, nodes[slot].since != nil else { return }
        let node = nodes[slot]
        nodes[slot].since = nil
        if node.previous >= 0 { nodes[node.previous].next = node.next } else { first = node.next }
        if node.next >= 0 { nodes[node.next].previous = node.previous } else { last = node.previous }
    }

    /// Who has been in it longest.
    var oldest: Int? { first >= 0 ? first : nil }

    /// Takes out one whose patience is over.
    mutating func takeLate(at now: Duration) -> Int? {
        guard first >= 0, let since = nodes[first].since, now - since >= patience else { return nil }
        defer { remove(first) }
        return first
    }
}
