import HubModel
import TestRandom
import Testing

@testable import HubTemplates

@Suite struct PayloadFilterTests {
    static let context: JSON = [
        "none": .null, "num": "+61412345678", "at": "2025-10-09T08:54:20.000Z", "later": "2025-10-09T09:55:20.500Z",
        "text": "Grüße, O'Neill & Søn", "odd": "“Smart” – quotes…",
        "order": ["b": 1, "a": ["x": [10, 20, .null]], "c": .null],
        "turns": [
            ["role": "agent", "text": "Hello", "s": 3], ["role": "customer", "text": "Hi", "s": 4],
            ["role": "agent", "text": "Bye"],
        ],
    ]

    /// What an expression gives, as JSON text; `omit` and failures in words.
    static func evaluate(_ source: String) -> String {
        guard case .object(let object) = context else { return "no context" }
        var options = TemplateOptions()
        options.undefined = .hub
        do throws(TemplateError) {
            let json = try Expression.compile(source, options: options).json(.object(object))
            return json?.text ?? "omit"
        } catch {
            return "error: \(error.message)"
        }
    }

    @Test(arguments: [
        // International form with the groups of the country, and without where they are not known.
        (#"num|phone"#, #""+61 412 345 678""#),
        (#"num|phone("national")"#, #""0412 345 678""#),
        (#"num|phone("e164")"#, #""+61412345678""#),
        (#""(02) 9000 1234"|phone("national", "AU")"#, #""(02) 9000 1234""#),
        (#""02 9000 1234"|phone(region="AU")"#, #""+61 2 9000 1234""#),
        (#""1300 123 456"|phone("national", "AU")"#, #""1300 123 456""#),
        (#""+1 (415) 555-0123"|phone("national")"#, #""(415) 555-0123""#),
        (#""+442079460123"|phone"#, #""+44 20 7946 0123""#),
        (#""+358401234567"|phone"#, #""+358 401234567""#),
        (#""+64 21 123 4567"|phone("national")"#, #""021 123 4567""#),
        // Without a country nothing is invented, and what is no number stays.
        (#""0412 345 678"|phone"#, #""0412 345 678""#),
        (#""anonymous"|phone"#, #""anonymous""#),
        (#""sip:bob@example.com"|phone("national", "AU")"#, #""sip:bob@example.com""#),
        (#"none|phone"#, "null"),
        (#""+61 2 9000 1234 ext. 12"|phone"#, #""+61 2 9000 1234 ext. 12""#),
        (#""0412 345 678"|e164("AU")"#, #""+61412345678""#),
        (#""61412345678"|e164("AU")"#, #""+61412345678""#),
        (#""0011 64 21 123 4567"|e164("AU")"#, #""+64211234567""#),
        (#""+61 (0)412 345 678"|e164"#, #""+61412345678""#),
        (#""4155550123"|e164("us")"#, #""+14155550123""#),
        (#""0412 345 678"|e164|default("none")"#, #""none""#),
        (#""anonymous"|e164("AU")|default(none)"#, "null"),
        (
            #""0412 345 678"|e164"#,
            #"error: "0412 345 678"|e164 is undefined: it has no country code; name the region, as in e164("AU")"#
        ),
        (#""+999123"|e164"#, #"error: "+999123"|e164 is undefined: it is not a phone number"#),
        (#"num|phone("nationl")"#, #"error: phone does not know the format "nationl"; did you mean "national"?"#),
        (
            #"num|e164("Australia")"#,
            #"error: e164 does not know the region "Australia"; known are the two letters of ISO 3166, such as "AU""#
        ),
        (#"num|digits"#, #""61412345678""#),
        (#"num|mask"#, #""+*******5678""#),
        (#""+61 412 345 678"|mask(3, "x")"#, #""+xx xxx xxx 678""#),
        (#""1234"|mask"#, #""****""#),
        (#"[1]|phone"#, "error: phone needs text, not a list"),
        (#"raw.number|phone"#, "error: raw.number is undefined: raw is undefined"),
    ])
    func `Phone numbers are written as far as they are known`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#"at|iso8601"#, #""2025-10-09T08:54:20.000Z""#),
        (#""2025-10-09 19:54:20+1100"|iso"#, #""2025-10-09T08:54:20.000Z""#),
        (#""2025-10-09T08:54:20"|iso"#, #""2025-10-09T08:54:20.000Z""#),
        (#"at|iso8601("Australia/Sydney")"#, #""2025-10-09T19:54:20.000+11:00""#),
        (#"1760000060|iso8601"#, #""2025-10-09T08:54:20.000Z""#),
        (#"none|iso8601"#, "null"),
        (#"at|datetime"#, #""2025-10-09 08:54""#),
        (#"at|datetime("%-d %B %Y, %-I:%M %p", "Australia/Sydney")"#, #""9 October 2025, 7:54 PM""#),
        (#"at|in_tz("America/New_York")|datetime("%H:%M %:z")"#, #""04:54 -04:00""#),
        (#"at|datetime("rfc2822")"#, #""Thu, 09 Oct 2025 08:54:20 +0000""#),
        (#"at|format_time("%j %u %L %f %s %%")"#, #""282 4 000 000000 1760000060 %""#),
        (#"at|in_tz("Asia/Kolkata")"#, #""2025-10-09T14:24:20.000+05:30""#),
        (
            #"at|in_tz("Australia/Sidney")"#,
            #"error: in_tz does not know the time zone "Australia/Sidney"; did you mean "Australia/Sydney"?"#
        ),
        (
            #"at|in_tz("sydney")"#,
            #"error: in_tz does not know the time zone "sydney"; did you mean "Australia/Sydney"?"#
        ),
        (
            #""soon"|datetime"#,
            #"error: datetime cannot read "soon" as a time: give ISO 8601 or Unix time, or read it with parse_time"#
        ),
        (#""31/12/2025 18:30"|parse_time("%d/%m/%Y %H:%M", "Australia/Perth")"#, #""2025-12-31T10:30:00.000Z""#),
        (#""Oct 9, 2025 7:05 pm"|parse_time("%b %d, %Y %I:%M %p")"#, #""2025-10-09T19:05:00.000Z""#),
        (#""31/02/2025"|parse_time("%d/%m/%Y")|default("no")"#, #""no""#),
        (#""x"|parse_time"#, #"error: "x"|parse_time is undefined: it is neither ISO 8601 nor Unix time"#),
        (#""1760000060"|parse_time"#, #""2025-10-09T08:54:20.000Z""#),
        // In the hour that occurs twice the earlier moment is meant; in the one that is skipped, clocks run on.
        (#""2025-04-06 02:30"|parse_time(tz="Australia/Sydney")"#, #""2025-04-05T15:30:00.000Z""#),
        (#""2025-10-05 02:30"|parse_time(tz="Australia/Sydney")"#, #""2025-10-04T16:30:00.000Z""#),
        (#"at|add(days=1, hours=-2)"#, #""2025-10-10T06:54:20.000Z""#),
        (#""2024-01-31T10:00:00Z"|add(months=1)"#, #""2024-02-29T10:00:00.000Z""#),
        (#"at|in_tz("Australia/Sydney")|add(minutes=1.5)"#, #""2025-10-09T19:55:50.000+11:00""#),
        (#"at|add(years=9000)"#, "error: add leads outside the years 1 to 9999"),
        (#"later|diff(at)"#, "3660.5"),
        (#"at|diff(later, "minutes")|round(1)"#, "-61.0"),
        (#"at|diff("2025-10-08T08:54:20Z", "days")"#, "1"),
        (#"at|diff(none)"#, "null"),
        (#"at|diff(later, "minuts")"#, #"error: diff does not know the unit "minuts"; did you mean "minutes"?"#),
        (
            #"at|diff(later, "fortnights")"#,
            #"error: diff does not know the unit "fortnights"; known are "seconds", "minutes", "hours", "days", "weeks", "milliseconds""#
        ),
        (#"at|unix"#, "1760000060"),
        (#"later|epoch_ms"#, "1760003720500"),
        (#"125|duration"#, #""2m 5s""#),
        (#"0|duration"#, #""0s""#),
        (#"90061|duration"#, #""1d 1h 1m 1s""#),
        (#"125.6|duration("h:mm:ss")"#, #""0:02:06""#),
        (#"7325|duration("m:ss")"#, #""122:05""#),
        (#"3661|duration("words")"#, #""1 hour 1 minute 1 second""#),
        (#"3661|duration("iso")"#, #""PT1H1M1S""#),
        (#"-5|duration"#, #""-5s""#),
        (
            #"5|duration("hh:xx")"#,
            #"error: the duration format does not know "x"; write it with d, h, m and s, as "h:mm:ss", or "words" or "iso""#
        ),
    ])
    func `Times are ISO 8601 and never in the server's zone`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#""abc"|sha256"#, #""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#),
        (#""abc"|sha1("base64")"#, #""qZk+NkcGgWq6PiVxeFDCbJzQ2J0=""#),
        (
            #""what do ya want for nothing?"|hmac("Jefe")"#,
            #""5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843""#
        ),
        (
            #""what do ya want for nothing?"|hmac("Jefe", "sha1", "hex")"#,
            #""effcdf6ae5eb2fa2d27416d5f184df9c259a7c79""#
        ),
        (#""a"|hmac("")"#, "error: hmac needs a key; the one given is empty"),
        (#""a"|hmac("k", "sha265")"#, #"error: hmac does not know the algorithm "sha265"; did you mean "sha256"?"#),
        (#""Grüße?>"|base64"#, #""R3LDvMOfZT8+""#),
        (#""Grüße?>"|base64url"#, #""R3LDvMOfZT8-""#),
        (#""R3LDvMOfZT8-"|unbase64"#, #""Grüße?>""#),
        (#""R3LDvMOfZT8+"|unbase64"#, #""Grüße?>""#),
        (#""YQ=="|unbase64 ~ ("YQ"|unbase64)"#, #""aa""#),
        (#""****"|unbase64|default("no")"#, #""no""#),
        (#""/w=="|unbase64"#, #"error: "/w=="|unbase64 is undefined: what it holds is not UTF-8 text"#),
        (#""é"|hex"#, #""c3a9""#),
        (#""a/b c"|urlsegment"#, #""a%2Fb%20c""#),
        (#"{"a": 1, "b": "x y", "c": none, "d": [1, true]}|querystring"#, #""a=1&b=x%20y&d=1&d=true""#),
        (#""<a b='c'>&\""|escape_xml"#, #""&lt;a b=&#39;c&#39;&gt;&amp;&quot;""#),
        (#"["a", "b,c", "d\"e", none, 1.5, " f"]|csv_row"#, ##""a,\"b,c\",\"d\"\"e\",,1.5,\" f\"""##),
        (#"["a;b", 2]|csv_row(";")"#, ##""\"a;b\";2""##),
        (#"["a"]|csv_row("ab")"#, #"error: csv_row needs one character as separator, such as "," or ";""#),
    ])
    func `Hashes and codes are exact`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#"text|slug"#, #""grusse-oneill-son""#),
        (#"text|slug("_")"#, #""grusse_oneill_son""#),
        (#"odd|ascii"#, ##""\"Smart\" - quotes...""##),
        (#""日本"|ascii("?")"#, #""??""#),
        (#""x"|prefix("+") ~ (""|prefix("+")) ~ ("x"|suffix("!"))"#, #""+xx!""#),
        (#"none|prefix("+")"#, "null"),
        (#""a,b,,c"|split(",")"#, #"["a","b","","c"]"#),
        (#""a,b,c"|split(",", 1)"#, #"["a","b,c"]"#),
        (#"" a  b "|split"#, #"["a","b"]"#),
        (#""a"|split("")"#, "error: split needs a separator that is not empty"),
        (#""Grüße"|truncate_bytes(6)"#, #""Grü...""#.replacing("ü", with: "")),
        (#""Grüße"|truncate_bytes(4, "")"#, #""Grü""#),
        (#""Grüße"|truncate_bytes(7)"#, #""Grüße""#),
        (#""ab"|truncate_bytes(1, "...")"#, #""a""#),
    ])
    func `Text is cut and joined by characters`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#"order|json"#, ##""{\"b\":1,\"a\":{\"x\":[10,20,null]},\"c\":null}""##),
        (#"{"a": [1, omit], "b": 1.0}|json(2)"#, ##""{\n  \"a\": [\n    1\n  ],\n  \"b\": 1.0\n}""##),
        (#"order.zz|json"#, #"error: order.zz is undefined: order has no member "zz""#),
        (#"('{"a": 1}'|fromjson).a"#, "1"),
        (#"'{a}'|fromjson|default("bad")"#, #""bad""#),
        (#"order|pick("c", "b", "zz")"#, #"{"c":null,"b":1}"#),
        (#"order|pick(["a"])|without("a")"#, "{}"),
        (#"order|merge({"b": 2, "a": {"y": 1}})"#, #"{"b":2,"a":{"y":1},"c":null}"#),
        (#"order|merge({"a": {"y": 1}}, deep=true)"#, #"{"b":1,"a":{"x":[10,20,null],"y":1},"c":null}"#),
        (#"order|compact"#, #"{"b":1,"a":{"x":[10,20,null]}}"#),
        (#"[1, none, "", 0]|compact"#, #"[1,"",0]"#),
        (#"[1, [2, [3]]]|flatten"#, "[1,2,3]"),
        (#"[1, [2, [3]]]|flatten(1)"#, "[1,2,[3]]"),
        (#"order|get("a.x[1]")"#, "20"),
        (#"order|get("a.x[9]", "none")"#, #""none""#),
        (#"order|get("a.y")"#, #"error: get("a.y") is undefined: an object has nothing there"#),
        (#"order|get("a..y")"#, #"error: get cannot follow the path "a..y"; write it as "a.b[0]""#),
        (#"raw.a.b|coalesce(none, "x")"#, #""x""#),
        (#"none|ifnull(5)"#, "5"),
        (#"0|ifnull(5)"#, "0"),
        (#"none|required("who called?")"#, "error: who called?"),
        (#"raw.a|required"#, "error: raw.a is undefined: raw is undefined"),
        (#"[raw.a|truthy, ""|truthy, "x"|truthy]"#, "[false,false,true]"),
        (#""won"|map_value({"won": 5, "lost": 6})"#, "5"),
        (#""open"|map_value({"won": 5}, 0)"#, "0"),
        (#""open"|map_value({"won": 5})"#, #"error: "open"|map_value is undefined: the values have no such name"#),
    ])
    func `Objects keep their order and say what they lack`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#"turns|where("role", "eq", "agent")|map(attribute="text")|list"#, #"["Hello","Bye"]"#),
        (#"turns|where("role", value="customer")|length"#, "1"),
        (#"turns|where("s")|length"#, "2"),
        (#"turns|where("s", "ge", 4)|length"#, "1"),
        (#"turns|where("s", "undefined")|length"#, "1"),
        (
            #"turns|where("role", "agent")"#,
            #"error: where: there is no test "agent"; to compare write where(path, "eq", value)"#
        ),
        (#"(turns|find("role", value="customer")).text"#, #""Hi""#),
        (#"turns|find("role", value="tool")|default("nobody")"#, #""nobody""#),
        (#"[turns|any("s", "gt", 3), turns|all("s", "gt", 3), []|any, []|all]"#, "[true,false,false,true]"),
        (#"turns|index_by("role")|map_value({})|default(1)"#, "1"),
        (#"(turns|index_by("role")).agent.text"#, #""Bye""#),
        (#"turns|index_by("s")"#, "error: index_by: element 3 of 3 has nothing at the path that can be a name"),
        (#"[1, 2, 3]|zip(["a", "b"])"#, #"[[1,"a"],[2,"b"]]"#),
        (#"turns|sum_by("s")"#, "7"),
        (#"turns|sum_by("text")"#, "error: sum_by: element 1 of 3 has a string there, not a number"),
    ])
    func `Lists are searched by path and test`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#"1234567.5|currency"#, #""$1,234,567.50""#),
        (#"-0.005|currency"#, #""-$0.01""#),
        (#"1.005|currency"#, #""$1.01""#),
        (#""1234.5"|currency("EUR ", 0, ".", ",")"#, #""EUR 1.235""#),
        (#"none|currency"#, "null"),
        (#""x"|currency"#, #"error: currency needs a number, not "x""#),
        (#"2.5|round_half_up"#, "3"),
        (#"-2.5|round_half_up"#, "-3"),
        (#"1.005|round_half_up(2)"#, "1.01"),
        (#"1250|round_half_up(-2)"#, "1300"),
        (#"99.99|round_half_up(1)"#, "100.0"),
        (#"0.4|round_half_up"#, "0"),
    ])
    func `Money is rounded on its decimal digits`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        (#""Call 12 of 345"|regex_find("\\d+")"#, #""12""#),
        (#""Call 12 of 345"|regex_find("(\\d+) of (?<all>\\d+)", "all")"#, #""345""#),
        (#""abc"|regex_find("x")|default("none")"#, #""none""#),
        (#""aXbxc"|regex_replace("x", "-", ignorecase=true)"#, #""a-b-c""#),
        (#""Doe, Jane"|regex_replace("(\\w+), (\\w+)", "$2 $1 costs $$5")"#, #""Jane Doe costs $5""#),
        (#""abc"|regex_replace("", "-")"#, #""-a-b-c-""#),
        (#""aaa"|regex_replace("a", "b", 2)"#, #""bba""#),
        (
            #"["+61412"|regex_match("^\\+61"), none|regex_match("a"), "x\ny"|regex_match("(?m)^y$")]"#,
            "[true,false,true]"
        ),
        (#""Größe"|regex_match("(?i)GRÖSSE|GRÖßE")"#, "true"),
        (#""a"|regex_match("(a")"#, #"error: regex_match: wrong pattern at character 1: "(" without ")""#),
        (
            #""a"|regex_match("(?=a)")"#,
            "error: regex_match: wrong pattern at character 1: only groups, (?:groups) and (?<named>groups) are supported, no looking ahead or behind"
        ),
        (
            #""a"|regex_match("(a)\\1")"#,
            "error: regex_match: wrong pattern at character 4: back references are not supported"
        ),
        (
            #""a"|regex_replace("a", "$1")"#,
            #"error: regex_replace: the pattern has no group "1"; write a dollar itself as "$$""#
        ),
    ])
    func `Regular expressions find and replace`(source: String, expected: String) {
        #expect(Self.evaluate(source) == expected)
    }

    @Test(arguments: [
        ("a|ab", "ab", 0..<1), ("(?:a|ab)c", "abc", 0..<3), ("a*?b", "aab", 0..<3), ("[^a-c]+", "abxyc", 2..<4),
        ("\\bfoo\\b", "a foo b", 2..<5), ("a{2,3}", "aaaa", 0..<3), ("(a*)*b", "aab", 0..<3), ("(|a)*", "aa", 0..<0),
        ("(a|b*)*c", "abbac", 0..<5), ("x*", "aaa", 0..<0),
        ("[\\]\\-x]", "-", 0..<1), ("[]x]", "]", 0..<1), ("\\x41\\u00e9", "Aé", 0..<2), ("(?s).", "\n", 0..<1),
        ("(|a)+", "aa", 0..<0), ("$", "ab", 2..<2), ("(?i)ÀB", "àb", 0..<2),
    ])
    func `The leftmost match is the one a backtracking engine takes`(pattern: String, text: String, range: Range<Int>)
        throws
    {
        var budget = 100_000
        let match = try LinearRegex(pattern).firstMatch(in: Array(text.unicodeScalars), budget: &budget)
        #expect(match?.range == range)
    }

    @Test(arguments: ["^(a*)*$", "^(a|aa)+$", "^(a|a?)+$", "(.*)(.*)(.*)(.*)(.*)x"])
    func `Patterns that make others exponential take linear work`(pattern: String) throws {
        let text = Array((String(repeating: "a", count: 5000) + "b").unicodeScalars)
        let regex = try LinearRegex(pattern)
        let allowed = 4 * regex.program.count * (text.count + 2)
        var budget = allowed
        #expect(regex.firstMatch(in: text, captures: false, budget: &budget) == nil)
        #expect(budget > 0, "used all of \(allowed)")
    }

    @Test(arguments: [
        "((a{1000}){1000}){1000}", String(repeating: "(", count: 900), "a{2000}", "[z-a]", "a**", "\\q", "[", "a{2",
        "*", ")", "\\", String(repeating: "()", count: 51),
    ])
    func `Hostile patterns are refused`(pattern: String) {
        #expect(throws: LinearRegex.Failure.self) { try LinearRegex(pattern) }
    }

    @Test(arguments: [
        "('a' * 9000)|regex_replace('a', 'bbbb')", "('ab' * 4000)|regex_match('(a|b|ab){200}c')",
        "('a,' * 4000)|split(',')", "('a' * 9000)|hex", "('é' * 4000)|urlsegment", "range(900)|list|json(16)",
        "('a' * 10000)|base64", "'ab'|slug('-' * 9000) ~ ('a b c'|slug('-' * 9000))", "'aé'|ascii('x' * 9000)",
        "range(900)|list|csv_row ~ (['\"' * 9000]|csv_row)",
    ])
    func `No filter outgrows the limits`(source: String) {
        var options = TemplateOptions()
        options.undefined = .hub
        (options.limits.string, options.limits.elements, options.limits.steps) = (10_000, 1000, 5000)
        #expect {
            _ = try Expression.compile(source, options: options).evaluate(.object([:]))
        } throws: { error in
            (error as? TemplateError)?.kind == .limit
        }
    }

    @Test func `Random patterns and texts never trap`() {
        var random = SeededRandom(7)
        let letters = Array("ab().*+?[]{}|^$\\-,0129:<>=!dwsbxué\n".unicodeScalars)
        for _ in 0..<3000 {
            let pattern = Scalars.string(
                (0..<Int.random(in: 1...12, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
            let text = (0..<20).compactMap { _ in letters.randomElement(using: &random) }
            guard let regex = try? LinearRegex(pattern) else { continue }
            var budget = 100_000
            if let match = regex.firstMatch(in: text, budget: &budget) {
                #expect(match.groups.count == regex.groupCount + 1)
                #expect(match.range.upperBound <= text.count)
            }
        }
    }

    @Test func `Random text in every filter gives a value or an error`() throws {
        var random = SeededRandom(11)
        let words = [
            "", "0", "-1", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00", "+", "+61", "1e400", "é", "[",
            "\u{0}", "253402300799", "nan",
        ]
        let arguments = [
            "", "'%Y'", "1", "-1", "9223372036854775807", "none", "'Pacific/Kiritimati'", "[1]", "{}", "'x', 'y'",
            "'x', 3", "true",
        ]
        var options = TemplateOptions()
        options.undefined = .hub
        var answers = 0
        for filter in PayloadFilters.all {
            for _ in 0..<40 {
                let value = words.randomElement(using: &random).map { JSON.string($0) } ?? .null
                let argument = arguments.randomElement(using: &random) ?? ""
                do throws(TemplateError) {
                    let expression = try Expression.compile(
                        "(v|\(filter.name)(\(argument)))|default(0)", options: options)
                    _ = try expression.evaluate(.object(["v": value]))
                    answers += 1
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
        #expect(answers > 100)
    }

    @Test func `Every filter is named once and has its line of help`() {
        let names = PayloadFilters.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(PayloadFilters.all.allSatisfy { !$0.help.isEmpty })
        let standard = Set(StandardFilters.all.map(\.name))
        #expect(names.filter { standard.contains($0) } == [])
    }
}
