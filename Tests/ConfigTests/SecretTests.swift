import Foundation
import HubModel
import Testing

@testable import HubConfig

@Suite struct SecretTests {
    private let canary = "canary-7f3a91"

    @Test func `a secret is dots in every printed form`() throws {
        let secret = Secret(canary)
        var dumped = ""
        dump(["s": secret], to: &dumped)
        let encoded = String(decoding: try JSONEncoder().encode(["s": secret]), as: UTF8.self)
        let forms = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)",
            "\(["s": secret])", dumped, encoded, "\(Mirror(reflecting: secret).children.map(\.value))",
            "\(secret.json)",
            secret.configText, "\((1, secret))",
        ]
        for form in forms {
            #expect(!form.contains(canary))
            #expect(!form.contains("canary"))
            #expect(!form.contains("99, 97, 110"), "its bytes")
        }
        #expect(secret.revealed() == canary)
        #expect(secret.revealedBytes() == Array(canary.utf8))
    }

    @Test func `secrets are equal by their bytes`() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("a") != Secret("ab"))
        #expect(Secret("é") != Secret("e\u{301}"))
    }

    @Test func `what references stand for appears in no printed form of a configuration`() throws {
        let text = """
            hub: {a: "${env:S}", b: "x ${env:S} y", c: "${file:s.txt}", d: "${env:NONE:-fallback-4711}"}
            adapters:
              acme: {secret: "literal-4711", use: "${env:S}", secrets: ["literal-4711"], nested: {token: 4711}}
              other: {hidden: "literal-4711"}
            """
        let files = ["s.txt": canary + "\n", "t.yaml": text]
        let configuration = try ConfigLoader(environment(["S": canary], files: files)).load("t.yaml")
        #expect(configuration.root["hub"]?["b"]?.scalar?.text == "x \(canary) y")
        #expect(configuration.root["hub"]?["c"]?.scalar?.text == canary)
        #expect(configuration.root["hub"]?["d"]?.scalar?.text == "fallback-4711")

        let hidden = Key<Secret?>("hidden", "A secret by declaration.")
        let fields = [Key<Named<HiddenSection>>("adapters", "Adapters.").field]
        #expect(HiddenSection.fields.map(\.name) == [hidden.name])
        var dumped = ""
        dump(configuration, to: &dumped)
        for form in [dumped, "\(configuration)", String(reflecting: configuration.root)] {
            #expect(!form.contains(canary))
        }
        let yaml = configuration.maskedYAML(fields: fields)
        let json = configuration.maskedJSON(fields: fields).pretty()
        for form in [yaml, json] {
            #expect(!form.contains(canary))
            #expect(form.replacing("${env:NONE:-fallback-4711}", with: "").contains("4711") == false)
        }
        #expect(
            yaml == """
                hub:
                  a: "${env:S}"
                  b: "x ${env:S} y"
                  c: "${file:s.txt}"
                  d: "${env:NONE:-fallback-4711}"
                adapters:
                  acme:
                    secret: ••••••
                    use: "${env:S}"
                    secrets:
                      - ••••••
                    nested:
                      token: ••••••
                  other:
                    hidden: ••••••

                """)
    }

    struct HiddenSection: ConfigSection {
        static let fields = [Key<Secret?>("hidden", "A secret by declaration.").field]
        init(_ section: Section) throws(ConfigError) {}
    }

    @Test func `a reference is text whatever it holds`() throws {
        let variables = ["A": "{{ x }}", "B": "80", "C": "no", "D": "a\nb: c", "E": "${env:A}"]
        let text =
            "a: ${env:A}\nb: \"${env:B}\"\nc: ${env:C}\nd: \"<${env:D}>\"\ne: ${env:E}\nf: $${env:A} ${env:B}\ng: ${{ x }}\n"
        let root = try ConfigLoader(environment(variables, files: ["t.yaml": text])).load("t.yaml").root
        let texts = (root.members ?? []).map { $0.value.scalar?.text }
        #expect(texts == ["{{ x }}", "80", "no", "<a\nb: c>", "${env:A}", "${env:A} 80", "${{ x }}"])
        #expect((root.members ?? []).allSatisfy { $0.value.scalar?.value == .text })
        let pieces = root["f"]?.scalar?.expansions ?? []
        #expect(pieces.map(\.range) == [0..<3, 10..<18])
        #expect(pieces.map(\.reference) == [nil, "env:B"])
        var problems = Diagnostics()
        #expect(Int.read(try #require(root["b"]), &problems) == 80)
        #expect(Bool.read(try #require(root["c"]), &problems) == nil)
        #expect(problems.count == 1)
    }

    @Test func `files are read from where the configuration is, without their last line break`() throws {
        let files = ["etc/t.yaml": "a: ${file:s}\nb: ${file:/run/s}\n", "etc/s": "one\r\n\n", "/run/s": " two"]
        let root = try ConfigLoader(environment(files: files)).load("etc/t.yaml").root
        #expect(root["a"]?.scalar?.text == "one")
        #expect(root["b"]?.scalar?.text == " two")
    }

    @Test func `an empty variable or file is not a secret`() {
        let files = ["t.yaml": "a: ${env:E}\nb: ${file:e}\nc: ${env:E:-x}\n", "e": "\n"]
        let (_, problems) = ConfigLoader(environment(["E": ""], files: files)).inspect("t.yaml")
        #expect(
            problems.description == """
                t.yaml:1:4: error: the environment variable E is empty. Set it before the hub starts, or give a default: ${env:E:-default}.
                t.yaml:2:4: error: the file e is empty. Write the secret into it.
                """)
    }

    @Test func `development makes up what is missing, once for each reference, and tells`() throws {
        let text = "a: ${env:A}\nb: ${env:A}\nc: ${file:/run/c}\nd: ${env:D}\n"
        let environment = environment(["D": "d"], files: ["t.yaml": text]) { Secret("made-for-\($0)") }
        let configuration = try ConfigLoader(environment).load("t.yaml")
        #expect(configuration.generated.map(\.reference) == ["env:A", "file:/run/c"])
        #expect(configuration.root["b"]?.scalar?.text == "made-for-env:A")
        #expect(configuration.root["c"]?.scalar?.text == "made-for-file:/run/c")
        #expect(configuration.root["d"]?.scalar?.text == "d")
    }
}
