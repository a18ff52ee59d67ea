internal import CEvent
import Foundation
import Synchronization
import TLS

/// What other threads ask of the loop.
///
/// The loop's thread is woken for the first letter only, and not at all by itself: it looks in after each turn that it
/// handed over.
final class Mailbox: Sendable {
    enum Letter: Sendable {
        case reply([HTTPReply])
        case open(HTTPReply, HTTPStream)
        case piece(HTTPStream, [UInt8])
        case finish(HTTPStream)
        case breakOff(HTTPStream)
        case identity(TLSIdentity?)
        case stopAccepting
        case stop
    }

    private let letters = Mutex<[Letter]>([])
    private let owner = Atomic<UInt>(0)
    /// An eventfd: becomes readable anew with each wake. It need not be read when it is waited for by edges.
    let descriptor: Int32

    init() { descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC)) }

    deinit { close(descriptor) }

    /// Makes the calling thread the one that reads.
    func own() { owner.store(UInt(pthread_self()), ordering: .relaxed) }

    func post(_ letter: Letter) {
        let isFirst = letters.withLock { letters in
            letters.append(letter)
            return letters.count == 1
        }
        guard isFirst, owner.load(ordering: .relaxed) != UInt(pthread_self()) else { return }
        var one: UInt64 = 1
        // It only fails when the counter is full, and then the loop is being woken.
        _ = write(descriptor, &one, 8)
    }

    func take() -> [Letter] {
        letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }
}
