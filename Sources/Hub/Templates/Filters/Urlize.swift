import HubModel

/// Jinja's `urlize`: words that look like web or mail addresses become links.
enum Urlize {
    static func run(_ machine: inout Machine, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let text = try machine.escaped(value)
        var limit: Int?
        if case .none = arguments[0] {} else { limit = try StandardFilters.integer(arguments[0], "trim_url_limit") }
        var rels = Set(
            (try StandardFilters.optionalText(&machine, arguments[3]) ?? "").split(separator: " ").map(String.init))
        if arguments[1].isTrue { rels.insert("nofollow") }
        rels.insert("noopener")
        let rel = " rel=\"\(Text.escaped(rels.sorted().joined(separator: " ")))\""
        let target =
            try StandardFilters.optionalText(&machine, arguments[2]).map { " target=\"\(Text.escaped($0))\"" } ?? ""
        var schemes: [String] = []
        if case .none = arguments[4] {
        } else {
            for scheme in try machine.elements(arguments[4]).array { schemes.append(try machine.string(scheme)) }
        }
        try machine.spend(text.utf8.count / 4)
        var out = ""
        var word: [UInt8] = []
        for scalar in text.unicodeScalars {
            if Scalars.isBlank(scalar) {
                out += link(word, limit, rel, target, schemes)
                try machine.checkString(out.utf8.count)
                word = []
                out.unicodeScalars.append(scalar)
            } else {
                Scalars.append(scalar, to: &word)
            }
        }
        out += link(word, limit, rel, target, schemes)
        return machine.autoescape ? .markup(out) : .string(out)
    }

    private static func link(_ word: [UInt8], _ limit: Int?, _ rel: String, _ target: String, _ schemes: [String])
        -> String
    {
        if word.isEmpty { return "" }
        // What is before `start` opens brackets, what is from `end` on closes them or ends a sentence.
        var (start, end) = (0, word.count)
        while let mark = opening.first(where: { word[start..<end].starts(with: $0.utf8) }) { start += mark.utf8.count }
        while let mark = closing.first(where: { word[start..<end].suffix($0.utf8.count).elementsEqual($0.utf8) }) {
            end -= mark.utf8.count
        }
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let opened = count(open, in: word, start..<end)
            if opened <= count(close, in: word, start..<end) { continue }
            for _ in 0..<min(opened, count(close, in: word, end..<word.count)) {
                guard let at = Scalars.find(Array(close.utf8), in: word, from: end) else { break }
                end = at + close.utf8.count
            }
        }
        let head = String(decoding: word[..<start], as: UTF8.self)
        let middle = String(decoding: word[start..<end], as: UTF8.self)
        let tail = String(decoding: word[end...], as: UTF8.self)
        func shortened(_ text: String) -> String {
            guard let limit, Scalars.count(text) > limit else { return text }
            return Scalars.prefix(text, max(0, limit)) + "..."
        }
        let made: String
        if isWeb(middle) {
            let href = middle.hasPrefix("https://") || middle.hasPrefix("http://") ? middle : "https://\(middle)"
            made = "<a href=\"\(href)\"\(rel)\(target)>\(shortened(middle))</a>"
        } else if middle.hasPrefix("mailto:"), isMail(String(middle.dropFirst(7))) {
            made = "<a href=\"\(middle)\">\(middle.dropFirst(7))</a>"
        } else if middle.contains("@"), !middle.hasPrefix("www."), !middle.hasPrefix("@"), !middle.contains(":"),
            isMail(middle)
        {
            made = "<a href=\"mailto:\(middle)\">\(middle)</a>"
        } else if let scheme = schemes.first(where: { middle.hasPrefix($0) && middle != $0 }), !scheme.isEmpty {
            made = "<a href=\"\(middle)\"\(rel)\(target)>\(middle)</a>"
        } else {
            made = middle
        }
        return head + made + tail
    }

    private static let opening = ["(", "<", "&lt;"]
    private static let closing = [")", ">", ".", ",", "\n", "&gt;"]

    private static func count(_ part: String, in text: [UInt8], _ range: Range<Int>) -> Int {
        let part = Array(part.utf8)
        var count = 0
        var at = range.lowerBound
        while let found = Scalars.find(part, in: text, from: at), found + part.count <= range.upperBound {
            count += 1
            at = found + part.count
        }
        return count
    }

    private static let topDomains = ["com", "net", "int", "edu", "gov", "org", "info", "mil"]

    private static func isHost(_ text: some StringProtocol) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, last.count >= 2 else { return false }
        return labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63
                && label.unicodeScalars.allSatisfy {
                    $0 == "-" || LinearRegex.isWord($0)
                }
        }
    }

    private static func isWeb(_ text: String) -> Bool {
        let lower = text.lowercased()
        var rest = Substring(lower)
        var certain = false
        for prefix in ["https://", "http://"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
            certain = true
        }
        if !certain, rest.hasPrefix("www.") { certain = true }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var host = rest[..<end]
        if certain {
            if let colon = host.firstIndex(of: ":") {
                let port = host[host.index(after: colon)...]
                guard !port.isEmpty, port.allSatisfy({ $0.isNumber }) else { return false }
                host = host[..<colon]
            }
            if host == "localhost" || isAddress(host) { return true }
            return isHost(host)
        }
        guard isHost(host), let last = host.split(separator: ".").last else { return false }
        return topDomains.contains(String(last))
    }

    private static func isAddress(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { Int($0).map { (0...255).contains($0) } ?? false }
    }

    private static func isMail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        return parts[0].unicodeScalars.allSatisfy { !Scalars.isBlank($0) } && isHost(parts[1])
    }
}
