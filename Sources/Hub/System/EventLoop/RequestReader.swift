// Oldest llhttp accepted: 8.1.0. Its machine is a value of about a hundred bytes with no memory of its own.
internal import CLLHTTP

/// Takes what one peer sends apart into requests.
///
/// It has no socket and no clock: what it says follows from the bytes alone, in whatever pieces they come.
struct RequestReader {
    enum Step {
        /// All input was used, and the request is not whole.
        case needsMore
        case request(RequestHead, body: [UInt8], BodyAllowance)
        /// Nothing that comes on this connection after this means anything.
        case refused(Refusal)
    }

    private enum Stage {
        case between, head
        /// The machine has given up; the rest of the request line will say how to refuse it.
        case broken(Refusal)
        case body(RequestHead, BodyAllowance, missing: Int)
        case chunks(RequestHead, BodyAllowance)
        case refused
    }

    private var machine = llhttp_t()
    private var stage = Stage.between
    /// A head that has not come whole, and what was found in it.
    private var early: [UInt8] = []
    private var kept: KeptFindings?
    private var body: [UInt8] = []
    /// Bytes beside the body in a chunked one, and the trailers among them.
    private var framing = 0
    private var trailers: UInt32 = 0
    private var owesContinue = false

    var isBetweenRequests: Bool { if case .between = stage { true } else { false } }
    /// Whether the head of the request under way has come whole.
    var hasHead: Bool {
        switch stage {
        case .body, .chunks: true
        default: false
        }
    }

    /// The head of the request whose body has not come whole.
    var pending: (head: RequestHead, allowance: BodyAllowance)? {
        switch stage {
        case .body(let head, let allowance, _), .chunks(let head, let allowance): (head, allowance)
        default: nil
        }
    }
    /// Bytes of the request under way that are kept, and that its head says are still to come.
    var heldBytes: Int { early.count + body.count }
    var missingBytes: Int { if case .body(_, _, let missing) = stage { missing } else { 0 } }

    /// Whether the peer must be told to go on; true once for a request.
    mutating func takeContinue() -> Bool {
        defer { owesContinue = false }
        return owesContinue
    }

    /// Reads on in `input` from `at`, up to the end of one request. The bytes that were read may be overwritten.
    mutating func read(_ input: UnsafeMutableRawBufferPointer, from at: inout Int, _ tools: ReadingTools) -> Step {
        do throws(Refusal) {
            while at < input.count {
                let step: Step?
                switch stage {
                case .between:
                    hub_begin(&machine)
                    stage = .head
                    // The machine would skip it, but a reader that does not would see another request.
                    guard input[at] != Byte.cr, input[at] != Byte.lf else {
                        throw Refusal(400, "an empty line where a request should begin")
                    }
                    continue
                case .head:
                    step = early.isEmpty ? try readHead(input, &at, tools) : try readOn(input, &at, tools)
                case .broken(let refusal):
                    step = try readBroken(input, &at, refusal, tools)
                case .body(let head, let allowance, let missing):
                    step = readBody(input, &at, head, allowance, missing)
                case .chunks(let head, let allowance):
                    step = try readChunks(input, &at, head, allowance, tools)
                case .refused:
                    at = input.count
                    return .needsMore
                }
                if let step { return step }
            }
        } catch {
            stage = .refused
            early = []
            body = []
            return .refused(error)
        }
        return .needsMore
    }

    // MARK: Heads

    /// Reads a head from its first byte, where it lies.
    private mutating func readHead(
        _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ tools: ReadingTools
    ) throws(Refusal) -> Step? {
        let room = min(input.count - at, tools.limits.headerBytes)
        let bytes = UnsafeRawBufferPointer(rebasing: input[at..<(at + room)])
        tools.clear()
        switch Self.run(&machine, tools, bytes, from: 0) {
        case HUB_DONE:
            let length = tools.findings.pointee.used
            let head = try RequestHead(&machine, UnsafeRawBufferPointer(rebasing: bytes[..<length]), tools)
            at += length
            return try begin(head, input, &at, tools)
        case HUB_NEEDS_MORE:
            guard room < tools.limits.headerBytes else { throw Self.tooLong(tools) }
            kept = KeptFindings(tools)
        default:
            let refusal = refusal(tools)
            if let exact = BrokenLine.refusal(of: bytes, otherwise: refusal) { throw exact }
            guard room < tools.limits.headerBytes else { throw Self.tooLong(tools) }
            stage = .broken(refusal)
        }
        early = Array(bytes)
        at += room
        return nil
    }

    /// Reads on in a head whose beginning came before.
    private mutating func readOn(
        _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ tools: ReadingTools
    ) throws(Refusal) -> Step? {
        let seen = early.count
        let room = min(input.count - at, tools.limits.headerBytes - seen)
        early.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[at..<(at + room)]))
        kept?.restore(tools)
        // Out of the property while the machine, which is in another, reads it.
        let bytes = early
        let result = bytes.withUnsafeBytes { Self.run(&machine, tools, $0, from: seen) }
        switch result {
        case HUB_DONE:
            let length = seen + tools.findings.pointee.used
            let head = try Self.head(&machine, bytes, length, tools)
            (early, kept) = ([], nil)
            at += length - seen
            return try begin(head, input, &at, tools)
        case HUB_NEEDS_MORE:
            guard bytes.count < tools.limits.headerBytes else { throw Self.tooLong(tools) }
            kept = KeptFindings(tools)
        default:
            let refusal = refusal(tools)
            if let exact = bytes.withUnsafeBytes({ BrokenLine.refusal(of: $0, otherwise: refusal) }) { throw exact }
            guard bytes.count < tools.limits.headerBytes else { throw Self.tooLong(tools) }
            (stage, kept) = (.broken(refusal), nil)
        }
        at += room
        return nil
    }

    private mutating func readBroken(
        _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ refusal: Refusal, _ tools: ReadingTools
    ) throws(Refusal) -> Step? {
        let room = min(input.count - at, tools.limits.headerBytes - early.count)
        early.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[at..<(at + room)]))
        at += room
        if let exact = early.withUnsafeBytes({ BrokenLine.refusal(of: $0, otherwise: refusal) }) { throw exact }
        guard early.count < tools.limits.headerBytes else { throw Self.tooLong(tools) }
        return nil
    }

    /// Runs the machine over the head's bytes that it has not seen.
    private static func run(
        _ machine: inout llhttp_t, _ tools: ReadingTools, _ head: UnsafeRawBufferPointer, from seen: Int
    ) -> HubState {
        let start = head.baseAddress?.assumingMemoryBound(to: CChar.self)
        tools.findings.pointee.head = start
        return hub_read_head(&machine, tools.findings, start.map { $0 + seen }, head.count - seen)
    }

    private static func head(
        _ machine: inout llhttp_t, _ bytes: [UInt8], _ length: Int, _ tools: ReadingTools
    ) throws(Refusal) -> RequestHead {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Refusal) in
            try RequestHead(&machine, UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[..<length])), tools)
        }
    }

    private static func tooLong(_ tools: ReadingTools) -> Refusal {
        Refusal(431, "the headers are longer than \(tools.limits.headerBytes) bytes")
    }

    // MARK: Bodies

    /// Goes on from a good head to its body, if it has one.
    private mutating func begin(
        _ head: RequestHead, _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ tools: ReadingTools
    ) throws(Refusal) -> Step? {
        let allowance = tools.allowance(head)
        if head.isChunked {
            (stage, body, framing, trailers) = (.chunks(head, allowance), [], 0, 0)
            owesContinue = head.expectsContinue && at == input.count
            return nil
        }
        let length = head.bodyBytes ?? 0
        guard length <= allowance.bytes else { throw Self.tooMuch(allowance) }
        guard at + length > input.count else {
            defer { at += length }
            stage = .between
            return .request(
                head, body: Array(UnsafeRawBufferPointer(rebasing: input[at..<(at + length)])), allowance)
        }
        owesContinue = head.expectsContinue && at == input.count
        stage = .body(head, allowance, missing: length)
        body = []
        // A length is only a claim: more memory than this must be earned by sending.
        body.reserveCapacity(min(length, 64 * 1024))
        return nil
    }

    private mutating func readBody(
        _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ head: RequestHead, _ allowance: BodyAllowance,
        _ missing: Int
    ) -> Step? {
        let count = min(missing, input.count - at)
        body.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[at..<(at + count)]))
        at += count
        guard count == missing else {
            stage = .body(head, allowance, missing: missing - count)
            return nil
        }
        return whole(head, allowance)
    }

    private mutating func readChunks(
        _ input: UnsafeMutableRawBufferPointer, _ at: inout Int, _ head: RequestHead, _ allowance: BodyAllowance,
        _ tools: ReadingTools
    ) throws(Refusal) -> Step? {
        let found = tools.findings
        tools.clear()
        found.pointee.fieldCount = trailers
        found.pointee.bodyLimit = UInt64(allowance.bytes - body.count)
        let start = input.baseAddress?.advanced(by: at)
        let state = hub_read_chunks(
            &machine, found, start?.assumingMemoryBound(to: CChar.self), input.count - at)
        guard state != HUB_BROKEN else {
            throw found.pointee.problem == HUB_BODY_TOO_LONG ? Self.tooMuch(allowance) : refusal(tools)
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: start, count: found.pointee.bodyCount))
        at += found.pointee.used
        trailers = found.pointee.fieldCount
        framing += found.pointee.used - found.pointee.bodyCount
        // The smallest chunk takes five bytes beside its one.
        guard framing <= tools.limits.headerBytes + 8 * body.count else {
            throw Refusal(400, "chunks that carry more framing than body")
        }
        return state == HUB_DONE ? whole(head, allowance) : nil
    }

    private mutating func whole(_ head: RequestHead, _ allowance: BodyAllowance) -> Step {
        let whole = body
        (stage, body, owesContinue) = (.between, [], false)
        return .request(head, body: whole, allowance)
    }

    private static func tooMuch(_ allowance: BodyAllowance) -> Refusal {
        Refusal(413, "the body is longer than \(allowance.bytes) bytes")
    }

    // MARK: Problems

    /// Why the machine or the shim stopped.
    private func refusal(_ tools: ReadingTools) -> Refusal {
        switch tools.findings.pointee.problem {
        case HUB_TOO_MANY_FIELDS: return Refusal(431, "more than \(tools.fieldLimit) headers")
        case HUB_TARGET_TOO_LONG: return Refusal(414, "the target is longer than \(tools.limits.targetBytes) bytes")
        case HUB_DOUBTFUL_LINE: return Refusal(400, "a header line that is folded or does not end in CR LF")
        default: break
        }
        return switch llhttp_errno_t(rawValue: UInt32(machine.error)) {
        case HPE_INVALID_HEADER_TOKEN: Refusal(400, "a header with a character that is not allowed")
        case HPE_INVALID_CONTENT_LENGTH: Refusal(400, "a Content-Length that is not a number")
        case HPE_UNEXPECTED_CONTENT_LENGTH: Refusal(400, "a second length for one body")
        case HPE_INVALID_TRANSFER_ENCODING: Refusal(400, "a Transfer-Encoding other than chunked")
        case HPE_INVALID_CHUNK_SIZE: Refusal(400, "a chunk whose size is not a number")
        default: Refusal(400, "a request that is malformed")
        }
    }
}
