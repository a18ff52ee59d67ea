package import HubModel

/// Deliveries in memory: what is ready for each endpoint, what waits for its time, and how many are under way.
///
/// A plain value without clock or socket. Endpoints take turns, so one with a long queue never starves the others.
package struct DeliveryQueue<Work> {
    private struct Lane {
        var ready: [Work] = []
        /// Index of the first item of `ready` that has not been taken.
        var head = 0
        var underWay = 0
        var limit = 1
        var isListed = false

        var count: Int { ready.count - head }

        mutating func take() -> Work? {
            guard head < ready.count else { return nil }
            let work = ready[head]
            head += 1
            if head == ready.count {
                ready.removeAll(keepingCapacity: ready.count < 4096)
                head = 0
            } else if head >= 1024, head * 2 > ready.count {
                ready.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    private struct Waiting {
        var due: Timestamp
        var order: UInt64
        var lane: Int
        var work: Work
    }

    private var lanes: [Lane] = []
    private var laneNumbers: [String: Int] = [:]
    /// Lanes that have something ready and room to send it, in the order of their turns.
    private var turns: [Int] = []
    private var waiting: [Waiting] = []
    private var order: UInt64 = 0

    /// Items in memory, those under way not counted.
    package private(set) var count = 0
    /// Items under way.
    package private(set) var underWay = 0

    package init() {}

    /// The lane of an endpoint's name, and how many of its deliveries may be under way together from now on.
    package mutating func lane(of endpoint: String, limit: Int) -> Int {
        if let number = laneNumbers[endpoint] {
            lanes[number].limit = limit
            return number
        }
        laneNumbers[endpoint] = lanes.count
        lanes.append(Lane(limit: limit))
        return lanes.count - 1
    }

    /// How many deliveries of a lane are ready or under way.
    package func load(of lane: Int) -> Int { lanes[lane].count + lanes[lane].underWay }

    /// Adds work that may be sent at once.
    package mutating func add(_ work: Work, to lane: Int) {
        lanes[lane].ready.append(work)
        count += 1
        list(lane)
    }

    /// Adds work that must not be sent before `due`.
    package mutating func add(_ work: Work, to lane: Int, due: Timestamp) {
        order += 1
        waiting.append(Waiting(due: due, order: order, lane: lane, work: work))
        count += 1
        siftUp(waiting.count - 1)
    }

    /// When the next waiting item is due.
    package var nextDue: Timestamp? { waiting.first?.due }

    /// Moves what is due by `now` to its endpoint's queue.
    package mutating func wake(at now: Timestamp) {
        while let first = waiting.first, first.due <= now {
            removeFirstWaiting()
            lanes[first.lane].ready.append(first.work)
            list(first.lane)
        }
    }

    /// The next item whose endpoint has room; it counts as under way until `finished` is called for its lane.
    package mutating func next() -> (work: Work, lane: Int)? {
        while let lane = turns.first {
            turns.removeFirst()
            lanes[lane].isListed = false
            guard lanes[lane].underWay < lanes[lane].limit, let work = lanes[lane].take() else { continue }
            lanes[lane].underWay += 1
            underWay += 1
            count -= 1
            list(lane)
            return (work, lane)
        }
        return nil
    }

    package mutating func finished(_ lane: Int) {
        lanes[lane].underWay -= 1
        underWay -= 1
        list(lane)
    }

    private mutating func list(_ lane: Int) {
        guard !lanes[lane].isListed, lanes[lane].count > 0, lanes[lane].underWay < lanes[lane].limit else { return }
        lanes[lane].isListed = true
        turns.append(lane)
    }

    // MARK: The heap of waiting items, by due time, then by arrival

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (waiting[a].due, waiting[a].order) < (waiting[b].due, waiting[b].order)
    }

    private mutating func siftUp(_ index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            waiting.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeFirstWaiting() {
        waiting.swapAt(0, waiting.count - 1)
        waiting.removeLast()
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < waiting.count else { return }
            let right = left + 1
            let child = right < waiting.count && precedes(right, left) ? right : left
            guard precedes(child, parent) else { return }
            waiting.swapAt(child, parent)
            parent = child
        }
    }
}
