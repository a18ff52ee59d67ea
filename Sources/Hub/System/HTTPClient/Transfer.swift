internal import CCurl
import Foundation

/// One easy handle and what belongs to the request it carries. The client holds it while the library points to it.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    private var request: ClientRequest?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    /// Where the library writes what went wrong.
    private let problem = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var responseHeaders: [(name: String, value: String)] = []
    private var responseBody: [UInt8] = []
    /// Whether the blank line behind the headers has come.
    private var isHeadWhole = false
    private var isFull = false
    private var responseHeaderBytes = 0
    private var refusal: String?
    private var started = ContinuousClock.now

    init?() {
        guard let easy = curl_easy_init() else {
            problem.deallocate()
            return nil
        }
        self.easy = easy
        let me = Unmanaged.passUnretained(self).toOpaque()
        hub_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        hub_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, problem)
        hub_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // Without this a timeout during name resolution waits for the resolver, and every other transfer with it.
        hub_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        hub_curl_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        hub_curl_set_pointer(easy, CURLOPT_PROXY, "")
        hub_curl_set_pointer(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        hub_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        hub_curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        hub_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        hub_curl_set_data(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            guard let bytes, let transfer = Transfer.from(me) else { return 0 }
            return transfer.received(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        hub_curl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        hub_curl_set_data(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            guard let bytes, let transfer = Transfer.from(me) else { return 0 }
            transfer.receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
        hub_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        hub_curl_set_open(easy) { me, _, address in
            guard let address, let transfer = Transfer.from(me), transfer.permits(address) else {
                return CURL_SOCKET_BAD
            }
            return socket(
                address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
                address.pointee.protocol)
        }
        hub_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me)
        // A kept connection may have been opened under a laxer policy: what is about to be used is judged again.
        hub_curl_set_prepare(easy) { me, peer, _, _, _ in
            guard let peer, let transfer = Transfer.from(me) else { return Int32(CURL_PREREQFUNC_ABORT) }
            // Of several addresses of one name a refused one may have come first: such a name is not trusted at all.
            return transfer.refusal == nil && transfer.permits(peer)
                ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
        }
        hub_curl_set_pointer(easy, CURLOPT_PREREQDATA, me)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        problem.deallocate()
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    func prepare(_ request: ClientRequest) {
        self.request = request
        started = .now
        isFull = false
        isHeadWhole = false
        responseHeaderBytes = 0
        refusal = nil
        problem.pointee = 0
        hub_curl_set_pointer(easy, CURLOPT_URL, request.url)
        hub_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Self.milliseconds(request.connectTimeout)))
        hub_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, Self.milliseconds(request.timeout)))
        var list: UnsafeMutablePointer<curl_slist>?
        for (name, value) in request.headers {
            list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        list = curl_slist_append(list, "Expect:")
        // The library would call any body a form.
        if !request.headers.contains(where: { $0.name.utf8.count == 12 && $0.name.lowercased() == "content-type" }) {
            list = curl_slist_append(list, "Content-Type:")
        }
        hub_curl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        curl_slist_free_all(headerList)
        headerList = list
        switch request.method {
        case "GET" where request.body.isEmpty, "HEAD":
            hub_curl_set_long(easy, CURLOPT_HTTPGET, 1)
            hub_curl_set_long(easy, CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
            hub_curl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, nil)
        default:
            hub_curl_set_long(easy, CURLOPT_NOBODY, 0)
            hub_curl_set_long(easy, CURLOPT_POST, 1)
            hub_curl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, request.method == "POST" ? nil : request.method)
            hub_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            // Copied once by the library, so that nothing of ours need stay in place.
            if request.body.isEmpty {
                hub_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, "")
            } else {
                _ = request.body.withUnsafeBytes { hub_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
            }
        }
    }

    func forget() {
        request = nil
        // The library's copy of the body.
        hub_curl_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
        responseHeaders.removeAll(keepingCapacity: true)
        responseBody = []
    }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(clamping: duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
    }

    private func permits(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
        let bytes: [UInt8] = withUnsafePointer(to: &address.pointee.addr) { pointer in
            switch address.pointee.family {
            case AF_INET:
                UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr_in.self).withMemoryRebound(
                    to: sockaddr_in.self, capacity: 1
                ) {
                    withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
                }
            case AF_INET6:
                UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr_in6.self).withMemoryRebound(
                    to: sockaddr_in6.self, capacity: 1
                ) {
                    withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
                }
            default: []
            }
        }
        return permits(IPAddress(bytes: bytes))
    }

    private func permits(_ text: UnsafePointer<CChar>) -> Bool {
        if case .everything? = request?.policy { return true }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return permits(IPAddress(bytes: withUnsafeBytes(of: four) { Array($0) }))
        }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 {
            return permits(IPAddress(bytes: withUnsafeBytes(of: six) { Array($0) }))
        }
        return permits(nil as IPAddress?)
    }

    private func permits(_ address: IPAddress?) -> Bool {
        guard let policy = request?.policy else { return false }
        guard let address else {
            refusal = "an address of an unknown kind"
            return policy == .everything
        }
        guard let kind = policy.refusal(of: address) else { return true }
        refusal = "\(address) is \(kind)"
        return false
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        let room = (request?.maxResponseBytes ?? 0) - responseBody.count
        responseBody += bytes.prefix(max(0, room))
        if bytes.count > room {
            // Enough has been read: less than was given ends the transfer.
            isFull = true
            return 0
        }
        return bytes.count
    }

    private func receivedHeader(_ bytes: UnsafeRawBufferPointer) {
        // A status line begins a new answer (100 Continue came before it).
        if bytes.starts(with: "HTTP/".utf8) {
            isHeadWhole = false
            return responseHeaders.removeAll(keepingCapacity: true)
        }
        if bytes.elementsEqual("\r\n".utf8) || bytes.elementsEqual("\n".utf8) { isHeadWhole = true }
        responseHeaderBytes += bytes.count
        guard responseHeaders.count < 100, responseHeaderBytes < 64 * 1024,
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return }
        var (start, end) = (colon + 1, bytes.endIndex)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        responseHeaders.append(
            (
                String(decoding: bytes[..<colon], as: UTF8.self).lowercased(),
                String(decoding: bytes[start..<end], as: UTF8.self)
            ))
    }

    func completion(_ result: CURLcode) -> Completion {
        var status = 0
        hub_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        var connects = 0
        hub_curl_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        let outcome: Completion.Outcome
        if result == CURLE_OK, !isHeadWhole {
            outcome = .failure(.reset, message: "the connection ended within the headers of the answer")
        } else if result == CURLE_OK || (isFull && result == CURLE_WRITE_ERROR) {
            outcome = .response(status: status, headers: responseHeaders, body: responseBody)
        } else if let refusal {
            outcome = .failure(
                .refusedAddress,
                message: "the address may not be dialled: \(refusal); the endpoint's `allow` can open it")
        } else {
            let words = problem.pointee == 0 ? curl_easy_strerror(result) : UnsafePointer(problem)
            outcome = .failure(
                Self.kind(result), message: words.map { String(cString: $0) } ?? "code \(result.rawValue)")
        }
        var connect: curl_off_t = 0
        hub_curl_get_size(easy, CURLINFO_CONNECT_TIME_T, &connect)
        var sent: curl_off_t = 0
        hub_curl_get_size(easy, CURLINFO_SIZE_UPLOAD_T, &sent)
        return Completion(
            id: request?.id ?? 0, outcome: outcome, duration: started.duration(to: .now),
            reusedConnection: connects == 0 && status != 0, isTruncated: isFull, connectTime: .microseconds(connect),
            bytesSent: Int(sent))
    }

    private static func kind(_ result: CURLcode) -> Completion.Failure {
        switch result {
        case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameResolution
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .reset
        // The first is said of the answer's version: the URL's scheme was looked at before.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM: .protocolError
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        default: .other
        }
    }
}
