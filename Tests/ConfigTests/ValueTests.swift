import HubModel
import Testing

@testable import HubConfig

@Suite struct ValueTests {
    private func read<Value: ConfigValue>(_ type: Value.Type, _ text: String) throws -> Value? {
        var problems = Diagnostics()
        let value = Value.read(try #require(try node("a: \(text)\n")["a"]), &problems)
        #expect((value == nil) == problems.hasErrors)
        return value
    }

    @Test(
        arguments: [
            ("10s", .seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7200)), ("7d", .seconds(604_800)),
            ("250ms", .milliseconds(250)), ("0s", .zero), ("'10s'", .seconds(10)), ("10 s", .seconds(10)), ("10", nil),
            ("-1s", nil), ("1.5s", nil), ("s", nil), ("10S", nil), ("1h30m", nil), ("36501d", nil),
            ("36500d", .seconds(36_500 * 86_400)), ("99999999999999999999ms", nil), ("[1s]", nil), ("~", nil),
            ("１０s", nil),
        ] as [(String, Duration?)])
    func `durations have units and bounds`(text: String, expected: Duration?) throws {
        #expect(try read(Duration.self, text) == expected)
    }

    @Test(
        arguments: [
            ("512B", 512), ("64KB", 65_536), ("2MB", 2_097_152), ("1gb", 1 << 30), ("1TiB", 1 << 40), ("3 KiB", 3072),
            ("64", nil), ("1.5MB", nil), ("-1B", nil), ("9999999TB", nil), ("8388607TB", 8_388_607 << 40), ("KB", nil),
        ] as [(String, Int?)])
    func `sizes have units and bounds`(text: String, expected: Int?) throws {
        #expect(try read(ByteSize.self, text)?.bytes == expected)
    }

    @Test(
        arguments: [
            ("100/min", Rate(100, per: .seconds(60))), ("5/s", Rate(5, per: .seconds(1))),
            ("1 / h", Rate(1, per: .seconds(3600))),
            ("0/s", nil), ("5", nil), ("5/", nil), ("/s", nil), ("-5/s", nil), ("5/s/s", nil), ("5/y", nil),
        ] as [(String, Rate?)])
    func `rates are counts in a stretch of time`(text: String, expected: Rate?) throws {
        #expect(try read(Rate.self, text) == expected)
        #expect(Rate(120, per: .seconds(60)).perSecond == 2)
    }

    @Test(arguments: [
        (Duration.seconds(90), "90s"), (.seconds(3600), "1h"), (.milliseconds(1500), "1500ms"), (.zero, "0s"),
        (.seconds(172_800), "2d"),
    ])
    func `durations are written in the largest unit that fits`(duration: Duration, text: String) throws {
        #expect(duration.configText == text)
        #expect(try read(Duration.self, text) == duration)
    }

    @Test func `sizes and rates are written as they are read`() {
        #expect(
            [ByteSize.megabytes(8), .kilobytes(1500), ByteSize(bytes: 1), ByteSize(bytes: 0)].map(\.configText) == [
                "8MB", "1500KB", "1B", "0B",
            ])
        #expect([Rate(5, per: .seconds(1)), Rate(9, per: .seconds(60))].map(\.configText) == ["5/s", "9/min"])
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"), ("::1", "::1"), ("::", "::"), ("::ffff:192.0.2.1", "::ffff:c000:201"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("fe80::1:0:0:1", "fe80::1:0:0:1"), ("1::8/127", "1::8/127"),
            ("127.1", nil), ("0x7f.0.0.1", nil), ("010.0.0.1", nil), ("10.0.0.0/33", nil), ("10.0.0.0/", nil),
            ("10.0.0.0/08", nil),
            ("1::2::3", nil), ("1:2:3:4:5:6:7", nil), ("1:2:3:4:5:6:7:8:9", nil), ("::12345", nil),
            ("fe80::1%eth0", nil), (":1:2", nil),
            ("1:2:3:4:5:6:7::8:9", nil), ("::1/129", nil), ("::+1", nil), ("", nil), ("256.0.0.1", nil),
            ("::1.2.3", nil), ("1:", nil),
        ] as [(String, String?)])
    func `networks are read strictly and written canonically`(text: String, expected: String?) {
        #expect(IPNetwork(text)?.configText == expected)
    }

    @Test func `a network contains its addresses and no others`() throws {
        let network = try #require(IPNetwork("10.128.0.0/9"))
        #expect(network.contains([10, 128, 0, 0]))
        #expect(network.contains([10, 255, 255, 255]))
        #expect(!network.contains([10, 127, 255, 255]))
        #expect(!network.contains([UInt8](repeating: 0, count: 16)))
        #expect(try #require(IPNetwork("::/0")).contains([UInt8](repeating: 7, count: 16)))
    }

    @Test(
        arguments: [
            ("https://example.com", "https|example.com||"),
            ("HTTP://Example.com:8080/a?b", "http|example.com|8080|/a?b"),
            ("http://[::1]:80/x", "http|[::1]|80|/x"), ("https://h?x", "https|h||?x"), ("ftp://x", nil),
            ("https://", nil),
            ("https://u@h", nil), ("https://h:0", nil), ("https://h:65536", nil), ("https://h:", nil),
            ("https://h:+1", nil), ("https://a b", nil),
            ("https://h\\x", nil), ("//h", nil), ("https://[::1", nil), ("https://[1.2.3.4]", nil), ("https:///x", nil),
            ("https://[::1]x", nil),
        ] as [(String, String?)])
    func `a URL is absolute and plain`(text: String, expected: String?) {
        let url = URLText(text)
        let parts = url.map { "\($0.scheme)|\($0.host)|\($0.port.map(String.init) ?? "")|\($0.path)" }
        #expect(parts == expected)
    }

    @Test func `text is taken as it is spelled`() throws {
        for (text, expected) in [("1.10", "1.10"), ("0123", "0123"), ("no", "no"), ("true", "true"), ("'x'", "x")] {
            #expect(try read(String.self, text) == expected)
        }
        for (text, expected) in [
            ("1.10", "1.10"), ("0123", "0123"), ("none", "none"), ("true", "true"), ("'xy z'", "xy z"),
        ] {
            #expect(try read(Secret.self, text)?.revealed() == expected)
        }
        #expect(try read(String.self, "~") == nil)
        #expect(try read(String.self, "[a]") == nil)
    }

    @Test func `one value or a list of them`() throws {
        #expect(try read([String].self, "x") == ["x"])
        #expect(try read([String].self, "[x, y]") == ["x", "y"])
        #expect(try read([Int].self, "[]") == [])
        #expect(try read([Int].self, "[1, x]") == nil)
    }

    @Test func `a mapping keeps the order of the file`() throws {
        let named = try #require(try read(Named<Int>.self, "{z: 1, a: 2, m: 3}"))
        #expect(named.entries.map(\.name) == ["z", "a", "m"])
        #expect(named["a"] == 2)
        #expect(named.entries[1].nameSpan.start.column == 11)
    }

    @Test(
        arguments: [
            ("toleranse", "tolerance"), ("secert", "secret"), ("max-attempts", "max_attempts"), ("Secret", "secret"),
            ("url", "url"),
            ("ulr", "url"), ("x", nil), ("zzzzzzzz", nil), ("", nil), ("tolerancetolerance", nil),
            ("maxattempts", "max_attempts"),
        ] as [(String, String?)])
    func `the nearest word is offered when it is near`(word: String, expected: String?) {
        #expect(nearest(word, in: ["secret", "tolerance", "max_attempts", "url"]) == expected)
    }
}
