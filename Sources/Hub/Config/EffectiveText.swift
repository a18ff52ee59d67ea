public import HubModel

extension Configuration {
    /// What is in force, as YAML that can be read again; secrets are dots, references stand as they were written.
    public func maskedYAML(fields: [KeyField] = []) -> String { EffectiveText.yaml(root, fields) }

    /// What is in force, as JSON; secrets are dots, references stand as they were written.
    public func maskedJSON(fields: [KeyField] = []) -> JSON { EffectiveText.json(root, fields) }
}

/// A tree as text that may be shown.
///
/// Three things are never printed: what a reference stands for, the value of a key declared as a secret, and a value
/// whose name speaks of secrets.
enum EffectiveText {
    static func yaml(_ node: Node, _ fields: [KeyField] = []) -> String {
        var out = ""
        write(node, fields, isSecret: false, indent: 0, &out)
        return out
    }

    static func json(_ node: Node, _ fields: [KeyField] = [], isSecret: Bool = false) -> JSON {
        switch node.content {
        case .scalar(let scalar):
            if hides(scalar, isSecret) { return .string(Secret.mask) }
            return scalar.value == .text ? .string(scalar.source) : scalar.revealedJSON()
        case .sequence(let elements):
            return .array(elements.map { json($0, fields, isSecret: isSecret) })
        case .mapping(let members):
            return .object(
                JSONObject(
                    members.map { member in
                        let below = below(member, fields, isSecret)
                        return JSONObject.Member(
                            member.name, json(member.value, below.fields, isSecret: below.isSecret))
                    }))
        }
    }

    /// On one line, for defaults in pages.
    static func flow(_ node: Node) -> String {
        switch node.content {
        case .scalar(let scalar): word(scalar, false)
        case .sequence(let elements): "[\(elements.map(flow).joined(separator: ", "))]"
        case .mapping(let members):
            "{\(members.map { "\(plain($0.name)): \(flow($0.value))" }.joined(separator: ", "))}"
        }
    }

    /// What is declared below a member, whether its section declares it or it is a name of the user's choice.
    private static func below(
        _ member: Node.Member, _ fields: [KeyField], _ isSecret: Bool
    ) -> (fields: [KeyField], isSecret: Bool) {
        let field = fields.first { $0.name == member.name }
        let secret = isSecret || field?.isSecret == true || (field == nil && SecretWords.isSecret(member.name))
        return (field?.nested ?? fields, secret)
    }

    private static func hides(_ scalar: Scalar, _ isSecret: Bool) -> Bool {
        guard isSecret, scalar.value != .null, case let bool = scalar.value else { return false }
        if case .bool = bool { return false }
        return !isOnlyReferences(scalar)
    }

    /// Whether no part of the text is in the file itself, so that showing it reveals no secret.
    private static func isOnlyReferences(_ scalar: Scalar) -> Bool {
        let covered = scalar.expansions.filter { $0.reference != nil }.reduce(0) { $0 + $1.range.count }
        let hasDefault = scalar.source.contains(":-")
        return covered == scalar.source.utf8.count && covered > 0 && !hasDefault
    }

    private static func write(_ node: Node, _ fields: [KeyField], isSecret: Bool, indent: Int, _ out: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch node.content {
        case .scalar(let scalar):
            out += "\(margin)\(word(scalar, isSecret))\n"
        case .sequence(let elements) where elements.isEmpty:
            out += "\(margin)[]\n"
        case .sequence(let elements):
            for element in elements {
                var inner = ""
                write(element, fields, isSecret: isSecret, indent: indent + 2, &inner)
                out += "\(margin)- \(inner.dropFirst(indent + 2))"
            }
        case .mapping(let members) where members.isEmpty:
            out += "\(margin){}\n"
        case .mapping(let members):
            for member in members {
                let below = below(member, fields, isSecret)
                out += "\(margin)\(plain(member.name)):"
                switch member.value.content {
                case .scalar(let scalar):
                    if let block = block(scalar, below.isSecret, indent: indent + 2) {
                        out += " \(block)"
                    } else {
                        out += " \(word(scalar, below.isSecret))\n"
                    }
                case .sequence(let elements) where elements.isEmpty: out += " []\n"
                case .mapping(let members) where members.isEmpty: out += " {}\n"
                case .sequence, .mapping:
                    out += "\n"
                    write(member.value, below.fields, isSecret: below.isSecret, indent: indent + 2, &out)
                }
            }
        }
    }

    /// Text of several lines as a literal block; nil when it is better in quotes.
    private static func block(_ scalar: Scalar, _ isSecret: Bool, indent: Int) -> String? {
        let text = scalar.source
        guard scalar.value == .text, !hides(scalar, isSecret), text.contains("\n"), !text.hasSuffix("\n\n"),
            let first = text.unicodeScalars.first, first != " ", first != "\n", first != "\t",
            text.unicodeScalars.allSatisfy({ $0 == "\n" || isPrintable($0) })
        else { return nil }
        let margin = String(repeating: " ", count: indent)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let keeps = text.hasSuffix("\n")
        if keeps { lines.removeLast() }
        // Lines of blanks alone would lose them.
        guard !lines.contains(where: { !$0.isEmpty && $0.allSatisfy { $0 == " " } }) else { return nil }
        return "|\(keeps ? "" : "-")\n" + lines.map { $0.isEmpty ? "\n" : "\(margin)\($0)\n" }.joined()
    }

    private static func word(_ scalar: Scalar, _ isSecret: Bool) -> String {
        if hides(scalar, isSecret) { return Secret.mask }
        if scalar.value != .text { return scalar.source.isEmpty ? "null" : scalar.source }
        return plain(scalar.source)
    }

    /// Without quotes where that reads back as the same text.
    private static func plain(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let safe: (UInt8) -> Bool = { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte >= 0x80
                || "_-./+()=;".utf8.contains(byte)
        }
        let isPlain =
            bytes.count <= 200 && CoreSchema.value(of: text) == .text && text != "<<"
            && bytes.first.map { safe($0) && !"-=.".utf8.contains($0) } == true
            && bytes.last.map { $0 != 0x20 } == true
            && bytes.allSatisfy { safe($0) || $0 == 0x20 } && text.unicodeScalars.allSatisfy(isPrintable)
        if isPlain { return text }
        return quoted(text)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if isPrintable(scalar) {
                    out.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    out += "\\u" + String(repeating: "0", count: 4 - min(4, digits.count)) + digits
                }
            }
        }
        return out + "\""
    }
}
