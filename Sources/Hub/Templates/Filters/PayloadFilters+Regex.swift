import HubModel

extension PayloadFilters {
    static let patterns: [Filter] = [
        Filter(
            "regex_match", Signature([Parameter("pattern"), Parameter("ignorecase", .bool(false))]),
            help: "Whether the regular expression matches anywhere in the text; `^` and `$` tie it to the ends.",
            regexMatch),
        Filter(
            "regex_find",
            Signature([Parameter("pattern"), Parameter("group", .int(0)), Parameter("ignorecase", .bool(false))]),
            help: "The first match, or a group of it by number or name; undefined when there is none.", regexFind),
        Filter(
            "regex_replace",
            Signature([
                Parameter("pattern"), Parameter("replacement"), Parameter("count", .int(0)),
                Parameter("ignorecase", .bool(false)),
            ]),
            help:
                "Replaces all matches, or the first `count`; `$1`, `${name}` and `\\1` stand for groups, `$$` for a dollar.",
            regexReplace),
    ]

    /// Instructions of a search that count as one step of the render.
    private static let instructionsPerStep = 64

    private static func regex(
        _ arguments: Arguments, ignoreCase index: Int, _ machine: inout Machine, _ filter: String
    ) throws(TemplateError) -> LinearRegex {
        let pattern = try text(arguments, 0, filter, "pattern")
        let ignore = try machine.truth(arguments[index])
        do {
            let regex = try LinearRegex(ignore ? "(?i)" + pattern : pattern)
            try machine.spend(regex.program.count / 8 + 1)
            return regex
        } catch let failure as LinearRegex.Failure {
            let offset = failure.offset - (ignore ? 4 : 0)
            throw .runtime("\(filter): wrong pattern at character \(max(0, offset) + 1): \(failure.problem)")
        } catch let error as TemplateError {
            throw error
        } catch {
            throw .runtime("\(filter): wrong pattern")
        }
    }

    private static func search(
        _ regex: LinearRegex, _ text: [Unicode.Scalar], from start: Int, captures: Bool, _ machine: inout Machine
    ) throws(TemplateError) -> LinearRegex.Match? {
        let allowed = min(max(0, machine.limits.steps - machine.stepsUsed), 1 << 40) * instructionsPerStep
        var budget = allowed
        let match = regex.firstMatch(in: text, from: start, captures: captures, budget: &budget)
        try machine.spend((allowed - budget + instructionsPerStep - 1) / instructionsPerStep)
        return match
    }

    private static func regexMatch(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let regex = try regex(arguments, ignoreCase: 1, &machine, "regex_match")
        if isNull(value) { return .bool(false) }
        let scalars = Scalars.array(try text(value, "regex_match"))
        return .bool(try search(regex, scalars, from: 0, captures: false, &machine) != nil)
    }

    private static func regexFind(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let regex = try regex(arguments, ignoreCase: 2, &machine, "regex_find")
        let group: Int
        switch arguments[1] {
        case .int(let number): group = number
        case .string(let name):
            guard let number = regex.groupNames[name] else {
                throw .runtime("regex_find: the pattern has no group \(shown(name))")
            }
            group = number
        case let other: throw unfit(other, "regex_find", "a group's number or name", argument: "group")
        }
        guard (0...regex.groupCount).contains(group) else {
            throw .runtime("regex_find: the pattern has no group \(group); it has \(regex.groupCount)")
        }
        if isNull(value) { return .undefined(Undefined(path: "null|regex_find", reason: "there is no text")) }
        let came = try text(value, "regex_find")
        let scalars = Scalars.array(came)
        guard let match = try search(regex, scalars, from: 0, captures: true, &machine) else {
            return nothing("regex_find", came, "the pattern does not match")
        }
        guard let range = match.groups[group] else {
            return nothing("regex_find", came, "group \(group) took no part in the match")
        }
        return .string(Scalars.string(scalars[range]))
    }

    private enum Piece {
        case text([Unicode.Scalar])
        case group(Int)
    }

    private static func regexReplace(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let regex = try regex(arguments, ignoreCase: 3, &machine, "regex_replace")
        let pieces = try replacement(try text(arguments, 1, "regex_replace", "replacement"), regex)
        let most = try integer(arguments, 2, "regex_replace", "count")
        if isNull(value) { return value }
        let scalars = Scalars.array(try text(value, "regex_replace"))
        var out: [UInt8] = []
        func put(_ part: some Collection<Unicode.Scalar>) throws(TemplateError) {
            try machine.checkString(out.count + part.count)
            for scalar in part { Scalars.append(scalar, to: &out) }
        }
        var (at, copied, count) = (0, 0, 0)
        while at <= scalars.count, most <= 0 || count < most {
            guard let match = try search(regex, scalars, from: at, captures: true, &machine) else { break }
            try put(scalars[copied..<match.range.lowerBound])
            for piece in pieces {
                switch piece {
                case .text(let text): try put(text)
                case .group(let number): if let range = match.groups[number] { try put(scalars[range]) }
                }
            }
            count += 1
            copied = match.range.upperBound
            at = match.range.isEmpty ? copied + 1 : copied
        }
        try put(scalars[copied...])
        try machine.checkString(out.count)
        return .string(String(decoding: out, as: UTF8.self))
    }

    private static func replacement(_ text: String, _ regex: LinearRegex) throws(TemplateError) -> [Piece] {
        let scalars = Scalars.array(text)
        var pieces: [Piece] = []
        var plain: [Unicode.Scalar] = []
        var at = 0
        func isDigit(_ index: Int) -> Bool { index < scalars.count && (48...57).contains(scalars[index].value) }
        func add(_ number: Int?, _ name: String) throws(TemplateError) {
            guard let number, (0...regex.groupCount).contains(number) else {
                throw .runtime(
                    "regex_replace: the pattern has no group \(shown(name)); write a dollar itself as \"$$\"")
            }
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = []
            pieces.append(.group(number))
        }
        while at < scalars.count {
            let mark = scalars[at]
            if mark == "$", at + 1 < scalars.count, scalars[at + 1] == "$" {
                plain.append("$")
                at += 2
            } else if mark == "\\", at + 1 < scalars.count, scalars[at + 1] == "\\" {
                plain.append("\\")
                at += 2
            } else if mark == "$" || mark == "\\", isDigit(at + 1) {
                let end = mark == "$" && isDigit(at + 2) && regex.groupCount > 9 ? at + 3 : at + 2
                let name = Scalars.string(scalars[(at + 1)..<end])
                try add(Int(name), name)
                at = end
            } else if mark == "$", at + 1 < scalars.count, scalars[at + 1] == "{",
                let end = scalars[at...].firstIndex(of: "}")
            {
                let name = Scalars.string(scalars[(at + 2)..<end])
                try add(Int(name) ?? regex.groupNames[name], name)
                at = end + 1
            } else {
                plain.append(mark)
                at += 1
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }
}
