import AdapterKit
import Foundation
import OpenPhone
import Testing
import Vapi
import Vocelio
import Vogent
import Voqo

/// Signatures that were computed elsewhere hold under the adapters as users configure them.
@Suite struct SignatureVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var yaml: String
        var webhook: RawWebhook
        var now: Timestamp
        var make: @Sendable (String) throws -> any Adapter

        var testDescription: String { name }
    }

    static let vectors: [Vector] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Vectors/signature_vectors.json")
        guard let data = try? Data(contentsOf: file), let json = try? JSON(parsing: Array(data)) else { return [] }
        return (json.array ?? []).compactMap(vector)
    }()

    @Test("all vectors are read")
    func count() {
        #expect(Self.vectors.count == 14)
        #expect(
            Set(Self.vectors.map { $0.name.prefix { $0 != ":" } }) == [
                "voqo", "vapi", "openphone", "vogent", "vocelio",
            ])
    }

    @Test("a signature of the provider's own making is believed", arguments: vectors)
    func holds(_ vector: Vector) throws {
        let proof = try vector.make(vector.yaml).proof
        do throws(ProofRefusal) { _ = try proof.check(vector.webhook, at: vector.now) } catch {
            Issue.record("\(error)")
        }
    }

    @Test("it is refused with another body, another secret and another clock", arguments: vectors)
    func refused(_ vector: Vector) throws {
        let proof = try vector.make(vector.yaml).proof
        let isBound = vector.webhook.headers["Authorization"] == nil && vector.webhook.headers["X-Vapi-Secret"] == nil
        if isBound {
            #expect(throws: ProofRefusal.badSignature) {
                try proof.check(vector.webhook.with(body: vector.webhook.body + [0x20]), at: vector.now)
            }
        }
        let other = try vector.make(
            vector.yaml.replacing("secret: \"", with: "secret: \"AAAA").replacing("token: \"", with: "token: \"AAAA")
                .replacing("AAAAwhsec_", with: "whsec_AAAA")
        ).proof
        #expect(throws: ProofRefusal.self) { try other.check(vector.webhook, at: vector.now) }
        let isTimed =
            vector.webhook.headers.fields.contains { $0.name.lowercased().hasSuffix("-timestamp") }
            || vector.webhook.headers["openphone-signature"] != nil || vector.name.contains("exp =")
        if isTimed {
            #expect(throws: ProofRefusal.staleTimestamp) {
                try proof.check(vector.webhook, at: vector.now + .seconds(3600))
            }
        } else {
            #expect(throws: Never.self) { try proof.check(vector.webhook, at: vector.now + .seconds(3600)) }
        }
    }

    private static func vector(_ json: JSON) -> Vector? {
        guard let name = json.text("name"), let secret = json.text("secret"), let now = json.at("now_unix_s")?.int,
            let body = json.text("body_utf8"), let headers = json.at("headers")?.object?.members
        else { return nil }
        let webhook = RawWebhook(
            target: "/webhooks/test", headers: Headers(headers.map { ($0.name, $0.value.string ?? "") }),
            body: Array(body.utf8),
            receivedAt: .test)
        var yaml = "secret: \"\(secret)\""
        let make: @Sendable (String) throws -> any Adapter
        switch name.prefix(while: { $0 != ":" }) {
        case "voqo": make = { try Workbench<Voqo>($0).adapter }
        case "vapi":
            make = { try Workbench<Vapi>($0).adapter }
            if name.contains("bearer") { yaml = "bearer: {token: \"\(secret)\"}" }
            if let config = json.at("config")?.object {
                let settings = config.members.map {
                    ", \(snake($0.name)): \(String(decoding: $0.value.encoded(), as: UTF8.self))"
                }
                yaml = "hmac: {secret: \"\(secret)\"\(settings.joined())}"
            }
        case "openphone":
            make = { try Workbench<OpenPhone>($0).adapter }
            if headers.contains(where: { $0.name == "x-openphone-signature-v1" }) { yaml += "\nbody_signature: true" }
        case "vogent": make = { try Workbench<Vogent>($0).adapter }
        case "vocelio":
            make = { try Workbench<Vocelio>($0).adapter }
            if name.contains("sha1") { yaml += "\nsignature_method: hmac_sha1" }
            if name.contains("JWT") { yaml += "\nsignature_method: jwt" }
        default: return nil
        }
        return Vector(
            name: name, yaml: yaml, webhook: webhook, now: Timestamp(milliseconds: Int64(now) * 1000), make: make)
    }

    /// `signatureHeader`, as Vapi writes it, is `signature_header` here.
    private static func snake(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
}
