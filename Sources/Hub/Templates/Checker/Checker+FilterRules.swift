import HubModel

/// What is known about a filter beyond its signature: what it needs and what it returns.
struct FilterRule: Sendable {
    enum Input: String, Sendable {
        case scalar = "text or a number"
        case time = "a time"
        case number = "a number"
        case list = "a list"
        case object = "an object"
        case sized = "text, a list or an object"

        func accepts(_ kind: Shape.Kind) -> Bool {
            switch self {
            case .scalar: kind.isText || kind == .integer || kind == .number || kind == .any
            case .time: kind.isText || kind == .integer || kind == .number || kind == .any
            case .number: kind.isNumber || kind == .any
            case .list: kind.isList || kind == .any
            case .object: kind.isObject || kind == .any
            case .sized: kind.isText || kind.isList || kind.isObject || kind == .any
            }
        }
    }

    enum Argument: Sendable {
        case text, integer, textOrInteger, list, object
        case word([String])
        case zone, region, pattern, timeFormat, durationFormat

        /// What is wrong with an argument that is certain; nil when nothing is, or nothing is known.
        func problem(_ info: CheckerInfo) -> (needed: String, help: String?)? {
            switch self {
            case .integer:
                return info.all({ $0 == .integer || $0 == .bool || $0 == .number && info.constant == nil })
                    ? nil : ("an integer", quoted(info))
            case .textOrInteger:
                return info.all({ $0.isText || $0 == .integer || $0 == .bool }) ? nil : ("text or an integer", nil)
            case .list: return info.all(\.isList) || info.constant == nil && info.isUnknown ? nil : ("a list", nil)
            case .object: return info.all(\.isObject) ? nil : ("an object", nil)
            default: break
            }
            guard info.all(\.isText) else { return ("text", nil) }
            guard case .string(let text) = info.constant else { return nil }
            switch self {
            case .word(let words):
                if words.contains(where: { same($0, text) }) { return nil }
                let near = nearest(text, in: words)
                return ("one of \(words.joined(separator: ", "))", near.map { "did you mean \"\($0)\"?" })
            case .zone: return refused("a time zone") { () throws(TemplateError) in _ = try Moment.zone(text, "tz") }
            case .region:
                return PhonePlan.of(region: text) == nil ? ("a region's two letters, such as \"AU\",", nil) : nil
            case .pattern:
                do throws(LinearRegex.Failure) {
                    _ = try LinearRegex(text)
                    return nil
                } catch {
                    return ("a regular expression", "at character \(error.offset + 1): \(error.problem)")
                }
            case .timeFormat:
                return refused("a time format") { () throws(TemplateError) in
                    _ = try TimePattern.write(Moment(Timestamp(milliseconds: 0)), text, zone: nil)
                }
            case .durationFormat:
                return refused("a duration format") { () throws(TemplateError) in
                    _ = try TimePattern.duration(0, negative: false, text)
                }
            default: return nil
            }
        }

        private func quoted(_ info: CheckerInfo) -> String? {
            if case .string(let text) = info.constant, Int(text) != nil { return "write the number without quotes" }
            return nil
        }

        private func refused(_ needed: String, _ attempt: () throws(TemplateError) -> Void) -> (
            needed: String, help: String?
        )? {
            do throws(TemplateError) {
                try attempt()
                return nil
            } catch {
                // The first part says what the message says; what follows is advice.
                let parts = error.message.split(separator: ";", maxSplits: 1)
                return (needed, String(parts.last ?? "").trimmingBlanks().description)
            }
        }
    }

    var input: Input?
    var arguments: [(String, Argument)] = []
    var result: Shape?

    init(_ input: Input? = nil, _ arguments: [(String, Argument)] = [], gives result: Shape? = nil) {
        (self.input, self.arguments, self.result) = (input, arguments, result)
    }

    private static let encoding = ("encoding", Argument.word(["hex", "base64", "base64url"]))
    private static let zone = ("tz", Argument.zone)
    private static let region = ("region", Argument.region)
    private static let pattern = ("pattern", Argument.pattern)

    static let all: [String: FilterRule] = {
        var rules: [String: FilterRule] = [
            "phone": FilterRule(
                .scalar, [("format", .word(["international", "national", "e164"])), region], gives: .text),
            "e164": FilterRule(.scalar, [region], gives: .text),
            "digits": FilterRule(.scalar, gives: .text),
            "mask": FilterRule(.scalar, [("keep", .integer), ("char", .text)], gives: .text),
            "iso8601": FilterRule(.time, [zone], gives: .time),
            "iso": FilterRule(.time, [zone], gives: .time),
            "datetime": FilterRule(.time, [("format", .timeFormat), zone], gives: .text),
            "format_time": FilterRule(.time, [("format", .timeFormat), zone], gives: .text),
            "parse_time": FilterRule(.time, [("format", .text), zone], gives: .time),
            "in_tz": FilterRule(.time, [zone], gives: .time),
            "add": FilterRule(.time, ["years", "months"].map { ($0, .integer) }, gives: .time),
            "diff": FilterRule(
                .time,
                [
                    (
                        "unit",
                        .word([
                            "seconds", "minutes", "hours", "days", "weeks", "milliseconds", "second", "minute", "hour",
                            "day", "week", "s", "m", "h", "d", "w", "ms",
                        ])
                    )
                ], gives: .number),
            "unix": FilterRule(.time, gives: .integer),
            "epoch": FilterRule(.time, gives: .integer),
            "epoch_ms": FilterRule(.time, gives: .integer),
            "duration": FilterRule(.scalar, [("format", .durationFormat)], gives: .text),
            "hmac": FilterRule(
                .scalar, [("key", .text), ("algorithm", .word(["sha1", "sha256", "sha512"])), encoding], gives: .text),
            "split": FilterRule(.scalar, [("separator", .text), ("limit", .integer)], gives: .list(.text)),
            "truncate_bytes": FilterRule(.scalar, [("length", .integer), ("end", .text)], gives: .text),
            "prefix": FilterRule(.scalar, gives: .text),
            "suffix": FilterRule(.scalar, gives: .text),
            "slug": FilterRule(.scalar, [("separator", .text)], gives: .text),
            "ascii": FilterRule(.scalar, [("other", .text)], gives: .text),
            "regex_match": FilterRule(.scalar, [pattern], gives: .bool),
            "regex_find": FilterRule(.scalar, [pattern], gives: .text),
            "regex_replace": FilterRule(.scalar, [pattern, ("replacement", .text), ("count", .integer)], gives: .text),
            "querystring": FilterRule(.object, gives: .text),
            "csv_row": FilterRule(.list, [("separator", .text)], gives: .text),
            "currency": FilterRule(
                .scalar, [("symbol", .text), ("places", .integer), ("thousands", .text), ("point", .text)], gives: .text
            ),
            "round_half_up": FilterRule(.scalar, [("places", .integer)], gives: .number),
            "pick": FilterRule(.object), "without": FilterRule(.object),
            "merge": FilterRule(.object, [("other", .object)]),
            "flatten": FilterRule(.list, [("levels", .integer)]),
            "map_value": FilterRule(nil, [("values", .object)]),
            "where": FilterRule(.list, [("test", .text)]), "find": FilterRule(.list, [("test", .text)]),
            "any": FilterRule(.list, [("test", .text)], gives: .bool),
            "all": FilterRule(.list, [("test", .text)], gives: .bool),
            "index_by": FilterRule(.list), "sum_by": FilterRule(.list, gives: .number),
            "zip": FilterRule(.list, [("other", .list)]),
            "truthy": FilterRule(nil, gives: .bool),
            "json": FilterRule(nil, [("indent", .integer)], gives: .text),
            "tojson": FilterRule(nil, gives: .text),
            "length": FilterRule(.sized, gives: .integer), "count": FilterRule(.sized, gives: .integer),
            "items": FilterRule(.object), "dictsort": FilterRule(.object, [("by", .word(["key", "value"]))]),
            "round": FilterRule(
                .number, [("precision", .integer), ("method", .word(["common", "ceil", "floor"]))], gives: .number),
            "abs": FilterRule(.number),
            "truncate": FilterRule(nil, [("length", .integer), ("end", .text)], gives: .text),
            "center": FilterRule(nil, [("width", .integer)], gives: .text),
            "int": FilterRule(nil, gives: .integer), "float": FilterRule(nil, gives: .number),
            "wordcount": FilterRule(nil, gives: .integer),
            "sum": FilterRule(.list), "batch": FilterRule(nil, [("linecount", .integer)]),
            "slice": FilterRule(nil, [("slices", .integer)]),
            "wordwrap": FilterRule(nil, [("width", .integer)], gives: .text),
            "indent": FilterRule(nil, [("width", .textOrInteger)], gives: .text),
            "replace": FilterRule(nil, [("count", .integer)], gives: .text),
        ]
        for name in ["sha256", "sha512", "sha1"] { rules[name] = FilterRule(.scalar, [encoding], gives: .text) }
        for name in ["base64", "base64url", "unbase64", "hex", "urlsegment", "escape_xml"] {
            rules[name] = FilterRule(.scalar, gives: .text)
        }
        for name in [
            "upper", "lower", "capitalize", "title", "trim", "string", "safe",
            "escape",
            "e", "forceescape", "striptags", "urlencode", "urlize", "format", "xmlattr", "join", "pprint",
            "filesizeformat",
        ] { rules[name] = FilterRule(nil, gives: .text) }
        return rules
    }()
}
