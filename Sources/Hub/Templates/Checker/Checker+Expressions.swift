import HubModel

extension CheckerWalk {
    /// An expression whose truth is asked: there a path that only other event types carry may be named.
    mutating func condition(_ expr: Syntax.Expr) {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest { return }
        switch expr.kind {
        case .not(let inside): condition(inside)
        case .and(let a, let b):
            condition(a)
            within(CheckerGuards.of(a).whenTrue, asking: a) { $0.condition(b) }
        case .or(let a, let b):
            condition(a)
            within(CheckerGuards.of(a).whenFalse, asking: a) { $0.condition(b) }
        default: _ = infer(expr, tested: true)
        }
    }

    private mutating func within(
        _ guards: Set<String>, asking condition: Syntax.Expr, _ body: (inout CheckerWalk) -> Void
    ) {
        let saved = (guarded, asked)
        guarded.formUnion(guards)
        ask(condition)
        body(&self)
        (guarded, asked) = saved
    }

    private func isGuarded(_ path: String?) -> Bool {
        if guarded.contains(CheckerGuards.everything) { return true }
        guard let path else { return false }
        return guarded.contains { path == $0 || path.hasPrefix("\($0).") }
    }

    /// What is known about an expression's value, reporting what is wrong inside it.
    ///
    /// `tested` is set where the value is only asked whether it is there.
    mutating func infer(_ expr: Syntax.Expr, tested: Bool = false) -> CheckerInfo {
        depth += 1
        defer { depth -= 1 }
        // Deeper than anybody writes; what is below stays unknown rather than use up the stack.
        if depth > Self.deepest { return .unknown }
        // Each kind has its own function: what they need on the stack is not added up here.
        switch expr.kind {
        case .name, .attribute, .item: return place(expr, tested: tested)
        case .constant, .list, .tuple, .dict, .slice, .namespaceTarget, .concat: return literal(expr)
        case .call, .filter, .test: return applied(expr)
        case .unary, .binary: return calculation(expr)
        case .compare, .not: return question(expr)
        case .and, .or: return logic(expr, tested: tested)
        case .conditional: return conditional(expr, tested: tested)
        }
    }

    private mutating func place(_ expr: Syntax.Expr, tested: Bool) -> CheckerInfo {
        var info = CheckerInfo.unknown
        switch expr.kind {
        case .name(let name): info = inferName(name, expr, tested: tested)
        case .attribute(let base, let name): info = member(name, of: base, expr, tested: tested)
        case .item(let base, let index): info = item(base, index, expr, tested: tested)
        default: break
        }
        return settled(info, expr)
    }

    private mutating func literal(_ expr: Syntax.Expr) -> CheckerInfo {
        switch expr.kind {
        case .constant(let value): return constant(value)
        case .list(let items): return list(items)
        case .tuple(let items): for item in items { _ = infer(item) }
        case .dict(let items):
            for item in items {
                _ = infer(item.key)
                _ = infer(item.value)
            }
            return CheckerInfo(.object([], open: true))
        case .slice(let base, let start, let stop, let step):
            let info = infer(base)
            for part in [start, stop, step] { if let part { _ = infer(part) } }
            return info.all { $0.isList } ? info.reached(by: info.path.map { "\($0)[:]" }) : .unknown
        case .concat(let parts):
            for part in parts { printed(part, infer(part)) }
            return CheckerInfo(.text)
        default: break
        }
        return .unknown
    }

    private mutating func applied(_ expr: Syntax.Expr) -> CheckerInfo {
        switch expr.kind {
        case .call(let callee, let arguments): call(callee, arguments)
        case .filter(let base, let name, let arguments): filter(base, name, arguments, expr)
        case .test(let base, let name, let arguments): test(base, name, arguments, expr)
        default: .unknown
        }
    }

    private mutating func calculation(_ expr: Syntax.Expr) -> CheckerInfo {
        switch expr.kind {
        case .unary(let op, let operand): unary(op, operand)
        case .binary(let op, let a, let b): binary(op, a, b, expr)
        default: .unknown
        }
    }

    private mutating func question(_ expr: Syntax.Expr) -> CheckerInfo {
        switch expr.kind {
        case .compare(let first, let rest): compare(first, rest)
        case .not(let inside): condition(inside)
        default: break
        }
        return CheckerInfo(.bool)
    }

    private mutating func conditional(_ expr: Syntax.Expr, tested: Bool) -> CheckerInfo {
        guard case .conditional(let test, let then, let otherwise) = expr.kind else { return .unknown }
        condition(test)
        constant(condition: test)
        let guards = CheckerGuards.of(test)
        var result = CheckerInfo.unknown
        within(guards.whenTrue, asking: test) { result = $0.infer(then, tested: tested) }
        guard let otherwise else { return .unknown }
        var other = CheckerInfo.unknown
        within(guards.whenFalse, asking: test) { other = $0.infer(otherwise, tested: tested) }
        return result.or(other)
    }

    private func constant(_ value: Value) -> CheckerInfo {
        var info: CheckerInfo
        switch value {
        case .string(let text), .markup(let text): info = CheckerInfo(Shape(.string(words: [text])))
        case .int, .big: info = CheckerInfo(.integer)
        case .float: info = CheckerInfo(.number)
        case .bool: info = CheckerInfo(.bool)
        default: info = .unknown
        }
        info.constant = value
        return info
    }

    private mutating func list(_ items: [Syntax.Expr]) -> CheckerInfo {
        var element: CheckerInfo?
        for item in items {
            let info = infer(item).reached(by: nil)
            element = element.map { $0.or(info) } ?? info
        }
        return element?.list ?? CheckerInfo(.list(.any))
    }

    private mutating func logic(_ expr: Syntax.Expr, tested: Bool) -> CheckerInfo {
        switch expr.kind {
        case .and(let a, let b):
            let first = infer(a, tested: true)
            var second = CheckerInfo.unknown
            within(CheckerGuards.of(a).whenTrue, asking: a) { second = $0.infer(b, tested: tested) }
            return first.or(second)
        case .or(let a, let b):
            let first = infer(a, tested: true)
            var second = CheckerInfo.unknown
            within(CheckerGuards.of(a).whenFalse, asking: a) { second = $0.infer(b, tested: tested) }
            // The first is given only where it is true, and null is not.
            return first.known.or(second)
        default: return .unknown
        }
    }

    // MARK: Names and members

    private mutating func inferName(_ name: String, _ expr: Syntax.Expr, tested: Bool) -> CheckerInfo {
        guard let info = known(name) else {
            if isBare, checker.roots[name] != nil {
                if !tested { reportWithoutContext(name, expr.span) }
                return .unknown
            }
            let near = nearest(name, in: names)
            report(
                expr.span, .error, "there is nothing named \"\(name)\"",
                near.map { "did you mean \"\($0)\"?" }
                    ?? "the names are \(Self.listed(checker.roots.keys.sorted()))")
            return .unknown
        }
        if info.isFromModel, isGuarded(name) {
            // Shapes are still right where there are any; only absence is no longer reported.
            return info
        }
        if info.cases.isEmpty, !info.elsewhere.isEmpty, info.path == name, !tested {
            reportElsewhere(expr.span, name, carriers: info.elsewhere.flatMap(\.types), root: name)
            return .unknown
        }
        return info
    }

    private mutating func reportElsewhere(_ span: Span, _ path: String, carriers: [String], root: String) {
        let own = checker.roots[root]?.alternatives.flatMap(\.types) ?? []
        let notBy = own.isEmpty ? "" : "; not by \(Self.listed(own))"
        report(
            span, .error, "\"\(path)\" is carried by \(Self.listed(carriers))\(notBy)",
            "test it first, as in `if \(path) is defined`, or name other event types in the route")
    }

    /// A few of many words.
    static func listed(_ words: [String]) -> String {
        guard words.count > 6 else { return words.joined(separator: ", ") }
        return words[..<5].joined(separator: ", ") + " and \(words.count - 5) more"
    }

    private mutating func member(
        _ name: String, of base: Syntax.Expr, _ expr: Syntax.Expr, tested: Bool
    ) -> CheckerInfo {
        let info = infer(base, tested: tested)
        if let module = info.module {
            return tested && module.exported[name] == nil ? .unknown : exported(name, of: module, from: expr.span)
        }
        return member(
            name, of: info, span: Span(max(expr.span.start, expr.span.end - name.utf8.count), expr.span.end),
            full: expr, tested: tested)
    }

    /// The member of what is known, or a report that no shape has it.
    mutating func member(
        _ name: String, of info: CheckerInfo, span: Span, full expr: Syntax.Expr?, tested: Bool = false
    ) -> CheckerInfo {
        guard info.isFromModel, !info.isUnknown else { return .unknown }
        let (found, unsure) = Self.members(name, info.cases)
        var result = CheckerInfo()
        result.cases = found
        result.elsewhere = Self.members(name, info.elsewhere).found
        result.path = info.path.map { "\($0).\(name)" }
        if unsure { return .unknown }
        if !found.isEmpty {
            return result.isUnknown ? .unknown : result
        }
        let path = expr.flatMap { CheckerGuards.path($0) }
        if !result.elsewhere.isEmpty {
            let carriers = result.elsewhere.flatMap(\.types)
            if tested || isGuarded(path) || isGuarded(result.path) { return .unknown }
            let root = info.path.map { String($0.prefix { $0 != "." && $0 != "[" && $0 != "|" }) } ?? ""
            reportElsewhere(span, result.path ?? name, carriers: carriers, root: root)
            return .unknown
        }
        reportMissing(name, of: info, span: span, base: path.map { String($0.dropLast(name.count + 1)) })
        return .unknown
    }

    private static func members(
        _ name: String, _ cases: [CheckerInfo.Case]
    ) -> (found: [CheckerInfo.Case], unsure: Bool) {
        var found: [CheckerInfo.Case] = []
        var unsure = false
        for item in cases {
            switch item.shape.kind {
            case .any: unsure = true
            case .object(let members, let open):
                if let member = members.last(where: { same($0.name, name) }) {
                    found.append(CheckerInfo.Case(types: item.types, shape: member.shape))
                } else if open {
                    unsure = true
                }
            default: continue
            }
        }
        return (found, unsure)
    }

    private mutating func reportMissing(_ name: String, of info: CheckerInfo, span: Span, base: String?) {
        let what = CheckerInfo.phrase(info.path)
        let written = base ?? "it"
        let method = Self.methods[name].map { "write `\(written) | \($0)`" }
        if info.all(\.isObject) {
            var fields: [String] = []
            for item in info.cases {
                if case .object(let members, _) = item.shape.kind {
                    for member in members where !fields.contains(member.name) { fields.append(member.name) }
                }
            }
            let near = nearest(name, in: fields) ?? fields.first { Self.isPart(name, of: $0) }
            report(
                span, .error, "\(what) has no field \"\(name)\"",
                near.map { "did you mean \"\($0)\"?" } ?? method ?? "its fields are \(fields.joined(separator: ", "))")
        } else if info.all(\.isList) {
            let help =
                Self.members(name, info.element.cases).found.isEmpty
                ? "its elements are reached by a loop, by first and last, or by number as in `\(written)[0]`"
                : "its elements have it: `\(written)[0]`, `\(written) | first` or a loop reach one, `\(written) | map(attribute=\"\(name)\")` all"
            report(span, .error, "\(what) is a list and has no field \"\(name)\"", method ?? help)
        } else if info.all(\.isScalar) {
            report(span, .error, "\(what) is \(info.kindName) and has no field \"\(name)\"", method)
        }
    }

    /// `duration` for `duration_s`, `agent_name` for `agent`.
    private static func isPart(_ name: String, of field: String) -> Bool {
        name.utf8.count > 2 && field.utf8.count > 2
            && (field.hasPrefix("\(name)_") || name.hasPrefix("\(field)_") || field.hasSuffix("_\(name)"))
    }

    /// Filters that do what people know as methods of Python.
    private static let methods = [
        "items": "items", "keys": "list", "values": "map(\"last\")", "get": "get(\"name\")", "upper": "upper",
        "lower": "lower", "title": "title", "strip": "trim", "split": "split", "replace": "replace(\"a\", \"b\")",
        "capitalize": "capitalize", "startswith": "regex_match(\"^...\")", "endswith": "regex_match(\"...$\")",
        "strftime": "datetime(\"%H:%M\", \"UTC\")", "isoformat": "iso8601", "length": "length", "size": "length",
        "count": "length", "join": "join(\", \")",
    ]

    private mutating func item(
        _ base: Syntax.Expr, _ index: Syntax.Expr, _ expr: Syntax.Expr, tested: Bool
    ) -> CheckerInfo {
        let info = infer(base, tested: tested)
        let key = infer(index)
        guard info.isFromModel, !info.isUnknown else { return .unknown }
        let what = CheckerInfo.phrase(info.path)
        if case .string(let name) = key.constant {
            if info.all(\.isScalar) {
                report(index.span, .error, "\(what) is \(info.kindName) and has no field \"\(name)\"")
                return .unknown
            }
            return member(name, of: info, span: index.span, full: expr, tested: tested)
        }
        let isNumber = key.all { $0 == .integer || $0 == .number }
        if info.all(\.isObject), isNumber {
            report(
                index.span, .error, "\(what) is an object; its fields have names, not numbers",
                "write `\(CheckerGuards.path(base) ?? "it").name`, or `\(CheckerGuards.path(base) ?? "it") | list` for its names"
            )
            return .unknown
        }
        if info.all(\.isNumber), key.constant != nil {
            report(index.span, .error, "\(what) is \(info.kindName) and has no elements")
            return .unknown
        }
        if info.all(\.isList) {
            if isNumber { return info.element }
            if key.all(\.isText) {
                report(index.span, .error, "\(what) is a list; its elements are reached by number", nil)
            }
        }
        return .unknown
    }

    private mutating func call(_ callee: Syntax.Expr, _ arguments: [Syntax.Argument]) -> CheckerInfo {
        let infos = arguments.map { infer($0.value) }
        if case .name("range") = callee.kind { return CheckerInfo(.list(.integer)) }
        let info = infer(callee)
        if let macro = info.macro {
            call(macro, callee, arguments, infos)
            return CheckerInfo(.text)
        }
        if info.isFromModel, info.all({ $0.isScalar || $0.isList || $0.isObject }) {
            report(callee.span, .error, "\(CheckerInfo.phrase(info.path)) is \(info.kindName) and cannot be called")
        }
        return .unknown
    }

    // MARK: Operators

    private mutating func unary(_ op: Syntax.UnaryOperator, _ operand: Syntax.Expr) -> CheckerInfo {
        let info = infer(operand)
        if info.isFromModel, info.all({ !$0.isNumber && $0 != .any }) {
            report(
                operand.span, .error,
                "\(CheckerInfo.phrase(info.path)) is \(info.kindName), and \"\(op.rawValue)\" needs a number")
            return .unknown
        }
        return info.all(\.isNumber) ? info.reached(by: nil) : .unknown
    }

    private mutating func binary(
        _ op: Syntax.BinaryOperator, _ a: Syntax.Expr, _ b: Syntax.Expr, _ expr: Syntax.Expr
    ) -> CheckerInfo {
        let (left, right) = (infer(a), infer(b))
        // Of other kinds the one beside it could not be right anyhow.
        if right.isUnknown || right.all(\.isNumber) { calculated(op, a, left) }
        if left.isUnknown || left.all(\.isNumber) { calculated(op, b, right) }
        guard !left.isUnknown, !right.isUnknown else {
            // One side is enough where no other side could make it right.
            for (info, node) in [(left, a), (right, b)]
            where info.isFromModel && info.all({ $0.isObject || $0 == .time }) {
                if op == .add || op == .multiply, info.all({ $0 == .time }) { continue }
                // A text on the left formats whatever is on the right.
                if op == .modulo, info.all({ $0 == .time }) || node.span == b.span { continue }
                arithmetic(op, node, info)
            }
            return .unknown
        }
        let numbers = left.all(\.isNumber) && right.all(\.isNumber)
        if numbers {
            let integers = op != .divide && op != .power && left.all { $0 == .integer } && right.all { $0 == .integer }
            var result = CheckerInfo(integers ? .integer : .number)
            result.path = (left.path ?? right.path).map { "\($0)|\(op.rawValue)" }
            return result
        }
        let fits =
            switch op {
            case .add: (left.all(\.isText) && right.all(\.isText)) || (left.all(\.isList) && right.all(\.isList))
            case .multiply:
                (left.all { $0.isText || $0.isList } && right.all(\.isNumber))
                    || (right.all { $0.isText || $0.isList } && left.all(\.isNumber))
            case .modulo: left.all(\.isText)
            default: false
            }
        // Of several possible kinds one may fit.
        let simple = [left, right].allSatisfy { info in
            info.all { $0.isText } || info.all { $0.isNumber } || info.all { $0.isList } || info.all { $0.isObject }
        }
        guard !fits, simple, left.isFromModel || right.isFromModel else {
            return fits && op == .add ? (left.all(\.isText) ? CheckerInfo(.text) : .unknown) : .unknown
        }
        let culprit =
            left.isFromModel && !left.all(\.isNumber) || !right.isFromModel ? (a, left, right) : (b, right, left)
        arithmetic(op, culprit.0, culprit.1, other: culprit.2)
        return .unknown
    }

    private mutating func arithmetic(
        _ op: Syntax.BinaryOperator, _ node: Syntax.Expr, _ info: CheckerInfo, other: CheckerInfo? = nil
    ) {
        let what = CheckerInfo.phrase(info.path)
        var help: String?
        if op == .add, info.all(\.isText) || other?.all(\.isText) ?? false {
            help = "use `~` to join text, or `| int` or `| float` to make a number of it"
        } else if op == .subtract, info.all({ $0 == .time }) {
            help = "use `| diff(other, \"seconds\")` for the time between"
        } else if info.all(\.isText) {
            help = "use `| int` or `| float` to make a number of it"
        } else if info.all(\.isList) {
            help = "use `| length` for the number of its elements, or `| sum`"
        }
        let with = other.map { "it and \($0.kindName)" } ?? "it"
        report(
            node.span, .error, "\(what) is \(info.kindName), and \"\(op.rawValue)\" cannot be used with \(with)", help)
    }

    private mutating func compare(
        _ first: Syntax.Expr, _ rest: [(op: Syntax.CompareOperator, operand: Syntax.Expr)]
    ) {
        var (left, leftNode) = (infer(first), first)
        for (op, node) in rest {
            let right = infer(node)
            switch op {
            case .equal, .notEqual: equality(left, leftNode, right, node)
            case .less, .lessOrEqual, .greater, .greaterOrEqual: order(op, left, leftNode, right, node)
            case .isIn, .notIn: contains(left, leftNode, right, node)
            }
            (left, leftNode) = (right, node)
        }
    }

    /// Reports an equality that no event can make true.
    mutating func equality(
        _ left: CheckerInfo, _ leftNode: Syntax.Expr, _ right: CheckerInfo, _ rightNode: Syntax.Expr
    ) {
        guard left.isFromModel || right.isFromModel else { return }
        if right.isFromModel, !left.isFromModel { return equality(right, rightNode, left, leftNode) }
        guard !left.isUnknown, !right.isUnknown else { return }
        if case .string(let word) = right.constant, neverWord(word, left, rightNode) { return }
        let possible = left.cases.contains { a in
            right.cases.contains { b in a.shape.kind.canEqual(b.shape.kind) || (a.shape.nullable && b.shape.nullable) }
        }
        if possible { return }
        report(
            rightNode.span, .error,
            "\(CheckerInfo.phrase(left.path)) is \(left.kindName) and never equals \(right.isFromModel ? CheckerInfo.phrase(right.path) + ", which is " : "")\(right.kindName)",
            conversion(left, right))
    }

    private func conversion(_ left: CheckerInfo, _ right: CheckerInfo) -> String? {
        if left.all(\.isNumber), case .string(let text) = right.constant, Double(text) != nil {
            return "write the number without quotes"
        }
        if left.all(\.isText), right.constant != nil, right.all(\.isNumber) { return "write it in quotes" }
        if left.all(\.isList), right.all({ $0 == .integer }) { return "use `| length` for the number of its elements" }
        if left.all(\.isObject), right.all(\.isText) { return "name one of its fields" }
        return nil
    }

    /// Whether a field of a closed vocabulary was compared with a word it lacks, which is reported.
    private mutating func neverWord(_ word: String, _ info: CheckerInfo, _ node: Syntax.Expr) -> Bool {
        var words: [String] = []
        for item in info.cases {
            guard case .string(let some) = item.shape.kind, !some.isEmpty else { return false }
            for word in some where !words.contains(word) { words.append(word) }
        }
        guard !words.isEmpty, !words.contains(where: { same($0, word) }) else { return false }
        let name = info.path.map { String($0.split(separator: ".").last ?? "") } ?? "it"
        let near =
            nearest(word, in: words)
            ?? words.first { word.utf8.count > 1 && ($0.hasPrefix(word) || word.hasPrefix($0)) }
        let help =
            word.isEmpty
            ? "what is not known is null: compare with none, or ask \"is none\""
            : near.map { "did you mean \"\($0)\"?" }
                ?? "its words are \(words.count > 16 ? Self.listed(words) : words.joined(separator: ", "))"
        let subject = name.hasSuffix("[]") ? CheckerInfo.phrase(info.path) : name
        report(node.span, .error, "\(subject) is never \"\(word)\"", help)
        return true
    }

    private mutating func order(
        _ op: Syntax.CompareOperator, _ left: CheckerInfo, _ leftNode: Syntax.Expr, _ right: CheckerInfo,
        _ rightNode: Syntax.Expr
    ) {
        guard left.isFromModel || right.isFromModel, !left.isUnknown, !right.isUnknown else { return }
        if left.all(\.isNumber), right.all(\.isNumber) { return }
        let same =
            (left.all(\.isText) && right.all(\.isText)) || (left.all(\.isList) && right.all(\.isList))
        let simple = [left, right].allSatisfy { info in
            info.all { $0.isText } || info.all { $0.isNumber } || info.all { $0.isList } || info.all { $0.isObject }
        }
        guard !same, simple else { return }
        let (info, node, other) = left.isFromModel ? (left, rightNode, right) : (right, leftNode, left)
        report(
            node.span, .error,
            "\(CheckerInfo.phrase(info.path)) is \(info.kindName), and \"\(op.rawValue)\" cannot compare it with \(other.kindName)",
            conversion(info, other))
    }

    private mutating func contains(
        _ needle: CheckerInfo, _ needleNode: Syntax.Expr, _ container: CheckerInfo, _ containerNode: Syntax.Expr
    ) {
        if container.isFromModel, container.all(\.isNumber) {
            report(
                containerNode.span, .error,
                "\(CheckerInfo.phrase(container.path)) is \(container.kindName), and \"in\" needs a list, an object or text"
            )
            return
        }
        if container.isFromModel, container.all(\.isText), needle.all({ $0.isNumber || $0.isList || $0.isObject }) {
            report(
                needleNode.span, .error,
                "\(CheckerInfo.phrase(container.path)) is \(container.kindName), and \(needle.kindName) is never in it")
            return
        }
        if container.isFromModel, container.all(\.isList), case .string(let word) = needle.constant {
            let element = container.element
            if !element.isUnknown { _ = neverWord(word, element, needleNode) }
            return
        }
        // `call.status in ["completed", "missed"]`
        guard needle.isFromModel, !needle.isUnknown else { return }
        let items: [Syntax.Expr]
        switch containerNode.kind {
        case .list(let list), .tuple(let list): items = list
        default: return
        }
        for item in items {
            guard case .constant(let value) = item.kind else { continue }
            equality(needle, needleNode, constant(value), item)
        }
    }
}
