/// Text. A number or a word such as `true` is taken as it is spelled: `version: 1.10` is the text `1.10`.
extension String: ConfigValue {
    public static var typeInWords: String { "text" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> String? {
        guard let scalar = node.scalar, scalar.value != .null else { return refuse(node, &problems) }
        return scalar.text
    }

    public var configText: String { self }
}

extension Secret: ConfigValue {
    public static var typeInWords: String { "secret" }
    public static var isSecret: Bool { true }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Secret? {
        guard let scalar = node.scalar, scalar.value != .null else {
            return refuse(node, &problems, help: "Write it as \"${env:NAME}\" or \"${file:/path}\".")
        }
        let text = scalar.text
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            let name = node.name.map { "\"\($0)\"" } ?? "the secret"
            problems.error(
                "\(name) is empty", at: node.span,
                help: "An empty secret protects nothing; use \"${env:NAME}\" or \"${file:/path}\".")
            return nil
        }
        if text.unicodeScalars.count < shortest {
            problems.error(
                "\(node.name.map { "\"\($0)\"" } ?? "the secret") has \(text.unicodeScalars.count == 1 ? "one character" : "too few characters to be a secret")",
                at: node.span, help: "Whoever can guess it can forge what it protects; use at least 16 characters.")
            return nil
        }
        return Secret(text)
    }

    /// Characters that a secret must have. Providers let people choose their own; below this there is nothing to guess.
    private static var shortest: Int { 4 }

    public var configText: String { Self.mask }
}

extension Bool: ConfigValue {
    public static var typeInWords: String { "true or false" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Bool? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        if case .bool(let value) = scalar.valueOrExpandedValue { return value }
        let meant: String? =
            switch scalar.source.lowercased() {
            case "yes", "on", "y", "true": "true"
            case "no", "off", "n", "false": "false"
            default: nil
            }
        return refuse(node, &problems, help: meant.map { "Write \($0), without quotes." })
    }

    public var configText: String { self ? "true" : "false" }
}

extension Int: ConfigValue {
    public static var typeInWords: String { "whole number" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Int? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        if case .int(let value) = scalar.valueOrExpandedValue { return value }
        let isTooLarge =
            scalar.value != .text
            && scalar.source.utf8.drop { $0 == 0x2B || $0 == 0x2D }.allSatisfy { (0x30...0x39).contains($0) }
        let help = isTooLarge && scalar.value != .null ? "That is more than the hub can count." : scalar.helpWithNumber
        return refuse(node, &problems, help: help)
    }

    public var configText: String { String(self) }
}

/// A finite number.
extension Double: ConfigValue {
    public static var typeInWords: String { "number" }

    public static func read(_ node: Node, _ problems: inout Diagnostics) -> Double? {
        guard let scalar = node.scalar else { return refuse(node, &problems) }
        switch scalar.valueOrExpandedValue {
        case .int(let value): return Double(value)
        case .double(let value) where value.isFinite: return value
        default: return refuse(node, &problems, help: scalar.helpWithNumber)
        }
    }

    public var configText: String { self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self) }
}

extension Scalar {
    /// The value, where expansions count as if what they stand for had been written plainly by hand.
    ///
    /// This is how `"${env:PORT}"` provides a number to a key that asks for one; the tree itself keeps it as text.
    var valueOrExpandedValue: Value { hasReferences ? CoreSchema.value(of: text) : value }

    var helpWithNumber: String? {
        guard style != .plain, !hasReferences else { return nil }
        switch CoreSchema.value(of: source) {
        case .int, .double: return "Leave out the quotes."
        default: return nil
        }
    }
}
