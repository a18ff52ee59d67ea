import Crypto

/// Makes signed webhooks: the same call every time, with ids of its own.
struct WebhookMaker {
    static let bodyBytes = 1600
    private static let digits = 9
    private static let placeholder = [UInt8](repeating: UInt8(ascii: "#"), count: digits)

    private static let agent = Array("agent_bench".utf8)
    private static let agentApart = Array("agent_apart".utf8)

    private let key = HMACKey(Array("bench-voqo-secret".utf8), .sha256)
    private var body: [UInt8]
    private var request: [UInt8]
    private let bodyStart: Int
    private let idPlaces: [Int]
    private let agentPlace: Int
    private let signaturePlace: Int
    private let timestampPlace: Int
    private var second = 0

    init() throws {
        let frame = { (transcript: String) in
            """
            {"_id":"event-#########","event_type":"call_ended","timestamp":1760000060,"data":{"id":"bench-#########",\
            "agent_id":"agent_bench","status":"completed","from_phone":"+61491570006","to_phone":"+61255500001",\
            "direction":"inbound","call_summary":"The caller asked for an inspection on Saturday and left an address.",\
            "transcript":"\(transcript)","duration":95,"error":null,"created_at":"2025-10-09T08:53:58.000Z",\
            "start_time":"2025-10-09T08:54:00.000Z","end_time":"2025-10-09T08:55:35.000Z",\
            "recording_url":"https://storage.example.com/recordings/bench.mp3",\
            "recording_url_expires_at":"2025-10-10T08:54:20.000Z","post_call_action_results":[],"timestamps":[\
            {"timestamp":1760000041.5,"event_type":"message","message_type":"bot","text":"Hello, how can I help?"},\
            {"timestamp":1760000044.25,"event_type":"message","message_type":"human","text":"I would like an inspection."}]}}
            """
        }
        let talk =
            "Bot: Hello, how can I help? Human: I would like to see the house on Saturday. Bot: Ten o'clock is free. "
        let room = Self.bodyBytes - frame("").utf8.count
        let transcript = String(String(repeating: talk, count: room / talk.utf8.count + 1).prefix(room))
        let body = Array(frame(transcript).utf8)
        let head = """
            POST /webhooks/voqo HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            X-Webhook-Timestamp: 0000000000\r
            X-Webhook-Signature: \(String(repeating: "0", count: 64))\r
            Content-Length: \(body.count)\r
            \r

            """
        request = Array(head.utf8)
        let places = request.withUnsafeBytes {
            ($0.offset(of: "X-Webhook-Signature: "), $0.offset(of: "X-Webhook-Timestamp: "))
        }
        guard let signature = places.0, let timestamp = places.1, body.count == Self.bodyBytes else {
            throw BenchError("the webhook's frame is longer than \(Self.bodyBytes) bytes")
        }
        (signaturePlace, timestampPlace, bodyStart) = (signature + 21, timestamp + 21, request.count)
        agentPlace = body.withUnsafeBytes { $0.offset(of: "agent_bench") } ?? 0
        idPlaces = body.indices.filter { body[$0...].starts(with: Self.placeholder) }
        request += body
        self.body = body
    }

    /// Hands out the bytes of the whole request for the webhook with this number, signed; they are good until `use` returns.
    ///
    /// A webhook that is apart comes from another agent, by which a route can know it.
    mutating func withRequest<Result>(
        _ number: Int, apart: Bool, _ use: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let agent = apart ? Self.agentApart : Self.agent
        body.replaceSubrange(agentPlace..<(agentPlace + agent.count), with: agent)
        for place in idPlaces { Self.write(number, digits: Self.digits, to: &body, at: place) }
        let present = unixSeconds()
        if present != second {
            second = present
            Self.write(second, digits: 10, to: &request, at: timestampPlace)
        }
        let code = key.code(body)
        for (index, byte) in code.enumerated() {
            request[signaturePlace + 2 * index] = Self.hex(byte >> 4)
            request[signaturePlace + 2 * index + 1] = Self.hex(byte & 15)
        }
        request.replaceSubrange(bodyStart..., with: body)
        return try request.withUnsafeBytes(use)
    }

    private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

    private static func write(_ number: Int, digits: Int, to bytes: inout [UInt8], at place: Int) {
        var rest = number
        for index in stride(from: place + digits - 1, through: place, by: -1) {
            bytes[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
    }
}
