package import HubModel

extension Value {
    /// The value as JSON. Undefined is null in the lenient modes and an error in the others.
    package func json(undefined mode: UndefinedMode = .strict) throws(TemplateError) -> JSON {
        var parts = 0
        return try json(undefined: mode, depth: 0, parts: &parts)
    }

    /// Values of a leaf, with those inside others, and one for every 64 bytes of text; a list that is in others many
    /// times counts as often.
    private static let mostParts = 500_000

    private static func weigh(_ count: Int, _ parts: inout Int) throws(TemplateError) {
        parts += count
        if parts > mostParts { throw .limit("values in one leaf", used: parts, allowed: mostParts) }
    }

    private static func weigh(_ json: JSON, _ parts: inout Int) throws(TemplateError) {
        try weigh(1, &parts)
        switch json {
        case .string(let text): try weigh(text.utf8.count / 64, &parts)
        case .array(let items): for item in items { try weigh(item, &parts) }
        case .object(let object): for member in object.members { try weigh(member.value, &parts) }
        default: return
        }
    }

    private func json(undefined mode: UndefinedMode, depth: Int, parts: inout Int) throws(TemplateError) -> JSON {
        guard depth < 200 else { throw .limit("lists inside each other", used: depth, allowed: 200) }
        try Self.weigh(1, &parts)
        switch self {
        case .none, .missing: return .null
        case .undefined(let missing):
            if mode == .lenient || mode == .chainable { return .null }
            throw .undefined(missing.message)
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .big(let value): return .number(JSONNumber(validated: value.description))
        case .float(let value):
            guard value.isFinite else { throw .runtime("\(Text.float(value)) has no form in JSON") }
            return .number(JSONNumber(validated: Text.float(value)))
        case .string(let text), .markup(let text):
            try Self.weigh(text.utf8.count / 64, &parts)
            return .string(text)
        case .array(let items):
            // The context itself is as large as it is; only many times of it are too much.
            if depth > 0 { for item in items { try Self.weigh(item, &parts) } }
            return .array(items)
        case .record(let object):
            if depth > 0 { for member in object.members { try Self.weigh(member.value, &parts) } }
            return .object(object)
        case .list, .tuple, .range:
            var items: [JSON] = []
            for item in Items(self)?.array ?? [] {
                if case .omit = item { continue }
                items.append(try item.json(undefined: mode, depth: depth + 1, parts: &parts))
            }
            return .array(items)
        case .dict(let dict):
            var members: [JSONObject.Member] = []
            for member in dict.members {
                if case .omit = member.value { continue }
                members.append(
                    JSONObject.Member(
                        try member.key.memberName(),
                        try member.value.json(undefined: mode, depth: depth + 1, parts: &parts)))
            }
            return .object(JSONObject(members))
        case .object: throw .runtime("\(kindName) has no form in JSON")
        case .omit: throw .runtime("omit has no value: it may only be the whole value of a member or element")
        }
    }

    private func memberName() throws(TemplateError) -> String {
        switch self {
        case .string(let text), .markup(let text): return text
        case .int(let value): return String(value)
        case .big(let value): return value.description
        case .bool(let value): return value ? "true" : "false"
        case .none: return "null"
        case .float(let value): return Text.float(value)
        default: throw .runtime("\(kindName) cannot be the name of a member")
        }
    }
}
