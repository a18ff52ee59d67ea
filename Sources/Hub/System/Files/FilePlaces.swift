import Foundation

/// Notices when files are no longer where they were opened: removed, renamed, or with another in their place.
///
/// What is written to such a file can be lost without an error. To look costs one system call and no memory, as long as
/// nothing in the folder is made, renamed or removed. Belongs to one thread.
package struct FilePlaces {
    private struct Place {
        let path: String
        /// The path as the system takes it.
        let words: [CChar]
        let device: dev_t
        let node: ino_t

        init?(_ path: String) {
            let words = Array(path.utf8CString)
            var status = stat()
            guard lstat(words, &status) == 0 else { return nil }
            (self.path, self.words, device, node) = (path, words, status.st_dev, status.st_ino)
        }

        /// What is there now, if it is the same.
        var status: stat? {
            var status = stat()
            guard lstat(words, &status) == 0, status.st_dev == device, status.st_ino == node else { return nil }
            return status
        }
    }

    private let folder: Place?
    private let places: [Place]
    /// The folder's time when everything was last found in its place; nil to look at everything.
    private var known: timespec?

    /// Watches `path` and the files beside it whose names go on with the `endings`, as far as they are there.
    package init(_ path: String, endings: [String]) {
        let real = realpath(path, nil)
        defer { free(real) }
        let path = real.map { String(cString: $0) } ?? path
        folder = Place((path as NSString).deletingLastPathComponent)
        places = ([""] + endings).compactMap { Place(path + $0) }
    }

    /// The first file that is not in its place; nil when all are.
    package mutating func lost() -> String? {
        guard let folder else { return nil }
        guard let status = folder.status else {
            known = nil
            return places.first?.path
        }
        let changed = status.st_mtim
        if let known, known.tv_sec == changed.tv_sec, known.tv_nsec == changed.tv_nsec { return nil }
        known = nil
        for place in places where place.status == nil { return place.path }
        if Self.isOver(changed) { known = changed }
        return nil
    }

    /// Whether a change of the folder from now on would have another time. Its time moves in steps: those of the system's
    /// clock, of ten milliseconds at most, or on some file systems whole seconds.
    private static func isOver(_ changed: timespec) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let age = (now.tv_sec - changed.tv_sec) * 1000 + (now.tv_nsec - changed.tv_nsec) / 1_000_000
        return age > (changed.tv_nsec == 0 ? 3000 : 100)
    }
}
