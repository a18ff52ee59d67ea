import CLinux
import Glibc

/// What the figures depend on besides the hub.
struct Machine {
    let cores: Int
    let processor: String
    let kernel: String
    let memoryGB: Double
    let fileSystem: String
    /// How long the disk takes to make 4 KB durable, in microseconds: the median of a hundred.
    let syncMicroseconds: Double

    init(folder: String) throws {
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        memoryGB = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e9
        processor =
            Files.read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
            .flatMap { line in line.firstIndex(of: ":").map { String(line[line.index($0, offsetBy: 2)...]) } }
            ?? "unknown processor"
        kernel = String(Files.read("/proc/sys/kernel/osrelease").split(separator: "\n").first ?? "unknown")
        fileSystem = try Self.fileSystem(of: folder)
        syncMicroseconds = try Self.syncTime(in: folder)
    }

    var text: String {
        "\(cores) cores of \(processor), \(Figure.format(memoryGB, digits: 1)) GB, Linux \(kernel), "
            + "\(fileSystem) that makes 4 KB durable in \(Figure.format(syncMicroseconds, digits: 0)) µs"
    }

    private static func fileSystem(of folder: String) throws -> String {
        switch bench_file_system(folder) {
        case 0xEF53: return "ext4"
        case 0x5846_5342: return "XFS"
        case 0x9123_683E: return "Btrfs"
        case 0x2FC1_2FC1: return "ZFS"
        case 0x794C_7630: return "overlayfs"
        case 0x0102_1994, 0x8584_58F6:
            throw BenchError("\(folder) is in memory, where durable costs nothing; give --folder one on a disk")
        case -1: throw BenchError(system: "cannot look at \(folder)")
        default: return "a file system"
        }
    }

    private static func syncTime(in folder: String) throws -> Double {
        let path = folder + "/bench-sync-\(getpid())"
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchError(system: "cannot write in \(folder)") }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 1, count: 4096)
        var times: [Int64] = []
        for _ in 0..<100 {
            let start = now()
            guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else {
                throw BenchError(system: "cannot write in \(folder)")
            }
            times.append(now() - start)
        }
        return Distribution(times).milliseconds(0.5) * 1000
    }
}
