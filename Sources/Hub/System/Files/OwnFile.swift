import Foundation

/// Files that the hub makes for itself: for its own user alone, ordinary ones, and never by way of a link that somebody has
/// put in their place.
package enum OwnFile {
    package enum Failure: Error, Sendable, CustomStringConvertible {
        case link(path: String)
        case notRegular(path: String)
        case system(path: String, code: Int32)

        package var description: String {
            switch self {
            case .link(let path): "\(path) is a symbolic link, which the hub does not follow; remove it"
            case .notRegular(let path): "\(path) is not a regular file; remove it"
            case .system(let path, let code): "\(path) cannot be written: \(String(cString: strerror(code)))"
            }
        }
    }

    /// Opens a file for reading and writing and makes it if need be; the caller closes it.
    static func open(_ path: String, followsLinks: Bool = false) throws(Failure) -> Int32 {
        // Not to wait for the other end of a pipe.
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = Foundation.open(path, flags, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ELOOP && !followsLinks ? .link(path: path) : .system(path: path, code: code)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notRegular(path: path)
        }
        // Also where the umask took more away, and where an earlier version let others read.
        if status.st_mode & 0o7777 != 0o600 { fchmod(descriptor, 0o600) }
        return descriptor
    }

    /// Takes the file at `path` from everybody but its user, if it is there. It is not opened: to close a database's file
    /// would give up the locks that this process has on it.
    package static func restrict(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        chmod(path, 0o600)
    }

    /// Makes a folder and those above it that are missing. Those that are there stay as they are.
    package static func makeFolder(_ path: String) throws(Failure) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(path: path, code: ENOTDIR) }
            return
        }
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty, parent != path { try makeFolder(parent) }
        if mkdir(path, 0o700) == 0 {
            chmod(path, 0o700)
        } else if errno != EEXIST {
            throw .system(path: path, code: errno)
        }
    }
}
