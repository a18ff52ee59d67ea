import Foundation

/// An exclusive lock on a file that says which process holds it; the system releases it when the process ends.
package final class FileLock: Sendable {
    package enum Failure: Error, Sendable {
        /// Another process holds it; its id if it could be read.
        case held(by: Int32?)
        case unusable(String)
    }

    private let descriptor: Int32

    /// Takes the lock on `path`, creating the file.
    package init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unusable(String(cString: strerror(errno))) }
        // `holder` of another process takes a shared lock for an instant, which is no reason to refuse to start.
        var isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
        for _ in 0..<5 where !isLocked {
            usleep(10_000)
            isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
        }
        guard isLocked else {
            close(descriptor)
            throw .held(by: Self.written(in: path))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The process that holds the lock on `path`; nil when none does.
    package static func holder(of path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : written(in: path)
    }

    private static func written(in path: String) -> Int32? {
        (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int32($0.filter(\.isNumber)) }
    }
}
