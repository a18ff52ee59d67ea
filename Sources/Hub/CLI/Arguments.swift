/// A command line that cannot be understood; the program says so and exits with 2.
struct UsageError: Error {
    var message: String
}

/// One option of a command.
struct Option: Sendable {
    /// Without the dashes.
    var name: String
    /// How the value is called in help; nil for a switch.
    var value: String?
    var help: String

    static func flag(_ name: String, _ help: String) -> Option { Option(name: name, value: nil, help: help) }
    static func value(_ name: String, _ value: String, _ help: String) -> Option {
        Option(name: name, value: value, help: help)
    }

    static let json = flag("json", "Print JSON instead of text.")
    static let env = value("env", "NAME", "Lay `environments: NAME` over the file.")
    static let dev = flag(
        "dev", "Development: loopback only, missing secrets are made up, private endpoints allowed, an inbox.")
    static let config = value("config", "FILE", "The configuration (default adapters.yaml).")
    static let limit = value("limit", "N", "At most N rows (default 20).")
}

/// The words that follow a command's name, parsed by its declaration.
struct Arguments {
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []

    /// Reads `words`; `--` ends the options, `-` alone is a word.
    init(_ words: [String], of command: Command) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                positional.append(word)
                continue
            }
            guard word.hasPrefix("--") else {
                throw UsageError(message: "unknown option \(word); options begin with two dashes")
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = command.options.first(where: { $0.name == name }) else {
                let known = command.options.map { "--\($0.name)" }.joined(separator: ", ")
                throw UsageError(
                    message: "unknown option --\(name)"
                        + (known.isEmpty ? "" : "; `hub \(command.name)` takes \(known)"))
            }
            if option.value == nil {
                guard parts.count == 1 else { throw UsageError(message: "--\(name) takes no value") }
                flags.insert(name)
            } else if parts.count == 2 {
                values[name, default: []].append(String(parts[1]))
            } else {
                guard let value = rest.popFirst() else { throw UsageError(message: "--\(name) needs a value") }
                values[name, default: []].append(value)
            }
        }
        if positional.count < command.required {
            throw UsageError(message: "missing \(command.arguments.split(separator: " ")[positional.count])")
        }
        if let most = command.most, positional.count > most {
            throw UsageError(message: "unexpected \"\(positional[most])\"")
        }
    }

    func has(_ name: String) -> Bool { flags.contains(name) }

    subscript(name: String) -> String? { values[name]?.last }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Position `index` among the words that are not options.
    subscript(index: Int) -> String? { positional.indices.contains(index) ? positional[index] : nil }

    func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let text = self[name] else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw UsageError(
                message:
                    "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
        }
        return value
    }
}

/// One command of the program: what it is called, what it takes and what it does.
struct Command: Sendable {
    var name: String
    var summary: String
    /// The words after the name as usage shows them: `NAME` required, `[FILE]` optional.
    var arguments = ""
    var options: [Option] = []
    /// Paragraphs for `--help`, examples included.
    var details = ""
    /// Runs it and returns the exit code: 0 good, 1 the answer is no, 2 usage.
    var action: @Sendable (Arguments) async throws -> Int32

    var required: Int { arguments.split(separator: " ").filter { !$0.hasPrefix("[") }.count }
    var most: Int? {
        arguments.hasSuffix("...") || arguments.hasSuffix("...]") ? nil : arguments.split(separator: " ").count
    }

    var usage: String {
        (["hub", name, arguments, options.isEmpty ? "" : "[options]"]).filter { !$0.isEmpty }.joined(separator: " ")
    }

    var help: String {
        var text = "\(summary)\n\nUsage: \(usage)\n"
        if !options.isEmpty {
            text += "\nOptions:\n"
            let heads = options.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
            let width = (heads.map(\.count).max() ?? 0) + 2
            for (head, option) in zip(heads, options) {
                text += "  " + head + String(repeating: " ", count: width - head.count) + option.help + "\n"
            }
        }
        if !details.isEmpty { text += "\n\(details)\n" }
        return text
    }
}
