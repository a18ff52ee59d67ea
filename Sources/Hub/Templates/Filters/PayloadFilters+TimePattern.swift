internal import Foundation
import HubModel

/// Times and durations by patterns: the directives of C's `strftime`, always in English.
enum TimePattern {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let named = [
        "iso": "%Y-%m-%dT%H:%M:%S.%L%:z", "date": "%Y-%m-%d", "time": "%H:%M", "rfc2822": "%a, %d %b %Y %H:%M:%S %z",
    ]
    private static let known =
        "%Y %y %m %d %e %H %I %M %S %L %f %p %P %A %a %B %b %j %u %w %z %:z %Z %s %F %T %D %R %n %t %% "
        + "and %- before a number for no leading zero"

    static func offset(_ seconds: Int, colon: Bool) -> String {
        let minutes = abs(seconds) / 60
        let (hours, rest) = (pad(minutes / 60, 2), pad(minutes % 60, 2))
        return (seconds < 0 ? "-" : "+") + hours + (colon ? ":" : "") + rest
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// The time as `pattern` shows it.
    static func write(_ moment: Moment, _ pattern: String, zone: TimeZone?) throws(TemplateError) -> String {
        let scalars = Scalars.array(named[pattern] ?? pattern)
        let now = moment.civil
        let (hour, minute, second) = (now.inDay / 3_600_000, now.inDay / 60_000 % 60, now.inDay / 1000 % 60)
        let days = Moment.Calendar.days(fromYear: now.year, month: now.month, day: now.day)
        let weekday = ((days + 4) % 7 + 7) % 7
        let yearDay = days - Moment.Calendar.days(fromYear: now.year, month: 1, day: 1) + 1
        var out = ""
        var at = 0
        while at < scalars.count {
            guard scalars[at] == "%" else {
                out.unicodeScalars.append(scalars[at])
                at += 1
                continue
            }
            at += 1
            var bare = false
            var colon = false
            if at < scalars.count, scalars[at] == "-" {
                bare = true
                at += 1
            } else if at + 1 < scalars.count, scalars[at] == ":", scalars[at + 1] == "z" {
                colon = true
                at += 1
            }
            guard at < scalars.count else { throw .runtime("the time format ends in the middle of a directive") }
            func number(_ value: Int, _ width: Int) -> String { bare ? String(value) : pad(value, width) }
            switch scalars[at] {
            case "Y": out += number(now.year, 4)
            case "y": out += number(now.year % 100, 2)
            case "m": out += number(now.month, 2)
            case "d": out += number(now.day, 2)
            case "e": out += now.day < 10 && !bare ? " \(now.day)" : String(now.day)
            case "H": out += number(hour, 2)
            case "I": out += number((hour + 11) % 12 + 1, 2)
            case "M": out += number(minute, 2)
            case "S": out += number(second, 2)
            case "L": out += pad(now.inDay % 1000, 3)
            case "f": out += pad(now.inDay % 1000 * 1000, 6)
            case "p": out += hour < 12 ? "AM" : "PM"
            case "P": out += hour < 12 ? "am" : "pm"
            case "A": out += weekdays[weekday]
            case "a": out += String(weekdays[weekday].prefix(3))
            case "B": out += months[now.month - 1]
            case "b", "h": out += String(months[now.month - 1].prefix(3))
            case "j": out += number(yearDay, 3)
            case "u": out += String(weekday == 0 ? 7 : weekday)
            case "w": out += String(weekday)
            case "z": out += offset(moment.offset, colon: colon)
            case "Z": out += abbreviation(zone, moment)
            case "s": out += String((moment.time.milliseconds - (moment.time.milliseconds % 1000 + 1000) % 1000) / 1000)
            case "F": out += "\(pad(now.year, 4))-\(pad(now.month, 2))-\(pad(now.day, 2))"
            case "T": out += "\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
            case "D": out += "\(pad(now.month, 2))/\(pad(now.day, 2))/\(pad(now.year % 100, 2))"
            case "R": out += "\(pad(hour, 2)):\(pad(minute, 2))"
            case "n": out += "\n"
            case "t": out += "\t"
            case "%": out += "%"
            case let other:
                throw .runtime("the time format has no directive \"%\(bare ? "-" : "")\(other)\"; known are \(known)")
            }
            at += 1
        }
        return out
    }

    private static func abbreviation(_ zone: TimeZone?, _ moment: Moment) -> String {
        guard let zone, moment.offset != 0 || zone.identifier != "GMT" else {
            return moment.offset == 0 ? "UTC" : offset(moment.offset, colon: true)
        }
        let date = Date(timeIntervalSince1970: Double(moment.time.milliseconds) / 1000)
        let short = zone.abbreviation(for: date) ?? ""
        return short.isEmpty || short.hasPrefix("GMT") ? offset(moment.offset, colon: true) : short
    }

    /// Reads a local time by `pattern`; nil when the text is not of that form. Blanks in the pattern match any number.
    static func read(_ text: String, _ pattern: String) throws(TemplateError) -> (local: Int64, offset: Int?)? {
        var reader = Reader(Scalars.array(text))
        let scalars = Scalars.array(named[pattern] ?? pattern)
        var at = 0
        var good = true
        while at < scalars.count {
            if Scalars.isBlank(scalars[at]) {
                reader.skipBlanks()
            } else if scalars[at] == "%", at + 1 < scalars.count {
                at += 1
                if scalars[at] == "-" || scalars[at] == ":", at + 1 < scalars.count { at += 1 }
                // Everything in the pattern is looked at, so that a wrong one never depends on the text.
                let matched = try reader.take(scalars[at], months: months, weekdays: weekdays, known: known)
                good = good && matched
            } else {
                good = reader.literal(scalars[at]) && good
            }
            at += 1
        }
        reader.skipBlanks()
        guard good, reader.isAtEnd else { return nil }
        return reader.result
    }

    private struct Reader {
        let text: [Unicode.Scalar]
        var at = 0
        var (year, month, day) = (1970, 1, 1)
        var (hour, minute, second, milli) = (0, 0, 0, 0)
        var afternoon: Bool?
        var offset: Int?
        var unix: Int64?

        init(_ text: [Unicode.Scalar]) { self.text = text }

        var isAtEnd: Bool { at == text.count }

        mutating func skipBlanks() { while at < text.count, Scalars.isBlank(text[at]) { at += 1 } }

        mutating func literal(_ scalar: Unicode.Scalar) -> Bool {
            guard at < text.count, text[at] == scalar else { return false }
            at += 1
            return true
        }

        mutating func number(_ width: Int, exactly: Bool = false) -> Int? {
            var value = 0
            var count = 0
            while at < text.count, count < width, case let digit = text[at].value &- 48, digit < 10 {
                value = value * 10 + Int(digit)
                count += 1
                at += 1
            }
            return count == 0 || (exactly && count < width) ? nil : value
        }

        /// The position of the name the text goes on with, in full or by its first three letters.
        mutating func name(of names: [String]) -> Int? {
            for length in [9, 8, 7, 6, 5, 4, 3] where at + length <= text.count {
                let word = Scalars.string(text[at..<(at + length)]).lowercased()
                let found = names.firstIndex {
                    $0.lowercased() == word || (length == 3 && $0.lowercased().hasPrefix(word))
                }
                guard let found else { continue }
                at += length
                return found
            }
            return nil
        }

        mutating func take(
            _ directive: Unicode.Scalar, months: [String], weekdays: [String], known: String
        ) throws(TemplateError) -> Bool {
            switch directive {
            case "Y": return set(\.year, number(4, exactly: true), 1...9999)
            case "y":
                guard let two = number(2, exactly: true) else { return false }
                year = two < 69 ? 2000 + two : 1900 + two
            case "m": return set(\.month, number(2), 1...12)
            case "d": return set(\.day, number(2), 1...31)
            case "e":
                skipBlanks()
                return set(\.day, number(2), 1...31)
            case "H": return set(\.hour, number(2), 0...23)
            case "I":
                guard let twelve = number(2), (1...12).contains(twelve) else { return false }
                hour = twelve % 12
                afternoon = afternoon ?? false
            case "M": return set(\.minute, number(2), 0...59)
            case "S": return set(\.second, number(2), 0...60)
            case "L", "f":
                let start = at
                guard let value = number(9) else { return false }
                var scaled = value
                for _ in (at - start)..<max(at - start, 3) { scaled *= 10 }
                for _ in 3..<max(at - start, 3) { scaled /= 10 }
                milli = scaled
            case "p", "P":
                guard at + 2 <= text.count else { return false }
                let word = Scalars.string(text[at..<(at + 2)]).lowercased()
                guard word == "am" || word == "pm" else { return false }
                at += 2
                afternoon = word == "pm"
            case "B", "b", "h":
                guard let found = name(of: months) else { return false }
                month = found + 1
            case "A", "a": return name(of: weekdays) != nil
            case "z": return zone()
            case "s":
                let negative = literal("-")
                guard let value = number(12) else { return false }
                unix = Int64(negative ? -value : value) * 1000
            case "F":
                guard try take("Y", months: months, weekdays: weekdays, known: known), literal("-"),
                    try take("m", months: months, weekdays: weekdays, known: known), literal("-"),
                    try take("d", months: months, weekdays: weekdays, known: known)
                else { return false }
                return true
            case "T":
                guard try take("R", months: months, weekdays: weekdays, known: known), literal(":"),
                    try take("S", months: months, weekdays: weekdays, known: known)
                else { return false }
                return true
            case "R":
                guard try take("H", months: months, weekdays: weekdays, known: known), literal(":"),
                    try take("M", months: months, weekdays: weekdays, known: known)
                else { return false }
                return true
            case "D":
                guard try take("m", months: months, weekdays: weekdays, known: known), literal("/"),
                    try take("d", months: months, weekdays: weekdays, known: known), literal("/"),
                    try take("y", months: months, weekdays: weekdays, known: known)
                else { return false }
                return true
            case "n", "t": skipBlanks()
            case "%": return literal("%")
            default:
                throw .runtime("parse_time cannot read by \"%\(directive)\"; known are \(known), but not %j %u %w %Z")
            }
            return true
        }

        private mutating func set(_ field: WritableKeyPath<Reader, Int>, _ value: Int?, _ range: ClosedRange<Int>)
            -> Bool
        {
            guard let value, range.contains(value) else { return false }
            self[keyPath: field] = value
            return true
        }

        private mutating func zone() -> Bool {
            if literal("Z") || literal("z") {
                offset = 0
                return true
            }
            let west = literal("-")
            guard west || literal("+"), let hours = number(2, exactly: true), hours < 24 else { return false }
            _ = literal(":")
            guard let minutes = number(2, exactly: true), minutes < 60 else { return false }
            offset = (hours * 60 + minutes) * (west ? -60 : 60)
            return true
        }

        var result: (local: Int64, offset: Int?)? {
            if let unix { return (unix, 0) }
            guard day <= Moment.Calendar.days(inMonth: month, of: year) else { return nil }
            var hour = hour
            if let afternoon, hour < 12 { hour += afternoon ? 12 : 0 }
            let days = Moment.Calendar.days(fromYear: year, month: month, day: day)
            let seconds = hour * 3600 + minute * 60 + second
            return (Int64(days) * 86_400_000 + Int64(seconds) * 1000 + Int64(milli), offset)
        }
    }

    // MARK: Durations

    /// Whole seconds as people write them, or by a pattern of d, h, m and s.
    static func duration(_ seconds: Int, negative: Bool, _ format: String?) throws(TemplateError) -> String {
        let sign = negative ? "-" : ""
        let units: [(letter: Unicode.Scalar, size: Int, word: String)] = [
            ("d", 86_400, "day"), ("h", 3600, "hour"), ("m", 60, "minute"), ("s", 1, "second"),
        ]
        var left = seconds
        var amounts: [Int] = []
        for unit in units {
            amounts.append(left / unit.size)
            left %= unit.size
        }
        switch format {
        case nil:
            let parts = zip(amounts, units).filter { $0.0 > 0 }.map { "\($0.0)\($0.1.letter)" }
            return parts.isEmpty ? "0s" : sign + parts.joined(separator: " ")
        case "words":
            let parts = zip(amounts, units).filter { $0.0 > 0 }.map { "\($0.0) \($0.1.word)\($0.0 == 1 ? "" : "s")" }
            return parts.isEmpty ? "0 seconds" : sign + parts.joined(separator: " ")
        case "iso":
            let time = zip(amounts[1...], units[1...]).filter { $0.0 > 0 }.map { "\($0.0)\($0.1.letter)".uppercased() }
            let days = amounts[0] > 0 ? "\(amounts[0])D" : ""
            if days.isEmpty, time.isEmpty { return "PT0S" }
            return "\(sign)P\(days)\(time.isEmpty ? "" : "T")\(time.joined())"
        case let pattern?: return sign + (try duration(seconds, by: pattern, units.map { ($0.letter, $0.size) }))
        }
    }

    private static func duration(
        _ seconds: Int, by pattern: String, _ units: [(letter: Unicode.Scalar, size: Int)]
    ) throws(TemplateError) -> String {
        let scalars = Scalars.array(pattern)
        let hint = "write it with d, h, m and s, as \"h:mm:ss\", or \"words\" or \"iso\""
        guard scalars.count <= 64 else { throw .runtime("the duration format is too long; \(hint)") }
        let used = units.filter { scalars.contains($0.letter) }
        guard !used.isEmpty else {
            throw .runtime("the duration format \(PayloadFilters.shown(pattern)) shows nothing; \(hint)")
        }
        var amounts: [Unicode.Scalar: Int] = [:]
        // What is smaller than the last unit shown is cut off, as on a clock.
        var left = seconds
        for unit in used {
            amounts[unit.letter] = left / unit.size
            left %= unit.size
        }
        var out = ""
        var at = 0
        while at < scalars.count {
            let scalar = scalars[at]
            if let amount = amounts[scalar] {
                var width = 0
                while at < scalars.count, scalars[at] == scalar {
                    width += 1
                    at += 1
                }
                out += pad(amount, width)
                continue
            }
            guard !scalar.properties.isAlphabetic else {
                throw .runtime("the duration format does not know \"\(scalar)\"; \(hint)")
            }
            out.unicodeScalars.append(scalar)
            at += 1
        }
        return out
    }
}
