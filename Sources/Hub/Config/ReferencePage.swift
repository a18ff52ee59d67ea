/// Writes the pages of the manual that follow from declared keys.
public enum ReferencePage {
    /// A section in Markdown: a heading, what it is for, a table of its keys, and the sections below it.
    ///
    /// - Parameters:
    ///   - path: As written in the file: `hub`, `endpoints.<name>`.
    ///   - level: Of the heading, from 1.
    public static func section(_ path: String, _ introduction: String, fields: [KeyField], level: Int = 2) -> String {
        var out = "\(String(repeating: "#", count: min(max(level, 1), 6))) `\(path)`\n\n"
        if !introduction.isEmpty { out += "\(introduction)\n\n" }
        out += table(fields, path)
        for field in fields where !field.nested.isEmpty {
            out += "\n" + section(below(path, field), field.help, fields: field.nested, level: level + 1)
        }
        return out
    }

    private static func below(_ path: String, _ field: KeyField) -> String {
        path.isEmpty ? field.name + field.nestedSuffix : "\(path).\(field.name)\(field.nestedSuffix)"
    }

    private static func table(_ fields: [KeyField], _ path: String) -> String {
        guard !fields.isEmpty else { return "It has no settings.\n" }
        var out = "| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n"
        for field in fields {
            let type = field.bounds.map { "\(field.type), \($0)" } ?? field.type
            let fallback = field.isRequired ? "*required*" : field.defaultText.map { "`\($0)`" } ?? "–"
            let more = field.nested.isEmpty ? "" : " See [`\(below(path, field))`](#\(anchor(below(path, field))))."
            out += "| `\(field.name)` | \(cell(type)) | \(cell(fallback)) | \(cell(field.help + more)) |\n"
        }
        return out
    }

    private static func cell(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }

    /// The address that common renderers give a heading: letters, digits, dashes and underscores of it.
    private static func anchor(_ path: String) -> String {
        String(path.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    }
}
