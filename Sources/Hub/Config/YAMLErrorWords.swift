import YAML

/// Says in words of this manual what the parser says in words of its grammar.
enum YAMLErrorWords {
    static func diagnostic(_ error: YAMLError, in source: SourceFile) -> Diagnostic {
        let span = Span(source, error.offset..<min(error.offset + 1, max(source.bytes.count, error.offset)))
        let line = source.line(span.start.line)
        var (message, help) = words(
            error, at: source.bytes.indices.contains(error.offset) ? source.bytes[error.offset] : nil)
        if let template = templateHelp(line) { help = template }
        var notes: [Diagnostic.Note] = []
        if let context = error.context, source.position(at: context.offset).line != span.start.line {
            notes.append(.init(words(context), at: Span(source, context.offset..<context.offset).widened))
        }
        return .error(message, at: span.widened, help: help, notes: notes)
    }

    private static func words(_ error: YAMLError, at byte: UInt8?) -> (String, help: String?) {
        let context = error.context?.words ?? ""
        switch error.problem {
        case "found character that cannot start any token":
            switch byte {
            case UInt8(ascii: "\t"):
                return ("a tab where YAML requires spaces", "Indent with spaces.")
            case let byte?:
                let shown = String(UnicodeScalar(byte))
                return ("text cannot begin with \"\(shown)\"", "Put the text in quotes.")
            case nil:
                return ("the file ends too early", nil)
            }
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return ("a tab where YAML requires spaces", "Indent with spaces.")
        case "mapping values are not allowed in this context":
            return (
                "a colon followed by a space is not allowed here",
                "Put the text in quotes if the colon is part of it, and check the indentation if it is not."
            )
        case "could not find expected ':'":
            return ("a name without a colon", "Write `name: value`; a text of several lines must be indented.")
        case "did not find expected key":
            return (
                "this does not continue the mapping above", "Check the indentation, and quotes that close too early."
            )
        case "did not find expected '-' indicator":
            return ("this does not continue the list above", "Check the indentation; every element begins with `- `.")
        case "did not find expected ',' or '}'":
            return ("a comma or \"}\" is missing before this", nil)
        case "did not find expected ',' or ']'":
            return ("a comma or \"]\" is missing before this", nil)
        case "found unexpected end of stream":
            return (context.contains("quoted") ? "a quote is not closed" : "the file ends too early", nil)
        case "found unexpected document indicator":
            return ("a quote is not closed before `---` or `...`", nil)
        case "found unknown escape character":
            return ("an unknown escape in double quotes", "Write \\\\ for a backslash, or use single quotes.")
        case "found unexpected ':'":
            return ("a colon is not allowed here", "Put the text in quotes.")
        case "block sequence entries are not allowed in this context":
            return ("a list cannot begin here", "Begin it on a line of its own, indented below its name.")
        case "block mapping entries are not allowed in this context", "mapping keys are not allowed in this context":
            return ("a name is not allowed here", "Begin it on a line of its own, indented below its section.")
        case "did not find expected <document start>":
            return ("this does not continue the lines above", "Check the indentation.")
        case "did not find expected node content":
            return ("a value is missing before this", nil)
        case "did not find expected comment or line break":
            return (
                "only a comment may follow \"|\" or \">\" on its line", "Begin the text on the next line, indented."
            )
        case "found undefined tag handle":
            return ("text cannot begin with \"!\"", "Put the text in quotes.")
        case "did not find expected alphabetic or numeric character":
            return ("text cannot begin with \"*\" or \"&\"", "Put the text in quotes.")
        default:
            return (context.isEmpty ? error.problem : "\(error.problem) \(context)", nil)
        }
    }

    private static func words(_ context: YAMLError.Context) -> String {
        switch context.words {
        case "while parsing a block mapping": "the mapping begins here"
        case "while parsing a block collection": "the list begins here"
        case "while parsing a flow mapping": "the \"{\" is here"
        case "while parsing a flow sequence": "the \"[\" is here"
        case "while scanning a simple key": "the name begins here"
        case "while scanning a quoted scalar": "the quote is here"
        case "while scanning a block scalar": "the text begins here"
        case "while scanning a plain scalar": "the text begins here"
        default: context.words
        }
    }

    /// Help for the commonest mistake of all, a template without quotes.
    private static func templateHelp(_ line: String) -> String? {
        for opening in ["{{", "{%", "{#"] {
            guard let range = line.firstRange(of: opening) else { continue }
            let before = line[..<range.lowerBound].filter { $0 != " " }
            if before.isEmpty || before.hasSuffix(":") || before.hasSuffix("-") {
                return "Text that begins with \(opening) needs quotes around the whole of it."
            }
        }
        return nil
    }
}

extension Span {
    /// At least one whole character, unless the line ends here.
    var widened: Span {
        guard range.isEmpty || range.count == 1 else { return self }
        let bytes = source.bytes
        var end = range.lowerBound
        guard end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D else { return Span(source, end..<end) }
        end += 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return Span(source, range.lowerBound..<end)
    }
}
