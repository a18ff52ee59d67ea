import HubModel

/// What is to happen at given times, the earliest first; equal times in the order in which they were added.
struct DueHeap<Element> {
    private struct Entry {
        var due: Timestamp
        var order: UInt64
        var element: Element
    }

    private var entries: [Entry] = []
    private var order: UInt64 = 0

    /// When the first one is due.
    var next: Timestamp? { entries.first?.due }

    mutating func add(_ element: Element, due: Timestamp) {
        order += 1
        entries.append(Entry(due: due, order: order, element: element))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first one if it is due by `now`.
    mutating func take(at now: Timestamp) -> Element? {
        guard let first = entries.first, first.due <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < entries.count else { break }
            let right = left + 1
            let child = right < entries.count && precedes(right, left) ? right : left
            guard precedes(child, parent) else { break }
            entries.swapAt(child, parent)
            parent = child
        }
        return first.element
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (entries[a].due, entries[a].order) < (entries[b].due, entries[b].order)
    }
}
