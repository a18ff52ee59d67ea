/// Which names speak of secrets, so that a secret written into the file is masked even where no key declares it.
enum SecretWords {
    private static let words = [
        "secret", "token", "password", "passphrase", "passwd", "api_key", "apikey", "api-key", "private_key",
        "access_key", "signing_key", "authorization", "credential", "cookie",
    ]
    /// Names that contain such a word and hold no secret.
    private static let exceptions = ["token_url", "token_endpoint", "max_tokens", "secret_header", "token_header"]

    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return words.contains { name.contains($0) } && !exceptions.contains { name.hasSuffix($0) }
    }

    /// A line of a file, with dots for what is written as a secret; the number of characters stays the same.
    static func masked(lineOf source: SourceFile, _ number: Int) -> String {
        var text = Array(source.line(number).unicodeScalars)
        if isWithinSecret(source, number) {
            hide(&text, indentation(text)..<text.count)
            return string(text)
        }
        var at = 0
        while let colon = text[at...].firstIndex(of: ":") {
            at = colon + 1
            guard at == text.count || text[at] == " " || text[at] == "\t" || text[colon - (colon > 0 ? 1 : 0)] == "\"",
                isSecret(name(before: colon, in: text))
            else { continue }
            let value = valueRange(from: at, in: text)
            if !string(Array(text[value])).contains("${") { hide(&text, value) }
            at = max(at, value.upperBound)
        }
        return string(text)
    }

    private static func name(before colon: Int, in text: [Unicode.Scalar]) -> String {
        var start = colon
        while start > 0, !"{,[ \t".unicodeScalars.contains(text[start - 1]) { start -= 1 }
        return string(Array(text[start..<colon]))
    }

    private static func valueRange(from: Int, in text: [Unicode.Scalar]) -> Range<Int> {
        var start = from
        while start < text.count, text[start] == " " || text[start] == "\t" { start += 1 }
        guard start < text.count else { return start..<start }
        let closing: Unicode.Scalar? =
            switch text[start] {
            case "\"": "\""
            case "'": "'"
            case "[": "]"
            case "{": "}"
            default: nil
            }
        if let closing {
            let end = text[(start + 1)...].firstIndex(of: closing)
            return start..<(end.map { $0 + 1 } ?? text.count)
        }
        // Commas and braces end a value only within braces; to hide too much is the better mistake.
        let isFlow = text[..<start].contains("{")
        var end = start
        while end < text.count, !(isFlow && (text[end] == "," || text[end] == "}")) { end += 1 }
        return start..<end
    }

    private static func hide(_ text: inout [Unicode.Scalar], _ range: Range<Int>) {
        for index in range where text[index] != " " && text[index] != "\t" { text[index] = "•" }
    }

    /// Whether the line is an element or a continuation below a name that speaks of secrets.
    private static func isWithinSecret(_ source: SourceFile, _ number: Int) -> Bool {
        let line = Array(source.line(number).unicodeScalars)
        var limit = indentation(line)
        guard limit < line.count else { return false }
        let isReference = string(line).contains("${")
        if isReference { return false }
        var includesEqual = line[limit] == "-"
        var above = number - 1
        while above > 0, number - above <= 200 {
            let text = Array(source.line(above).unicodeScalars)
            let depth = indentation(text)
            above -= 1
            guard depth < text.count, depth < limit || (includesEqual && depth == limit && text[depth] != "-") else {
                continue
            }
            if let colon = text.lastIndex(of: ":"), isSecret(name(before: colon, in: text)),
                text[(colon + 1)...].allSatisfy({ "|>-+ \t0123456789".unicodeScalars.contains($0) })
            {
                return true
            }
            (limit, includesEqual) = (depth, false)
            if text[depth] != "-" { return false }
        }
        return false
    }

    private static func indentation(_ text: [Unicode.Scalar]) -> Int { text.prefix { $0 == " " || $0 == "\t" }.count }

    private static func string(_ text: [Unicode.Scalar]) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        return String(view)
    }
}
