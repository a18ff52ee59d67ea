// Thread rule: a multi handle and its easy handles belong to the client's thread; other threads only write to the
// mailbox. Oldest libcurl accepted: 7.87.
internal import CCurl
import Foundation
import Synchronization

/// Sends HTTP requests on one thread, with kept-alive connections, for several owners.
///
/// Each owner has a channel of its own. Its `turn` is called on the client's thread: it takes what has finished, gives
/// what is to be started, and says how long nothing need happen. Every connection is judged by its request's policy.
// Sendable because everything but the mailbox and the flags is only touched on the client's thread once that runs.
package final class HTTPClient: @unchecked Sendable {
    private let multi: OpaquePointer?
    private let mailbox = Mailbox()
    private let sockets: Sockets
    private let nameCheck = NameCheck()
    /// Connections that are kept in all, used or not: the library closes the longest unused one beyond.
    private let maxConnections: Int
    private let life = Mutex(Life.new)
    private let finished = DispatchSemaphore(value: 0)

    private enum Life { case new, running, stopping, neverRan }

    // On the client's thread only.
    private var idle: [Transfer] = []
    private let names: UnsafeMutablePointer<curl_slist>?
    private var active: [Transfer] = []
    private var channels: [ClientChannel] = []
    /// Channels whose turn it is.
    private var ready: [ClientChannel] = []
    /// When the library wants to look after its own timeouts.
    private var timerDue: Moment?
    private var isStopping = false
    /// Read once a round.
    private var now = Moment.now

    /// - Parameter names: Answers of name resolution that are fixed, in the library's words: `NAME:PORT:ADDRESS,ADDRESS`.
    package init(maxIdleConnections: Int = 1024, names: [String] = []) {
        _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        self.names = names.reduce(nil as UnsafeMutablePointer<curl_slist>?) { curl_slist_append($0, $1) }
        multi = OpaquePointer(curl_multi_init())
        sockets = Sockets(mailbox: mailbox.descriptor)
        maxConnections = maxIdleConnections
        hub_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, maxConnections)
        hub_curl_multi_set_watch(
            pointer,
            { _, socket, what, sockets, _ in
                guard let sockets else { return -1 }
                Unmanaged<Sockets>.fromOpaque(sockets).takeUnretainedValue().watch(socket, what)
                return 0
            }, Unmanaged.passUnretained(sockets).toOpaque())
        hub_curl_multi_set_timer(
            pointer,
            { _, milliseconds, client in
                guard let client else { return -1 }
                let me = Unmanaged<HTTPClient>.fromOpaque(client).takeUnretainedValue()
                me.timerDue = milliseconds < 0 ? nil : me.now + .milliseconds(milliseconds)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        end(mailbox.shut())
        // The library may have something to say while its handles go, but nobody to say it to.
        hub_curl_multi_set_timer(pointer, nil, nil)
        idle.removeAll()
        curl_multi_cleanup(pointer)
        curl_slist_free_all(names)
    }

    private var pointer: UnsafeMutableRawPointer? { multi.map { UnsafeMutableRawPointer($0) } }

    // MARK: From any thread

    /// Runs the client's thread until `stop`.
    package func start() {
        let isFirst = life.withLock { life in
            defer { if life == .new { life = .running } }
            return life == .new
        }
        guard isFirst else { return }
        let thread = Thread { [self] in
            // Set from within, where it becomes the name that `top -H` shows.
            Thread.current.name = "hub-send"
            run()
            finished.signal()
        }
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    /// Ends the thread and waits for it; not to be called from a turn. What has finished is still handed over, in a last
    /// turn whose wishes are ignored; requests under way are broken off without a completion.
    package func stop() {
        let hasThread = life.withLock { life in
            switch life {
            case .new, .neverRan: life = .neverRan
            case .running, .stopping: life = .stopping
            }
            return life == .stopping
        }
        guard hasThread else { return end(mailbox.shut()) }
        mailbox.stop()
        finished.wait()
        finished.signal()
    }

    /// Has the thread end soon; unlike `stop` also from a turn.
    func stopSoon() { mailbox.stop() }

    /// Opens a channel for one owner; its first turn comes at once, or when the client is started. `turn` then runs
    /// whenever a request of this channel has finished, it was woken, or its wait is over: never for another's sake.
    @discardableResult
    package func open(_ name: String, turn: @escaping @Sendable ([Completion]) -> ClientTurn) -> ClientChannel {
        open(name, turn: turn, ended: nil)
    }

    /// `ended` runs once, after the last turn.
    func open(
        _ name: String, turn: @escaping @Sendable ([Completion]) -> ClientTurn, ended: (@Sendable () -> Void)?
    ) -> ClientChannel {
        let channel = ClientChannel(name, mailbox, turn: turn, ended: ended)
        if !mailbox.open(channel) { channel.end() }
        return channel
    }

    // MARK: On the client's thread

    private func run() {
        while true {
            now = .now
            if let mail = mailbox.take(beforeSleep: false) { read(mail) }
            if isStopping { break }
            for channel in channels where channel.due.map({ $0 <= now }) == true { makeReady(channel) }
            let hasBegun = runTurns()
            // Requests that have been added are begun by the library as if a timeout of its own were over.
            if hasBegun || timerDue.map({ $0 <= now }) == true {
                timerDue = nil
                act(CURL_SOCKET_TIMEOUT, 0)
                collect()
            }
            sockets.wait(milliseconds: patience()) { act($0, $1) }
            now = .now
            collect()
        }
        finish()
    }

    private func act(_ socket: Int32, _ mask: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(pointer, socket, mask, &running)
    }

    private func read(_ mail: Mailbox.Mail) {
        isStopping = isStopping || mail.isStopping
        for channel in mail.woken where channel.isOpen {
            channel.isListed.store(false, ordering: .releasing)
            if !channel.isKnown {
                channel.isKnown = true
                channels.append(channel)
            }
            makeReady(channel)
        }
        for (completion, channel) in mail.judged where channel.isOpen { complete(completion, of: channel) }
        for channel in mail.closed { close(channel) }
    }

    private func makeReady(_ channel: ClientChannel) {
        guard !channel.isReady else { return }
        channel.isReady = true
        ready.append(channel)
    }

    /// Gives each channel that is ready its turn; whether requests were begun.
    private func runTurns() -> Bool {
        guard !ready.isEmpty else { return false }
        // One that becomes ready meanwhile has its turn in the next round, after the sockets were looked at.
        let turns = ready
        ready.removeAll(keepingCapacity: true)
        var hasBegun = false
        for channel in turns {
            channel.isReady = false
            let requests = channel.run(at: now)
            guard !requests.isEmpty else { continue }
            now = .now
            hasBegun = true
            for request in requests { begin(request, of: channel) }
        }
        return hasBegun
    }

    /// How long to wait for sockets: not at all when somebody's turn has come meanwhile.
    private func patience() -> Int32 {
        guard ready.isEmpty else { return 0 }
        var first = timerDue
        for channel in channels {
            if let due = channel.due { first = min(first ?? due, due) }
        }
        // Rounded up, so that a turn does not come just before its time and find nothing to do.
        let wait = first.map { $0 <= now ? 0 : Int32(clamping: ($0 - now).milliseconds + 1) } ?? -1
        guard wait != 0, let mail = mailbox.take(beforeSleep: true) else { return wait }
        read(mail)
        return 0
    }

    private func begin(_ request: ClientRequest, of channel: ClientChannel) {
        guard let transfer = idle.popLast() ?? Transfer(sockets, names: names) else {
            return complete(.unsent(request.id, .other, "out of memory"), of: channel)
        }
        if let problem = transfer.prepare(request, of: channel, at: now) {
            idle.append(transfer)
            return complete(.unsent(request.id, .invalidRequest, problem), of: channel)
        }
        transfer.index = active.count
        active.append(transfer)
        channel.underWay += 1
        curl_multi_add_handle(pointer, transfer.easy)
    }

    private func complete(_ completion: Completion, of channel: ClientChannel) {
        channel.add(completion)
        makeReady(channel)
    }

    /// Takes what has finished from the library.
    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = hub_curl_message_result(message)
            var owner: UnsafeMutableRawPointer?
            hub_curl_get_pointer(easy, CURLINFO_PRIVATE, &owner)
            guard let owner else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(owner).takeUnretainedValue()
            if transfer.goesOn(after: result, at: now) {
                curl_multi_remove_handle(pointer, easy)
                curl_multi_add_handle(pointer, easy)
                continue
            }
            if let channel = transfer.channel { end(transfer, result, of: channel) }
            remove(transfer)
        }
    }

    private func end(_ transfer: Transfer, _ result: CURLcode, of channel: ClientChannel) {
        let completion = transfer.completion(result, at: now)
        guard case .failure(.nameResolution, _) = completion.outcome, let url = transfer.target else {
            return complete(completion, of: channel)
        }
        nameCheck.judge(completion, url: url) { [mailbox] in mailbox.judged($0, of: channel) }
    }

    /// Takes a transfer from the library, finished or not, and keeps its handle for another request.
    private func remove(_ transfer: Transfer) {
        curl_multi_remove_handle(pointer, transfer.easy)
        transfer.channel?.underWay -= 1
        transfer.forget()
        if let last = active.popLast(), last !== transfer {
            last.index = transfer.index
            active[transfer.index] = last
        }
        if idle.count < maxConnections { idle.append(transfer) }
    }

    private func close(_ channel: ClientChannel) {
        if channel.underWay > 0 {
            for transfer in active where transfer.channel === channel { remove(transfer) }
        }
        channels.removeAll { $0 === channel }
        channel.end()
    }

    private func finish() {
        collect()
        for channel in channels where channel.hasCompletions { _ = channel.run(at: now) }
        for transfer in active { remove(transfer) }
        end(mailbox.shut())
    }

    private func end(_ mail: Mailbox.Mail) {
        for channel in channels + mail.woken + mail.closed { channel.end() }
        channels = []
        ready = []
    }
}
