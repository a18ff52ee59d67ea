import Glibc

/// What the command line asks for.
struct Options {
    static let usage = """
        Usage: hub-bench [SCENARIO ...] [options]

        Measures a hub of its own with signed webhooks, and looks for each at the other end.

        Scenarios (all when none is named):
        \(Scenario.all.map { "  \($0.name)\(String(repeating: " ", count: 13 - $0.name.count))\($0.summary)" }.joined(separator: "\n"))

        Options:
          --seconds N      how long each measurement takes (overload 120, rate and connections 20, others 6 to 15)
          --rate N         webhooks a second where the rate is fixed (2000)
          --connections N  connections to the hub (64; in connections and idle 1000)
          --runs N         runs of saturation and of each peer, of which the median counts (3)
          --waiting N      deliveries that wait in backlog and growth (1000000)
          --events N       stored events in growth (10000000)
          --kills N        how often the hub is killed in kills (100)
          --hub PATH       the hub to measure (beside this program)
          --versus PATH    another hub, measured in turn with it in saturation and peers
          --config PATH    its configuration (Benchmarks/bench.yaml)
          --peers PATH     the folder of the other servers (Benchmarks/Peers)
          --folder PATH    where databases are made, on a disk (beside this program)
          --json           print JSON

        Exit codes: 0 good, whether or not the musts are met; 1 an accepted webhook is missing; 2 usage;
        3 something could not be measured.
        """

    struct UsageError: Error {
        let message: String
    }

    var scenarios: [Scenario] = []
    var seconds: Double?
    var rate = 2000.0
    var connections: Int?
    var runs = 3
    var waiting = 1_000_000
    var events = 10_000_000
    var kills = 100
    var hub: String
    var versus: String?
    var peers: String?
    var configuration: String?
    var folder: String
    var json = false
    var help = false

    init(_ words: [String], program: String) throws {
        let home = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        hub = home + "/hub"
        folder = Self.absolute(home)
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
            case "--waiting": waiting = Int(try number(1000...4_000_000))
            case "--events": events = Int(try number(100_000...100_000_000))
            case "--kills": kills = Int(try number(1...10_000))
            case "--versus": versus = try value()
            case "--peers": peers = try value()
            case "--hub": hub = try value()
            case "--config": configuration = try value()
            case "--folder": folder = Self.absolute(try value())
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

    /// The text of the configuration.
    func configurationText() throws -> String {
        let place = try find("bench.yaml", given: configuration, option: "--config")
        return Files.read(place, limit: 1 << 20)
    }

    /// The folder with the scripts that start other servers.
    func peersFolder() throws -> String { try find("Peers", given: peers, option: "--peers") }

    /// Servers that are measured have a working directory of their own.
    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// Something of `Benchmarks/`, looked for where the program is run and in the folders above the program.
    private func find(_ name: String, given: String?, option: String) throws -> String {
        let places =
            given.map { [$0] }
            ?? (0...5).map { ($0 == 0 ? "" : folderOfProgram(up: $0)) + "Benchmarks/" + name }
        for place in places where access(place, R_OK) == 0 {
            guard let path = realpath(place, nil) else { continue }
            defer { free(path) }
            return String(cString: path)
        }
        throw BenchError("there is no \(places[0]); give its place with \(option)")
    }

    private func folderOfProgram(up levels: Int) -> String {
        let home = CommandLine.arguments[0].lastIndex(of: "/").map { String(CommandLine.arguments[0][...$0]) } ?? "./"
        return home + String(repeating: "../", count: levels)
    }
}
