import Glibc

/// Files and folders of this tool, and those in which Linux tells about processes.
enum Files {
    /// A file's text; empty when it cannot be read, cut off at `limit`.
    static func read(_ path: String, limit: Int = 1 << 16) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let part = [UInt8](unsafeUninitializedCapacity: min(1 << 14, limit - bytes.count)) { buffer, count in
                count = fread(buffer.baseAddress, 1, buffer.count, file)
            }
            if part.isEmpty { break }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw BenchError(system: "cannot write \(path)") }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw BenchError(system: "cannot write \(path)") }
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// What is in a folder, and whether it is a folder itself.
    static func entries(of folder: String) -> [(name: String, isFolder: Bool)] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var entries: [(String, Bool)] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { entries.append((name, entry.pointee.d_type == UInt8(DT_DIR))) }
        }
        return entries
    }

    /// Removes a folder and all that is in it; links are removed and not followed.
    static func remove(_ folder: String) {
        for entry in entries(of: folder) {
            let path = folder + "/" + entry.name
            if entry.isFolder { remove(path) } else { unlink(path) }
        }
        rmdir(folder)
    }

    static func copy(_ source: String, to target: String) throws {
        let (input, output) = (
            open(source, O_RDONLY | O_CLOEXEC), open(target, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        )
        defer {
            close(input)
            close(output)
        }
        guard input >= 0, output >= 0 else { throw BenchError(system: "cannot copy \(source)") }
        while true {
            let count = sendfile(output, input, nil, 1 << 24)
            if count == 0 { return }
            guard count > 0 else { throw BenchError(system: "cannot copy \(source)") }
        }
    }

    /// Makes a file durable and takes it out of the system's memory, so that it is next read from the disk.
    static func forget(_ path: String) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        fdatasync(file)
        posix_fadvise(file, 0, 0, Int32(POSIX_FADV_DONTNEED))
        close(file)
    }
}

/// A folder of this tool's own, which goes with it.
final class Folder {
    let path: String

    init(in parent: String) throws {
        var name = Array((parent + "/bench-XXXXXX").utf8CString)
        guard mkdtemp(&name) != nil else { throw BenchError(system: "cannot make a folder in \(parent)") }
        path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Files.remove(path) }
}
