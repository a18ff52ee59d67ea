import HubModel
import TestRandom
import Testing

@testable import HubConfig

@Suite struct FuzzTests {
    private static let good = """
        hub: &h {listen: 127.0.0.1:8080, tls: {certificate: "${file:/c}", key: '${env:K:-x}'}}
        adapters:
          acme: {<<: *h, secret: "${env:S}", list: [1, 0x1f, .inf, ~, no]}
        templates:
          card: |
            {{ call.id }} $${ é 🦊
              more
          fold: >-
            one
            two
        environments: {staging: {hub: null, adapters: {acme: {secret: other}}}}
        include: []

        """

    private func survives(_ bytes: [UInt8]) {
        let loader = ConfigLoader(
            ConfigEnvironment(
                variable: { $0 == "S" ? "canary-7f3a" : nil },
                readFile: { path, _ throws(ConfigEnvironment.ReadError) in
                    guard path == "t.yaml" else { throw .init("it does not exist") }
                    return bytes
                },
                listFolder: { _ throws(ConfigEnvironment.ReadError) in throw .init("it does not exist") }))
        for overlay in [nil, "staging"] {
            var (configuration, problems) = loader.inspect("t.yaml", overlay: overlay)
            if let configuration {
                for member in configuration.root.members ?? [] {
                    _ = Section(member.value, of: member.name, fields: Sample.fields, &problems)
                }
                let shown = configuration.maskedYAML(fields: Sample.fields)
                #expect(!shown.contains("canary-7f3a"))
                #expect(configuration.digest.count == 32)
            }
            #expect(!problems.rendered().contains("canary-7f3a"))
            _ = problems.json
        }
    }

    @Test(arguments: 1...60)
    func `random bytes never trap`(seed: UInt64) {
        var random = SeededRandom(seed)
        let alphabet =
            Array("ab:- \n\t[]{},'\"|>&*!%#?@`$é🦊\\0x1.~<\r".utf8) + [0x00, 0x85, 0xC2, 0xE2, 0x80, 0xA8, 0xFF]
        for _ in 0..<10 {
            survives(
                (0..<Int.random(in: 0...200, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 })
        }
    }

    @Test(arguments: 1...60)
    func `a file with a few wrong bytes never traps`(seed: UInt64) {
        var random = SeededRandom(seed &* 977)
        for _ in 0..<10 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes.remove(at: at)
                case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 2:
                    bytes.insert(
                        contentsOf: Array(
                            ["\n", "- ", ": ", "*h", "${", "\t", "}}"].randomElement(using: &random)?.utf8 ?? "".utf8),
                        at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...30, using: &random)))
                }
            }
            survives(bytes)
        }
    }

    @Test(arguments: 1...100)
    func `what is printed reads back as the same tree, and prints the same again`(seed: UInt64) throws {
        var random = SeededRandom(seed &* 31)
        let texts = [
            "", " ", "a", "no", "5", "0x1f", "a: b", "- a", "#", "a #b", "{{ x }}", "é🦊", "one\ntwo", "one\n\ntwo\n",
            " lead\nx",
            "trail \nx", "\n", "tab\there", "\u{7}", "\u{85}", "'", "\"", "\\", "---", "...", "key:", "?", "&a", "*a",
            "!t", "%", "@", "~",
            "null", "<<", "=", "$${x", "a\n  b\n c", "x\n\n", "\u{FEFF}", "-", "-1", "- ", "true", "line\r\nline",
        ]
        func tree(_ depth: Int) -> Node {
            let span = Span(file: "x")
            switch Int.random(in: 0...(depth > 3 ? 1 : 3), using: &random) {
            case 0:
                return Node(
                    .scalar(Scalar(["5", "1.5", "true", "null", ".inf", "0o7"].randomElement(using: &random) ?? "")),
                    span: span)
            case 1:
                return Node(
                    .scalar(Scalar(texts.randomElement(using: &random) ?? "", style: .doubleQuoted)), span: span)
            case 2:
                return Node(
                    .sequence((0..<Int.random(in: 0...3, using: &random)).map { _ in tree(depth + 1) }), span: span)
            default:
                let names = texts.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
                return Node(
                    .mapping(names.map { Node.Member(name: $0, nameSpan: span, value: tree(depth + 1)) }), span: span)
            }
        }
        let before = Node(
            .mapping([Node.Member(name: "root", nameSpan: Span(file: "x"), value: tree(0))]), span: Span(file: "x"))
        let text = EffectiveText.yaml(before)
        let after = try node(text)
        #expect(after.revealedJSON() == before.revealedJSON(), "\(text)")
        #expect(Digest.of(after) == Digest.of(before), "\(text)")
        #expect(EffectiveText.yaml(after) == text)
    }
}
