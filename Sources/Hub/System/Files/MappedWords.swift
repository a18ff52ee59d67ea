internal import CDeath
import Foundation
import Synchronization

/// A small file of 64-bit words that is mapped into memory: what is written survives the process, however it ends,
/// without a system call. It need not survive the machine.
// Sendable because each word is only read and written through the lock.
package final class MappedWords: @unchecked Sendable {
    private let words: UnsafeMutableBufferPointer<UInt64>
    private let lock = Mutex(())

    /// Maps `path`, creating it with zeros.
    package init(path: String, count: Int) throws(OwnFile.Failure) {
        let descriptor = try OwnFile.open(path)
        defer { close(descriptor) }
        let size = count * 8
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system(path: path, code: errno) }
        // Room that is not really there would be looked for when a word is written, and a full disk would then be a
        // deadly signal.
        let code = posix_fallocate(descriptor, 0, off_t(size))
        guard code == 0 else { throw .system(path: path, code: code) }
        guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED
        else { throw .system(path: path, code: errno) }
        words = UnsafeMutableBufferPointer(start: address.bindMemory(to: UInt64.self, capacity: count), count: count)
    }

    deinit {
        if hub_death_shows(words.baseAddress) { hub_death_show(nil, 0, nil) }
        munmap(words.baseAddress, words.count * 8)
    }

    package var count: Int { words.count }

    package subscript(index: Int) -> UInt64 {
        get { lock.withLock { _ in words[index] } }
        set { lock.withLock { _ in words[index] = newValue } }
    }

    /// Has a deadly signal say which of the first words are not zero, by these names.
    package func showAtDeath(_ names: [String]) {
        let joined = names.joined(separator: "\0") + "\0"
        hub_death_show(words.baseAddress, Int32(min(names.count, words.count)), joined)
    }
}
