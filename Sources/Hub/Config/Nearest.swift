/// The candidate that `word` was probably meant to be; nil when none is close. Case and `-`/`_` count for nothing.
///
/// A third of the word's letters may be wrong, missing, surplus or swapped, and one always may unless the word is
/// shorter than three letters.
public func nearest(_ word: String, in candidates: some Sequence<String>) -> String? {
    let target = folded(word)
    guard !target.isEmpty, target.count <= 64 else { return nil }
    let limit = target.count < 3 ? 0 : max(1, (target.count + 1) / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let letters = folded(candidate)
        guard abs(letters.count - target.count) <= limit else { continue }
        let distance = editDistance(target, letters)
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

private func folded(_ word: String) -> [Unicode.Scalar] {
    word.lowercased().unicodeScalars.map { $0 == "-" || $0 == " " ? "_" : $0 }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
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
