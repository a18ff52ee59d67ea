import Glibc
import HubModel

@main
struct HubBench {
    static func main() { exit(run(Array(CommandLine.arguments.dropFirst()))) }

    private static func run(_ words: [String]) -> Int32 {
        let options: Options
        do { options = try Options(words, program: CommandLine.arguments[0]) } catch {
            complain("hub-bench: \((error as? Options.UsageError)?.message ?? "\(error)"); --help lists what there is")
            return 2
        }
        if options.help {
            print(Options.usage)
            return 0
        }
        do {
            guard access(options.hub, X_OK) == 0 else {
                throw BenchError("there is no hub at \(options.hub); build it, or give its place with --hub")
            }
            if let versus = options.versus, access(versus, X_OK) != 0 {
                throw BenchError("there is no hub at \(versus)")
            }
            try allowManyConnections()
            let machine = try Machine(folder: options.folder)
            let bench = Bench(options: options, configuration: Configuration(try options.configurationText())) {
                complain($0)
            }
            if !options.json { show(machine.text + "\n") }
            var measurements: [Measurement] = []
            var failures: [String] = []
            for scenario in options.scenarios {
                do {
                    let measurement = try scenario.measure(bench)
                    measurements.append(measurement)
                    if !options.json { show(measurement.text + "\n") }
                } catch {
                    if isStopped(error) { throw error }
                    failures.append("\(scenario.name): \(error)")
                    complain("hub-bench: \(scenario.name) could not be measured: \(error)\n")
                }
            }
            if options.json {
                let json: JSON = ["machine": machine.json, "scenarios": .array(measurements.map(\.json))]
                show(json.pretty())
            } else if options.scenarios.count > 1 {
                show(Table.summary(measurements))
            }
            guard measurements.allSatisfy(\.isLossless) else { return 1 }
            return failures.isEmpty ? 0 : 3
        } catch {
            complain("hub-bench: \(error)")
            return 3
        }
    }

    private static func isStopped(_ error: any Error) -> Bool { (error as? BenchError)?.isStop ?? false }

    private static func allowManyConnections() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw BenchError(system: "cannot raise the number of open files")
        }
    }

    private static func show(_ text: String) {
        print(text)
        fflush(nil)
    }

    private static func complain(_ text: String) {
        let line = text + "\n"
        _ = line.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
    }
}
