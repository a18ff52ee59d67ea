// Thread rule: none; every call stands for itself.
import Glibc

/// A process that this one has started.
package struct ChildProcess: Sendable {
    /// How it ended.
    package enum End: Sendable, Equatable {
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
    }

    /// Why it could not be started.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let id: Int32

    /// Starts `program`. Of the open descriptors it gets standard input, output and error, and those of `descriptors`, as
    /// 3 and so on. Its signals are as the system sets them up.
    package init(
        program: String, arguments: [String], environment: [String: String], descriptors: [Int32]
    ) throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // By way of numbers that none of them has, since one may stand where another must go.
        let spare: Int32 = 200
        for (place, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, spare + Int32(place))
        }
        for place in descriptors.indices {
            posix_spawn_file_actions_adddup2(&actions, spare + Int32(place), 3 + Int32(place))
            posix_spawn_file_actions_addclose(&actions, spare + Int32(place))
        }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: Ctrl-C at the terminal is for this process, which passes it on.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, program, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw Failure(description: "\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        self.id = id
    }

    package func signal(_ number: Int32) { kill(id, number) }

    /// Takes note of processes that have ended: children, and as the first process of a container also orphans. The end of
    /// the child `id` is returned if it is among them.
    package static func reap(_ id: Int32) -> End? {
        var found: End?
        var status: Int32 = 0
        while true {
            let ended = waitpid(-1, &status, WNOHANG)
            guard ended > 0 else { return found }
            guard ended == id else { continue }
            let signal = status & 0x7F
            found = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
        }
    }
}

/// Two ends of a pipe; both are closed on exec.
package struct PipeEnds: Sendable {
    package let reading: Int32
    package let writing: Int32

    package init() throws(ChildProcess.Failure) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw ChildProcess.Failure(description: "no pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { Inherited.keep(end) }
        (reading, writing) = (ends[0], ends[1])
    }

    package func closeReading() { Glibc.close(reading) }
    package func closeWriting() { Glibc.close(writing) }

    /// Whether something was written that nobody has read; does not wait.
    package var hasBytes: Bool {
        var interest = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) == 1 && interest.revents & Int16(POLLIN) != 0
    }
}

/// What a process does with descriptors that its parent gave it.
package enum Inherited {
    /// Tells the parent something by one byte.
    package static func tell(_ descriptor: Int32) {
        var byte: UInt8 = 1
        _ = write(descriptor, &byte, 1)
        Glibc.close(descriptor)
    }

    /// Waits until nobody holds the other end any more: the parent is gone. Blocks its thread.
    package static func waitForEnd(_ descriptor: Int32) {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count == 0 || (count < 0 && errno != EINTR) { return }
        }
    }

    package static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    /// Keeps a descriptor from programs that this one starts.
    package static func keep(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
}
