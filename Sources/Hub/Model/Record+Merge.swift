extension Record {
    /// The join of two records of the same subject, and the fields that `part` changed.
    ///
    /// Commutative, associative and idempotent: for each field the greater of the two under a total order wins
    /// (what the rule looks at first, then stage, then time, then the text of the value), so any order of the same
    /// parts, with repeats, produces the same record.
    public func merging(_ part: Record) -> (record: Record, changed: FieldSet) {
        precondition(kind == part.kind, "records of different kinds do not merge")
        if known.isEmpty, part.known == part.marked { return (part, part.known) }
        var merged = self
        var changed = FieldSet()
        let fields = kind.model.byNumber
        for origin in part.origins {
            for number in origin.fields {
                let value = part.values[number]
                guard let ours = mark(of: number) else {
                    merged[number] = value
                    merged.setMark(origin.mark, of: number)
                    changed.insert(number)
                    continue
                }
                guard let field = fields[number],
                    Self.compare(field, (values[number], ours), (value, origin.mark)) < 0
                else { continue }
                if values[number] != value {
                    changed.insert(number)
                    merged[number] = value
                }
                merged.setMark(origin.mark, of: number)
            }
        }
        return (merged, changed)
    }

    private typealias Candidate = (value: JSON, mark: Mark)

    /// Below zero when `b` wins over `a`.
    private static func compare(_ field: FieldSpec, _ a: Candidate, _ b: Candidate) -> Int {
        let quality = quality(field, a.value) - quality(field, b.value)
        if quality != 0 { return quality }
        if a.mark != b.mark { return a.mark < b.mark ? -1 : 1 }
        return compareText(a.value, b.value)
    }

    /// What a rule looks at before stage and time.
    private static func quality(_ field: FieldSpec, _ value: JSON) -> Int {
        switch field.merge {
        case .latest: 0
        case .latestKnown: value.string == "unknown" ? 0 : 1
        case .longest: value.array?.count ?? 1
        case .forward: field.rank(value)
        }
    }

    private static func compareText(_ a: JSON, _ b: JSON) -> Int {
        if a == b { return 0 }
        let (left, right) = (a.encoded(), b.encoded())
        if left == right { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}
