import AdapterKit
import Dispatch
package import EventLoop
import HubConfig
package import HubModel
package import HubPlanning
package import HubStore
import Synchronization

/// The half of a webhook's way that answers the provider: receive, verify, decode, commit, answer.
///
/// `receive` and `turnEnded` run on the HTTP loop's thread and hand whole batches to the store; `committed` runs on the
/// store's thread and hands whole batches of answers back.
package final class Receiver: Sendable {
    package struct Options: Sendable {
        package var clock: @Sendable () -> Timestamp
        package var signal: @Sendable (IngressSignal) -> Void = { _ in }
        /// Webhooks and bytes that may wait for their commit. Providers that do not send again have the last fifth to
        /// themselves.
        package var backlog = 8_192
        package var backlogBytes = 64 * 1024 * 1024

        package init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }
    }

    private struct State {
        /// Of the loop's turn under way.
        var admissions: [Admission<WebhookTicket>] = []
        var replies: [HTTPReply] = []
        var tally = FateTally()
        /// Handed to the store and not answered yet.
        var uncommitted = 0
        var uncommittedBytes = 0
        var isStopping = false
        /// Somebody waits until nothing is uncommitted.
        var isAwaited = false
    }

    private let options: Options
    private let inbound: @Sendable () -> Inbound
    private let store: any Store<WebhookTicket>
    private let sendReplies: @Sendable ([HTTPReply]) -> Void
    private let journal: CrashJournal
    /// Answers what is not a webhook: health, the development inbox. Nil: not found.
    private let other: @Sendable (HTTPRequest) -> HTTPReply?
    private let state = Mutex(State())
    private let emptied = DispatchSemaphore(value: 0)

    package init(
        _ options: Options, store: any Store<WebhookTicket>, inbound: @escaping @Sendable () -> Inbound,
        journal: CrashJournal, reply: @escaping @Sendable ([HTTPReply]) -> Void,
        other: @escaping @Sendable (HTTPRequest) -> HTTPReply? = { _ in nil }
    ) {
        self.options = options
        self.inbound = inbound
        self.journal = journal
        sendReplies = reply
        self.other = other
        self.store = store
    }

    /// Answers everything from now on with 503.
    package func stop() { state.withLock { $0.isStopping = true } }

    /// Waits until every webhook that was taken is committed and answered, but no longer than `limit`.
    package func waitUntilCommitted(limit: Duration) {
        let isEmpty = state.withLock { state in
            state.isAwaited = true
            return state.uncommitted == 0 && state.admissions.isEmpty
        }
        if !isEmpty { _ = emptied.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds))) }
    }

    // MARK: On the loop's thread

    package func receive(_ request: HTTPRequest) {
        let step = step(request)
        let isStoreIdle = state.withLock { state in
            switch step {
            case .answer(let reply, let fate):
                state.replies.append(reply)
                if let fate { state.tally.add(fate.0, fate.source) }
            case .admit(let admission):
                state.uncommitted += 1
                state.uncommittedBytes += admission.ticket.bodyBytes
                state.admissions.append(admission)
            }
            return state.admissions.count >= Self.worthACommit && state.uncommitted == state.admissions.count
        }
        // The store has nothing to do: it can commit these while the rest of a long turn is read.
        if isStoreIdle { turnEnded() }
    }

    /// Webhooks for which a commit of their own costs little more each than a larger one.
    private static let worthACommit = 16

    /// Judges a webhook by its head, before its body is read: the answer when it would be refused whatever the body is.
    package func screen(_ request: HTTPRequest) -> HTTPReply? {
        guard let source = inbound().sources.source(at: request.path) else { return nil }
        guard let (reply, fate) = verdict(on: request, source) else { return nil }
        options.signal(.webhooks(fate, source: source.name, count: 1))
        return reply
    }

    private func verdict(on request: HTTPRequest, _ source: Source) -> (HTTPReply, IngressSignal.Fate)? {
        if let refused = wrongMethod(request, source) ?? refusal(request, source) { return refused }
        let now = options.clock()
        do throws(ProofRefusal) {
            try source.adapter.proof.checkHead(Self.webhook(request, at: now), at: now)
            return nil
        } catch {
            return unproven(request, source, error)
        }
    }

    package func turnEnded() {
        let (admissions, replies, tally) = state.withLock { state in
            defer {
                state.admissions = []
                state.replies = []
                state.tally = FateTally()
            }
            return (state.admissions, state.replies, state.tally)
        }
        if !admissions.isEmpty { store.admit(admissions) }
        if !replies.isEmpty { sendReplies(replies) }
        report(tally)
    }

    private enum Step {
        case answer(HTTPReply, (IngressSignal.Fate, source: String)?)
        case admit(Admission<WebhookTicket>)
    }

    private func step(_ request: HTTPRequest) -> Step {
        let inbound = self.inbound()
        let path = request.path
        guard let source = inbound.sources.source(at: path) else {
            if path.hasSuffix("/test"), request.method == "GET", inbound.sources.source(at: path.dropLast(5)) != nil {
                let json: JSON = ["status": "ok", "message": "the path is ready for webhooks"]
                return .answer(.json(to: request, 200, json), nil)
            }
            if let reply = other(request) { return .answer(reply, nil) }
            return .answer(.json(to: request, 404, ["error": "there is nothing here"]), (.notFound, ""))
        }
        if let (reply, fate) = wrongMethod(request, source) ?? refusal(request, source) {
            return .answer(reply, (fate, source.name))
        }
        let now = options.clock()
        do throws(ProofRefusal) {
            let verified = try source.adapter.proof.check(
                Self.webhook(request, at: now), at: now, hiding: source.redaction)
            return decode(verified, request, source, inbound.rules)
        } catch {
            let (reply, fate) = unproven(request, source, error)
            return .answer(reply, (fate, source.name))
        }
    }

    private static func webhook(_ request: HTTPRequest, at now: Timestamp) -> RawWebhook {
        RawWebhook(
            method: request.method, target: request.target, headers: Headers(request.headers), body: request.body,
            receivedAt: now)
    }

    private func wrongMethod(_ request: HTTPRequest, _ source: Source) -> (HTTPReply, IngressSignal.Fate)? {
        guard !source.spec.methods.contains(request.method) else { return nil }
        let methods = source.spec.methods.joined(separator: ", ")
        let json: JSON = ["error": .string("this path accepts \(methods) only")]
        return (.json(to: request, 405, json, headers: [("Allow", methods)]), .methodNotAllowed)
    }

    private func unproven(
        _ request: HTTPRequest, _ source: Source, _ refusal: ProofRefusal
    ) -> (HTTPReply, IngressSignal.Fate) {
        options.signal(.refused(source: source.name, peer: request.peer, reason: refusal.words))
        let json: JSON = ["error": .string(refusal.rawValue), "message": .string(refusal.words)]
        return (.json(to: request, 401, json), .unproven(refusal))
    }

    /// The answer to a request that is not looked at any further.
    private func refusal(_ request: HTTPRequest, _ source: Source) -> (HTTPReply, IngressSignal.Fate)? {
        if !source.networks.isEmpty {
            let address = IPNetwork.address(request.peer)
            guard let address, source.networks.contains(where: { $0.contains(address) }) else {
                options.signal(
                    .refused(
                        source: source.name, peer: request.peer, reason: "the address is not among `networks`"))
                return (
                    .json(
                        to: request, 403, ["error": "network", "message": "this address may not send webhooks here"]),
                    .network
                )
            }
        }
        if request.body.count > source.maxBody {
            let message = "at most \(source.maxBody) bytes are accepted"
            return (.json(to: request, 413, ["error": "too_large", "message": .string(message)]), .tooLarge)
        }
        let reason: String? = state.withLock { state in
            if state.isStopping { return "the hub is stopping" }
            let share = source.retries ? 4 : 5
            let isFull =
                state.uncommitted * 5 >= options.backlog * share
                || state.uncommittedBytes * 5 >= options.backlogBytes * share
            return isFull ? "the hub cannot keep up" : nil
        }
        return reason.map { (.unavailable(to: request.token, $0), .unavailable) }
    }

    private func decode(
        _ verified: VerifiedWebhook, _ request: HTTPRequest, _ source: Source, _ rules: Rules
    ) -> Step {
        let item = stableHash(request.body)
        let decoded: Decoded
        do throws(DecodeError) {
            guard !journal.isSuspect(item) else {
                throw DecodeError("it crashed the hub \(CrashJournal.limit) times")
            }
            journal.enter(.decode, item)
            defer { journal.leave(.decode) }
            Failpoint.hit("decode", String(decoding: request.body, as: UTF8.self))
            decoded = try source.adapter.decode(verified)
        } catch {
            if let refusal = error.refusal {
                let (reply, fate) = unproven(request, source, refusal)
                return .answer(reply, (fate, source.name))
            }
            options.signal(.quarantined(source: source.name, problem: error.problem))
            let reply = Reply(status: 202, json: ["status": "quarantined"])
            let ticket = WebhookTicket(
                request: request.token, reply: reply, bodyBytes: request.body.count, rules: rules, planning: nil,
                item: item, journal: journal)
            var admission = Admission(
                ticket: ticket, source: source.name, provider: source.spec.name, receivedAt: verified.raw.receivedAt,
                headers: source.keptHeaders(request.headers), body: verified.keptBody,
                key: "quarantine:\(verified.bodyDigest)", bodyHash: item, digest: rules.digest)
            admission.webhook.quarantine = error.problem
            return .admit(admission)
        }
        if decoded.events.isEmpty {
            return .answer(.reply(to: request.token, decoded.reply), (.ignored, source.name))
        }
        let planning = EventPlanning(
            source: source.name, provider: source.spec.name, receivedAt: verified.raw.receivedAt,
            drafts: decoded.events, raw: (try? verified.json()) ?? .null)
        let ticket = WebhookTicket(
            request: request.token, reply: decoded.reply, bodyBytes: request.body.count, rules: rules,
            planning: planning, item: item, journal: journal)
        var admission = Admission(
            ticket: ticket, source: source.name, provider: source.spec.name, receivedAt: verified.raw.receivedAt,
            headers: source.keptHeaders(request.headers), body: verified.keptBody, key: decoded.key, bodyHash: item,
            digest: rules.digest)
        (admission.webhook.recordID, admission.webhook.kind) = (planning.recordID, planning.kind)
        admission.webhook.isKeyProven = source.provesKeys
        return .admit(admission)
    }

    // MARK: On the store's thread

    /// Answers the providers. Everything in `receipts` is on disk, or refused.
    package func committed(_ receipts: [Receipt<WebhookTicket>]) {
        var replies: [HTTPReply] = []
        replies.reserveCapacity(receipts.count)
        var tally = FateTally()
        var bytes = 0
        for receipt in receipts {
            let ticket = receipt.ticket
            bytes += ticket.bodyBytes
            let fate: IngressSignal.Fate
            switch receipt.fate {
            case .accepted: fate = .accepted
            case .duplicate: fate = .duplicate
            case .quarantined: fate = .quarantined
            case .conflict:
                fate = .conflict
                options.signal(.conflict(source: receipt.source))
            case .refused(let fault):
                fate = .unavailable
                replies.append(
                    .unavailable(
                        to: ticket.request, fault == .diskFull ? "the disk is full" : "the store is not available"))
            }
            tally.add(fate, receipt.source)
            if fate != .unavailable { replies.append(.reply(to: ticket.request, ticket.reply)) }
        }
        let isAwaited = state.withLock { state in
            state.uncommitted -= receipts.count
            state.uncommittedBytes -= bytes
            return state.isAwaited && state.uncommitted == 0
        }
        sendReplies(replies)
        report(tally)
        if isAwaited { emptied.signal() }
    }

    private func report(_ tally: FateTally) {
        for (fate, source, count) in tally.counts { options.signal(.webhooks(fate, source: source, count: count)) }
    }
}
