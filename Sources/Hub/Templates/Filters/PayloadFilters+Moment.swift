internal import Foundation
import HubModel

/// A moment with the offset it is written in.
struct Moment {
    let time: Timestamp
    /// Seconds east of UTC.
    let offset: Int
    /// Whether the text said the offset itself; model times without one are UTC.
    let hasOffset: Bool

    init(_ time: Timestamp, offset: Int = 0) { (self.time, self.offset, hasOffset) = (time, offset, true) }

    /// Reads ISO 8601; the offset it is written in is kept.
    init?(_ text: String) {
        guard let time = Timestamp(iso8601: text) else { return nil }
        self.time = time
        let units = Array(text.utf8)
        guard units.count > 10 else {
            (offset, hasOffset) = (0, false)
            return
        }
        if units.last == 90 || units.last == 122 {
            (offset, hasOffset) = (0, true)
            return
        }
        guard let sign = units[10...].lastIndex(where: { $0 == 43 || $0 == 45 }) else {
            (offset, hasOffset) = (0, false)
            return
        }
        let digits = units[(sign + 1)...].filter { $0 != 58 }.map { Int($0) - 48 }
        let hours = digits.count >= 2 ? digits[0] * 10 + digits[1] : 0
        let minutes = digits.count >= 4 ? digits[2] * 10 + digits[3] : 0
        offset = (hours * 60 + minutes) * (units[sign] == 45 ? -60 : 60)
        hasOffset = true
    }

    func moved(to zone: TimeZone) -> Moment { Moment(time, offset: Self.offset(of: zone, at: time.milliseconds)) }

    static func offset(of zone: TimeZone, at milliseconds: Int64) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }

    static func time(_ milliseconds: Int64) -> Timestamp? {
        (-62_135_596_800_000...253_402_300_799_999).contains(milliseconds) ? Timestamp(milliseconds: milliseconds) : nil
    }

    /// The moment at which clocks in `zone` show `local`. Of two the earlier is taken; a time that is skipped in spring
    /// counts on from before the change.
    static func utc(local: Int64, in zone: TimeZone) -> Timestamp? {
        let before = offset(of: zone, at: local - 86_400_000)
        let after = offset(of: zone, at: local + 86_400_000)
        for candidate in [before, after] {
            let guess = local - Int64(candidate) * 1000
            if offset(of: zone, at: guess) == candidate { return time(guess) }
        }
        return time(local - Int64(before) * 1000)
    }

    /// The zone of an IANA name. Abbreviations mean different zones in different countries and are refused.
    static func zone(_ name: String, _ filter: String) throws(TemplateError) -> TimeZone {
        if name == "UTC" || name == "Z" || name == "GMT" || name == "Etc/UTC", let zone = TimeZone(secondsFromGMT: 0) {
            return zone
        }
        if name.utf8.contains(47), name.utf8.count < 64, let zone = TimeZone(identifier: name),
            TimeZone.knownTimeZoneIdentifiers.contains(name) || zone.identifier == name
        {
            return zone
        }
        let known = TimeZone.knownTimeZoneIdentifiers
        let wanted = name.lowercased()
        let city = known.first { $0.lowercased().split(separator: "/").last.map { $0 == wanted } ?? false }
        let near = city ?? nearest(name, in: known + ["UTC"])
        let hint = near.map { "; did you mean \"\($0)\"?" } ?? "; zones are named as \"Australia/Sydney\" or \"UTC\""
        throw .runtime("\(filter) does not know the time zone \(PayloadFilters.shown(name))\(hint)")
    }

    /// Year, month, day and the milliseconds in the day, as clocks at the offset show them.
    var civil: (year: Int, month: Int, day: Int, inDay: Int) {
        let local = time.milliseconds + Int64(offset) * 1000
        let days = Int(local >= 0 ? local / 86_400_000 : (local - 86_399_999) / 86_400_000)
        let (year, month, day) = Calendar.civil(fromDays: days)
        return (year, month, day, Int(local - Int64(days) * 86_400_000))
    }

    /// `2025-10-09T19:54:20.000+11:00`, with `Z` for UTC.
    var iso: String {
        if offset == 0 { return time.description }
        let local = Timestamp(milliseconds: time.milliseconds + Int64(offset) * 1000).description.dropLast()
        return local + TimePattern.offset(offset, colon: true)
    }

    /// Moved by months, as the calendar at the offset counts them, and then by milliseconds.
    func adding(months: Int, milliseconds: Int64) -> Moment? {
        var result = time.milliseconds
        if months != 0 {
            let now = civil
            let count = now.year * 12 + now.month - 1 + months
            let (year, month) = (count / 12, count % 12 + 1)
            guard count > 0, (1...9999).contains(year) else { return nil }
            let day = min(now.day, Calendar.days(inMonth: month, of: year))
            let days = Calendar.days(fromYear: year, month: month, day: day)
            result = Int64(days) * 86_400_000 + Int64(now.inDay) - Int64(offset) * 1000
        }
        return Self.time(result + milliseconds).map { Moment($0, offset: offset) }
    }

    /// The proleptic Gregorian calendar in days from 1970-01-01; years are counted from March, so the leap day is last.
    enum Calendar {
        static func days(inMonth month: Int, of year: Int) -> Int {
            switch month {
            case 4, 6, 9, 11: 30
            case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
            default: 31
            }
        }

        static func days(fromYear year: Int, month: Int, day: Int) -> Int {
            let shifted = month <= 2 ? year - 1 : year
            let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
            return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        }

        static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
            let shifted = days + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * dayOfYear + 2) / 153
            let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
            return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        }
    }
}
