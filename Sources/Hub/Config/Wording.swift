/// How messages and pages put things.
enum Wording {
    static func withArticle(_ words: String) -> String {
        guard let first = words.first else { return words }
        if words.hasPrefix("text") || words.hasPrefix("true") || words.hasPrefix("\"") || words.contains(" or \"") {
            return words
        }
        return ("aeiou".contains(first) ? "an " : "a ") + words
    }
}

extension [String] {
    /// `a, b or c`.
    func inWords(_ conjunction: String) -> String {
        guard count > 1, let last else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }
}

extension String {
    /// At most `limit` characters, on one line.
    func shortened(to limit: Int) -> String {
        let line = String(map { $0.isNewline || $0 == "\t" ? " " : $0 })
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}
