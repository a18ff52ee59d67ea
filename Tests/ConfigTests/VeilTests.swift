import Foundation
import HubModel
import Testing

@testable import HubConfig

@Suite struct VeilTests {
    private static let secret = "p4ss/w\"rd+\\&'€x"

    private func veil(_ value: String, _ text: String = "vars: { a: \"${env:S}\" }") throws -> Veil {
        Veil([try ConfigLoader(environment(["S": value], files: ["t.yaml": text])).load("t.yaml").root])
    }

    @Test(
        arguments: [
            secret, secret.uppercased(), "p4ss%2Fw%22rd%2B%5C%26%27%E2%82%ACx", "p4ss/w%22rd%2b%5c%26%27%e2%82%acx",
            "p4ss/w\\\"rd+\\\\&'€x", "p4ss/w&#34;rd+\\&amp;&#39;€x",
            secret.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
            Data(secret.utf8).base64EncodedString(), Data("user:\(secret)".utf8).base64EncodedString(),
            Data("me:\(secret)".utf8).base64EncodedString(), Data("a:\(secret)!".utf8).base64EncodedString(),
        ])
    func `a secret is covered in every spelling that a template or an answer may give it`(spelling: String) throws {
        let veil = try veil(Self.secret)
        #expect(veil.isIn(Array("<\(spelling)>".utf8)))
        let covered = veil.cover("<\(spelling)>")
        #expect(covered.contains("${env:S}"))
        // Of base64 the letters that neighbours have a part in may stay: they tell less than six bits.
        #expect(covered.count < "<${env:S}>".count + 12, "\(covered)")
    }

    @Test func `text without secrets is left as it is`() throws {
        let veil = try veil(Self.secret)
        for text in ["", "hello", "p4ss/w", "${env:S}", "é"] { #expect(veil.cover(text) == text) }
        #expect(Veil().cover("x") == "x")
        #expect(!Veil().isIn([1, 2, 3]))
    }

    @Test func `of a URL that is a secret its host is covered, and of a key every line`() throws {
        let url = try veil("https://u:pw12345678@hooks.example.com/services/T0000/B0000XXXX?sig=abcdefghij")
        for part in ["hooks.example.com", "B0000XXXX", "abcdefghij", "pw12345678"] {
            #expect(url.cover("cannot resolve \(part)") == "cannot resolve ${env:S}")
        }
        let key = try veil("-----BEGIN-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n")
        #expect(key.cover("at MIIEvQIBADANBgkq") == "at ${env:S}")
    }

    @Test func `defaults and short values are no secrets, literals under telling names are`() throws {
        let text =
            "vars: { a: \"${env:NO:-visible-default}\", b: \"${env:S}\", api_token: literal-token, c: plain-text }"
        let veil = try veil("abc", text)
        #expect(veil.cover("visible-default abc plain-text") == "visible-default abc plain-text")
        #expect(veil.cover("literal-token") == Secret.mask)
    }

    @Test func `JSON stays JSON`() throws {
        let veil = try veil("1234567890")
        let json: JSON = ["a": "x1234567890", "n": .int(1_234_567_890), "l": [.int(12), .null], "1234567890": true]
        #expect(
            veil.cover(json) == ["a": "x${env:S}", "n": "${env:S}", "l": [.int(12), .null], "${env:S}": true])
    }

    @Test(
        arguments: [
            ("secret", true), ("webhookSecret", true), ("X-Auth", true), ("X-Pass", true), ("X-JWT", true),
            ("privateKey", true), ("private-key", true), ("secert", true), ("tokne", true), ("pasword", true),
            ("api_kye", false), ("Authorisation", true), ("author", false), ("passenger", false), ("max_tokens", false),
            ("token_url", false), ("broken", false), ("section", false), ("path", false), ("timeout", false),
            ("select", false), ("tolerance", false), ("authentication", false), ("password", true),
        ])
    func `names speak of secrets, also misspelt ones`(name: String, isSecret: Bool) {
        #expect(SecretWords.isSecret(name) == isSecret)
    }

    @Test func `no excerpt shows the value of a setting that nobody knows`() {
        let fields = [Key("known", "Known.", default: 1, in: 1...2).field, Key<Secret?>("secret", "It.").field]
        let texts = [
            "sicret_of_mine: hunter2hunter2\n", "unknown: hunter2hunter2\nknown: 3\n",
            "{ unknown: hunter2hunter2, known: 3 }\n", "unknown: [hunter2hunter2, { a: hunter2hunter2 }]\nknown: x\n",
            "{ known: 3, unknown: \"hunter2hunter2\" }\n", "unknown: |\n  hunter2hunter2\nknown: y\n",
            "{ known: 3, \"secert\": hunter2hunter2, \"unknown\": 4711471147114711 }\n", "known: 3\nsecret: [a, b\n",
            "hunter2hunter2\n",
        ]
        for text in texts {
            let shown = check(text, fields)
            #expect(shown.contains("error"))
            // A text that stands where a mapping should is no setting at all; its line is all that there is to show.
            if text != "hunter2hunter2\n" { #expect(!shown.contains("hunter2"), "\(shown)") }
            #expect(!shown.contains("4711471147114711"))
        }
        #expect(
            check("{ unknown: hunter2hunter2, known: 3 }\n", fields).contains("{ unknown: ••••••••••••••, known: 3 }"))
    }

    @Test func `errors about a path that a reference gives call it by what is written`() throws {
        let files = [
            "t.yaml":
                "include: [\"${env:D}/a.yaml\", \"${env:D}/*.yml\", \"${env:D}/gone.yaml\", \"${env:D}/no*.yaml\"]\n",
            "hidden-folder-9/a.yaml": "a: [\ninclude: x\n",
            "hidden-folder-9/b.yml": "include: [none.yaml, ../t.yaml]\n",
        ]
        let (_, problems) = ConfigLoader(environment(["D": "hidden-folder-9"], files: files)).inspect("t.yaml")
        let shown = problems.rendered()
        #expect(problems.errorCount >= 4, "\(shown)")
        #expect(!shown.contains("hidden-folder-9"), "\(shown)")
        #expect(shown.contains("${env:D}/gone.yaml cannot be read"))
    }

    @Test(arguments: ["x", "ab", "abc"])
    func `a secret that anybody can guess is refused`(text: String) {
        let shown = check("secret: \(text)\n", [Key<Secret?>("secret", "It.").field])
        #expect(shown.contains(text.count == 1 ? "has one character" : "too few characters to be a secret"), "\(shown)")
        #expect(!shown.contains(": \(text)\n"))
    }
}
