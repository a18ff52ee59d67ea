import AdapterKit
import Crypto
import Foundation
import HTTPClient
import HubEngine
import HubIngress
import HubPlanning

extension Command {
    static let send = Command(
        name: "send", summary: "Send a payload to the hub, signed as the provider would.", arguments: "ADAPTER PAYLOAD",
        options: [
            .config, .env, .dev, .json, Option.value("to", "URL", "Where to, instead of the configured hub."),
            Option.flag("fresh", "Give the sample new ids, so that it is not treated as a duplicate."),
        ],
        details: """
            PAYLOAD is a file, `-` for standard input, or the name of one of the adapter's samples. A payload that was sent
            before is acknowledged and changes nothing; --fresh makes a new one of a sample.

            Examples:
              hub send voqo call_ended --dev
              hub send vapi end-of-call-report --fresh --to https://hub.example.com/webhooks/vapi
            """
    ) { arguments in
        let workspace = Workspace(arguments)
        // A hub that runs in development believes the secrets that are made up alike here.
        var compiler = workspace.compiler
        if !workspace.isDevelopment { compiler.loader.environment.missingSecret = nil }
        let compiled = try compiler.compile(workspace.path, overlay: workspace.overlay)
        let source = try findSource(arguments[0] ?? "", compiled)
        var payload = try payload(arguments[1] ?? "", source)
        if arguments.has("fresh") { payload.body = refreshed(payload.body) }
        let webhook = try payload.signed(for: source, at: .now).raw
        let host = ["0.0.0.0", "::"].contains(compiled.settings.host) ? "127.0.0.1" : compiled.settings.host
        let url =
            arguments["to"]
            ?? "\(compiled.isEncrypted ? "https" : "http")://\(host):\(compiled.settings.port)\(source.path)"
        let completion = await HTTPClient.send(
            ClientRequest(
                id: 1, method: webhook.method, url: url, headers: webhook.headers.fields, body: webhook.body,
                timeout: .seconds(30), policy: .everything))
        switch completion.outcome {
        case .response(let status, _, let answer):
            let text = String(decoding: answer, as: UTF8.self)
            let veil = compiled.rules.veil
            if arguments.has("json") {
                Console.print(
                    veil.cover([
                        "url": .string(url), "status": .int(status),
                        "body": (try? JSON(parsing: answer)) ?? .string(text),
                    ]))
            } else {
                Console.print(veil.cover("\(webhook.method) \(url): \(status) \(text)"))
            }
            return (200..<300).contains(status) ? 0 : 1
        case .failure(_, let message):
            throw Complaint(
                compiled.rules.veil.cover(
                    "\(url) cannot be reached: \(message)\(arguments["to"] == nil ? "; is the hub running? `hub run --dev` starts one" : "")"
                ))
        }
    }

    /// The same payload with other ids: every text member called `id`, `_id` or ending in `Id` or `_id`, with the same new id wherever the same id occurs.
    private static func refreshed(_ body: [UInt8]) -> [UInt8] {
        guard let json = try? JSON(parsing: body) else { return body }
        let suffix = "-" + Codec.hex.encode(secureRandom(4))
        func walk(_ value: JSON, isID: Bool) -> JSON {
            switch value {
            case .object(let object):
                return .object(
                    JSONObject(
                        object.members.map { member in
                            let name = member.name
                            return JSONObject.Member(
                                name,
                                walk(member.value, isID: name == "id" || name.hasSuffix("_id") || name.hasSuffix("Id")))
                        }))
            case .array(let items): return .array(items.map { walk($0, isID: false) })
            case .string(let text) where isID: return .string(text + suffix)
            default: return value
            }
        }
        return walk(json, isID: false).encoded()
    }
}

/// A failure that is told in its own words.
struct Complaint: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
