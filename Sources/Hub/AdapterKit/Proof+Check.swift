import Crypto
import HubConfig
public import HubModel

/// A webhook whose proof was accepted. Only `Proof.check` makes one, so nothing else can be decoded by mistake.
public struct VerifiedWebhook: Sendable {
    public let raw: RawWebhook
    /// The body without the credentials in it: what may be stored, shown and delivered.
    public let keptBody: [UInt8]
    /// Whether the body contained credentials.
    public let isRedacted: Bool
    let coverage: Coverage
    private let parsed: Result<JSON, JSONError>

    fileprivate init(_ raw: RawWebhook, _ coverage: Coverage, hiding credentials: Redaction) {
        self.raw = raw
        self.coverage = coverage
        let known = credentials.apply(raw.body)
        let json = Result { () throws(JSONError) in try JSON(parsing: known.bytes) }
        // Names are looked for in what is parsed anyway; the bytes are walked only when there is something to take out,
        // or when nobody can tell.
        if case .success(let json) = json, !CredentialNames.areIn(json) {
            (keptBody, isRedacted) = known
            parsed = .success(json)
            return
        }
        let named = Redaction.byName.apply(known.bytes)
        (keptBody, isRedacted) = (named.bytes, known.changed || named.changed)
        parsed = named.changed ? Result { () throws(JSONError) in try JSON(parsing: named.bytes) } : json
    }

    /// The body as JSON, without credentials: what no adapter sees, no event can contain.
    public func json() throws(DecodeError) -> JSON {
        do { return try parsed.get() } catch { throw DecodeError("the body is \(error.description)") }
    }

    /// The body as a JSON object.
    public func object() throws(DecodeError) -> JSON {
        let json = try json()
        guard case .object = json else { throw DecodeError("the body is not a JSON object") }
        return json
    }

    public var headers: Headers { raw.headers }

    /// The SHA-256 of the body in hex, which identifies the bytes where the provider sends no id.
    public var bodyDigest: String { Self.digest(raw.body) }

    /// The digest of what the body says, without a member that differs between two deliveries of one webhook. White space
    /// makes no difference.
    public func bodyDigest(without member: String) -> String {
        guard let object = try? json().object else { return bodyDigest }
        return Self.digest(JSON.object(JSONObject(object.members.filter { $0.name != member })).encoded())
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        Codec.hex.encode(DigestAlgorithm.sha256.digest(bytes))
    }
}

extension Proof {
    /// Checks the exact bytes that were received, before anything is parsed. Comparisons take the same time for every wrong answer.
    ///
    /// - Parameter credentials: what is taken out of the body once it is proven, before it is parsed.
    public func check(
        _ webhook: RawWebhook, at now: Timestamp, hiding credentials: Redaction = Redaction([])
    ) throws(ProofRefusal) -> VerifiedWebhook {
        VerifiedWebhook(webhook, try verify(webhook, at: now), hiding: credentials)
    }

    /// Checks what can be known before the body has come: that the proof is there, can be read and is of the present, and
    /// all of it where the body plays no part. What `check` would accept is never refused.
    public func checkHead(_ webhook: RawWebhook, at now: Timestamp) throws(ProofRefusal) {
        switch self {
        case .signature(let proof): try proof.checkHead(webhook, at: now, most: Self.candidates)
        case .firstPresent(let proofs):
            guard let proof = proofs.first(where: { $0.isPresent(in: webhook.headers) }) else { throw .missingProof }
            try proof.checkHead(webhook, at: now)
        case .sharedSecret, .basic, .jwt, .nothing: _ = try verify(webhook, at: now)
        }
    }

    /// How many signatures in one header are checked; more are no rotation but an attempt to keep the hub busy.
    private static let candidates = 8

    private func verify(_ webhook: RawWebhook, at now: Timestamp) throws(ProofRefusal) -> Coverage {
        switch self {
        case .nothing: return .nothing
        case .firstPresent(let proofs):
            guard let proof = proofs.first(where: { $0.isPresent(in: webhook.headers) }) else { throw .missingProof }
            return try proof.verify(webhook, at: now)
        case .sharedSecret(let proof):
            let given = try Self.single(proof.header, webhook.headers)
            guard let secret = Self.behind(proof.prefix, given) else { throw .malformedProof }
            guard Self.anyEqual(Array(secret.utf8), proof.secrets.map { $0.revealedBytes() }) else { throw .badSecret }
            return .credential(header: proof.header)
        case .basic(let user, let password):
            let given = try Self.single("Authorization", webhook.headers)
            guard let encoded = Self.behind("Basic ", given), let bytes = Codec.base64.decode(encoded) else {
                throw .malformedProof
            }
            guard Self.anyEqual(bytes, [Array("\(user):".utf8) + password.revealedBytes()]) else { throw .badSecret }
            return .credential(header: "Authorization")
        case .jwt(let proof):
            try proof.verify(webhook.headers, at: now)
            return .credential(header: proof.header)
        case .signature(let proof):
            try proof.verify(webhook, at: now, most: Self.candidates)
            return .signature(header: proof.header, pieces: proof.pieces)
        }
    }

    /// Whether the header that carries this proof is present.
    private func isPresent(in headers: Headers) -> Bool {
        switch self {
        case .signature(let proof): headers[proof.header] != nil
        case .sharedSecret(let proof): headers[proof.header] != nil
        case .basic: headers["Authorization"].map { Self.behind("Basic ", $0) != nil } ?? false
        case .jwt(let proof): headers[proof.header].map { Self.behind(proof.prefix, $0) != nil } ?? false
        case .firstPresent(let proofs): proofs.contains { $0.isPresent(in: headers) }
        case .nothing: true
        }
    }

    /// The value of a header that must be there once: of two, nobody could say which one counts.
    static func single(_ name: String, _ headers: Headers) throws(ProofRefusal) -> String {
        let values = headers.all(name)
        guard let value = values.first, !value.isEmpty else { throw .missingProof }
        guard values.count == 1, value.utf8.count <= 8192 else { throw .malformedProof }
        return value
    }

    /// What follows `prefix`, which is compared without regard to case (RFC 9110 §11.1).
    static func behind(_ prefix: String, _ value: String) -> String? {
        guard value.utf8.count > prefix.utf8.count else { return nil }
        let head = String(decoding: value.utf8.prefix(prefix.utf8.count), as: UTF8.self)
        guard Headers.same(head, prefix) else { return nil }
        return String(decoding: value.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// Compares digests, so that not even the lengths of secrets show in the time taken.
    static func anyEqual(_ given: [UInt8], _ secrets: [[UInt8]]) -> Bool {
        let digest = DigestAlgorithm.sha256.digest(given)
        var found = false
        for secret in secrets where constantTimeEqual(digest, DigestAlgorithm.sha256.digest(secret)) { found = true }
        return found
    }
}

extension SignatureProof {
    /// Different timestamps in one header that a code is computed for; every one costs a pass over the body.
    private static let mostTimestamps = 2

    fileprivate func verify(_ webhook: RawWebhook, at now: Timestamp, most: Int) throws(ProofRefusal) {
        let given = try Proof.single(header, webhook.headers)
        var lastRefusal = ProofRefusal.malformedProof
        var computed: [(timestamp: String?, codes: [[UInt8]])] = []
        for candidate in try candidates(in: given, most: most) {
            do throws(ProofRefusal) {
                let timestamp = try timestampText(candidate, webhook.headers)
                try checkAge(timestamp, now)
                let codes: [[UInt8]]
                if let known = computed.first(where: { $0.timestamp == timestamp }) {
                    codes = known.codes
                } else {
                    guard computed.count < Self.mostTimestamps else { throw .malformedProof }
                    let signed = try signedPieces(webhook, timestamp)
                    codes = keys.map { $0.code(signed) }
                    computed.append((timestamp, codes))
                }
                for code in codes where constantTimeEqual(code, candidate.signature) { return }
                lastRefusal = .badSignature
            } catch {
                lastRefusal = error
            }
        }
        throw lastRefusal
    }

    fileprivate func checkHead(_ webhook: RawWebhook, at now: Timestamp, most: Int) throws(ProofRefusal) {
        let given = try Proof.single(header, webhook.headers)
        var lastRefusal = ProofRefusal.malformedProof
        for candidate in try candidates(in: given, most: most) {
            do throws(ProofRefusal) {
                let timestamp = try timestampText(candidate, webhook.headers)
                try checkAge(timestamp, now)
                _ = try signedPieces(webhook, timestamp)
                return
            } catch {
                lastRefusal = error
            }
        }
        throw lastRefusal
    }

    private struct Candidate {
        var signature: [UInt8]
        var timestamp: String?
    }

    private func candidates(in value: String, most: Int) throws(ProofRefusal) -> [Candidate] {
        var found: [Candidate] = []
        switch layout {
        case .prefixed(let prefix):
            // The prefix is part of the format and not a scheme name: its case counts.
            guard value.utf8.starts(with: prefix.utf8),
                let bytes = decode(Substring(value.utf8.dropFirst(prefix.utf8.count)))
            else { throw .malformedProof }
            found.append(Candidate(signature: bytes))
        case .versioned(let version):
            for entry in value.split(separator: " ").prefix(most) {
                let parts = entry.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0] == version, let bytes = decode(parts[1]) else { continue }
                found.append(Candidate(signature: bytes))
            }
        case .fields(let leading):
            for entry in value.split(separator: ",").prefix(most) {
                let parts = entry.split(separator: ";", omittingEmptySubsequences: false).map {
                    String($0).trimmingBlanks()
                }
                guard parts.count == leading.count + 2, zip(parts, leading).allSatisfy({ $0 == $1 }),
                    let bytes = decode(parts[leading.count + 1])
                else { continue }
                found.append(Candidate(signature: bytes, timestamp: String(parts[leading.count])))
            }
        }
        guard !found.isEmpty else { throw .malformedProof }
        return found
    }

    private func decode(_ text: Substring) -> [UInt8]? {
        guard let bytes = encoding.codec.decode(text), bytes.count == algorithm.digest.length else { return nil }
        // Lower-case hex is what every provider sends; accepting another spelling would only help somebody who guesses.
        if encoding == .hex, text.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }) {
            return nil
        }
        return bytes
    }

    private func timestampText(_ candidate: Candidate, _ headers: Headers) throws(ProofRefusal) -> String? {
        guard let timestamp else { return nil }
        switch timestamp.source {
        case .layout:
            guard let text = candidate.timestamp else { throw .missingTimestamp }
            return text
        case .header(let name):
            let values = headers.all(name)
            guard let value = values.first, !value.isEmpty else { throw .missingTimestamp }
            guard values.count == 1 else { throw .malformedTimestamp }
            return value
        }
    }

    private func checkAge(_ text: String?, _ now: Timestamp) throws(ProofRefusal) {
        guard let timestamp else { return }
        guard let text else { throw .missingTimestamp }
        guard (1...16).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text)
        else { throw .malformedTimestamp }
        let isSeconds: Bool
        switch timestamp.unit {
        case .milliseconds: isSeconds = false
        case .seconds: isSeconds = true
        case .byMagnitude: isSeconds = number < 100_000_000_000
        }
        // Milliseconds where seconds belong are no date of this era.
        guard !isSeconds || number < 1_000_000_000_000 else { throw .malformedTimestamp }
        let milliseconds = isSeconds ? number * 1000 : number
        // Whole seconds are compared in whole seconds: a tolerance of 300 s takes 300 and refuses 301.
        let present = isSeconds ? now.milliseconds / 1000 * 1000 : now.milliseconds
        guard abs(present - milliseconds) <= timestamp.tolerance.milliseconds else { throw .staleTimestamp }
    }

    fileprivate func signedPieces(_ webhook: RawWebhook, _ timestamp: String?) throws(ProofRefusal) -> [[UInt8]] {
        var signed: [[UInt8]] = []
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let text): signed.append(Array(text.utf8))
            case .body: signed.append(webhook.body)
            case .timestamp:
                guard let timestamp else { throw .missingTimestamp }
                signed.append(Array(timestamp.utf8))
            case .header(let name):
                let value = try Proof.single(name, webhook.headers)
                // Were the separator allowed within, a part of the body could be passed off as the end of the header.
                if index + 1 < pieces.count, case .text(let separator) = pieces[index + 1], !separator.isEmpty,
                    Array(value.utf8).contains(Array(separator.utf8))
                {
                    throw .malformedProof
                }
                signed.append(Array(value.utf8))
            case .method: signed.append(Array(webhook.method.utf8))
            case .url: signed.append(Array(webhook.target.utf8))
            }
        }
        return signed
    }
}

extension TokenProof {
    fileprivate func verify(_ headers: Headers, at now: Timestamp) throws(ProofRefusal) {
        let given = try Proof.single(header, headers)
        guard let token = Proof.behind(prefix, given) else { throw .malformedProof }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Codec.base64url.decode(parts[0]),
            let claims = Codec.base64url.decode(parts[1]),
            let signature = Codec.base64url.decode(parts[2])
        else { throw .malformedProof }
        // The algorithm is ours to say; the token may only agree. What it calls critical, nobody here knows (RFC 7515 §4.1.11).
        guard let head = try? JSON(parsing: head), head["alg"]?.string == "HS256", head["crit"] == nil else {
            throw .badToken
        }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        guard keys.contains(where: { constantTimeEqual($0.code(signed), signature) }) else { throw .badSignature }
        guard let claims = try? JSON(parsing: claims), claims.object != nil else { throw .badToken }
        for name in ["exp", "nbf"] where claims[name] != nil {
            guard let seconds = claims[name]?.double, seconds.isFinite, abs(seconds) < 1e12 else { throw .badToken }
            let time = Timestamp(milliseconds: Int64(seconds * 1000))
            if name == "exp", now - leeway >= time { throw .staleTimestamp }
            if name == "nbf", now + leeway < time { throw .staleTimestamp }
        }
        guard !requiresExpiry || claims["exp"] != nil else { throw .missingExpiry }
        if let issuer { guard claims["iss"]?.string == issuer else { throw .wrongIssuer } }
        try checkAudience(claims["aud"])
    }

    /// Who finds an audience in a token and is not named by it must refuse it (RFC 7519 §4.1.3): it was made for somebody
    /// else who has the same key.
    private func checkAudience(_ claim: JSON?) throws(ProofRefusal) {
        guard let claim else {
            guard audience.isEmpty else { throw .wrongAudience }
            return
        }
        let named = claim.array?.compactMap(\.string) ?? [claim.string].compactMap(\.self)
        guard named.contains(where: audience.contains) else { throw .wrongAudience }
    }
}

extension Timestamp {
    fileprivate static func - (time: Timestamp, wait: Duration) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds - wait.milliseconds)
    }
}

extension Proof {
    /// The headers that a provider would send with this body: for trying a configuration out, and for tests.
    ///
    /// `headers` are those that go with the sample; what the proof signs of them is taken from there.
    public func sign(_ webhook: RawWebhook, at now: Timestamp) -> [(name: String, value: String)] {
        switch self {
        case .nothing: []
        case .firstPresent(let proofs): proofs.first?.sign(webhook, at: now) ?? []
        case .sharedSecret(let proof): [(proof.header, proof.prefix + (proof.secrets.first?.revealed() ?? ""))]
        case .basic(let user, let password):
            [("Authorization", "Basic " + Codec.base64.encode(Array("\(user):".utf8) + password.revealedBytes()))]
        case .jwt(let proof): [(proof.header, proof.prefix + proof.token(at: now))]
        case .signature(let proof): proof.sign(webhook, at: now)
        }
    }
}

extension TokenProof {
    fileprivate func token(at now: Timestamp) -> String {
        let seconds = Int(now.milliseconds / 1000)
        let head = Codec.base64url.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
        var members: JSONObject = ["iat": .int(seconds), "exp": .int(seconds + 300)]
        if let issuer { members["iss"] = .string(issuer) }
        if let audience = audience.first { members["aud"] = .string(audience) }
        let claims = Codec.base64url.encode(JSON.object(members).encoded())
        let signature = keys.first.map { Codec.base64url.encode($0.code(Array("\(head).\(claims)".utf8))) } ?? ""
        return "\(head).\(claims).\(signature)"
    }
}

extension SignatureProof {
    fileprivate func sign(_ webhook: RawWebhook, at now: Timestamp) -> [(name: String, value: String)] {
        var added: [(name: String, value: String)] = []
        var timestampText: String?
        if let timestamp {
            let text = String(timestamp.unit == .milliseconds ? now.milliseconds : now.milliseconds / 1000)
            timestampText = text
            if case .header(let name) = timestamp.source { added.append((name, text)) }
        }
        var signing = webhook
        signing.headers.fields += added
        for case .header(let name) in pieces where signing.headers[name] == nil {
            let id = "msg_" + Codec.hex.encode(Array(DigestAlgorithm.sha256.digest(webhook.body).prefix(12)))
            added.append((name, id))
            signing.headers.fields.append((name, id))
        }
        guard let key = keys.first, let signed = try? signedPieces(signing, timestampText) else { return added }
        let signature = encoding.codec.encode(key.code(signed))
        switch layout {
        case .prefixed(let prefix): added.append((header, prefix + signature))
        case .versioned(let version): added.append((header, "\(version),\(signature)"))
        case .fields(let leading):
            added.append((header, (leading + [timestampText ?? "", signature]).joined(separator: ";")))
        }
        return added
    }
}
