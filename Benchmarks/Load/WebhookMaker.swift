import Crypto

/// Makes signed webhooks, one form for each group: the same call every time, with ids of its own.
struct WebhookMaker {
    static let bodyBytes = 1600
    static let largeBytes = 2_000_000

    private var forms: [Form]

    init() {
        forms = Group.allCases.map { group in
            switch group {
            case .main: Form(path: "/webhooks/voqo", body: Self.report(agent: "agent_bench"), isSigned: true)
            case .apart: Form(path: "/webhooks/voqo", body: Self.report(agent: "agent_apart"), isSigned: true)
            case .once: Form(path: "/webhooks/voqo-once", body: Self.report(agent: "agent_bench"), isSigned: true)
            case .large: Form(path: "/webhooks/vapi", body: Self.largeReport(), isSigned: false)
            }
        }
    }

    /// Hands out the bytes of the whole request for the webhook with this number, signed; they are good until `use` returns.
    mutating func withRequest<Result>(
        _ number: Int, _ group: Group, _ use: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let present = unixSeconds()
        return try forms[Int(group.rawValue)].withRequest(number, second: present, use)
    }

    private static func report(agent: String) -> String {
        let frame = { (transcript: String) in
            """
            {"_id":"event-#########","event_type":"call_ended","timestamp":1760000060,"data":{"id":"bench-#########",\
            "agent_id":"\(agent)","status":"completed","from_phone":"+61491570006","to_phone":"+61255500001",\
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
        let room = max(0, bodyBytes - frame("").utf8.count)
        return frame(String(String(repeating: talk, count: room / talk.utf8.count + 1).prefix(room)))
    }

    /// The report of a long call: some fifteen thousand turns.
    private static func largeReport() -> String {
        var turns = ""
        turns.reserveCapacity(largeBytes + 1000)
        var number = 0
        while turns.utf8.count < largeBytes {
            turns += number == 0 ? "" : ","
            turns += """
                {"role":"\(number % 2 == 0 ? "assistant" : "user")","message":"And what about the garden, is there room for a shed?",\
                "time":\(1_760_000_000_000 + number * 2000),"endTime":\(1_760_000_001_500 + number * 2000),"secondsFromStart":\(number * 2)}
                """
            number += 1
        }
        return """
            {"message":{"type":"end-of-call-report","timestamp":1760000400000,"endedReason":"customer-ended-call",\
            "call":{"id":"bench-#########","type":"inboundPhoneCall","createdAt":"2025-10-09T09:00:00.000Z"},\
            "startedAt":"2025-10-09T09:00:00.000Z","endedAt":"2025-10-09T17:00:00.000Z",\
            "analysis":{"summary":"A very long talk about a house.","successEvaluation":"true"},\
            "artifact":{"messages":[\(turns)]}}}
            """
    }

    /// The bytes of a request in which the ids, the time and the signature are filled in.
    private struct Form {
        private static let digits = 9

        private let key = HMACKey(Array("bench-voqo-secret".utf8), .sha256)
        private var request: [UInt8]
        private let bodyStart: Int
        private let idPlaces: [Int]
        /// Where the signature and the time are; nil when the provider sends its secret instead.
        private let places: (signature: Int, timestamp: Int)?

        init(path: String, body: String, isSigned: Bool) {
            let proof =
                isSigned
                ? """
                X-Webhook-Timestamp: 0000000000\r
                X-Webhook-Signature: \(String(repeating: "0", count: 64))
                """ : "X-Vapi-Secret: bench-vapi-secret"
            let head = """
                POST \(path) HTTP/1.1\r
                Host: 127.0.0.1\r
                Content-Type: application/json\r
                \(proof)\r
                Content-Length: \(body.utf8.count)\r
                \r

                """
            request = Array(head.utf8)
            bodyStart = request.count
            request += Array(body.utf8)
            let bytes = request
            idPlaces = bytes.withUnsafeBytes { all in
                var places: [Int] = []
                var from = 0
                while let found = UnsafeRawBufferPointer(rebasing: all[from...]).offset(of: "#########") {
                    places.append(from + found)
                    from += found + Self.digits
                }
                return places
            }
            places = bytes.withUnsafeBytes { all in
                guard let signature = all.offset(of: "X-Webhook-Signature: "),
                    let timestamp = all.offset(of: "X-Webhook-Timestamp: ")
                else { return nil }
                return (signature + 21, timestamp + 21)
            }
        }

        mutating func withRequest<Result>(
            _ number: Int, second: Int, _ use: (UnsafeRawBufferPointer) throws -> Result
        ) rethrows -> Result {
            for place in idPlaces { Self.write(number, digits: Self.digits, to: &request, at: place) }
            if let places {
                Self.write(second, digits: 10, to: &request, at: places.timestamp)
                let code = key.code(Array(request[bodyStart...]))
                for (index, byte) in code.enumerated() {
                    request[places.signature + 2 * index] = Self.hex(byte >> 4)
                    request[places.signature + 2 * index + 1] = Self.hex(byte & 15)
                }
            }
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
}
