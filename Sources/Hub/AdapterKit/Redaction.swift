import HubModel

/// Replaces the values at some paths of a JSON text, and leaves every other byte as it is.
public struct Redaction: Sendable {
    /// What stands where a credential was.
    public static let mark = "[redacted]"

    private enum Step: Sendable, Equatable {
        case name(String)
        /// Any member or element.
        case any
        /// Any number of members or elements, also none.
        case anyDepth
    }

    private let paths: [[Step]]

    /// - Parameter paths: names apart by dots; `*` is any member or element, `**` any number of them.
    public init(_ paths: [String]) {
        self.paths = paths.map { path in
            path.split(separator: ".").map { $0 == "**" ? .anyDepth : $0 == "*" ? .any : .name(String($0)) }
        }
    }

    public var isEmpty: Bool { paths.isEmpty }

    /// The text without credentials, and whether there were any. Null and empty values are left. What is not JSON comes
    /// back as it was: it is never looked into.
    public func apply(_ bytes: [UInt8]) -> (bytes: [UInt8], changed: Bool) {
        guard !paths.isEmpty, (try? JSON(parsing: bytes)) != nil else { return (bytes, false) }
        var walk = Walk(bytes: bytes)
        walk.value(paths.map { $0[...] })
        guard !walk.found.isEmpty else { return (bytes, false) }
        var out: [UInt8] = []
        var from = 0
        for range in walk.found {
            out += bytes[from..<range.lowerBound]
            out += "\"\(Self.mark)\"".utf8
            from = range.upperBound
        }
        out += bytes[from...]
        return (out, true)
    }

    /// Walks text that is known to be JSON, so that it need only find where values begin and end.
    private struct Walk {
        let bytes: [UInt8]
        var at = 0
        var found: [Range<Int>] = []

        mutating func skip() {
            while at < bytes.count, bytes[at] <= 0x20 || bytes[at] == UInt8(ascii: ",") || bytes[at] == UInt8(ascii: ":") { at += 1 }
        }

        mutating func string() -> Range<Int> {
            let start = at
            at += 1
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
            at = min(at + 1, bytes.count)
            return start..<at
        }

        /// Reads one value; `open` are the paths that lead into it, less what has been walked of them.
        mutating func value(_ open: [ArraySlice<Step>]) {
            skip()
            guard at < bytes.count else { return }
            let start = at
            let isMatch = open.contains { $0.isEmpty }
            let inner = isMatch ? [] : open
            switch bytes[at] {
            case UInt8(ascii: "\""): _ = string()
            case UInt8(ascii: "{"):
                at += 1
                skip()
                while at < bytes.count, bytes[at] != UInt8(ascii: "}") {
                    let written = string()
                    let name = (try? JSON(parsing: Array(bytes[written])))?.string ?? ""
                    value(inner.isEmpty ? [] : Self.into(name, inner))
                    skip()
                }
                at += 1
            case UInt8(ascii: "["):
                at += 1
                skip()
                while at < bytes.count, bytes[at] != UInt8(ascii: "]") {
                    value(inner.isEmpty ? [] : Self.into(nil, inner))
                    skip()
                }
                at += 1
            default:
                while at < bytes.count, bytes[at] > 0x20, ![UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[at]) { at += 1 }
            }
            if isMatch, !Self.isNothing(bytes[start..<at]) { found.append(start..<at) }
        }

        private static func isNothing(_ text: ArraySlice<UInt8>) -> Bool {
            text.elementsEqual("null".utf8) || text.elementsEqual("\"\"".utf8)
        }

        /// What is left of the paths behind one member (or element, when there is no name).
        private static func into(_ name: String?, _ open: [ArraySlice<Step>]) -> [ArraySlice<Step>] {
            var left: [ArraySlice<Step>] = []
            for path in open {
                var path = path
                // `**` may stand for this member and more, or for nothing.
                while path.first == .anyDepth {
                    left.append(path)
                    path = path.dropFirst()
                }
                switch path.first {
                case .any?: left.append(path.dropFirst())
                case .name(let wanted)?: if wanted == name { left.append(path.dropFirst()) }
                case .anyDepth?, nil: break
                }
            }
            return left
        }
    }
}
