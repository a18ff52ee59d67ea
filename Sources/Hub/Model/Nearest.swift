/// The candidate that `word` was probably meant to be, for "Did you mean"; nil when none is close.
///
/// At most a third of the word's characters may be wrong, missing, surplus or swapped. Case, and whether words are joined by
/// `-`, `_` or a space, makes no difference. Of two equally close candidates the first in alphabetical order is returned,
/// so that the answer does not depend on the order of `candidates`.
public func nearest(_ word: String, in candidates: some Sequence<String>) -> String? {
    let target = folded(word)
    guard !target.isEmpty, target.count <= 64 else { return nil }
    let limit = target.count / 3
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let letters = folded(candidate)
        guard abs(letters.count - target.count) <= limit else { continue }
        let distance = editDistance(target, letters)
        if distance <= limit, best.map({ (distance, candidate) < $0 }) ?? true { best = (distance, candidate) }
    }
    return best?.candidate
}

extension String {
    /// The suggestion to append to a message that ends without a full stop; empty when no candidate is close.
    package static func suggestion(for word: String, in candidates: some Sequence<String>) -> String {
        nearest(word, in: candidates).map { "; did you mean \"\($0)\"?" } ?? ""
    }
}

private func folded(_ word: String) -> [Unicode.Scalar] {
    word.lowercased().unicodeScalars.map { $0 == "-" || $0 == " " ? "_" : $0 }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
package func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        row.reserveCapacity(b.count + 1)
        for j in 0..<b.count {
            var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
            row.append(cost)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
