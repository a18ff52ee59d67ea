import HubModel

/// The paths that several rules of a table ask about, each with a number.
struct PathNumbers: Sendable {
    private var numbers: [EventPath: Int] = [:]

    var count: Int { numbers.count }

    mutating func number(of path: EventPath) -> Int {
        if let known = numbers[path] { return known }
        numbers[path] = numbers.count
        return numbers.count - 1
    }
}

/// The values that rules have asked for of one event: what several ask for is looked up once.
struct Lookups {
    let view: EventView
    /// By the number of the path; nil where nobody has asked yet.
    private var values: [JSON??]

    init(_ view: EventView, paths: Int) {
        self.view = view
        values = paths == 0 ? [] : Array(repeating: nil, count: paths)
    }

    /// The value at a path, by its number; nil when it is not all there.
    mutating func value(_ number: Int, _ path: EventPath) -> JSON? {
        if let known = values[number] { return known }
        let value = view.value(at: path, Surroundings())
        values[number] = .some(value)
        return value
    }
}
