import HubModel

/// Text that is meant to be JSON.
enum CheckerJSON {
    /// Whether text begins and ends as an object or a list does, and has quotes in it.
    static func looks(_ statements: [Syntax.Statement]) -> Bool {
        guard case .text(let first)? = statements.first?.kind, case .text(let last)? = statements.last?.kind,
            let open = first.first(where: { !isBlank($0) }), let close = last.last(where: { !isBlank($0) })
        else { return false }
        let quotes = statements.reduce(0) { count, statement in
            if case .text(let bytes) = statement.kind {
                count + bytes.count { $0 == UInt8(ascii: "\"") }
            } else {
                count
            }
        }
        let isObject = open == UInt8(ascii: "{") && close == UInt8(ascii: "}")
        let isList = open == UInt8(ascii: "[") && close == UInt8(ascii: "]")
        return quotes >= 2 && (isObject || isList)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}

extension CheckerWalk {
    /// A value that is printed: null and, in JSON, text break what is around it.
    mutating func output(_ expr: Syntax.Expr) {
        let before = problems.count
        let info = infer(expr)
        guard isJSON else { return printed(expr, info) }
        guard problems.count == before, let path = info.path, !path.hasSuffix("|json"), !path.hasSuffix("|tojson")
        else {
            return
        }
        let isFreeText = info.cases.contains { item in
            if case .string(let words) = item.shape.kind { words.isEmpty } else { item.shape.nullable }
        }
        guard !info.isUnknown, isFreeText else { return }
        let written = CheckerGuards.path(expr) ?? CheckerInfo.phrase(path)
        let breaks = info.all(\.isText) ? "a quote or a line break in \(written)" : "\(written) being unknown (null)"
        report(
            expr.span, .warning, "the text looks like JSON, and \(breaks) would break it",
            "put it through `| json`, without quotes around it, or write the body as a tree")
    }
}
