import AdapterKit
import Foundation
import HubDelivery
import HubEngine
import HubIngress
import HubModel
import HubRouting

extension Command {
    static let explain = Command(
        name: "explain", summary: "Show what would become of a payload: events, each route's verdict, the requests.",
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
        let now = Timestamp.now
        let preview = try Preview(
            try payload(payloadName, source).signed(for: source, at: now), source: source,
            outbound: compiled.outbound, now: now)
        if arguments.has("json") {
            Console.print(preview.json)
        } else {
            Console.print(preview.text)
        }
        return 0
    }

    static let test = Command(
        name: "test", summary: "Run the examples in the configuration's `tests:` section.", arguments: "[FILE]",
        options: [.env, .dev, .json],
        details: """
            Each test has a payload, and the events and deliveries that must result from it. Exits with 1 when one fails. Missing
            secrets are made up.

            Example: hub test adapters.yaml
            """
    ) { arguments in
        let workspace = Workspace(arguments, file: arguments[0])
        var compiler = workspace.compiler
        compiler.isDevelopment = true
        compiler.loader.environment.missingSecret = { Workspace.made.secret(for: $0) }
        let compiled = try compiler.compile(workspace.path, overlay: workspace.overlay)
        let folder = URL(fileURLWithPath: workspace.path).deletingLastPathComponent()
        let verdicts = compiled.tests.map { $0.run(compiled, in: folder, at: .now) }
        let failures = verdicts.count { !$0.isPassed }
        if !arguments.has("json") {
            for verdict in verdicts {
                Console.print("\(verdict.isPassed ? "✓" : "✗") \(verdict.name)")
                for problem in verdict.problems { Console.print("    \(problem)") }
            }
        }
        if arguments.has("json") {
            Console.print(["passed": .bool(failures == 0), "tests": .array(verdicts.map(\.json))])
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

    /// A payload from standard input, a file, or the adapter's samples.
    static func payload(_ name: String, _ source: Source) throws -> TrialPayload {
        if name == "-" { return TrialPayload(body: Array(FileHandle.standardInput.readDataToEndOfFile())) }
        do throws(TrialPayload.Unknown) { return try TrialPayload(named: name, of: source) } catch {
            throw UsageError(message: error.description)
        }
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
}
