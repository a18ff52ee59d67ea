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
        var text: InlineArray<24, UInt8> = .init(repeating: UInt8(ascii: "0"))
        Self.put(year % 10_000, 4, at: 0, &text)
        text[4] = UInt8(ascii: "-")
        Self.put(month, 2, at: 5, &text)
        text[7] = UInt8(ascii: "-")
        Self.put(date, 2, at: 8, &text)
        text[10] = UInt8(ascii: "T")
        Self.put(inDay / 3_600_000, 2, at: 11, &text)
        text[13] = UInt8(ascii: ":")
        Self.put(inDay / 60_000 % 60, 2, at: 14, &text)
        text[16] = UInt8(ascii: ":")
        Self.put(inDay / 1000 % 60, 2, at: 17, &text)
        text[19] = UInt8(ascii: ".")
        Self.put(inDay % 1000, 3, at: 20, &text)
        text[23] = UInt8(ascii: "Z")
        // Digits and marks are UTF-8.
        guard let units = try? UTF8Span(validating: text.span) else { return "" }
        return String(copying: units)
    }

    @inline(__always)
    private static func put(_ value: Int, _ width: Int, at place: Int, _ text: inout InlineArray<24, UInt8>) {
        var rest = value
        var at = place + width - 1
        while at >= place {
            text[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            at -= 1
        }
    }

    /// The length of `description`.
    static let textCount = 24

    /// Whether four digits can write its year.
    var isWritable: Bool { Self.range.contains(milliseconds) }

    /// Reads what `description` wrote, and nothing else.
    init?(canonical text: String) {
        guard text.utf8.count == Self.textCount else { return nil }
        self.init(canonical: text.utf8Span.span)
    }

    private init?(canonical units: Span<UInt8>) {
        guard units.count == 24, units[4] == UInt8(ascii: "-"), units[7] == UInt8(ascii: "-"),
            units[10] == UInt8(ascii: "T"), units[13] == UInt8(ascii: ":"), units[16] == UInt8(ascii: ":"),
            units[19] == UInt8(ascii: "."), units[23] == UInt8(ascii: "Z"),
            let year = Self.number(units, 0, 4), year >= 1, let month = Self.number(units, 5, 2),
            (1...12).contains(month), let day = Self.number(units, 8, 2),
            (1...Self.days(inMonth: month, of: year)).contains(day), let hour = Self.number(units, 11, 2), hour < 24,
            let minute = Self.number(units, 14, 2), minute < 60, let second = Self.number(units, 17, 2), second < 60,
            let fraction = Self.number(units, 20, 3)
        else { return nil }
        milliseconds =
            Int64(Self.days(fromYear: year, month: month, day: day)) * 86_400_000
            + Int64(((hour * 60 + minute) * 60 + second) * 1000 + fraction)
    }

    @inline(__always)
    private static func number(_ units: Span<UInt8>, _ start: Int, _ digits: Int) -> Int? {
        guard start + digits <= units.count else { return nil }
        var value = 0
        for place in start..<start + digits {
            let digit = units[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// Reads ISO 8601 with or without a fraction; a time without zone is UTC; a leap second is the second after.
    ///
    /// Accepts `2025-10-09T08:54:20`, `…20.123456Z`, `…20+10:00`, `…20+1000`, a blank instead of `T`, and a bare date.
    public init?(iso8601 text: String) {
        let units = text.utf8Span.span
        if let time = Timestamp(canonical: units) {
            self = time
        } else {
            self.init(lenient: units)
        }
    }

    private init?(lenient units: Span<UInt8>) {
        var reader = Reader()
        guard let year = reader.number(4, units), year >= 1, reader.take("-", units),
            let month = reader.number(2, units), (1...12).contains(month), reader.take("-", units),
            let day = reader.number(2, units), (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        var inDay: Int64 = 0
        if reader.at < units.count {
            guard reader.take("T", units) || reader.take("t", units) || reader.take(" ", units),
                let time = reader.timeOfDay(units)
            else { return nil }
            inDay = time
        }
        guard reader.at == units.count else { return nil }
        let value = Int64(Self.days(fromYear: year, month: month, day: day)) * 86_400_000 + inDay
        guard Self.range.contains(value) else { return nil }
        milliseconds = value
    }

    /// A place in the text of a time.
    private struct Reader {
        var at = 0

        mutating func number(_ digits: Int, _ units: Span<UInt8>) -> Int? {
            guard let value = Timestamp.number(units, at, digits) else { return nil }
            at += digits
            return value
        }

        mutating func take(_ character: Unicode.Scalar, _ units: Span<UInt8>) -> Bool {
            guard at < units.count, units[at] == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }

        /// Milliseconds from midnight UTC, the zone taken off.
        mutating func timeOfDay(_ units: Span<UInt8>) -> Int64? {
            guard let hour = number(2, units), hour < 24, take(":", units), let minute = number(2, units), minute < 60
            else { return nil }
            var second = 0
            if take(":", units) {
                guard let value = number(2, units), value <= 60 else { return nil }
                second = value
            }
            var inDay = Int64(hour * 3600 + minute * 60 + second) * 1000
            if take(".", units) || take(",", units) {
                guard let fraction = fraction(units) else { return nil }
                inDay += fraction
            }
            if take("Z", units) || take("z", units) || at == units.count { return inDay }
            let east: Int64
            if take("+", units) { east = 1 } else if take("-", units) { east = -1 } else { return nil }
            guard let hours = number(2, units), hours < 24 else { return nil }
            var minutes = 0
            if at < units.count {
                _ = take(":", units)
                guard let value = number(2, units), value < 60 else { return nil }
                minutes = value
            }
            return inDay - east * Int64(hours * 60 + minutes) * 60_000
        }

        /// Milliseconds; further digits are dropped.
        private mutating func fraction(_ units: Span<UInt8>) -> Int64? {
            var (scale, sum, any) = (Int64(100), Int64(0), false)
            while at < units.count, case let digit = units[at] &- UInt8(ascii: "0"), digit < 10 {
                sum += Int64(digit) * scale
                scale /= 10
                at += 1
                any = true
            }
            return any ? sum : nil
        }
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
