import AdapterKit
package import EventLoop
package import HubModel

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
