import Foundation

/// Reads files that must be ordinary ones.
package enum RegularFile {
    package struct Failure: Error, Sendable {
        /// In words that follow the file's name: `it does not exist`.
        package let reason: String
    }

    /// The file's bytes, of which at most `limit` and one more are read. Never waits for anybody: what is a pipe, a device,
    /// a socket or a folder is refused before anything is read.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            // A socket cannot even be opened.
            throw Failure(reason: errno == ENXIO ? "it is not a regular file" : reason(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(reason: reason(errno)) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw Failure(reason: "it is a folder")
        default: throw Failure(reason: "it is not a regular file")
        }
        var bytes: [UInt8] = []
        // The size is a hint only: files of /proc have none, and others may grow.
        var part = [UInt8](repeating: 0, count: min(limit + 1, max(4096, Int(clamping: status.st_size) + 1)))
        while bytes.count <= limit {
            let count = Foundation.read(descriptor, &part, min(part.count, limit + 1 - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(reason: reason(errno)) }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return bytes
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "permission is denied"
        case ENOENT, ENOTDIR: "it does not exist"
        default: "it cannot be read (\(String(cString: strerror(code))))"
        }
    }
}
