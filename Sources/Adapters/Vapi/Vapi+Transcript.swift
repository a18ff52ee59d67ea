import AdapterKit

extension Vapi {
    /// The conversation as far as a message carries it: the first list of turns that has any, else the first text.
    ///
    /// Vapi has moved these fields about over the years; the newest place comes first.
    static func transcript(of message: JSON) -> [TranscriptTurn] {
        let places = Self.places(in: message)
        for place in places {
            let turns = place.list("messages").compactMap(turn)
            if !turns.isEmpty { return turns }
        }
        for place in places {
            guard let text = place["transcript"]?.string else { continue }
            let turns = Self.turns(inText: text)
            if !turns.isEmpty { return turns }
        }
        return []
    }

    /// One entry of `messages[]`; nil without role or text.
    static func turn(_ entry: JSON) -> TranscriptTurn? {
        guard let native = entry.text("role") else { return nil }
        let role = role(native)
        guard let text = entry.text("message") ?? (role == .tool ? entry.text("result") : nil) else { return nil }
        let (start, end) = times(of: entry)
        return TranscriptTurn(
            role: role, speaker: entry.text("speakerLabel") ?? (role == .tool ? entry.text("name") : nil), text: text,
            start: start, end: end)
    }

    static func role(_ native: String) -> TranscriptRole {
        switch native {
        case "user": .customer
        case "bot", "assistant": .agent
        case "system": .system
        case "tool_calls", "tool_call_result", "function_call", "function_result", "tool": .tool
        default: .unknown
        }
    }

    /// Seconds from the start of the call.
    ///
    /// `time` and `endTime` are epoch milliseconds, or seconds from the start where they are small. The entry's own
    /// `duration` is not used: it is documented as seconds and comes as milliseconds.
    private static func times(of entry: JSON) -> (start: Double?, end: Double?) {
        let (time, endTime) = (entry.number("time"), entry.number("endTime"))
        let isOffset = time.map { abs($0) < 1e9 } ?? false
        let start = entry.number("secondsFromStart") ?? (isOffset ? time : nil)
        guard let start, start >= 0 else { return (nil, nil) }
        guard let time, let endTime, endTime >= time else { return (rounded(start), nil) }
        return (rounded(start), rounded(start + (endTime - time) / (isOffset ? 1 : 1000)))
    }

    /// Without the noise that binary fractions add below the millisecond.
    private static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    /// Splits text whose turns begin with `AI:` or `User:` at the start of a line; other lines go on with the turn before.
    static func turns(inText text: String) -> [TranscriptTurn] {
        var turns: [TranscriptTurn] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let markers: [(String, TranscriptRole)] = [("AI:", .agent), ("User:", .customer)]
            if let (marker, role) = markers.first(where: { line.hasPrefix($0.0) }) {
                turns.append(TranscriptTurn(role: role, text: trimmed(line.dropFirst(marker.count))))
            } else if let last = turns.indices.last {
                let joined = [turns[last].text, trimmed(line)].filter { !$0.isEmpty }.joined(separator: "\n")
                turns[last].text = joined
            } else {
                turns.append(TranscriptTurn(role: .unknown, text: trimmed(line)))
            }
        }
        return turns.filter { !$0.text.isEmpty }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
