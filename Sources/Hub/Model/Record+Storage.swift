extension Record {
    /// The record with the origin of every field, as the store keeps it: `{"call": {"status": …, "agent.name": …}, "origins": [[stage, ms, [field, …]], …]}`.
    ///
    /// Only known fields are in it, by their full names.
    package var stored: JSON {
        var origins: [(mark: Mark, fields: [JSON])] = []
        var known: [JSONObject.Member] = []
        known.reserveCapacity(values.count)
        let fields = kind.model.fields
        for slot in fields.indices {
            guard let mark = marks[slot] else { continue }
            let name = fields[slot].name
            known.append(JSONObject.Member(name, values[slot]))
            if let at = origins.firstIndex(where: { $0.mark == mark }) {
                origins[at].fields.append(.string(name))
            } else {
                origins.append((mark, [.string(name)]))
            }
        }
        return [
            kind.rawValue: .object(JSONObject(known)),
            "origins": .array(
                origins.map {
                    [.int(Int($0.mark.stage.rawValue)), .int(Int($0.mark.at.milliseconds)), .array($0.fields)]
                }),
        ]
    }

    /// Reads what `stored` wrote; fields that the model no longer declares are dropped. Nil when it is something else.
    package init?(stored json: JSON) {
        guard let kind = RecordKind.allCases.first(where: { json[$0.rawValue] != nil }),
            let values = json[kind.rawValue]?.object, let origins = json["origins"]?.array
        else { return nil }
        self.init(kind)
        for origin in origins {
            guard let stage = origin[0]?.int.flatMap(UInt8.init(exactly:)).flatMap(Stage.init(rawValue:)),
                let at = origin[1]?.int, let names = origin[2]?.array
            else { return nil }
            let mark = Mark(stage: stage, at: Timestamp(milliseconds: Int64(at)))
            for name in names {
                guard let slot = kind.model.fields.firstIndex(where: { $0.name == name.string }) else { continue }
                guard let value = values[kind.model.fields[slot].name], !value.isNull else { continue }
                self.values[slot] = value
                marks[slot] = mark
            }
        }
    }
}
