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
            Option.value("config", "FILE", "Use the templates, `vars` and `undefined` of a configuration file."),
            Option.value("body", "NAME", "Instead of TEXT: a body from `templates` of that file."),
            Option.flag("lenient", "Let undefined values print as nothing."), .json,
            Option.flag("cases", "Read cases as JSON Lines from standard input and answer each."),
        ],
        details: """
            TEXT is the template, or `-` for standard input. With an event, the names are those of adapters.yaml: event, call,
            message, data, raw, source and so on. A template that is exactly one {{ expression }} shows the value's own JSON with --json.

            Examples:
              hub template '{{ call.from | default("unknown") }}' --sample voqo/call_ended
              echo '{{ names | join(", ") }}' | hub template - --context people.json
              hub template --config adapters.yaml --body card --event call.ended
            """
    ) { arguments in
        if arguments.has("cases") { return cases() }
        let file = try file(arguments)
        let view = try view(arguments)
        if arguments["body"] != nil, file == nil {
            throw UsageError(message: "--body needs --config, the file that has the body")
        }
        if file != nil, view == nil {
            throw UsageError(message: "the templates of a file are about events: give --sample or --event")
        }
        guard arguments["body"] != nil || arguments[0] != nil else { throw UsageError(message: "missing TEXT") }
        do throws(TemplateError) {
            if let name = arguments["body"], let file, let view { return try body(name, file, view, arguments) }
            let word = arguments[0] ?? "-"
            let text =
                word == "-" ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : word
            return try render(text, file, view, arguments)
        } catch {
            let veil = file?.veil ?? Veil()
            if arguments.has("json") {
                Console.print([
                    "error": .string(error.kind.rawValue), "line": error.line.map(JSON.int) ?? .null,
                    "message": .string(veil.cover(error.message)),
                ])
            } else {
                Console.error(veil.cover(error.description))
            }
            return 1
        }
    }

    private typealias File = (templates: NamedTemplates, vars: JSON, veil: Veil)

    private static func file(_ arguments: Arguments) throws -> File? {
        guard arguments["config"] != nil else { return nil }
        let workspace = Workspace(arguments)
        var compiler = workspace.compiler
        // Nothing is sent, so secrets do not matter.
        compiler.loader.environment.missingSecret = { Workspace.made.secret(for: $0) }
        return try compiler.templates(workspace.path)
    }

    private static func surroundings(_ file: File?) -> Surroundings {
        Surroundings(route: "playground", endpoint: "playground", vars: file?.vars ?? .object([:]))
    }

    private static func render(
        _ text: String, _ file: File?, _ view: EventView?, _ arguments: Arguments
    ) throws(TemplateError) -> Int32 {
        var options = TemplateOptions.hub(scope: EventView.scope)
        if arguments.has("lenient") { options.undefined = .chainable }
        let template: Template
        let roots: Roots
        if let view {
            if let file {
                template = try file.templates.texts.template(text)
            } else {
                template = try Template.compile(text, options: options)
            }
            roots = view.roots(surroundings(file))
        } else {
            options.scope = nil
            template = try Template.compile(text, options: options)
            roots = .object(try context(arguments))
        }
        let veil = file?.veil ?? Veil()
        if arguments.has("json") {
            if let expression = template.soleExpression {
                Console.print(veil.cover(try expression.json(roots) ?? .null))
            } else {
                Console.print(veil.cover(.string(try template.text(roots))))
            }
        } else {
            Console.print(veil.cover(try template.text(roots).trimmingEnd()))
        }
        return 0
    }

    private static func body(
        _ name: String, _ file: File, _ view: EventView, _ arguments: Arguments
    ) throws(TemplateError) -> Int32 {
        guard let found = file.templates.bodies.first(where: { $0.name == name }) else {
            let names = file.templates.names.joined(separator: ", ")
            throw .runtime("there is no template \"\(name)\"\(names.isEmpty ? "" : "; there is \(names)")")
        }
        let rendered = try found.body.render(view, surroundings(file))
        if case .tree = found.body, let json = (try? JSON(parsing: rendered.bytes)).map(file.veil.cover) {
            Console.printJSON(arguments.has("json") ? json.text : json.pretty())
        } else {
            let text = file.veil.cover(String(decoding: rendered.bytes, as: UTF8.self))
            if arguments.has("json") { Console.print(.string(text)) } else { Console.print(text.trimmingEnd()) }
        }
        return 0
    }

    /// The event asked for; nil when none is.
    private static func view(_ arguments: Arguments) throws -> EventView? {
        guard arguments["sample"] != nil || arguments["event"] != nil else { return nil }
        return try event(arguments)
    }

    private static func cases() -> Int32 {
        while let line = readLine() {
            guard !line.isEmpty else { continue }
            let answer: JSON
            do { answer = Cases.run(try JSON(parsing: line)) } catch {
                answer = ["error": "case", "message": .string(error.description)]
            }
            Console.printJSON(answer.text)
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
        guard let source = compiled.sources[name: name] else { return [] }
        let now = Timestamp.now
        let webhook = try TrialPayload(body: Array(sample.body.utf8), headers: sample.headers).signed(
            for: source, at: now)
        return try Preview(webhook, source: source, outbound: compiled.outbound, now: now).events.map(\.view)
    }
}

extension ConfigEnvironment {
    /// An environment in which every file is this text.
    static func text(_ text: String) -> ConfigEnvironment {
        ConfigEnvironment(variable: { _ in nil }, readFile: { _, _ in Array(text.utf8) }, listFolder: { _ in [] })
    }
}
