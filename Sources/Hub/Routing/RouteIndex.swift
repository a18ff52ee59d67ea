import HubModel

/// Finds the routes that an event of one type may take without asking every route: those whose sources, filters or
/// condition require a value at some path are found by that value.
///
/// What it finds is then asked in full; so it may find too much, but never leaves out a route that the event takes, nor one
/// whose condition cannot be decided.
struct RouteIndex: Sendable {
    /// Fewer routes are asked faster than found.
    private static let fewest = 4

    private struct Group: Sendable {
        let subject: Requirement.Subject
        /// The numbers of the paths in `Lookups`.
        let path: Int
        let assumed: [Int]
        var byKey: [LookUpKey: [Int]] = [:]
        var all: [Int] = []
    }

    /// Positions of routes that every event of the type is asked about.
    private var always: [Int] = []
    private var groups: [Group] = []

    /// - Parameters:
    ///   - positions: The routes for one event type, ascending.
    ///   - requirements: Those of each route of the table, with the number of each one's subject.
    init(_ positions: [Int], requirements: [[(subject: Int, requirement: Requirement)]], paths: inout PathNumbers) {
        guard positions.count >= Self.fewest else {
            always = positions
            return
        }
        struct Place: Hashable {
            var subject: Int
            var key: LookUpKey
        }
        var crowd: [Place: Int] = [:]
        for position in positions {
            for (subject, requirement) in requirements[position] {
                for key in requirement.keys { crowd[Place(subject: subject, key: key), default: 0] += 1 }
            }
        }
        // Each route waits where it meets the fewest others.
        func company(_ subject: Int, _ requirement: Requirement) -> Int {
            requirement.keys.reduce(0) { $0 + (crowd[Place(subject: subject, key: $1)] ?? 0) }
        }
        var known: [Int: Int] = [:]
        for position in positions {
            let weighed = requirements[position].map { (company: company($0.subject, $0.requirement), choice: $0) }
            guard let (_, (subject, requirement)) = weighed.min(by: { $0.company < $1.company }) else {
                always.append(position)
                continue
            }
            let place = known[subject] ?? groups.count
            if place == groups.count {
                known[subject] = place
                groups.append(
                    Group(
                        subject: requirement.subject, path: paths.number(of: requirement.subject.path),
                        assumed: (requirement.subject.assumed ?? []).map { paths.number(of: $0.path) }))
            }
            for key in requirement.keys { groups[place].byKey[key, default: []].append(position) }
            groups[place].all.append(position)
        }
    }

    /// The positions of the routes that an event may take, in the order of the file.
    func candidates(_ lookups: inout Lookups) -> [Int] {
        if groups.isEmpty { return always }
        var found = always
        for group in groups {
            let more = candidates(of: group, &lookups)
            if more.isEmpty { continue }
            if found.isEmpty { found = more } else { found += more }
        }
        if groups.count > 1 || !always.isEmpty { found.sort() }
        return found
    }

    private func candidates(of group: Group, _ lookups: inout Lookups) -> [Int] {
        if let assumed = group.subject.assumed {
            for (number, assumption) in zip(group.assumed, assumed)
            where !assumption.holds(lookups.value(number, assumption.path)) { return group.all }
        }
        guard let value = lookups.value(group.path, group.subject.path) else {
            return group.subject.assumed == nil ? [] : group.all
        }
        return LookUpKey(value, folding: group.subject.folding).flatMap { group.byKey[$0] } ?? []
    }
}
