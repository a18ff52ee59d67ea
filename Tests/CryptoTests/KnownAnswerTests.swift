import Crypto
import Testing

/// Digests and codes against published answers (FIPS 180-4 examples, RFC 4231, RFC 2202).
@Suite struct KnownAnswerTests {
    struct HMACAnswer: Sendable, CustomTestStringConvertible {
        var key: [UInt8]
        var data: [UInt8]
        var sha256: String
        var sha512: String

        var testDescription: String { sha256 }
    }

    static let answers = [
        HMACAnswer(
            key: Array(repeating: 0x0b, count: 20), data: Array("Hi There".utf8),
            sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            sha512:
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        ),
        HMACAnswer(
            key: Array("Jefe".utf8), data: Array("what do ya want for nothing?".utf8),
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512:
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
        HMACAnswer(
            key: Array(repeating: 0xaa, count: 20), data: Array(repeating: 0xdd, count: 50),
            sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            sha512:
                "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
        ),
        HMACAnswer(
            key: Array(1...25), data: Array(repeating: 0xcd, count: 50),
            sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            sha512:
                "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"
        ),
        HMACAnswer(
            key: Array(repeating: 0xaa, count: 131),
            data: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512:
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        ),
    ]

    @Test("codes are those of RFC 4231", arguments: answers)
    func hmac(_ answer: HMACAnswer) {
        for (algorithm, expected) in [(DigestAlgorithm.sha256, answer.sha256), (.sha512, answer.sha512)] {
            let key = HMACKey(answer.key, algorithm)
            #expect(Codec.hex.encode(key.code(answer.data)) == expected)
            // A key serves many times, and pieces add up to the whole.
            for cut in [0, 1, answer.data.count / 2, answer.data.count] {
                let pieces = [Array(answer.data[..<cut]), [], Array(answer.data[cut...])]
                #expect(Codec.hex.encode(key.code(pieces)) == expected)
            }
        }
    }

    @Test("SHA-1 codes are those of RFC 2202")
    func sha1() {
        #expect(
            Codec.hex.encode(HMACKey(Array(repeating: 0x0b, count: 20), .sha1).code(Array("Hi There".utf8)))
                == "b617318655057264e28bc0b6fb378c8ef146be00")
        #expect(
            Codec.hex.encode(
                HMACKey(Array(repeating: 0xaa, count: 80), .sha1).code(
                    Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
                == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    }

    static let digests: [(DigestAlgorithm, [UInt8], String)] = [
        (
            .sha1, [],
            "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        ),
        (
            .sha256, [],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        (
            .sha512, [],
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        ),
        (
            .sha1, Array("abc".utf8),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        ),
        (
            .sha256, Array("abc".utf8),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            .sha512, Array("abc".utf8),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            .sha1, Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (
            .sha256, Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            .sha512, Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"
        ),
        (
            .sha1, Array(repeating: 0x61, count: 1_000_000),
            "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
        ),
        (
            .sha256, Array(repeating: 0x61, count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
        (
            .sha512, Array(repeating: 0x61, count: 1_000_000),
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
        ),
    ]

    @Test("digests are those of the standard", arguments: digests)
    func digest(algorithm: DigestAlgorithm, data: [UInt8], expected: String) {
        #expect(Codec.hex.encode(algorithm.digest(data)) == expected)
        #expect(algorithm.digest(data).count == algorithm.length)
    }

    @Test("an empty key is a key, and two keys do not disturb each other")
    func keys() {
        #expect(
            Codec.hex.encode(HMACKey([], .sha256).code([]))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        let (one, other) = (HMACKey([1], .sha256), HMACKey([2], .sha256))
        let first = one.code([7])
        #expect(other.code([7]) != first)
        #expect(one.code([7]) == first)
        #expect(one.code() != first)
    }

    @Test("one key may be used from many tasks")
    func tasks() async {
        let key = HMACKey(Array("key".utf8), .sha256)
        let expected = (0..<64).map { key.code([UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<64 {
                group.addTask { (0..<50).allSatisfy { _ in key.code([UInt8(task)]) == expected[task] } }
            }
            for await good in group { #expect(good) }
        }
    }
}
