/// Work in the order in which it is sent, with the memory it holds.
struct WorkQueue {
    private var works: [Work?] = []
    /// Index of the first one that has not been taken.
    private var head = 0
    private(set) var bytes = 0

    var count: Int { works.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ work: Work) {
        works.append(work)
        bytes += work.bytes
    }

    mutating func popFirst() -> Work? {
        guard head < works.count, let work = works[head] else { return nil }
        works[head] = nil
        head += 1
        bytes -= work.bytes
        if head == works.count {
            works.removeAll(keepingCapacity: works.count <= 256)
            head = 0
        } else if head >= 256, head * 2 > works.count {
            works.removeFirst(head)
            head = 0
        }
        return work
    }

    mutating func popLast() -> Work? {
        guard head < works.count, let last = works.popLast(), let work = last else { return nil }
        bytes -= work.bytes
        if head == works.count {
            works.removeAll(keepingCapacity: works.count <= 256)
            head = 0
        }
        return work
    }

    mutating func removeAll() -> [Work] {
        defer { self = WorkQueue() }
        return works[head...].compactMap(\.self)
    }
}
