/// A moment in UTC to the millisecond.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    public static func + (time: Timestamp, wait: Duration) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + wait.milliseconds)
    }

    public static func - (a: Timestamp, b: Timestamp) -> Duration { .milliseconds(a.milliseconds - b.milliseconds) }

    /// Earliest and latest moments that are accepted: the years 1 to 9999, which four digits can write.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

// MARK: ISO 8601

extension Timestamp: CustomStringConvertible {
    /// `2025-10-09T08:54:20.000Z`: always UTC, always three digits of fraction.
    public var description: String {
        let day = Self.floorDivide(milliseconds, 86_400_000)
        let inDay = Int(milliseconds - day * 86_400_000)
        let (year, month, date) = Self.civil(fromDays: Int(day))
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func put(_ value: Int, _ width: Int) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        put(year, 4)
        text.append(UInt8(ascii: "-"))
        put(month, 2)
        text.append(UInt8(ascii: "-"))
        put(date, 2)
        text.append(UInt8(ascii: "T"))
        put(inDay / 3_600_000, 2)
        text.append(UInt8(ascii: ":"))
        put(inDay / 60_000 % 60, 2)
        text.append(UInt8(ascii: ":"))
        put(inDay / 1000 % 60, 2)
        text.append(UInt8(ascii: "."))
        put(inDay % 1000, 3)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The length of `description` for every moment that ISO 8601 text can give.
    static let textCount = 24

    /// Whether four digits can write its year.
    var isWritable: Bool { Self.range.contains(milliseconds) }

    /// Reads what `description` wrote, and nothing else.
    init?(canonical text: String) {
        guard text.utf8.count == Self.textCount, text.utf8.last == UInt8(ascii: "Z"),
            let time = Timestamp(iso8601: text), time.description == text
        else { return nil }
        self = time
    }

    /// Reads ISO 8601 with or without a fraction; a time without zone is UTC; a leap second is the second after.
    ///
    /// Accepts `2025-10-09T08:54:20`, `…20.123456Z`, `…20+10:00`, `…20+1000`, a blank instead of `T`, and a bare date.
    public init?(iso8601 text: String) {
        let units = Array(text.utf8)
        var at = 0
        func number(_ digits: Int) -> Int? {
            guard at + digits <= units.count else { return nil }
            var value = 0
            for _ in 0..<digits {
                let digit = units[at] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int(digit)
                at += 1
            }
            return value
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            guard at < units.count, units[at] == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }
        guard let year = number(4), year >= 1, take("-"), let month = number(2), (1...12).contains(month), take("-"),
            let day = number(2), (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        var inDay: Int64 = 0
        if at < units.count {
            guard take("T") || take("t") || take(" "), let hour = number(2), hour < 24, take(":"),
                let minute = number(2), minute < 60
            else { return nil }
            var second = 0
            if take(":") {
                guard let value = number(2), value <= 60 else { return nil }
                second = value
            }
            inDay = Int64(hour * 3600 + minute * 60 + second) * 1000
            if take(".") || take(",") {
                var scale: Int64 = 100
                var any = false
                while at < units.count, case let digit = units[at] &- UInt8(ascii: "0"), digit < 10 {
                    inDay += Int64(digit) * scale
                    scale /= 10
                    at += 1
                    any = true
                }
                guard any else { return nil }
            }
            if !take("Z"), !take("z"), at < units.count {
                let east: Int64
                if take("+") { east = 1 } else if take("-") { east = -1 } else { return nil }
                guard let hours = number(2), hours < 24 else { return nil }
                var minutes = 0
                if at < units.count {
                    _ = take(":")
                    guard let value = number(2), value < 60 else { return nil }
                    minutes = value
                }
                inDay -= east * Int64(hours * 60 + minutes) * 60_000
            }
        }
        guard at == units.count else { return nil }
        let value = Int64(Self.days(fromYear: year, month: month, day: day)) * 86_400_000 + inDay
        guard Self.range.contains(value) else { return nil }
        milliseconds = value
    }
}

// MARK: Unix time

extension Timestamp {
    /// Reads Unix time of any usual unit by its magnitude: below 10^11 seconds, below 10^14 milliseconds, above that
    /// microseconds; nil when it lies outside the years 1 to 9999.
    public init?(unix value: Double) {
        guard value.isFinite else { return nil }
        let milliseconds =
            switch abs(value) {
            case ..<1e11: value * 1000
            case ..<1e14: value
            default: value / 1000
            }
        guard abs(milliseconds) < 1e15, Self.range.contains(Int64(milliseconds.rounded())) else { return nil }
        self.init(milliseconds: Int64(milliseconds.rounded()))
    }

    /// Unix seconds with their fraction.
    public var unixSeconds: Double { Double(milliseconds) / 1000 }
}

// MARK: The civil calendar (proleptic Gregorian)

extension Timestamp {
    static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Days from 1970-01-01; years are counted from March, so that the leap day comes last.
    static func days(fromYear year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = Int(floorDivide(Int64(shifted), 400))
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int(floorDivide(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
