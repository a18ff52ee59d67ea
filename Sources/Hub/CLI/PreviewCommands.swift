import AdapterKit
import Foundation
import HubDelivery
import HubEngine
import HubIngress
import HubRouting

extension Command {
    static let explain = Command(
        name: "explain", summary: "Show what would come of a payload: events, each route's verdict, the requests.",
        arguments: "ADAPTER PAYLOAD",
        options: [
            .config, .env, .dev, .json, Option.value("adapter", "NAME", "The adapter, instead of the first word."),
        ],
        details: """
            PAYLOAD is a file, `-` for standard input, or the name of one of the adapter's samples (`hub adapters NAME` lists
            them). Nothing is stored or sent; the payload is signed for you.

            Examples:
              hub explain voqo call_ended --dev
              hub explain sales-line payload.json
            """
    ) { arguments in
        let workspace = Workspace(arguments)
        let compiled = try workspace.compile()
        let named = arguments["adapter"]
        guard let payloadName = named == nil ? arguments[1] : arguments[0] else {
            throw UsageError(message: "missing PAYLOAD")
        }
        let source = try findSource(named ?? arguments[0] ?? "", compiled)
        let (body, headers) = try payload(payloadName, source)
        let preview = try Preview(
            try sign(body, headers, source), source: source, outbound: compiled.outbound, now: .now)
        if arguments.has("json") {
            Console.print(preview.json)
        } else {
            Console.print(preview.text)
        }
        return 0
    }

    static let test = Command(
        name: "test", summary: "Try the examples in the configuration's `tests:` section.", arguments: "[FILE]",
        options: [.env, .dev, .json],
        details: """
            Each test gives a payload and says which events and deliveries must come of it. Exit code 1 when one fails. Missing
            secrets are made up.

            Example: hub test adapters.yaml
            """
    ) { arguments in
        let workspace = Workspace(arguments, file: arguments[0])
        var compiler = workspace.compiler
        compiler.isDevelopment = true
        compiler.loader.environment.missingSecret = { Workspace.made.secret(for: $0) }
        let compiled = try compiler.compile(workspace.path, overlay: workspace.overlay)
        var rows: [JSON] = []
        var failures = 0
        for test in compiled.tests {
            let problems = try run(
                test, compiled, folder: URL(fileURLWithPath: workspace.path).deletingLastPathComponent())
            if !problems.isEmpty { failures += 1 }
            rows.append([
                "name": .string(test.name), "passed": .bool(problems.isEmpty),
                "problems": .array(problems.map(JSON.string)),
            ])
            if !arguments.has("json") {
                Console.print("\(problems.isEmpty ? "✓" : "✗") \(test.name)")
                for problem in problems { Console.print("    \(problem)") }
            }
        }
        if arguments.has("json") {
            Console.print(["passed": .bool(failures == 0), "tests": .array(rows)])
        } else if compiled.tests.isEmpty {
            Console.print("\(workspace.path) has no tests; docs/configuration.md says how to write some")
        } else {
            Console.print("\(compiled.tests.count - failures) passed, \(failures) failed")
        }
        return failures == 0 ? 0 : 1
    }

    static func findSource(_ name: String, _ compiled: CompiledHub) throws -> Source {
        if let source = compiled.sources[name: name] { return source }
        let known = compiled.sources.sources.map(\.name)
        throw UsageError(
            message:
                "the configuration has no adapter \"\(name)\"\(nearest(name, in: known).map { ". Did you mean \"\($0)\"?" } ?? "; it has \(known.joined(separator: ", "))")"
        )
    }

    /// A payload by file, standard input, or sample name, with the headers that go with it.
    static func payload(_ name: String, _ source: Source, folder: URL? = nil) throws -> (
        body: [UInt8], headers: [(name: String, value: String)]
    ) {
        if name == "-" { return (Array(FileHandle.standardInput.readDataToEndOfFile()), []) }
        let samples = source.spec.samples
        // `samples/voqo/call_ended.json` names a sample too, so that the examples of the docs work anywhere.
        let short =
            name.split(separator: "/").last.map { $0.hasSuffix(".json") ? String($0.dropLast(5)) : String($0) } ?? name
        let path = folder.map { $0.appendingPathComponent(name).path } ?? name
        if FileManager.default.fileExists(atPath: path), let data = FileManager.default.contents(atPath: path) {
            return (Array(data), [])
        }
        if let sample = samples.first(where: { $0.name == name }) ?? samples.first(where: { $0.name == short }) {
            return (Array(sample.body.utf8), sample.headers)
        }
        let guess = nearest(short, in: samples.map(\.name))
        throw UsageError(
            message:
                "there is neither a file nor a sample \"\(name)\"\(guess.map { ". Did you mean \"\($0)\"?" } ?? "; `hub adapters \(source.spec.name)` lists the samples")"
        )
    }

    /// The payload as the provider would send it, checked as the hub would check it.
    static func sign(_ body: [UInt8], _ headers: [(name: String, value: String)], _ source: Source) throws
        -> VerifiedWebhook
    {
        let now = Timestamp.now
        var webhook = RawWebhook(
            method: source.spec.methods.first ?? "POST", target: source.path,
            headers: Headers([("Content-Type", "application/json")] + headers), body: body, receivedAt: now)
        webhook.headers.fields += source.adapter.proof.sign(webhook, at: now)
        return try source.adapter.proof.check(webhook, at: now, hiding: source.redaction)
    }

    private static func run(_ test: RuleTest, _ compiled: CompiledHub, folder: URL) throws -> [String] {
        guard let source = compiled.sources[name: test.given.adapter] else {
            return ["there is no adapter \"\(test.given.adapter)\""]
        }
        var headers: [(name: String, value: String)] = []
        var json: JSON
        do {
            if test.given.payload.scalar != nil {
                let (body, found) = try payload(test.given.payload.scalar?.text ?? "", source, folder: folder)
                headers = found
                json = try JSON(parsing: body)
            } else {
                json = test.given.payload.revealedJSON()
            }
        } catch let error as UsageError {
            return [error.message]
        } catch {
            return ["the payload is \(error)"]
        }
        for change in test.given.changes { json.set(change.path[...], change.value) }
        do {
            let preview = try Preview(
                try sign(json.encoded(), headers, source), source: source, outbound: compiled.outbound, now: .now)
            return problems(test, preview).map(preview.veil.cover)
        } catch {
            return ["the payload cannot be decoded: \(error)"]
        }
    }

    private static func problems(_ test: RuleTest, _ preview: Preview) -> [String] {
        var problems: [String] = []
        let types = preview.events.map { $0.view.event.type.rawValue }
        if let events = test.expected.events, events != types {
            problems.append(
                "expected the events \(events.joined(separator: ", ")); came \(types.isEmpty ? "none" : types.joined(separator: ", "))"
            )
        }
        guard let expected = test.expected.deliveries else { return problems }
        let deliveries = preview.deliveries
        let came = deliveries.map { "\($0.endpoint) (by \"\($0.route)\")" }.joined(separator: ", ")
        guard deliveries.count == expected.count else {
            return problems + [
                "expected \(expected.count) deliveries; came \(deliveries.isEmpty ? "none" : "\(deliveries.count): \(came)")"
            ]
        }
        for (wanted, delivery) in zip(expected, deliveries) {
            if wanted.to != delivery.endpoint {
                problems.append("expected a delivery to \(wanted.to); it goes to \(delivery.endpoint)")
            }
            if let route = wanted.route, route != delivery.route {
                problems.append("expected it by the route \"\(route)\"; it is by \"\(delivery.route)\"")
            }
            switch delivery.result {
            case .failure(let error):
                problems.append("the delivery to \(delivery.endpoint) cannot be made: \(error.reason)")
            case .success(let request):
                guard let body = wanted.body else { continue }
                let found = (try? JSON(parsing: request.body)) ?? .string(String(decoding: request.body, as: UTF8.self))
                problems += differences(body, found, at: "body")
            }
        }
        return problems
    }

    /// Where `found` lacks or contradicts what is wanted; further members of objects are welcome.
    private static func differences(_ wanted: JSON, _ found: JSON, at path: String) -> [String] {
        if let object = wanted.object, found.object != nil {
            return object.members.flatMap { member -> [String] in
                guard let value = found[member.name] else {
                    return ["\(path).\(member.name) is missing; expected \(member.value.text)"]
                }
                return differences(member.value, value, at: "\(path).\(member.name)")
            }
        }
        if let left = wanted.double, let right = found.double, left == right { return [] }
        return wanted == found ? [] : ["\(path) is \(found.text); expected \(wanted.text)"]
    }
}

extension JSON {
    /// Sets the value at a path, making objects on the way; a number addresses an element of a list.
    mutating func set(_ path: ArraySlice<String>, _ value: JSON) {
        guard let first = path.first else { return self = value }
        if case .array(var items) = self, let index = Int(first), items.indices.contains(index) {
            items[index].set(path.dropFirst(), value)
            self = .array(items)
            return
        }
        var object = self.object ?? JSONObject()
        var inner = object[first] ?? .object(JSONObject())
        inner.set(path.dropFirst(), value)
        object[first] = inner
        self = .object(object)
    }
}

extension Preview {
    var text: String { veil.cover(uncoveredText) }

    private var uncoveredText: String {
        var text = ""
        if events.isEmpty {
            text += "The adapter knows this event and drops it: it is acknowledged, and nothing is kept.\n"
        }
        for event in events {
            text += "\(event.view.event.type)\(event.view.event.derived ? " (derived)" : "")\n"
            text += indented(event.view.json.pretty(), by: 2)
            for route in event.routes {
                text += "\n  \(route.isMatch ? "✓" : "✗") route \"\(route.name)\"\n"
                for reason in route.reasons { text += "      \(reason)\n" }
                for request in route.requests {
                    switch request.result {
                    case .success(let sent):
                        text += "      → \(request.endpoint): \(sent.method) \(sent.url)\n"
                        for (name, value) in sent.headers { text += "          \(name): \(value)\n" }
                        let body =
                            (try? JSON(parsing: sent.body)).map { veil.cover($0).pretty() }
                            ?? String(decoding: sent.body, as: UTF8.self)
                        text += "\n" + indented(body, by: 10)
                    case .failure(let error):
                        text +=
                            "      → \(request.endpoint): cannot be sent: "
                            + indented(error.reason, by: 10).drop(while: { $0 == " " })
                    }
                }
            }
            text += "\n"
        }
        text += "The provider is answered \(reply.status): \(String(decoding: reply.body, as: UTF8.self))"
        return text
    }

    private func indented(_ text: String, by count: Int) -> String {
        let blanks = String(repeating: " ", count: count)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(blanks)\($0)\n" }.joined()
    }

    var json: JSON { veil.cover(uncoveredJSON) }

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
    var json: JSON {
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
