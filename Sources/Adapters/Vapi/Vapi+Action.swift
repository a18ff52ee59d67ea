import AdapterKit

/// Messages that block the live call until they are answered.
extension Vapi {
    /// A call of a tool, whichever of Vapi's shapes it came in.
    struct ToolCall: Equatable {
        var id: String?
        var name: String?
        /// Arguments that came as JSON text are parsed; text that is no JSON stays text.
        var arguments: JSON

        init(_ call: JSON) {
            id = call.text("id")
            name = call.text("function", "name") ?? call.text("name")
            let given =
                call.at("function", "arguments") ?? call.at("arguments") ?? call.at("function", "parameters")
                ?? call.at("parameters") ?? .null
            if case .string(let text) = given, let parsed = try? JSON(parsing: text) {
                arguments = parsed
            } else {
                arguments = given
            }
        }

        var json: JSON {
            [
                "id": id.map(JSON.string) ?? .null, "name": name.map(JSON.string) ?? .null, "arguments": arguments,
            ]
        }
    }

    /// The calls of a `tool-calls` message; the legacy `function-call` carries one without an id.
    static func toolCalls(of message: JSON) -> [ToolCall] {
        if let legacy = message.at("functionCall") { return [ToolCall(legacy)] }
        let places = [
            message.list("toolCallList"),
            message.list("toolWithToolCallList").compactMap { $0.at("toolCall") },
            message.list("toolCalls"),
        ]
        return (places.first { !$0.isEmpty } ?? []).map(ToolCall.init)
    }

    /// Where a call is handed to: the plain facts of it. An assistant that is described there whole, with its tools and
    /// their secrets, stays in the provider's own JSON, where credentials are replaced.
    static func destination(of message: JSON) -> JSON? {
        guard let destination = message.at("destination")?.object else { return nil }
        let plain = destination.members.filter { member in
            switch member.value {
            case .object, .array, .null: false
            default: true
            }
        }
        return plain.isEmpty ? Optional.none : .object(JSONObject(plain))
    }

    /// What an event of a waiting request carries: `{"action": {"kind", …}}`.
    static func action(_ type: NativeType, _ message: JSON) -> JSON {
        var action: JSONObject = ["kind": .string(type.rawValue)]
        func keep(_ names: String...) {
            for name in names { if let value = message.at(name) { action[name] = value } }
        }
        switch type {
        case .toolCalls, .functionCall: action["calls"] = .array(toolCalls(of: message).map(\.json))
        case .handoffRequest: keep("parameters")
        case .phoneCallControl:
            keep("request")
            action["destination"] = destination(of: message)
        case .voiceRequest: keep("text", "sampleRate")
        case .knowledgeRequest, .endpointingRequest:
            action["messages"] = message.at("messagesOpenAIFormatted") ?? message.at("messages")
        default: break
        }
        return ["action": .object(action)]
    }

    /// The answer of a hub that has none of its own.
    ///
    /// An empty 200 would end or stall the call; these say in Vapi's words that there is no answer, so that the
    /// assistant can go on. `apology` is what a model is told and, for `assistant-request`, what a caller hears.
    static func reply(to type: NativeType?, _ message: JSON, apology: String) -> Reply {
        switch type {
        case .assistantRequest, .transferRequest, .handoffRequest:
            return Reply(json: ["error": .string(apology)])
        case .toolCalls:
            let results: [JSON] = toolCalls(of: message).map { call in
                var result: JSONObject = ["toolCallId": call.id.map(JSON.string) ?? .null]
                if let name = call.name { result["name"] = .string(name) }
                result["error"] = .string(apology)
                return .object(result)
            }
            return Reply(json: results.isEmpty ? ["error": .string(apology)] : ["results": .array(results)])
        case .functionCall: return Reply(json: ["result": .string(apology)])
        case .knowledgeRequest: return Reply(json: ["documents": []])
        case .endpointingRequest: return Reply(json: ["timeoutSeconds": JSON(0.5)])
        case .voiceRequest:
            // Raw PCM is asked for; none is silence.
            var silence = Reply(status: 200, text: "")
            silence.contentType = "application/octet-stream"
            return silence
        default: return .ok
        }
    }
}
