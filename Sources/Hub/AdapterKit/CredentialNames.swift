import HubModel

/// Names that tell a credential, whatever the provider: `accessToken`, `webhook_secret`, `x-api-key`.
///
/// Only ends count, without regard to case, dashes and underscores: `token` is one, `tokenCount` and `tokens` are not.
/// It is asked of every name of every payload, so the last letter decides first.
enum CredentialNames {
    static func isCredential(_ name: String) -> Bool {
        let span = name.utf8Span.span
        guard let last = span.indices.last else { return false }
        switch span[last] | 0x20 {
        case UInt8(ascii: "n"): return ends(span, "token") || ends(span, "authorization")
        case UInt8(ascii: "t"): return ends(span, "secret") || ends(span, "jwt")
        case UInt8(ascii: "d"): return ends(span, "password") || ends(span, "passwd") || ends(span, "pwd")
        case UInt8(ascii: "e"): return ends(span, "passphrase") || ends(span, "cookie")
        case UInt8(ascii: "r"): return ends(span, "bearer")
        case UInt8(ascii: "l"): return ends(span, "credential")
        case UInt8(ascii: "s"): return ends(span, "credentials") || ends(span, "secrets") || ends(span, "passwords")
        case UInt8(ascii: "y"): return ends(span, "key") && keys.contains { ends(span, $0) }
        default: return false
        }
    }

    /// Not every key is a secret: `primaryKey`, `sort_key`.
    private static let keys: [String] = [
        "apikey", "privatekey", "secretkey", "accesskey", "signingkey", "signkey", "sharedkey", "authkey", "masterkey",
        "hmackey", "encryptionkey",
    ]

    private static func ends(_ name: Swift.Span<UInt8>, _ word: String) -> Bool {
        let letters = word.utf8Span.span
        var place = name.count - 1
        var left = letters.count - 1
        while left >= 0 {
            guard place >= 0 else { return false }
            let letter = name[place]
            place -= 1
            if letter == UInt8(ascii: "_") || letter == UInt8(ascii: "-") { continue }
            guard letter | 0x20 == letters[left] else { return false }
            left -= 1
        }
        return true
    }

    /// Whether a value holds a credential somewhere: text, a list or an object under such a name. Numbers are none.
    static func areIn(_ json: JSON) -> Bool {
        switch json {
        case .object(let object):
            for member in object.members {
                switch member.value {
                case .string(let text): if !text.isEmpty, isCredential(member.name) { return true }
                case .object(let inner):
                    if !inner.isEmpty, isCredential(member.name) || areIn(member.value) { return true }
                case .array(let items):
                    if !items.isEmpty, isCredential(member.name) || areIn(member.value) { return true }
                case .null, .bool, .int, .number: continue
                }
            }
            return false
        case .array(let items): return items.contains(where: areIn)
        case .null, .bool, .int, .number, .string: return false
        }
    }
}
