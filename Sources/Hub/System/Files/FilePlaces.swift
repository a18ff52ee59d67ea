import Foundation

/// Notices when files are no longer where they were opened: removed, renamed, or with another in their place.
///
/// What is written to such a file can be lost without an error. To look costs one system call as long as nothing in the
/// folder is made, renamed or removed. Belongs to one thread.
package struct FilePlaces {
    private struct Place {
        var path: String
        var device: dev_t
        var node: ino_t

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            (self.path, device, node) = (path, status.st_dev, status.st_ino)
        }

        var isKept: Bool { Place(path).map { $0.device == device && $0.node == node } ?? false }
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
        var status = stat()
        guard lstat(folder.path, &status) == 0, status.st_dev == folder.device, status.st_ino == folder.node else {
            known = nil
            return places.first?.path
        }
        let changed = status.st_mtim
        if let known, known.tv_sec == changed.tv_sec, known.tv_nsec == changed.tv_nsec { return nil }
        known = nil
        for place in places where !place.isKept { return place.path }
        // A folder's time moves in steps, so a change just after this look could have the same one. Only a time that has
        // passed is good to know.
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        if now.tv_sec - changed.tv_sec >= 2 { known = changed }
        return nil
    }
}
