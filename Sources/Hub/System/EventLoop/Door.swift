internal import CEvent
import Foundation

/// The listening socket, which can be shut for a while: who comes then waits in the system's queue.
struct Door {
    private(set) var descriptor: Int32
    private var event: OpaquePointer?
    private var isOpen = true

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    mutating func watch(_ base: OpaquePointer, _ arrived: event_callback_fn, _ owner: UnsafeMutableRawPointer) {
        event = event_new(base, descriptor, Int16(EV_READ | EV_PERSIST), arrived, owner)
        event_add(event, nil)
    }

    mutating func shut() {
        guard isOpen, let event else { return }
        isOpen = false
        event_del(event)
    }

    mutating func open() {
        guard !isOpen, let event else { return }
        isOpen = true
        event_add(event, nil)
    }

    /// Lets nobody in any more. A parent that opened the socket still has it.
    mutating func close() {
        if let event { event_free(event) }
        event = nil
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }
}
