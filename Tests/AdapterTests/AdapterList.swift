import AdapterKit
import OpenPhone
import Testing
import Vapi
import Vocelio
import Vogent
import Voqo

/// Every adapter with settings that a user would write. A new one is one line here, and one file for each sample.
enum AdapterList {
    static let all = [
        Listed(Voqo.self, "secret: sample-voqo-secret"),
        Listed(
            Vapi.self,
            """
            secret: sample-vapi-secret
            keep: [hang, speech-update, assistant.speechStarted, assistant.started, model-output, user-interrupted,
                   language-change-detected, voice-input]
            """),
        Listed(OpenPhone.self, "secret: whsec_c2FtcGxlIHN0YW5kYXJkIHdlYmhvb2tzIGtleSD+"),
        Listed(Vogent.self, "secret: sample-vogent-secret"),
        Listed(Vocelio.self, "secret: sample-vocelio-secret"),
        Listed(Acme.self, "secret: sample-acme-secret"),
    ]

    /// The same adapters with every other way in which they let a provider prove itself.
    static let furtherProofs = [
        Listed(Vapi.self, "bearer: {token: sample-vapi-bearer-secret}"),
        Listed(Vapi.self, "jwt: {secret: sample-vapi-jwt-secret}"),
        Listed(Vapi.self, "hmac: {secret: sample-vapi-hmac-secret}"),
        Listed(
            Vapi.self,
            """
            hmac: {secret: sample-vapi-hmac-secret, algorithm: sha512, signature_encoding: base64, signature_prefix: "v=",
                   payload_format: "{svix-id}.{timestamp}.{method}.{url}.{body}"}
            """),
        Listed(
            Vapi.self,
            "hmac: {secret: sample-vapi-hmac-secret, include_timestamp: false, signature_header: x-vapi-signature}"),
        Listed(OpenPhone.self, "{secret: sample-openphone-secret, body_signature: true}"),
        Listed(
            Vogent.self,
            "{secret: sample-vogent-secret, functions: {header: X-Function-Key, secret: sample-vogent-function-secret}}"
        ),
        Listed(Vocelio.self, "{secret: sample-vocelio-secret, signature_method: hmac_sha1}"),
        Listed(Vocelio.self, "{secret: sample-vocelio-secret, signature_method: api_key}"),
        Listed(Vocelio.self, "{secret: sample-vocelio-secret, signature_method: jwt}"),
        Listed(Vocelio.self, "{secret: sample-vocelio-secret, signature_method: basic_auth, user: sample}"),
    ]

    /// Every single proof that any of them takes.
    static let schemes = (all + furtherProofs).flatMap(\.schemes)
}

/// One adapter of the list.
struct Listed: Sendable, CustomTestStringConvertible {
    var spec: AdapterSpec
    var yaml: String
    /// Makes the adapter from a text such as `yaml`.
    var make: @Sendable (_ yaml: String) throws -> any Adapter
    /// What is wrong with a configuration, in words.
    var problems: @Sendable (_ yaml: String) -> [String]

    init<Tested: Adapter>(_: Tested.Type, _ yaml: String) {
        (spec, self.yaml) = (Tested.spec, yaml)
        make = { try Workbench<Tested>($0).adapter }
        problems = { Workbench<Tested>.problems($0) }
    }

    var name: String { spec.name }
    var testDescription: String { "\(name) (\(yaml.prefix(60)))" }

    func adapter() throws -> any Adapter { try make(yaml) }

    func decode(_ sample: Sample) throws -> Decoded {
        let adapter = try adapter()
        return try adapter.decode(try adapter.proof.check(adapter.proof.signed(sample.webhook), at: .test))
    }

    /// The proofs that it takes, one by one.
    var schemes: [Scheme] {
        guard let proof = try? adapter().proof else { return [] }
        return proof.leaves.indices.map { Scheme(listed: self, index: $0) }
    }
}

/// One way to prove a webhook to one adapter; checks always go through the adapter's whole proof.
struct Scheme: Sendable, CustomTestStringConvertible {
    var listed: Listed
    var index: Int

    var testDescription: String { "\(listed.testDescription) proof \(index + 1)" }

    func opened() throws -> Opened {
        let adapter = try listed.adapter()
        return Opened(
            adapter: adapter, leaf: try #require(adapter.proof.leaves.dropFirst(index).first),
            samples: listed.spec.samples)
    }

    struct Opened: Sendable {
        var adapter: any Adapter
        var leaf: Proof
        var samples: [Sample]

        /// Whether the code covers the body. Shared secrets and tokens only say who is calling.
        var isBound: Bool { signature != nil }

        var signature: SignatureProof? { if case .signature(let proof) = leaf { proof } else { nil } }

        var header: String { leaf.carriers.first ?? "" }

        func signed(_ webhook: RawWebhook, at time: Timestamp = .test) -> RawWebhook { leaf.signed(webhook, at: time) }

        func refusal(_ webhook: RawWebhook, at now: Timestamp = .test) -> ProofRefusal? {
            do { _ = try adapter.proof.check(webhook, at: now) } catch { return error }
            return nil
        }
    }
}

extension Proof {
    var leaves: [Proof] {
        if case .firstPresent(let proofs) = self { proofs.flatMap(\.leaves) } else { [self] }
    }

    func signed(_ webhook: RawWebhook, at time: Timestamp = .test) -> RawWebhook {
        var webhook = webhook
        webhook.headers.fields += sign(webhook, at: time)
        return webhook
    }
}

extension Timestamp {
    /// The present of these tests.
    static let test = Timestamp(milliseconds: 1_760_000_000_000)
}

extension Sample {
    var webhook: RawWebhook {
        RawWebhook(target: "/webhooks/test", headers: Headers(headers), body: Array(body.utf8), receivedAt: .test)
    }
}

extension RawWebhook {
    /// The same with another value of a header.
    func with(_ name: String, _ value: String) -> RawWebhook {
        var webhook = without(name)
        webhook.headers.fields.append((name, value))
        return webhook
    }

    func without(_ name: String) -> RawWebhook {
        var webhook = self
        webhook.headers.fields.removeAll { $0.name.lowercased() == name.lowercased() }
        return webhook
    }

    func with(body: [UInt8]) -> RawWebhook {
        var webhook = self
        webhook.body = body
        return webhook
    }
}
