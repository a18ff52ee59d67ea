import YAML

import func HubModel.nearest

/// Bounds of what a file may ask of its reader.
struct YAMLLimits {
    /// Bytes of one file.
    var fileSize = 4 << 20
    /// Mappings and lists within each other.
    var depth = 64
    /// What all aliases together may stand for: values, and 16 bytes of text for each.
    var aliasWeight = 500_000
    /// Values that are written out, and what aliases stand for, together.
    var values = 300_000
}

/// Reads one YAML file into a tree: one document, distinct names, bounded in depth and in what its aliases stand for.
///
/// Merge keys (`<<: *base`, or a list of aliases) are understood: what a mapping says itself wins, then the first of
/// the list. Tags other than `!!str`, which makes a plain value text, are refused.
struct YAMLReader: ~Copyable {
    /// A value, and how much aliases to it cost.
    private struct Weighed {
        var node: Node
        var weight: Int
    }

    private let source: SourceFile
    private let limits: YAMLLimits
    private var parser: Parser
    private var problems = Diagnostics()
    private var anchors: [String: Weighed] = [:]
    /// Anchors whose values are still being read.
    private var open: [String] = []
    private var aliasWeight = 0
    private var values = 0
    /// Unknown aliases for which a similar name is looked for, and names that are looked at: more helps nobody.
    private static let guesses = (aliases: 20, names: 2_000)

    /// The tree, or everything that is wrong with the text. A file without content is an empty mapping.
    static func read(_ source: SourceFile) throws(Diagnostics) -> Node {
        var limits = YAMLLimits()
        return try read(source, limits: &limits)
    }

    /// Takes what it uses from the values that `limits` leaves to further files.
    static func read(_ source: SourceFile, limits: inout YAMLLimits) throws(Diagnostics) -> Node {
        if source.bytes.count > limits.fileSize {
            throw Diagnostics(
                .error(
                    "the file is larger than \(ByteSize(bytes: limits.fileSize).configText)",
                    at: Span(file: source.name), help: "Split it with `include:`, and keep data out of it."))
        }
        if let wrong = UnreadableText.find(in: source) { throw Diagnostics(wrong) }
        let parser: Parser
        do { parser = try Parser(source.bytes) } catch {
            throw Diagnostics(.error("the file cannot be read: \(error.problem)", at: Span(file: source.name)))
        }
        var reader = YAMLReader(source: source, limits: limits, parser: parser)
        let root: Node?
        do throws(Stop) {
            root = try reader.document()
            limits.values -= reader.values + reader.aliasWeight
        } catch {
            limits.values -= reader.values + reader.aliasWeight
            // What stops the reader on a line that is reported already is only a consequence.
            let line = error.diagnostic.position.line
            if !reader.problems.sorted.contains(where: { $0.position.line == line }) {
                reader.problems.add(error.diagnostic)
            }
            throw reader.problems
        }
        try reader.problems.throwIfErrors()
        return root ?? Node(.mapping([]), span: Span(source, 0..<0))
    }

    private init(source: SourceFile, limits: YAMLLimits, parser: consuming Parser) {
        self.source = source
        self.limits = limits
        self.parser = parser
    }

    /// What ends the reading at once.
    private struct Stop: Error {
        var diagnostic: Diagnostic
    }

    private mutating func next() throws(Stop) -> Event? {
        do { return try parser.next() } catch { throw Stop(diagnostic: YAMLErrorWords.diagnostic(error, in: source)) }
    }

    private func span(_ event: Event) -> Span { Span(source, event.range) }

    private mutating func document() throws(Stop) -> Node? {
        guard try next() != nil, let first = try next(), first.kind != .documentEnd else { return nil }
        let root = try value(first, depth: 1, name: nil, nameSpan: nil).node
        _ = try next()
        if let more = try next() {
            throw Stop(
                diagnostic: .error(
                    "a second document begins here", at: span(more),
                    help: "A configuration is one document: remove the line `---`, or use `include:`."))
        }
        return root
    }

    private mutating func value(
        _ event: Event, depth: Int, name: String?, nameSpan: Span?
    ) throws(Stop) -> Weighed {
        if depth > limits.depth {
            throw Stop(
                diagnostic: .error("more than \(limits.depth) levels within each other", at: span(event).firstByte))
        }
        values += 1
        if values + aliasWeight > limits.values {
            throw Stop(
                diagnostic: .error(
                    "the configuration has too many values", at: span(event).firstByte,
                    help: "All its files together may have \(YAMLLimits().values)."))
        }
        switch event.kind {
        case .alias(let anchor):
            return alias(anchor, event, name: name, nameSpan: nameSpan)
        case .scalar(let text, let style, let anchor, let tag):
            var scalar = Scalar(text, style: Scalar.Style(style))
            let ownSpan = span(event).withoutProperties(anchor: anchor, tag: tag)
            if tag == "tag:yaml.org,2002:str" || tag == "!" { scalar.value = .text } else { refuse(tag: tag, event) }
            let node = Node(.scalar(scalar), span: ownSpan, name: name, nameSpan: nameSpan)
            let result = Weighed(node: node, weight: 1 + text.utf8.count / 16)
            if let anchor { anchors[anchor] = result }
            return result
        case .sequenceStart(_, let anchor, let tag):
            refuse(tag: tag, event)
            if let anchor { begin(anchor) }
            let result = try sequence(event, depth: depth, name: name, nameSpan: nameSpan)
            if let anchor { end(anchor, result) }
            return result
        case .mappingStart(let isFlow, let anchor, let tag):
            refuse(tag: tag, event)
            if let anchor { begin(anchor) }
            let result = try mapping(event, isFlow: isFlow, depth: depth, name: name, nameSpan: nameSpan)
            if let anchor { end(anchor, result) }
            return result
        case .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            return Weighed(
                node: Node(.scalar(Scalar("")), span: span(event), name: name, nameSpan: nameSpan), weight: 1)
        }
    }

    private mutating func begin(_ anchor: String) {
        anchors[anchor] = nil
        open.append(anchor)
    }

    private mutating func end(_ anchor: String, _ value: Weighed) {
        open.removeLast()
        anchors[anchor] = value
    }

    private mutating func refuse(tag: String?, _ event: Event) {
        guard let tag else { return }
        let shown = tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst(18) : tag
        if shown == "!!map" || shown == "!!seq" { return }
        problems.error(
            "the tag \"\(shown.shortened(to: 40))\" means nothing here", at: span(event).firstLine,
            help: "Leave it out; quotes make a value text.")
    }

    private mutating func alias(_ anchor: String, _ event: Event, name: String?, nameSpan: Span?) -> Weighed {
        guard let known = anchors[anchor] else {
            if open.contains(anchor) {
                problems.error("\"*\(anchor)\" is inside the value that it refers to", at: span(event))
            } else {
                let guess =
                    problems.errorCount < Self.guesses.aliases
                    ? nearest(anchor, in: anchors.keys.sorted().prefix(Self.guesses.names)) : nil
                problems.error(
                    "no \"&\(anchor.shortened(to: 40))\" before this", at: span(event),
                    help: guess.map { "Did you mean \"*\($0)\"?" }
                        ?? "An alias repeats a value that was marked with & above it.")
            }
            return Weighed(
                node: Node(.scalar(Scalar("")), span: span(event), name: name, nameSpan: nameSpan), weight: 1)
        }
        aliasWeight += known.weight
        if aliasWeight > min(limits.aliasWeight, limits.values - values) {
            aliasWeight -= known.weight
            problems.error(
                "the aliases of this file expand to too much", at: span(event),
                help: "Written out they would be more than \(min(limits.aliasWeight, limits.values)) values.")
            return Weighed(
                node: Node(.scalar(Scalar("")), span: span(event), name: name, nameSpan: nameSpan), weight: 1)
        }
        var node = known.node
        (node.name, node.nameSpan) = (name, nameSpan)
        return Weighed(node: node, weight: known.weight)
    }

    private mutating func sequence(
        _ start: Event, depth: Int, name: String?, nameSpan: Span?
    ) throws(Stop) -> Weighed {
        var elements: [Node] = []
        var weight = 1
        while let event = try next() {
            if event.kind == .sequenceEnd {
                let span = whole(start, event, last: elements.last?.span)
                return Weighed(
                    node: Node(.sequence(elements), span: span, name: name, nameSpan: nameSpan), weight: weight)
            }
            let element = try value(event, depth: depth + 1, name: name, nameSpan: nameSpan)
            elements.append(element.node)
            weight = min(weight + element.weight, limits.aliasWeight + 1)
        }
        throw Stop(diagnostic: .error("the list does not end", at: span(start).firstLine))
    }

    private mutating func mapping(
        _ start: Event, isFlow: Bool, depth: Int, name: String?, nameSpan: Span?
    ) throws(Stop) -> Weighed {
        var members: [Node.Member] = []
        var places: [[UInt8]: Int] = [:]
        var merged: [Node] = []
        var weight = 1
        while let event = try next() {
            if event.kind == .mappingEnd {
                for base in merged { inherit(base, &members, &places) }
                let span = whole(
                    start, event, last: members.map(\.value.span).max { $0.range.upperBound < $1.range.upperBound })
                return Weighed(
                    node: Node(.mapping(members), span: span, name: name, nameSpan: nameSpan), weight: weight)
            }
            guard let (key, keySpan, isPlain) = try memberName(event, isFlow: isFlow, start: start, depth: depth),
                let valueEvent = try next()
            else { continue }
            let value = try value(valueEvent, depth: depth + 1, name: key, nameSpan: keySpan)
            weight = min(weight + 1 + value.weight, limits.aliasWeight + 1)
            if key == "<<", isPlain {
                merged += mergeSources(value.node)
            } else if let first = places.updateValue(members.count, forKey: Array(key.utf8)) {
                places[Array(key.utf8)] = first
                problems.error(
                    "\"\(key.shortened(to: 60))\" is given twice", at: keySpan,
                    help: "Remove one of them.", notes: [.init("the first is here", at: members[first].nameSpan)])
            } else {
                members.append(Node.Member(name: key, nameSpan: keySpan, value: value.node))
            }
        }
        throw Stop(diagnostic: .error("the mapping does not end", at: span(start).firstLine))
    }

    /// A member's name; nil, with its value read and reported, when it is none.
    private mutating func memberName(
        _ event: Event, isFlow: Bool, start: Event, depth: Int
    ) throws(Stop) -> (String, Span, isPlain: Bool)? {
        switch event.kind {
        case .scalar(let text, let style, let anchor, let tag):
            let ownSpan = span(event).withoutProperties(anchor: anchor, tag: tag)
            if text.isEmpty, style == .plain {
                problems.error("a name is missing before the colon", at: ownSpan)
            } else {
                return (text, ownSpan, style == .plain)
            }
        case .mappingStart(isFlow: true, _, _) where isFlow && event.range.lowerBound == start.range.lowerBound + 1:
            problems.error(
                "text that begins with \"{{\" needs quotes", at: span(start).firstLine,
                help: "Without them YAML takes the braces for mappings. Write \"{{ … }}\".")
            _ = try value(event, depth: depth + 1, name: nil, nameSpan: nil)
            guard let following = try next() else { return nil }
            _ = try value(following, depth: depth + 1, name: nil, nameSpan: nil)
            return nil
        default:
            problems.error("a name must be text", at: span(event).firstLine)
            _ = try value(event, depth: depth + 1, name: nil, nameSpan: nil)
        }
        guard let following = try next() else { return nil }
        _ = try value(following, depth: depth + 1, name: nil, nameSpan: nil)
        return nil
    }

    private mutating func mergeSources(_ node: Node) -> [Node] {
        let sources = node.elements ?? [node]
        for source in sources where source.members == nil {
            problems.error(
                "\"<<\" must be given a mapping or a list of mappings, not \(source.shownInMessages)", at: source.span,
                help: "It takes over the settings of a mapping marked with &: `<<: *base`.")
        }
        return sources
    }

    private func inherit(_ base: Node, _ members: inout [Node.Member], _ places: inout [[UInt8]: Int]) {
        for member in base.members ?? [] where places[Array(member.name.utf8)] == nil {
            places[Array(member.name.utf8)] = members.count
            members.append(member)
        }
    }

    /// From the first to the last character; a block ends with its last value, not with the blank lines after it.
    private func whole(_ start: Event, _ end: Event, last: Span?) -> Span {
        let from = start.range.lowerBound
        let isFlow = end.range.count > 0
        let to = isFlow ? end.range.upperBound : last.map { min($0.range.upperBound, end.range.upperBound) }
        return Span(source, from..<max(from, to ?? end.range.lowerBound))
    }
}

extension Scalar.Style {
    init(_ style: Event.Style) {
        self =
            switch style {
            case .plain: .plain
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal: .literal
            case .folded: .folded
            }
    }
}

extension Span {
    /// The first character of it.
    var firstByte: Span { Span(source, range.lowerBound..<min(range.lowerBound + 1, range.upperBound)) }

    /// The part on its first line.
    var firstLine: Span {
        let line = source.lineRange(start.line)?.upperBound ?? range.upperBound
        return Span(source, range.lowerBound..<max(range.lowerBound, min(line, range.upperBound)))
    }

    /// Without the `&anchor` and `!tag` that the library counts as part of a value.
    func withoutProperties(anchor: String?, tag: String?) -> Span {
        guard anchor != nil || tag != nil else { return self }
        var at = range.lowerBound
        let bytes = source.bytes
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        while at < range.upperBound, bytes[at] == UInt8(ascii: "&") || bytes[at] == UInt8(ascii: "!") {
            while at < range.upperBound, !isBlank(bytes[at]) { at += 1 }
            while at < range.upperBound, isBlank(bytes[at]) { at += 1 }
        }
        return Span(source, at..<range.upperBound)
    }
}
