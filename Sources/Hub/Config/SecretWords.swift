import HubModel

/// Which names speak of secrets, so that a secret written into the file is masked even where no key declares it.
enum SecretWords {
    /// Looked for in a name without its dashes and underscores, in lower case.
    private static let words = [
        "secret", "token", "password", "passphrase", "passwd", "apikey", "privatekey", "accesskey", "signingkey",
        "authorization", "credential", "cookie", "bearer", "jwt",
    ]
    /// Secrets only where they are a whole word of the name: `X-Auth`, `smtp_pass`, but not `author` or `bypass`.
    private static let wholeWords = ["auth", "pass", "pwd"]
    /// Ends of names that contain such a word and hold no secret.
    private static let exceptions = ["tokenurl", "tokenendpoint", "maxtokens", "secretheader", "tokenheader"]

    static func isSecret(_ name: String) -> Bool {
        let parts = parts(name)
        let squashed = parts.joined()
        if exceptions.contains(where: squashed.hasSuffix) { return false }
        return words.contains { squashed.contains($0) }
            || parts.contains { part in wholeWords.contains(part) || isMisspelt(part) }
    }

    /// Whether a word is one of the list but for a slip of the fingers: `secert`, `tokne`, `pasword`.
    private static func isMisspelt(_ part: String) -> Bool {
        let letters = Array(part.unicodeScalars)
        guard (4...16).contains(letters.count) else { return false }
        return words.contains { word in
            let right = Array(word.unicodeScalars)
            let slips = right.count < 6 ? 1 : 2
            return letters[0] == right[0] && abs(right.count - letters.count) <= slips && right.count >= 5
                && editDistance(letters, right) <= slips
        }
    }

    /// The words of a name, in lower case: at dashes, underscores, blanks and capitals.
    private static func parts(_ name: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var wasLower = false
        for scalar in name.unicodeScalars.prefix(256) {
            let isUpper = scalar.properties.isUppercase
            let isLetter = isUpper || scalar.properties.isLowercase || (0x30...0x39).contains(scalar.value)
            if !isLetter || isUpper && wasLower {
                if !part.isEmpty { parts.append(part) }
                part = ""
            }
            if isLetter { part += scalar.properties.lowercaseMapping }
            wasLower = isLetter && !isUpper
        }
        return part.isEmpty ? parts : parts + [part]
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
            hideLiterals(&text, value)
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

    /// Hides what is written out; a reference stays, unless it has a default.
    private static func hideLiterals(_ text: inout [Unicode.Scalar], _ range: Range<Int>) {
        var at = range.lowerBound
        while at < range.upperBound {
            let rest = text[at..<range.upperBound]
            if rest.starts(with: "${env:".unicodeScalars) || rest.starts(with: "${file:".unicodeScalars),
                let end = rest.firstIndex(of: "}"), !string(Array(text[at..<end])).contains(":-")
            {
                at = end + 1
                continue
            }
            let isMark =
                (at == range.lowerBound || at == range.upperBound - 1) && "\"'[]{}".unicodeScalars.contains(text[at])
            if !isMark || !string(Array(text[range])).contains("${") { hide(&text, at..<at + 1) }
            at += 1
        }
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
