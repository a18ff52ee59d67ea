import HubModel

/// The filters that Jinja does not have: phone numbers, times, hashes and JSON for the field the hub works in.
///
/// All are pure: the same value and arguments give the same result on every machine and at every attempt. Where a value
/// of the payload cannot be what the filter needs (no phone number, no time, no JSON) and there is an answer such as
/// "none", the result is undefined with the reason, so that `default` applies; a mistake in the template is an error.
package enum PayloadFilters {
    package static let all: [Filter] = phones + times + hashes + texts + patterns + objects + lists + numbers
}

// What the filters need of their values and arguments.
extension PayloadFilters {
    /// The text of a string or number; an error that names the filter for anything else.
    static func text(_ value: Value, _ filter: String) throws(TemplateError) -> String {
        switch value {
        case .string(let text), .markup(let text): return text
        case .int(let number): return String(number)
        case .big(let number): return number.description
        case .float(let number): return Text.float(number)
        default: throw unfit(value, filter, "text")
        }
    }

    /// The text of an argument, which must be a string.
    static func text(_ arguments: Arguments, _ index: Int, _ filter: String, _ name: String) throws(TemplateError)
        -> String
    {
        switch arguments[index] {
        case .string(let text), .markup(let text): return text
        case let other: throw unfit(other, filter, "text", argument: name)
        }
    }

    /// As `text`, with nil for null.
    static func optionalText(
        _ arguments: Arguments, _ index: Int, _ filter: String, _ name: String
    ) throws(TemplateError) -> String? {
        if case .none = arguments[index] { return nil }
        return try text(arguments, index, filter, name)
    }

    static func integer(_ arguments: Arguments, _ index: Int, _ filter: String, _ name: String) throws(TemplateError)
        -> Int
    {
        switch arguments[index] {
        case .int(let number): return number
        case let other: throw unfit(other, filter, "an integer", argument: name)
        }
    }

    /// A finite number, or text with one.
    static func number(_ value: Value, _ filter: String) throws(TemplateError) -> Double {
        switch value {
        case .int, .big, .float:
            if let number = Number(value)?.double, number.isFinite { return number }
            throw .runtime("\(filter) needs a finite number")
        case .string(let text), .markup(let text):
            if let number = Double(Scalars.trim(text)), number.isFinite { return number }
            throw .runtime("\(filter) needs a number, not \(shown(text))")
        default: throw unfit(value, filter, "a number")
        }
    }

    static func items(_ value: Value, _ filter: String) throws(TemplateError) -> Items {
        if let items = Items(value) { return items }
        throw unfit(value, filter, "a list")
    }

    static func unfit(_ value: Value, _ filter: String, _ needed: String, argument: String? = nil) -> TemplateError {
        if case .undefined(let missing) = value { return .undefined(missing.message) }
        if let argument { return .runtime("\(filter) needs \(needed) as \(argument), not \(value.kindName)") }
        return .runtime("\(filter) needs \(needed), not \(value.kindName)")
    }

    /// What `default` replaces, with the reason for those who use it all the same.
    static func nothing(_ filter: String, _ value: String, _ reason: String) -> Value {
        .undefined(Undefined(path: "\(shown(value))|\(filter)", reason: reason))
    }

    /// Text of a payload in a message: in quotes, short, on one line.
    static func shown(_ text: String) -> String {
        var view = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > 40 { return "\"\(String(view))...\"" }
            view.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar)
        }
        return "\"\(String(view))\""
    }

    /// One of a few words, or an error with the nearest.
    static func choice<T>(
        _ word: String, of known: [(String, T)], _ filter: String, _ what: String
    ) throws(TemplateError) -> T {
        if let found = known.first(where: { same($0.0, word) }) { return found.1 }
        let near = String.suggestion(for: word, in: known.map(\.0))
        let list = known.prefix(6).map { "\"\($0.0)\"" }.joined(separator: ", ")
        throw .runtime(
            "\(filter) does not know the \(what) \(shown(word))\(near)\(near.isEmpty ? "; known are \(list)" : "")")
    }

    static func isNull(_ value: Value) -> Bool {
        if case .none = value { return true }
        return false
    }

    static func isAbsent(_ value: Value) -> Bool {
        switch value {
        case .none, .undefined, .missing, .omit: true
        default: false
        }
    }
}
