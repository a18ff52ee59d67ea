import AdapterKit
import HubConfig
import HubModel
import OpenPhone
import Vapi
import Vocelio
import Vogent
import Voqo

/// A webhook: a letter for the adapter, then headers, a line each, an empty line, and the body.
struct WebhookInput {
    static let modules: [any Adapter.Type] = [Voqo.self, Vapi.self, OpenPhone.self, Vogent.self, Vocelio.self]
    private static let now = Timestamp(milliseconds: 1_760_000_100_000)
    private static let secret = "c2VjcmV0LW9mLXRoZS10ZXN0cw=="

    /// Each adapter as one would set it up.
    private static let adapters: [any Adapter] = modules.compactMap { module in
        let text = Array("secret: \"\(secret)\"".utf8)
        let environment = ConfigEnvironment(
            variable: { _ in nil }, readFile: { _, _ throws(ConfigEnvironment.ReadError) in text },
            listFolder: { _ throws(ConfigEnvironment.ReadError) in [] })
        guard let node = try? ConfigLoader(environment).load("settings.yaml").root else { return nil }
        var problems = Diagnostics()
        return try? module.init(
            Section(node, of: "adapter", fields: CommonSettings.fields + module.spec.settings, &problems))
    }

    private let adapter: any Adapter
    private let webhook: RawWebhook

    init(_ bytes: [UInt8]) throws(Subject.Broken) {
        let adapters = Self.adapters
        guard adapters.count == Self.modules.count else { throw Subject.Broken("an adapter cannot be set up") }
        adapter = adapters[Int(bytes.first ?? 0) % adapters.count]
        var fields: [(name: String, value: String)] = []
        var rest = bytes.dropFirst()
        while let end = rest.firstIndex(of: 10) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            guard let colon = line.firstIndex(of: ":") else { break }
            fields.append((String(line[..<colon]), String(String(line[line.index(after: colon)...]).trimmingBlanks())))
        }
        webhook = RawWebhook(
            target: "/webhooks/fuzz", headers: Headers(fields), body: Array(rest), receivedAt: Self.now)
    }

    /// Whatever an authentic webhook holds, it becomes events or an error with words.
    func decode() throws(Subject.Broken) {
        guard let verified = try? Proof.nothing.check(webhook, at: Self.now) else {
            throw Subject.Broken("nothing to prove was not proven")
        }
        do throws(DecodeError) {
            let (first, again) = (try adapter.decode(verified), try adapter.decode(verified))
            if first.key != again.key || first.events.count != again.events.count {
                throw DecodeError("broken: two decodings of one webhook differ")
            }
        } catch {
            if error.problem.isEmpty { throw Subject.Broken("an error without words") }
            if error.problem.hasPrefix("broken: ") { throw Subject.Broken(error.problem) }
        }
    }

    /// Nobody without the secret is believed, what the head alone gives away is what the whole would have given, and what
    /// is signed is believed.
    func prove() throws(Subject.Broken) {
        let proof = adapter.proof
        let whole = refusal { () throws(ProofRefusal) in _ = try proof.check(webhook, at: Self.now) }
        let head = refusal { () throws(ProofRefusal) in try proof.checkHead(webhook, at: Self.now) }
        let isGiven = webhook.headers.fields.contains { $0.value.contains(Self.secret) }
        if whole == nil, !isGiven { throw Subject.Broken("a webhook without the secret is believed") }
        if let head, head != whole {
            throw Subject.Broken("refused by its head as \(head), and whole as \(whole.map { "\($0)" } ?? "believed")")
        }
        var signed = webhook
        signed.headers.fields = []
        signed.headers.fields = proof.sign(signed, at: Self.now)
        if let refusal = refusal({ () throws(ProofRefusal) in _ = try proof.check(signed, at: Self.now) }) {
            throw Subject.Broken("a signed webhook is refused as \(refusal)")
        }
        if let refusal = refusal({ () throws(ProofRefusal) in try proof.checkHead(signed, at: Self.now) }) {
            throw Subject.Broken("a signed webhook is refused by its head as \(refusal)")
        }
        signed.body.append(0x20)
        if case .signature = proof,
            refusal({ () throws(ProofRefusal) in _ = try proof.check(signed, at: Self.now) }) == nil
        {
            throw Subject.Broken("a changed body is believed")
        }
    }

    private func refusal(_ check: () throws(ProofRefusal) -> Void) -> ProofRefusal? {
        do throws(ProofRefusal) {
            try check()
            return nil
        } catch { return error }
    }
}
