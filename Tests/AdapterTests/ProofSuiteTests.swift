import AdapterKit
import Testing

/// What every adapter gets for free: nothing but what the provider sent, unchanged and in time, is believed.
@Suite struct ProofSuiteTests {
    @Test("every sample is believed when it is proven as the provider would", arguments: AdapterList.schemes)
    func accepted(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        for sample in tried.samples { #expect(tried.refusal(tried.signed(sample.webhook)) == nil, "\(sample.name)") }
    }

    @Test("nothing is believed without a proof", arguments: AdapterList.schemes)
    func unproven(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        for sample in tried.samples { #expect(tried.refusal(sample.webhook) == .missingProof) }
    }

    @Test("a body with one other byte is refused wherever the code covers it", arguments: AdapterList.schemes)
    func body(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        for sample in tried.samples {
            let webhook = tried.signed(sample.webhook)
            for altered in Self.alterations(of: webhook.body) {
                // A shared secret or a token says who is calling and nothing of the body.
                let expected = tried.isBound ? ProofRefusal.badSignature : nil
                let refusal = tried.refusal(webhook.with(body: altered))
                if refusal != expected { Issue.record("\(sample.name): \(String(describing: refusal))") }
            }
        }
    }

    private static func alterations(of body: [UInt8]) -> [[UInt8]] {
        var all = [
            Array(body.dropLast()), Array(body.dropFirst()), body + [0x20], [0xEF, 0xBB, 0xBF] + body, body + body, [],
        ]
        for at in stride(from: 0, to: body.count, by: max(1, body.count / 500)) {
            var altered = body
            altered[at] ^= UInt8(1 << (at % 8))
            all.append(altered)
        }
        // The same JSON in another spelling.
        if let json = try? JSON(parsing: body), json.encoded() != body { all.append(json.encoded()) }
        return all
    }

    @Test("a proof with any other character is refused", arguments: AdapterList.schemes)
    func characters(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        let value = Array(try #require(webhook.headers[tried.header]).utf8)
        for at in value.indices {
            for other in "0zZ=;, é".utf8 where other | 0x20 != value[at] | 0x20 {
                var altered = value
                altered[at] = other
                let text = String(decoding: altered, as: UTF8.self)
                if tried.refusal(webhook.with(tried.header, text)) == nil { Issue.record("believed: \(text)") }
            }
        }
    }

    @Test("a proof that is cut, doubled, padded or spelt otherwise is refused", arguments: AdapterList.schemes)
    func headers(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        let value = try #require(webhook.headers[tried.header])
        var others = (0..<value.count).map { String(value.prefix($0)) }
        others += (1..<value.count).map { String(value.suffix($0)) }
        others += [
            value + value, value + "0", value + "=", value + "\u{0}", value + "\u{301}", "\u{FEFF}" + value,
            "x" + value,
        ]
        if let signature = tried.signature {
            switch signature.layout {
            case .prefixed(let prefix):
                let bare = value.dropFirst(prefix.count)
                others += [
                    value.uppercased(), prefix + " " + bare, prefix + "\u{338}" + bare, prefix + bare + "," + bare,
                ]
                if !prefix.isEmpty {
                    others += [String(bare), prefix.uppercased() + bare, "sha1=" + bare, "sha512=" + bare]
                }
            case .versioned(let version):
                others += [version.uppercased() + value.dropFirst(version.count), "v1a" + value.dropFirst(2), "v1,"]
            case .fields: others += ["hmac;2" + value.dropFirst(6), "HMAC" + value.dropFirst(4), "hmac;1;;", "hmac;1"]
            }
            // As long as a code and not one.
            others.append(String(repeating: "0", count: 64))
            others.append(String(repeating: "A", count: 43) + "=")
        }
        for other in others where other != value && tried.refusal(webhook.with(tried.header, other)) == nil {
            Issue.record("believed: \(other)")
        }
        #expect(tried.refusal(webhook.with(tried.header, "")) == .missingProof)
        var twice = webhook
        twice.headers.fields.append((tried.header.uppercased(), value))
        #expect(tried.refusal(twice) == .malformedProof)
        twice.headers.fields[twice.headers.fields.count - 1].value = "x"
        #expect(tried.refusal(twice) == .malformedProof)
        // The name of a header has no case.
        #expect(tried.refusal(webhook.without(tried.header).with(tried.header.uppercased(), value)) == nil)
    }

    @Test("of a thousand signatures in one header few are looked at", arguments: AdapterList.schemes)
    func manyCandidates(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        let value = try #require(webhook.headers[tried.header])
        let separator: String
        switch tried.signature?.layout {
        case .versioned: separator = " "
        case .fields: separator = ","
        case .prefixed, nil: separator = ", "
        }
        let wrong = String(value.dropLast(4)) + (value.hasSuffix("AAA=") ? "BBB=" : "AAA=")
        for total in [8, 100, 1000] {
            let flood = (Array(repeating: wrong, count: total) + [value]).joined(separator: separator)
            #expect(tried.refusal(webhook.with(tried.header, flood)) != nil, "\(total)")
        }
        if separator != ", " {
            // A rotation: the right one among few.
            #expect(tried.refusal(webhook.with(tried.header, [wrong, value].joined(separator: separator))) == nil)
            #expect(tried.refusal(webhook.with(tried.header, [value, wrong].joined(separator: separator))) == nil)
        }
    }

    @Test("the right secret under other keys does not prove anything", arguments: AdapterList.schemes)
    func otherSecret(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let other = scheme.listed.yaml.replacing("sample-", with: "other--").replacing("whsec_c2F", with: "whsec_d2F")
        #expect(other != scheme.listed.yaml)
        let leaf = try #require(try scheme.listed.make(other).proof.leaves.dropFirst(scheme.index).first)
        for sample in tried.samples.prefix(3) {
            let refusal = try #require(tried.refusal(leaf.signed(sample.webhook)))
            #expect([.badSignature, .badSecret].contains(refusal))
        }
    }

    @Test("while a secret is replaced any of several holds", arguments: AdapterList.all)
    func rotation(_ listed: Listed) throws {
        let old = listed.yaml
        let secret = try #require(old.firstMatch(of: /secret: (\S+)/)).1
        let new = secret.replacing("sample-", with: "other--").replacing("whsec_c2F", with: "whsec_d2F")
        let third = secret.replacing("sample-", with: "third--").replacing("whsec_c2F", with: "whsec_e2F")
        let both = try listed.make(old.replacing("secret: \(secret)", with: "secrets: [\(new), \(secret)]"))
        let sample = try #require(listed.spec.samples.first).webhook
        func holds(_ key: some StringProtocol) throws -> Bool {
            let proof = try listed.make(old.replacing(secret, with: key)).proof
            return (try? both.proof.check(proof.signed(sample), at: .test)) != nil
        }
        #expect(try holds(secret))
        #expect(try holds(new))
        #expect(try !holds(third))
        #expect(listed.problems(old.replacing("secret: \(secret)", with: "secrets: []")) != [])
        #expect(listed.problems(old.replacing("secret: \(secret)", with: "secret: \"\"")) != [])
        #expect(listed.problems(old.replacing("secret: \(secret)", with: "secrets: [\(new), \"\"]")) != [])
        #expect(listed.problems(old + "\nsecrets: [\(new)]") != [])
        #expect(listed.problems("") != [])
    }

    @Test("two adapters of one module under different names keep to their own secrets", arguments: AdapterList.all)
    func twoOfOneModule(_ listed: Listed) throws {
        let first = try listed.adapter()
        let second = try listed.make(
            listed.yaml.replacing("sample-", with: "other--").replacing("whsec_c2F", with: "whsec_d2F")
                + "\nuse: \(listed.name)")
        let sample = try #require(listed.spec.samples.first).webhook
        for (one, other) in [(first, second), (second, first)] {
            let signed = one.proof.signed(sample)
            #expect(throws: Never.self) { try one.proof.check(signed, at: .test) }
            #expect(throws: ProofRefusal.self) { try other.proof.check(signed, at: .test) }
        }
    }
}
