import HubModel

extension PayloadFilters {
    static let phones: [Filter] = [
        Filter(
            "phone", Signature([Parameter("format", .string("international")), Parameter("region", Value.none)]),
            help:
                "A phone number for people: `international` (+61 412 345 678), `national` (0412 345 678) or `e164`. "
                + "A number without country code needs `region`, such as \"AU\"; what is not a phone number stays as it is.",
            phone),
        Filter(
            "e164", Signature([Parameter("region", Value.none)]),
            help:
                "+61412345678. Undefined for what is not a phone number, or has no country code and no `region` is given.",
            e164),
        Filter("digits", help: "Only the digits of the text.", digits),
        Filter(
            "mask", Signature([Parameter("keep", .int(4)), Parameter("char", .string("*"))]),
            help: "Hides all letters and digits but the last `keep`; hides all of them in a text that is no longer.",
            mask),
    ]

    private static func region(_ arguments: Arguments, _ index: Int, _ filter: String) throws(TemplateError)
        -> PhonePlan?
    {
        guard let name = try optionalText(arguments, index, filter, "region") else { return nil }
        if let plan = PhonePlan.of(region: name) { return plan }
        throw .runtime(
            "\(filter) does not know the region \(shown(name)); known are the two letters of ISO 3166, such as \"AU\"")
    }

    private static func phone(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let came = try text(value, "phone")
        enum Format { case international, national, e164 }
        let format = try choice(
            text(arguments, 0, "phone", "format"),
            of: [("international", Format.international), ("national", .national), ("e164", .e164)], "phone", "format")
        let plan = try region(arguments, 1, "phone")
        guard let number = ParsedPhone(came, region: plan) else { return .string(String(came.trimmingBlanks())) }
        let tail = number.ext.map { " ext. \($0)" } ?? ""
        return switch format {
        case .e164: .string(number.e164)
        case .international: .string(number.international + tail)
        case .national: .string(number.national + tail)
        }
    }

    private static func e164(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let plan = try region(arguments, 0, "e164")
        if isNull(value) { return .undefined(Undefined(path: "null|e164", reason: "there is no number")) }
        let came = try text(value, "e164")
        if let number = ParsedPhone(came, region: plan) { return .string(number.e164) }
        let national = PhoneNumber.normalized(came).map {
            $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && $0.utf8.count > 5
        }
        let reason =
            national == true && plan == nil
            ? "it has no country code; name the region, as in e164(\"AU\")" : "it is not a phone number"
        return nothing("e164", came, reason)
    }

    private static func digits(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let bytes = try text(value, "digits").utf8.filter { $0 >= 48 && $0 <= 57 }
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func mask(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let scalars = Scalars.array(try text(value, "mask"))
        try machine.spend(scalars.count / 16)
        let keep = try integer(arguments, 0, "mask", "keep")
        let char = try text(arguments, 1, "mask", "char")
        guard keep >= 0 else { throw .runtime("mask cannot keep \(keep) characters") }
        guard Scalars.count(char) == 1 else { throw .runtime("mask needs one character as char, not \(shown(char))") }
        func counts(_ scalar: Unicode.Scalar) -> Bool {
            scalar != "_" && LinearRegex.isWord(scalar)
        }
        let total = scalars.count { counts($0) }
        var hidden = total > keep ? total - keep : total
        let mark = Array(char.utf8)
        var out: [UInt8] = []
        for scalar in scalars {
            if hidden > 0, counts(scalar) {
                out.append(contentsOf: mark)
                hidden -= 1
            } else {
                Scalars.append(scalar, to: &out)
            }
        }
        return .string(String(decoding: out, as: UTF8.self))
    }
}

/// A phone number whose country calling code is certain.
struct ParsedPhone {
    let plan: PhonePlan
    /// The number inside its country, without trunk prefix.
    let digits: String
    let ext: String?

    /// Nil for what is not a phone number, or has neither a country code nor a region to take it from.
    init?(_ text: String, region: PhonePlan?) {
        let (main, ext) = Self.splitExtension(String(text.trimmingBlanks()))
        self.ext = ext
        guard let normal = PhoneNumber.normalized(main) else { return nil }
        var digits = Array(normal.utf8)
        let international = digits.first == 43
        if international { digits.removeFirst() }
        guard digits.count >= 3, digits.count <= 20, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        if international {
            guard let plan = PhonePlan.of(number: digits) else { return nil }
            // "+61 (0)412 345 678" is a common way to write both forms at once.
            var rest = Array(digits[plan.code.utf8.count...])
            if plan.trunk == "0", rest.first == 48, plan.fits(rest.count - 1) { rest.removeFirst() }
            guard plan.fits(rest.count) else { return nil }
            (self.plan, self.digits) = (plan, String(decoding: rest, as: UTF8.self))
            return
        }
        guard let region else { return nil }
        for exit in region.exits where digits.starts(with: exit.utf8) {
            let rest = Array(digits[exit.utf8.count...])
            if let plan = PhonePlan.of(number: rest), plan.fits(rest.count - plan.code.utf8.count) {
                (self.plan, self.digits) = (plan, String(decoding: rest[plan.code.utf8.count...], as: UTF8.self))
                return
            }
        }
        let trunk = region.trunk.map { Array($0.utf8) } ?? []
        let code = Array(region.code.utf8)
        if !trunk.isEmpty, digits.starts(with: trunk), region.fits(digits.count - trunk.count) {
            digits.removeFirst(trunk.count)
        } else if region.fits(digits.count), trunk.isEmpty || !digits.starts(with: trunk) {
            // As it is: written without trunk prefix.
        } else if digits.starts(with: code), region.fits(digits.count - code.count) {
            digits.removeFirst(code.count)
        } else {
            return nil
        }
        (plan, self.digits) = (region, String(decoding: digits, as: UTF8.self))
    }

    var e164: String { "+\(plan.code)\(digits)" }

    var international: String { "+\(plan.code) \(grouped)" }

    var national: String {
        if plan.code == "1", digits.utf8.count == 10 {
            let scalars = Array(digits)
            return "(\(String(scalars[0..<3]))) \(String(scalars[3..<6]))-\(String(scalars[6...]))"
        }
        if plan.code == "61", digits.utf8.count == 9, let first = digits.utf8.first, first != 52, first != 49 {
            let groups = grouped.split(separator: " ")
            return "(0\(groups[0])) \(groups[1...].joined(separator: " "))"
        }
        // Numbers such as 1300 123 456 are dialled without the prefix.
        if plan.code == "61", digits.utf8.first == 49 { return grouped }
        guard let trunk = plan.trunk else { return grouped }
        return trunk == "0" ? "0\(grouped)" : "\(trunk) \(grouped)"
    }

    /// The digits in the groups of their country where these are known, else in one.
    private var grouped: String {
        for rule in plan.groups
        where digits.utf8.count == rule.sizes.reduce(0, +) && rule.starts.contains(where: { digits.hasPrefix($0) }) {
            var parts: [Substring] = []
            var rest = digits[...]
            for size in rule.sizes {
                parts.append(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            return parts.joined(separator: " ")
        }
        return digits
    }

    /// `+61 2 9000 0000 ext. 12`, `...x12` and `...;ext=12`.
    private static func splitExtension(_ text: String) -> (String, String?) {
        let lower = text.lowercased()
        guard lower.utf8.count == text.utf8.count else { return (text, nil) }
        for mark in [";ext=", "extension", "ext.", "ext", "x", "#"] {
            guard let at = Scalars.find(mark, in: lower), at >= 3 else { continue }
            let head = Array(text.utf8)[..<at]
            let tail = Array(text.utf8)[(at + mark.utf8.count)...].filter { $0 != 32 && $0 != 58 }
            guard (1...7).contains(tail.count), tail.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { continue }
            let main = String(String(decoding: head, as: UTF8.self).trimmingBlanks())
            return (main.utf8.last == 44 ? String(main.dropLast()) : main, String(decoding: tail, as: UTF8.self))
        }
        return (text, nil)
    }
}
