import HubModel
import Testing

@testable import HubConfig

@Suite struct CoreSchemaTests {
    @Test(
        arguments: [
            ("no", .text), ("on", .text), ("yes", .text), ("off", .text), ("y", .text), ("true", .bool(true)),
            ("False", .bool(false)), ("tRue", .text), ("", .null), ("~", .null), ("null", .null), ("Null", .null),
            ("nULL", .text), ("0o14", .int(12)), ("0x1f", .int(31)), ("0X1f", .text), ("012", .int(12)), ("0", .int(0)),
            ("-0", .int(0)), ("+7", .int(7)), ("-12", .int(-12)), ("1_000", .text), ("0b1", .text), ("0o8", .text),
            ("1.5", .double(1.5)), (".5", .double(0.5)), ("5.", .double(5)), ("-.5e3", .double(-500)),
            ("5.e3", .double(5000)), ("1e3", .double(1000)), (".inf", .double(.infinity)),
            ("-.INF", .double(-.infinity)),
            ("+.inf", .double(.infinity)), ("inf", .text), ("nan", .text), ("1e", .text), ("e1", .text), (".", .text),
            ("-", .text), ("1.2.3", .text), ("12:30", .text), ("2024-01-01", .text), ("0x", .text),
            ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("0xffffffffffffffffff", .text), ("<<", .text), ("１２", .text),
        ] as [(String, Scalar.Value)])
    func `a plain scalar means what YAML 1_2 says`(text: String, expected: Scalar.Value) {
        #expect(Scalar(text).value == expected)
    }

    @Test func `not a number is a number`() {
        guard case .double(let value) = Scalar(".nan").value else { return #expect(Bool(false), "not a number") }
        #expect(value.isNaN)
    }

    @Test(arguments: [Scalar.Style.singleQuoted, .doubleQuoted, .literal, .folded])
    func `what is quoted is text`(style: Scalar.Style) {
        #expect(Scalar("5", style: style).value == .text)
    }

    @Test func `numbers keep their digits in JSON where it has them`() throws {
        let tree = try node("[1.10, 12345678901234567890, 012, .5, 0x1f, .inf, ~, no, '1', 1.0]")
        let text = String(decoding: tree.revealedJSON().encoded(), as: UTF8.self)
        #expect(text == "[1.10,12345678901234567890,12,0.5,31,null,null,\"no\",\"1\",1.0]")
    }
}
