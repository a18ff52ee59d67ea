/// Why the store could not do what it was asked. The description is for an operator.
package enum StoreFault: Error, Sendable, Hashable, CustomStringConvertible {
    case diskFull
    /// Another process has locked the database.
    case busy
    case readOnly(String)
    /// The disk failed; what was written just before may or may not be there.
    case ioError(String)
    case damaged(String)
    /// This file of the database was removed, renamed or replaced while it was open: what is written may be lost.
    case misplaced(path: String)
    case outOfMemory
    /// Too many files and connections are open in the process or on the machine.
    case outOfDescriptors
    /// The store has been closed.
    case closed
    /// It is about what was to be written, or a mistake of ours: the same would fail again.
    case other(String)

    /// Whether the same may succeed later: it is about the disk or another process, not about what is written.
    package var mayPass: Bool {
        switch self {
        case .diskFull, .busy, .readOnly, .ioError, .damaged, .misplaced, .outOfMemory, .outOfDescriptors: true
        case .closed, .other: false
        }
    }

    package var description: String {
        switch self {
        case .diskFull: "the disk is full; free some space, the hub goes on by itself"
        case .busy: "another process has locked the database"
        case .readOnly(let words):
            "the database cannot be written: \(words); check the permissions of it and its folder"
        case .ioError(let words): "the disk failed: \(words)"
        case .damaged(let words):
            "the database is damaged or not a database: \(words); restore a backup or move it away"
        case .misplaced(let path):
            "\(path) was removed or replaced while the hub was using it; nothing more is accepted until it is back in its place, or the hub is started again on what is there now"
        case .outOfMemory: "there is not enough memory for the database"
        case .outOfDescriptors:
            "too many files and connections are open; raise the limit of open files (LimitNOFILE, ulimit -n)"
        case .closed: "the store is closed"
        case .other(let words): words
        }
    }
}

/// Why a store cannot be opened, for the operator.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Its cause, when it is one of the known faults.
    package let fault: StoreFault?

    package init(_ description: String, fault: StoreFault? = nil) {
        (self.description, self.fault) = (description, fault)
    }
}
