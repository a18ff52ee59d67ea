public import HubModel

/// Covers what references stand for, and secrets written into the file, wherever they turn up in text that is shown,
/// logged or stored.
///
/// Messages are made so that they quote references and never values. This is the net under them, and what covers text
/// that others made: a template's output, an answer that repeats the token it was sent, a library's error with a host.
/// A secret is found as it is, in the spellings of JSON, URLs and HTML, in hexadecimal, and within base64.
public struct Veil: Sendable {
    /// Shorter values would be found in words that have nothing to do with them. What is that short is no secret.
    private static let shortest = 6

    private struct Needle: Sendable {
        /// In lower case: hosts and base64 without regard to case are covered as well.
        var bytes: [UInt8]
        var cover: [UInt8]
    }

    /// By first byte, the longest first.
    private var needles: [[Needle]] = []

    /// Covers nothing.
    public init() {}

    /// Covers what references in these trees stand for, and what stands there under a name that speaks of secrets.
    public init(_ nodes: [Node]) {
        var found: [[UInt8]: String] = [:]
        for node in nodes { Self.collect(node, isSecret: false, &found) }
        guard !found.isEmpty else { return }
        var all: [[UInt8]: [UInt8]] = [:]
        for (value, cover) in found.sorted(by: { $0.value < $1.value }) {
            for form in SecretForms.of(value) where form.count >= Self.shortest && all[form] == nil {
                all[form] = Array(cover.utf8)
            }
        }
        needles = Array(repeating: [], count: 256)
        for (bytes, cover) in all { needles[Int(bytes[0])].append(Needle(bytes: bytes, cover: cover)) }
        for first in needles.indices {
            needles[first].sort { $0.bytes.count > $1.bytes.count }
        }
    }

    public var isEmpty: Bool { needles.isEmpty }

    /// Whether any of it stands in there.
    public func isIn(_ bytes: [UInt8]) -> Bool {
        guard !isEmpty else { return false }
        return bytes.indices.contains { needle(in: bytes, at: $0) != nil }
    }

    /// The text with references, or dots, in place of what they stand for.
    public func cover(_ text: String) -> String {
        guard !isEmpty else { return text }
        return String(decoding: cover(Array(text.utf8)), as: UTF8.self)
    }

    public func cover(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return bytes }
        var out: [UInt8] = []
        var from = 0
        var at = 0
        while at < bytes.count {
            guard let needle = needle(in: bytes, at: at) else {
                at += 1
                continue
            }
            out += bytes[from..<at]
            out += needle.cover
            at += needle.bytes.count
            from = at
        }
        return from == 0 ? bytes : out + bytes[from...]
    }

    /// A value of which every text, name and number is covered; what is not covered keeps its kind.
    public func cover(_ json: JSON) -> JSON {
        guard !isEmpty else { return json }
        switch json {
        case .string(let text): return .string(cover(text))
        case .array(let items): return .array(items.map(cover))
        case .object(let object):
            return .object(
                JSONObject(object.members.map { JSONObject.Member(cover($0.name), cover($0.value)) }))
        case .int, .number:
            let bytes = Array(json.text.utf8)
            return isIn(bytes) ? .string(String(decoding: cover(bytes), as: UTF8.self)) : json
        case .null, .bool: return json
        }
    }

    private func needle(in bytes: [UInt8], at start: Int) -> Needle? {
        let candidates = needles[Int(Self.lower(bytes[start]))]
        guard !candidates.isEmpty else { return nil }
        for needle in candidates where start + needle.bytes.count <= bytes.count {
            var length = 1
            while length < needle.bytes.count, Self.lower(bytes[start + length]) == needle.bytes[length] { length += 1 }
            if length == needle.bytes.count { return needle }
        }
        return nil
    }

    static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func collect(_ node: Node, isSecret: Bool, _ found: inout [[UInt8]: String]) {
        switch node.content {
        case .scalar(let scalar):
            let source = Array(scalar.source.utf8)
            for expansion in scalar.expansions {
                guard let reference = expansion.reference, expansion.range.upperBound <= source.count else { continue }
                let value = expansion.value.revealedBytes()
                // A default stands in the file for everybody to read.
                let isDefault = source[expansion.range].dropLast().reversed().starts(
                    with: (Array(":-".utf8) + value).reversed())
                if !isDefault { found[value] = "${\(reference)}" }
            }
            if isSecret, !scalar.hasReferences, scalar.value == .text { found[source] = Secret.mask }
        case .sequence(let elements):
            for element in elements { collect(element, isSecret: isSecret, &found) }
        case .mapping(let members):
            for member in members {
                collect(member.value, isSecret: isSecret || SecretWords.isSecret(member.name), &found)
            }
        }
    }
}

/// The spellings in which a secret may turn up, in lower case.
enum SecretForms {
    static func of(_ secret: [UInt8]) -> [[UInt8]] {
        var forms = [
            secret, json(secret), percent(secret, keeping: "-._~"), percent(secret, keeping: "-._~/"), html(secret),
        ]
        forms.append(secret.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] })
        // Within other text a value begins at any of three places of a base64 group; what its neighbours decide is left.
        if secret.count >= 8 { for offset in 0..<3 { forms += base64(secret, offset) } }
        // Of a key over several lines each line is enough to know it by.
        let lines = secret.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
        if lines.count > 1 { forms += lines.filter { $0.count >= 12 }.map(Array.init) }
        forms += partsOfURL(secret)
        return forms.map { $0.map(Veil.lower) }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    private static func json(_ secret: [UInt8]) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 0x0A: Array("\\n".utf8)
            case 0x0D: Array("\\r".utf8)
            case 0x09: Array("\\t".utf8)
            default: [byte]
            }
        }
    }

    private static func percent(_ secret: [UInt8], keeping safe: String) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
                || safe.utf8.contains(byte)
            return isPlain ? [byte] : [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }

    private static func html(_ secret: [UInt8]) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            case UInt8(ascii: "\""): Array("&#34;".utf8)
            case UInt8(ascii: "'"): Array("&#39;".utf8)
            default: [byte]
            }
        }
    }

    /// What of the base64 text of something that holds the secret, `offset` bytes into a group, the secret alone decides;
    /// with the letters of files and those of URLs.
    private static func base64(_ secret: [UInt8], _ offset: Int) -> [[UInt8]] {
        let padded = Array(repeating: UInt8(0), count: offset) + secret
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        // The last group is left out when it is not whole, for what follows decides a part of it.
        for start in stride(from: 0, to: padded.count / 3 * 3, by: 3) {
            let group = UInt32(padded[start]) << 16 | UInt32(padded[start + 1]) << 8 | UInt32(padded[start + 2])
            for shift in [18, 12, 6, 0] as [UInt32] { text.append(letters[Int(group >> shift & 63)]) }
        }
        // The first letters hold bits of what stands before.
        let own = Array(text.dropFirst(offset == 0 ? 0 : offset == 1 ? 2 : 3))
        let ofURL = own.map {
            $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
        }
        return own == ofURL ? [own] : [own, ofURL]
    }

    /// Of a URL that is a secret as a whole: its host, which errors name, and the longer parts of its path.
    private static func partsOfURL(_ secret: [UInt8]) -> [[UInt8]] {
        let text = String(decoding: secret, as: UTF8.self)
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let mark = text.firstRange(of: "://") else {
            return []
        }
        return text[mark.upperBound...].split(whereSeparator: { "/?#&=@:".contains($0) }).filter { $0.utf8.count >= 8 }
            .map { Array($0.utf8) }
    }
}
