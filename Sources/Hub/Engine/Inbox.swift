import EventLoop
import HubIngress
import HubModel
import Synchronization

/// The built-in receiver of development: keeps the latest deliveries in memory and shows them.
final class Inbox: Sendable {
    private struct Item: Sendable {
        var at: Timestamp
        var headers: [(name: String, value: String)]
        var body: String
    }

    private static let kept = 100
    private let items = Mutex<[Item]>([])
    private let clock: @Sendable () -> Timestamp
    /// What the hub listens on.
    private let host: String

    init(clock: @escaping @Sendable () -> Timestamp, host: String) { (self.clock, self.host) = (clock, host) }

    /// `POST /inbox` keeps a delivery, `GET /inbox` shows them, newest first (`?json` as JSON), `DELETE /inbox` forgets them.
    func answer(_ request: HTTPRequest) -> HTTPReply? {
        guard request.path == "/inbox" || request.path.hasPrefix("/inbox/") else { return nil }
        let name = request.headers.first { $0.name.lowercased() == "host" }?.value
        guard LoopbackName.isMeant(name, listening: host) else {
            return .json(
                to: request, 403,
                [
                    "error": "host",
                    "message": "the inbox answers only as localhost, 127.0.0.1 or the address of hub.listen",
                ])
        }
        switch request.method {
        case "GET": return request.query == "json" ? json(request) : text(request)
        case "DELETE":
            items.withLock { $0 = [] }
            return .json(to: request, 200, ["status": "ok"])
        default:
            let item = Item(at: clock(), headers: request.headers, body: String(decoding: request.body, as: UTF8.self))
            items.withLock { items in
                items.append(item)
                if items.count > Self.kept { items.removeFirst() }
            }
            return .json(to: request, 200, ["status": "kept"])
        }
    }

    private func json(_ request: HTTPRequest) -> HTTPReply {
        let all = items.withLock { $0 }.reversed().map { item -> JSON in
            [
                "at": .string(item.at.description),
                "headers": .object(JSONObject(item.headers.map { JSONObject.Member($0.name, .string($0.value)) })),
                "body": (try? JSON(parsing: item.body)) ?? .string(item.body),
            ]
        }
        return .json(to: request, 200, .array(Array(all)))
    }

    private func text(_ request: HTTPRequest) -> HTTPReply {
        let all = items.withLock { $0 }
        var text = all.isEmpty ? "The inbox is empty. Send something: hub send voqo call_ended\n" : ""
        for item in all.reversed() {
            let event = item.headers.first { $0.name.lowercased() == "x-hub-event" }?.value ?? ""
            let delivery = item.headers.first { $0.name.lowercased() == "x-hub-delivery" }?.value ?? ""
            text += "\(item.at)  \(event)  \(delivery)\n"
            for (name, value) in item.headers
            where !["host", "accept", "content-length", "user-agent"].contains(name.lowercased()) {
                text += "  \(name): \(value)\n"
            }
            let body = (try? JSON(parsing: item.body))?.pretty() ?? item.body
            text += body.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined() + "\n"
        }
        return HTTPReply(
            to: request.token, status: 200, headers: [("Content-Type", "text/plain; charset=utf-8")],
            body: Array(VisibleText.lines(text).utf8))
    }
}
