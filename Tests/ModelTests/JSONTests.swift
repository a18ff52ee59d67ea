import HubModel
import TestRandom
import Testing

@Suite("JSON values")
struct JSONTests {
    @Test(
        "what comes in goes out digit for digit and in order",
        arguments: [
            #"null"#, #"true"#, #"[]"#, #"{}"#, #"0.10"#, #"1.0"#, #"1"#, #"-0"#, #"1e400"#, #"-1.5E-7"#,
            #"9223372036854775807"#, #"-9223372036854775808"#, #"9223372036854775808"#,
            #"123456789012345678901234567890"#,
            #"{"b":1,"a":[true,false,null],"b":2}"#, #""é \"q\" \\ \n""#, #""\u0001""#,
        ])
    func roundTrip(text: String) throws {
        #expect(try JSON(parsing: text).text == text)
    }

    @Test(
        "escapes read as what they mean",
        arguments: [
            (#""\u0041\/\b\f\n\r\t""#, "A/\u{8}\u{c}\n\r\t"), (#""\ud83d\ude00""#, "😀"), (#""\ud800x""#, "\u{FFFD}x"),
            (#""\udc00""#, "\u{FFFD}"), (#""a\u0000b""#, "a\0b"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
        ])
    func escapes(text: String, expected: String) throws {
        #expect(try JSON(parsing: text) == .string(expected))
    }

    @Test(
        "anything that is not RFC 8259 is refused at its byte",
        arguments: [
            ("", 0, "the text ends where a value was expected"),
            ("[1,]", 3, "\"]\" where a value was expected"),
            ("{\"a\":1,}", 7, "expected a member name in double quotes"),
            ("{\"a\" 1}", 5, "expected \":\" after a member name"),
            ("[1 2]", 3, "expected \",\" or \"]\" after an array element"),
            ("01", 1, "a number with a leading zero"),
            ("-", 1, "expected a digit after \"-\""),
            ("1.", 2, "expected a digit after the decimal point"),
            ("1e", 2, "expected a digit after the exponent"),
            ("NaN", 0, "\"N\" where a value was expected"),
            ("nul", 0, "the text ends inside a word"),
            ("nulx", 0, "expected null"),
            ("1 x", 2, "text after the value; expected the end"),
            ("\"a", 2, "the text ends inside a string"),
            ("\"\\x\"", 1, "an unknown escape \\\"x\""),
            ("\"\\u12g4\"", 5, "expected four hex digits after \\u"),
            ("\"a\nb\"", 2, "a control character inside a string; write it as \\u000a"),
            ("\u{FEFF}1", 0, "a byte order mark; send plain UTF-8"),
        ])
    func refusals(text: String, offset: Int, problem: String) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.offset == offset)
        #expect(error?.problem == problem)
    }

    @Test("bytes that are not UTF-8 are refused where they stand")
    func invalidUTF8() {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0x61, 0xFF, 0x22]) }
        #expect(error?.description == "not JSON at byte 2: bytes that are not UTF-8")
    }

    @Test("nesting is bounded, so that no text can exhaust the stack")
    func depth() throws {
        let deepest = String(repeating: "[", count: JSON.depthLimit) + String(repeating: "]", count: JSON.depthLimit)
        #expect(try JSON(parsing: deepest).text == deepest)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 100_000)) }
        #expect(error?.problem == "nested deeper than 128 levels")
    }

    @Test("a special byte is found at every place of a string, whatever stands around it")
    func specialBytes() throws {
        for length in 0..<36 {
            for place in 0..<max(length, 1) {
                for special in [
                    "\"", "\\", "\n", "\u{1}", "\u{1F}", " ", "!", "#", "[", "]", "\u{7F}", "\u{80}", "é", "😀",
                ] {
                    let around = place % 2 == 0 ? "a" : "\u{FF}"
                    var text = String(repeating: around, count: length)
                    text.insert(
                        contentsOf: special, at: text.index(text.startIndex, offsetBy: min(place, length)))
                    let value = JSON.string(text)
                    if try JSON(parsing: value.encoded()) != value { Issue.record("\(place) in \(length): \(special)") }
                    var literal: [UInt8] = []
                    JSON.encodeString(Array(text.utf8), into: &literal)
                    #expect(literal == value.encoded())
                    #expect(!value.encoded().dropFirst().dropLast().contains { $0 < 0x20 })
                }
            }
        }
    }

    @Test("integers keep every digit", arguments: [0, 9, 10, -1, -10, 99, 100, .max, .min, 1_000_000_007])
    func integers(value: Int) { #expect(JSON.int(value).text == String(value)) }

    @Test("of duplicate names the last is found and all are kept")
    func duplicates() throws {
        let value = try JSON(parsing: #"{"a":1,"a":2}"#)
        #expect(value["a"] == 2)
        #expect(value.text == #"{"a":1,"a":2}"#)
    }

    @Test("canonically equivalent names are two names")
    func equivalentNames() throws {
        let value = try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test("mutated documents never trap, and what is accepted reads back equal", arguments: [UInt64(1), 2, 3])
    func fuzz(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let base = Array(#"{"a":[1,-2.50,1e9,"x\u00e9\n",{"b":null,"c":[true,false]}],"d":{"e":"😀","f":[]}}"#.utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = base
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(base.randomElement(using: &random) ?? 0, at: at)
                }
            }
            guard let value = try? JSON(parsing: bytes) else { continue }
            accepted += 1
            #expect(try JSON(parsing: value.encoded()) == value)
        }
        #expect(accepted > 0)
    }

    @Test(
        "whole floating-point values are integers, others the shortest text",
        arguments: [(20.0, "20"), (-3.0, "-3"), (0.1, "0.1"), (1e300, "1e+300"), (0.5, "0.5"), (.infinity, "null")])
    func doubles(value: Double, text: String) {
        #expect(JSON(value).text == text)
    }
}
