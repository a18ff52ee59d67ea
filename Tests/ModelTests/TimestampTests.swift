import HubModel
import TestRandom
import Testing

@Suite("Times")
struct TimestampTests {
    @Test(
        "every usual ISO 8601 spelling reads as UTC",
        arguments: [
            ("2025-10-09T08:54:20.000Z", "2025-10-09T08:54:20.000Z"),
            ("2025-10-09T08:54:20Z", "2025-10-09T08:54:20.000Z"),
            ("2025-10-09T08:54:20", "2025-10-09T08:54:20.000Z"), ("2025-10-09 08:54", "2025-10-09T08:54:00.000Z"),
            ("2025-10-09", "2025-10-09T00:00:00.000Z"), ("2025-10-09T08:54:20.1234567Z", "2025-10-09T08:54:20.123Z"),
            ("2025-10-09T08:54:20+10:30", "2025-10-08T22:24:20.000Z"),
            ("2025-10-09T08:54:20-0500", "2025-10-09T13:54:20.000Z"),
            ("2025-10-09t08:54:20,5z", "2025-10-09T08:54:20.500Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"), ("2038-01-19T03:14:08Z", "2038-01-19T03:14:08.000Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ])
    func reads(text: String, expected: String) {
        #expect(Timestamp(iso8601: text)?.description == expected)
    }

    @Test(
        "what is not a time is nil",
        arguments: [
            "", "now", "2025-13-01", "2025-02-29", "2025-10-09T24:00:00Z", "2025-10-09T08:60:00Z",
            "2025-10-09T08:54:61Z",
            "12025-10-09T08:54:20Z", "2025-10-09T08:54:20.Z", "2025-10-09T08:54:20+25:00", "2025-10-09T08:54:20Zx",
            "0000-01-01", "0001-01-01T00:00:00+01:00", "2025-10-09T08:54:20+",
        ])
    func refuses(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test(
        "Unix time is read by magnitude",
        arguments: [
            (1_760_000_060.0, "2025-10-09T08:54:20.000Z"), (1_760_000_060_123.0, "2025-10-09T08:54:20.123Z"),
            (1_760_000_041.5, "2025-10-09T08:54:01.500Z"), (0, "1970-01-01T00:00:00.000Z"),
        ])
    func unix(value: Double, expected: String) {
        #expect(Timestamp(unix: value)?.description == expected)
    }

    @Test("absurd Unix times are nil", arguments: [Double.infinity, .nan, 1e300, -1e17])
    func absurd(value: Double) {
        #expect(Timestamp(unix: value) == nil)
    }

    @Test("every day of four centuries prints and reads back")
    func calendar() {
        for day in stride(from: Int64(-62_135_596_800_000), through: -49_500_000_000_000, by: 86_400_000) {
            let time = Timestamp(milliseconds: day)
            #expect(Timestamp(iso8601: time.description) == time)
        }
    }
}

@Suite("Phone numbers")
struct PhoneNumberTests {
    @Test(
        "separators go, everything else stays",
        arguments: [
            ("+61 491 570 006", "+61491570006"), ("(02) 5550-0001", "0255500001"), ("555.123.4567", "5551234567"),
            ("anonymous", "anonymous"), ("sip:bob@example.com", "sip:bob@example.com"),
            ("+1-800-FLOWERS", "+1-800-FLOWERS"),
            ("12345", "12345"), (" +1 (555) 123-4567 ", "+15551234567"), ("++15", "+15"), ("5+5", "5+5"),
        ])
    func normalizes(text: String, expected: String) {
        #expect(PhoneNumber.normalized(text) == expected)
    }

    @Test("nothing is nil")
    func nothing() {
        #expect(PhoneNumber.normalized("  ") == nil)
    }

    @Test("any moment reads back from its text", arguments: UInt64(1)...3)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<2000 {
            let time = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            if Timestamp(iso8601: time.description) != time { Issue.record("\(time.milliseconds)") }
        }
    }
}
