import HubModel

/// Replaces the values at some paths of a JSON text, and leaves every other byte as it is.
///
/// The text is walked once, byte by byte, and need not be good JSON: a credential in a body that nobody can parse is
/// kept as little as any other.
public struct Redaction: Sendable {
    /// What replaces a credential.
    public static let mark = "[redacted]"

    private enum Step: Sendable, Equatable {
        case name(String)
        /// Any member or element.
        case any
        /// Any number of members or elements, including none.
        case anyDepth
        /// A member whose name tells a credential.
        case credential
    }

    /// Up to 64 steps of several paths, one bit each; a set bit means that the walk may stand before that step.
    private struct Group: Sendable {
        var used = 0
        var start: UInt64 = 0
        var anyDepth: UInt64 = 0
        var any: UInt64 = 0
        /// The places after a path's last step.
        var end: UInt64 = 0
        var names: [String: UInt64] = [:]
        var credential: UInt64 = 0
        /// Whether only text, and lists and objects with something in them, are credentials.
        var spares = false

        mutating func add(_ steps: [Step]) {
            start |= 1 << UInt64(used)
            for step in steps {
                let bit: UInt64 = 1 << UInt64(used)
                switch step {
                case .name(let name): names[name, default: 0] |= bit
                case .any: any |= bit
                case .anyDepth: anyDepth |= bit
                case .credential: (credential, spares) = (credential | bit, true)
                }
                used += 1
            }
            end |= 1 << UInt64(used)
            used += 1
        }

        /// `**` may match nothing, so a position before it is also a position after it.
        func closed(_ places: UInt64) -> UInt64 { places | (places & anyDepth) << 1 }

        /// The places after one member of that name, or after an element.
        func step(_ places: UInt64, _ name: String?) -> UInt64 {
            guard places != 0 else { return 0 }
            var named = name.flatMap { names[$0] } ?? 0
            if places & credential != 0, let name, CredentialNames.isCredential(name) { named |= credential }
            return closed(places & anyDepth | (places & (any | named)) << 1)
        }
    }

    private var groups: [Group] = []

    /// Takes out what a name tells to be a credential, at any depth.
    public static let byName: Redaction = {
        var group = Group()
        group.add([.anyDepth, .credential])
        var redaction = Redaction([])
        redaction.groups = [group]
        return redaction
    }()

    /// - Parameter paths: names separated by dots; `*` is any member or element, `**` any number of them, including none. Empty
    ///   paths are left out.
    public init(_ paths: [String]) {
        for path in paths {
            var steps: [Step] = []
            for name in path.split(separator: ".") {
                let step: Step = name == "**" ? .anyDepth : name == "*" ? .any : .name(String(name))
                if step != .anyDepth || steps.last != .anyDepth { steps.append(step) }
            }
            precondition(steps.count < 64, "a path of a credential has at most 63 steps")
            guard !steps.isEmpty else { continue }
            if groups.last.map({ $0.used + steps.count + 1 > 64 }) ?? true { groups.append(Group()) }
            groups[groups.count - 1].add(steps)
        }
    }

    public var isEmpty: Bool { groups.isEmpty }

    /// The text without credentials, and whether there were any. Null and empty text are left.
    public func apply(_ bytes: [UInt8]) -> (bytes: [UInt8], changed: Bool) {
        guard !groups.isEmpty else { return (bytes, false) }
        var found: [Range<Int>] = []
        for group in groups {
            var walk = Walk(bytes: bytes, group: group)
            walk.run()
            found += walk.found
        }
        guard !found.isEmpty else { return (bytes, false) }
        if groups.count > 1 { found.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) } }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var from = 0
        // Of ranges within each other only the outermost is replaced; two cannot overlap in part.
        for range in found where range.lowerBound >= from {
            out += bytes[from..<range.lowerBound]
            out += "\"\(Self.mark)\"".utf8
            from = range.upperBound
        }
        out += bytes[from...]
        return (out, true)
    }

    /// Finds where values begin and end. Depth costs memory and no stack, so nothing is too deep.
    private struct Walk {
        private struct Level {
            var isObject: Bool
            var places: UInt64
        }

        let bytes: [UInt8]
        let group: Group
        var found: [Range<Int>] = []
        private var at = 0
        private var levels: [Level] = []
        /// Where the value that is to go began, and how deep the walk was then.
        private var matched: (start: Int, depth: Int)?

        init(bytes: [UInt8], group: Group) { (self.bytes, self.group) = (bytes, group) }

        mutating func run() {
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
            value(group.closed(group.start))
            while let level = levels.last {
                skip()
                guard at < bytes.count else { break }
                if bytes[at] == UInt8(ascii: "}") || bytes[at] == UInt8(ascii: "]") {
                    at += 1
                    levels.removeLast()
                    ended()
                } else if level.isObject {
                    let written = string()
                    let name = level.places == 0 ? nil : text(written)
                    skip()
                    // A name without a value: what is left is a brace.
                    if at < bytes.count, bytes[at] != UInt8(ascii: "}") { value(group.step(level.places, name)) }
                } else {
                    value(group.step(level.places, nil))
                }
            }
            // Cut off within a credential.
            if let matched { found.append(matched.start..<bytes.count) }
        }

        /// Reads a plain value, or steps into an object or a list.
        private mutating func value(_ places: UInt64) {
            skip()
            guard at < bytes.count else { return }
            if matched == nil, places & group.end != 0,
                !group.spares || "\"{[".utf8.contains(bytes[at])
            {
                matched = (at, levels.count)
            }
            switch bytes[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                levels.append(Level(isObject: bytes[at] == UInt8(ascii: "{"), places: matched == nil ? places : 0))
                at += 1
            case UInt8(ascii: "\""):
                _ = string()
                ended()
            default:
                let start = at
                while at < bytes.count, !Self.endsPlain(bytes[at]) { at += 1 }
                // A brace that closes nothing, in what is no JSON.
                if at == start { at += 1 }
                ended()
            }
        }

        private mutating func ended() {
            guard let (start, depth) = matched, levels.count <= depth else { return }
            matched = nil
            let value = bytes[start..<at]
            if value.elementsEqual("null".utf8) || value.elementsEqual("\"\"".utf8) { return }
            if group.spares, value.dropFirst().dropLast().allSatisfy({ $0 <= 0x20 }) { return }
            found.append(start..<at)
        }

        private mutating func skip() {
            while at < bytes.count,
                bytes[at] <= 0x20 || bytes[at] == UInt8(ascii: ",") || bytes[at] == UInt8(ascii: ":")
            { at += 1 }
        }

        /// Steps over a string, or over whatever is in the place of a name.
        private mutating func string() -> Range<Int> {
            let start = at
            at += 1
            guard bytes[start] == UInt8(ascii: "\"") else {
                while at < bytes.count, !Self.endsPlain(bytes[at]), bytes[at] != UInt8(ascii: ":") { at += 1 }
                return start..<at
            }
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
            at = min(at + 1, bytes.count)
            return start..<at
        }

        /// The name that is written there, whose letters may be escaped.
        private func text(_ written: Range<Int>) -> String {
            let inner = bytes[written].dropFirst().dropLast()
            guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
            return (try? JSON(parsing: Array(bytes[written])))?.string ?? ""
        }

        private static func endsPlain(_ byte: UInt8) -> Bool {
            byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
        }
    }
}
