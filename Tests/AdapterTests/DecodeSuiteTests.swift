import AdapterKit
import TestRandom
import Testing

/// What every adapter gets for free: whatever an authentic body holds, it is decoded or refused in words, never a trap.
@Suite struct DecodeSuiteTests {
    @Test("the same webhook always gives the same events", arguments: AdapterList.all)
    func pure(_ listed: Listed) throws {
        for sample in listed.spec.samples {
            #expect(String(describing: try listed.decode(sample)) == String(describing: try listed.decode(sample)))
        }
    }

    @Test("a sample cut short anywhere is refused in words", arguments: AdapterList.all)
    func truncated(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        for sample in listed.spec.samples {
            let bytes = Array(sample.body.utf8)
            for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 400)) {
                let outcome = try Self.decode(sample.webhook.with(body: Array(bytes[..<length])), adapter)
                if case .success = outcome { Issue.record("\(sample.name) cut at \(length) was decoded") }
            }
        }
    }

    @Test("bytes changed at random are decoded or refused", arguments: AdapterList.all)
    func mutated(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        var random = SeededRandom(20_251_009)
        let pieces = [
            "null", "[]", "{}", "\"\"", "-0", "1e999", "1e400000", "9223372036854775808", "true", "\\ud800", "\u{0}",
            "{\"", "]", ",",
        ]
        for sample in listed.spec.samples {
            for _ in 0..<60 {
                var bytes = Array(sample.body.utf8)
                for _ in 0...random.next(below: 3) {
                    let at = random.next(below: bytes.count)
                    switch random.next(below: 4) {
                    case 0: bytes[at] = UInt8(random.next(below: 256))
                    case 1: bytes.remove(at: at)
                    case 2: bytes.insert(contentsOf: pieces[random.next(below: pieces.count)].utf8, at: at)
                    default: bytes.replaceSubrange(at..<min(bytes.count, at + random.next(below: 12)), with: [])
                    }
                    if bytes.isEmpty { bytes = [0x20] }
                }
                _ = try Self.decode(sample.webhook.with(body: bytes), adapter)
            }
        }
    }

    /// Values that stand where another kind was expected, some of them far beyond what any field can hold.
    private static let strangers: [JSON] = [
        .null, .bool(true), .int(.max), .int(.min), .int(-1), .string(""), .string(canary), .string("-1"),
        .string("1e400"),
        .string("9999-12-31T23:59:59Z"), .string("0001-01-01T00:00:00Z"), .string("2025-02-30T99:99:99+99:99"),
        .string("\u{0}\u{1F4DE}e\u{301}"), .array([]), .array([.null, .int(1), .string(canary), .array([])]),
        .object([:]),
        .object(["id": .array([])]),
    ]
    private static let numbers = [
        "1e999", "-1e999", "1e-999", "-0", "0.1", "123456789012345678901234567890", "1e308", "-1e308",
    ]
    private static let canary = "canary-3f1c"

    @Test("any value may be of any kind; what is refused is told without its value", arguments: AdapterList.all)
    func kinds(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        let strangers = Self.strangers + (try Self.numbers.map { try JSON(parsing: $0) })
        for sample in listed.spec.samples {
            let body = try JSON(parsing: sample.body)
            let paths = Self.paths(of: body)
            // In large samples every place still gets some of the strangers, another selection at each.
            let step = max(1, paths.count * strangers.count / 500)
            for (number, path) in paths.enumerated() {
                for stranger in strangers.enumerated() where (number + stranger.offset) % step == 0 {
                    let stranger = stranger.element
                    let altered = Self.replacing(body, path[...], with: stranger)
                    if case .failure(let error) = try Self.decode(sample.webhook.with(body: altered.encoded()), adapter)
                    {
                        if error.problem.contains(Self.canary) || error.problem.isEmpty {
                            Issue.record("\(sample.name): \(error)")
                        }
                    }
                }
            }
        }
    }

    @Test("the top of a body may be anything", arguments: AdapterList.all)
    func tops(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        let sample = try #require(listed.spec.samples.first)
        let deep = String(repeating: "[", count: 100_000)
        let wide = "{" + (0..<50_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        let bodies = [
            "", " ", "null", "1", "[]", "\"text\"", "NaN", "{\"a\": NaN}", "\u{FEFF}" + sample.body, sample.body + "x",
            sample.body + sample.body, deep, deep + String(repeating: "]", count: 100_000),
            String(repeating: "{\"a\":", count: 100_000), wide, "a=1&b=2", "<xml/>", "{\"a\" 1}", "\u{0}",
        ]
        for body in bodies {
            let outcome = try Self.decode(sample.webhook.with(body: Array(body.utf8)), adapter)
            // Without the envelope and without a header that names it, there is no event.
            if case .success(let decoded) = outcome, sample.headers.isEmpty, body != "\u{FEFF}" + sample.body {
                Issue.record("decoded: \(body.prefix(40)) as \(decoded.key)")
            }
        }
        for bytes: [UInt8] in [
            [0xFF], [0xC3, 0x28], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], Array(repeating: 0x5B, count: 1_000_000),
        ] {
            _ = try Self.decode(sample.webhook.with(body: bytes), adapter)
        }
    }

    @Test("an event that no version of the provider knows is kept as provider.event", arguments: AdapterList.all)
    func unknownEvent(_ listed: Listed) throws {
        let adapter = try listed.adapter()
        for sample in listed.spec.samples {
            guard let native = try listed.decode(sample).events.first?.native.type, !native.isEmpty else { continue }
            let spelt = String(decoding: JSON.string(native).encoded(), as: UTF8.self)
            let body = sample.body.replacing(spelt, with: "\"totally.new\"")
            guard body != sample.body else { continue }
            let decoded = try Self.decode(sample.webhook.with(body: Array(body.utf8)), adapter).get()
            #expect(decoded.events.map(\.type) == [.providerEvent], "\(sample.name)")
            #expect(decoded.events.first?.native.type == "totally.new", "\(sample.name)")
            #expect(!decoded.key.isEmpty)
        }
    }

    private static func decode(_ webhook: RawWebhook, _ adapter: any Adapter) throws -> Result<Decoded, DecodeError> {
        let verified = try adapter.proof.check(adapter.proof.signed(webhook), at: .test)
        return Result { () throws(DecodeError) in try adapter.decode(verified) }
    }

    /// The places of all values in a body; of a list only the first two elements.
    private static func paths(of json: JSON) -> [[String]] {
        switch json {
        case .object(let object):
            [[]] + object.members.flatMap { member in paths(of: member.value).map { [member.name] + $0 } }
        case .array(let items):
            [[]] + items.prefix(2).enumerated().flatMap { index, item in paths(of: item).map { ["\(index)"] + $0 } }
        default: [[]]
        }
    }

    private static func replacing(_ json: JSON, _ path: ArraySlice<String>, with value: JSON) -> JSON {
        guard let name = path.first else { return value }
        switch json {
        case .object(var object):
            object[name] = replacing(object[name] ?? .null, path.dropFirst(), with: value)
            return .object(object)
        case .array(var items):
            guard let index = Int(name), items.indices.contains(index) else { return json }
            items[index] = replacing(items[index], path.dropFirst(), with: value)
            return .array(items)
        default: return json
        }
    }
}
