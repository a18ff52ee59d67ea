import Crypto
import Testing

@Suite struct CodecTests {
    @Test("base64 and hex are those of RFC 4648 §10")
    func published() {
        let rows = [
            ("", "", ""), ("f", "66", "Zg=="), ("fo", "666f", "Zm8="), ("foo", "666f6f", "Zm9v"),
            ("foob", "666f6f62", "Zm9vYg=="),
            ("fooba", "666f6f6261", "Zm9vYmE="), ("foobar", "666f6f626172", "Zm9vYmFy"),
        ]
        for (text, hex, base64) in rows {
            let bytes = Array(text.utf8)
            #expect(Codec.hex.encode(bytes) == hex)
            #expect(Codec.base64.encode(bytes) == base64)
            #expect(Codec.base64url.encode(bytes) == base64.replacing("=", with: ""))
            #expect(Codec.hex.decode(hex) == bytes)
            #expect(Codec.base64.decode(base64) == bytes)
            #expect(Codec.base64url.decode(base64.replacing("=", with: "")) == bytes)
        }
        #expect(Codec.base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(Codec.base64url.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Codec.hex.decode("aBcD") == [0xAB, 0xCD])
    }

    @Test("what is encoded decodes to itself, for every length and byte", arguments: Codec.allCases)
    func roundTrip(_ codec: Codec) {
        for length in 0..<70 {
            for start in stride(from: 0, to: 256, by: 17) {
                let bytes = (0..<length).map { UInt8(truncatingIfNeeded: start + $0 * 7) }
                #expect(codec.decode(codec.encode(bytes)) == bytes)
            }
        }
        #expect(codec.decode(codec.encode(Array(0...255))) == Array(0...255))
    }

    static let refused: [(Codec, [String])] = [
        (.hex, ["0", "0g", "g0", " 00", "00 ", "0x00", "00\n", "é0", "٠٠", "00\u{0}", "0\u{301}0", "-1", "+1"]),
        (
            .base64,
            [
                "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "Zm9v=", "Zm9v====", "Z=g=", "Zg==Zg==",
                "Zg=\n", " Zg==", "Zg== ",
                "Zm9v\n", "Zm9\u{0}", "--__", "Zm8=\r\n", "Zm9é", "Zm9v\u{301}===",
                // Bits that would be lost.
                "Zh==", "Zm9=", "Zk==", "//==", "///=",
            ]
        ),
        (
            .base64url,
            ["Z", "Zg==", "Zm8=", "Zm9vY", "++//", "Zh", "Zm9", "Zg ", " Zg", "Zg\n", "Z g", "__", "é", "Zm9v=", "ＡＡ"]
        ),
    ]

    @Test("what another reader might forgive is refused", arguments: refused)
    func strict(codec: Codec, texts: [String]) {
        for text in texts { #expect(codec.decode(text) == nil, "\(text)") }
    }

    @Test("no two texts decode to the same bytes", arguments: [Codec.base64, .base64url])
    func unique(_ codec: Codec) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=".utf8)
        var seen: [[UInt8]: String] = [:]
        for first in [UInt8(ascii: "A"), UInt8(ascii: "_"), UInt8(ascii: "/")] {
            for second in alphabet {
                for tail in ["", "=", "==", "A", "A=", "AA", "B="] {
                    let text = String(decoding: [first, second], as: UTF8.self) + tail
                    guard let bytes = codec.decode(text) else { continue }
                    #expect(codec.encode(bytes) == text)
                    #expect(seen[bytes] == nil)
                    seen[bytes] = text
                }
            }
        }
        #expect(!seen.isEmpty)
    }

    @Test("equality in constant time is equality")
    func equality() {
        let bytes = Array(UInt8(0)...63)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([], []))
        #expect(!constantTimeEqual(bytes, []))
        #expect(!constantTimeEqual([], bytes))
        #expect(!constantTimeEqual(bytes, Array(bytes.dropLast())))
        #expect(!constantTimeEqual(bytes, bytes + [0]))
        for at in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[at] ^= 1 << UInt8(bit)
                #expect(!constantTimeEqual(bytes, other))
            }
        }
    }

    @Test("random bytes are as many as asked for and not the same twice")
    func random() {
        #expect(secureRandom(0) == [])
        #expect(secureRandom(32).count == 32)
        #expect(secureRandom(32) != secureRandom(32))
    }
}
