import HubModel
import HubTemplates

/// One input of the fuzzer, readable as text: a letter or sign for what is done, one for how, then sections.
///
/// The first section is the source, the second the context in JSON, the others are templates named `a`, `b`, `c` and
/// `d`. A line `===` parts them. The tests run the same inputs through the same function.
package struct FuzzInput {
    /// What the source is.
    enum Kind: Int { case template, expression, leaf, pattern }

    let kind: Kind
    let options: TemplateOptions
    let source: String
    let context: JSONObject
    let templates: [(name: String, source: String)]

    /// Bounds that are a small part of the usual ones, so that one input takes milliseconds.
    static let limits: Limits = {
        var limits = Limits()
        limits.source = 16_384
        limits.steps = 4_000
        limits.output = 16_384
        limits.string = 8_192
        limits.elements = 1_000
        limits.range = 1_000
        return limits
    }()

    /// Nil for an input that is too short to be one.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= 2, let what = bytes.first, let how = bytes.dropFirst().first else { return nil }
        kind = Kind(rawValue: Int(what & 3)) ?? .template
        var options = TemplateOptions()
        options.limits = Self.limits
        options.undefined = [.hub, .strict, .lenient, .chainable][Int(what >> 2 & 3)]
        options.output = [.text, .html, .url, .header][Int(what >> 4 & 3)]
        options.trimBlocks = how & 1 != 0
        options.lstripBlocks = how & 2 != 0
        options.keepTrailingNewline = how & 4 != 0
        (options.doTag, options.loopControls) = (how & 8 == 0, how & 16 == 0)
        if how & 32 != 0 { options.scope = Scope(["call", "event", "x", "vars"]) }
        self.options = options

        var sections = Self.sections(bytes.dropFirst(2))
        source = String(decoding: sections.removeFirst(), as: UTF8.self)
        var context: JSONObject?
        if let json = sections.first {
            context = (try? JSON(parsing: json))?.object
            sections.removeFirst()
        }
        self.context = context ?? Self.usual ?? [:]
        templates = zip(["a", "b", "c", "d"], sections).map { ($0, String(decoding: $1, as: UTF8.self)) }
    }

    private static func sections(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var sections: [[UInt8]] = []
        var section: [UInt8] = []
        for line in Array(bytes).split(separator: 10, omittingEmptySubsequences: false) {
            if line.elementsEqual([61, 61, 61]) {
                sections.append(section.dropLast())
                section = []
            } else {
                section += line
                section.append(10)
            }
        }
        // The last line has no line end of its own.
        return sections + [section.dropLast()]
    }

    /// What an input without a context sees: every kind of value.
    private static let usual: JSONObject? =
        (try? JSON(
            parsing: #"""
                {"call": {"id": "c-1", "duration_s": 125, "cost": 0.125, "recording": null, "ended": true,
                  "tags": ["a", "b", "A"], "started_at": "2025-10-09T08:54:20.123+11:00", "from": "+61412345678",
                  "transcript": [{"role": "agent", "text": "Hello <b>you</b>", "n": 1},
                    {"role": "user", "text": "Gr\u00fc\u00dfe \ud83d\udc4b\ud83c\udffd", "n": 22},
                    {"role": "user", "text": "", "n": null}]},
                 "event": {"type": "call.ended", "big": 123456789012345678901234567890},
                 "x": "The quick, brown fox-trot: https://example.com/a?b=1 (a@b.com) 'q' \"d\" e\u0301\r\n\tend\n",
                 "vars": [3, 1, 2.5, -7, "x", null, true, [1, [2, [3]]], {"k": "v"}]}
                """#))?.object
}

extension FuzzInput {
    /// A promise of the engine that an input broke.
    struct Broken: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// Puts the input through everything that reads template source; only broken promises are thrown.
    package func run() throws {
        switch kind {
        case .template: try runTemplate()
        case .expression: try runExpression()
        case .leaf: try runLeaf()
        case .pattern: runPattern()
        }
    }

    private var roots: Roots {
        guard let scope = options.scope else { return .object(context) }
        return .values(scope.names.map { JSON.object(context)[$0] })
    }

    private func runTemplate() throws {
        for error in Template.problems(in: source, name: "main", options: options) { try check(error) }
        try check(checker.check(source))
        let set = TemplateSet(templates, options: options)
        for error in set.errors { try check(error) }
        do {
            let template = try set.compile(source, name: "main")
            let (bytes, steps) = try template.renderCounting(roots)
            if bytes.count > options.limits.output { throw Broken("\(bytes.count) bytes of output") }
            if steps > options.limits.steps { throw Broken("\(steps) steps") }
            if String(validating: bytes, as: UTF8.self) == nil { throw Broken("the output is not UTF-8") }
            if options.output == .header, bytes.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) {
                throw Broken("a header with an end of line")
            }
            if try template.render(roots) != bytes { throw Broken("two renders differ") }
        } catch let error as TemplateError {
            try check(error)
        }
    }

    private func runLeaf() throws {
        try check(checker.check(source, leaf: true))
        do {
            let template = try TemplateSet(templates, options: options).compile(source, name: "leaf")
            guard let sole = template.soleExpression else { return _ = try template.render(roots) }
            guard let value = try sole.json(roots) else { return }
            let text = value.text
            guard let again = try? JSON(parsing: text), again.text == text else {
                throw Broken("the leaf's value does not read back: \(text.prefix(200))")
            }
        } catch let error as TemplateError {
            try check(error)
        }
    }

    private func runExpression() throws {
        try check(checker.check(expression: source))
        try check(checker.check(list: source))
        try check(checker.binding("item", elementsOf: source).check("{{ item.text }}"))
        do {
            let expression = try Expression.compile(source, name: "when", options: options)
            let value = try expression.evaluate(roots)
            let holds = try expression.holds(roots)
            if holds != value.isTrue { throw Broken("an expression holds in one place and not in another") }
            let explained = try expression.explain(roots)
            if explained.holds != holds { throw Broken("the explanation gives another answer") }
            _ = explained.description
            _ = try expression.json(roots)
        } catch let error as TemplateError {
            try check(error)
        }
    }

    /// The source is a regular expression and the first template, or the context, the text that is searched.
    private func runPattern() {
        guard let regex = try? LinearRegex(source) else { return }
        let text = templates.first?.source ?? JSON.object(context).text
        let scalars = Array(text.unicodeScalars.prefix(2_000))
        var budget = 200_000
        var start = 0
        while start <= scalars.count, budget > 0,
            let match = regex.firstMatch(in: scalars, from: start, captures: start % 2 == 0, budget: &budget)
        {
            start = max(match.range.upperBound, start + 1)
        }
    }

    private var checker: Checker {
        Checker(
            roots: [
                Checker.Root("event", Event.shape(of: "call.ended")), Checker.Root("call", Call.model.shape),
                Checker.Root("raw"), Checker.Root("vars"), Checker.Root("source", .text), Checker.Root("x", .text),
            ], options: options,
            anyName: options.scope == nil)
    }

    // MARK: What must hold

    /// An error must have words, and its place must lie in the source.
    private func check(_ error: TemplateError) throws {
        if error.message.isEmpty { throw Broken("an error without words") }
        if error.description.utf8.count > 64 * 1024 { throw Broken("an error of many words") }
        let longest = ([source] + templates.map(\.source)).map(\.utf8.count).max() ?? 0
        if let place = error.place, place.offset < 0 || place.offset > longest {
            throw Broken("an error at \(place.offset) of \(longest): \(error)")
        }
    }

    private func check(_ problems: [Checker.Problem]) throws {
        for problem in problems {
            if problem.message.isEmpty { throw Broken("a problem without words") }
            if problem.description.utf8.count > 64 * 1024 { throw Broken("a problem of many words") }
        }
    }
}
