internal import CCurl
import Foundation
import HTTPSyntax

/// One easy handle and what belongs to the request it carries. The client holds it while the library points to it.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    /// Whose request it carries, and where it stands among the client's transfers under way.
    private(set) var channel: ClientChannel?
    var index = 0
    private let sockets: Sockets
    private var request: ClientRequest?
    private var headers = HeaderList()
    /// Where the library writes what went wrong.
    private let problem = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var body: [UInt8] = []
    private var bodyBytes = 0
    private var keepsBody = false
    /// Whether the blank line behind the headers has come.
    private var isHeadWhole = false
    private var isFull = false
    private var refusal: String?
    /// Where the library tried to connect to for this request, and why it got no socket for it; a kept connection needs neither.
    private(set) var dialled: [sockaddr_storage] = []
    private(set) var socketError: Int32 = 0
    /// What opening a connection does. The answers for a name are all judged before any of them is dialled: the library
    /// tries one after the other, and the first that it tries may be the only good one.
    private enum Dialling {
        /// The host is an address, or everything may be dialled.
        case atOnce
        /// No connection was needed yet.
        case notYet
        /// Nothing is opened; the library shows every answer it has.
        case judging
        /// All answers were good.
        case judged
    }

    private var dialling = Dialling.atOnce
    private var isHostAddress = false
    private var started = Moment.now

    // What the handle was told for the last request and need not be told again.
    private var url = ""
    private var method: String?
    private var hasBody = false
    private var connectTimeout = Duration.zero
    private var timeout = Duration.zero

    init?(_ sockets: Sockets, names: UnsafeMutablePointer<curl_slist>?) {
        guard let easy = curl_easy_init() else {
            problem.deallocate()
            return nil
        }
        self.easy = easy
        self.sockets = sockets
        let me = Unmanaged.passUnretained(self).toOpaque()
        hub_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        hub_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, problem)
        hub_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        if let names { hub_curl_set_pointer(easy, CURLOPT_RESOLVE, names) }
        // Both are allocated for each request. The upload buffer's usual 64 KB are more than an allocator keeps at hand.
        hub_curl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
        hub_curl_set_long(easy, CURLOPT_BUFFERSIZE, 4 * 1024)
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
            // Of the lines only this is of interest: a status line, which begins an answer, or the one that ends a head.
            let isBlank = bytes[0] == CChar(0x0D) || bytes[0] == CChar(0x0A)
            if isBlank || size * count > 5 && memcmp(bytes, "HTTP/", 5) == 0 { transfer.isHeadWhole = isBlank }
            return size * count
        }
        hub_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        hub_curl_set_open(easy) { me, _, address in
            guard let address, let transfer = Transfer.from(me), transfer.permits(address), transfer.dials() else {
                return CURL_SOCKET_BAD
            }
            return transfer.open(address)
        }
        hub_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me)
        // A connection may outlive the handle that opened it, so this speaks to what outlives both.
        hub_curl_set_close(easy) { sockets, socket in
            guard let sockets else { return Foundation.close(socket) }
            return Unmanaged<Sockets>.fromOpaque(sockets).takeUnretainedValue().close(socket)
        }
        hub_curl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque())
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
        problem.deallocate()
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Tells the handle what to send; why that must not reach the wire, when it must not.
    func prepare(_ request: ClientRequest, of channel: ClientChannel, at now: Moment) -> String? {
        if request.url != url {
            if let problem = Self.problem(withURL: request.url) { return problem }
            hub_curl_set_pointer(easy, CURLOPT_URL, request.url)
            url = request.url
            isHostAddress = Self.isAddress(hostOf: url)
        }
        let hasBody = !request.body.isEmpty
        if request.method != method || hasBody != self.hasBody {
            guard HeaderName.isToken(request.method.utf8) else { return "the method is not a token" }
            set(request.method, hasBody: hasBody)
        }
        if let problem = headers.fill(request.headers) { return problem }
        hub_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headers.head)
        if request.connectTimeout != connectTimeout {
            connectTimeout = request.connectTimeout
            hub_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, connectTimeout.milliseconds))
        }
        if request.timeout != timeout {
            timeout = request.timeout
            hub_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, timeout.milliseconds))
        }
        if sendsBody {
            hub_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            // The library reads the array's own memory: it stays in place, because the array is held in `request`
            // unchanged, and bytes are never kept anywhere but in one block, until `forget`.
            _ = request.body.withUnsafeBufferPointer { bytes in
                if let base = bytes.baseAddress, !bytes.isEmpty {
                    hub_curl_set_pointer(easy, CURLOPT_POSTFIELDS, base)
                } else {
                    hub_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, "")
                }
            }
        }
        self.request = request
        self.channel = channel
        started = now
        isFull = false
        isHeadWhole = false
        bodyBytes = 0
        refusal = nil
        if !dialled.isEmpty { dialled.removeAll(keepingCapacity: true) }
        socketError = 0
        dialling = isHostAddress || request.policy == .everything ? .atOnce : .notYet
        problem.pointee = 0
        return nil
    }

    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
        let socket = sockets.open(
            family: address.pointee.family, type: address.pointee.socktype, protocol: address.pointee.protocol)
        if socket < 0 { socketError = errno }
        var target = sockaddr_storage()
        let length = min(Int(address.pointee.addrlen), MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafePointer(to: &address.pointee.addr) { memcpy(&target, $0, length) }
        dialled.append(target)
        return socket
    }

    /// Where the request goes.
    var target: String? { request?.url }

    /// Whether its name was resolved, as far as is known without asking the library.
    var hasAnswers: Bool { dialling == .judging || dialling == .judged }

    private static func isAddress(hostOf url: String) -> Bool {
        let authority = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first
        guard let host = authority.map({ $0.hasPrefix("[") ? $0.prefix { $0 != "]" } + "]" : $0.prefix { $0 != ":" } })
        else { return false }
        return IPAddress(host: String(host)) != nil
    }

    /// Whether a permitted address may be dialled now.
    private func dials() -> Bool {
        switch dialling {
        case .atOnce, .judged: return true
        case .notYet, .judging:
            dialling = .judging
            return false
        }
    }

    /// Whether it has ended only because all answers for the name were to be judged first, and they are good: it is then
    /// ready to be given to the library again.
    func goesOn(after result: CURLcode, at now: Moment) -> Bool {
        guard dialling == .judging, result == CURLE_COULDNT_CONNECT, refusal == nil, let request else { return false }
        dialling = .judged
        // The time that resolving the name took is not had twice.
        let spent = now - started
        timeout = max(.milliseconds(1), request.timeout - spent)
        hub_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, timeout.milliseconds))
        problem.pointee = 0
        return true
    }

    private var sendsBody: Bool { method != "HEAD" && (method != "GET" || hasBody) }

    private func set(_ method: String, hasBody: Bool) {
        (self.method, self.hasBody) = (method, hasBody)
        if sendsBody {
            hub_curl_set_long(easy, CURLOPT_NOBODY, 0)
            hub_curl_set_long(easy, CURLOPT_POST, 1)
            hub_curl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, method == "POST" ? nil : method)
        } else {
            hub_curl_set_long(easy, CURLOPT_HTTPGET, 1)
            hub_curl_set_long(easy, CURLOPT_NOBODY, method == "HEAD" ? 1 : 0)
            hub_curl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, nil)
        }
    }

    /// Why a URL must not reach the wire: line breaks would make headers out of it.
    private static func problem(withURL url: String) -> String? {
        var url = url
        let isBroken = url.withUTF8 { bytes in
            RequestLine.breaksLine(UnsafeRawBufferPointer(bytes)) || bytes.contains(0x20)
        }
        if isBroken { return "the URL contains a space, a line break or a NUL" }
        // Without one of these the library would guess a protocol.
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
            return "the URL does not begin with http:// or https://"
        }
        return nil
    }

    /// Lets go of the request, and of the memory that the library was pointed to.
    func forget() {
        if sendsBody { hub_curl_set_pointer(easy, CURLOPT_POSTFIELDS, nil) }
        request = nil
        channel = nil
        body = []
    }

    private func permits(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
        let judged: IPAddress? = withUnsafePointer(to: &address.pointee.addr) { pointer in
            switch address.pointee.family {
            case AF_INET:
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { IPAddress($0.pointee.sin_addr) }
            case AF_INET6:
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { IPAddress($0.pointee.sin6_addr) }
            default: nil
            }
        }
        return permits(judged)
    }

    private func permits(_ text: UnsafePointer<CChar>) -> Bool {
        if case .everything? = request?.policy { return true }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return permits(IPAddress(four)) }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return permits(IPAddress(six)) }
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
        guard let request else { return 0 }
        if bodyBytes == 0 {
            var status = 0
            hub_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            keepsBody = request.bodyUse == .always || !(200..<300).contains(status)
        }
        let room = max(0, request.maxResponseBytes - bodyBytes)
        if keepsBody { body.append(contentsOf: bytes.prefix(room)) }
        bodyBytes += bytes.count
        if bytes.count > room {
            // Enough has been read: less than was given ends the transfer.
            isFull = true
            return 0
        }
        return bytes.count
    }

    func completion(_ result: CURLcode, at now: Moment) -> Completion {
        var status = 0
        hub_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        var connects = 0
        hub_curl_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        let outcome: Completion.Outcome
        if result == CURLE_OK, !isHeadWhole {
            outcome = .failure(.reset, message: "the connection ended within the headers of the answer")
        } else if result == CURLE_OK || (isFull && result == CURLE_WRITE_ERROR) {
            outcome = .response(status: status, headers: wantedHeaders(), body: body)
        } else if let refusal {
            outcome = .failure(
                .refusedAddress,
                message: "the address may not be dialled: \(refusal); the endpoint's `allow` can open it")
        } else if let fault = ownFault(result) {
            outcome = .failure(.thisMachine, message: fault)
        } else {
            let words = problem.pointee == 0 ? curl_easy_strerror(result) : UnsafePointer(problem)
            outcome = .failure(
                Self.kind(result), message: words.map { String(cString: $0) } ?? "code \(result.rawValue)")
        }
        var completion = Completion(
            id: request?.id ?? 0, outcome: outcome, duration: now - started,
            reusedConnection: connects == 0 && status != 0, isTruncated: isFull)
        if connects > 0 {
            var connect: curl_off_t = 0
            hub_curl_get_size(easy, CURLINFO_CONNECT_TIME_T, &connect)
            completion.connectTime = .microseconds(connect)
        }
        var sent: curl_off_t = 0
        hub_curl_get_size(easy, CURLINFO_SIZE_UPLOAD_T, &sent)
        completion.bytesSent = Int(sent)
        return completion
    }

    /// Of the headers that the library has kept, those that the owner asked for; of hostile ones not without end.
    private func wantedHeaders() -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for name in request?.wanted ?? [] {
            var header: UnsafeMutablePointer<curl_header>?
            var index = 0
            while found.count < 100,
                curl_easy_header(easy, name, index, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK,
                let header
            {
                found.append((name.lowercased(), String(cString: header.pointee.value)))
                index += 1
                if index >= header.pointee.amount { break }
            }
        }
        return found
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
