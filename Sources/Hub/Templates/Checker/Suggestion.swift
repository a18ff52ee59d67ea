/// "Did you mean": the nearest of the words that could have been meant.
package enum Suggestion {
    /// The sentence to append to a message, or nothing when no word is near.
    package static func text(for word: String, in known: some Sequence<String>) -> String {
        nearest(to: word, in: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// The word with the fewest changed characters, if they are few for its length.
    package static func nearest(to word: String, in known: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars.prefix(64))
        guard !wanted.isEmpty else { return nil }
        let allowed = wanted.count / 3
        var best: (word: String, distance: Int)?
        for candidate in known {
            let scalars = Array(candidate.lowercased().unicodeScalars.prefix(64))
            guard abs(scalars.count - wanted.count) <= allowed else { continue }
            let found = distance(wanted, scalars)
            if found <= allowed, best.map({ (found, candidate) < ($0.distance, $0.word) }) ?? true {
                best = (candidate, found)
            }
        }
        return best?.word
    }

    /// Insertions, deletions, changes and swaps of neighbours between two words.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
