package import HubModel

/// Answers one conformance case: a template, its context, named templates and options in, output or error out.
package enum Cases {
    /// `{id, template, context, templates?, options?}` to `{id, output}` or `{id, error, line, message}`.
    package static func run(_ row: JSON) -> JSON {
        var answer = JSONObject()
        if let id = row["id"] { answer["id"] = id }
        do throws(TemplateError) {
            let output = try render(row)
            answer["output"] = .string(String(decoding: output, as: UTF8.self))
        } catch {
            let kind: String =
                switch error.kind {
                case .syntax: "syntax"
                case .undefined: "undefined"
                case .runtime, .limit: "runtime"
                }
            answer["error"] = .string(kind)
            if let line = error.statementLine ?? error.line { answer["line"] = .int(line) }
            answer["message"] = .string(error.message)
        }
        return .object(answer)
    }

    private static func render(_ row: JSON) throws(TemplateError) -> [UInt8] {
        var options = TemplateOptions()
        let settings = row["options"] ?? .null
        options.trimBlocks = settings["trim_blocks"]?.bool ?? false
        options.lstripBlocks = settings["lstrip_blocks"]?.bool ?? false
        options.keepTrailingNewline = settings["keep_trailing_newline"]?.bool ?? false
        if settings["autoescape"]?.bool ?? false { options.output = .html }
        switch settings["undefined"]?.string {
        case "strict": options.undefined = .strict
        case "hub": options.undefined = .hub
        case "chainable": options.undefined = .chainable
        default: options.undefined = .lenient
        }
        for name in settings["extensions"]?.array ?? [] {
            if name.string == "do" { options.doTag = true }
            if name.string == "loopcontrols" { options.loopControls = true }
        }
        guard let source = row["template"]?.string else { throw .runtime("the case has no \"template\"") }
        let templates = (row["templates"]?.object ?? JSONObject()).members.map { ($0.name, $0.value.string ?? "") }
        let set = TemplateSet(templates, options: options)
        return try set.compile(source).render(.object(row["context"]?.object ?? JSONObject()))
    }
}
