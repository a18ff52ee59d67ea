import Foundation
import HubModel

@testable import HubConfig

/// An environment of values: variables, files by path, and folders that follow from them.
func environment(
    _ variables: [String: String] = [:], files: [String: String] = [:],
    missingSecret: (@Sendable (String) -> Secret?)? = nil
) -> ConfigEnvironment {
    ConfigEnvironment(
        variable: { variables[$0] },
        readFile: { path, _ throws(ConfigEnvironment.ReadError) in
            guard let text = files[path] else { throw .init("it does not exist") }
            return Array(text.utf8)
        },
        listFolder: { folder throws(ConfigEnvironment.ReadError) in
            let prefix = folder == "." ? "" : folder + "/"
            let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
                $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
            }
            guard !names.isEmpty else { throw .init("it does not exist") }
            return Array(Set(names))
        },
        missingSecret: missingSecret)
}

func node(_ text: String) throws -> Node { try YAMLReader.read(SourceFile(name: "t.yaml", text: text)) }

/// The rendered diagnostics of a file that cannot be read; the empty text when it can.
func problems(_ text: String) -> String { problems(Array(text.utf8)) }

func problems(_ bytes: [UInt8]) -> String {
    do {
        _ = try YAMLReader.read(SourceFile(name: "t.yaml", bytes: bytes))
        return ""
    } catch {
        return error.rendered()
    }
}

/// Reads `text` as a section under `fields`; the rendered diagnostics, or the empty text.
func check(_ text: String, _ fields: [KeyField], of subject: String = "adapter \"acme\"") -> String {
    let loader = ConfigLoader(environment(["PORT": "80", "BAD": "hunter2"], files: ["t.yaml": text]))
    var (configuration, problems) = loader.inspect("t.yaml")
    if let configuration { _ = Section(configuration.root, of: subject, fields: fields, &problems) }
    return problems.isEmpty ? "" : problems.rendered()
}
