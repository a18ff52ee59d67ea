import HubModel
import SQLite

/// One entry of the key index as it is stored: where the key's mixed hash lies among all hashes, and where it leads.
struct KeyEntry: Equatable {
    var place: UInt64
    var webhook: SequenceNumber
    var bodyHash: UInt64
}

/// Entries in memory in the order of their places, with gaps.
///
/// A hash table in which the leading bits of a place say where its entry would like to be, and entries that meet stand
/// in order: a part of the table can be written without sorting it.
struct KeyTable {
    /// 0 is an empty slot; no place is 0.
    private var places: [UInt64] = []
    private var webhooks: [SequenceNumber] = []
    private var bodyHashes: [UInt64] = []
    private var shift: UInt64 = 0
    private var limit = 0
    private(set) var count = 0

    /// Room for `capacity` entries before the table grows.
    init(capacity: Int) { allocate(bits: 64 - max(16, capacity * 2 - 1).leadingZeroBitCount) }

    private mutating func allocate(bits: Int) {
        // Behind the last position is room for those that were pushed out of it.
        let size = 1 << bits + 64
        (places, webhooks, bodyHashes) = (
            Array(repeating: 0, count: size), Array(repeating: 0, count: size), Array(repeating: 0, count: size)
        )
        (shift, limit, count) = (UInt64(64 - bits), 5 << bits / 8, 0)
    }

    private func home(_ place: UInt64) -> Int { Int(truncatingIfNeeded: place >> shift) }

    /// Where the entry is, or where it would have to be put.
    private func position(_ place: UInt64) -> Int {
        var at = home(place)
        while at < places.count, places[at] != 0, places[at] < place { at += 1 }
        return at
    }

    func find(_ place: UInt64) -> KeyEntry? {
        let at = position(place)
        guard at < places.count, places[at] == place else { return nil }
        return entry(at)
    }

    private func entry(_ at: Int) -> KeyEntry {
        KeyEntry(place: places[at], webhook: webhooks[at], bodyHash: bodyHashes[at])
    }

    /// Returns what the entry replaced.
    mutating func put(_ entry: KeyEntry) -> KeyEntry? {
        if count >= limit { grow() }
        let at = position(entry.place)
        if at < places.count, places[at] == entry.place {
            defer { set(at, entry) }
            return self.entry(at)
        }
        var gap = at
        while gap < places.count, places[gap] != 0 { gap += 1 }
        if gap == places.count {
            places.append(0)
            webhooks.append(0)
            bodyHashes.append(0)
        }
        while gap > at {
            set(gap, self.entry(gap - 1))
            gap -= 1
        }
        set(at, entry)
        count += 1
        return nil
    }

    private mutating func set(_ at: Int, _ entry: KeyEntry) {
        places[at] = entry.place
        webhooks[at] = entry.webhook
        bodyHashes[at] = entry.bodyHash
    }

    mutating func remove(_ place: UInt64) {
        var at = position(place)
        guard at < places.count, places[at] == place else { return }
        // Those that were pushed back by it move up.
        while at + 1 < places.count, places[at + 1] != 0, home(places[at + 1]) <= at {
            set(at, entry(at + 1))
            at += 1
        }
        places[at] = 0
        count -= 1
    }

    private mutating func grow() {
        let old = self
        allocate(bits: 64 - Int(shift) + 1)
        for at in old.places.indices where old.places[at] != 0 { _ = put(old.entry(at)) }
    }

    /// The entries with places from `low` to `high`, both included, in order.
    func entries(from low: UInt64, through high: UInt64) -> KeyColumns {
        var found = KeyColumns()
        var at = position(low)
        while at < places.count {
            if places[at] > high { break }
            if places[at] != 0 { found.append(entry(at)) }
            at += 1
        }
        return found
    }
}

/// A list of entries in order, each field in an array of its own, as the words that pages hold.
struct KeyColumns {
    var places: [UInt64] = []
    var webhooks: [UInt64] = []
    var bodyHashes: [UInt64] = []

    var count: Int { places.count }

    mutating func append(_ entry: KeyEntry) {
        places.append(entry.place)
        webhooks.append(UInt64(bitPattern: entry.webhook))
        bodyHashes.append(entry.bodyHash)
    }

    mutating func reserve(_ count: Int) {
        places.reserveCapacity(count)
        webhooks.reserveCapacity(count)
        bodyHashes.reserveCapacity(count)
    }

    /// Entries from `low` through `high` of a page's words.
    mutating func append(page words: [UInt64], from low: UInt64, through high: UInt64) {
        let size = words.count / 3
        var start = 0
        while start < size, words[start] < low, words[start] != 0 { start += 1 }
        var end = start
        while end < size, words[end] <= high, words[end] != 0 { end += 1 }
        places.append(contentsOf: words[start..<end])
        webhooks.append(contentsOf: words[size + start..<size + end])
        bodyHashes.append(contentsOf: words[2 * size + start..<2 * size + end])
    }

    /// Both lists as one. Where they have the same place, the entry of `newer` counts.
    static func merge(_ newer: KeyColumns, _ older: KeyColumns) -> KeyColumns {
        if older.count == 0 { return newer }
        if newer.count == 0 { return older }
        var merged = KeyColumns()
        merged.reserve(newer.count + older.count)
        let (left, right) = (newer.places, older.places)
        var (at, other) = (0, 0)
        while at < left.count, other < right.count {
            let (place, otherPlace) = (left[at], right[other])
            if place <= otherPlace {
                merged.places.append(place)
                merged.webhooks.append(newer.webhooks[at])
                merged.bodyHashes.append(newer.bodyHashes[at])
                at += 1
                if place == otherPlace { other += 1 }
            } else {
                merged.places.append(otherPlace)
                merged.webhooks.append(older.webhooks[other])
                merged.bodyHashes.append(older.bodyHashes[other])
                other += 1
            }
        }
        for (rest, from) in [(newer, at), (older, other)] {
            merged.places.append(contentsOf: rest.places[from...])
            merged.webhooks.append(contentsOf: rest.webhooks[from...])
            merged.bodyHashes.append(contentsOf: rest.bodyHashes[from...])
        }
        return merged
    }

    /// Leaves out entries whose webhooks are not wanted.
    func filtered(_ isWanted: (SequenceNumber) throws(SQLiteError) -> Bool) throws(SQLiteError) -> KeyColumns {
        var kept = KeyColumns()
        kept.reserve(count)
        for at in 0..<count {
            let webhook = Int64(bitPattern: webhooks[at])
            guard try isWanted(webhook) else { continue }
            kept.append(KeyEntry(place: places[at], webhook: webhook, bodyHash: bodyHashes[at]))
        }
        return kept
    }
}
