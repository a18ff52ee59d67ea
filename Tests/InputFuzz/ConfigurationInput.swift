import HubConfig
import HubEngine
import HubModel
import OpenPhone
import Vapi
import Vocelio
import Vogent
import Voqo

/// A main file; one other file and one variable can be referred to.
enum ConfigurationInput {
    private static let canary = "canary-7f3a91c2d4e6"

    static func run(_ bytes: [UInt8]) throws(Subject.Broken) {
        let environment = ConfigEnvironment(
            variable: { $0 == "S" ? canary : nil },
            readFile: { path, limit throws(ConfigEnvironment.ReadError) in
                switch path {
                case "adapters.yaml": Array(bytes.prefix(limit + 1))
                case "more.yaml": Array("endpoints: {}\nroutes: []\n".utf8)
                case "secret": Array(canary.utf8)
                default: throw .init("it does not exist")
                }
            },
            listFolder: { _ throws(ConfigEnvironment.ReadError) in ["more.yaml"] })
        let compiler = HubCompiler(modules: WebhookInput.modules, loader: ConfigLoader(environment))
        for overlay in [nil, "staging"] {
            let compiled: CompiledHub
            do throws(Diagnostics) { compiled = try compiler.compile("adapters.yaml", overlay: overlay) } catch {
                try check(error)
                continue
            }
            try check(compiled.warnings)
            if compiled.configuration.maskedYAML().contains(canary) { throw Subject.Broken("a secret is shown") }
        }
    }

    private static func check(_ problems: Diagnostics) throws(Subject.Broken) {
        let text = problems.rendered()
        if text.contains(canary) { throw Subject.Broken("a secret is in an error: \(text)") }
        if String(decoding: problems.json.encoded(), as: UTF8.self).contains(canary) {
            throw Subject.Broken("a secret is in an error's JSON")
        }
    }
}
