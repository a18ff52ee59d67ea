extension Record {
    /// The record with the origin of every field, as the store keeps it: `{"call": {…}, "origins": [[stage, ms, [field, …]], …]}`.
    package var stored: JSON {
        var origins: [(mark: Mark, fields: [JSON])] = []
        for (slot, field) in kind.model.fields.enumerated() {
            guard let mark = marks[slot] else { continue }
            if let at = origins.firstIndex(where: { $0.mark == mark }) {
                origins[at].fields.append(.string(field.name))
            } else {
                origins.append((mark, [.string(field.name)]))
            }
        }
        return [
            kind.rawValue: json,
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
                let path = kind.model.fields[slot].path
                let value = path.count == 1 ? values[path[0]] : values[path[0]]?[path[1]]
                guard let value, !value.isNull else { continue }
                self.values[slot] = value
                marks[slot] = mark
            }
        }
    }
}
