import AdapterKit
import TestRandom
import Testing

@Suite struct RedactionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var paths: [String]
        var text: String
        /// With `#` where a value went.
        var expected: String

        init(_ paths: [String], _ text: String, _ expected: String) {
            (self.paths, self.text, self.expected) = (paths, text, expected)
        }

        var testDescription: String { "\(paths) in \(text.prefix(60))" }
    }

    static let cases = [
        Case(["a.b"], #"{"a":{"b":"x","c":"y"},"b":"z"}"#, #"{"a":{"b":#,"c":"y"},"b":"z"}"#),
        Case(["a"], #"{"a":{"b":[1,{"c":2}]},"d":3}"#, #"{"a":#,"d":3}"#),
        Case(["a"], #"{"a":[1,"}]",2],"d":3}"#, #"{"a":#,"d":3}"#),
        Case(["a", "b", "c"], #"{"a":1.50,"b":true,"c":-1e9}"#, #"{"a":#,"b":#,"c":#}"#),
        // What says nothing stays.
        Case(["*"], #"{"a":null,"b":"","c":[],"d":{},"e":0}"#, #"{"a":null,"b":"","c":#,"d":#,"e":#}"#),
        // One member or element of any name.
        Case(
            ["a.*.c"], #"{"a":{"x":{"c":1},"y":{"z":{"c":2}},"c":3}}"#, #"{"a":{"x":{"c":#},"y":{"z":{"c":2}},"c":3}}"#),
        Case(["a.*.c"], #"{"a":[{"c":1},{"d":2},[{"c":3}],{"c":4}]}"#, #"{"a":[{"c":#},{"d":2},[{"c":3}],{"c":#}]}"#),
        Case(["*.*"], #"[[1,2],{"a":3},4]"#, #"[[#,#],{"a":#},4]"#),
        // Any depth.
        Case(
            ["**.k"], #"{"k":1,"a":{"k":2,"b":[{"k":3},[[{"k":4}]]]},"kk":5}"#,
            ##"{"k":#,"a":{"k":#,"b":[{"k":#},[[{"k":#}]]]},"kk":5}"##),
        Case(["a.**.k"], #"{"k":1,"a":{"k":2,"b":{"c":{"k":3}}}}"#, #"{"k":1,"a":{"k":#,"b":{"c":{"k":#}}}}"#),
        Case(
            ["**.s.h.*"], #"{"s":{"h":{"A":"1","B":"2"}},"x":[{"s":{"h":{"C":3},"i":4}}]}"#,
            ##"{"s":{"h":{"A":#,"B":#}},"x":[{"s":{"h":{"C":#},"i":4}}]}"##),
        Case(["**.s.s"], #"{"s":{"s":{"s":1}}}"#, #"{"s":{"s":#}}"#),
        Case(["**.a.**.b"], #"{"b":0,"a":{"x":[{"b":1}],"b":2}}"#, #"{"b":0,"a":{"x":[{"b":#}],"b":#}}"#),
        Case(["a.**"], #"{"a":{"b":1},"c":2}"#, #"{"a":#,"c":2}"#),
        Case(["**"], #" {"a":1} "#, " # "),
        Case(["**.**.k"], #"{"x":{"k":1}}"#, #"{"x":{"k":#}}"#),
        // A credential within a credential goes once.
        Case(["a.b", "a"], #"{"a":{"b":1}}"#, #"{"a":#}"#),
        Case(["**.a", "**.b"], #"{"a":{"b":1},"b":{"a":2}}"#, #"{"a":#,"b":#}"#),
        // Doubled, escaped and strange names.
        Case(["k"], #"{"k":1,"k":2,"\u006b":3,"\u006B":4,"K":5}"#, ##"{"k":#,"k":#,"\u006b":#,"\u006B":#,"K":5}"##),
        Case(["k"], #"{"\"k":1,"k\"":2,"\\":3,"k":"\\\"","é":5}"#, #"{"\"k":1,"k\"":2,"\\":3,"k":#,"é":5}"#),
        Case(["ключ.🦊"], #"{"ключ":{"🦊":"x"}}"#, #"{"ключ":{"🦊":#}}"#),
        Case(["k"], "\u{FEFF}{\"k\":1}", "\u{FEFF}{\"k\":#}"),
        // Blanks and spellings around stay.
        Case(
            ["k", "n"], "{ \"k\" :\n\t\"x\" ,\r\n \"n\" : [ 1 , 2 ] , \"o\":1.0 }\n",
            "{ \"k\" :\n\t# ,\r\n \"n\" : # , \"o\":1.0 }\n"),
        Case(["0", "1.0"], "[1,[2]]", "[1,[2]]"),
        Case(["", "."], #"{"":1}"#, #"{"":1}"#),
        // What is no JSON: a credential in it is kept as little as any other.
        Case(["**.k"], #"{"k":"x","o":NaN}"#, #"{"k":#,"o":NaN}"#),
        Case(["**.k"], #"{"a":{"k":"cut of"#, #"{"a":{"k":#"#),
        Case(["**.k"], #"{"k":{"deep":[1,2"#, #"{"k":#"#),
        Case(["**.k"], #"{"k":"x"}}}trailing"#, #"{"k":#}}}trailing"#),
        Case(["**.k"], #"{"a":1,,"k":"x",}"#, #"{"a":1,,"k":#,}"#),
    ]

    @Test("values at the paths go, and every other byte stays", arguments: cases)
    func paths(_ one: Case) {
        let (bytes, changed) = Redaction(one.paths).apply(Array(one.text.utf8))
        let expected = one.expected.replacing("#", with: "\"\(Redaction.mark)\"")
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(bytes == Array(expected.utf8))
        #expect(changed == (one.text != one.expected))
    }

    @Test("bytes that are no UTF-8 stay as they are")
    func notUTF8() {
        let before: [UInt8] = Array(#"{"o":""#.utf8) + [0xFF, 0xC3, 0x28, 0x00]
        let bytes = before + Array(#"","k":"secret"}"#.utf8)
        #expect(Redaction(["k"]).apply(bytes).bytes == before + Array(#"","k":"[redacted]"}"#.utf8))
    }

    @Test("without paths nothing is looked at")
    func none() {
        #expect(Redaction([]).isEmpty)
        #expect(Redaction([]).apply([0xFF]).bytes == [0xFF])
        #expect(!Redaction(["a"]).isEmpty)
    }

    @Test("more paths than one word has bits all hold")
    func manyPaths() {
        let names = (0..<100).map { "name\($0)" }
        let redaction = Redaction(names.map { "**.x.\($0)" })
        let text = "{" + names.map { "\"x\":{\"\($0)\":1,\"o\":2}" }.joined(separator: ",") + "}"
        let expected = "{" + names.map { "\"x\":{\"\($0)\":\"[redacted]\",\"o\":2}" }.joined(separator: ",") + "}"
        #expect(String(decoding: redaction.apply(Array(text.utf8)).bytes, as: UTF8.self) == expected)
        let long = (0..<63).map { "s\($0)" }
        let deep = long.reversed().reduce("\"x\"") { "{\"\($1)\":\($0)}" }
        #expect(Redaction([long.joined(separator: ".")]).apply(Array(deep.utf8)).changed)
    }

    @Test("what is too deep for a parser, or not JSON at all, comes to an end")
    func hostile() {
        let redaction = Redaction(["**.k", "a.*.c", "**.x.**.y"])
        let texts = [
            String(repeating: "[", count: 500_000), String(repeating: "{\"k\":", count: 200_000),
            String(repeating: "{\"x\":", count: 200_000) + "1",
            String(repeating: "]", count: 1000), String(repeating: "}", count: 1000), "{", "{\"", "{\"k", "{\"k\"",
            "{\"k\":", "{\"k\":\"\\",
            "{k:1}", "{{{{", "{]", "[}", "{\"a\"]}", "{]:[}", ",,,,:::", "\"\\\"", "", " ", "nul",
            "{\"k\" \"k\" \"k\"}", "{:1,:2}", "{1:2,3:{4:5}}",
        ]
        for text in texts { _ = redaction.apply(Array(text.utf8)) }
        let deep = String(repeating: "{\"x\":", count: 1000) + #"{"k":"secret"}"# + String(repeating: "}", count: 1000)
        let kept = String(decoding: redaction.apply(Array(deep.utf8)).bytes, as: UTF8.self)
        #expect(!kept.contains("secret"))
    }

    @Test("bytes at random come to an end, and unless something went come back the same")
    func random() {
        var random = SeededRandom(41)
        let redaction = Redaction(["**.k", "a.*"])
        let alphabet = Array(#"{}[]":,\ka*1 e"#.utf8) + [0xFF, 0x00, 0xC3]
        for _ in 0..<5000 {
            let bytes = (0..<random.next(below: 40)).map { _ in alphabet[random.next(below: alphabet.count)] }
            let (kept, changed) = redaction.apply(bytes)
            if !changed, kept != bytes { Issue.record("\(bytes)") }
        }
    }

    @Test("good JSON is good JSON afterwards, and nothing of the credential is left anywhere")
    func stillJSON() throws {
        var random = SeededRandom(7)
        let redaction = Redaction(["**.k", "a.*.b"])
        func make(_ depth: Int, _ isSecret: Bool) -> JSON {
            switch random.next(below: depth > 5 ? 3 : 5) {
            case 0: return .string(isSecret ? "hush" : "open \"\\ text")
            case 1: return .int(random.next(below: 1000))
            case 2: return .null
            case 3: return .array((0..<random.next(below: 4)).map { _ in make(depth + 1, isSecret) })
            default:
                return .object(
                    JSONObject(
                        (0..<random.next(below: 5)).map { _ in
                            let name = ["k", "a", "b", "c"][random.next(below: 4)]
                            return JSONObject.Member(name, make(depth + 1, isSecret || name == "k"))
                        }))
            }
        }
        var changes = 0
        for _ in 0..<2000 {
            let (kept, changed) = redaction.apply(make(0, false).encoded())
            _ = try JSON(parsing: kept)
            if String(decoding: kept, as: UTF8.self).contains("hush") {
                Issue.record("\(String(decoding: kept, as: UTF8.self))")
            }
            if changed { changes += 1 }
        }
        #expect(changes > 100)
    }

    @Test("credentials are known by name, at any depth and in any spelling")
    func byName() throws {
        let names = [
            "accessToken", "access_token", "token", "privateKey", "private-key", "webhookSecret", "WEBHOOK_SECRET",
            "password", "apiKey", "x-api-key", "clientSecret", "Authorization", "jwt", "cookie", "openaiApiKey",
            "credentials", "signingKey", "passphrase", "db_passwd",
        ]
        for name in names {
            let text = #"{"a":[{"\#(name)":"s","o":1}]}"#
            #expect(
                String(decoding: Redaction.byName.apply(Array(text.utf8)).bytes, as: UTF8.self)
                    == #"{"a":[{"\#(name)":"[redacted]","o":1}]}"#)
        }
        let harmless =
            #"{"tokens":"a","tokenCount":"b","token":5,"secret":null,"password":"","key":"k","primaryKey":"p","secretary":"s","jwt":true,"credentials":[],"apiKey":{ }}"#
        #expect(!Redaction.byName.apply(Array(harmless.utf8)).changed)
        let whole = #"{"credentials":[{"x":"y"}],"token":{"value":"v"}}"#
        #expect(
            String(decoding: Redaction.byName.apply(Array(whole.utf8)).bytes, as: UTF8.self)
                == #"{"credentials":"[redacted]","token":"[redacted]"}"#)
    }

    @Test("a payload loses its credentials before anything sees it, also one that nobody can parse")
    func verified() throws {
        for (body, kept) in [
            (#"{"call":{"id":"1","accessToken":"canary"}}"#, #"{"call":{"id":"1","accessToken":"[redacted]"}}"#),
            (#"{"call":{"webhookSecret":"canary","#, #"{"call":{"webhookSecret":"[redacted]","#),
            (#"{"call":{"id":"1"}}"#, #"{"call":{"id":"1"}}"#),
        ] {
            let raw = RawWebhook(target: "/", headers: Headers(), body: Array(body.utf8), receivedAt: .test)
            let webhook = try Proof.nothing.check(raw, at: .test)
            #expect(String(decoding: webhook.keptBody, as: UTF8.self) == kept)
            #expect(webhook.isRedacted == body.contains("canary"))
            #expect((try? webhook.json())?.text.contains("canary") != true)
        }
    }
}
