import AdapterKit
package import EventLoop
import HubConfig
package import HubDelivery
package import HubModel
import HubRouting
package import HubStore
import Synchronization

/// The half of a webhook's life that answers the provider: receive, verify, decode, commit, answer.
///
/// `receive` and `turnEnded` run on the HTTP loop's thread and hand whole batches to the store; `committed` runs on the
/// store's thread and hands whole batches of answers back and of deliveries on.
package final class Receiver: Sendable {
    package struct Options: Sendable {
        package var clock: @Sendable () -> Timestamp
        package var log: @Sendable (String) -> Void = { _ in }
        /// Webhooks and bytes that may wait for their commit. Providers that do not send again have the last fifth to themselves.
        package var backlog = 8_192
        package var backlogBytes = 64 * 1024 * 1024

        package init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }
    }

    /// What waits for its commit: how to answer, and by which configuration it goes on.
    private struct Pending: Sendable {
        var token: UInt64
        var reply: Reply
        var bytes: Int
        var plan: HubPlan
    }

    private struct State {
        var admissions: [Admission] = []
        var replies: [HTTPReply] = []
        var waiting = 0
        var waitingBytes = 0
        var isStopping = false
        var complaints: [String: Timestamp] = [:]
    }

    private let options: Options
    private let plan: @Sendable () -> HubPlan
    private let store: any Store
    private let sendReplies: @Sendable ([HTTPReply]) -> Void
    private let enqueue: @Sendable ([Work]) -> Void
    private let journal: CrashJournal
    /// Answers what is not a webhook: health, the development inbox. Nil: not found.
    private let other: @Sendable (HTTPRequest) -> HTTPReply?
    private let state = Mutex(State())
    package let counters = ReceiverCounters()

    package init(
        _ options: Options, store: any Store, plan: @escaping @Sendable () -> HubPlan, journal: CrashJournal,
        reply: @escaping @Sendable ([HTTPReply]) -> Void, enqueue: @escaping @Sendable ([Work]) -> Void,
        other: @escaping @Sendable (HTTPRequest) -> HTTPReply? = { _ in nil }
    ) {
        self.options = options
        self.plan = plan
        self.journal = journal
        sendReplies = reply
        self.enqueue = enqueue
        self.other = other
        self.store = store
    }

    /// Answers everything from now on with 503.
    package func stop() { state.withLock { $0.isStopping = true } }

    /// Webhooks that wait for their commit.
    package var waiting: Int { state.withLock { $0.waiting } }

    // MARK: On the loop's thread

    package func receive(_ request: HTTPRequest) {
        switch outcome(request) {
        case .answer(let reply): state.withLock { $0.replies.append(reply) }
        case .admit(let admission, let bytes):
            state.withLock { state in
                state.waiting += 1
                state.waitingBytes += bytes
                state.admissions.append(admission)
            }
        }
    }

    package func turnEnded() {
        let (admissions, replies) = state.withLock { state in
            defer {
                state.admissions = []
                state.replies = []
            }
            return (state.admissions, state.replies)
        }
        if !replies.isEmpty { sendReplies(replies) }
        if !admissions.isEmpty { store.admit(admissions) }
    }

    private enum Step {
        case answer(HTTPReply)
        case admit(Admission, bytes: Int)
    }

    private func outcome(_ request: HTTPRequest) -> Step {
        let plan = self.plan()
        let path = request.path
        guard let source = plan.sources.source(at: path) else {
            if path.hasSuffix("/test"), request.method == "GET", plan.sources.source(at: path.dropLast(5)) != nil {
                return .answer(.json(to: request, 200, ["status": "ok", "message": "the path is ready for webhooks"]))
            }
            if let reply = other(request) { return .answer(reply) }
            counters.count("", "not_found")
            return .answer(.json(to: request, 404, ["error": "there is nothing here"]))
        }
        guard source.spec.methods.contains(request.method) else {
            let methods = source.spec.methods.joined(separator: ", ")
            counters.count(source.name, "method_not_allowed")
            return .answer(
                .json(
                    to: request, 405, ["error": .string("webhooks come in here by \(methods)")],
                    headers: [("Allow", methods)]))
        }
        if let refusal = refusal(request, source) { return .answer(refusal) }
        let now = options.clock()
        let webhook = RawWebhook(
            method: request.method, target: request.target, headers: Headers(request.headers), body: request.body,
            receivedAt: now)
        let verified: VerifiedWebhook
        do throws(ProofRefusal) {
            verified = try source.adapter.proof.check(webhook, at: now, hiding: source.redaction)
        } catch {
            counters.count(source.name, error.rawValue)
            complain("\(source.name): a webhook from \(request.peer) was refused: \(error.words)")
            return .answer(
                .json(to: request, 401, ["error": .string(error.rawValue), "message": .string(error.words)]))
        }
        return admit(verified, request, source, plan)
    }

    private func refusal(_ request: HTTPRequest, _ source: Source) -> HTTPReply? {
        if !source.networks.isEmpty {
            let address = IPNetwork.address(request.peer)
            guard let address, source.networks.contains(where: { $0.contains(address) }) else {
                counters.count(source.name, "network")
                complain(
                    "\(source.name): a webhook from \(request.peer) was refused: the address is not among `networks`")
                return .json(
                    to: request, 403, ["error": "network", "message": "this address may not send webhooks here"])
            }
        }
        if request.body.count > source.maxBody {
            counters.count(source.name, "too_large")
            return .json(
                to: request, 413,
                ["error": "too_large", "message": .string("at most \(source.maxBody) bytes are taken")])
        }
        let full: String? = state.withLock { state in
            if state.isStopping { return "the hub is stopping" }
            let share = source.retries ? 4 : 5
            let isFull =
                state.waiting * 5 >= options.backlog * share || state.waitingBytes * 5 >= options.backlogBytes * share
            return isFull ? "the hub cannot keep up" : nil
        }
        guard let full else { return nil }
        counters.count(source.name, "unavailable")
        return .unavailable(to: request.token, full)
    }

    private func admit(_ verified: VerifiedWebhook, _ request: HTTPRequest, _ source: Source, _ plan: HubPlan) -> Step {
        let body = request.body
        let bodyHash = stableHash(body)
        let decoded: Decoded
        do throws(DecodeError) {
            guard !journal.isSuspect(bodyHash) else {
                throw DecodeError("it crashed the hub \(CrashJournal.limit) times")
            }
            journal.enter(.decode, bodyHash)
            Failpoint.hit("decode", String(decoding: body, as: UTF8.self))
            decoded = try source.adapter.decode(verified)
            journal.leave(.decode)
        } catch {
            journal.leave(.decode)
            return quarantine(verified, request, source, plan, bodyHash, error)
        }
        if decoded.events.isEmpty {
            counters.count(source.name, "ignored")
            return .answer(.reply(to: request.token, decoded.reply))
        }
        let raw = (try? verified.json()) ?? .null
        let planning = EventPlanning(
            source: source.name, provider: source.spec.name, receivedAt: verified.raw.receivedAt,
            drafts: decoded.events, raw: raw,
            plan: plan.delivery)
        let journal = self.journal
        let admission = Admission(
            attachment: Pending(token: request.token, reply: decoded.reply, bytes: body.count, plan: plan),
            source: source.name,
            provider: source.spec.name, receivedAt: verified.raw.receivedAt, headers: Self.headers(request, source),
            body: verified.keptBody,
            key: decoded.key, bodyHash: bodyHash, digest: plan.digest, recordID: planning.recordID,
            plan: { context in
                journal.enter(.plan, bodyHash)
                defer { journal.leave(.plan) }
                return planning(&context)
            })
        return .admit(admission, bytes: body.count)
    }

    private func quarantine(
        _ verified: VerifiedWebhook, _ request: HTTPRequest, _ source: Source, _ plan: HubPlan, _ bodyHash: UInt64,
        _ error: DecodeError
    ) -> Step {
        complain("\(source.name): an authentic webhook cannot be decoded and is kept as quarantined: \(error.problem)")
        return .admit(
            Admission(
                attachment: Pending(
                    token: request.token, reply: Reply(status: 202, json: ["status": "quarantined"]),
                    bytes: request.body.count,
                    plan: plan),
                source: source.name, provider: source.spec.name, receivedAt: verified.raw.receivedAt,
                headers: Self.headers(request, source), body: verified.keptBody,
                key: "quarantine:\(verified.bodyDigest)", bodyHash: bodyHash,
                digest: plan.digest, quarantine: error.problem), bytes: request.body.count)
    }

    /// The headers as they are kept: those that carry proof are only named.
    private static func headers(_ request: HTTPRequest, _ source: Source) -> [UInt8] {
        JSON.array(
            request.headers.map { name, value in
                .array([.string(name), .string(source.hides(name) ? Redaction.mark : value)])
            }
        ).encoded()
    }

    // MARK: On the store's thread

    /// Answers the providers and hands the deliveries on. Everything in `outcomes` is on disk, or refused.
    package func committed(_ outcomes: [Outcome]) {
        var replies: [HTTPReply] = []
        var work: [Work] = []
        var bytes = 0
        replies.reserveCapacity(outcomes.count)
        for outcome in outcomes {
            guard let pending = outcome.attachment as? Pending else { continue }
            bytes += pending.bytes
            switch outcome.kind {
            case .accepted(let events):
                counters.count(outcome.source, "accepted")
                replies.append(.reply(to: pending.token, pending.reply))
                for planned in events {
                    guard let view = planned.attachment as? EventView else { continue }
                    for delivery in planned.deliveries where delivery.dead == nil {
                        work.append(Work(delivery, view, routedBy: pending.plan.delivery))
                    }
                }
            case .duplicate:
                counters.count(outcome.source, "duplicate")
                replies.append(.reply(to: pending.token, pending.reply))
            case .quarantined:
                counters.count(outcome.source, "quarantined")
                replies.append(.reply(to: pending.token, pending.reply))
            case .conflict:
                counters.count(outcome.source, "conflict")
                complain(
                    "\(outcome.source): a webhook came again under the same id with another body; it is kept as a conflict"
                )
                replies.append(.reply(to: pending.token, pending.reply))
            case .unavailable(let reason):
                counters.count(outcome.source, "unavailable")
                replies.append(
                    .unavailable(
                        to: pending.token,
                        reason.contains("disk is full") ? "the disk is full" : "the store is not available"))
            }
        }
        state.withLock { state in
            state.waiting -= outcomes.count
            state.waitingBytes -= bytes
        }
        sendReplies(replies)
        enqueue(work)
    }

    /// A line in the log, at most one a second for each text.
    private func complain(_ text: String) {
        let now = options.clock()
        let isNews = state.withLock { state in
            if let last = state.complaints[text], now - last < .seconds(1) { return false }
            if state.complaints.count > 1000 { state.complaints.removeAll() }
            state.complaints[text] = now
            return true
        }
        if isNews { options.log(text) }
    }
}

extension HTTPReply {
    package static func json(
        to request: HTTPRequest, _ status: Int, _ json: JSON, headers: [(name: String, value: String)] = []
    ) -> HTTPReply {
        HTTPReply(
            to: request.token, status: status, headers: [("Content-Type", "application/json")] + headers,
            body: json.encoded())
    }

    static func reply(to token: UInt64, _ reply: Reply) -> HTTPReply {
        HTTPReply(to: token, status: reply.status, headers: [("Content-Type", reply.contentType)], body: reply.body)
    }

    static func unavailable(to token: UInt64, _ reason: String) -> HTTPReply {
        HTTPReply(
            to: token, status: 503, headers: [("Content-Type", "application/json"), ("Retry-After", "5")],
            body: (["error": "unavailable", "message": .string(reason)] as JSON).encoded())
    }
}
