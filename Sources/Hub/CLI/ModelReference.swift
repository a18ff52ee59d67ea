import Foundation
import HubModel
import HubTemplates

/// The model as documentation and as JSON Schema, both from its one declaration.
enum ModelReference {
    static func words(_ shape: Shape) -> String {
        let text: String
        switch shape.kind {
        case .string(let words): text = words.isEmpty ? "text" : words.joined(separator: " \u{2502} ")
        case .integer: text = "whole number"
        case .number: text = "number"
        case .bool: text = "true or false"
        case .time: text = "time"
        case .list(let element): text = "list of \(words(element))"
        case .object(let members, _): text = "{\(members.map(\.name).joined(separator: ", "))}"
        case .any: text = "anything"
        }
        return text
    }

    static func page() -> String {
        var page = """
            # The canonical model

            Every provider's webhooks become events of these types, about calls and messages of these fields. Fields always exist:
            unknown ones are null, unknown lists empty. Times are UTC with milliseconds, durations seconds, phone numbers E.164 where
            they can be. The provider's own JSON is beside the event, as `raw`: rules and templates reach it, and it is delivered only where
            a template asks for it. This page is written by `hub reference model`; do not edit it.

            ## Events

            | type | about | meaning |
            | --- | --- | --- |

            """
        for spec in EventType.catalogue { page += "| `\(spec.type)` | \(spec.subject.rawValue) | \(spec.meaning) |\n" }
        page += "\nEvery event has:\n\n| field | type | meaning |\n| --- | --- | --- |\n"
        if case .object(let members, _) = Event.shape(of: "call.ended").kind {
            for member in members where member.name != "call" {
                page += "| `\(member.name)` | \(cell(member.shape)) | \(member.meaning) |\n"
            }
        }
        for kind in RecordKind.allCases {
            let model = kind.model
            page +=
                "\n## \(model.name.capitalized)\n\n\(model.meaning)\n\n| field | type | when parts differ | kind | meaning |\n| --- | --- | --- | --- | --- |\n"
            for field in model.fields {
                page +=
                    "| `\(field.name)` | \(cell(field.shape)) | \(rule(field.merge)) | \(field.visibility.rawValue) | \(field.meaning) |\n"
            }
        }
        return page
    }

    private static func cell(_ shape: Shape) -> String { words(shape).replacing("\u{2502}", with: "/") }

    private static func rule(_ rule: MergeRule) -> String {
        switch rule {
        case .latest: "later stage wins"
        case .latestKnown: "later stage wins, unknown never"
        case .forward: "only forward"
        case .longest: "longer wins"
        }
    }

    /// Every filter and test of the template language, by name.
    static func filters() -> String {
        func parameters(_ signature: Signature) -> String {
            var names = signature.parameters.map { $0.standard == nil ? $0.name : "\($0.name)=…" }
            if signature.varargs { names.append("…") }
            return names.isEmpty ? "" : "(\(names.joined(separator: ", ")))"
        }
        func rows(_ all: [(name: String, signature: Signature, help: String)]) -> String {
            all.sorted { $0.name < $1.name }.map { row in
                "| `\(row.name)\(parameters(row.signature))` | \(row.help.replacing("|", with: "\\|")) |\n"
            }.joined()
        }
        let library = Library.hub
        let jinja = Set(StandardFilters.all.map(\.name))
        return """
            # Filters and tests

            What may follow `|` and `is` in templates and conditions. Parameters with `=…` may be left out. Jinja's own work as they
            do there ([differences](template-differences.md)). This page is written by `hub reference filters`; do not edit it.

            ## For payloads

            | filter | result |
            | --- | --- |
            \(rows(library.filters.values.filter { !jinja.contains($0.name) }.map { ($0.name, $0.signature, $0.help) }))
            ## Jinja's filters

            | filter | result |
            | --- | --- |
            \(rows(library.filters.values.filter { jinja.contains($0.name) }.map { ($0.name, $0.signature, $0.help) }))
            ## Tests

            | test | true when |
            | --- | --- |
            \(rows(library.tests.values.map { ($0.name, $0.signature, $0.help) }))
            """
    }

    static func schema() -> JSON {
        var definitions = JSONObject()
        for kind in RecordKind.allCases { definitions[kind.rawValue] = schema(kind.model.shape) }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Hub event", "type": "object",
            "required": ["id", "type", "source", "provider", "occurred_at", "received_at"],
            "properties": .object(properties()), "$defs": .object(definitions),
        ]
    }

    private static func properties() -> JSONObject {
        var properties = JSONObject()
        if case .object(let members, _) = Event.shape(of: "call.ended").kind {
            for member in members where member.name != "call" {
                properties[member.name] = schema(member.shape)
            }
        }
        properties["type"] = ["enum": .array(EventType.catalogue.map { .string($0.type.rawValue) })]
        for kind in RecordKind.allCases { properties[kind.rawValue] = ["$ref": .string("#/$defs/\(kind.rawValue)")] }
        return properties
    }

    private static func schema(_ shape: Shape) -> JSON {
        func typed(_ name: String) -> JSON { shape.nullable ? .array([.string(name), "null"]) : .string(name) }
        switch shape.kind {
        case .string(let words):
            if words.isEmpty { return ["type": typed("string")] }
            return ["enum": .array(words.map(JSON.string) + (shape.nullable ? [.null] : []))]
        case .time: return ["type": typed("string"), "format": "date-time"]
        case .integer: return ["type": typed("integer")]
        case .number: return ["type": typed("number")]
        case .bool: return ["type": typed("boolean")]
        case .list(let element): return ["type": typed("array"), "items": schema(element)]
        case .any: return [:]
        case .object(let members, let open):
            var properties = JSONObject()
            for member in members {
                var inner = schema(member.shape).object ?? JSONObject()
                if !member.meaning.isEmpty { inner["description"] = .string(member.meaning) }
                properties[member.name] = .object(inner)
            }
            return ["type": typed("object"), "properties": .object(properties), "additionalProperties": .bool(open)]
        }
    }
}
