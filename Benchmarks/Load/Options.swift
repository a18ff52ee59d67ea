import Glibc

/// What the command line asks for.
struct Options {
    static let usage = """
        Usage: hub-bench [SCENARIO ...] [options]

        Measures a hub of its own with signed webhooks, and looks for each at the other end.

        Scenarios (all when none is named):
        \(Scenario.all.map { "  \($0.name)\(String(repeating: " ", count: 13 - $0.name.count))\($0.summary)" }.joined(separator: "\n"))

        Options:
          --seconds N      how long each measurement takes (saturation 10, rate 20, connections 30, idle 10)
          --rate N         webhooks a second in rate and connections (2000)
          --connections N  connections to the hub (64; in connections 1000)
          --runs N         runs of saturation, of which the median counts (3)
          --hub PATH       the hub to measure (beside this program)
          --config PATH    its configuration (Benchmarks/bench.yaml)
          --folder PATH    where its database is made, on a disk (beside this program)
          --json           print JSON

        Exit codes: 0 all arrived, 1 something is missing or could not be measured, 2 usage.
        """

    struct UsageError: Error {
        let message: String
    }

    var scenarios: [Scenario] = []
    var seconds: Double?
    var rate = 2000.0
    var connections: Int?
    var runs = 3
    var hub: String
    var configuration: String?
    var folder: String
    var json = false
    var help = false

    init(_ words: [String], program: String) throws {
        let home = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        hub = home + "/hub"
        folder = home
        var rest = words[...]
        while let word = rest.popFirst() {
            let value = { () throws(UsageError) -> String in
                guard let value = rest.popFirst() else { throw UsageError(message: "\(word) needs a value") }
                return value
            }
            let number = { (range: ClosedRange<Double>) throws(UsageError) -> Double in
                let text = try value()
                guard let number = Double(text), range.contains(number) else {
                    throw UsageError(
                        message: "\(word) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
                }
                return number
            }
            switch word {
            case "--seconds": seconds = try number(0.5...600)
            case "--rate": rate = try number(1...1_000_000)
            case "--connections": connections = Int(try number(1...20_000))
            case "--runs": runs = Int(try number(1...99))
            case "--hub": hub = try value()
            case "--config": configuration = try value()
            case "--folder": folder = try value()
            case "--json": json = true
            case "--help", "-h": help = true
            default:
                guard let scenario = Scenario.all.first(where: { $0.name == word }) else {
                    throw UsageError(message: "there is no scenario or option \"\(word)\"")
                }
                scenarios.append(scenario)
            }
        }
        if scenarios.isEmpty { scenarios = Scenario.all }
    }

    /// The text of the configuration, looked for where the program is run and in the folders above the program.
    func configurationText() throws -> String {
        var places: [String] = []
        if let configuration {
            places = [configuration]
        } else {
            places = (0...5).map {
                $0 == 0 ? "Benchmarks/bench.yaml" : folderOfProgram(up: $0) + "Benchmarks/bench.yaml"
            }
        }
        for place in places where access(place, R_OK) == 0 { return HubProcess.read(place) }
        throw BenchError("there is no \(places[0]); give its place with --config")
    }

    private func folderOfProgram(up levels: Int) -> String {
        let home = CommandLine.arguments[0].lastIndex(of: "/").map { String(CommandLine.arguments[0][...$0]) } ?? "./"
        return home + String(repeating: "../", count: levels)
    }
}
