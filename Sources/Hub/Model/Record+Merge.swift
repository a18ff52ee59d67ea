extension Record {
    /// The join of two records of the same subject, and the names of the fields that `part` changed.
    ///
    /// Commutative, associative and idempotent: for each field the greater of the two under a total order wins
    /// (what the rule looks at first, then stage, then time, then the text of the value), so any order of the same
    /// parts, with repeats, gives the same record.
    public func merging(_ part: Record) -> (record: Record, changed: [String]) {
        precondition(kind == part.kind, "records of different kinds do not merge")
        var merged = self
        var changed: [String] = []
        let fields = kind.model.fields
        for slot in fields.indices {
            guard let theirs = part.marks[slot] else { continue }
            guard let ours = marks[slot] else {
                merged.values[slot] = part.values[slot]
                merged.marks[slot] = theirs
                changed.append(fields[slot].name)
                continue
            }
            let order = Self.compare(
                fields[slot].merge, (values[slot], ours), (part.values[slot], theirs), kind: kind)
            guard order < 0 else { continue }
            if values[slot] != part.values[slot] { changed.append(fields[slot].name) }
            merged.values[slot] = part.values[slot]
            merged.marks[slot] = theirs
        }
        return (merged, changed)
    }

    private typealias Candidate = (value: JSON, mark: Mark)

    /// Below zero when `b` wins over `a`.
    private static func compare(_ rule: MergeRule, _ a: Candidate, _ b: Candidate, kind: RecordKind) -> Int {
        let quality = quality(rule, a.value, kind: kind) - quality(rule, b.value, kind: kind)
        if quality != 0 { return quality }
        if a.mark.stage != b.mark.stage { return a.mark.stage < b.mark.stage ? -1 : 1 }
        if a.mark.at != b.mark.at { return a.mark.at < b.mark.at ? -1 : 1 }
        return compareText(a.value, b.value)
    }

    /// What a rule looks at before stage and time.
    private static func quality(_ rule: MergeRule, _ value: JSON, kind: RecordKind) -> Int {
        switch rule {
        case .latest: 0
        case .latestKnown: value.string == "unknown" ? 0 : 1
        case .longest: value.array?.count ?? 1
        case .forward:
            switch kind {
            case .call: value.string.flatMap(CallStatus.init(rawValue:))?.rank ?? 0
            case .message: value.string.flatMap(MessageStatus.init(rawValue:))?.rank ?? 0
            }
        }
    }

    private static func compareText(_ a: JSON, _ b: JSON) -> Int {
        if a == b { return 0 }
        let (left, right) = (a.encoded(), b.encoded())
        if left == right { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}
