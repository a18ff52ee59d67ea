import EventLoop
import Foundation
import HTTPClient
import Testing

@Suite("Addresses that must not be dialled")
struct AddressTests {
    static func address(_ text: String) -> IPAddress? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return IPAddress(bytes: withUnsafeBytes(of: four) { Array($0) }) }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return IPAddress(bytes: withUnsafeBytes(of: six) { Array($0) }) }
        return nil
    }

    static let refused = [
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170",
        "192.0.2.1",
        "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254",
        "255.255.255.255",
        "::", "::1", "::2", "::ffff", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1", "::127.0.0.1",
        "::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b::169.254.169.254", "64:ff9b:1::1",
        "64:ff9b:1:ffff::8.8.8.8",
        "100::1", "100:0:0:1::1", "::8.8.8.8", "4000::1", "fe80::5efe:8.8.8.8", "fc00::200:5efe:8.8.8.8", "e000::1",
        "2606:4700::5efe:127.0.0.1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1",
        "2001:20::1",
        "2001:1ff::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1", "3fff::1",
        "3fff:fff:ffff::1", "5f00::1",
        "fc00::1", "fd12:3456::1", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::1", "ff02::1",
        "ff0e::1",
        "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:192.168.1.1",
    ]

    @Test("every special range is refused, with its kind", arguments: refused)
    func special(text: String) throws {
        let address = try #require(Self.address(text))
        #expect(AddressPolicy.publicOnly.refusal(of: address)?.isEmpty == false)
        #expect(AddressPolicy.everything.refusal(of: address) == nil)
    }

    static let allowed = [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "::ffff:8.8.8.8", "2400:cb00::1",
    ]

    @Test("public addresses and the neighbours of the ranges are allowed", arguments: allowed)
    func open(text: String) throws {
        let address = try #require(Self.address(text))
        #expect(AddressPolicy.publicOnly.refusal(of: address) == nil)
    }

    @Test("a range that the operator allows is open, and only that one")
    func allow() throws {
        let policy = AddressPolicy.publicAnd([
            IPRange(prefix: [10, 1, 0, 0], length: 16), IPRange(prefix: [192, 168, 1, 128], length: 25),
            IPRange(prefix: [127, 0, 0, 1], length: 32),
            IPRange(prefix: [0xFD, 0x12] + Array(repeating: 0, count: 14), length: 16),
        ])
        func isOpen(_ text: String) throws -> Bool { try policy.refusal(of: #require(Self.address(text))) == nil }
        for text in [
            "10.1.2.3", "192.168.1.128", "192.168.1.255", "127.0.0.1", "fd12::5", "::ffff:10.1.2.3",
            "64:ff9b::10.1.2.3", "8.8.8.8",
        ] {
            #expect(try isOpen(text), "\(text)")
        }
        for text in ["10.2.0.1", "192.168.1.127", "127.0.0.2", "fd13::5", "169.254.169.254", "::1", "::ffff:10.2.0.1"] {
            #expect(try !isOpen(text), "\(text)")
        }
    }

    static let metadata = [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
        "168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.0.23", "169.254.42.42", "fd00:42::42",
        "fe80::a9fe:a9fe", "::ffff:169.254.170.23", "64:ff9b::168.63.129.16", "::ffff:168.63.129.16",
    ]

    @Test("where clouds hand out credentials is opened by its own address alone", arguments: metadata)
    func onlyByName(text: String) throws {
        let address = try #require(Self.address(text))
        #expect(AddressPolicy.publicOnly.refusal(of: address)?.contains("metadata") == true)
        let wide = AddressPolicy.publicAnd([
            IPRange(prefix: [0, 0, 0, 0], length: 0), IPRange(prefix: Array(repeating: 0, count: 16), length: 0),
            IPRange(prefix: [169, 254, 0, 0], length: 16), IPRange(prefix: [168, 63, 129, 0], length: 24),
            IPRange(prefix: [0xFD] + Array(repeating: 0, count: 15), length: 8),
        ])
        #expect(wide.refusal(of: address)?.contains("metadata") == true)
        #expect(AddressPolicy.isMetadata(address))
        let bytes = address.bytes
        // An address that only leads to it is opened by what it leads to.
        guard !text.hasPrefix("64:") else { return }
        #expect(AddressPolicy.publicAnd([IPRange(prefix: bytes, length: 128)]).refusal(of: address) == nil)
    }

    @Test(
        "a name with one forbidden answer is not dialled, wherever the answer stands",
        arguments: ["127.0.0.1,10.0.0.1", "10.0.0.1,127.0.0.1", "127.0.0.1,127.0.0.2,169.254.169.254"])
    func mixedAnswers(answers: String) throws {
        let server = try TestServer()
        let client = TestClient(names: ["mixed.test:\(server.port):\(answers)"])
        let policy = AddressPolicy.publicAnd([IPRange(prefix: [127, 0, 0, 0], length: 8)])
        let done = client.send("http://mixed.test:\(server.port)/", policy: policy)
        #expect(done?.failure == .refusedAddress, "\(String(describing: done))")
        #expect(server.seen.isEmpty)
    }

    @Test("a name whose answers are all permitted is dialled, and its connection kept")
    func goodAnswers() throws {
        let server = try TestServer()
        let client = TestClient(names: ["good.test:\(server.port):127.0.0.1,127.0.0.2"])
        let policy = AddressPolicy.publicAnd([IPRange(prefix: [127, 0, 0, 0], length: 8)])
        for round in 0..<3 {
            let done = client.send("http://good.test:\(server.port)/", policy: policy)
            #expect(done?.status == 200, "\(String(describing: done))")
            #expect(done?.reusedConnection == (round > 0))
        }
        // Nobody listens: the failure is the connection's, not the judgement's.
        let closed = TestClient(names: ["closed.test:9:127.0.0.1"]).send("http://closed.test:9/", policy: policy)
        #expect(closed?.failure == .connect)
    }

    @Test("an IPv6 range never opens IPv4, nor the other way round")
    func families() throws {
        let six = AddressPolicy.publicAnd([IPRange(prefix: Array(repeating: 0, count: 16), length: 0)])
        #expect(try six.refusal(of: #require(Self.address("10.0.0.1"))) != nil)
        let four = AddressPolicy.publicAnd([IPRange(prefix: [0, 0, 0, 0], length: 0)])
        #expect(try four.refusal(of: #require(Self.address("fe80::1"))) != nil)
    }

    @Test(
        "no spelling of a local address gets through",
        arguments: [
            "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "0x7f.1", "0x7f000001", "2130706433",
            "0177.0.0.1", "[::1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "0", "0.0.0.0", "[::]", "user:pass@127.0.0.1",
            "169.254.169.254",
            "%31%32%37.0.0.1", "①②⑦.0.0.1",
        ])
    func spellings(host: String) throws {
        let server = try TestServer()
        let done = TestClient().send("http://\(host):\(server.port)/", timeout: .seconds(3), policy: .publicOnly)
        let expected: [Completion.Failure] = [.refusedAddress, .invalidRequest, .nameResolution]
        #expect(done?.failure.map { expected.contains($0) } == true, "\(String(describing: done))")
        #expect(server.seen.isEmpty)
    }

    @Test("the refusal names the address, what it is, and what would open it")
    func words() throws {
        let done = TestClient().send("http://127.1:9/", policy: .publicOnly)
        #expect(done?.failure == .refusedAddress)
        #expect(done?.message?.contains("127.0.0.1 is loopback") == true, "\(done?.message ?? "")")
        #expect(done?.message?.contains("allow") == true)
    }

    @Test("a connection kept under a lax policy is not used by a strict one")
    func keptConnection() throws {
        let server = try TestServer()
        let client = TestClient()
        let url = "http://127.0.0.1:\(server.port)/"
        #expect(client.send(url, policy: .everything)?.status == 200)
        let strict = client.send(url, policy: .publicOnly)
        #expect(strict?.failure == .refusedAddress)
        #expect(server.seen.count == 1)
        #expect(client.send(url, policy: .publicAnd([IPRange(prefix: [127, 0, 0, 0], length: 8)]))?.status == 200)
        #expect(server.seen.count == 2)
    }
}
