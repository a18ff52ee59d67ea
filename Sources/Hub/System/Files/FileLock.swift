import Foundation

/// An exclusive lock on a file that says which process holds it; the system releases it when the process ends.
package final class FileLock: Sendable {
    package enum Failure: Error, Sendable {
        /// Another process holds it; its id if it could be read.
        case held(by: Int32?)
        case unusable(OwnFile.Failure)
    }

    private let descriptor: Int32

    /// Takes the lock on `path`, creating the file.
    package init(path: String) throws(Failure) {
        let descriptor: Int32
        do { descriptor = try OwnFile.open(path) } catch { throw .unusable(error) }
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

    deinit {
        // Closing is not enough while a process that is being started still has a copy of the descriptor.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The process that holds the lock on `path`; nil when none does.
    package static func holder(of path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : written(in: path)
    }

    private static func written(in path: String) -> Int32? {
        guard let bytes = try? RegularFile.read(path, limit: 32) else { return nil }
        return Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
    }
}

/// A lock on a file as such, by whatever name it was opened; it is made if it is not there.
///
/// It lies far behind the file's end, where SQLite locks nothing, and belongs to the open file and not to the process.
/// Danger: to close any descriptor of a database gives up the locks that SQLite has on it in this process, so take this
/// before the database is opened, and let it go after it is closed.
package final class WholeFileLock: Sendable {
    private let descriptor: Int32

    package init(path: String) throws(FileLock.Failure) {
        let descriptor: Int32
        // The operator may have the database stand elsewhere.
        do { descriptor = try OwnFile.open(path, followsLinks: true) } catch { throw .unusable(error) }
        var lock = Self.lock
        guard fcntl(descriptor, Self.set, &lock) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EAGAIN || code == EACCES ? .held(by: nil) : .unusable(.system(path: path, code: code))
        }
        self.descriptor = descriptor
    }

    deinit {
        var lock = Self.lock
        lock.l_type = Int16(F_UNLCK)
        _ = fcntl(descriptor, Self.set, &lock)
        close(descriptor)
    }

    /// Whether somebody has the lock. The same danger: only before the database is opened.
    package static func isHeld(path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var lock = Self.lock
        return fcntl(descriptor, Self.get, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    private static var lock: flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (1 << 62, 1)
        return lock
    }

    /// `F_OFD_GETLK` and `F_OFD_SETLK`, which the C library's headers show to GNU sources only.
    private static let get: Int32 = 36
    private static let set: Int32 = 37
}
