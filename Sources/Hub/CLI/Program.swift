import AdapterKit
import Foundation
import HubModel
import OpenPhone
import Processes
import Vapi
import Vocelio
import Vogent
import Voqo

/// The one list of adapters: a new module is a line here and a line in Package.swift.
let modules: [any Adapter.Type] = [Voqo.self, Vapi.self, OpenPhone.self, Vogent.self, Vocelio.self]

@main
struct Program {
    static let commands: [Command] = [
        .run, .check, .test, .explain, .send, .events, .calls, .messages, .deliveries, .dead, .template, .adapters,
        .model,
        .reference, .version,
    ]

    static func main() async {
        DeadlySignals.endPromptly()
        let words = Array(CommandLine.arguments.dropFirst())
        end(await run(words))
    }

    /// Ends the process at once, without what libraries do when one exits: threads that are still at work would have what
    /// they use taken from under them, and crash.
    static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }

    private static func run(_ words: [String]) async -> Int32 {
        guard let name = words.first, !["--help", "-h", "help"].contains(name) else {
            if let topic = words.dropFirst().first, let command = commands.first(where: { $0.name == topic }) {
                Console.print(command.help)
            } else {
                Console.print(usage)
            }
            return words.isEmpty ? 2 : 0
        }
        if name == "--version" { return (try? await Command.version.action(Arguments([], of: .version))) ?? 1 }
        guard let command = commands.first(where: { $0.name == name }) else {
            let guess = nearest(name, in: commands.map(\.name))
            Console.error(
                "hub: there is no command \"\(name)\"\(guess.map { ". Did you mean \"\($0)\"?" } ?? "; `hub help` lists them")"
            )
            return 2
        }
        let rest = Array(words.dropFirst())
        if rest.contains("--help") || rest.contains("-h") {
            Console.print(command.help)
            return 0
        }
        do {
            return try await command.action(try Arguments(rest, of: command))
        } catch let error as UsageError {
            Console.error("hub \(name): \(error.message)\nUsage: \(command.usage)    (`hub \(name) --help` says more)")
            return 2
        } catch let error as Diagnostics {
            Console.error(error.rendered())
            return 1
        } catch {
            Console.error("hub \(name): \(error)")
            return 1
        }
    }

    private static var usage: String {
        let width = (commands.map(\.name.count).max() ?? 0) + 2
        let list = commands.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))\($0.summary)" }
        return """
            Hub takes the webhooks of voice and messaging providers, translates them into one model of calls and messages, and
            delivers them where the rules in adapters.yaml say; nothing accepted is lost.

            Usage: hub COMMAND [arguments] [options]

            Commands:
            \(list.joined(separator: "\n"))

            `hub COMMAND --help` says more of each. Exit codes: 0 good, 1 the answer is no, 2 usage.
            A first try: hub run --dev, and in another window: hub send voqo call_ended
            """
    }
}
