import HubModel

/// The records that webhooks were last about, so that the next part of a call finds it without the database.
///
/// Two halves: what is used moves to the young one; when that is full, the old one is dropped.
struct RecordCache {
    struct Entry {
        /// The webhook that holds this state.
        var webhook: SequenceNumber
        var record: Record
        var size: Int
    }

    private let capacity: Int
    private let bytes: Int
    private var young: [String: Entry] = [:]
    private var old: [String: Entry] = [:]
    private var youngBytes = 0
    /// What the transaction under way has put in.
    private var added: [String] = []

    /// Keeps at most `capacity` records or about `bytes` of them.
    init(capacity: Int = 8192, bytes: Int = 16 << 20) { (self.capacity, self.bytes) = (capacity / 2, bytes / 2) }

    var count: Int { young.count + old.count }

    mutating func find(_ id: String) -> Entry? {
        if let entry = young[id] { return entry }
        guard let entry = old.removeValue(forKey: id) else { return nil }
        keep(id, entry)
        return entry
    }

    mutating func put(_ id: String, _ entry: Entry) {
        keep(id, entry)
        added.append(id)
    }

    private mutating func keep(_ id: String, _ entry: Entry) {
        if young.count >= capacity || youngBytes >= bytes {
            old = young
            young = Dictionary(minimumCapacity: min(capacity, 1024))
            youngBytes = 0
        }
        if let before = young.updateValue(entry, forKey: id) { youngBytes -= before.size }
        youngBytes += entry.size
    }

    mutating func begin() { added.removeAll(keepingCapacity: true) }

    /// What was put in since `begin` is not on disk.
    mutating func rolledBack() {
        for id in added {
            if let entry = young.removeValue(forKey: id) { youngBytes -= entry.size }
            old[id] = nil
        }
        added.removeAll(keepingCapacity: true)
    }
}
