import HubModel
import Testing

@Suite("Text for a terminal")
struct VisibleTextTests {
    static let hostile: [(text: String, shown: String)] = [
        ("\u{1B}[31mred\u{1B}[0m", "\\x1b[31mred\\x1b[0m"), ("\u{1B}]0;title\u{07}", "\\x1b]0;title\\x07"),
        ("\u{9B}2J", "\\x9b2J"), ("back\u{08}\u{08}", "back\\x08\\x08"), ("a\rb", "a\\x0db"), ("nul\0", "nul\\x00"),
        ("\u{7F}", "\\x7f"), ("\u{202E}evil\u{202C}", "\\u{202e}evil\\u{202c}"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("\u{200F}\u{61C}", "\\u{200f}\\u{61c}"), ("a\u{2028}b", "a\\u{2028}b"), ("\u{FEFF}", "\\u{feff}"),
        ("\u{E0041}", "\\u{e0041}"), ("plain é 🦊 日本 e\u{301} 👨‍👩‍👧", "plain é 🦊 日本 e\u{301} 👨‍👩‍👧"),
    ]

    @Test("nothing moves the cursor or turns the line", arguments: hostile)
    func spelled(text: String, shown: String) throws {
        #expect(VisibleText.lines(text) == shown)
        #expect(VisibleText.line(text) == shown)
        let json = VisibleText.json(JSON.string(text).text)
        #expect(try JSON(parsing: json) == .string(text))
        #expect(
            json.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0.value != 0x202E
            })
    }

    @Test("lines stay lines where there may be several, and are one where there may not")
    func breaks() {
        #expect(VisibleText.lines("a\tb\r\nc\n") == "a\tb\nc\n")
        #expect(VisibleText.line("a\tb\r\nc\n") == "a\\tb\\nc\\n")
    }
}
