/// Why a template could not be compiled or rendered: what happened, where, and the excerpt with a caret.
package struct TemplateError: Error, Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// Refused before anything is rendered.
        case syntax
        /// An undefined value was used where it must not be.
        case undefined
        /// Anything else that fails while rendering.
        case runtime
        /// A bound on work, size or depth was reached. Trying again cannot help.
        case limit
    }

    /// A place in a template's source.
    package struct Place: Sendable, Equatable {
        /// The template's name; nil for a template without one.
        package var template: String?
        /// Bytes before the place in the source as it was given.
        package var offset: Int
        /// From 1.
        package var line: Int
        /// In code points, from 1.
        package var column: Int
        /// The source line the place is in, shortened around the place when it is long.
        package var excerpt: String
        /// Where in `excerpt` the caret belongs, in code points from 0, and how many carets.
        package var caret: Int
        package var width: Int
    }

    /// Kept behind one reference, so that functions which may throw cost their callers no stack.
    private final class Storage: Sendable {
        let kind: Kind
        let message: String
        let place: Place?
        let chain: [String]
        let statementLine: Int?

        init(_ kind: Kind, _ message: String, _ place: Place?, _ chain: [String], _ statementLine: Int?) {
            (self.kind, self.message, self.place) = (kind, message, place)
            (self.chain, self.statementLine) = (chain, statementLine)
        }
    }

    private var storage: Storage

    package var kind: Kind { storage.kind }
    package var message: String { storage.message }

    /// Where it happened; nil until the machine or the parser has added it.
    package var place: Place? {
        get { storage.place }
        set { storage = Storage(kind, message, newValue, chain, statementLine) }
    }

    /// The templates and macros that led there, innermost first: `included from ...`.
    package var chain: [String] {
        get { storage.chain }
        set { storage = Storage(kind, message, place, newValue, statementLine) }
    }

    /// The line of the statement that failed, as Jinja counts: the first line of an expression over several lines.
    package var statementLine: Int? {
        get { storage.statementLine }
        set { storage = Storage(kind, message, place, chain, newValue) }
    }

    /// Longest message; those that quote what a template made, such as the name of a filter, are cut.
    private static let longest = 2000

    package init(_ kind: Kind, _ message: String, place: Place? = nil) {
        let short = message.utf8.count <= Self.longest ? message : Scalars.prefix(message, Self.longest / 4) + "..."
        storage = Storage(kind, short, place, [], nil)
    }

    package static func == (a: TemplateError, b: TemplateError) -> Bool {
        a.kind == b.kind && a.message == b.message && a.place == b.place && a.chain == b.chain
    }

    package static func runtime(_ message: String) -> TemplateError { TemplateError(.runtime, message) }
    package static func undefined(_ message: String) -> TemplateError { TemplateError(.undefined, message) }

    /// A bound was reached; the message names it, what was used and what is allowed.
    package static func limit(_ what: String, used: Int, allowed: Int) -> TemplateError {
        TemplateError(.limit, "\(what): \(used) used, \(allowed) allowed")
    }

    package var line: Int? { place?.line }
    package var column: Int? { place?.column }
}

extension TemplateError: CustomStringConvertible {
    /// `name, line 2, column 14: message`, the excerpt, the caret and the chain.
    package var description: String {
        var text = ""
        if let place {
            if let template = place.template { text += "\(template), " }
            text += "line \(place.line), column \(place.column): "
        }
        text += message
        if let place, !place.excerpt.isEmpty {
            text += "\n  \(place.excerpt)\n  "
            text += String(repeating: " ", count: place.caret) + String(repeating: "^", count: max(1, place.width))
        }
        for link in chain { text += "\n  \(link)" }
        return text
    }
}

extension TemplateError.Place {
    /// The place of a span in `source`, with the line it is in.
    package init(in source: [UInt8], template: String?, span: Span) {
        let offset = min(max(0, span.start), source.count)
        var line = 1
        var start = 0
        for n in 0..<offset {
            if source[n] == 10 || (source[n] == 13 && !(n + 1 < source.count && source[n + 1] == 10)) {
                line += 1
                start = n + 1
            }
        }
        var end = offset
        while end < source.count, source[end] != 10, source[end] != 13 { end += 1 }
        let before = String(decoding: source[start..<offset], as: UTF8.self).unicodeScalars
        let column = before.count + 1
        let stop = min(max(span.end, offset), end)
        var width = String(decoding: source[offset..<stop], as: UTF8.self).unicodeScalars.count
        var text = Array(String(decoding: source[start..<end], as: UTF8.self).unicodeScalars)
        for n in text.indices where text[n].value < 32 || text[n].value == 127 { text[n] = " " }
        var caret = column - 1
        if text.count > 100 {
            let from = max(0, min(caret - 40, text.count - 100))
            text = Array(text[from..<min(text.count, from + 100)])
            caret -= from
        }
        width = max(1, min(width, text.count - caret))
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        self.init(
            template: template, offset: offset, line: line, column: column, excerpt: String(view), caret: caret,
            width: width)
    }
}
