import HubModel

/// Calls and messages as people read them.
enum RecordText {
    static func columns(_ kind: RecordKind) -> (
        head: [String], cells: @Sendable (Record, String, Timestamp, String) -> [String]
    ) {
        switch kind {
        case .call:
            return (
                ["ID", "STARTED", "SOURCE", "DIRECTION", "FROM", "TO", "STATUS", "OUTCOME", "SECONDS"],
                { record, source, at, id in
                    let call = Call(record)
                    return [
                        id, (call?.startedAt ?? at).description, source, call?.direction?.rawValue ?? "",
                        call?.from ?? "",
                        call?.to ?? "", call?.status?.rawValue ?? "", call?.outcome?.rawValue ?? "",
                        call?.duration.map { JSON($0).text } ?? "",
                    ]
                }
            )
        case .message:
            return (
                ["ID", "CREATED", "SOURCE", "DIRECTION", "FROM", "TO", "STATUS", "TEXT"],
                { record, source, at, id in
                    let message = Message(record)
                    let text = (message?.text ?? "").replacing("\n", with: " ")
                    return [
                        id, (message?.createdAt ?? at).description, source, message?.direction?.rawValue ?? "",
                        message?.from ?? "",
                        message?.to.joined(separator: ", ") ?? "", message?.status?.rawValue ?? "",
                        text.count > 60 ? text.prefix(57) + "…" : text,
                    ]
                }
            )
        default:
            return (
                ["ID", "HEARD OF", "SOURCE", "PROVIDER'S ID"],
                { record, source, at, id in [id, at.description, source, record.providerID ?? ""] }
            )
        }
    }

    /// Every known field, and the transcript line by line.
    static func show(_ record: Record, source: String) -> String {
        var lines = ["source            \(source)"]
        let json = record.json
        for member in json.object?.members ?? [] where member.name != "transcript" {
            let text: String
            switch member.value {
            case .null, .array([]): continue
            case .string(let value): text = value.replacing("\n", with: "\n" + String(repeating: " ", count: 18))
            case .array(let items) where items.allSatisfy({ $0.string != nil }):
                text = items.compactMap(\.string).joined(separator: ", ")
            case .object(let object):
                let known = object.members.filter { !$0.value.isNull }
                if known.isEmpty { continue }
                text = known.map { "\($0.name) \($0.value.string ?? $0.value.text)" }.joined(separator: ", ")
            default: text = member.value.text
            }
            lines.append(member.name.padding(18) + text)
        }
        if let turns = json["transcript"]?.array, !turns.isEmpty {
            lines += ["", "transcript"]
            for turn in turns {
                let seconds = turn["start_s"]?.double.map { clock($0) } ?? ""
                lines.append(
                    "  \(seconds.padding(8))\((turn["role"]?.string ?? "").padding(10))\(turn["text"]?.string ?? "")")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e7 else { return "" }
        let whole = Int(seconds)
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String {
        count < width ? self + String(repeating: " ", count: width - count) : self + " "
    }
}
