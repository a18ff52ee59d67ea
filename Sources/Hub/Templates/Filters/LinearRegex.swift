/// A regular expression whose search takes time in proportion to the text, whatever the pattern is.
///
/// All alternatives are followed at once (Pike's way of running Thompson's automaton), so there is no backtracking that a
/// pattern or a payload could make exponential. The price: no back references and no looking ahead or behind, which are
/// refused with their place. Of several matches the leftmost counts, and of these the one Perl or Python would take.
package struct LinearRegex: Sendable {
    /// Why a pattern is refused, and where, in code points from 0.
    package struct Failure: Error, Sendable, Equatable {
        package let offset: Int
        package let problem: String
    }

    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary }

    enum Instruction: Sendable {
        case scalar(Unicode.Scalar)
        case set(Int)
        case any
        case anyButNewline
        /// Goes on at both places; the first is preferred.
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case assert(Assertion)
        case match
    }

    /// A class of characters: ranges, and the classes named by a letter.
    struct ScalarSet: Sendable {
        enum Named: Sendable { case digit, word, blank }

        var ranges: [ClosedRange<UInt32>] = []
        var named: [(Named, negated: Bool)] = []
        var negated = false
        var ignoresCase = false

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            var found = has(scalar)
            if !found, ignoresCase {
                let lower = LinearRegex.single(scalar.properties.lowercaseMapping)
                let upper = LinearRegex.single(scalar.properties.uppercaseMapping)
                found = (lower.map { has($0) } ?? false) || (upper.map { has($0) } ?? false)
            }
            return found != negated
        }

        private func has(_ scalar: Unicode.Scalar) -> Bool {
            for range in ranges where range.contains(scalar.value) { return true }
            for (name, negated) in named {
                let holds =
                    switch name {
                    case .digit: scalar.value >= 48 && scalar.value <= 57
                    case .word: LinearRegex.isWord(scalar)
                    case .blank: Scalars.isBlank(scalar)
                    }
                if holds != negated { return true }
            }
            return false
        }
    }

    /// Where a match and its groups are, in code points; nil for groups that took no part.
    package struct Match: Sendable, Equatable {
        package let groups: [Range<Int>?]

        package var range: Range<Int> { groups[0] ?? 0..<0 }
    }

    package static let longestPattern = 1000
    static let largestProgram = 4000
    static let mostGroups = 50

    let program: [Instruction]
    let sets: [ScalarSet]
    let ignoresCase: Bool
    /// Capturing groups, the whole match not counted.
    package let groupCount: Int
    package let groupNames: [String: Int]

    package init(_ pattern: String) throws(Failure) {
        var compiler = RegexCompiler(pattern)
        (program, sets, ignoresCase) = try compiler.compile()
        (groupCount, groupNames) = (compiler.groupCount, compiler.groupNames)
    }

    /// The first match at or after `start`; nil when there is none or `budget` fell below zero.
    ///
    /// Every instruction visited takes one from the budget.
    package func firstMatch(
        in text: [Unicode.Scalar], from start: Int = 0, captures: Bool = true, budget: inout Int
    ) -> Match? {
        // Setting up has a cost too, which counts where a text is searched again after every match.
        budget -= program.count / 4 + 128
        let slots = captures ? 2 * (groupCount + 1) : 2
        var now = Threads(program.count)
        var next = Threads(program.count)
        var found: [Int]?
        var at = start
        while at <= text.count {
            if found == nil {
                add(0, [Int](repeating: -1, count: slots), to: &now, text, at, &budget)
            }
            next.clear()
            for (pc, saved) in now.list {
                budget -= 1
                if budget < 0 { return nil }
                var passes = false
                switch program[pc] {
                case .match:
                    found = saved
                case .scalar(let wanted):
                    passes = at < text.count && (text[at] == wanted || (ignoresCase && Self.fold(text[at]) == wanted))
                    if ignoresCase { budget -= 3 }
                case .set(let index):
                    passes = at < text.count && sets[index].contains(text[at])
                    budget -= sets[index].ranges.count / 16 + (ignoresCase ? 7 : 0)
                case .any: passes = at < text.count
                case .anyButNewline: passes = at < text.count && text[at] != "\n"
                default: continue
                }
                // Threads after a match have less right to one.
                if case .match = program[pc] { break }
                if passes { add(pc + 1, saved, to: &next, text, at + 1, &budget) }
            }
            swap(&now, &next)
            if found != nil, now.list.isEmpty { break }
            at += 1
        }
        guard budget >= 0, let found else { return nil }
        var groups: [Range<Int>?] = []
        for n in stride(from: 0, to: found.count, by: 2) {
            groups.append(found[n] >= 0 && found[n + 1] >= found[n] ? found[n]..<found[n + 1] : nil)
        }
        return Match(groups: groups)
    }

    /// Threads in order of preference, each place at most once.
    private struct Threads {
        var list: [(pc: Int, saved: [Int])] = []
        private var marks: [Int]
        private var mark = 1

        init(_ count: Int) { marks = [Int](repeating: 0, count: count) }

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            mark += 1
        }

        mutating func enter(_ pc: Int) -> Bool {
            if marks[pc] == mark { return false }
            marks[pc] = mark
            return true
        }
    }

    /// Follows everything that takes no character from `pc`.
    private func add(
        _ pc: Int, _ saved: [Int], to threads: inout Threads, _ text: [Unicode.Scalar], _ at: Int, _ budget: inout Int
    ) {
        var stack = [(pc, saved)]
        while let (pc, saved) = stack.popLast() {
            guard threads.enter(pc) else { continue }
            budget -= 1
            if budget < 0 { return }
            switch program[pc] {
            case .jump(let target): stack.append((target, saved))
            case .split(let first, let second):
                stack.append((second, saved))
                stack.append((first, saved))
            case .save(let slot):
                var saved = saved
                if slot < saved.count { saved[slot] = at }
                budget -= saved.count / 8
                stack.append((pc + 1, saved))
            case .assert(let assertion):
                if holds(assertion, text, at) { stack.append((pc + 1, saved)) }
            default: threads.list.append((pc, saved))
            }
        }
    }

    private func holds(_ assertion: Assertion, _ text: [Unicode.Scalar], _ at: Int) -> Bool {
        switch assertion {
        case .textStart: return at == 0
        case .textEnd: return at == text.count
        case .lineStart: return at == 0 || text[at - 1] == "\n"
        case .lineEnd: return at == text.count || text[at] == "\n"
        case .wordBoundary, .notWordBoundary:
            let before = at > 0 && Self.isWord(text[at - 1])
            let after = at < text.count && Self.isWord(text[at])
            return (before != after) == (assertion == .wordBoundary)
        }
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 48...57, 65...90, 95, 97...122: true
        case 0..<128: false
        default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
    }

    static func single(_ text: String) -> Unicode.Scalar? {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { return nil }
        return first
    }

    /// The form in which letters are compared without their case.
    static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.value < 128 {
            return scalar.value >= 65 && scalar.value <= 90 ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
        }
        return single(scalar.properties.lowercaseMapping) ?? scalar
    }
}

/// Reads a pattern and writes the program for it.
struct RegexCompiler {
    private indirect enum Node {
        case empty
        case scalar(Unicode.Scalar)
        case set(Int)
        case any
        case sequence([Node])
        case choice([Node])
        case group(Node, Int)
        case many(Node, Int, Int?, greedy: Bool)
        case assert(LinearRegex.Assertion)
    }

    private let text: [Unicode.Scalar]
    private var at = 0
    private var depth = 0
    private var sets: [LinearRegex.ScalarSet] = []
    private var program: [LinearRegex.Instruction] = []
    private var ignoresCase = false
    private var dotTakesNewline = false
    private var lines = false
    private(set) var groupCount = 0
    private(set) var groupNames: [String: Int] = [:]

    init(_ pattern: String) { text = Array(pattern.unicodeScalars) }

    mutating func compile() throws(LinearRegex.Failure) -> ([LinearRegex.Instruction], [LinearRegex.ScalarSet], Bool) {
        guard text.count <= LinearRegex.longestPattern else {
            throw LinearRegex.Failure(
                offset: LinearRegex.longestPattern,
                problem: "it is longer than \(LinearRegex.longestPattern) characters")
        }
        try flags()
        let node = try choice()
        guard at == text.count else { throw fail("\")\" without \"(\"") }
        try emit(.save(0))
        try write(node)
        try emit(.save(1))
        try emit(.match)
        if ignoresCase { for n in sets.indices { sets[n].ignoresCase = true } }
        return (program, sets, ignoresCase)
    }

    private func fail(_ problem: String, at offset: Int? = nil) -> LinearRegex.Failure {
        LinearRegex.Failure(offset: offset ?? at, problem: problem)
    }

    private func next(is scalar: Unicode.Scalar, ahead: Int = 0) -> Bool {
        at + ahead < text.count && text[at + ahead] == scalar
    }

    /// `(?i)`, `(?s)` and `(?m)`, which stand for the whole pattern.
    private mutating func flags() throws(LinearRegex.Failure) {
        while next(is: "("), next(is: "?", ahead: 1), at + 2 < text.count, "ism".unicodeScalars.contains(text[at + 2]) {
            at += 2
            while at < text.count, text[at] != ")" {
                switch text[at] {
                case "i": ignoresCase = true
                case "s": dotTakesNewline = true
                case "m": lines = true
                case let other: throw fail("there is no flag \"\(other)\"; known are i, s and m")
                }
                at += 1
            }
            guard next(is: ")") else { throw fail("\"(\" without \")\"") }
            at += 1
        }
    }

    private mutating func choice() throws(LinearRegex.Failure) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw fail("more than 50 groups inside each other") }
        var branches = [try sequence()]
        while next(is: "|") {
            at += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(LinearRegex.Failure) -> Node {
        var parts: [Node] = []
        while at < text.count, text[at] != "|", text[at] != ")" { parts.append(try repeated()) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated() throws(LinearRegex.Failure) -> Node {
        let start = at
        let node = try atom()
        guard at < text.count, let (low, high) = try quantifier() else { return node }
        if case .assert = node { throw fail("nothing here can be repeated", at: start) }
        var greedy = true
        if next(is: "?") {
            greedy = false
            at += 1
        } else if next(is: "+") {
            throw fail("possessive quantifiers are not supported")
        }
        if at < text.count, "*+".unicodeScalars.contains(text[at]) { throw fail("two quantifiers in a row") }
        return .many(node, low, high, greedy: greedy)
    }

    private mutating func quantifier() throws(LinearRegex.Failure) -> (Int, Int?)? {
        switch text[at] {
        case "*":
            at += 1
            return (0, nil)
        case "+":
            at += 1
            return (1, nil)
        case "?":
            at += 1
            return (0, 1)
        case "{":
            let start = at
            at += 1
            guard let low = number() else {
                at = start
                throw fail("write a repetition as {2} or {2,5}, a brace itself as \\{")
            }
            var high: Int? = low
            if next(is: ",") {
                at += 1
                high = number()
            }
            guard next(is: "}") else {
                throw fail("write a repetition as {2} or {2,5}, a brace itself as \\{", at: start)
            }
            at += 1
            guard low <= 1000, high ?? 0 <= 1000 else { throw fail("more than 1000 repetitions", at: start) }
            guard high.map({ $0 >= low }) ?? true else { throw fail("a repetition from more to fewer", at: start) }
            return (low, high)
        default: return nil
        }
    }

    private mutating func number() -> Int? {
        let start = at
        var value = 0
        while at < text.count, at - start < 5, case let digit = text[at].value &- 48, digit < 10 {
            value = value * 10 + Int(digit)
            at += 1
        }
        return at > start ? value : nil
    }

    private mutating func atom() throws(LinearRegex.Failure) -> Node {
        let scalar = text[at]
        switch scalar {
        case "(": return try group()
        case "[": return try bracket()
        case "\\": return try escape()
        case ".":
            at += 1
            return dotTakesNewline ? .any : newSet([10...10], negated: true)
        case "^":
            at += 1
            return .assert(lines ? .lineStart : .textStart)
        case "$":
            at += 1
            return .assert(lines ? .lineEnd : .textEnd)
        case "*", "+", "?": throw fail("nothing to repeat before \"\(scalar)\"")
        case "{": throw fail("nothing to repeat before \"{\"; write a brace itself as \\{")
        default:
            at += 1
            return .scalar(scalar)
        }
    }

    private mutating func newSet(_ ranges: [ClosedRange<UInt32>], negated: Bool = false) -> Node {
        var set = LinearRegex.ScalarSet()
        (set.ranges, set.negated) = (ranges, negated)
        sets.append(set)
        return .set(sets.count - 1)
    }

    private mutating func group() throws(LinearRegex.Failure) -> Node {
        let start = at
        at += 1
        var number: Int?
        if next(is: "?") {
            at += 1
            if next(is: ":") {
                at += 1
            } else {
                if next(is: "P") { at += 1 }
                guard next(is: "<"), !next(is: "=", ahead: 1), !next(is: "!", ahead: 1) else {
                    throw fail(
                        "only groups, (?:groups) and (?<named>groups) are supported, no looking ahead or behind",
                        at: start)
                }
                at += 1
                let from = at
                while at < text.count, text[at] != ">", LinearRegex.isWord(text[at]) { at += 1 }
                guard next(is: ">"), at > from else { throw fail("a group's name is letters and digits", at: from) }
                groupCount += 1
                let name = Scalars.string(text[from..<at])
                guard groupNames.updateValue(groupCount, forKey: name) == nil else {
                    throw fail("two groups have the name \"\(name)\"", at: from)
                }
                number = groupCount
                at += 1
            }
        } else {
            groupCount += 1
            number = groupCount
        }
        let inside = try choice()
        guard next(is: ")") else { throw fail("\"(\" without \")\"", at: start) }
        at += 1
        guard groupCount <= LinearRegex.mostGroups else {
            throw fail("more than \(LinearRegex.mostGroups) groups", at: start)
        }
        return number.map { .group(inside, $0) } ?? inside
    }

    private static func named(_ letter: Unicode.Scalar) -> (LinearRegex.ScalarSet.Named, negated: Bool)? {
        switch letter {
        case "d": (.digit, false)
        case "D": (.digit, true)
        case "w": (.word, false)
        case "W": (.word, true)
        case "s": (.blank, false)
        case "S": (.blank, true)
        default: nil
        }
    }

    private mutating func escape() throws(LinearRegex.Failure) -> Node {
        guard at + 1 < text.count else { throw fail("a backslash at the end") }
        let letter = text[at + 1]
        if let named = Self.named(letter) {
            at += 2
            var set = LinearRegex.ScalarSet()
            set.named = [named]
            sets.append(set)
            return .set(sets.count - 1)
        }
        switch letter {
        case "b", "B":
            at += 2
            return .assert(letter == "b" ? .wordBoundary : .notWordBoundary)
        case "A":
            at += 2
            return .assert(.textStart)
        case "z", "Z":
            at += 2
            return .assert(.textEnd)
        case "1"..."9", "k": throw fail("back references are not supported")
        default: return .scalar(try escapedScalar())
        }
    }

    private mutating func escapedScalar() throws(LinearRegex.Failure) -> Unicode.Scalar {
        let start = at
        guard at + 1 < text.count else { throw fail("a backslash at the end") }
        let letter = text[at + 1]
        at += 2
        switch letter {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{C}"
        case "v": return "\u{B}"
        case "0": return "\0"
        case "x", "u":
            let width = letter == "x" ? 2 : 4
            guard at + width <= text.count, let code = UInt32(Scalars.string(text[at..<(at + width)]), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw fail("\\\(letter) needs \(width) hexadecimal digits", at: start) }
            at += width
            return scalar
        default:
            if letter.properties.isAlphabetic || LinearRegex.isWord(letter) && letter != "_" {
                throw fail("there is no escape \\\(letter)", at: start)
            }
            return letter
        }
    }

    private mutating func bracket() throws(LinearRegex.Failure) -> Node {
        let start = at
        at += 1
        var set = LinearRegex.ScalarSet()
        if next(is: "^") {
            set.negated = true
            at += 1
        }
        var first = true
        while at < text.count, first || text[at] != "]" {
            first = false
            if text[at] == "\\", at + 1 < text.count, let named = Self.named(text[at + 1]) {
                set.named.append(named)
                at += 2
                continue
            }
            if text[at] == "[", next(is: ":", ahead: 1) {
                throw fail("classes such as [:alpha:] are not supported; use \\w, \\d and \\s")
            }
            let low = try member()
            guard next(is: "-"), at + 1 < text.count, text[at + 1] != "]" else {
                set.ranges.append(low.value...low.value)
                continue
            }
            at += 1
            if text[at] == "\\", at + 1 < text.count, Self.named(text[at + 1]) != nil {
                throw fail("a range cannot end in a class")
            }
            let high = try member()
            guard low.value <= high.value else { throw fail("a range from later to earlier", at: start) }
            set.ranges.append(low.value...high.value)
        }
        guard next(is: "]") else { throw fail("\"[\" without \"]\"", at: start) }
        at += 1
        sets.append(set)
        return .set(sets.count - 1)
    }

    private mutating func member() throws(LinearRegex.Failure) -> Unicode.Scalar {
        if text[at] == "\\" { return try escapedScalar() }
        at += 1
        return text[at - 1]
    }

    // MARK: The program

    private mutating func emit(_ instruction: LinearRegex.Instruction) throws(LinearRegex.Failure) {
        guard program.count < LinearRegex.largestProgram else {
            throw fail("its repetitions make it too large", at: 0)
        }
        program.append(instruction)
    }

    private mutating func write(_ node: Node) throws(LinearRegex.Failure) {
        switch node {
        case .empty: return
        case .scalar(let scalar): try emit(.scalar(ignoresCase ? LinearRegex.fold(scalar) : scalar))
        case .set(let index): try emit(.set(index))
        case .any: try emit(.any)
        case .assert(let assertion): try emit(.assert(assertion))
        case .sequence(let parts): for part in parts { try write(part) }
        case .group(let inside, let number):
            try emit(.save(2 * number))
            try write(inside)
            try emit(.save(2 * number + 1))
        case .choice(let branches):
            var jumps: [Int] = []
            for (n, branch) in branches.enumerated() {
                guard n < branches.count - 1 else {
                    try write(branch)
                    break
                }
                let split = program.count
                try emit(.jump(0))
                try write(branch)
                jumps.append(program.count)
                try emit(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .many(let inside, let low, let high, let greedy):
            guard let high else {
                for _ in 0..<max(0, low - 1) { try write(inside) }
                // `x*` is `(x+)?`: so an empty turn of the loop ends it, as it does with backtracking.
                let skip = program.count
                if low == 0 { try emit(.jump(0)) }
                let start = program.count
                try write(inside)
                try emit(greedy ? .split(start, program.count + 1) : .split(program.count + 1, start))
                if low == 0 { program[skip] = greedy ? .split(start, program.count) : .split(program.count, start) }
                return
            }
            for _ in 0..<low { try write(inside) }
            var splits: [Int] = []
            for _ in low..<high {
                splits.append(program.count)
                try emit(.jump(0))
                try write(inside)
            }
            for split in splits {
                program[split] = greedy ? .split(split + 1, program.count) : .split(program.count, split + 1)
            }
        }
    }
}
