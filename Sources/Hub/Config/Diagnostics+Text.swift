public import HubModel

extension Diagnostic: CustomStringConvertible {
    /// One line: place, what is wrong, what to do.
    public var description: String {
        "\(span.placeText): \(severity.rawValue): \(message)\(help.map { ". \($0)" } ?? "")"
    }

    /// The line, with the source line and a mark under the span, and the notes likewise.
    public func rendered() -> String { rendered(hiding: hidden) }

    func rendered(hiding hidden: [Span]) -> String {
        var lines = [description] + SourceExcerpt.lines(span, hiding: hidden)
        for note in notes {
            lines.append("\(note.span.placeText): note: \(note.message)")
            lines += SourceExcerpt.lines(note.span, hiding: hidden)
        }
        return lines.joined(separator: "\n")
    }

    public var json: JSON {
        var object = span.json
        object["severity"] = .string(severity.rawValue)
        object["message"] = .string(message)
        object["help"] = help.map(JSON.string)
        object["notes"] =
            notes.isEmpty
            ? nil
            : .array(
                notes.map { note in
                    var object = note.span.json
                    object["message"] = .string(note.message)
                    return .object(object)
                })
        return .object(object)
    }
}

extension Diagnostics: CustomStringConvertible {
    /// One line for each.
    public var description: String { sorted.map(\.description).joined(separator: "\n") }

    /// Everything with source lines, and a count at the end.
    public func rendered() -> String {
        let warnings = count - errorCount
        let words = [(errorCount, "error"), (warnings, "warning")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        let summary = words.joined(separator: ", ") + (dropped > 0 ? ", \(dropped) of them not shown" : "")
        let hidden = hidden
        return (sorted.map { $0.rendered(hiding: hidden) } + [summary]).joined(separator: "\n")
    }

    public var json: JSON { .array(sorted.map(\.json)) }
}

extension Span {
    /// Whether it is a file as such.
    var isFile: Bool { source.bytes.isEmpty }

    var placeText: String { isFile ? source.name : start.description }

    var json: JSONObject {
        var object: JSONObject = ["file": .string(source.name)]
        guard !isFile else { return object }
        let (start, end) = (start, end)
        object["line"] = .int(start.line)
        object["column"] = .int(start.column)
        object["end_line"] = .int(end.line)
        object["end_column"] = .int(end.column)
        object["offset"] = .int(range.lowerBound)
        object["length"] = .int(range.count)
        return object
    }
}
