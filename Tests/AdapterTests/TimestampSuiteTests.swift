import AdapterKit
import Testing

/// Proofs with a timestamp: how far it may be off, and what is no timestamp at all.
@Suite struct TimestampSuiteTests {
    static let schemes = AdapterList.schemes.filter { (try? $0.opened().signature?.timestamp) != nil }

    @Test("there are schemes with a timestamp in a header and in the signature itself")
    func present() throws {
        let sources = try Self.schemes.compactMap { try $0.opened().signature?.timestamp?.source }
        #expect(sources.contains { if case .layout = $0 { true } else { false } })
        #expect(sources.contains { if case .header = $0 { true } else { false } })
    }

    @Test("the tolerance itself is accepted, either way, and one second more is not", arguments: schemes)
    func tolerance(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let tolerance = try #require(tried.signature?.timestamp).tolerance
        let sample = try #require(tried.samples.first).webhook
        for sign in [1, -1] {
            for (extra, expected) in [
                (Duration.zero, nil), (.seconds(1), ProofRefusal.staleTimestamp),
                (.seconds(86_400 * 365), .staleTimestamp),
            ] {
                let webhook = tried.signed(sample, at: .test + (tolerance + extra) * sign)
                #expect(tried.refusal(webhook) == expected, "\(sign) \(extra)")
            }
        }
    }

    @Test("the present's milliseconds do not shorten a tolerance in whole seconds", arguments: schemes)
    func fractions(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let sample = try #require(tried.samples.first).webhook
        let now = Timestamp(milliseconds: Timestamp.test.milliseconds + 999)
        for seconds in [-300, 300] {
            #expect(tried.refusal(tried.signed(sample, at: .test + .seconds(seconds)), at: now) == nil)
        }
        for seconds in [-301, 301] {
            #expect(tried.refusal(tried.signed(sample, at: .test + .seconds(seconds)), at: now) == .staleTimestamp)
        }
    }

    @Test("what is no timestamp is refused before any code is computed", arguments: schemes)
    func forms(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let signature = try #require(tried.signature)
        let timestamp = try #require(signature.timestamp)
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        var malformed = [
            "-1760000000", "+1760000000", "1760000000.0", "1760000000 ", " 1760000000", "1.76e9", "0x68e77380",
            "１７６００００００",
            "2025-10-09T08:53:20Z", "abc", "nan", "99999999999999999999999", "17600000000000000", "1760000000\u{0}",
            "--", "\u{0}",
        ]
        if case .seconds = timestamp.unit { malformed.append("1760000000000") }
        for text in malformed + ["0", "1", "9999999999", "9999999999999999", "1760000300000000"] {
            let refusal: ProofRefusal?
            switch timestamp.source {
            case .header(let name): refusal = tried.refusal(webhook.with(name, text))
            case .layout:
                let parts = try #require(webhook.headers[tried.header]).split(separator: ";")
                // Blanks around the fields of a header are no part of them.
                if text.contains(" ") { continue }
                refusal = tried.refusal(webhook.with(tried.header, "hmac;1;\(text);\(parts[3])"))
            }
            if malformed.contains(text) {
                #expect(refusal == .malformedTimestamp, "\(text)")
            } else {
                #expect([.staleTimestamp, .malformedTimestamp].contains(refusal), "\(text)")
            }
        }
    }

    @Test("a missing, empty or doubled timestamp is refused", arguments: schemes)
    func missing(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        guard case .header(let name) = try #require(tried.signature?.timestamp).source else {
            let parts = try #require(webhook.headers[tried.header]).split(separator: ";")
            #expect(tried.refusal(webhook.with(tried.header, "hmac;1;;\(parts[3])")) == .malformedTimestamp)
            #expect(tried.refusal(webhook.with(tried.header, "hmac;1;\(parts[3])")) == .malformedProof)
            return
        }
        #expect(tried.refusal(webhook.without(name)) == .missingTimestamp)
        #expect(tried.refusal(webhook.with(name, "")) == .missingTimestamp)
        var twice = webhook
        twice.headers.fields.append((name.uppercased(), try #require(webhook.headers[name])))
        #expect(tried.refusal(twice) == .malformedTimestamp)
    }

    @Test("another timestamp within the tolerance is refused where the code covers it", arguments: schemes)
    func covered(_ scheme: Scheme) throws {
        let tried = try scheme.opened()
        let signature = try #require(tried.signature)
        let webhook = tried.signed(try #require(tried.samples.first).webhook)
        // Voqo signs the body alone: its timestamp guards against nothing but delay, and the webhook's key against replays.
        let expected = signature.pieces.contains(.timestamp) ? ProofRefusal.badSignature : nil
        for (old, other) in [("1760000000", "1760000001"), ("1760000000000", "1760000000001")] {
            let fresh: RawWebhook
            switch try #require(signature.timestamp).source {
            case .header(let name):
                guard webhook.headers[name] == old else { continue }
                fresh = webhook.with(name, other)
            case .layout:
                let value = try #require(webhook.headers[tried.header])
                guard value.contains(";\(old);") else { continue }
                fresh = webhook.with(tried.header, value.replacing(";\(old);", with: ";\(other);"))
            }
            #expect(tried.refusal(fresh) == expected)
        }
    }
}
