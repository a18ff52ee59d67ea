import AdapterKit
import Foundation
import HubModel

extension Command {
    static let version = Command(name: "version", summary: "Print the version.", options: [.json]) { arguments in
        if arguments.has("json") {
            Console.print(["version": .string(Version.text)])
        } else {
            Console.print("hub \(Version.text)")
        }
        return 0
    }

    static let adapters = Command(
        name: "adapters", summary: "List the adapters, their events, settings and samples.", arguments: "[NAME]",
        options: [.json],
        details: "hub adapters         one line each\nhub adapters vapi    settings, events and samples of one"
    ) { arguments in
        let specs = modules.map { $0.spec }
        if let name = arguments[0] {
            guard let spec = specs.first(where: { $0.name == name }) else {
                throw UsageError(
                    message: "there is no adapter \"\(name)\"; there is \(specs.map(\.name).joined(separator: ", "))")
            }
            Console.print(arguments.has("json") ? spec.json.pretty() : spec.text)
            return 0
        }
        if arguments.has("json") {
            Console.print(.array(specs.map(\.json)))
        } else {
            Console.table(["NAME", "WHAT"], specs.map { [$0.name, $0.summary] })
        }
        return 0
    }

    static let model = Command(
        name: "model", summary: "Print the event types and the fields of calls and messages.", arguments: "[TOPIC]",
        options: [.json],
        details: "TOPIC is `events`, `call` or `message`; all of them when not given. --json prints JSON Schema."
    ) { arguments in
        let topics = ["events"] + RecordKind.allCases.map(\.name)
        let topic = arguments[0]
        if let topic, !topics.contains(topic) {
            throw UsageError(message: "the topics are \(topics.joined(separator: ", "))")
        }
        if arguments.has("json") {
            Console.print(ModelReference.schema())
            return 0
        }
        if topic == nil || topic == "events" {
            Console.table(
                ["EVENT", "ABOUT", "MEANING"],
                EventType.catalogue.map { [$0.type.rawValue, $0.subject.rawValue, $0.meaning] })
        }
        for kind in RecordKind.allCases where topic == nil || topic == kind.rawValue {
            if topic == nil { Console.print("") }
            Console.table(
                ["FIELD", "TYPE", "MEANING"],
                kind.model.fields.map { ["\(kind.rawValue).\($0.name)", ModelReference.words($0.shape), $0.meaning] })
        }
        return 0
    }
}

extension AdapterSpec {
    var json: JSON {
        [
            "name": .string(name), "summary": .string(summary), "methods": .array(methods.map(JSON.string)),
            "retries": .bool(retries),
            "settings": .array(
                settings.map {
                    [
                        "name": .string($0.name), "type": .string($0.type), "help": .string($0.help),
                        "default": $0.defaultText.map(JSON.string) ?? .null,
                    ]
                }),
            "events": .array(
                events.map { ["name": .string($0.name), "becomes": .array($0.types.map { .string($0.rawValue) })] }),
            "samples": .array(samples.map { .string($0.name) }),
        ]
    }

    var text: String {
        var lines = [
            "\(name): \(summary)", "", "Settings (docs/configuration.md has those that every adapter shares):",
        ]
        lines += settings.map { "  \($0.name): \($0.help)\($0.defaultText.map { " (default \($0))" } ?? "")" }
        lines += ["", "Events:"]
        lines += events.map { "  \($0.name) → \($0.types.map(\.rawValue).joined(separator: ", "))" }
        lines += ["", "Samples for `hub send` and `hub explain`:"]
        lines += samples.map { "  \($0.name)" }
        return lines.joined(separator: "\n")
    }
}
