import SQLite

extension StoreFault {
    init(_ error: SQLiteError) {
        self =
            if error.isFull {
                .diskFull
            } else if error.isBusy {
                .busy
            } else if error.isCorrupt {
                .damaged(error.message)
            } else if error.isOutOfDescriptors {
                .outOfDescriptors
            } else if error.isReadOnly {
                .readOnly(error.message)
            } else if error.isIOError {
                .ioError(error.message)
            } else if error.isOutOfMemory {
                .outOfMemory
            } else {
                .other(error.description)
            }
    }

    init(_ error: any Error) {
        self =
            switch error {
            case let error as SQLiteError: StoreFault(error)
            case let error as StoreFault: error
            case let error as StoreError: error.fault ?? .other(error.description)
            default: .other("\(error)")
            }
    }
}

extension StoreError {
    /// The same error in an operator's words, about the database at `path`.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        let fault = StoreFault(error)
        let words =
            switch fault {
            case .damaged(let reason):
                "\(path) is damaged or not a database: \(reason); restore a backup or move it away"
            case .readOnly(let reason):
                "the database \(path) cannot be written: \(reason); check the permissions of it and its folder"
            case .diskFull, .busy, .ioError, .misplaced, .outOfMemory, .outOfDescriptors, .closed: "\(fault) (\(path))"
            case .other(let reason): "\(path): \(reason)"
            }
        self.init(words, fault: fault)
    }
}
