extension Record {
    /// The record with the origin of every field, as the store keeps it.
    ///
    /// Byte 1 says which form this is, byte 2 is the number of the kind. Then come the origins (how many; for each its
    /// stage, its time relative to the one before, and its fields as bits) and the values of all these fields in
    /// ascending order of their numbers, in the form of `StoredValue`. Whole numbers are varints. Names are not stored,
    /// except those of the provider's own objects.
    package func storedBytes() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        out.append(Self.form)
        out.append(kind.number)
        StoredValue.put(UInt64(origins.count), into: &out)
        var before: Int64 = 0
        for origin in origins {
            out.append(origin.mark.stage.rawValue)
            StoredValue.put(signed: origin.mark.at.milliseconds &- before, into: &out)
            before = origin.mark.at.milliseconds
            StoredValue.put(origin.fields.bits, into: &out)
        }
        let context = StoredValue.Context(prefix: kind.idPrefix, time: origins.first?.mark.at.milliseconds ?? 0)
        let members = kind.model.memberNames
        for number in marked { StoredValue.put(values[number], members: members[number], context, into: &out) }
        return out
    }

    /// The first byte of this form. Version 0.1.0 wrote a JSON object instead, which begins with a brace.
    private static let form: UInt8 = 1

    /// Reads what `storedBytes` or version 0.1.0 wrote; fields that the model no longer declares are dropped.
    ///
    /// Nil when it is something else, or not of `kind`; without `kind`, the bytes say which of the declared kinds it is.
    package init?(stored bytes: [UInt8], kind expected: RecordKind? = nil) {
        if bytes.first == UInt8(ascii: "{") {
            guard let json = try? JSON(parsing: bytes) else { return nil }
            self.init(named: json, kind: expected)
            return
        }
        guard bytes.count > 2, bytes[0] == Self.form, let kind = expected ?? RecordKind.numbered(bytes[1]),
            kind.number == bytes[1]
        else { return nil }
        self.init(kind)
        guard read(bytes.span) else { return nil }
    }

    private mutating func read(_ bytes: Span<UInt8>) -> Bool {
        var reader = StoredValue.Reader(at: 2)
        guard let count = reader.number(bytes), count <= 64 else { return false }
        var origins: [Origin] = []
        origins.reserveCapacity(Int(count))
        var all = FieldSet()
        var time: Int64 = 0
        for _ in 0..<count {
            guard let stage = reader.byte(bytes).flatMap(Stage.init(rawValue:)), let wait = reader.signed(bytes),
                let bits = reader.number(bytes)
            else { return false }
            time &+= wait
            let origin = Origin(
                mark: Mark(stage: stage, at: Timestamp(milliseconds: time)), fields: FieldSet(bits: bits))
            guard !origin.fields.isEmpty, origin.fields.intersection(all).isEmpty,
                origins.last.map({ $0.mark < origin.mark }) ?? true
            else { return false }
            all = all.union(origin.fields)
            origins.append(origin)
        }
        let context = StoredValue.Context(prefix: kind.idPrefix, time: origins.first?.mark.at.milliseconds ?? 0)
        let model = kind.model
        var known = all
        for number in all {
            let isDeclared = model.all.contains(number)
            let members = isDeclared ? model.memberNames[number] : []
            guard let value = reader.value(bytes, members: members, context) else { return false }
            if !isDeclared || value.isNull { known.remove(number) } else { values[number] = value }
        }
        guard reader.at == bytes.count else { return false }
        if known != all {
            for place in origins.indices.reversed() {
                origins[place].fields = origins[place].fields.intersection(known)
                if origins[place].fields.isEmpty { origins.remove(at: place) }
            }
        }
        restore(origins, known: known)
        return true
    }

    /// Reads the form of version 0.1.0: `{"call": {"status": …, "agent.name": …}, "origins": [[stage, ms, [field, …]], …]}`.
    private init?(named json: JSON, kind expected: RecordKind?) {
        guard let kind = expected ?? RecordKind.allCases.first(where: { json[$0.name] != nil }),
            let values = json[kind.name]?.object, let origins = json["origins"]?.array
        else { return nil }
        self.init(kind)
        for origin in origins {
            guard let stage = origin[0]?.int.flatMap(UInt8.init(exactly:)).flatMap(Stage.init(rawValue:)),
                let at = origin[1]?.int, let names = origin[2]?.array
            else { return nil }
            let mark = Mark(stage: stage, at: Timestamp(milliseconds: Int64(at)))
            for name in names {
                guard let field = kind.model.fields.first(where: { $0.name == name.string }),
                    let value = values[field.name], !value.isNull
                else { continue }
                self[field.number] = value
                if known.contains(field.number) { setMark(mark, of: field.number) }
            }
        }
    }
}
