/// The bounds on one render. Every one is deterministic: the same template and context always stop at the same place.
package struct Limits: Sendable, Hashable {
    /// Bytes of one template's source.
    package var source = 256 * 1024
    /// Nodes evaluated, plus what docs/template-costs.md says for work done in one go. A step takes 20 to 300 ns.
    package var steps = 150_000
    /// Bytes written to the output.
    package var output = 1_048_576
    /// Bytes of one string.
    package var string = 1_048_576
    /// Elements of one list.
    package var elements = 100_000
    /// Macros, includes and recursive loops inside each other.
    package var depth = 64
    /// Numbers in one range.
    package var range = 100_000
    /// Statements, brackets and operators inside each other in a source.
    package var nesting = 100

    package init() {}
}

/// What undefined values may be used for.
package enum UndefinedMode: Sendable, Hashable {
    /// Jinja's own: prints as nothing, is false, iterates as empty; going on from it is an error.
    case lenient
    /// Jinja's strict: any use but `is defined` and `default` is an error.
    case strict
    /// As strict, but an access through undefined is undefined again, so `a.b.c|default(x)` works when `b` is missing.
    case hub
    /// As hub, but printing produces nothing and truth is false: for those who ask for it.
    case chainable
}

/// How printed values are made safe for the place the text goes to.
package enum OutputMode: Sendable, Hashable {
    case text
    /// HTML: `&<>'"` are escaped unless marked safe.
    case html
    /// Percent-encodes every printed value, `/` included, unless marked safe.
    case url
    /// CR, LF and NUL in the result are an error.
    case header
}

/// The names a template may use, in the order their values are passed to a render.
package struct Scope: Sendable, Hashable {
    private struct Content: Sendable, Hashable {
        let names: [String]
        let paths: [[String]: Int]
    }

    /// Behind one reference: options are copied in many frames of the parser's stack.
    private let content: Shared<Content>

    package var names: [String] { content.names }
    /// Paths whose values a `RootSource` has without what is around them, such as `call.agent.id`; each has a number.
    package var paths: [[String]: Int] { content.paths }

    package init(_ names: [String], paths: [[String]: Int] = [:]) {
        content = Shared(Content(names: names, paths: paths))
    }

    package static func == (a: Scope, b: Scope) -> Bool {
        a.content === b.content || a.content.content == b.content.content
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(names) }

    /// The longest beginning of a path that is in `paths`.
    func beginning(of path: [String]) -> (number: Int, length: Int)? {
        var length = path.count
        while length > 1 {
            if let number = paths[Array(path[..<length])] { return (number, length) }
            length -= 1
        }
        return nil
    }
}

/// A stretch of source whose text is output as it is and is never read as template source.
package struct LiteralText: Sendable, Hashable {
    package var offset: Int
    package var length: Int
    package var text: String

    package init(offset: Int, length: Int, text: String) {
        (self.offset, self.length, self.text) = (offset, length, text)
    }
}

package struct TemplateOptions: Sendable {
    package var trimBlocks = false
    package var lstripBlocks = false
    package var keepTrailingNewline = false
    package var undefined = UndefinedMode.lenient
    package var output = OutputMode.text
    /// The tag `do`.
    package var doTag = false
    /// The tags `break` and `continue`.
    package var loopControls = false
    package var limits = Limits()
    /// Nil: any name may be used and is looked up in the context object.
    package var scope: Scope?
    package var library = Library.hub
    /// Replacements for the main source, for `${env:X}`; ascending and apart.
    package var literals: [LiteralText] = []

    package init() {}

    /// How expressions in `adapters.yaml` are compiled.
    package static func hub(scope: Scope) -> TemplateOptions {
        var options = TemplateOptions()
        options.undefined = .hub
        options.scope = scope
        options.doTag = true
        options.loopControls = true
        return options
    }
}
