// Thread rule: a multi handle and its easy handles belong to the client's thread; only wake-up may come from elsewhere.
// Oldest libcurl accepted: 7.87.
internal import CCurl
import Foundation
import Synchronization

/// Sends HTTP requests on one thread, with kept-alive connections.
///
/// The owner's `turn` is called on that thread once for each round: it takes what has finished, gives what is to be
/// started, and says how long nothing need happen.
// Sendable because everything but the two flags is only touched on the client's thread once that runs.
package final class HTTPClient: @unchecked Sendable {
    /// What the owner wants next.
    package struct Plan {
        package var start: [ClientRequest]
        /// Nil: until something finishes or `wake` is called.
        package var wait: Duration?

        package init(start: [ClientRequest] = [], wait: Duration? = nil) { (self.start, self.wait) = (start, wait) }
    }

    private let multi: OpaquePointer?
    private var idle: [Transfer] = []
    private var active: [ObjectIdentifier: Transfer] = [:]
    private let started = Atomic(false)
    private let stopping = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)

    package init(maxIdleConnections: Int = 256) {
        _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        multi = OpaquePointer(curl_multi_init())
        hub_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, maxIdleConnections)
    }

    deinit {
        idle.removeAll()
        curl_multi_cleanup(pointer)
    }

    private var pointer: UnsafeMutableRawPointer? { multi.map { UnsafeMutableRawPointer($0) } }

    /// Runs the client's thread until `stop`.
    package func start(turn: @escaping @Sendable ([Completion]) -> Plan) {
        guard !started.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let thread = Thread { [self] in
            run(turn)
            finished.signal()
        }
        thread.name = "hub.send"
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    /// Makes the next turn happen now; from any thread.
    package func wake() { curl_multi_wakeup(pointer) }

    /// Ends the thread and waits for it. What has finished is still handed over, in a last turn whose plan is ignored;
    /// requests under way are broken off without a completion.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        guard started.load(ordering: .acquiring) else { return }
        wake()
        finished.wait()
        finished.signal()
    }

    /// Sends one request on a thread of its own; for the command line, not for many.
    package static func send(_ request: ClientRequest) async -> Completion {
        await withCheckedContinuation { continuation in
            let client = HTTPClient(maxIdleConnections: 1)
            let isSent = Atomic(false)
            client.start { completions in
                if let completion = completions.first {
                    client.stopping.store(true, ordering: .releasing)
                    continuation.resume(returning: completion)
                }
                return Plan(start: isSent.exchange(true, ordering: .relaxed) ? [] : [request])
            }
        }
    }

    private func run(_ turn: ([Completion]) -> Plan) {
        var completions: [Completion] = []
        while !stopping.load(ordering: .acquiring) {
            let plan = turn(completions)
            completions.removeAll(keepingCapacity: true)
            var running: Int32 = 0
            if !plan.start.isEmpty {
                for request in plan.start { begin(request, &completions) }
                curl_multi_perform(pointer, &running)
                collect(&completions)
                guard completions.isEmpty else { continue }
            }
            // Rounded up, so that a turn does not come just before its time and find nothing to do.
            let wait = plan.wait.map { $0 <= .zero ? 0 : Int32(clamping: Transfer.milliseconds($0) + 1) }
            curl_multi_poll(pointer, nil, 0, wait ?? 60_000, nil)
            curl_multi_perform(pointer, &running)
            collect(&completions)
        }
        if !completions.isEmpty { _ = turn(completions) }
        for transfer in active.values { curl_multi_remove_handle(pointer, transfer.easy) }
        active.removeAll()
    }

    private func begin(_ request: ClientRequest, _ completions: inout [Completion]) {
        if let problem = Self.problem(with: request) {
            return completions.append(
                Completion(
                    id: request.id, outcome: .failure(.invalidRequest, message: problem), duration: .zero,
                    reusedConnection: false))
        }
        guard let transfer = idle.popLast() ?? Transfer() else {
            return completions.append(
                Completion(
                    id: request.id, outcome: .failure(.other, message: "out of memory"), duration: .zero,
                    reusedConnection: false))
        }
        transfer.prepare(request)
        active[ObjectIdentifier(transfer)] = transfer
        curl_multi_add_handle(pointer, transfer.easy)
    }

    /// A request that must not reach the wire: line breaks would make headers out of values.
    private static func problem(with request: ClientRequest) -> String? {
        func breaks(_ text: String) -> Bool { text.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
        if breaks(request.url) || request.url.utf8.contains(0x20) {
            return "the URL holds a blank, a line break or a NUL"
        }
        // Without one of these the library would guess a protocol.
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", request.url.dropFirst(scheme.count).hasPrefix("://") else {
            return "the URL does not begin with http:// or https://"
        }
        if !isToken(request.method) { return "the method is not a word" }
        for (name, value) in request.headers {
            if !isToken(name) { return "a header's name is not a word" }
            // With these a value could change where the request ends.
            if ["content-length", "transfer-encoding", "expect", "upgrade", "trailer"].contains(name.lowercased()) {
                return "the header \(name) is made by the hub itself"
            }
            if breaks(value) { return "the header \(name) holds a line break or a NUL" }
        }
        return nil
    }

    /// A word of RFC 9110 §5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains($0)
                }
            }
    }

    private func collect(_ completions: inout [Completion]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = hub_curl_message_result(message)
            var owner: UnsafeMutableRawPointer?
            hub_curl_get_pointer(easy, CURLINFO_PRIVATE, &owner)
            guard let owner else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(owner).takeUnretainedValue()
            curl_multi_remove_handle(pointer, easy)
            completions.append(transfer.completion(result))
            active[ObjectIdentifier(transfer)] = nil
            transfer.forget()
            if idle.count < 256 { idle.append(transfer) }
        }
    }
}
