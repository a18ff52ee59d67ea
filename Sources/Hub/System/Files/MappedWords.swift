import Foundation
import Synchronization

/// A small file of 64-bit words that is mapped into memory: what is written survives the process, however it ends,
/// without a system call. It need not survive the machine.
// Sendable because each word is only read and written through the lock.
package final class MappedWords: @unchecked Sendable {
    private let words: UnsafeMutableBufferPointer<UInt64>
    private let lock = Mutex(())

    /// Maps `path`, creating it with zeros. Nil when that cannot be done.
    package init?(path: String, count: Int) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = count * 8
        guard ftruncate(descriptor, off_t(size)) == 0,
            let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED
        else { return nil }
        words = UnsafeMutableBufferPointer(start: address.bindMemory(to: UInt64.self, capacity: count), count: count)
    }

    deinit { munmap(words.baseAddress, words.count * 8) }

    package var count: Int { words.count }

    package subscript(index: Int) -> UInt64 {
        get { lock.withLock { _ in words[index] } }
        set { lock.withLock { _ in words[index] = newValue } }
    }
}
