import Foundation
import HubModel
import TemplateFuzz
import TestRandom
import Testing

/// What `make fuzz` does without end, bounded: the inputs it kept, and so many changes of them.
@Suite("Arbitrary input")
struct FuzzTests {
    static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",", ":",
        " if ", " else ", " for ", " in ", " is ", " not ", "endfor", "endif", "macro", "loop", "raw", "endraw", "set",
        "0", "1e9", "0x", "**", "//", "~", "=", "\n", "\r\n", "\n===\n", "é", "\u{1F600}", "\u{0}", "default", "join",
        "sort", "map", "9223372036854775807",
    ]

    /// Every file of the corpus, in order.
    static func corpus() throws -> [(name: String, bytes: [UInt8])] {
        let folder = casesFolder.appending(path: "fuzz")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    @Test("every input of the corpus ends in a value or a template error")
    func kept() throws {
        let corpus = try Self.corpus()
        #expect(corpus.count > 200)
        for (name, bytes) in corpus {
            let input = try #require(FuzzInput(bytes), "\(name) is too short")
            #expect(throws: Never.self, "\(name)") { try input.run() }
        }
    }

    @Test("no change of them makes the lexer, the parser, the checker or the machine trap")
    func mutations() throws {
        var random = SeededRandom(20_261_120)
        let seeds = try Self.corpus().map(\.bytes)
        for _ in 0..<2000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                case 1: if at < bytes.count { bytes.remove(at: at) }
                case 2: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: at)
                case 3:
                    let other = seeds.randomElement(using: &random) ?? []
                    let start = Int.random(in: 0...other.count, using: &random)
                    bytes.replaceSubrange(at..., with: other[start...])
                default:
                    let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
                    bytes.insert(contentsOf: bytes[at..<end], at: at)
                }
            }
            guard let input = FuzzInput(bytes) else { continue }
            #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") { try input.run() }
        }
    }
}
