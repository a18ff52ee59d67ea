/// How the hub writes phone numbers.
public enum PhoneNumber {
    /// Strips blanks, dots, dashes and parentheses and keeps one leading `+`; never invents a country code.
    ///
    /// What is not a phone number stays as it came: `anonymous`, SIP URIs, user ids, short codes. Nil when nothing is left.
    public static func normalized(_ text: String) -> String? {
        if isPlain(text) { return text }
        let trimmed = text.trimmingBlanks()
        guard !trimmed.isEmpty else { return nil }
        var digits: [UInt8] = []
        var plus = false
        for unit in trimmed.utf8 {
            switch unit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(unit)
            case UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"): continue
            case UInt8(ascii: "+") where digits.isEmpty: plus = true
            default: return String(trimmed)
            }
        }
        guard !digits.isEmpty else { return String(trimmed) }
        return (plus ? "+" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// Digits alone, perhaps with a plus before them: nothing to strip.
    private static func isPlain(_ text: String) -> Bool {
        let units = text.utf8Span.span
        guard let last = units.indices.last else { return false }
        var place = units[0] == UInt8(ascii: "+") && last > 0 ? 1 : 0
        while place <= last {
            if units[place] &- UInt8(ascii: "0") > 9 { return false }
            place += 1
        }
        return true
    }
}
