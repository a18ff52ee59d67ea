import HubConfig

/// What of a URL's structure a template fixes: whatever its values print, the request goes where the file says.
///
/// Values are percent-encoded, so none can add a slash, a query or a host. What is left are segments that mean something
/// else than themselves: `.` and `..`, in any spelling, and segments that are not there because a value is empty.
struct URLShape: Sendable {
    /// The path's segments as the template has them: whether each holds a printed value. Nil when statements decide.
    private let segments: [Bool]?
    private let isHostFixed: Bool

    /// Nil when nothing in it is printed.
    init?(template: String) {
        guard template.contains("{{") || template.contains("{%") else { return nil }
        isHostFixed = Self.fixedHost(of: template) != nil
        segments = Self.skeleton(template).map { skeleton in
            Self.path(of: skeleton).split(separator: "/", omittingEmptySubsequences: false).map {
                $0.contains(Self.hole)
            }
        }
    }

    /// Why a rendered URL must not be used; its values are not quoted.
    func problem(with url: String) -> String? {
        if isHostFixed, !Self.isSuspect(url) { return nil }
        guard URLText(url) != nil else { return "what the values make of the URL is none that can be requested" }
        let parts = Self.path(of: url[...]).split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: Self.isDots) {
            return "a value makes \".\" or \"..\" of a segment of the path, which would lead elsewhere"
        }
        if let segments, segments.count == parts.count,
            zip(segments, parts).contains(where: { isPrinted, part in isPrinted && part.isEmpty })
        {
            return "a value is empty, and a segment of the path with it, which would lead elsewhere"
        }
        return nil
    }

    /// Whether there is anything to look at more closely: a segment that begins with a dot or is empty, or an encoded dot
    /// or slash. Most URLs have none.
    private static func isSuspect(_ url: String) -> Bool {
        let bytes = url.utf8Span.span
        var slashes = 0
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "/"):
                slashes += 1
                guard slashes >= 3 else { continue }
                if place == bytes.count || "/.?#".utf8.contains(bytes[place]) { return true }
            case UInt8(ascii: "?"), UInt8(ascii: "#"): return slashes < 3
            case UInt8(ascii: "%"):
                guard place + 1 < bytes.count else { return true }
                switch (bytes[place], bytes[place + 1] | 0x20) {
                case (UInt8(ascii: "2"), UInt8(ascii: "e")), (UInt8(ascii: "2"), UInt8(ascii: "f")),
                    (UInt8(ascii: "5"), UInt8(ascii: "c")):
                    return true
                default: continue
                }
            default: continue
            }
        }
        return false
    }

    /// What is wrong with the part of a URL that every request has: all of it, or what stands before the first tag.
    static func problem(inFixedPartOf text: String) -> String? {
        let tag = ["{{", "{%", "{#"].compactMap { text.firstRange(of: $0)?.lowerBound }.min()
        let fixed = text[..<(tag ?? text.endIndex)]
        let authority = fixed.drop { $0 != "/" }.drop { $0 == "/" }
        // A host that is printed in part is judged when it is known.
        let isHostFixed = tag == nil || authority.contains { "/?#".contains($0) }
        if authority.prefix(while: { !"/?#".contains($0) }).contains("@") {
            return "the url holds a user name; credentials belong in `headers`"
        }
        if isHostFixed, URLText(String(fixed)) == nil { return "the url is none that can be requested" }
        let skeleton = skeleton(text) ?? fixed
        if path(of: skeleton).split(separator: "/", omittingEmptySubsequences: false).contains(where: isDots) {
            return "the path of the url has a segment \".\" or \"..\""
        }
        return nil
    }

    /// The host, when no value decides about it.
    static func fixedHost(of text: String) -> String? {
        let tag = text.firstRange(of: "{{") ?? text.firstRange(of: "{%")
        let fixed = text[..<(tag?.lowerBound ?? text.endIndex)]
        guard
            tag == nil
                || fixed.drop(while: { $0 != "/" }).drop(while: { $0 == "/" }).contains(where: { "/?#".contains($0) })
        else { return nil }
        return URLText(String(fixed))?.host
    }

    private static let hole: Character = "\u{1}"

    /// The template with a mark for each printed value; nil when statements decide what there is.
    private static func skeleton(_ template: String) -> Substring? {
        guard !template.contains("{%"), !template.contains("{#") else { return nil }
        var out = ""
        var rest = template[...]
        while let begin = rest.firstRange(of: "{{") {
            guard let end = rest[begin.upperBound...].firstRange(of: "}}") else { return nil }
            out += rest[..<begin.lowerBound]
            out.append(hole)
            rest = rest[end.upperBound...]
        }
        return (out + rest)[...]
    }

    /// From the first slash behind the host to the query.
    private static func path(of url: Substring) -> Substring {
        let behind = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url
        return behind.drop { !"/?#".contains($0) }.prefix { $0 != "?" && $0 != "#" }
    }

    /// Whether a segment, or a part of it once its slashes are decoded, is `.` or `..`: some servers decode first and
    /// look for dots then.
    private static func isDots(_ segment: Substring) -> Bool {
        guard segment.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }) else { return false }
        let decoded = segment.lowercased().replacing("%2e", with: ".").replacing("%2f", with: "/").replacing(
            "%5c", with: "/")
        return decoded.split(separator: "/", omittingEmptySubsequences: false).contains { part in
            // Parameters of a segment (RFC 3986 section 3.3) do not make another of it.
            let name = part.prefix { $0 != ";" }
            return name == "." || name == ".."
        }
    }
}
