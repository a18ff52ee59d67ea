import AdapterKit
import HubConfig
import HubDelivery
import HubEngine
import HubIngress
import HubModel
import HubPlanning
import HubRouting

extension Command {
    static let check = Command(
        name: "check", summary: "Check a configuration and report every mistake at once.", arguments: "[FILE]",
        options: [
            .env, .dev, .json, Option.flag("show", "Print the configuration that is in force, secrets covered."),
        ],
        details: """
            Compiles the file as `hub run` would, without opening anything. Each mistake has its place, the line, and what to
            write instead. With --dev missing secrets are no mistake.

            Example: hub check adapters.yaml --env staging
            """
    ) { arguments in
        let workspace = Workspace(arguments, file: arguments[0])
        let compiled: CompiledHub
        do throws(Diagnostics) { compiled = try workspace.compile() } catch {
            if arguments.has("json") {
                Console.print(["ok": false, "diagnostics": error.json])
            } else {
                Console.error(error.rendered())
            }
            return 1
        }
        if arguments.has("show") {
            Console.print(compiled.configuration.maskedYAML())
            return 0
        }
        if arguments.has("json") {
            Console.print(["ok": true, "digest": .string(compiled.rules.digest), "diagnostics": compiled.warnings.json])
        } else {
            if !compiled.warnings.isEmpty { Console.error(compiled.warnings.rendered()) }
            func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
            Console.print(
                "\(workspace.path) is good: \(count(compiled.sources.sources.count, "adapter")), \(count(compiled.outbound.endpoints.count, "endpoint")), \(count(compiled.rules.routes.routes.count, "route")), \(count(compiled.tests.count, "test"))"
            )
        }
        return 0
    }

    static let reference = Command(
        name: "reference", summary: "Print the reference of the configuration, the model or the filters as Markdown.",
        arguments: "[TOPIC]",
        details:
            "TOPIC is `configuration` (when not given), `model` or `filters`. The pages of that name in docs are what this prints."
    ) { arguments in
        switch arguments[0] ?? "configuration" {
        case "configuration": Console.print(HubCompiler(modules: modules).reference().trimmingEnd())
        case "model": Console.print(ModelReference.page().trimmingEnd())
        case "filters": Console.print(ModelReference.filters().trimmingEnd())
        default: throw UsageError(message: "the topics are configuration, model and filters")
        }
        return 0
    }
}

extension String {
    /// Without line breaks at the end; printing adds one.
    func trimmingEnd() -> String {
        var text = self
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
