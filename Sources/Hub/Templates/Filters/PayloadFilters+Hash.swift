internal import Crypto
import HubModel

extension PayloadFilters {
    private static let encoding = Parameter("encoding", .string("hex"))

    static let hashes: [Filter] = [
        Filter("sha256", Signature([encoding]), help: digestHelp("SHA-256"), sha256),
        Filter("sha512", Signature([encoding]), help: digestHelp("SHA-512"), sha512),
        Filter("sha1", Signature([encoding]), help: digestHelp("SHA-1") + " For old receivers only.", sha1),
        Filter(
            "hmac", Signature([Parameter("key"), Parameter("algorithm", .string("sha256")), encoding]),
            help:
                "HMAC of the text's UTF-8 bytes with a key: `sha256`, `sha512` or `sha1`; `hex`, `base64` or `base64url`.",
            hmac),
        Filter("base64", help: "Base64 of the text's UTF-8 bytes, with padding.", base64),
        Filter("base64url", help: "Base64 for URLs: `-` and `_`, without padding.", base64url),
        Filter(
            "unbase64",
            help: "The text in base64 or base64url, padded or not; undefined when it is neither, or not UTF-8 text.",
            unbase64),
        Filter("hex", help: "The text's UTF-8 bytes in lowercase hexadecimal.", hex),
    ]

    private static func digestHelp(_ name: String) -> String {
        "\(name) of the text's UTF-8 bytes as `hex`, `base64` or `base64url`."
    }

    private static func codec(_ arguments: Arguments, _ index: Int, _ filter: String) throws(TemplateError) -> Codec {
        try choice(
            text(arguments, index, filter, "encoding"), of: Codec.allCases.map { ($0.rawValue, $0) }, filter, "encoding"
        )
    }

    private static func digest(
        _ algorithm: DigestAlgorithm, _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bytes = Array(try text(value, algorithm.rawValue).utf8)
        try machine.spend(bytes.count / 256)
        return .string(try codec(arguments, 0, algorithm.rawValue).encode(algorithm.digest(bytes)))
    }

    private static func sha256(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try digest(.sha256, &machine, value, arguments) }

    private static func sha512(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try digest(.sha512, &machine, value, arguments) }

    private static func sha1(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try digest(.sha1, &machine, value, arguments) }

    private static func hmac(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bytes = Array(try text(value, "hmac").utf8)
        let key = try text(arguments, 0, "hmac", "key")
        let algorithm = try choice(
            text(arguments, 1, "hmac", "algorithm"), of: DigestAlgorithm.allCases.map { ($0.rawValue, $0) }, "hmac",
            "algorithm")
        let codec = try codec(arguments, 2, "hmac")
        guard !key.utf8.isEmpty else { throw .runtime("hmac needs a key; the one given is empty") }
        try machine.spend(bytes.count / 256 + 16)
        return .string(codec.encode(HMACKey(Array(key.utf8), algorithm).code(bytes)))
    }

    private static func encoded(
        _ codec: Codec, _ machine: inout Machine, _ value: Value, _ filter: String
    ) throws(TemplateError) -> Value {
        let bytes = Array(try text(value, filter).utf8)
        try machine.checkString(bytes.count * (codec == .hex ? 2 : 1))
        let text = codec.encode(bytes)
        try machine.checkString(text.utf8.count)
        return .string(text)
    }

    private static func base64(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try encoded(.base64, &machine, value, "base64") }

    private static func base64url(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try encoded(.base64url, &machine, value, "base64url") }

    private static func hex(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value { try encoded(.hex, &machine, value, "hex") }

    private static func unbase64(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let came = try text(value, "unbase64")
        var bare = came.trimmingBlanks()
        var padding = 0
        while padding < 2, bare.utf8.last == 61 {
            bare.removeLast()
            padding += 1
        }
        let standard = bare.utf8.contains { $0 == 43 || $0 == 47 }
        let decoded: [UInt8]? =
            if standard {
                Codec.base64.decode(bare + String(repeating: "=", count: (4 - bare.utf8.count % 4) % 4))
            } else {
                Codec.base64url.decode(bare)
            }
        guard let decoded else { return nothing("unbase64", came, "it is not base64") }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            return nothing("unbase64", came, "what it holds is not UTF-8 text")
        }
        return .string(text)
    }
}
