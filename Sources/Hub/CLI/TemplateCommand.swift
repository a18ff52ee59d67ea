import AdapterKit
import Foundation
import HubEngine
import HubIngress
import HubModel
import HubRouting
import HubTemplates

extension Command {
    static let template = Command(
        name: "template", summary: "Render a template: a playground for bodies and conditions.", arguments: "[TEXT]",
        options: [
            Option.value("context", "FILE", "A JSON object with the variables."),
            Option.value("sample", "ADAPTER/NAME", "Use an adapter's sample as the event, such as voqo/call_ended."),
            Option.value("event", "TYPE", "Use the first sample that becomes this event, such as call.ended."),
            Option.flag("lenient", "Let undefined values print as nothing."), .json,
            Option.flag("cases", "Read cases as JSON Lines from standard input and answer each."),
        ],
        details: """
            TEXT is the template, or `-` for standard input. With an event, the names are those of adapters.yaml: event, call,
            message, data, raw, source and so on. A template that is exactly one {{ expression }} shows the value's own JSON with --json.

            Examples:
              hub template '{{ call.from | default("unknown") }}' --sample voqo/call_ended
              echo '{{ names | join(", ") }}' | hub template - --context people.json
            """
    ) { arguments in
        if arguments.has("cases") { return cases() }
        guard let word = arguments[0] else { throw UsageError(message: "missing TEXT") }
        let text = word == "-" ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : word
        do throws(TemplateError) {
            var options = TemplateOptions.hub(scope: EventView.scope)
            if arguments.has("lenient") { options.undefined = .chainable }
            let roots: Roots
            if let view = try? event(arguments) {
                roots = view.roots(Surroundings(route: "playground", endpoint: "playground", vars: .object([:])))
            } else {
                options.scope = nil
                roots = .object(try context(arguments))
            }
            let template = try Template.compile(text, options: options)
            if arguments.has("json") {
                if let expression = template.soleExpression {
                    Console.print(try expression.json(roots) ?? .null)
                } else {
                    Console.print(.string(try template.text(roots)))
                }
            } else {
                Console.print(try template.text(roots).trimmingEnd())
            }
            return 0
        } catch {
            if arguments.has("json") {
                Console.print([
                    "error": .string(error.kind.rawValue), "line": error.line.map(JSON.int) ?? .null,
                    "message": .string(error.message),
                ])
            } else {
                Console.error(error.description)
            }
            return 1
        }
    }

    private static func cases() -> Int32 {
        while let line = readLine() {
            guard !line.isEmpty else { continue }
            let answer: JSON
            do { answer = Cases.run(try JSON(parsing: line)) } catch {
                answer = ["error": "case", "message": .string(error.description)]
            }
            Console.print(answer.text)
        }
        return 0
    }

    private static func context(_ arguments: Arguments) throws(TemplateError) -> JSONObject {
        guard let path = arguments["context"] else { return JSONObject() }
        guard let data = FileManager.default.contents(atPath: path) else { throw .runtime("\(path) cannot be read") }
        let json: JSON
        do { json = try JSON(parsing: Array(data)) } catch { throw .runtime("\(path) is \(error)") }
        guard let object = json.object else { throw .runtime("\(path) is not a JSON object") }
        return object
    }

    /// The event that a sample becomes; throws when none is asked for.
    private static func event(_ arguments: Arguments) throws -> EventView {
        let wanted = arguments["event"]
        var candidates: [(any Adapter.Type, Sample)] = []
        if let sample = arguments["sample"] {
            let parts = sample.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let module = modules.first(where: { $0.spec.name == parts[0] }) else {
                throw UsageError(message: "--sample is ADAPTER/NAME, such as voqo/call_ended")
            }
            guard let found = module.spec.samples.first(where: { $0.name == parts[1] }) else {
                throw UsageError(message: "there is no sample \(sample); `hub adapters \(parts[0])` lists them")
            }
            candidates = [(module, found)]
        } else if wanted != nil {
            candidates = modules.flatMap { module in module.spec.samples.map { (module, $0) } }
        } else {
            throw UsageError(message: "no event")
        }
        for (module, sample) in candidates {
            for view in try views(module, sample) where wanted == nil || view.event.type.rawValue == wanted {
                return view
            }
        }
        throw UsageError(message: "no sample becomes \(wanted ?? "an event")")
    }

    private static func views(_ module: any Adapter.Type, _ sample: Sample) throws -> [EventView] {
        let name = module.spec.name
        let text = "adapters: { \(name): { secret: \"d2hhdGV2ZXIgaXQgdGFrZXM=\" } }"
        let compiled = try HubCompiler(modules: modules, loader: ConfigLoader(.text(text))).compile("adapters.yaml")
        guard let source = compiled.plan.sources[name: name] else { return [] }
        let webhook = try sign(Array(sample.body.utf8), sample.headers, source)
        return try Preview(webhook, source: source, plan: compiled.plan.delivery, now: .now).events.map(\.view)
    }
}

extension ConfigEnvironment {
    /// An environment in which every file is this text.
    static func text(_ text: String) -> ConfigEnvironment {
        ConfigEnvironment(variable: { _ in nil }, readFile: { _, _ in Array(text.utf8) }, listFolder: { _ in [] })
    }
}
