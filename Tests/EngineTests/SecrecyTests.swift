import HubConfig
import HubEngine
import HubModel
import Testing

/// Every place of a file where a reference may stand, with a value that is wrong there: the complaint quotes what is
/// written.
@Suite("Secrets in complaints")
struct SecrecyTests {
    private static let base =
        "adapters: { voqo: { secret: sample-secret } }\nendpoints: { e: { url: \"https://a.example\" } }\n"

    static let files: [String] = [
        "hub: { listen: \"${env:V}\" }", "hub: { store: \"${env:V}\" }", "hub: { public_url: \"${env:V}\" }",
        "hub: { retention: { events: \"${env:V}\" } }", "hub: { shutdown_grace: \"${env:V}\" }", "hub: \"${env:V}\"",
        "adapters: { voqo: { use: \"${env:V}\", secret: sample-secret } }",
        "adapters: { voqo: { secret: sample-secret, path: \"${env:V}\" } }",
        "adapters: { voqo: { secret: sample-secret, networks: \"${env:V}\" } }",
        "adapters: { voqo: { secret: sample-secret, max_body: \"${env:V}\" } }",
        "adapters: { vocelio: { secret: sample-secret, signature_method: \"${env:V}\" } }",
        "adapters: { voqo: \"${env:V}\" }", "include: \"${env:V}\"", "include: [\"${env:V}/x.yaml\"]",
        "endpoints: { x: { url: \"${env:V}\" } }", "endpoints: { x: { url: \"http://${env:V}:99999/\" } }",
        "endpoints: { x: { url: \"https://a.example\", method: \"${env:V}\" } }",
        "endpoints: { x: { url: \"https://a.example\", timeout: \"${env:V}\" } }",
        "endpoints: { x: { url: \"https://a.example\", format: \"${env:V}\" } }",
        "endpoints: { x: { url: \"https://a.example\", sign: \"${env:V}\" } }",
        "endpoints: { x: { url: \"https://a.example\", allow: [\"${env:V}\"] } }",
        "endpoints: { x: { url: \"https://a.example\", retry: { retry_on: [\"${env:V}\"] } } }",
        "endpoints: { x: { url: \"https://a.example\", retry: { max_attempts: \"${env:V}\" } } }",
        "endpoints: { x: { url: \"https://a.example\", headers: { A: \"${env:V}{{ x | upper( }}\" } } }",
        "\(base)routes: [{ name: r, on: \"${env:V}\", to: e }]",
        "\(base)routes: [{ name: r, on: [\"${env:V}\"], to: e }]",
        "\(base)routes: [{ name: r, on: call.ended, to: \"${env:V}\" }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, from: \"${env:V}\" }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, template: \"${env:V}\" }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, when: \"${env:V} ==\" }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, filter: [{ field: \"${env:V}\", op: equals, value: 1 }] }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, filter: [{ field: call.id, op: in, value: \"${env:V}\" }] }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, filter: [{ field: call.id, op: \"${env:V}\" }] }]",
        "\(base)routes: [{ name: r, on: call.ended, to: e, body: { a: \"${env:V} {{ nothing.known( }}\" } }]",
        "\(base)templates: { undefined: \"${env:V}\" }", "vars: \"${env:V}\"", "tests: \"${env:V}\"",
        "routes: \"${env:V}\"", "endpoints: \"${env:V}\"", "adapters: \"${env:V}\"",
    ]

    @Test("an error quotes the reference, never the value", arguments: files, ["hunter2-canary", "c4n"])
    func quoted(file: String, value: String) throws {
        let environment = ConfigEnvironment(
            variable: { $0 == "V" ? value : nil },
            readFile: { path, _ throws(ConfigEnvironment.ReadError) in
                guard path == "adapters.yaml" else { throw .init("it does not exist") }
                return Array(file.utf8)
            }, listFolder: { _ in [] })
        let compiler = HubCompiler(modules: modules, loader: ConfigLoader(environment))
        do throws(Diagnostics) {
            let compiled = try compiler.compile("adapters.yaml")
            #expect(!compiled.warnings.rendered().contains(value))
            // Some values are right in some places.
            #expect(
                ["path:", "public_url", "headers:", "include:", "op: in", "from:", "templates"].contains {
                    file.contains($0)
                },
                "\(file) was taken")
        } catch {
            #expect(!error.rendered().contains(value), "\(error.rendered())")
            #expect(!error.json.text.contains(value))
        }
    }

    @Test(
        "what can never be sent to or listened on is an error at once",
        arguments: [
            ("endpoints: { e: { url: \"http://[::1\" } }", "the url is none that can be requested"),
            ("endpoints: { e: { url: \"http://a:b@h/\" } }", "the url holds a user name"),
            ("hub: { listen: \"a:b:c:80\" }", "must be an address and a port"),
            ("hub: { listen: \"[::zz]:80\" }", "must be an address and a port"),
            ("endpoints: { e: { url: \"http://169.254.169.254/latest\" } }", "metadata service"),
            ("endpoints: { e: { url: \"http://2852039166/\" } }", "metadata service"),
            ("endpoints: { e: { url: \"http://[::ffff:a9fe:a9fe]/\" } }", "metadata service"),
            ("endpoints: { e: { url: \"http://168.63.129.16/{{ call.id }}\" } }", "metadata service"),
            ("endpoints: { e: { url: \"http://169.254.169.254/\", allow: [169.254.0.0/16] } }", "metadata service"),
            ("endpoints: { e: { url: \"https://h/a/../b\" } }", "a segment \".\" or \"..\""),
            ("adapters: { voqo: { secret: x } }", "has one character"),
        ])
    func refused(file: String, message: String) throws {
        let problems = try #require(throws: Diagnostics.self) { try compile(file) }
        #expect(problems.rendered().contains(message), "\(problems.rendered())")
    }

    @Test("a metadata address that is named by itself, and other addresses that are not open, stop nothing")
    func warned() throws {
        let named = "endpoints: { e: { url: \"http://169.254.169.254/\", allow: [169.254.169.254] } }"
        #expect(!(try compile(named).warnings.rendered().contains("address")))
        let loopback = try compile("endpoints: { e: { url: \"http://127.0.0.1:1/\" } }")
        #expect(loopback.warnings.rendered().contains("no delivery will be made to this address: it is loopback"))
    }
}
