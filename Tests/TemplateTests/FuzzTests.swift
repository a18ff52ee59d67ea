import Foundation
import HubModel
import HubTemplates
import Testing

@Suite("Arbitrary input")
struct FuzzTests {
    static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",", ":",
        " if ", " else ", " for ", " in ", " is ", " not ", "endfor", "endif", "macro", "loop", "raw", "endraw", "set",
        "0", "1e9", "0x", "**", "//", "~", "=", "\n", "\r\n", "é", "\u{1F600}", "\u{0}", "default", "join", "sort",
        "map",
    ]

    @Test("no source makes the lexer, the parser or the machine trap")
    func mutations() throws {
        var random = Seeded(20_261_120)
        var seeds: [(String, JSON)] = []
        for (n, row) in try lines(of: "jinja.jsonl").enumerated() where n % 8 == 0 {
            seeds.append((row["template"]?.string ?? "", row["context"] ?? [:]))
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: casesFolder.appending(path: "fuzz").path) {
            seeds.append((try String(contentsOf: casesFolder.appending(path: "fuzz/\(file)"), encoding: .utf8), [:]))
        }
        #expect(seeds.count > 200)
        var answers = 0
        for _ in 0..<3000 {
            guard let (source, context) = seeds.randomElement(using: &random) else { continue }
            var bytes = Array(source.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                case 1: if at < bytes.count { bytes.remove(at: at) }
                case 2: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: at)
                default:
                    let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
                    bytes.insert(contentsOf: bytes[at..<end], at: at)
                }
            }
            let row: JSON = [
                "template": .string(String(decoding: bytes, as: UTF8.self)), "context": context,
                "options": ["extensions": ["do", "loopcontrols"], "trim_blocks": true, "lstrip_blocks": true],
            ]
            let answer = Cases.run(row)
            if answer["output"] != nil || answer["error"] != nil { answers += 1 }
        }
        #expect(answers == 3000)
    }
}
