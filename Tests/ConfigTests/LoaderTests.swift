import Foundation
import HubModel
import Testing

@testable import HubConfig

/// A folder with files, removed with the test.
final class Folder {
    let path: String

    init(_ files: [String: String]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "hub-config-\(UUID().uuidString)").path
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func load(overlay: String? = nil) throws(Diagnostics) -> Configuration {
        try ConfigLoader().load("\(path)/adapters.yaml", overlay: overlay)
    }

    /// The diagnostics, with paths as seen from the folder.
    func problems(overlay: String? = nil) -> String {
        ConfigLoader().inspect("\(path)/adapters.yaml", overlay: overlay).problems.rendered().replacing(
            "\(path)/", with: "")
    }

    func json(overlay: String? = nil) throws -> String {
        String(decoding: try load(overlay: overlay).root.revealedJSON().encoded(), as: UTF8.self)
    }
}

@Suite struct LoaderTests {
    @Test func `included files join by name and in order`() throws {
        let folder = try Folder([
            "adapters.yaml": "adapters: {a: {x: 1}}\nroutes: [{name: 1}]\ninclude: [more/*.yaml, extra.yaml]\n",
            "more/b.yaml": "adapters: {b: {x: 2}}\nroutes: [{name: 3}]\n",
            "more/a.yaml": "routes: [{name: 2}]\ntemplates: {t: x}\ninclude: deeper/c.yaml\n",
            "more/deeper/c.yaml": "adapters: {c: {}}\n", "more/.hidden.yaml": "a: [", "more/notes.txt": "a: [",
            "extra.yaml": "# nothing\n",
        ])
        #expect(
            try folder.json()
                == #"{"adapters":{"a":{"x":1},"c":{},"b":{"x":2}},"routes":[{"name":1},{"name":2},{"name":3}],"templates":{"t":"x"}}"#
        )
        let configuration = try folder.load()
        #expect(
            configuration.filesRead.map { $0.replacing("\(folder.path)/", with: "") }
                == ["adapters.yaml", "more/a.yaml", "more/deeper/c.yaml", "more/b.yaml", "extra.yaml"])
        #expect(configuration.foldersRead == ["\(folder.path)/more"])
        #expect(configuration.root["adapters"]?["b"]?.position.file == "\(folder.path)/more/b.yaml")
    }

    @Test func `mistakes in included files name both places`() throws {
        let folder = try Folder([
            "adapters.yaml":
                "adapters:\n  a: {x: 1}\nname: x\ninclude: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]\n",
            "more/b.yaml": "adapters:\n  a: {x: 2}\nname: y\nhub: {}\ninclude: [../adapters.yaml, c.yaml]\n",
            "more/c.yaml": "a: [1\n",
        ])
        #expect(
            folder.problems() == """
                adapters.yaml:4:11: error: more/c.yaml is included twice
                  4 | include: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]
                    |           ^^^^^^^^^^^
                more/b.yaml:5:29: note: the first time is here
                  5 | include: [../adapters.yaml, c.yaml]
                    |                             ^^^^^^
                adapters.yaml:4:24: error: more/b.yaml is included twice
                  4 | include: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]
                    |                        ^^^^^^^^^^^^^^^^^^^
                adapters.yaml:4:11: note: the first time is here
                  4 | include: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]
                    |           ^^^^^^^^^^^
                adapters.yaml:4:45: error: gone.yaml cannot be read: it does not exist
                  4 | include: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]
                    |                                             ^^^^^^^^^
                adapters.yaml:4:56: error: the folder none cannot be read: it does not exist
                  4 | include: [more/*.yaml, more/../more/b.yaml, gone.yaml, none/*.yaml]
                    |                                                        ^^^^^^^^^^^
                more/b.yaml:2:3: error: "a" is given twice in "adapters"
                  2 |   a: {x: 2}
                    |   ^
                adapters.yaml:2:3: note: the first is here
                  2 |   a: {x: 1}
                    |   ^
                more/b.yaml:3:1: error: "name" is given twice, and is not a mapping or a list in both files
                  3 | name: y
                    | ^^^^
                adapters.yaml:3:1: note: the first is here
                  3 | name: x
                    | ^^^^
                more/b.yaml:4:1: error: "hub" belongs in the main file. Included files have sections such as adapters, endpoints, templates and routes.
                  4 | hub: {}
                    | ^^^
                more/b.yaml:5:11: error: adapters.yaml includes itself. By way of more/b.yaml.
                  5 | include: [../adapters.yaml, c.yaml]
                    |           ^^^^^^^^^^^^^^^^
                more/c.yaml:2:1: error: a comma or "]" is missing before this
                  2 |
                    | ^
                more/c.yaml:1:4: note: the "[" is here
                  1 | a: [1
                    |    ^
                9 errors
                """)
    }

    @Test func `a file without sections or without a right to be read is refused`() throws {
        let folder = try Folder(["adapters.yaml": "# nothing\n"])
        #expect(
            folder.problems()
                == "adapters.yaml: error: the file is empty. A configuration begins like `adapters:`.\n1 error")
        try FileManager.default.removeItem(atPath: "\(folder.path)/adapters.yaml")
        #expect(
            folder.problems() == "adapters.yaml: error: the configuration cannot be read: it does not exist\n1 error")
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/adapters.yaml", withIntermediateDirectories: false)
        #expect(folder.problems() == "adapters.yaml: error: the configuration cannot be read: it is a folder\n1 error")
    }

    @Test func `a configuration with every section reads as its author meant it`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Cases/example.yaml")
            .path
        var environment = ConfigEnvironment.process
        environment.variable = { "value-of-\($0)" }
        environment.missingSecret = { _ in Secret("made up") }
        let root = try ConfigLoader(environment).load(file).root
        #expect(root.members?.map(\.name) == ["hub", "adapters", "endpoints", "templates", "routes", "tests"])
        let crm = root["endpoints"]?["crm"]
        #expect(crm?["headers"]?["Authorization"]?.scalar?.text == "Bearer value-of-CRM_TOKEN")
        #expect(crm?["url"]?.scalar?.text == #"https://crm.example.com/hooks/{{ event.type | replace(".", "/") }}"#)
        #expect(crm?["retry"]?["retry_on"]?.elements?.map { $0.scalar?.value } == [.int(408), .int(429), .text, .text])
        let first = root["routes"]?.elements?.first
        #expect(first?["when"]?.scalar?.text == #"call.duration_s >= 30 and call.outcome == "completed""#)
        #expect(first?["on"]?.scalar?.text == "call.ended")
        #expect(root["routes"]?.elements?.last?["filter"]?.elements?.first?["optional"]?.scalar?.value == .bool(true))
    }

    @Test func `text can be loaded as if it were a file, with what it includes`() throws {
        let loader = ConfigLoader(environment(files: ["etc/b.yaml": "b: 2\n", "etc/a.yaml": "old: 1\n"]))
        let configuration = try loader.load(text: "a: 1\ninclude: b.yaml\n", name: "etc/a.yaml")
        #expect(configuration.root.members?.map(\.name) == ["a", "b"])
    }

    @Test func `a refusal of the file system is an error and nothing is loaded`() {
        var environment = environment()
        environment.readFile = { _, _ throws(ConfigEnvironment.ReadError) in throw .init("permission is denied") }
        let (configuration, problems) = ConfigLoader(environment).inspect("adapters.yaml")
        #expect(configuration == nil)
        #expect(problems.description == "adapters.yaml: error: the configuration cannot be read: permission is denied")
    }

    private let base = """
        hub: {listen: "127.0.0.1:8080", retention: {events: 30d, attempts: 30d}}
        endpoints: {crm: {url: "${env:URL:-https://a}", retry: {max: 5, on: [408, 429]}}, slack: {url: x}}
        environments:
          staging:
            endpoints: {crm: {url: https://b, retry: {on: [500]}}, slack: null, new: {url: y, z: null}}
            hub: {retention: {events: 1d}}
          broken: {hub: {secret: "${env:MISSING}"}}

        """

    @Test func `an environment lies over the file: mappings merge, lists are replaced, null removes`() throws {
        let folder = try Folder(["adapters.yaml": base])
        #expect(
            try folder.json()
                == #"{"hub":{"listen":"127.0.0.1:8080","retention":{"events":"30d","attempts":"30d"}},"endpoints":{"crm":{"url":"https://a","retry":{"max":5,"on":[408,429]}},"slack":{"url":"x"}}}"#
        )
        #expect(
            try folder.json(overlay: "staging")
                == #"{"hub":{"listen":"127.0.0.1:8080","retention":{"events":"1d","attempts":"30d"}},"endpoints":{"crm":{"url":"https://b","retry":{"max":5,"on":[500]}},"new":{"url":"y"}}}"#
        )
    }

    @Test func `an unknown environment is an error with the nearest name`() throws {
        let folder = try Folder(["adapters.yaml": base])
        #expect(
            folder.problems(overlay: "stagign") == """
                adapters.yaml:3:1: error: there is no environment "stagign". Did you mean "staging"?
                  3 | environments:
                    | ^^^^^^^^^^^^
                1 error
                """)
        #expect(folder.problems(overlay: "production").contains(#"It has "staging" and "broken"."#))
        let none = try Folder(["adapters.yaml": "a: 1\n"])
        #expect(
            none.problems(overlay: "staging")
                == "adapters.yaml: error: there is no environment \"staging\". The file has no section `environments:`.\n1 error"
        )
    }

    @Test func `only the environment in use must have its secrets`() throws {
        let folder = try Folder(["adapters.yaml": base])
        #expect(folder.problems(overlay: "staging") == "")
        #expect(folder.problems(overlay: "broken").contains("the environment variable MISSING is not set"))
    }

    @Test func `mistakes in environments are reported whichever is in use`() throws {
        let folder = try Folder([
            "adapters.yaml":
                "hub: {a: 1}\nenvironments:\n  one: {include: x, hub: {b: null, a: }}\n  two: 5\n  three:\n"
        ])
        #expect(
            folder.problems(overlay: "one") == """
                adapters.yaml:3:9: error: "include" is not allowed in an environment
                  3 |   one: {include: x, hub: {b: null, a: }}
                    |         ^^^^^^^
                adapters.yaml:3:27: warning: "b" is removed here and is not there to remove
                  3 |   one: {include: x, hub: {b: null, a: }}
                    |                           ^
                adapters.yaml:3:36: error: nothing is given for "a". Write null to remove it, or a value to replace it.
                  3 |   one: {include: x, hub: {b: null, a: }}
                    |                                    ^
                adapters.yaml:4:8: error: environment "two" must be a mapping of sections, not "5"
                  4 |   two: 5
                    |        ^
                adapters.yaml:5:3: error: environment "three" must be a mapping of sections, not nothing
                  5 |   three:
                    |   ^^^^^
                4 errors, 1 warning
                """)
    }

    @Test func `the digest follows what is in force and nothing else`() throws {
        func digest(_ text: String, _ variables: [String: String] = [:], overlay: String? = nil) throws -> String {
            try ConfigLoader(environment(variables, files: ["t.yaml": text])).load("t.yaml", overlay: overlay).digest
        }
        let plain = try digest("a: {b: 1, c: [x]}\n")
        #expect(plain == "8772c4bbd657174796cc7aeff8274053")
        #expect(try digest("# other\na:\n  b: 1\n  c:\n  - 'x'\n") == plain)
        #expect(try digest("a: {b: '1', c: [x]}\n") != plain)
        #expect(try digest("a: {b: 1, c: [x, '']}\n") != plain)
        #expect(try digest("a: {b: 1}\nc: [x]\n") != plain)
        let base = "a: 1\nenvironments: {s: {a: 2}}\n"
        #expect(try digest(base) != digest(base, overlay: "s"))
        let secret = "a: ${env:S}\n"
        #expect(try digest(secret, ["S": "1"]) == digest(secret, ["S": "2"]))
    }
}
