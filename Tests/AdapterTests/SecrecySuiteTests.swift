import AdapterKit
import Testing

/// What every adapter gets for free: its secrets are nowhere to be read.
@Suite struct SecrecySuiteTests {
    static let listed = AdapterList.all + AdapterList.furtherProofs

    /// The ways in which a secret of the settings could show.
    private static func forms(_ yaml: String) throws -> [String] {
        let texts = yaml.matches(of: /(?:secret|token): ((?:sample-|whsec_)[^\s,}]+)/).map { String($0.1) }
        try #require(!texts.isEmpty)
        return texts.flatMap { text in
            let bytes = Array(text.utf8)
            let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            return [text, bytes.map(String.init).joined(separator: ", "), hex, String(text.dropFirst(6))]
        }
    }

    private static func shown(_ value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return [dumped, String(describing: value), String(reflecting: value)]
            + mirrored(Mirror(reflecting: value), depth: 0)
    }

    private static func mirrored(_ mirror: Mirror, depth: Int) -> [String] {
        guard depth < 12 else { return [] }
        return mirror.children.flatMap {
            [String(describing: $0.value), String(reflecting: $0.value)]
                + mirrored(Mirror(reflecting: $0.value), depth: depth + 1)
        }
    }

    @Test("no description, dump or mirror of an adapter or its proof tells a secret", arguments: listed)
    func reflection(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        for text in Self.shown(adapter) + Self.shown(adapter.proof) + Self.shown(adapter.proof.leaves) {
            for form in try Self.forms(listed.yaml) where text.contains(form) { Issue.record("\(form) in \(text)") }
        }
    }

    @Test("no refusal tells a secret, nor what the signature should have been", arguments: listed)
    func refusals(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        let sample = try #require(listed.spec.samples.first)
        for leaf in adapter.proof.leaves {
            let webhook = leaf.signed(sample.webhook)
            let header = try #require(leaf.carriers.first)
            let value = try #require(webhook.headers[header])
            let wrongs = [
                sample.webhook, webhook.with(body: [0x7B, 0x7D]), webhook.with(header, ""), webhook.with(header, "x"),
                webhook.with(header, String(value.dropLast())), webhook.with(header, value + "0"),
            ]
            for wrong in wrongs {
                do throws(ProofRefusal) { _ = try adapter.proof.check(wrong, at: .test) } catch {
                    for text in Self.shown(error) + [error.words, error.localizedWords] {
                        for form in try Self.forms(listed.yaml) + [value] where text.contains(form) {
                            Issue.record("\(text)")
                        }
                    }
                }
            }
        }
        for refusal in ProofRefusal.allCases { #expect(!refusal.words.isEmpty) }
    }

    @Test("no complaint about a configuration tells a secret", arguments: listed)
    func configuration(_ listed: Listed) throws {
        let indented =
            listed.yaml.hasPrefix("{")
            ? listed.yaml.dropLast() + ", unknown_thing: 1}" : listed.yaml + "\nunknown_thing: 1"
        let broken = [
            String(indented), listed.yaml.replacing("secret:", with: "secrett:"),
            listed.yaml.replacing("secret:", with: "secrets:"),
            listed.yaml.replacing("secret: ", with: "tolerance: "), listed.yaml.replacing("secret: ", with: "path: "),
        ]
        for yaml in broken {
            for problem in listed.problems(yaml) {
                // A secret under the name of another setting is shown: nobody can know what it is.
                if yaml.contains("tolerance: ") || yaml.contains("path: ") { continue }
                for form in try Self.forms(listed.yaml) where problem.contains(form) { Issue.record("\(problem)") }
            }
        }
        #expect(listed.problems(String(indented)) != [])
    }

    @Test("credentials that ride in samples of an adapter are declared", arguments: AdapterList.all)
    func credentials(_ listed: Listed) throws {
        let redaction = Redaction(listed.spec.credentials)
        #expect(redaction.isEmpty == listed.spec.credentials.isEmpty)
        for sample in listed.spec.samples {
            let kept = String(decoding: redaction.apply(Array(sample.body.utf8)).bytes, as: UTF8.self)
            for name in ["twilioAuthToken", "serverUrlSecret", "password", "apiKey", "clientSecret", "Authorization"] {
                for match in try kept.matches(of: Regex("\"\(name)\"\\s*:\\s*\"([^\"]+)\"")) {
                    #expect(match.output[1].substring.map(String.init) == Redaction.mark, "\(sample.name): \(name)")
                }
            }
        }
    }
}

extension SecrecySuiteTests {
    private static let canary = "canary-7d2a"

    /// The body with a credential at every place where a path of any depth could lead.
    private static func baited(_ json: JSON, _ credentials: [String]) -> JSON {
        switch json {
        case .array(let items): return .array(items.map { baited($0, credentials) })
        case .object(let object):
            var made = JSONObject(object.members.map { .init($0.name, baited($0.value, credentials)) })
            for path in credentials where path.hasPrefix("**.") {
                let names = path.dropFirst(3).split(separator: ".").map { $0 == "*" ? "A" : String($0) }
                made = added(names[...], to: made)
            }
            return .object(made)
        default: return json
        }
    }

    private static func added(_ names: ArraySlice<String>, to object: JSONObject) -> JSONObject {
        guard let name = names.first else { return object }
        var object = object
        if names.count == 1 {
            object[name] = .string(canary)
        } else {
            let inner = object[name]?.object
            if object[name] == nil || inner != nil {
                object[name] = .object(added(names.dropFirst(), to: inner ?? [:]))
            }
        }
        return object
    }

    @Test("a credential anywhere in a body is neither kept nor in what the body becomes", arguments: AdapterList.all)
    func bait(_ listed: Listed) throws {
        let redaction = Redaction(listed.spec.credentials)
        let adapter = try listed.adapter()
        for sample in listed.spec.samples {
            let body = Self.baited(try JSON(parsing: sample.body), listed.spec.credentials).encoded()
            // By path, and what names alone tell.
            let kept = String(
                decoding: Redaction.byName.apply(redaction.apply(body).bytes).bytes, as: UTF8.self)
            if kept.contains(Self.canary) { Issue.record("\(sample.name) keeps a credential: \(kept)") }
            let webhook = adapter.proof.signed(sample.webhook.with(body: body))
            let verified = try adapter.proof.check(webhook, at: .test, hiding: redaction)
            #expect(verified.keptBody == Array(kept.utf8))
            #expect(verified.isRedacted == (kept.utf8.count != body.count))
            #expect(verified.raw.body == body)
            let decoded = try adapter.decode(verified)
            if decoded.key.contains(Self.canary) { Issue.record("\(sample.name): \(decoded.key)") }
            for event in decoded.events {
                let shown = String(reflecting: event)
                if shown.contains(Self.canary) { Issue.record("\(sample.name) tells a credential in \(event.type)") }
            }
        }
    }
}

extension ProofRefusal {
    fileprivate var localizedWords: String { String(describing: self as any Error) }
}
