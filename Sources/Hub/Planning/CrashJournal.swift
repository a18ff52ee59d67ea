package import Files

/// Remembers what was being worked on when the process died, so that a webhook that makes the program crash is quarantined
/// instead of bringing it down again and again.
///
/// Each working thread writes the name of its item into a word of a mapped file and clears it afterwards. At the next
/// start, what is still there is counted; after `limit` crashes an item is a suspect.
package final class CrashJournal: Sendable {
    package enum Place: Int, Sendable, CaseIterable { case decode, plan, render }

    /// Crashes after which an item is quarantined.
    package static let limit: UInt64 = 2
    private static let suspects = 64

    private let words: MappedWords?

    /// A journal that remembers nothing.
    package init() { words = nil }

    /// Opens the journal at `path`, counting what the last run left.
    package init(path: String) throws(OwnFile.Failure) {
        let words = try MappedWords(path: path, count: Place.allCases.count + Self.suspects * 2)
        self.words = words
        words.showAtDeath(["a webhook was decoded", "a webhook was planned", "a delivery was rendered"])
        for place in Place.allCases where words[place.rawValue] != 0 {
            count(words[place.rawValue], words)
            words[place.rawValue] = 0
        }
    }

    /// Notes that `item` is worked on until `leave`.
    @inline(__always)
    package func enter(_ place: Place, _ item: UInt64) { words?[place.rawValue] = item | 1 }

    @inline(__always)
    package func leave(_ place: Place) { words?[place.rawValue] = 0 }

    /// Whether `item` has crashed the program too often.
    package func isSuspect(_ item: UInt64) -> Bool {
        guard let words, hasSuspects else { return false }
        return (0..<Self.suspects).contains {
            words[Self.slot($0)] == item | 1 && words[Self.slot($0) + 1] >= Self.limit
        }
    }

    private var hasSuspects: Bool { words.map { $0[Self.slot(0)] != 0 } ?? false }

    private static func slot(_ index: Int) -> Int { Place.allCases.count + index * 2 }

    /// The first free or equal entry counts; when all are taken, the last one is replaced.
    private func count(_ item: UInt64, _ words: MappedWords) {
        let index =
            (0..<Self.suspects).first { words[Self.slot($0)] == 0 || words[Self.slot($0)] == item } ?? Self.suspects - 1
        let slot = Self.slot(index)
        if words[slot] != item { words[slot + 1] = 0 }
        words[slot] = item
        words[slot + 1] += 1
    }
}
