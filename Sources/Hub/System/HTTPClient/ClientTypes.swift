/// A request to send.
package struct ClientRequest: Sendable {
    /// When the body of an answer is kept.
    package enum BodyUse: Sendable {
        case always
        /// Only with a status outside 200 to 299.
        case onFailure
    }

    /// The owner's name for it, unique within its channel; comes back in the completion.
    package var id: UInt64
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var connectTimeout: Duration
    /// From start to the last byte of the answer.
    package var timeout: Duration
    /// Bytes of the answer's body that are read; the rest is not waited for.
    package var maxResponseBytes: Int
    package var policy: AddressPolicy
    /// Names of the answer's headers that the owner wants to see, in any case.
    package var wanted: [String]
    package var bodyUse: BodyUse

    package init(
        id: UInt64, method: String = "POST", url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        connectTimeout: Duration = .seconds(5), timeout: Duration = .seconds(10), maxResponseBytes: Int = 16 * 1024,
        policy: AddressPolicy = .publicOnly, wanted: [String] = ["retry-after"], bodyUse: BodyUse = .always
    ) {
        self.id = id
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.maxResponseBytes = maxResponseBytes
        self.policy = policy
        self.wanted = wanted
        self.bodyUse = bodyUse
    }
}

/// What became of a request.
package struct Completion: Sendable {
    package enum Failure: String, Sendable {
        /// It was not sent: its URL or a header is not allowed.
        case invalidRequest
        /// It was not sent: the address is one that may not be dialled.
        case refusedAddress
        case nameResolution, connect, tls, timeout
        /// It was not sent, for a reason that is not the receiver's: this machine has no descriptor, memory, port, route or
        /// resolver for it at the moment.
        case thisMachine
        /// The connection ended before the answer did. Whether the request was understood is not known.
        case reset
        /// What came is not HTTP.
        case protocolError
        /// The client was stopped, or the task that waited was cancelled.
        case brokenOff
        case other
    }

    package enum Outcome: Sendable {
        /// `headers` are those that were wanted, with lower-case names. `body` is at most as long as asked for.
        case response(status: Int, headers: [(name: String, value: String)], body: [UInt8])
        case failure(Failure, message: String)
    }

    package var id: UInt64
    package var outcome: Outcome
    package var duration: Duration
    package var reusedConnection: Bool
    /// Whether the answer's body was longer than asked for.
    package var isTruncated = false
    /// Time until the connection stood, name resolution included; zero on a kept one.
    package var connectTime = Duration.zero
    /// Bytes of the body that were sent.
    package var bytesSent = 0

    /// A request that never left.
    static func unsent(_ id: UInt64, _ failure: Failure, _ message: String) -> Completion {
        Completion(id: id, outcome: .failure(failure, message: message), duration: .zero, reusedConnection: false)
    }
}

/// What an owner of the client wants next.
package struct ClientTurn: Sendable {
    package var start: [ClientRequest]
    /// How long nothing need happen; nil: until something finishes or the channel is woken.
    package var wait: Duration?

    package init(start: [ClientRequest] = [], wait: Duration? = nil) { (self.start, self.wait) = (start, wait) }
}
