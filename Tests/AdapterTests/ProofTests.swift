import AdapterKit
import Testing

/// Proofs on their own, where an adapter's configuration does not reach.
@Suite struct ProofTests {
    private func webhook(_ headers: [(name: String, value: String)], _ body: String = "{}") -> RawWebhook {
        RawWebhook(target: "/x", headers: Headers(headers), body: Array(body.utf8), receivedAt: .test)
    }

    private func refusal(_ proof: Proof, _ webhook: RawWebhook, at now: Timestamp = .test) -> ProofRefusal? {
        do { _ = try proof.check(webhook, at: now) } catch { return error }
        return nil
    }

    private let key = Array("sample-key".utf8)

    // MARK: Signatures

    private var standard: Proof {
        .signature(
            SignatureProof(
                header: "webhook-signature", layout: .versioned("v1"), encoding: .base64,
                pieces: [.header("webhook-id"), .text("."), .timestamp, .text("."), .body],
                timestamp: .init(.header("webhook-timestamp"), unit: .seconds, tolerance: .seconds(300)), keys: [key]))
    }

    @Test("a part of the body cannot be passed off as the end of the id")
    func shiftedID() {
        // The provider signs `msg_1.1760000000.X.1760000000.{}`; the very same bytes, cut elsewhere, are another webhook.
        let signed = standard.signed(webhook([("webhook-id", "msg_1")], "X.1760000000.{}"))
        #expect(refusal(standard, signed) == nil)
        let shifted = signed.with("webhook-id", "msg_1.1760000000.X").with(body: Array("{}".utf8))
        #expect(refusal(standard, shifted) == .malformedProof)
    }

    @Test("of two ids nobody could say which one counts")
    func doubledID() {
        var signed = standard.signed(webhook([("webhook-id", "msg_1")]))
        #expect(refusal(standard, signed) == nil)
        signed.headers.fields.insert(("Webhook-Id", "msg_2"), at: 0)
        #expect(refusal(standard, signed) == .malformedProof)
        #expect(refusal(standard, signed.without("webhook-id")) == .missingProof)
        #expect(refusal(standard, signed.with("webhook-id", "")) == .missingProof)
        #expect(refusal(standard, signed.with("webhook-id", "msg_2")) == .badSignature)
    }

    @Test("a layout without a timestamp cannot carry one, and then nothing is believed")
    func noTimestampInLayout() {
        for pieces: [SignatureProof.Piece] in [[.body], [.timestamp, .body]] {
            let proof = Proof.signature(
                SignatureProof(
                    header: "X-Sig", pieces: pieces,
                    timestamp: .init(.layout, unit: .seconds, tolerance: .seconds(300)), keys: [key]))
            #expect(refusal(proof, proof.signed(webhook([]))) == .missingTimestamp)
        }
        let untimed = Proof.signature(SignatureProof(header: "X-Sig", pieces: [.timestamp, .body], keys: [key]))
        #expect(refusal(untimed, webhook([("X-Sig", String(repeating: "0", count: 64))])) == .missingTimestamp)
    }

    @Test("of many timestamps in one header only the first two cost a pass over the body")
    func manyTimestamps() throws {
        let proof = Proof.signature(
            SignatureProof(
                header: "sig", layout: .fields(leading: ["hmac", "1"]), encoding: .base64,
                pieces: [.timestamp, .text("."), .body],
                timestamp: .init(.layout, unit: .byMagnitude, tolerance: .seconds(300)), keys: [key]))
        let right = try #require(proof.signed(webhook([])).headers["sig"])
        func with(_ wrong: Int) -> ProofRefusal? {
            let others = (0..<wrong).map { right.replacing(";1760000000;", with: ";\(1_760_000_001 + $0);") }
            return refusal(proof, webhook([("sig", (others + [right]).joined(separator: ","))]))
        }
        #expect(with(0) == nil)
        #expect(with(1) == nil)
        #expect(with(2) == .malformedProof)
        // The right timestamp with a wrong signature costs nothing more.
        let wrong = String(right.dropLast(5)) + "AAAA="
        #expect(refusal(proof, webhook([("sig", [wrong, wrong, wrong, right].joined(separator: ","))])) == nil)
    }

    @Test("milliseconds that end in 000 are still milliseconds")
    func wholeMilliseconds() {
        let proof = Proof.signature(
            SignatureProof(
                header: "sig", layout: .fields(leading: []), pieces: [.timestamp, .body],
                timestamp: .init(.layout, unit: .milliseconds, tolerance: .seconds(300)), keys: [key]))
        let signed = proof.signed(webhook([]))
        #expect(refusal(proof, signed, at: .test + .milliseconds(300_000)) == nil)
        #expect(refusal(proof, signed, at: .test + .milliseconds(300_001)) == .staleTimestamp)
        #expect(refusal(proof, signed, at: .test + .milliseconds(-300_001)) == .staleTimestamp)
    }

    @Test("a header longer than eight kilobytes is not looked at, even if it would hold")
    func longHeader() {
        for (length, expected) in [(8192, nil), (8193, ProofRefusal.malformedProof)] {
            let secret = String(repeating: "s", count: length)
            let proof = Proof.sharedSecret(SharedSecretProof(header: "X-Key", secrets: [Secret(secret)]))
            #expect(refusal(proof, proof.signed(webhook([]))) == expected)
        }
    }

    @Test("a format is read into pieces, and one without the body is none")
    func formats() {
        #expect(SignatureProof.pieces(of: "{timestamp}.{body}") == [.timestamp, .text("."), .body])
        #expect(
            SignatureProof.pieces(of: "v0:{timestamp}:{x-id}{method}{url}{body}!")
                == [.text("v0:"), .timestamp, .text(":"), .header("x-id"), .method, .url, .body, .text("!")])
        for format in ["", "{timestamp}", "{body", "body", "{}{body}", "{timestamp.{body}"] {
            #expect(SignatureProof.pieces(of: format) == nil, "\(format)")
        }
    }

    // MARK: Several proofs

    @Test("the first whose header is there decides, and what it refuses is not offered to the others")
    func firstPresent() throws {
        let strong = Proof.signature(SignatureProof(header: "X-Strong", keys: [key]))
        let weak = Proof.sharedSecret(SharedSecretProof(header: "X-Weak", secrets: [Secret("weak-secret")]))
        let both = Proof.firstPresent([strong, weak])
        #expect(both.carriers == ["X-Strong", "X-Weak"])
        #expect(refusal(both, webhook([])) == .missingProof)
        #expect(refusal(both, webhook([("X-Weak", "weak-secret")])) == nil)
        for wrong in ["", "0", String(repeating: "0", count: 64)] {
            #expect(refusal(both, webhook([("X-Weak", "weak-secret"), ("x-strong", wrong)])) != nil)
        }
        #expect(refusal(both, weak.signed(strong.signed(webhook([])))) == nil)
        #expect(refusal(both, strong.signed(webhook([("X-Weak", "wrong")]))) == nil)
    }

    @Test("two schemes of Authorization are told apart by their names")
    func schemes() {
        let both = Proof.firstPresent([
            .jwt(TokenProof(keys: [key])), .basic(user: "ada", password: Secret("pass")),
        ])
        #expect(refusal(both, webhook([("Authorization", "Basic YWRhOnBhc3M=")])) == nil)
        #expect(refusal(both, webhook([("Authorization", "Bearer YWRhOnBhc3M=")])) == .malformedProof)
        #expect(refusal(both, webhook([("Authorization", "Digest YWRhOnBhc3M=")])) == .missingProof)
    }

    // MARK: Tokens

    private func token(_ head: String, _ claims: String) throws -> RawWebhook {
        webhook([("Authorization", "Bearer \(try Tokens.signed(claims, head: head, key: key))")])
    }

    @Test("a token signed with any of several keys holds, and with no other")
    func severalKeys() {
        let keys = ["new-key", "old-key"].map { Array($0.utf8) }
        let both = Proof.jwt(TokenProof(keys: keys))
        for key in keys { #expect(refusal(both, Proof.jwt(TokenProof(keys: [key])).signed(webhook([]))) == nil) }
        #expect(refusal(both, Proof.jwt(TokenProof(keys: [key])).signed(webhook([]))) == .badSignature)
    }

    @Test(
        "a token's claims decide, with a leeway of a minute",
        arguments: [
            ("{}", .missingExpiry), (#"{"nbf":0}"#, .missingExpiry), (#"{"exp":1760000000}"#, nil),
            (#"{"exp":1759999941}"#, nil),
            (#"{"exp":1759999940}"#, ProofRefusal.staleTimestamp),
            (#"{"exp":1760000000,"nbf":1760000060}"#, nil),
            (#"{"exp":1760000000,"nbf":1760000061}"#, .staleTimestamp),
            (#"{"exp":1760000000.5,"nbf":0}"#, nil),
            (#"{"exp":null}"#, .badToken), (#"{"exp":"1860000000"}"#, .badToken), (#"{"exp":1e300}"#, .badToken),
            (#"{"exp":1760000000,"nbf":-1e300}"#, .badToken), (#"{"exp":true}"#, .badToken),
            (#"{"exp":9999999999,"exp":1}"#, .staleTimestamp),
            ("[]", .badToken), ("1", .badToken), ("", .badToken), (#"{"exp":18"#, .badToken),
        ] as [(String, ProofRefusal?)])
    func claims(claims: String, expected: ProofRefusal?) throws {
        #expect(refusal(.jwt(TokenProof(keys: [key])), try token(Tokens.hs256, claims)) == expected)
    }

    @Test("a token without an expiry is only accepted where that was asked for")
    func unexpiring() throws {
        let proof = Proof.jwt(TokenProof(requiresExpiry: false, keys: [key]))
        #expect(refusal(proof, try token(Tokens.hs256, "{}")) == nil)
        #expect(refusal(proof, try token(Tokens.hs256, #"{"exp":1}"#)) == .staleTimestamp)
        #expect(refusal(proof, try token(Tokens.hs256, #"{"exp":null}"#)) == .badToken)
    }

    @Test(
        "a token's issuer and audience are those that were asked for, and a foreign audience is never accepted",
        arguments: [
            (nil, [], #""iss":"anybody""#, nil), (nil, [], #""aud":"crm""#, ProofRefusal.wrongAudience),
            (nil, [], #""aud":["crm"]"#, .wrongAudience), (nil, [], #""aud":[]"#, .wrongAudience),
            (nil, [], #""aud":null"#, .wrongAudience),
            (nil, ["hub"], #""aud":"hub""#, nil), (nil, ["hub"], #""aud":["crm","hub"]"#, nil),
            (nil, ["a", "hub"], #""aud":"hub""#, nil), (nil, ["hub"], #""aud":"Hub""#, .wrongAudience),
            (nil, ["hub"], #""aud":["crm"]"#, .wrongAudience), (nil, ["hub"], #""aud":{"hub":1}"#, .wrongAudience),
            (nil, ["hub"], #""sub":"x""#, .wrongAudience),
            ("us", [], #""iss":"us""#, nil), ("us", [], #""iss":"them""#, .wrongIssuer),
            ("us", [], #""iss":["us"]"#, .wrongIssuer), ("us", [], #""sub":"us""#, .wrongIssuer),
            ("us", ["hub"], #""iss":"us","aud":"hub""#, nil),
        ] as [(String?, [String], String, ProofRefusal?)])
    func audiences(issuer: String?, audience: [String], claims: String, expected: ProofRefusal?) throws {
        let proof = Proof.jwt(TokenProof(issuer: issuer, audience: audience, keys: [key]))
        #expect(refusal(proof, try token(Tokens.hs256, "{\"exp\":1760000100,\(claims)}")) == expected)
        #expect(refusal(proof, proof.signed(webhook([]))) == nil)
    }

    @Test("a webhook says which of it the proof covers")
    func coverage() throws {
        func verified(_ proof: Proof, _ headers: [(String, String)] = []) throws -> VerifiedWebhook {
            try proof.check(proof.signed(webhook(headers)), at: .test)
        }
        let both = [("X-ID", "i"), ("X-Other", "o")]
        let signed = try verified(
            .signature(SignatureProof(header: "s", pieces: [.header("X-ID"), .text("."), .body], keys: [key])), both)
        #expect(signed.isBodyProven)
        #expect(signed.provenHeader("x-id") == "i")
        #expect(signed.provenHeader("X-Other") == nil)
        #expect(signed.carrier == "s")
        let (strong, weak) = (
            Proof.signature(SignatureProof(header: "s", keys: [key])),
            Proof.sharedSecret(SharedSecretProof(header: "X-Key", secrets: [Secret("a-secret")]))
        )
        #expect(strong.alwaysProvesBody && Proof.firstPresent([strong, strong]).alwaysProvesBody)
        #expect(!weak.alwaysProvesBody && !Proof.firstPresent([strong, weak]).alwaysProvesBody)
        #expect(!Proof.jwt(TokenProof(keys: [key])).alwaysProvesBody && !Proof.nothing.alwaysProvesBody)
        let plain = try verified(.signature(SignatureProof(header: "s", keys: [key])), both)
        #expect(plain.isBodyProven)
        #expect(plain.provenHeader("X-ID") == nil)
        for proof in [
            Proof.sharedSecret(SharedSecretProof(header: "X-Key", secrets: [Secret("a-secret")])),
            .jwt(TokenProof(keys: [key])), .basic(user: "ada", password: Secret("pass")), .nothing,
        ] {
            let held = try verified(proof, both)
            #expect(!held.isBodyProven)
            #expect(held.provenHeader("X-ID") == nil)
            #expect(held.carrier == proof.carriers.first)
        }
    }

    @Test(
        "no algorithm but ours, whatever the token calls for",
        arguments: [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"HS384"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#,
            #"{"alg":"hs256"}"#,
            #"{"alg":null}"#, #"{"alg":["HS256"]}"#, "{}", "[]", "", #"{"alg":"HS256","alg":"none"}"#,
            #"{"alg":"HS256","crit":["exp"]}"#,
            #"{"alg":"HS256","crit":[]}"#,
        ])
    func algorithms(head: String) throws {
        let proof = Proof.jwt(TokenProof(keys: [key]))
        #expect(refusal(proof, try token(head, #"{"exp":1760000100}"#)) == .badToken)
    }

    @Test("a token without its signature, or in another shape, is none")
    func shapes() throws {
        let proof = Proof.jwt(TokenProof(keys: [key]))
        let good = try #require(try token(Tokens.hs256, #"{"exp":1760000100}"#).headers["Authorization"])
        #expect(refusal(proof, webhook([("Authorization", good)])) == nil)
        let parts = good.split(separator: ".")
        for text in [
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", "\(good).\(parts[2])", "\(good)=", "\(good).",
            ".\(good)", "Bearer ..",
            "Bearer \(Tokens.base64url(Array(#"{"alg":"none"}"#.utf8))).\(parts[1]).",
        ] {
            #expect(refusal(proof, webhook([("Authorization", text)])) != nil, "\(text)")
        }
    }
}
