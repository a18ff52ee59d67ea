import AdapterKit
import Testing

/// JSON Web Tokens made by hand, with whatever claims.
enum Tokens {
    static let hs256 = #"{"alg":"HS256","typ":"JWT"}"#

    static func signed(_ claims: String, head: String = hs256, key: String) throws -> String {
        try signed(claims, head: head, key: Array(key.utf8))
    }

    static func signed(_ claims: String, head: String = hs256, key: [UInt8]) throws -> String {
        // The code of a token is that of a signature over its first two parts.
        let signed = "\(base64url(Array(head.utf8))).\(base64url(Array(claims.utf8)))"
        let signer = Proof.signature(SignatureProof(header: "s", encoding: .base64, keys: [key]))
        let webhook = RawWebhook(target: "/", headers: Headers([]), body: Array(signed.utf8), receivedAt: .test)
        let code = try #require(signer.sign(webhook, at: .test).first { $0.name == "s" }?.value)
        let inURL = code.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return "\(signed).\(inURL)"
    }

    static func base64url(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        var (group, bits) = (0, 0)
        for byte in bytes {
            (group, bits) = ((group << 8 | Int(byte)) & 0xFFFF, bits + 8)
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[group >> bits & 63])
            }
        }
        if bits > 0 { text.append(alphabet[group << (6 - bits) & 63]) }
        return text
    }
}
