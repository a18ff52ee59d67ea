import AdapterKit
import HubDelivery
package import HubModel

extension Preview {
    /// Without the secrets of the configuration.
    package var json: JSON { veil.cover(uncoveredJSON) }

    private var uncoveredJSON: JSON {
        [
            "key": .string(key),
            "reply": ["status": .int(reply.status), "body": .string(String(decoding: reply.body, as: UTF8.self))],
            "events": .array(
                events.map { event in
                    [
                        "event": event.view.json,
                        "routes": .array(
                            event.routes.map { route in
                                [
                                    "name": .string(route.name), "matches": .bool(route.isMatch),
                                    "reasons": .array(route.reasons.map(JSON.string)),
                                    "requests": .array(route.requests.map(\.json)),
                                ]
                            }),
                    ]
                }),
        ]
    }
}

extension Preview.RequestPreview {
    fileprivate var json: JSON {
        switch result {
        case .failure(let error): ["endpoint": .string(endpoint), "error": .string(error.reason)]
        case .success(let request):
            [
                "endpoint": .string(endpoint), "method": .string(request.method), "url": .string(request.url),
                "headers": .object(JSONObject(request.headers.map { JSONObject.Member($0.name, .string($0.value)) })),
                "body": (try? JSON(parsing: request.body)) ?? .string(String(decoding: request.body, as: UTF8.self)),
            ]
        }
    }
}
