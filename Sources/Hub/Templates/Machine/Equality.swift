import HubModel

extension Machine {
    /// Whether two values are equal, charged for: lists inside each other may hold the same list many times, and going
    /// through all of it must end.
    package mutating func equal(_ a: Value, _ b: Value) throws(TemplateError) -> Bool { try equal(a, b, depth: 0) }

    private mutating func equal(_ a: Value, _ b: Value, depth: Int) throws(TemplateError) -> Bool {
        switch (a, b) {
        case (.int(let x), .int(let y)): return x == y
        case (.string(let x), .string(let y)), (.string(let x), .markup(let y)), (.markup(let x), .string(let y)),
            (.markup(let x), .markup(let y)):
            guard x.utf8.count == y.utf8.count else { return false }
            try charge(bytes: x.utf8.count)
            return same(x, y)
        case (.list, .list), (.array, .array), (.list, .array), (.array, .list), (.tuple, .tuple):
            guard let x = Items(a), let y = Items(b), x.count == y.count else { return false }
            try enterPair(x.count, depth)
            for n in 0..<x.count where try !equal(x[n], y[n], depth: depth + 1) { return false }
            return true
        case (.dict, .dict), (.record, .record), (.dict, .record), (.record, .dict):
            return try equalMembers(a, b, depth: depth)
        case (.big(let x), .big(let y)):
            try charge(elements: x.limbs.count)
            return x == y
        case (.big, .float), (.float, .big):
            try charge(a)
            try charge(b)
            return a.equals(b)
        default: return a.equals(b)
        }
    }

    private mutating func enterPair(_ count: Int, _ depth: Int) throws(TemplateError) {
        guard depth < 2 * Self.deepestValue else {
            throw .limit("lists inside each other", used: depth, allowed: 2 * Self.deepestValue)
        }
        try spend(count / 4 + 1)
    }

    private mutating func equalMembers(_ a: Value, _ b: Value, depth: Int) throws(TemplateError) -> Bool {
        guard let members = a.members, let others = b.members, members.count == others.count else { return false }
        try enterPair(members.count * 16, depth)
        guard members.count > 8, let index = Self.index(others) else {
            for (key, value) in members {
                guard let found = b.member(key), try equal(found, value, depth: depth + 1) else { return false }
            }
            return true
        }
        for (key, value) in members {
            guard let exact = HashKey(key), let at = index[exact],
                try equal(others[at].value, value, depth: depth + 1)
            else { return false }
        }
        return true
    }

    /// Where the last member with each key is; nil when one cannot be hashed.
    private static func index(_ members: [(key: Value, value: Value)]) -> [HashKey: Int]? {
        var index: [HashKey: Int] = [:]
        for (n, member) in members.enumerated() {
            guard let key = HashKey(member.key) else { return nil }
            index[key] = n
        }
        return index
    }
}
