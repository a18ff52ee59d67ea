import HubModel

/// Finds what `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` stand for, as secrets beside the text.
///
/// `$${` stands for `${`. A dollar before a template (`${{ price }}`, `${% if %}`, `${#`) is just a dollar.
struct Expander {
    static let fileLimit = 1 << 20

    let environment: ConfigEnvironment
    private(set) var problems = Diagnostics()
    private(set) var generated: [Configuration.Generated] = []
    private var known: [String: Secret] = [:]

    init(_ environment: ConfigEnvironment) { self.environment = environment }

    mutating func expand(_ node: Node) -> Node {
        var node = node
        switch node.content {
        case .scalar(let scalar):
            if scalar.source.utf8.contains(UInt8(ascii: "$")) { node.content = .scalar(expand(scalar, of: node)) }
        case .sequence(let elements):
            node.content = .sequence(elements.map { expand($0) })
        case .mapping(var members):
            for index in members.indices {
                if members[index].name.contains("${") {
                    problems.error(
                        "a name cannot contain \"${\"", at: members[index].nameSpan,
                        help: "References are allowed in values only."
                    )
                }
                members[index].value = expand(members[index].value)
            }
            node.content = .mapping(members)
        }
        return node
    }

    private mutating func expand(_ scalar: Scalar, of node: Node) -> Scalar {
        let bytes = Array(scalar.source.utf8)
        var expansions: [Scalar.Expansion] = []
        var at = 0
        var isUnresolved = false
        while let dollar = bytes[at...].firstIndex(of: UInt8(ascii: "$")) {
            at = dollar + 1
            let isEscape = bytes[at...].starts(with: "${".utf8)
            let brace = isEscape ? at + 1 : at
            guard brace < bytes.count, bytes[brace] == UInt8(ascii: "{"), !Self.isTemplate(bytes, brace) else {
                continue
            }
            if isEscape {
                expansions.append(.init(range: dollar..<brace + 1, reference: nil, value: Secret("${")))
                at = brace + 1
                continue
            }
            guard let end = bytes[brace...].firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == 0x0A }),
                bytes[end] == UInt8(ascii: "}")
            else {
                problems.error(
                    "\"${\" is not closed", at: node.span(ofBytes: dollar..<brace + 1),
                    help: "Write ${env:NAME}, or $${ for these two characters.")
                isUnresolved = true
                continue
            }
            let range = dollar..<end + 1
            let reference = String(decoding: bytes[brace + 1..<end], as: UTF8.self)
            if let value = value(of: reference, at: node.span(ofBytes: range), in: node) {
                expansions.append(.init(range: range, reference: value.reference, value: value.secret))
            } else {
                isUnresolved = true
            }
            at = end + 1
        }
        var result = expansions.isEmpty ? scalar : Scalar(scalar.source, style: scalar.style, expansions: expansions)
        result.isUnresolved = isUnresolved
        return result
    }

    private static func isTemplate(_ bytes: [UInt8], _ brace: Int) -> Bool {
        brace + 1 < bytes.count && "{%#".utf8.contains(bytes[brace + 1])
    }

    private mutating func value(of text: String, at span: Span, in node: Node) -> (reference: String, secret: Secret)? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("env", 2): return variable(parts[1], at: span)
        case ("file", 2): return file(parts[1], at: span)
        default:
            let guess = parts.count == 2 ? nearest(parts[0], in: ["env", "file"]) : nil
            let name = Self.isName(text) ? "Write ${env:\(text)} for the variable, $${ for the two characters." : nil
            problems.error(
                "\"${\(text.shortened(to: 40))}\" refers to nothing known", at: span,
                help: guess.map { "Did you mean \"\($0):\"?" } ?? name
                    ?? "Write ${env:NAME}, ${env:NAME:-default} or ${file:PATH}; $${ is a literal ${.")
            return nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF)
        }
    }

    private mutating func variable(_ text: String, at span: Span) -> (reference: String, secret: Secret)? {
        let mark = text.firstRange(of: ":-")
        let name = String(mark.map { text[..<$0.lowerBound] } ?? text[...])
        let reference = "env:\(name)"
        guard Self.isName(name) else {
            problems.error(
                "\"\(name.shortened(to: 40))\" cannot be the name of a variable", at: span,
                help: "Names have letters, digits and underscores.")
            return nil
        }
        if let value = known[reference] { return (reference, value) }
        let value = environment.variable(name)
        if let value, !value.isEmpty { return remember(reference, Secret(value)) }
        if let mark { return (reference, Secret(String(text[mark.upperBound...]))) }
        if let made = generate(reference) { return made }
        problems.error(
            "the environment variable \(name) is \(value == nil ? "not set" : "empty")", at: span,
            help: "Set it before the hub starts, or give a default: ${env:\(name):-default}.")
        return nil
    }

    private mutating func file(_ path: String, at span: Span) -> (reference: String, secret: Secret)? {
        let reference = "file:\(path)"
        let full = FilePaths.join(FilePaths.folder(of: span.source.path), path)
        if let value = known["file:\(full)"] { return (reference, value) }
        guard !path.isEmpty, !path.contains("\0") else {
            problems.error("\"${file:}\" lacks a path", at: span)
            return nil
        }
        do throws(ConfigEnvironment.ReadError) {
            var bytes = try environment.readFile(full, Self.fileLimit)
            guard bytes.count <= Self.fileLimit else {
                problems.error(
                    "the file \(path) is larger than 1MB", at: span, help: "A value that long is not a secret.")
                return nil
            }
            while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
            guard !bytes.isEmpty else {
                problems.error("the file \(path) is empty", at: span, help: "Write the secret into it.")
                return nil
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                problems.error("the file \(path) is not UTF-8", at: span, help: "Store binary secrets in base64.")
                return nil
            }
            known["file:\(full)"] = Secret(text)
            return (reference, Secret(text))
        } catch {
            if let made = generate(reference) { return made }
            problems.error("the file \(path) cannot be used: \(error.reason)", at: span)
            return nil
        }
    }

    private mutating func remember(_ reference: String, _ value: Secret) -> (reference: String, secret: Secret) {
        known[reference] = value
        return (reference, value)
    }

    private mutating func generate(_ reference: String) -> (reference: String, secret: Secret)? {
        guard let made = environment.missingSecret?(reference) else { return nil }
        if !generated.contains(where: { $0.reference == reference }) {
            generated.append(Configuration.Generated(reference: reference, value: made))
        }
        return remember(reference, made)
    }
}
