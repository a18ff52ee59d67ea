import Foundation
import InputFuzz
import Testing

/// What `make fuzz` does without end, bounded: the inputs it kept, and so many changes of them.
@Suite("Input from outside") struct InputTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../InputFuzz/Corpus")

    private static func corpus(_ subject: Subject) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appendingPathComponent(subject.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, try [UInt8](Data(contentsOf: folder.appendingPathComponent(name))))
        }
    }

    /// Pieces that matter to one subject or another.
    private static let pieces = [
        "\r\n", "\n", "\r\n\r\n", ":", " ", "\t", "\0", "0", "{", "}", "[", "]", "\"", ",", "\\u", "\\ud800", "1e9",
        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: x\r\n", "0\r\n\r\n", "HTTP/1.1", "${env:S}",
        "${file:secret}", "{{ call.id }}", "{% if", "&a", "*a", "<<: ", "- ", ": ", "null", "true", "type", "data",
        "Authorization: Bearer ", "sha256=", "v1,", ";", "=", "é", "\u{1F600}",
    ]

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("every input of the corpus keeps all promises", arguments: Subject.allCases)
    func kept(subject: Subject) throws {
        let corpus = try Self.corpus(subject)
        #expect(corpus.count >= 6)
        for (name, bytes) in corpus { #expect(throws: Never.self, "\(name)") { try subject.run(bytes) } }
    }

    @Test("so does every change of them", arguments: Subject.allCases)
    func changed(subject: Subject) throws {
        var random = Random(state: 20_261_124)
        let seeds = try Self.corpus(subject).map(\.bytes)
        // A configuration is compiled whole each time.
        for _ in 0..<(subject == .configuration ? 150 : 600) {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                case 1: if at < bytes.count { bytes.remove(at: at) }
                case 2: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: at)
                case 3:
                    let other = seeds.randomElement(using: &random) ?? []
                    bytes.replaceSubrange(at..., with: other[Int.random(in: 0...other.count, using: &random)...])
                default: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...20, using: &random)))
                }
            }
            #expect(throws: Never.self, "\(Data(bytes).base64EncodedString())") { try subject.run(bytes) }
        }
    }
}
